"""Rows that do not agree are refused while they are edited, in the words of what is wrong."""

from __future__ import annotations

from typing import Any, Final

import geopandas as gpd
import pytest
import shapely

from geo.store import Origin, conform
from tests.api.conftest import DAY
from tests.api.test_editing import ITEMS, PATCH, Office, feature, office

__all__ = ["office"]

KNOWN: Final = "420106001001"
LIKE: Final = "420106001002"
MERGE: Final = {"Content-Type": "application/merge-patch+json"}


def lay(office: Office, layer: str, key: str, shape: shapely.Geometry, **cells: Any) -> None:  # noqa: ANN401
    own = {"code" if layer == "township" else "id": [key], **{n: [v] for n, v in cells.items()}}
    frame = conform(gpd.GeoDataFrame(own, geometry=[shape], crs=4490), layer)
    office.workspace.write(layer, frame, origin=Origin("town", DAY))


def patch(office: Office, root: str, key: str, who: str = "赵发", **cells: Any) -> Any:  # noqa: ANN401
    """Change a row as whoever reads it first does; in a draft as QGIS does, without If-Match."""
    path = f"{root}{ITEMS}/{key}"
    headers = dict(PATCH)
    if not root:
        headers["If-Match"] = office.ask(who, "GET", path).headers["etag"]
    return office.ask(who, "PATCH", path, json={"properties": cells}, headers=headers)


@pytest.mark.parametrize("drafted", [False, True])
def test_a_community_that_is_not_there_is_refused_with_those_like_it(
    office: Office, *, drafted: bool
) -> None:
    root = office.draft("赵发") if drafted else ""
    answer = patch(office, root, "x1", community_code=LIKE)
    assert answer.status_code == 400, answer.text
    assert f"“社区代码”{LIKE} 在“社区（村）”层中没有" in answer.json()["detail"]
    assert f"{KNOWN}（一社区）" in answer.json()["detail"]
    by_name = patch(office, root, "x1", community_code="一社区")
    assert f"{KNOWN}（一社区）" in by_name.json()["detail"]
    assert patch(office, root, "x1", community_code=KNOWN).status_code == 204
    assert patch(office, root, "x1", community_code=None).status_code == 204
    new = feature("n1", name="新村", community_code=LIKE)
    made = office.ask("赵发", "POST", f"{root}{ITEMS}", json=new, headers=MERGE | {
        "Content-Type": "application/geo+json"
    })  # fmt: skip
    assert made.status_code == 400, made.text


def test_who_may_only_propose_is_told_at_once(office: Office) -> None:
    answer = patch(office, "", "x1", who="张编", community_code=LIKE)
    assert answer.status_code == 400, answer.text
    assert "层中没有" in answer.json()["detail"]


@pytest.mark.parametrize("drafted", [False, True])
def test_more_elders_than_people_are_refused_beside_what_else_is_wrong(
    office: Office, *, drafted: bool
) -> None:
    root = office.draft("赵发") if drafted else ""
    answer = patch(office, root, "x1", population=40, households=0)
    assert answer.status_code == 400, answer.text
    assert "“老年人数”多于“人口”（50，40）" in answer.json()["detail"]
    assert "有 2 处不符合要求" in answer.json()["detail"]
    assert patch(office, root, "x1", population=50).status_code == 204
    assert patch(office, root, "x1", elders=51).status_code == 400


@pytest.mark.parametrize("drafted", [False, True])
def test_a_row_that_is_wrong_already_can_be_edited_elsewhere(
    office: Office, *, drafted: bool
) -> None:
    point = shapely.Point(114.1, 30.1)
    cells = {"households": 10, "population": 20, "elders": 30, "community_code": LIKE}
    lay(office, "compound", "bad", point, name="旧村", **cells)
    root = office.draft("赵发") if drafted else ""
    assert patch(office, root, "bad", name="旧村改").status_code == 204
    assert patch(office, root, "bad", elders=31).status_code == 400
    assert patch(office, root, "bad", elders=20).status_code == 204
    assert patch(office, root, "bad", community_code="420106001003").status_code == 400
    if drafted:
        proposal = office.propose(root, "赵发")
        assert office.approve(proposal).status_code == 200
    assert office.row("bad")[0]["elders"] == 20


def test_any_community_may_be_named_where_none_are_known(office: Office) -> None:
    empty = conform(gpd.GeoDataFrame({"code": [], "name": []}, geometry=[], crs=4490), "community")
    office.workspace.write("community", empty, origin=Origin("town", DAY))
    assert patch(office, "", "x1", community_code=LIKE).status_code == 204


def test_a_row_may_name_what_the_same_draft_adds_but_not_what_it_takes_away(
    office: Office,
) -> None:
    draft = office.draft("赵发")
    square = {
        "type": "Feature", "id": LIKE, "properties": {"name": "二社区"},
        "geometry": shapely.box(114.2, 30.2, 114.3, 30.3).__geo_interface__,
    }  # fmt: skip
    made = office.ask(
        "赵发", "POST", f"{draft}/collections/community/items", json=square,
        headers={"Content-Type": "application/geo+json"},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    assert patch(office, draft, "x1", community_code=LIKE).status_code == 204
    gone = office.ask("赵发", "DELETE", f"{draft}/collections/community/items/{KNOWN}")
    assert gone.status_code == 204, gone.text
    assert patch(office, draft, "x2", community_code=KNOWN).status_code == 400
    assert office.approve(office.propose(draft, "赵发")).status_code == 200
    assert office.row("x1")[0]["community_code"] == LIKE


def test_what_two_changed_apart_is_held_together_at_approval(office: Office) -> None:
    draft = office.draft()
    assert patch(office, "", "x1", population=100).status_code == 204
    assert patch(office, draft, "x1", who="张编", elders=90).status_code == 204
    proposal = office.propose(draft)
    assert patch(office, "", "x1", population=60).status_code == 204
    answer = office.approve(proposal)
    assert answer.status_code == 400, answer.text
    assert "“老年人数”多于“人口”（90，60）" in answer.json()["detail"]
    assert office.row("x1")[0]["elders"] == 50


def test_a_gate_names_a_compound_and_a_community_its_township(office: Office) -> None:
    lay(office, "gate", "g1", shapely.Point(114.1, 30.1), compound_id="x1", open=True)
    path = "/collections/gate/items/g1"
    tag = {"If-Match": office.ask("赵发", "GET", path).headers["etag"]}
    answer = office.ask(
        "赵发", "PATCH", path, json={"properties": {"compound_id": "小区2"}}, headers=PATCH | tag
    )
    assert answer.status_code == 400, answer.text
    assert "“小区编号”小区2 在“小区”层中没有；相近的有 x2（小区2）" in answer.json()["detail"]
    area = shapely.box(114, 30, 114.5, 30.5)
    lay(office, "township", "420106001", area, name="一街道")
    path = f"/collections/community/items/{KNOWN}"
    tag = {"If-Match": office.ask("赵发", "GET", path).headers["etag"]}
    answer = office.ask(
        "赵发", "PATCH", path, json={"properties": {"parent_code": "420106009"}},
        headers=PATCH | tag,
    )  # fmt: skip
    assert answer.status_code == 400, answer.text
    assert "420106001（一街道）" in answer.json()["detail"]
