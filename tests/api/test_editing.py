"""Editors who work on the same rows: nobody's edit is lost, and everybody is told why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from fastapi.testclient import TestClient

from api.app import create_app
from api.people import accounts, credentials, passwords
from api.people.accounts import By
from api.settings import Settings
from geo.store import Origin, Workspace, conform
from tests.api.conftest import DAY

PlaceOf = Callable[[str], str]
ITEMS = "/collections/compound/items"
GEOJSON = {"Content-Type": "application/geo+json"}
PATCH = {"Content-Type": "application/merge-patch+json"}
ROLES = {
    "张编": ["officer"],
    "李编": ["officer"],
    "王批": ["approver"],
    "赵发": ["officer", "publisher"],
    "孙看": ["viewer"],
}


def filled(place: str, rows: int = 20) -> Workspace:
    workspace = Workspace.create(place)
    cells = {
        "id": [f"x{n}" for n in range(rows)],
        "name": [f"小区{n}" for n in range(rows)],
        "households": [100] * rows,
        "elders": [50] * rows,
    }
    shapes = shapely.points([(114 + n / 100 + 0.00123456789, 30) for n in range(rows)])
    frame = conform(gpd.GeoDataFrame(cells, geometry=shapes, crs=4490), "compound")
    workspace.write("compound", frame, origin=Origin("town", DAY))
    square = [shapely.box(114, 30, 114.5, 30.5)]
    area = conform(
        gpd.GeoDataFrame({"code": ["420106001001"], "name": ["一社区"]}, geometry=square, crs=4490),
        "community",
    )
    workspace.write("community", area, origin=Origin("town", DAY))
    return workspace


class Office:
    """A served workspace and the people who work on it."""

    def __init__(self, workspace: Workspace, client: TestClient, keys: dict[str, str]) -> None:
        self.workspace, self.client, self._keys = workspace, client, keys

    def ask(self, who: str, method: str, path: str, **given: Any) -> Any:  # noqa: ANN401
        headers = {"Authorization": f"Bearer {self._keys[who]}", **given.pop("headers", {})}
        if "json" in given and "Content-Type" not in headers:
            headers["Content-Type"] = "application/json"
        if "json" in given:
            given["content"] = json.dumps(given.pop("json"))
        return self.client.request(method, path, headers=headers, **given)

    def row(self, key: str) -> tuple[dict[str, Any], int]:
        frame, version = self.workspace.row("compound", key)
        return frame.iloc[0].to_dict(), version

    def draft(self, who: str = "张编") -> str:
        made = self.ask(who, "POST", "/ws", json={"title": "我的草稿"})
        assert made.status_code == 201, made.text
        return f"/ws/{made.json()['id']}"

    def propose(self, draft: str, who: str = "张编", **more: str) -> str:
        made = self.ask(who, "POST", f"{draft}/proposal", json={"note": "请批", **more})
        assert made.status_code == 201, made.text
        return f"/proposals/{made.json()['id']}"

    def approve(self, proposal: str, who: str = "王批") -> Any:  # noqa: ANN401
        tag = self.ask(who, "GET", proposal).headers["etag"]
        return self.ask(who, "POST", f"{proposal}/approval", json={}, headers={"If-Match": tag})


@pytest.fixture
def office(place: PlaceOf, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(passwords, "_HASHER", passwords.PasswordHasher(1, 8, 1))
    workspace = filled(place("office"))
    keys: dict[str, str] = {}
    with workspace.writing() as connection:
        accounts.add(connection, "boss", ["admin"], by=By("test"))
        for name, roles in ROLES.items():
            made = accounts.add(connection, name, roles, by=By("boss"))
            _, keys[name] = credentials.make_key(
                connection, name, label="test", scopes=sorted(made.scopes), days=1, by=By("boss")
            )
    where = {"database" if "://" in place("office") else "workspace": place("office")}
    app = create_app(Settings(**where, allow_http=True))  # type: ignore[arg-type]
    with TestClient(
        app, "http://127.0.0.1:8620", client=("127.0.0.1", 50_000), raise_server_exceptions=False
    ) as client:
        yield Office(workspace, client, keys)
    workspace.close()


def feature(key: str | None = None, at: tuple[float, float] = (114.1, 30.1), **cells: Any) -> Any:  # noqa: ANN401
    shape = {"type": "Point", "coordinates": at}
    made = {"type": "Feature", "geometry": shape, "properties": {"households": 100, **cells}}
    return made if key is None else {**made, "id": key}


def test_a_new_feature_is_found_where_its_location_says(office: Office) -> None:
    made = office.ask("赵发", "POST", ITEMS, json=feature(name="新村"), headers=GEOJSON)
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == '"1"'
    assert "/items/compound-" in made.headers["location"]
    read = office.ask("赵发", "GET", made.headers["location"])
    assert read.json()["properties"]["name"] == "新村"
    assert read.json()["geometry"]["coordinates"] == [114.1, 30.1]
    assert read.headers["etag"] == '"1"'


def test_a_change_without_a_version_is_refused_and_touches_nothing(office: Office) -> None:
    before = office.workspace.content_sha256("compound")
    for method, given in (
        ("PUT", {"json": feature("x1", name="甲"), "headers": GEOJSON}),
        ("PATCH", {"json": {"properties": {"name": "甲"}}, "headers": PATCH}),
        ("DELETE", {}),
    ):
        for extra in ({}, {"If-Match": "*"}):
            headers = {**given.get("headers", {}), **extra}
            answer = office.ask("赵发", method, f"{ITEMS}/x1", **{**given, "headers": headers})
            assert answer.status_code == 428, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
    assert office.workspace.content_sha256("compound") == before


def test_a_stale_change_is_told_both_versions_and_where_they_differ(office: Office) -> None:
    def patch(tag: str, **cells: Any) -> Any:  # noqa: ANN401
        headers = {**PATCH, "If-Match": tag}
        return office.ask(
            "赵发", "PATCH", f"{ITEMS}/x1", json={"properties": cells}, headers=headers
        )

    for never in ("garbage", 'W/"1"', '"0"'):
        told = patch(never, elders=60)
        assert told.status_code == 412
        assert "If-Match 写的不是" in told.json()["detail"]
    assert patch('"1"', elders=60, name="甲村").headers["etag"] == '"2"'
    stale = patch('"1"', elders=70, households=120)
    assert stale.status_code == 412
    body = stale.json()
    assert body["current"]["etag"] == '"2"'
    assert body["current"]["feature"]["properties"]["elders"] == 60
    assert body["base"]["feature"]["properties"]["elders"] == 50
    differs = {one["property"]: one for one in body["differs"]}
    assert (differs["elders"]["base"], differs["elders"]["theirs"], differs["elders"]["yours"]) == (
        50, 60, 70,
    )  # fmt: skip
    assert differs["elders"]["conflict"]
    assert not differs["households"]["conflict"]
    assert patch('W/"2"', elders=70).status_code == 412
    assert patch('"7", "2"', elders=70).status_code == 204
    assert office.row("x1")[0]["elders"] == 70
    assert office.row("x1")[1] == 3


def test_a_replacement_empties_what_it_leaves_out(office: Office) -> None:
    sent = feature("x2", name="乙村")
    put = office.ask(
        "赵发", "PUT", f"{ITEMS}/x2", json=sent, headers={**GEOJSON, "If-Match": '"1"'}
    )
    assert put.status_code == 204
    row, version = office.row("x2")
    assert row["name"] == "乙村"
    assert version == 2
    assert pd.isna(row["elders"])


def test_a_row_that_comes_back_never_has_a_version_it_had(office: Office) -> None:
    gone = office.ask("赵发", "DELETE", f"{ITEMS}/x3", headers={"If-Match": '"1"'})
    assert gone.status_code == 204
    assert office.ask("赵发", "GET", f"{ITEMS}/x3").status_code == 404
    again = office.ask("赵发", "DELETE", f"{ITEMS}/x3", headers={"If-Match": '"1"'})
    assert again.status_code == 412
    assert again.json()["current"] is None
    never = office.ask("赵发", "DELETE", f"{ITEMS}/nie", headers={"If-Match": '"1"'})
    assert never.status_code == 404
    new = {**GEOJSON, "If-None-Match": "*"}
    back = office.ask("赵发", "PUT", f"{ITEMS}/x3", json=feature("x3", name="丙"), headers=new)
    assert back.status_code == 201
    assert back.headers["etag"] == '"3"'
    twice = office.ask("赵发", "PUT", f"{ITEMS}/x3", json=feature("x3", name="丙"), headers=new)
    assert twice.status_code == 412
    assert twice.json()["detail"] == "层“小区”的“x3”已经存在（现为第 3 版）。"
    assert "If-Match" in twice.json()["hint"]
    assert twice.json()["current"]["etag"] == '"3"'


def test_all_faults_of_a_feature_are_told_at_once(office: Office) -> None:
    broken = feature(households=0, kind="城堡", elders="许多", colour="red", delivered="2026-13-01")
    answer = office.ask("赵发", "POST", ITEMS, json=broken, headers=GEOJSON)
    assert answer.status_code == 400
    detail = answer.json()["detail"]
    for word in ("小区名称", "户数", "类别", "老年人数", "colour", "交付日期"):
        assert word in detail, (word, detail)


def test_a_text_that_no_spreadsheet_could_hold_is_refused(office: Office) -> None:
    answer = office.ask("赵发", "POST", ITEMS, json=feature(name="长" * 32_768), headers=GEOJSON)
    assert answer.status_code == 400
    assert "“小区名称”最多 32,767 字" in answer.json()["detail"]


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "Point", "coordinates": [114]},
        {"type": "Point", "coordinates": ["a", "b"]},
        {"type": "Point", "coordinates": [500, 30]},
        {"type": "Point", "coordinates": [1e308, 1e308]},
        {"type": "LineString", "coordinates": [[114, 30], [115, 30]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
        {"type": "GeometryCollection", "geometries": []},
        {"type": "Elephant"},
        None,
        7,
    ],
)
def test_a_shape_that_is_none_is_refused(office: Office, shape: object) -> None:
    sent = {**feature(name="甲"), "geometry": shape}
    answer = office.ask("赵发", "POST", ITEMS, json=sent, headers=GEOJSON)
    assert answer.status_code == 400, answer.text


def test_degrees_the_wrong_way_round_are_told(office: Office) -> None:
    swapped = feature(at=(30.2, 114.2), name="甲")
    answer = office.ask("赵发", "POST", ITEMS, json=swapped, headers=GEOJSON)
    assert answer.status_code == 400
    assert "写反了" in answer.json()["detail"]


def test_a_place_near_here_is_taken_and_a_far_one_in_no_way(office: Office) -> None:
    near = office.ask(
        "赵发", "POST", ITEMS, json=feature("n1", (113.7, 30.8), name="邻"), headers=GEOJSON
    )
    assert near.status_code == 201, near.text
    far = {"geometry": {"type": "Point", "coordinates": [0, 0]}}
    moved = office.ask(
        "赵发", "PATCH", f"{ITEMS}/n1", json=far, headers={**PATCH, "If-Match": '"1"'}
    )
    assert moved.status_code == 400
    draft = office.draft()
    for method, path, json_, headers in (
        ("POST", f"{draft}{ITEMS}", feature("n2", (0, 0), name="甲"), GEOJSON),
        ("PATCH", f"{draft}{ITEMS}/x1", far, PATCH),
    ):
        answer = office.ask("张编", method, path, json=json_, headers=headers)
        assert answer.status_code == 400, answer.text
    renamed = office.ask(
        "赵发", "PATCH", f"{ITEMS}/n1", json={"properties": {"name": "邻村"}},
        headers={**PATCH, "If-Match": '"1"'},
    )  # fmt: skip
    assert renamed.status_code == 204


@pytest.mark.parametrize(
    "key", [".", "..", "a/b?c#d", "a/b", "a%2Fb", "a\\b", " ", "a\u0001", "甲\u3000"]
)
def test_an_id_that_no_address_can_hold_is_refused(office: Office, key: str) -> None:
    sent = feature(key, name="甲")
    answer = office.ask("赵发", "POST", ITEMS, json=sent, headers=GEOJSON)
    assert answer.status_code == 400, answer.text
    assert "编号" in answer.json()["detail"]


def test_bodies_of_other_kinds_are_refused(office: Office) -> None:
    def post(content: str | bytes, kind: str = "application/geo+json") -> int:
        answer = office.ask("赵发", "POST", ITEMS, content=content, headers={"Content-Type": kind})
        return int(answer.status_code)

    whole = json.dumps(feature(name="甲"), ensure_ascii=False)
    assert post(whole, "text/plain") == 415
    assert post(whole, "application/json") == 415
    assert post("{") == 400
    assert post("[" * 100_000 + "]" * 100_000) == 400
    assert post('{"type":"Feature","properties":' + '{"a":' * 5_000 + "1" + "}" * 5_001) == 400
    assert post("[]") == post("7") == post("null") == post('{"type":"FeatureCollection"}') == 400
    assert post(b"\xff\xfe") == 400
    assert post(whole.replace("甲", "甲\\u0000")) == 400
    assert post(whole[:-1] + ',"x":"' + "a" * 21_000_000 + '"}') == 413
    assert post(whole.replace('"name": ', '"households": 1e400, "name": ')) == 400
    assert post(whole.replace('"name": ', f'"households": {"9" * 30}, "name": ')) == 400
    headers = {"Content-Type": "text/plain", "If-Match": '"1"'}
    assert (
        office.ask("赵发", "PATCH", f"{ITEMS}/x1", content="{}", headers=headers).status_code == 415
    )


def test_shapes_come_in_the_reference_system_that_is_named(office: Office) -> None:
    crs = "http://www.opengis.net/def/crs/EPSG/0/4490"
    headers = {**GEOJSON, "Content-Crs": f"<{crs}>"}
    made = office.ask(
        "赵发", "POST", ITEMS, json=feature("n1", (30.2, 114.2), name="甲"), headers=headers
    )
    assert made.status_code == 201
    assert office.row("n1")[0]["geometry"].coords[0] == (114.2, 30.2)
    headers["Content-Crs"] = "<http://www.opengis.net/def/crs/EPSG/0/2000000>"
    assert (
        office.ask("赵发", "POST", ITEMS, json=feature(name="乙"), headers=headers).status_code
        == 400
    )


def test_the_key_of_a_row_is_not_changed(office: Office) -> None:
    headers = {**PATCH, "If-Match": '"1"'}
    answer = office.ask(
        "赵发", "PATCH", f"{ITEMS}/x1", json={"properties": {"id": "y"}}, headers=headers
    )
    assert answer.status_code == 400
    taken = office.ask("赵发", "POST", ITEMS, json=feature("x1", name="甲"), headers=GEOJSON)
    assert taken.status_code == 409
    codeless = office.ask(
        "赵发", "POST", "/collections/community/items", json=feature(name="甲"), headers=GEOJSON
    )
    assert codeless.status_code == 400


def test_who_may_only_propose_gets_a_proposal(office: Office) -> None:
    headers = {**PATCH, "If-Match": '"1"'}
    change = {"properties": {"elders": 61}}
    answer = office.ask("张编", "PATCH", f"{ITEMS}/x1", json=change, headers=headers)
    assert answer.status_code == 202, answer.text
    assert office.row("x1")[0]["elders"] == 50
    proposal = answer.headers["location"].partition("8620")[2]
    assert office.approve(proposal, "张编").status_code == 403
    assert office.approve(proposal).status_code == 200
    assert office.row("x1")[0]["elders"] == 61
    stale = office.ask("张编", "PATCH", f"{ITEMS}/x1", json=change, headers=headers)
    assert stale.status_code == 412
    assert (
        office.ask("孙看", "PATCH", f"{ITEMS}/x1", json=change, headers=headers).status_code == 403
    )


def test_options_say_what_one_may_do(office: Office) -> None:
    def allowed(who: str, path: str) -> set[str]:
        return set(office.ask(who, "OPTIONS", path).headers["allow"].split(", "))

    read = {"GET", "HEAD", "OPTIONS"}
    assert allowed("赵发", ITEMS) == {*read, "POST"}
    assert allowed("张编", f"{ITEMS}/x1") == {*read, "PUT", "PATCH", "DELETE"}
    assert allowed("孙看", ITEMS) == allowed("孙看", f"{ITEMS}/x1") == read
    assert (
        office.ask("赵发", "OPTIONS", f"{ITEMS}/x1")
        .headers["accept-patch"]
        .startswith(PATCH["Content-Type"])
    )
    assert office.ask("赵发", "OPTIONS", "/collections/nie/items").status_code == 404


def test_a_draft_tells_its_own_versions_and_no_great_numbers(office: Office) -> None:
    draft = office.draft()
    change = {"json": {"properties": {"elders": 61}}, "headers": PATCH}
    assert office.ask("张编", "PATCH", f"{draft}{ITEMS}/x1", **change).status_code == 204
    stale = office.ask(
        "张编", "PATCH", f"{draft}{ITEMS}/x1", json=change["json"],
        headers={**PATCH, "If-Match": '"1"'},
    )  # fmt: skip
    assert stale.status_code == 412, stale.text
    assert "现为草稿第 1 版，您看到的是第 1 版" in stale.json()["detail"]
    assert office.ask("张编", "GET", f"{draft}/changes").json()["version"] == 1
    page = office.ask("张编", "GET", f"{draft}{ITEMS}/x1", params={"f": "html"}).text
    assert "草稿第 1 版" in page
    assert "1000000001" not in page


def test_a_row_that_others_name_is_not_taken_away_alone(office: Office) -> None:
    community = "/collections/community/items/420106001001"
    told = {"type": "Feature", "properties": {"community_code": "420106001001"}}
    for key in ("x1", "x2"):
        tag = office.ask("赵发", "GET", f"{ITEMS}/{key}").headers["etag"]
        done = office.ask(
            "赵发", "PATCH", f"{ITEMS}/{key}", json=told, headers={**GEOJSON, "If-Match": tag}
        )
        assert done.status_code == 204, done.text
    tag = {"If-Match": office.ask("赵发", "GET", community).headers["etag"]}
    for who in ("赵发", "张编"):  # at once, and as a proposal
        refused = office.ask(who, "DELETE", community, headers=tag)
        assert refused.status_code == 409, refused.text
        assert "小区" in refused.json()["detail"]
        assert "2 个（x1、x2）" in refused.json()["detail"]
    assert office.ask("赵发", "GET", community).status_code == 200
    draft = office.draft()
    assert office.ask("张编", "DELETE", f"{draft}{community}").status_code == 204
    handed = office.ask("张编", "POST", f"{draft}/proposal", json={})
    assert handed.status_code == 409, handed.text
    free = {"type": "Feature", "properties": {"community_code": None}}
    assert office.ask("张编", "DELETE", f"{draft}{ITEMS}/x1").status_code == 204
    office.ask("张编", "PATCH", f"{draft}{ITEMS}/x2", json=free, headers=GEOJSON)
    assert office.approve(office.propose(draft)).status_code == 200
    assert office.ask("赵发", "GET", community).status_code == 404


def test_powers_in_a_filter_are_reckoned_of_a_draft_too(office: Office) -> None:
    draft = office.draft()
    change = {"json": {"properties": {"elders": 61}}, "headers": PATCH}
    assert office.ask("张编", "PATCH", f"{draft}{ITEMS}/x1", **change).status_code == 204
    found = office.ask("张编", "GET", f"{draft}{ITEMS}", params={"filter": "elders ^ 2 = 3721"})
    assert [one["id"] for one in found.json()["features"]] == ["x1"]
    assert found.json()["numberMatched"] == 1
