"""A file into a layer: who may, what becomes of every row, and who approves it."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import openpyxl
import pytest
import shapely
import sqlalchemy as sa
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from api.app import create_app
from api.cli import run
from api.people import accounts, credentials, passwords
from api.people.accounts import By
from api.people.scopes import ROLES
from geo.store import Origin, Workspace, conform
from geo.store.drafts.tables import DRAFT_EDIT
from geo.store.history import EDIT, entries
from geo.store.people import ACCESS
from tests.api.conftest import DAY, served

PlaceOf = Callable[[str], str]
SITE: Final = "https://plan.example"
GEOJSON: Final = "application/geo+json"
HEAD: Final = "小区编号,小区名称,户数,经度,纬度\n"
ROWS: Final = "x1,甲里,10,114.01,30.01\nx2,乙里,25,114.02,30.02\nx9,新里,30,114.09,30.09\n"
"""Beside what stands: x1 as it is, x2 with other households, x3 gone, x9 new."""


@dataclass
class Bureau:
    """A server and its people."""

    client: TestClient
    keys: dict[str, str]
    workspace: Workspace

    def ask(self, who: str, method: str, path: str, **more: Any) -> Any:  # noqa: ANN401
        headers = {"Authorization": f"Bearer {self.keys[who]}", **more.pop("headers", {})}
        return self.client.request(method, path.removeprefix(SITE), headers=headers, **more)

    def send(self, who: str, rows: str = ROWS, *, status: int = 200, **more: Any) -> Any:  # noqa: ANN401
        """Send a file of compounds to be imported."""
        value = base64.b64encode((HEAD + rows).encode()).decode()
        inputs = {
            "layer": "compound", "datum": "cgcs2000",
            "file": {"value": value, "encoding": "base64", "name": "小区.csv"}, **more,
        }  # fmt: skip
        answer = self.ask(
            who, "POST", "/processes/import/execution", json={"inputs": inputs},
            headers={"Prefer": "wait=60"},
        )  # fmt: skip
        assert answer.status_code == status, answer.text
        return answer.json() if status != 200 else answer.json()["summary"]["value"]

    def households(self) -> dict[str, int]:
        frame = self.workspace.read("compound", crs="EPSG:4490")
        return dict(zip(frame["id"], frame["households"], strict=True))


def lay(workspace: Workspace) -> None:
    cells = {"id": ["x1", "x2", "x3"], "name": ["甲里", "乙里", "丙里"], "households": [10, 20, 30]}
    shapes = shapely.points([(114.01, 30.01), (114.02, 30.02), (114.03, 30.03)])
    frame = conform(gpd.GeoDataFrame(cells, geometry=shapes, crs=4490), "compound")
    workspace.write("compound", frame, origin=Origin("town", DAY))


@pytest.fixture
def bureau(place: PlaceOf, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bureau]:
    """Return a bureau in one of the two stores."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(1, 8, 1))
    where = place("bureau")
    workspace = Workspace.create(where)
    lay(workspace)
    keys = {}
    with workspace.writing() as connection:
        for role in ("admin", "officer", "approver", "publisher", "planner"):
            roles = [role, "officer"] if role == "publisher" else [role]
            accounts.add(connection, role, roles, by=By("test"))
            scopes = sorted(frozenset[Any]().union(*(ROLES[one] for one in roles)))
            _, keys[role] = credentials.make_key(
                connection, role, label="", scopes=scopes, days=1, by=By("test")
            )
    with TestClient(create_app(served(where, public_url=SITE, job_wait_s=60)), SITE) as client:
        yield Bureau(client, keys, workspace)
    workspace.close()


def changes(workspace: Workspace) -> dict[str, tuple[str, int, Any, Any]]:
    """Return what the history says of every row: author, version, households before and after."""
    told = {}
    with workspace.reading() as connection:
        for key in connection.scalars(sa.select(EDIT.c.row_key).order_by(EDIT.c.number)):
            one = entries(connection, "compound", key)[-1]
            was, now = (
                None if row is None else row["households"] for row in (one.before, one.after)
            )
            told[key] = (one.by.author, one.version, was, now)
    return told


def test_every_row_that_an_import_changes_is_in_the_history(bureau: Bureau) -> None:
    before = {
        key: bureau.ask("officer", "GET", f"/collections/compound/items/{key}")
        for key in ("x1", "x2", "x3")
    }
    told = bureau.send("publisher", into="layer")
    assert told["rows"] == {"added": 1, "changed": 1, "removed": 1, "unchanged": 1}
    assert bureau.households() == {"x1": 10, "x2": 25, "x9": 30}
    assert changes(bureau.workspace) == {
        "x2": ("publisher", 2, 20, 25),
        "x9": ("publisher", 2, None, 30),
        "x3": ("publisher", 2, 30, None),
    }
    with bureau.workspace.reading() as connection:
        (edit,) = entries(connection, "compound", "x3")
        log = connection.execute(sa.select(ACCESS).where(ACCESS.c.kind == "imported")).one()
    assert edit.by.cause.startswith("job ")
    assert edit.before is not None
    assert edit.before["geometry"] == shapely.Point(114.03, 30.03).wkb_hex
    assert (log.actor, log.subject) == ("publisher", "compound")
    assert '"removed": 1' in log.detail
    patch = {"type": "Feature", "properties": {"name": "改名"}}
    for key, status in (("x1", 204), ("x2", 412), ("x3", 412)):
        answer = bureau.ask(
            "publisher", "PATCH", f"/collections/compound/items/{key}", json=patch,
            headers={"If-Match": before[key].headers["etag"], "Content-Type": GEOJSON},
        )  # fmt: skip
        assert answer.status_code == status, answer.text
    assert answer.json()["base"]["feature"]["properties"]["households"] == 30, answer.text


def test_a_row_that_comes_back_is_not_taken_for_the_one_that_went(bureau: Bureau) -> None:
    for rows in (ROWS, ROWS + "x3,丙里,31,114.03,30.03\n"):
        bureau.send("publisher", rows, into="layer")
    assert changes(bureau.workspace)["x3"] == ("publisher", 3, None, 31)


def test_an_officers_file_becomes_a_draft_that_another_approves(bureau: Bureau) -> None:
    refused = bureau.send("officer", status=403, into="layer")
    assert refused["scope"] == "publish"
    assert "草稿" in refused["hint"]
    told = bureau.send("officer")
    assert (told["into"], told["stored"]) == ("draft", True)
    assert told["rows"] == {"added": 1, "changed": 1, "removed": 1, "unchanged": 1}
    assert bureau.households() == {"x1": 10, "x2": 20, "x3": 30}
    assert not changes(bureau.workspace)
    assert bureau.workspace.faults("compound").count("error") == 0
    own = f"/ws/{told['draft']}"
    shown = bureau.ask("officer", "GET", f"{own}/collections/compound/items").json()["features"]
    assert {one["id"]: one["properties"]["households"] for one in shown} == {
        "x1": 10, "x2": 25, "x9": 30,
    }  # fmt: skip
    assert shown[-1]["geometry"]["coordinates"] == [114.09, 30.09]
    listed = bureau.ask("officer", "GET", f"{own}/changes").json()["changes"]
    assert len(listed) == 3
    handed = bureau.ask("officer", "POST", f"{own}/proposal", json={"note": "普查更新"})
    assert handed.status_code == 201, handed.text
    there = handed.headers["location"]
    seen = {"If-Match": bureau.ask("approver", "GET", there).headers["etag"]}
    done = bureau.ask("approver", "POST", f"{there}/approval", json={}, headers=seen)
    assert done.status_code == 200, done.text
    assert bureau.households() == {"x1": 10, "x2": 25, "x9": 30}
    assert {key: row[0] for key, row in changes(bureau.workspace).items()} == dict.fromkeys(
        ("x2", "x3", "x9"), "officer"
    )


def test_added_rows_leave_the_others_in_the_draft_as_they_are(bureau: Bureau) -> None:
    told = bureau.send("officer", add=True)
    assert told["rows"] == {"added": 1, "changed": 1, "removed": 0, "unchanged": 1}
    with bureau.workspace.reading() as connection:
        kept = sorted(connection.scalars(sa.select(DRAFT_EDIT.c.row_key)))
    assert kept == ["x2", "x9"]


PEOPLE: Final = "x2,乙里,户籍,60,20,9,是,114.02,30.02\nx3,丙里,户籍,60,30,7,是,114.03,30.03\n"
FEW: Final = "小区编号,小区名称,户数,老年人数,经度,纬度\n"


def lay_people(bureau: Bureau) -> None:
    """Lay two compounds with people, marked as simulated."""
    head = "小区编号,小区名称,老年人口口径,老年人起始年龄,户数,老年人数,模拟数据,经度,纬度\n"
    value = base64.b64encode((head + PEOPLE).encode()).decode()
    bureau.send("publisher", "", into="layer", file=sent(value))


def sent(value: str) -> dict[str, str]:
    return {"value": value, "encoding": "base64", "name": "小区.csv"}


@pytest.mark.parametrize("into", ["layer", "draft"])
def test_added_rows_keep_the_columns_that_the_file_lacks(bureau: Bureau, into: str) -> None:
    lay_people(bureau)
    told = bureau.send("publisher", ROWS, into=into, add=True)
    assert [told["rows"][name] for name in ("added", "changed", "removed")] == [2, 1, 0]
    (kept,) = (one for one in told["faults"] if one["code"] == "columns_kept")
    assert "已有的 1 行" in kept["message"]
    assert "模拟数据" in kept["message"]
    root = f"/ws/{told['draft']}" if into == "draft" else ""
    shown = bureau.ask("publisher", "GET", f"{root}/collections/compound/items/x2").json()
    own = shown["properties"]
    assert (own["households"], own["elders"], own["elders_age_from"]) == (25, 9, 60)
    assert (own["elders_basis"], own["simulated"]) == ("registered", True)
    new = bureau.ask("publisher", "GET", f"{root}/collections/compound/items/x9").json()
    assert new["properties"]["simulated"] is None


def test_an_added_column_that_is_empty_empties_it(bureau: Bureau) -> None:
    lay_people(bureau)
    value = base64.b64encode((FEW + "x2,乙里,25,,114.02,30.02\n").encode()).decode()
    told = bureau.send("publisher", "", into="layer", add=True, file=sent(value))
    (lost,) = (one for one in told["faults"] if one["code"] == "columns_emptied")
    assert "导入后清空：老年人数（1 行）" in lost["message"]
    frame = bureau.workspace.read("compound", crs="EPSG:4490").set_index("id")
    assert frame["elders"].isna().to_dict() == {"x2": True, "x3": False}
    assert frame["simulated"].all()


def test_what_stands_counts_when_the_parts_of_added_rows_are_compared(bureau: Bureau) -> None:
    head = "小区编号,小区名称,户数,人口,经度,纬度\n"
    rows = "x2,乙里,20,50,114.02,30.02\nx3,丙里,30,90,114.03,30.03\n"
    value = base64.b64encode((head + rows).encode()).decode()
    bureau.send("publisher", "", into="layer", file=sent(value))
    more = "x2,乙里,20,60,114.02,30.02\nx3,丙里,30,80,114.03,30.03\n"
    value = base64.b64encode((FEW + more).encode()).decode()
    told = bureau.send("publisher", "", into="layer", add=True, file=sent(value))
    assert (told["rows_kept"], told["rows_quarantined"]) == (1, 1)
    assert [one["row"] for one in told["faults"] if one["severity"] == "error"] == [2]
    frame = bureau.workspace.read("compound", crs="EPSG:4490").set_index("id")
    assert frame["population"].to_dict() == {"x2": 50, "x3": 90}
    assert frame.loc["x3", "elders"] == 80


def test_replacing_says_loudly_what_it_empties(bureau: Bureau) -> None:
    lay_people(bureau)
    told = bureau.send("publisher", ROWS, into="layer")
    (lost,) = (one for one in told["faults"] if one["code"] == "columns_emptied")
    assert lost["severity"] == "warning"
    for column in ("老年人数", "老年人口口径", "模拟数据"):
        assert f"{column}（2 行）" in lost["message"]
    assert "“并入”（add）" in lost["advice"]
    assert "--" not in lost["advice"]
    assert bureau.workspace.read("compound", crs="EPSG:4490")["simulated"].isna().all()
    value = base64.b64encode((FEW + "x2,乙里,25,8,114.02,30.02\n").encode()).decode()
    bureau.send("publisher", "", into="layer", file=sent(value))
    value = base64.b64encode((FEW + "x2,乙里,25,,114.02,30.02\n").encode()).decode()
    told = bureau.send("publisher", "", into="layer", file=sent(value))
    (lost,) = (one for one in told["faults"] if one["code"] == "columns_emptied")
    assert "老年人数（1 行）" in lost["message"]
    assert "在文件中是空的" in lost["message"]


def test_the_page_of_an_import_says_what_was_done_with_which_row(bureau: Bureau) -> None:
    rows = "x1,甲里,10户,114.01,30.01\nx2,乙里,约二十,114.02,30.02\n"
    value = base64.b64encode((HEAD + rows).encode()).decode()
    inputs = {"layer": "compound", "datum": "cgcs2000", "into": "layer", "file": sent(value)}
    made = bureau.ask(
        "publisher", "POST", "/processes/import/execution", json={"inputs": inputs},
        headers={"Prefer": "respond-async"},
    )  # fmt: skip
    job = f"/jobs/{made.json()['jobID']}"
    deadline = time.monotonic() + 60
    while bureau.ask("publisher", "GET", job).json()["status"] in ("accepted", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    page = bureau.ask("publisher", "GET", job, headers={"Accept": "text/html"}).text
    remarks = page[page.index("提示") :]
    assert "已修复" in remarks
    assert "repaired<" not in remarks
    assert "行号" in remarks
    (file,) = bureau.ask("publisher", "GET", f"{job}/results").json()["files"]
    answer = bureau.ask("publisher", "GET", file["href"])
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    heads, *lines = ([cell.value for cell in row] for row in book["问题"].iter_rows())
    done = {line[heads.index("行号")]: line[heads.index("处理")] for line in lines}
    assert done[2] == "修复后收下"
    assert done[3] == "隔离，没有导入"
    assert all("--" not in str(line[heads.index("怎么办")]) for line in lines)


def test_everybody_who_imports_gets_a_draft_of_his_own(bureau: Bureau) -> None:
    drafts = {bureau.send(who)["draft"] for who in ("officer", "publisher", "officer")}
    assert len(drafts) == 3
    assert bureau.send("planner", status=403)["scope"] == "edit"
    same = "x1,甲里,10,114.01,30.01\nx2,乙里,20,114.02,30.02\nx3,丙里,30,114.03,30.03\n"
    told = bureau.send("officer", same)
    assert (told["stored"], told.get("draft")) == (False, None)


def test_a_draft_cannot_take_what_the_layer_cannot_hold(bureau: Bureau) -> None:
    for layer, named in (("community", "不能导入草稿"), ("compound", "POINT")):
        rows = {
            "type": "FeatureCollection",
            "features": [{
                "type": "Feature",
                "properties": {"id": "x1", "name": "a", "code": "420106001001", "households": 9},
                "geometry": {"type": "Polygon", "coordinates": [
                    [[114, 30], [114.01, 30], [114.01, 30.01], [114, 30]]
                ]},
            }],
        }  # fmt: skip
        value = base64.b64encode(json.dumps(rows).encode()).decode()
        file = {"value": value, "encoding": "base64", "name": "a.geojson"}
        answer = bureau.ask(
            "officer", "POST", "/processes/import/execution", headers={"Prefer": "wait=60"},
            json={"inputs": {"layer": layer, "datum": "cgcs2000", "file": file}},
        )  # fmt: skip
        assert answer.status_code == 400, answer.text
        assert named in answer.json()["detail"]
        assert "发布" in answer.json()["hint"]


def test_who_may_ask_for_one_thing_sees_its_jobs_and_is_told_whose_they_are(
    bureau: Bureau,
) -> None:
    made = bureau.ask(
        "approver", "POST", "/processes/names-audit/execution", json={"inputs": {}},
        headers={"Prefer": "respond-async"},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    identity = made.json()["jobID"]
    bureau.send("officer")
    listed = bureau.ask("approver", "GET", "/jobs")
    assert listed.status_code == 200, listed.text
    assert [one["processID"] for one in listed.json()["jobs"]] == ["names-audit"]
    refused = bureau.ask("officer", "DELETE", f"/jobs/{identity}")
    assert refused.status_code == 403
    assert "别人提出的" in refused.json()["detail"]
    assert "账户" not in refused.text
    assert bureau.ask("approver", "DELETE", f"/jobs/{identity}").status_code == 200


def test_the_command_keeps_the_history_too(place: PlaceOf, tmp_path: Path) -> None:
    where = place("lone")
    workspace = Workspace.create(where)
    lay(workspace)
    assert not changes(workspace)
    path = tmp_path / "小区.csv"
    path.write_text(HEAD + ROWS)
    assert run(["import", "compound", str(path), "--datum", "cgcs2000", "-w", where]) == 0
    told = changes(workspace)
    assert {key: row[1:] for key, row in told.items()} == {
        "x2": (2, 20, 25), "x9": (2, None, 30), "x3": (2, 30, None),
    }  # fmt: skip
    assert all(row[0].startswith("cli:") for row in told.values())
    workspace.close()


def test_the_command_keeps_columns_that_an_added_file_lacks(place: PlaceOf, tmp_path: Path) -> None:
    where = place("lone")
    workspace = Workspace.create(where)
    lay(workspace)
    path = tmp_path / "小区.csv"
    path.write_text("小区编号,小区名称,户数,老年人数,经度,纬度\nx1,甲里,10,4,114.01,30.01\n")
    asked = ["--datum", "cgcs2000", "-w", where, "--add"]
    assert run(["import", "compound", str(path), *asked]) == 0
    path.write_text("小区编号,小区名称,户数,经度,纬度\nx1,甲里,12,114.01,30.01\n")
    assert run(["import", "compound", str(path), *asked]) == 0
    frame = workspace.read("compound", crs="EPSG:4490").set_index("id")
    assert (frame.loc["x1", "households"], frame.loc["x1", "elders"]) == (12, 4)
    assert len(frame) == 3
    workspace.close()
