"""Which premises count for which estate, what is unknown, and what the command writes."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import pytest
import shapely
from openpyxl import load_workbook

from api.cli import run
from geo.assess import assess, in_words, rows
from geo.assess.compare import changes
from geo.assess.summary import by_township, linking, shortages
from geo.assess.workbook.sheets import overview, townships
from geo.norms import shipped
from geo.store import Origin, Workspace

sys.path.insert(0, str(Path(__file__).parent))

from assess_places import _frame, judged, place_of

ON, AREA = date(2021, 6, 1), "340207"
TWO = [
    {"id": "a", "households": 600, "build_status": "existing", "elders": 90},
    {"id": "b", "households": 300, "build_status": "existing", "elders": 40},
]
ORIGIN = Origin("made up", ON, "cgcs2000", "", 0, 0, 0, {})


def test_a_shared_station_is_divided_by_households() -> None:
    place = place_of(AREA, ON, {"compound": TWO, "elder_station": [{"floor_area_m2": 180.0}]})
    found = judged(place, "elder.area100.old")
    assert found["actual"].tolist() == [120, 60]
    assert found["required"].tolist() == [120, 60]
    assert linking(place_result(place))["rule"].str.contains("没有路网").all()


def place_result(place):  # noqa: ANN001, ANN201
    return assess(place, shipped(), ids=["elder.area100"])


def test_own_premises_come_before_shared_ones() -> None:
    stations = [{"floor_area_m2": 180.0}, {"compound_id": "a", "floor_area_m2": 50.0}]
    place = place_of(AREA, ON, {"compound": TWO, "elder_station": stations})
    assert judged(place, "elder.area100.old")["actual"].tolist() == [50, 180]


def test_a_shared_station_beyond_fifteen_minutes_does_not_count() -> None:
    tables = {"compound": TWO, "elder_station": [{"floor_area_m2": 180.0}]}
    place = place_of(AREA, ON, tables, [15.0, 15.1])
    assert judged(place, "elder.area100.old")["actual"].tolist() == [180, 0]
    assert linking(place_result(place))["rule"].str.contains("超过").tolist() == [False, True]


def test_a_closed_station_does_not_count_and_is_not_a_missing_layer() -> None:
    tables = {"compound": TWO, "elder_station": [{"floor_area_m2": 900.0, "status": "closed"}]}
    found = judged(place_of(AREA, ON, tables), "elder.area100.old")
    assert found["verdict"].tolist() == ["fail", "fail"]


def test_an_estate_of_unknown_age_shows_both_results_and_fails_neither() -> None:
    unknown = [{"id": "a", "households": 640}]
    stations = [{"compound_id": "a", "floor_area_m2": 210.0}]
    result = place_result(place_of(AREA, ON, {"compound": unknown, "elder_station": stations}))
    table = rows(result)
    assert table["verdict"].tolist() == ["unknown", "unknown"]
    assert table["finding"].tolist() == [0, 1]
    assert table["required"].tolist() == [300, 128]


def test_the_formula_reads_as_an_inspector_would_write_it() -> None:
    estate = [{"id": "a", "households": 640, "build_status": "new"}]
    stations = [{"compound_id": "a", "floor_area_m2": 210.0}]
    result = place_result(place_of(AREA, ON, {"compound": estate, "elder_station": stations}))
    (text,) = in_words(result, rows(result))["formula"]
    assert text.startswith("max(30 × 640/100, 300) = 300 m²；有 210 m²；缺 90 m²")


def test_a_start_date_that_was_assumed_is_said_beside_the_verdict() -> None:
    homes = {"elder_home": [{"beds": 10}]}
    result = assess(
        place_of("110101", date(2024, 1, 1), homes), shipped(), ids=["elder.gb50437.min_beds"]
    )
    assert in_words(result, rows(result))["from_is"].tolist() == ["起始日为推定"]


def test_two_rule_sets_side_by_side() -> None:
    estate = [{"id": "a", "households": 640, "build_status": "new"}]
    stations = [{"compound_id": "a", "floor_area_m2": 300.0}]
    place = place_of(AREA, ON, {"compound": estate, "elder_station": stations})
    later = assess(place, shipped(), ids=["elder.area100"], as_of=date(2022, 7, 20))
    row = changes(place_result(place), later).iloc[0]
    assert (row["verdict_first"], row["verdict_second"], row["gap_second"]) == ("pass", "fail", 50)


def test_shortages_are_ranked_by_people_and_counted_by_township() -> None:
    place = place_of(AREA, ON, {"compound": TWO[::-1], "elder_station": [{"status": "closed"}]})
    result = place_result(place)
    table = rows(result)
    assert shortages(table)["id"].tolist() == ["a", "b"]
    (town,) = by_township(result, table).to_dict("records")
    assert (town["fail"], town["people_short"], town["gap"]) == (2, 130, 180)


def test_sheets_by_norm_speak_in_names_units_and_every_usual_verdict() -> None:
    place = place_of(AREA, ON, {"compound": TWO, "elder_station": [{"status": "closed"}]})
    result = place_result(place)
    table = rows(result)
    (town,) = townships(result, table).to_dict("records")
    assert (town["norm_name"], town["unit"]) == ("已建成和改造住宅区每百户养老服务用房面积", "m²")
    assert overview(result, table)["not_yet_due"].tolist() == [0]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    made = Workspace.create(tmp_path / "w")
    tables = {
        "community": [{"code": "340207001001", "elders": 130}],
        "compound": TWO,
        "elder_station": [{"compound_id": "a", "floor_area_m2": 50.0}],
    }
    for layer, table in tables.items():
        frame = _frame(layer, table, "340207001001").set_crs("EPSG:4490", allow_override=True)
        made.write(layer, shapes(frame, layer), origin=ORIGIN)
    return tmp_path / "w"


def shapes(frame, layer):  # noqa: ANN001, ANN201
    point = shapely.Point(118.4, 31.3)
    return frame.set_geometry([point.buffer(0.01) if layer == "community" else point] * len(frame))


def test_the_command_writes_a_workbook_of_formulas_and_map_layers(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["assess", "-w", str(workspace), "--on", "2021-06-01", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["area"] == "340207"
    assert {row["id"] for row in answer["shortages"]} >= {"a", "b"}
    sheet = load_workbook(answer["files"][0])["验算"]
    assert sheet["M2"].value.startswith("=IF(F2")
    assert sheet["M2"].data_type == "f"
    kept = Workspace.open(workspace)
    assert {"assess_verdicts", "assess_compound", "assess_linking"} <= set(kept.results())
    drawn = kept.read_result("assess_compound")
    assert set(drawn["pattern"]) == {"cross_hatch"}


def test_the_command_compares_two_days_in_words(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["assess", "-w", str(workspace), "--on", "2021-06-01", "--norm", "elder.area100"]
    assert run([*command, "--norms-as-of", "2022-07-20", "--compare-area", "52"]) == 0
    assert "两套规范比较" in capsys.readouterr().out


def test_a_share_is_told_as_so_many_of_so_many() -> None:
    places = {"elder_station": [{"tier": "township"}]}
    result = assess(place_of(AREA, ON, places), shipped(), ids=["elder.three_tier"])
    table = in_words(result, rows(result))
    (told,) = table.loc[table["role"] == "whole", "formula"]
    assert told == "要求 100%（1 个中的 1 个）；有 0 个（0.0%）；缺 1 个；起始日取发布日"
