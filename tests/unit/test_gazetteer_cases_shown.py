"""A case is told in words: what was filled in, and what each step was."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import Paper, Proposal, act, enclose, open_case, rulebook, take_back
from geo.gazetteer.cases.shown import facts_told, steps_taken
from geo.store import Origin, Workspace, conform

AT = datetime(2026, 4, 15, 9, tzinfo=UTC)
STREET = "LINESTRING (114.1 30.1, 114.12 30.1)"


@pytest.fixture
def book(tmp_path: Path) -> Gazetteer:
    """A county with two townships, and a street of it."""
    workspace = Workspace.create(tmp_path / "county")
    frame = gpd.GeoDataFrame(
        {"code": ["990101001", "990101100"], "name": ["云麓街道", "听松镇"]},
        geometry=[shapely.box(114.0, 30.0, 114.2, 30.4), shapely.box(114.2, 30.0, 114.4, 30.4)],
        crs=4490,
    )
    workspace.write("township", conform(frame, "township"), origin=Origin("x", AT.date()))
    made = Gazetteer.of(workspace)
    place = {"lifecycle": "existing", "status": "recorded", "secrecy": "public", "attributes": "{}"}
    with made.change(author="甲", reason="普查", at=AT) as change:
        change.insert("place", id="街", class_code="23510", division_code="990101001", **place)
        change.insert("name", place_id="街", text="安平路", kind="standard", language="zh")
        change.insert("line", id="线", code="9913", name="云麓街道与听松镇界线")
    return made


def told(book: Gazetteer, proposal: Proposal) -> dict[str, str]:
    case = open_case(book, proposal, by="林岚", at=AT)
    return dict(facts_told(book, book.row("case", case), on=date(2026, 5, 1)))


def naming(division: str) -> Proposal:
    shapes = [{"role": "centreline", "wkt": STREET}]
    facts = {"class_code": "23510", "shapes": shapes, "position": "东起岩原路"}
    return Proposal("naming", "望潮路命名", division_code=division, reason="新建", facts=facts)


def test_codes_and_shapes_of_a_case_are_told_with_their_words(book: Gazetteer) -> None:
    assert told(book, naming("云麓街道")) == {
        "类别": "城镇街巷（23510）",
        "所属政区": "云麓街道（990101001）",
        "理由": "新建",
        "位置描述": "东起岩原路",
        "坐标": "线（2 个点，中心 114.11000,30.10000）（在云麓街道）",
    }


def test_a_shape_in_another_division_than_the_one_told_says_so(book: Gazetteer) -> None:
    assert told(book, naming("听松镇"))["坐标"].endswith("（在云麓街道，与所属政区不符）")


def test_places_lines_and_reasons_are_told_by_their_names(book: Gazetteer) -> None:
    renaming = Proposal("renaming", "x", place_id="街", reason_code="urban_construction")
    shown = told(book, renaming)
    assert shown["地名"].startswith("安平路（城镇街巷，")
    facts = {"line_id": "线", "signed_by": ["甲", "乙"], "round": "二"}
    assert told(book, Proposal("joint_inspection", "x", facts=facts)) == {
        "界线": "云麓街道与听松镇界线",
        "轮次": "二",
        "各方签署": "甲、乙",
    }


def test_each_step_says_what_was_done_and_which_paper_it_left(book: Gazetteer) -> None:
    case = open_case(
        book, Proposal("retiring", "安平路销名", place_id="街", reason="拆除"), by="林岚", at=AT
    )

    def go(action: str, **more: Any) -> None:  # noqa: ANN401
        version = book.row("case", case)["version"]
        act(book, case, action, actor="林岚", role="clerk", at=AT, version=version, **more)

    for kind in rulebook().kind("retiring").documents:
        version = book.row("case", case)["version"]
        enclose(book, case, Paper(kind, f"材料 {kind}"), version=version, by="林岚", at=AT)
    for action in ("submit", "accept", "check_rules", "start_reviews"):
        go(action)
    go("file_consultation", paper=Paper("consultation", "第一份征求意见报告"))
    take_back(book, case, by="林岚", reason="传错了", at=AT)
    go("file_consultation", paper=Paper("consultation", "征求意见报告定稿"))
    found = [(one.row["became"], one.act, one.paper) for one in steps_taken(book, case, rulebook())]
    assert found == [
        ("draft", "立案", ""),
        ("submitted", "提交", ""),
        ("formal_check", "受理", ""),
        ("rules_checked", "记入规则审查", ""),
        ("reviews", "启动论证与征求意见", ""),
        ("reviews", "记入征求意见", "征求意见报告定稿"),
    ]
