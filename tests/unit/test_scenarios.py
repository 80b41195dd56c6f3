"""Scenarios: edits kept by name, read through, and put side by side with today's state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from api.cli import run
from geo.coverage import Edits, New, ask
from geo.crs import parse_datum, to_cgcs2000
from geo.errors import ConflictError, DataError, NotFoundError
from geo.norms import load
from geo.scenarios import (
    BASE,
    EditedWorkspace,
    Scenario,
    compare,
    drop_scenario,
    keep_scenario,
    parse_scenario,
    scenario,
    scenarios,
)
from geo.store import Origin, Workspace, conform

Lay = Callable[..., gpd.GeoDataFrame]

X, Y = 500_000, 3_300_000
DAY = date(2026, 5, 1)


def lonlat(x: float, y: float) -> tuple[float, float]:
    lon, lat = to_cgcs2000([(x, y)], parse_datum("epsg:4547"))[0]
    return float(lon), float(lat)


@pytest.fixture
def workspace(lay: Lay, tmp_path: Path) -> Workspace:
    opened = Workspace.create(tmp_path / "county")
    street = shapely.LineString([(X, Y), (X + 5000, Y)])
    layers = {
        "community": lay(
            "community",
            {"code": "340207001001", "elders": 70, "at": (X - 50, Y - 500, X + 5000, Y + 500)},
        ),
        "compound": lay(
            "compound",
            {"id": "near", "households": 500, "elders": 30, "build_status": "new",
             "at": (X + 100, Y)},
            {"id": "far", "households": 500, "elders": 40, "build_status": "new",
             "at": (X + 4000, Y)},
        ),
        "gate": lay("gate", {"id": "g", "compound_id": "near", "at": (X + 100, Y)}),
        "elder_station": lay(
            "elder_station",
            {"id": "s", "floor_area_m2": 200.0, "compound_id": "near", "at": (X, Y)},
        ),
        "street": conform(
            gpd.GeoDataFrame({"class": ["residential"]}, geometry=[street], crs="EPSG:4547"),
            "street",
        ),
    }  # fmt: skip
    for name, frame in layers.items():
        opened.write(name, frame.to_crs("EPSG:4490"), origin=Origin(source="test", written_on=DAY))
    return opened


def test_what_is_kept_is_read_back_the_same(workspace: Workspace) -> None:
    made = Scenario(
        "建一处",
        "elder_station",
        Edits(
            add=(New(114.3, 30.5, "东站", 350.0),),
            move={"s": (114.2, 30.4)},
            open_gates=("g",),
        ),
        norms_area="34",
        norms_on=date(2022, 8, 1),
        note="讨论稿",
    )
    keep_scenario(workspace, made)
    assert scenarios(workspace) == [made]
    assert scenario(workspace, "建一处") == made
    with pytest.raises(ConflictError, match="已有"):
        keep_scenario(workspace, made)
    keep_scenario(workspace, Scenario("建一处", "elder_station"), replace=True)
    assert not scenario(workspace, "建一处")
    drop_scenario(workspace, "建一处")
    with pytest.raises(NotFoundError, match="建一处"):
        scenario(workspace, "建一处")


def test_the_layers_read_as_edited_and_the_file_stays_as_it_is(workspace: Workspace) -> None:
    made = Scenario(
        "x",
        "elder_station",
        Edits(
            add=(New(*lonlat(X + 4000, Y), "东站", 350.0),),
            expand={"s": 900.0},
            close_gates=("g",),
        ),
    )
    before = workspace.content_sha256("elder_station")
    view = EditedWorkspace(workspace, made)
    stations = view.read("elder_station").set_index("id")
    assert stations["floor_area_m2"].to_dict() == {"s": 900.0, "new-1": 350.0}
    assert stations.geometry["new-1"].x == pytest.approx(X + 4000, abs=0.01)
    assert view.read("gate")["open"].tolist() == [False]
    assert workspace.content_sha256("elder_station") == before
    assert view.content_sha256("elder_station") != before
    assert view.content_sha256("compound") == workspace.content_sha256("compound")
    assert workspace.read("elder_station")["floor_area_m2"].tolist() == [200.0]


def test_a_moved_station_belongs_to_where_it_stands_now(workspace: Workspace) -> None:
    made = Scenario("x", "elder_station", Edits(move={"s": lonlat(X + 4000, Y)}))
    moved = EditedWorkspace(workspace, made).read("elder_station")
    assert moved["compound_id"].isna().all()
    assert moved["own_county"].isna().all()


def test_side_by_side_counts_who_gains_who_loses_and_what_the_law_says(
    workspace: Workspace,
) -> None:
    one_more = Scenario("增", "elder_station", Edits(add=(New(*lonlat(X + 4000, Y)),)))
    closed = Scenario("关", "elder_station", Edits(close=("s",)))
    larger = Scenario("扩", "elder_station", Edits(expand={"s": 600.0}))
    found = compare(
        workspace,
        ask("elder_station", on=DAY),
        [one_more, closed, larger],
        norms=load(),
        ids=("elder.area100", "elder.station.min_area"),
    )
    numbers = found.numbers.set_index("scenario")
    assert numbers["covered"].to_dict() == {BASE: 30, "增": 70, "关": 0, "扩": 30}
    assert numbers["covered_change"].to_dict() == {BASE: 0, "增": 40, "关": -30, "扩": 0}
    assert numbers["facilities"].to_dict() == {BASE: 1, "增": 2, "关": 0, "扩": 1}
    walks = found.walks.set_index(["scenario", "id"])["change"].to_dict()
    assert walks == {("增", "far"): "gained", ("关", "near"): "lost"}
    # 500 new households want max(30 m2 a hundred, 350 m2); 200 m2 stand, 600 m2 are enough.
    assert numbers["shortfall_m2"][BASE] - numbers["shortfall_m2"]["扩"] == pytest.approx(150)
    assert "扩" in set(found.verdicts["scenario"])
    moved = found.verdicts[found.verdicts["layer"] == "elder_station"].set_index("scenario")
    assert moved.loc["增", "verdict_before"] == "new"
    assert moved.loc["关", "verdict_after"] == "closed"
    assert moved["norm_name"].notna().all()


def test_the_command_keeps_its_tables_even_when_nothing_changes(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ["-w", str(workspace.folder)]
    assert run(["scenario", "new", "扩", "-f", "elder_station", "--expand", "s=600", *here]) == 0
    assert run(["scenario", "compare", "--on", "2026-05-01", *here]) == 0
    assert "步行有变化的需求点：无" in capsys.readouterr().out
    assert workspace.read_result("scenario_walks").empty
    assert set(workspace.read_result("scenario_verdicts")["scenario"]) == {"扩"}
    book = workspace.output / "scenarios" / "情景对比.xlsx"
    sheet = pd.read_excel(book, sheet_name="结论变化")
    assert set(sheet["图层"]) <= {"小区", "社区养老服务站", "评定地区"}
    assert set(sheet["缺口单位"].dropna()) <= {"m²", "个"}
    assert sheet["规范名称"].notna().all()
    page = (workspace.output / "scenarios" / "情景_扩.html").read_text("utf-8")
    assert "30 → 30（+0）" in page
    assert "新增或迁来" in page
    assert "关闭或迁走" in page
    assert "新选定" not in page
    assert run(["scenario", "list", *here]) == 0
    assert "扩建1处" in capsys.readouterr().out
    assert run(["scenario", "drop", "扩", *here]) == 0
    assert run(["scenario", "compare", *here]) == 2
    assert "现为 0 个" in capsys.readouterr().err


def test_another_rule_set_changes_verdicts_and_no_walk(workspace: Workspace) -> None:
    earlier = Scenario("旧标准", "elder_station", norms_on=date(2021, 5, 1))
    found = compare(workspace, ask("elder_station", on=DAY), [earlier], norms=load())
    assert found.walks.empty
    required = found.verdicts.set_index(["norm", "id"])["required_after"]
    assert required.loc["elder.area100.new"].to_dict() == {"near": 300, "far": 300}


def test_comparing_nothing_too_much_or_apples_with_pears_is_refused(workspace: Workspace) -> None:
    question = ask("elder_station", on=DAY)
    for chosen, found in (
        ([], "现为 0 个"),
        ([Scenario(str(n), "elder_station") for n in range(9)], "现为 9 个"),
        ([Scenario("a", "elder_home")], "不是关于"),
        ([Scenario("a", "elder_station")] * 2, "重复"),
    ):
        with pytest.raises(DataError, match=found):
            compare(workspace, question, chosen)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(DataError) as caught:
        parse_scenario(
            {"name": "", "facility": "车站", "add": [[200, 30]], "expand": {"a": -1},
             "close": "YL001", "norms_on": "明天", "colour": "red"}
        )  # fmt: skip
    for part in ("名称", "车站", "增设", "扩建", "close", "规范日期", "colour"):
        assert part in caught.value.message


@given(
    st.dictionaries(
        st.sampled_from(list(Scenario("", "").json())),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
            max_leaves=6,
        ),
    )
)
def test_any_values_make_a_scenario_or_one_clear_message(values: dict[str, object]) -> None:
    whole = {"name": "a", "facility": "elder_station"} | values
    try:
        made = parse_scenario(whole)
    except DataError:
        with pytest.raises(DataError, match="情景有错"):
            parse_scenario(whole)
    else:
        assert parse_scenario(made.json()) == made
