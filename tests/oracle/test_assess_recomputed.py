"""LibreOffice recomputes the workbook of an assessment and comes to the same verdicts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from geo.assess import Place, assess, rows
from geo.assess.workbook import write_workbook
from geo.norms import Norms, load, shipped

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from assess_places import place_of

needs_spreadsheet = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="needs LibreOffice (Debian: libreoffice-calc)"
)
SAME, DIFFERS = "一致", "不一致"
ERRORS = ("#NAME?", "#REF!", "#DIV/0!", "#VALUE!", "#N/A", "#NUM!", "#NULL!", "Err:")

OWN = """
[[norm]]
id = "own.zones"
zh = "骨灰堂避让"
en = "columbaria keep clear"
kind = "exclusion"
level = "must"
subject = "columbarium"
measure = {}
op = "clear"
unit = "m"
  [[norm.value]]
  area = "34"
  from = 2020-01-01
  zones = [{ kind = "rail", distance_m = 500 }, { kind = "farmland", distance_m = 0 }]
  evidence = "document"
  source = "自拟"
  quote = "五百米"

[[norm]]
id = "own.both"
zh = "场所面积与大厅面积至少一项"
en = "venue or hall"
kind = "composed"
level = "must"
subject = "community_venue"
measure = { parts = ["community.venue_area", "community.hall_area"], at_least = 1 }
unit = "item"
  [[norm.value]]
  area = "34"
  from = 2020-01-01
  evidence = "document"
  source = "自拟"
  quote = "至少一项"
"""


def recomputed(book: Path, folder: Path) -> tuple[Any, Any]:
    """Return the workbook as written, and as LibreOffice has computed it."""
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    out = folder / "computed"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(out)]
    subprocess.run([*command, str(book)], check=True, capture_output=True, timeout=240)
    return load_workbook(book), load_workbook(out / book.name, data_only=True)


def by_heading(sheet: Worksheet) -> list[dict[str, Any]]:
    lines = sheet.iter_rows(values_only=True)
    names = [str(name) for name in next(lines)]
    return [dict(zip(names, line, strict=True)) for line in lines]


def norms_with_own(folder: Path) -> Norms:
    own = folder / "own"
    own.mkdir()
    (own / "own.toml").write_text(OWN, "utf-8")
    return load(own)


def district() -> Place:
    """Return a made-up part of Jiujiang with a subject for every kind of computation."""
    estate = {"build_status": "new", "elders": 40}
    synchronised = dict.fromkeys(("planned", "started", "accepted", "delivered"), "2020-05-01")
    tables: dict[str, list[dict[str, Any]]] = {
        "county": [{"code": "340207", "name": "县", "elders": 130, "population": 3000}],
        "community": [
            {"code": "340207001001", "elders": 130, "households": 1200, "urban": True},
            {"code": "340207001002", "elders": 0, "households": 400, "urban": False},
        ],
        "compound": [
            {"id": "own", "households": 1001, **estate, **synchronised},
            {"id": "small1", "households": 200, **estate},
            {"id": "small2", "households": 300, **estate},
            {"id": "far", "households": 640, "build_status": "existing", "elders": 10},
        ],
        "elder_station": [
            {"compound_id": "own", "floor_area_m2": 350.0, **synchronised},
            {"floor_area_m2": 210.0, "shared": False, "tier": "community"},
            {"usable_area_m2": 149.0, "floor_area_m2": 310.0, "shared": True},
        ],
        "elder_home": [{"beds": 3}, {"beds": 2}, {"beds": None}],
        "community_venue": [
            {"floor_area_m2": 299.0, "hall_area_m2": 50.0, "workers": 4, "certified_workers": 1},
            {"floor_area_m2": 100.0, "hall_area_m2": 5.0, "workers": 12, "certified_workers": 0},
        ],
        "columbarium": [{"id": "near", "at": shapely.box(0, 0, 10, 10)}, {"id": "apart"}],
        "zone": [
            {"kind": "rail", "name": "铁路", "at": shapely.LineString([(310, 410), (900, 410)])},
            {"kind": "farmland", "at": shapely.Point(5_000, 5_000).buffer(10)},
        ],
    }
    tables["columbarium"][1]["at"] = shapely.Point(2_000, 2_000)
    return place_of("340207", date(2024, 1, 1), tables, [3.0, 4.0, 5.0, float("nan")])


@needs_spreadsheet
def test_a_spreadsheet_comes_to_the_same_verdicts(tmp_path: Path) -> None:
    norms = norms_with_own(tmp_path)
    result = assess(district(), norms, as_of=date(2023, 1, 1))
    table = rows(result)
    (book,) = write_workbook(result, table, tmp_path / "book.xlsx")
    written, computed = recomputed(book, tmp_path)
    names = {name for name in written.sheetnames if name.startswith("验算")}
    assert {"验算", "验算-步行", "验算-距离", "验算-日期", "验算-占比", "验算-综合"} <= names
    formulas = 0
    for name in names:
        for line, plain in zip(
            written[name].iter_rows(), computed[name].iter_rows(values_only=True), strict=True
        ):
            for cell, value in zip(line, plain, strict=True):
                if cell.data_type == "f":
                    formulas += 1
                    assert not str(value).startswith(ERRORS), (name, cell.coordinate, cell.value)
        for line in by_heading(computed[name]):
            assert line.get("是否一致", SAME) == SAME, (name, line)
    assert formulas > 200


@needs_spreadsheet
def test_a_spreadsheet_computes_what_the_verdicts_say(tmp_path: Path) -> None:
    result = assess(district(), norms_with_own(tmp_path), as_of=date(2023, 1, 1))
    table = rows(result)
    (book,) = write_workbook(result, table, tmp_path / "book.xlsx")
    _, computed = recomputed(book, tmp_path)
    ours = table.set_index([table["norm"].astype(str), table["id"].astype(str)])
    compared = 0
    for line in by_heading(computed["验算"]):
        mine = ours.loc[[(line["规范编号"], line["编号"])]]
        mine = mine[mine["finding"] >= 0]
        for heading, column in (("现状", "actual"), ("要求", "required"), ("缺口", "gap")):
            assert any(abs(mine[column] - line[heading]) < 1e-9), (line, column)
            compared += 1
    assert compared > 30


@needs_spreadsheet
def test_pooled_estates_are_recomputed_together(tmp_path: Path) -> None:
    place = place_of(
        "34",
        date(2024, 1, 1),
        {
            "compound": [
                {"id": name, "households": n, "build_status": "new"}
                for name, n in (("a", 100), ("b", 250))
            ],
            "elder_station": [{"floor_area_m2": 300.0}],
        },
        [2.0, 3.0],
    )
    result = assess(place, shipped(), ids=["elder.area100.new"])
    table = rows(result)
    assert (result.blocks[0].pool == 2).all()
    (book,) = write_workbook(result, table, tmp_path / "book.xlsx")
    _, computed = recomputed(book, tmp_path)
    lines = by_heading(computed["验算-统筹"])
    assert [line["是否一致"] for line in lines] == [SAME, SAME]
    assert [line["要求"] for line in lines] == pytest.approx(list(table["required"]))
    assert sum(line["要求"] for line in lines) == pytest.approx(350)


@needs_spreadsheet
def test_a_changed_cell_changes_the_verdict(tmp_path: Path) -> None:
    result = assess(district(), shipped(), ids=["elder.area100", "elder.station"])
    (book,) = write_workbook(result, rows(result), tmp_path / "book.xlsx")
    opened = load_workbook(book)
    parts = opened["验算-明细"]
    for line in range(2, parts.max_row + 1):
        parts.cell(line, 5).value = 0
    opened.save(book)
    _, computed = recomputed(book, tmp_path)
    assert DIFFERS in {line["是否一致"] for line in by_heading(computed["验算"])}
