"""A change of a name by the API is a case, never an edit."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from geo.gazetteer import Gazetteer
from geo.store import Workspace
from tests.api.conftest import MACHINE, fill, served

PlaceOf = Callable[[str], str]
NAMES = "/collections/names/items"
GEOJSON = {"Content-Type": "application/geo+json"}
PATCH = {"Content-Type": "application/merge-patch+json"}


def rows(book: Gazetteer, record: str) -> list[dict[str, Any]]:
    return list(book.rows(record))


@pytest.mark.usefixtures("place")
def test_a_change_of_a_name_becomes_a_case(place: PlaceOf) -> None:
    workspace = Workspace.create(place("names"))
    fill(workspace)
    book = Gazetteer.of(workspace)
    app = create_app(served(place("names")))
    with TestClient(app, MACHINE, client=("127.0.0.1", 50_000)) as client:
        listed = client.get(f"{NAMES}?name=建设路").json()["features"][0]
        key = listed["id"]
        tag = client.get(f"{NAMES}/{key}").headers["etag"]
        before = rows(book, "name")
        patch = {"json": {"properties": {"name": "复兴路"}}}
        assert client.patch(f"{NAMES}/{key}", **patch, headers=PATCH).status_code == 428
        wrong = client.patch(f"{NAMES}/{key}", **patch, headers={**PATCH, "If-Match": '"9"'})
        assert wrong.status_code == 412
        seen = {"If-Match": tag}
        renamed = client.patch(f"{NAMES}/{key}", **patch, headers={**PATCH, **seen})
        assert renamed.status_code == 202, renamed.text
        other = {"json": {"properties": {"lifecycle": "gone"}}}
        assert client.patch(f"{NAMES}/{key}", **other, headers={**PATCH, **seen}).status_code == 400
        retired = client.delete(f"{NAMES}/{key}", headers=seen)
        assert retired.status_code == 202
        new = {
            "type": "Feature",
            "geometry": None,
            "properties": {"name": "新桥", "class_code": "22200"},
        }
        named = client.post(NAMES, json=new, headers=GEOJSON)
        assert named.status_code == 202
        assert named.headers["location"].endswith(f"/cases/{named.json()['case']}")
        assert client.post(NAMES, json={"properties": {}}, headers=GEOJSON).status_code == 400
        draft = client.post("/ws", json={}).json()["id"]
        in_draft = client.delete(f"/ws/{draft}{NAMES}/{key}", headers=seen)
        assert in_draft.status_code == 405
        result = client.delete("/collections/result_shares/items/1", headers=seen)
        assert result.status_code == 405
        assert result.headers["allow"] == "GET, HEAD, OPTIONS"
    assert rows(book, "name") == before
    kinds = {row["kind"]: row for row in rows(book, "case")}
    assert set(kinds) == {"renaming", "retiring", "naming"}
    assert (
        kinds["renaming"]["place_id"]
        == kinds["retiring"]["place_id"]
        == listed["properties"]["place_id"]
    )
    assert {row["text"] for row in rows(book, "candidate")} == {"复兴路", "新桥"}
    workspace.close()


def test_properties_that_names_have_not_are_refused_by_name(place: PlaceOf) -> None:
    workspace = Workspace.create(place("names"))
    fill(workspace)
    app = create_app(served(place("names")))
    with TestClient(app, MACHINE, client=("127.0.0.1", 50_000)) as client:
        strange = {"name": "新桥", "elders": 3, "households": None}
        feature = {"type": "Feature", "geometry": None, "properties": strange}
        made = client.post(NAMES, json=feature, headers=GEOJSON)
        key = client.get(f"{NAMES}?name=建设路").json()["features"][0]["id"]
        seen = {**PATCH, "If-Match": client.get(f"{NAMES}/{key}").headers["etag"]}
        changed = client.patch(f"{NAMES}/{key}", json={"properties": strange}, headers=seen)
        for answer in (made, changed):
            assert answer.status_code == 400, answer.text
            assert "没有属性“elders”" in answer.json()["detail"]
            assert "没有属性“households”" in answer.json()["detail"]
            assert "class_code" in answer.json()["hint"]
    assert not rows(Gazetteer.of(workspace), "case")
    workspace.close()


def test_what_only_a_case_decides_is_refused_and_the_place_is_taken(place: PlaceOf) -> None:
    workspace = Workspace.create(place("names"))
    fill(workspace)
    book = Gazetteer.of(workspace)
    app = create_app(served(place("names")))
    with TestClient(app, MACHINE, client=("127.0.0.1", 50_000)) as client:
        kept = client.get(f"{NAMES}?name=建设路").json()["features"][0]
        lon, lat = first_of(kept["geometry"]["coordinates"])
        point = {"type": "Point", "coordinates": [lon, lat]}
        own = {"name": "新桥", "class_code": "22200", "roman": None}
        for more in ({"status": "official"}, {"valid_from": "2026"}, {"lifecycle": "gone"}):
            feature = {"type": "Feature", "geometry": point, "properties": own | more}
            answer = client.post(NAMES, json=feature, headers=GEOJSON)
            assert answer.status_code == 400, answer.text
            assert f"（{next(iter(more))}）" in answer.json()["detail"]
        assert not rows(book, "case")
        feature = {"type": "Feature", "geometry": point, "properties": own | {"status": None}}
        made = client.post(NAMES, json=feature, headers=GEOJSON)
        assert made.status_code == 202, made.text
        (case,) = rows(book, "case")
        told = json.loads(case["facts"]) if isinstance(case["facts"], str) else case["facts"]
        assert told["shapes"] == [{"role": "point", "wkt": f"POINT ({lon:.10g} {lat:.10g})"}]
        key = kept["id"]
        seen = {**PATCH, "If-Match": client.get(f"{NAMES}/{key}").headers["etag"]}
        there = {"properties": {"name": "复兴路"}, "geometry": kept["geometry"]}
        moved = {**there, "geometry": {**point, "coordinates": [lon + 0.01, lat]}}
        assert client.patch(f"{NAMES}/{key}", json=moved, headers=seen).status_code == 400
        answer = client.patch(f"{NAMES}/{key}", json=there, headers=seen)
        assert answer.status_code == 202, answer.text
    workspace.close()


def first_of(coordinates: Any) -> tuple[float, float]:  # noqa: ANN401 - nested as its shape is
    """Return the first pair of coordinates of a shape."""
    while isinstance(coordinates[0], list):
        coordinates = coordinates[0]
    return coordinates[0], coordinates[1]
