"""A secret name is told to nobody: every address is asked, and searched for it, as everybody."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import shapely
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from api.app import create_app
from api.people import accounts, credentials, passwords
from api.people.accounts import By
from api.people.scopes import ROLES
from geo.gazetteer import Gazetteer
from geo.gazetteer.book import Change
from geo.gazetteer.cases import Proposal, open_case
from geo.store import Workspace
from tests.api.conftest import fill, served

PlaceOf = Callable[[str], str]
SITE: Final = "https://plan.example"
ROAD, TOWN, ASKED = "牂牁路", "魑魅街道", "夔罔路"
SECRET: Final = (ROAD, TOWN, ASKED)
ALIKE: Final = "赃柯路"
"""An open road that sounds like the secret one."""
AT: Final = datetime(2026, 5, 2, 9, tzinfo=UTC)
KNOWN: Final = {"kind": "standard", "language": "zh", "roman_toned": "X"}


def put(change: Change, key: str, text: str, shape: shapely.Geometry, **more: str) -> None:
    """Put in a place with its name and its shape."""
    told = {
        "class_code": "23510", "division_code": "990101001", "secrecy": "public",
        "lifecycle": "existing", "status": "official", "attributes": "{}",
    }  # fmt: skip
    change.insert("place", id=key, **{**told, **more})
    history = f"原为{ROAD}的一段" if key == "alike" else ""
    change.insert("name", place_id=key, text=text, history=history, **KNOWN)
    west, south, east, north = shape.bounds
    role = {"LineString": "centreline", "Polygon": "area"}[shape.geom_type]
    change.insert(
        "shape", place_id=key, role=role, shape=shape, west=west, south=south, east=east,
        north=north,
    )  # fmt: skip


def lay(book: Gazetteer) -> None:
    """Lay down a secret road and a secret town in the middle of what is open."""
    secret = {"secrecy": "secret"}
    line = shapely.LineString
    with book.change(author="甲", reason=f"{ROAD}测绘", at=AT) as change:
        town = {"class_code": "21400", "division_code": "990101002", **secret}
        put(change, "town", TOWN, shapely.box(114, 30, 114.2, 30.2), **town)
        change.insert("code", place_id="town", scheme="gbt10114", value="990101002")
        beside = {"class_code": "21400", "division_code": "990101001"}
        put(change, "beside", "东来镇", shapely.box(114.2, 30, 114.4, 30.2), **beside)
        change.insert("code", place_id="beside", scheme="gbt10114", value="990101001")
        put(change, "road", ROAD, line([(114.05, 30.05), (114.06, 30.05)]), **secret)
        put(change, "alike", ALIKE, line([(114.05, 30.0501), (114.06, 30.0501)]))
        put(
            change, "ahead", "续行路", line([(114.06, 30.05), (114.07, 30.05)]),
            division_code="990101002",
        )  # fmt: skip
        for key in ("alike", "ahead", "road"):
            change.insert("relation", place_id=key, kind="part_of", other_id="town")
        change.insert("relation", place_id="alike", kind="derived_from", other_id="road")
        change.insert("plate", road_id="road", number=1, sub_number="", unit="")
        change.insert("plate", road_id="road", number=1, sub_number="", unit="")
        change.insert(
            "task", place_id="road", kind="sign_new", title=f"为{ROAD}设标志", due_on="2026-01-01"
        )
    case = {"by": "经办", "role": "clerk", "at": AT}
    told = {"secrecy": "secret", "class_code": "23510"}
    open_case(book, Proposal("naming", f"{ASKED}命名", facts=told, names=[{"text": ASKED}]), **case)
    open_case(book, Proposal("retiring", f"销{ROAD}", place_id="road"), **case)
    with book.change(author="乙", reason=f"随{ROAD}改道", at=AT) as change:
        row = book.row("place", "alike")
        change.update("place", "alike", row["version"], attributes=f'{{"position": "{ROAD}以东"}}')


@dataclass
class Site:
    """A server and its people."""

    client: TestClient
    keys: dict[str, str]

    def ask(self, who: str, method: str, path: str, **more: Any) -> Any:  # noqa: ANN401
        key = self.keys.get(who)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return self.client.request(method, path, headers={**headers, **more.pop("headers", {})},
                                   **more)  # fmt: skip


@pytest.fixture(params=["geopackage", "postgis"])
def site(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Site]:
    where = str(tmp_path / "w")
    if request.param == "postgis":
        where = f"{request.getfixturevalue('shared_database')}?workspace={tmp_path.name[-20:]}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(1, 8, 1))
    workspace = Workspace.create(where)
    fill(workspace)
    lay(Gazetteer.of(workspace))
    keys = {}
    with workspace.writing() as connection:
        for role in ("admin", *(one for one in ROLES if one != "admin")):
            accounts.add(connection, role, [role], by=By("test"))
            _, keys[role] = credentials.make_key(
                connection, role, label="", scopes=sorted(ROLES[role]), days=1, by=By("test")
            )
    workspace.close()
    app = create_app(served(where, public_url=SITE, open_reading=True, job_wait_s=60))
    with TestClient(app, SITE, raise_server_exceptions=False) as client:
        yield Site(client, keys)


def words_of(answer: Any) -> str:  # noqa: ANN401
    """Return all that an answer says, the parts of a workbook too."""
    content: bytes = answer.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            content = b"\n".join(parts.read(name) for name in parts.namelist())
    shown = content.decode("utf-8", "replace")
    plain = shown.encode().decode("unicode_escape", "replace") if "\\u" in shown else ""
    return f"{shown} {plain} {answer.headers}"


def addresses(site: Site) -> list[str]:
    """Return every address that can be read, with all that may stand in it."""
    known = {
        "collectionId": [
            one["id"]
            for one in site.ask("admin", "GET", "/collections").json()["collections"]
        ] + ["result_names_audit"],
        "placeId": ["road", "town", "alike", "ahead"],
        "caseId": ["2026-0001", "2026-0002", "2026-0003"],
        "processId": ["names-audit", "publish"],
        "tileMatrixSetId": ["WebMercatorQuad"],
        "jobId": [
            one["jobID"] for one in site.ask("publisher", "GET", "/jobs").json()["jobs"]
        ],
    }  # fmt: skip
    found = ["/names/search?q=zangke", "/names/search?q=zk", "/names/search?q=chimei",
             "/names/search?q=990101002", "/collections/names/items?q=zangke",
             "/cases/due?within=3000", "/tiles/WebMercatorQuad/12/1690/3345"]  # fmt: skip
    for path, operations in site.client.get("/openapi.json").json()["paths"].items():
        if "get" not in operations:
            continue
        made = [path]
        for name, values in known.items():
            made = [
                one.replace(f"{{{name}}}", value)
                for one in made
                for value in (values if f"{{{name}}}" in one else [""])
            ]
        found += [one.replace("{", "").replace("}", "") for one in made]
    return found


def test_a_secret_name_is_in_no_answer_to_anybody(site: Site) -> None:
    files = []
    for who, process, inputs in (
        ("officer", "names-audit", {}),
        ("publisher", "publish", {"kind": "gazetteer", "format": "xlsx", "draft": True}),
        ("publisher", "publish", {"kind": "gazetteer", "internal": True}),
        ("publisher", "publish", {"kind": "dictionary", "names": [ALIKE]}),
    ):
        answer = site.ask(
            who, "POST", f"/processes/{process}/execution", json={"inputs": inputs},
            headers={"Prefer": "wait=60"},
        )  # fmt: skip
        assert not [one for one in SECRET if one in words_of(answer)], answer.text
        files += [one["href"] for one in answer.json().get("files", ())]
    assert files
    told: list[tuple[str, str, str]] = []
    every = [*addresses(site), *(one.removeprefix(SITE) for one in files)]
    for who in ("nobody", "viewer", "planner", "officer", "approver", "auditor"):
        for path in every:
            for accept in ("text/html", "*/*"):
                answer = site.ask(who, "GET", path, headers={"Accept": accept})
                assert answer.status_code < 500, (path, answer.text)
                told += [(who, path, one) for one in SECRET if one in words_of(answer)]
    assert not told


def test_a_check_of_a_name_never_names_the_secret_one_it_is_like(site: Site) -> None:
    for place in ({"at": [114.055, 30.05]}, {"division": "990101"}, {"place": ALIKE}):
        body = {"name": "脏科路", "class": "城镇街巷", "all": True, **place}
        if "place" in place:
            body["kind"] = "更名"
        answer = site.ask("officer", "POST", "/names/check", json=body)
        assert answer.status_code == 200, answer.text
        assert not [one for one in SECRET if one in words_of(answer)]
    fields = {"name": "脏科路", "类别": "城镇街巷", "division": "990101001", "理由": "新建道路",
              "shape": "LINESTRING (114.05 30.05, 114.06 30.051)"}  # fmt: skip
    opened = site.ask("officer", "POST", "/cases", json={"kind": "命名", "fields": fields})
    number = opened.json()["case"]["number"]
    tried = site.ask(
        "officer", "POST", f"/cases/{number}/check", json={"keep": False},
        headers={"If-Match": opened.headers["etag"]},
    )  # fmt: skip
    assert "不公开" in tried.text
    for who in ("officer", "approver"):
        for answer in (tried, site.ask(who, "GET", f"/cases/{number}")):
            assert not [one for one in SECRET if one in words_of(answer)], answer.text


def test_a_secret_place_is_as_if_it_were_not_there(site: Site) -> None:
    for words in (ROAD, TOWN, "road", "990101002"):
        body = {"name": "甲路", "kind": "更名", "place": words}
        answer = site.ask("officer", "POST", "/names/check", json=body)
        body["place"] = "没有这处"
        other = site.ask("officer", "POST", "/names/check", json=body)
        assert answer.status_code == other.status_code == 400
        assert answer.json()["detail"] == other.json()["detail"].replace("没有这处", words)
    assert site.ask("officer", "GET", "/cases/2026-0001").status_code == 404
    assert site.ask("officer", "GET", "/names/road").status_code == 404
    told = site.ask("officer", "GET", "/names/alike/history").json()
    assert any("不公开" in one["reason"] for one in told["events"])
