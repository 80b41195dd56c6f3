"""The gazetteer in and out: nothing lost, nothing half-imported, nothing secret let out."""

from __future__ import annotations

import collections
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import geopandas as gpd
import jsonschema
import pyogrio
import pytest
import shapely
from openpyxl import Workbook, load_workbook

from geo.errors import DataError
from geo.gazetteer import Gazetteer
from geo.gazetteer.classes import class_of, classes
from geo.gazetteer.exchange import (
    FaultyFileError,
    Imported,
    export_census,
    feed,
    feed_json,
    give,
    import_names,
    read_linked,
    release,
)
from geo.gazetteer.exchange.give import Format
from geo.gazetteer.exchange.linked_in import faults_of
from geo.store import Workspace, bundled

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
ON = date(2026, 5, 1)
DEMO = bundled.bundled("demo") / "gazetteer.xlsx"
PUBLIC: tuple[Format, ...] = ("dmfw", "lpf", "lptsv", "geojson", "gpkg")
HIDDEN = ("机密", "秘密", "内部")

LANE = {
    "地名代码": "42011500122100000001",
    "标准名称": "北二巷",
    "罗马字母拼写": "Běi 2 Xiàng",
    "地名类别": "城镇居民点",
    "东经": "114.304042",
    "北纬": "30.413336",
    "密级": "公开",
    "设立年份": "1985年",
    "登记时间": "2014-09-28 00:00:00",
    "人口": 89,
}


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Gazetteer]:
    opened = Gazetteer.of(Workspace.create(tmp_path / "county"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gazetteer, Imported]]:
    opened = Gazetteer.of(Workspace.create(tmp_path_factory.mktemp("demo") / "county"))
    yield opened, import_names(opened, DEMO, author="甲", at=AT)
    opened.close()


def sheet(
    path: Path,
    *rows: Mapping[str, object],
    title: str = "地名",
    **more: list[dict[str, str]],
) -> Path:
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, own in {title: rows, **more}.items():
        headings = list(dict.fromkeys(key for row in own for key in row))
        one = made.create_sheet(name)
        one.append(headings)
        for row in own:
            one.append([row.get(key) for key in headings])
    made.save(path)
    return path


def cells(path: Path, title: str = "地名") -> list[dict[str, Any]]:
    read = load_workbook(path, read_only=True)
    head, *rows = read[title].iter_rows(values_only=True)
    read.close()
    return [dict(zip_longest(head, row)) for row in rows]  # a row ends with its last cell


@cache
def demo_cells(title: str = "地名") -> list[dict[str, Any]]:
    return cells(DEMO, title)


def bring(book: Gazetteer, path: Path) -> Imported:
    return import_names(book, path, author="甲", at=AT)


def test_the_demo_has_5613_records_of_11_classes_and_43_sub_classes() -> None:
    rows = demo_cells()
    codes = {row["类别代码"] for row in rows}
    assert len(rows) == 5_613
    assert len(codes) == 43
    assert len({classes()[code].group for code in codes}) == 11
    assert all(row["备注"] == "模拟数据" and "模拟" in row["资料来源"] for row in rows)


def test_the_demo_has_506_streets_in_three_sub_districts() -> None:
    streets = [row for row in demo_cells() if row["类别代码"] == "23510"]
    assert collections.Counter(row["所在行政区"] for row in streets) == {
        "云麓街道": 139,
        "知雨街道": 280,
        "星渡街道": 87,
    }
    assert len({row["标准名称"] for row in streets}) == 506


def test_the_demo_has_200_signs_and_60_lines_and_stones() -> None:
    assert len(demo_cells("地名标志")) == 200
    stones = demo_cells("界桩")
    assert len(demo_cells("界线")) + len(stones) == 60
    assert all(re.fullmatch(r"\d{7}[QAB]", row["界桩编号"]) for row in stones)


def test_the_streets_of_the_demo_lie_on_real_streets() -> None:
    streets = [row for row in demo_cells() if row["类别代码"] == "23510"]
    lines = gpd.GeoSeries.from_wkt([row["图形"] for row in streets], crs="EPSG:4490")
    real = gpd.read_file(bundled.bundled("demo") / "streets.gpkg").geometry
    corners = shapely.points(shapely.get_coordinates(lines.to_crs(real.crs).to_numpy()))
    off_m = real.sindex.nearest(corners, return_all=False, return_distance=True)[1]
    assert len(off_m) > 2 * len(streets)
    assert off_m.max() < 1.0


def test_every_class_code_has_five_digits_and_a_source() -> None:
    assert all(len(code) == 5 and one.source for code, one in classes().items())
    known = class_of("222")
    assert known is not None
    assert (known.code, known.draft) == ("22200", False)


def test_the_whole_demo_goes_in_and_out_without_a_changed_cell(
    demo: tuple[Gazetteer, Imported], tmp_path: Path
) -> None:
    export_census(demo[0], tmp_path / "out.xlsx")
    for title in ("地名", "地名标志", "界线", "界桩"):
        assert cells(tmp_path / "out.xlsx", title) == demo_cells(title)
    export_census(demo[0], tmp_path / "again.xlsx")
    assert (tmp_path / "out.xlsx").read_bytes() == (tmp_path / "again.xlsx").read_bytes()


@pytest.mark.slow
def test_the_same_file_twice_changes_nothing(demo: tuple[Gazetteer, Imported]) -> None:
    before = demo[0].state_sha256()
    again = bring(demo[0], DEMO)
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 5_613)
    assert again.change_set_id == ""
    assert demo[0].state_sha256() == before


def test_names_streets_and_parents_of_the_demo_are_rows_of_the_book(
    demo: tuple[Gazetteer, Imported],
) -> None:
    places, names = demo[0].rows("place"), demo[0].rows("name", kind="standard")
    assert len(places) == len(names) == demo[1].inserted == 5_613
    assert all(name["legacy_batch"] == demo[1].batch_id for name in names)
    assert demo[1].proposed == 5_613
    assert {name["reading_source"] for name in names} == {"dictionary", "model"}
    assert not any(name["confirmed_by"] for name in names)
    assert len(demo[0].rows("relation", kind="part_of")) == 5_612


def test_a_real_census_record_comes_out_cell_for_cell(book: Gazetteer, tmp_path: Path) -> None:
    row = LANE | {"我局自编号": "A-7", "曾用名": "二巷、老二巷", "废止年份": None}
    bring(book, sheet(tmp_path / "in.xlsx", row))
    export_census(book, tmp_path / "out.xlsx")
    out = cells(tmp_path / "out.xlsx")[0]
    assert {key: out[key] for key in row} == row
    assert [n["text"] for n in book.rows("name", kind="former")] in (
        ["二巷", "老二巷"],
        ["老二巷", "二巷"],
    )
    (name,) = book.rows("name", kind="standard")
    assert (name["roman_toned"], name["roman_plain"]) == ("Běi 2 Xiàng", "Bei 2 Xiang")


def test_what_an_officer_changes_goes_out_and_the_rest_stays(
    book: Gazetteer, tmp_path: Path
) -> None:
    bring(book, sheet(tmp_path / "in.xlsx", LANE))
    (name,) = book.rows("name")
    with book.change(author="乙", reason="更正", at=AT) as change:
        change.update("name", name["id"], 1, meaning="北边第二条巷子。")
    export_census(book, tmp_path / "out.xlsx")
    out = cells(tmp_path / "out.xlsx")[0]
    assert out["地名的含义"] == "北边第二条巷子。"
    assert out["东经"] == "114.304042"


def test_every_faulty_cell_is_named_and_nothing_is_imported(
    book: Gazetteer, tmp_path: Path
) -> None:
    before = book.state_sha256()
    bad = {
        "地名代码": 4.2011500122100e19,
        "标准名称": None,
        "地名类别": "外星基地",
        "东经": 30.4,
        "北纬": "114.3",
        "密级": "绝对机密",
        "设立年份": "民国",
        "登记时间": 2014,
    }
    path = sheet(tmp_path / "bad.xlsx", LANE, bad)
    with pytest.raises(FaultyFileError) as refused:
        bring(book, path)
    faulty = [(cell.sheet, cell.row, cell.column) for cell in refused.value.cells]
    assert sorted(faulty) == sorted(("地名", 3, heading) for heading in bad)
    assert all(cell.found and cell.wanted and cell.advice for cell in refused.value.cells)
    assert "表“地名”第 3 行“地名类别”：填的是“外星基地”" in refused.value.message
    assert book.state_sha256() == before


@pytest.mark.parametrize(
    ("cells_", "column", "wanted"),
    [
        ({"北纬": None}, "北纬", "成对"),
        ({"类别代码": "22200"}, "类别代码", "22100"),
        ({"地名类别": None}, "地名类别", "类别"),
        ({"废止年份": "1970年"}, "废止年份", "不早于设立年份"),
        ({"坐标系": "1954北京坐标系"}, "坐标系", "2000国家大地坐标系"),
        ({"图形": "LINESTRING (114 30, oops"}, "图形", "WKT"),
        ({"标准名称": "=1+1"}, "标准名称", "填好的值"),
        ({"人口": True}, "人口", "文字、数字或日期"),
        ({"人口": datetime(2014, 9, 28)}, "人口", "文字或数字"),  # noqa: DTZ001 - a cell
        ({"登记时间": datetime(2014, 9, 28, 8, 30)}, "登记时间", "不带时刻"),  # noqa: DTZ001
    ],
)
def test_a_row_that_contradicts_itself_is_refused(
    book: Gazetteer, tmp_path: Path, cells_: dict[str, object], column: str, wanted: str
) -> None:
    with pytest.raises(FaultyFileError) as refused:
        bring(book, sheet(tmp_path / "bad.xlsx", LANE | cells_))
    (only,) = refused.value.cells
    assert (only.row, only.column) == (2, column)
    assert wanted in only.wanted


def test_a_record_twice_in_one_sheet_is_refused(book: Gazetteer, tmp_path: Path) -> None:
    with pytest.raises(FaultyFileError, match="与第 2 行不同的记录"):
        bring(book, sheet(tmp_path / "bad.xlsx", LANE, LANE))


def test_a_sign_of_an_unknown_place_and_a_stone_of_an_unknown_line_are_refused(
    book: Gazetteer, tmp_path: Path
) -> None:
    sign = {"标志编号": "1", "标志类型": "街路牌", "标志文字": "北二巷", "地名代码": "9" * 20}
    stone = {"界桩编号": "9901001Q", "界线编号": "9901"}
    path = sheet(tmp_path / "bad.xlsx", LANE, 地名标志=[sign], 界桩=[stone])
    with pytest.raises(FaultyFileError) as refused:
        bring(book, path)
    assert [(c.sheet, c.column) for c in refused.value.cells] == [
        ("地名标志", "地名代码"),
        ("界桩", "界线编号"),
    ]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", "地名,代码\n".encode()])
def test_what_is_no_workbook_is_one_clear_message(
    book: Gazetteer, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(DataError, match=r"不是完好的 \.xlsx 工作簿"):
        bring(book, tmp_path / "a.xlsx")


def test_a_workbook_without_a_census_sheet_is_one_clear_message(
    book: Gazetteer, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="没有普查工作表"):
        bring(book, sheet(tmp_path / "a.xlsx", LANE, title="Sheet1"))


def test_an_import_is_taken_back_whole(book: Gazetteer, tmp_path: Path) -> None:
    before = book.state_sha256()
    done = bring(book, sheet(tmp_path / "in.xlsx", LANE))
    assert book.state_sha256() != before
    book.undo(done.change_set_id, author="乙", reason="导错了", at=AT)
    assert book.state_sha256() == before
    assert book.first_broken() is None


@pytest.mark.parametrize("lock", ["official", "confirmed"])
def test_an_official_or_confirmed_name_is_never_overwritten(
    book: Gazetteer, tmp_path: Path, lock: str
) -> None:
    bring(book, sheet(tmp_path / "in.xlsx", LANE))
    (place,), (name,) = book.rows("place"), book.rows("name")
    with book.change(author="乙", reason="核定", at=AT) as change:
        if lock == "official":
            change.update("place", place["id"], 1, status="official")
        else:
            change.update("name", name["id"], 1, confirmed_by="乙", confirmed_on="2026-05-01")
    before = book.state_sha256()
    done = bring(book, sheet(tmp_path / "new.xlsx", LANE | {"标准名称": "北贰巷", "密级": "内部"}))
    assert book.state_sha256() == before
    assert (done.updated, done.locked) == (0, 1)
    assert [(d.heading, d.ours, d.theirs, d.reason) for d in done.differences] == [
        ("标准名称", "北二巷", "北贰巷", "locked"),
        ("密级", "public", "internal", "locked"),
    ]


def test_a_recorded_name_is_renewed_but_an_empty_cell_erases_nothing(
    book: Gazetteer, tmp_path: Path
) -> None:
    bring(book, sheet(tmp_path / "in.xlsx", LANE | {"别名": "后巷"}))
    new = {"地名代码": LANE["地名代码"], "标准名称": "北二小巷", "地名类别": "城镇居民点"}
    done = bring(book, sheet(tmp_path / "new.xlsx", new | {"罗马字母拼写": None, "别名": "里巷"}))
    assert done.updated == 1
    (name,) = book.rows("name", kind="standard")
    assert (name["text"], name["roman_toned"]) == ("北二小巷", "Běi 2 Xiàng")
    assert {n["text"] for n in book.rows("name", kind="alias")} == {"后巷", "里巷"}
    assert [d.reason for d in done.differences] == ["kept"]


def test_a_file_cannot_open_what_is_secret(book: Gazetteer, tmp_path: Path) -> None:
    bring(book, sheet(tmp_path / "in.xlsx", LANE | {"密级": "机密"}))
    done = bring(book, sheet(tmp_path / "new.xlsx", LANE))
    assert [d.reason for d in done.differences] == ["secrecy"]
    assert book.rows("place")[0]["secrecy"] == "secret"


def test_a_record_without_a_level_of_secrecy_is_not_public(book: Gazetteer, tmp_path: Path) -> None:
    assert bring(book, sheet(tmp_path / "in.xlsx", LANE | {"密级": None})).no_secrecy == 1
    assert release(book).places == ()


def _leaks(text: str) -> list[str]:
    """Return names, codes, coordinates and closed fields of the demo's secrets found in a text."""
    rows = demo_cells()
    hidden = [row for row in rows if row["密级"] in HIDDEN]
    assert len(hidden) == 130
    fields = ("标准名称", "地名代码", "登记人", "登记单位", "图号年版")
    wanted = {str(row[key]) for row in hidden for key in fields}
    leaks = [one for one in wanted if one in text]
    pairs = re.findall(r"(\d{3}\.\d+)[^\d.]{1,4}(\d{2}\.\d+)", text)
    told = {(round(float(lon), 6), round(float(lat), 6)) for lon, lat in pairs}
    assert len(told) > 5_000
    spots = {(float(row["东经"]), float(row["北纬"])) for row in hidden}
    return leaks + [str(spot) for spot in spots & told]


@pytest.mark.parametrize("form", PUBLIC)
def test_no_secret_leaks_into_a_public_format(
    demo: tuple[Gazetteer, Imported], tmp_path: Path, form: Format
) -> None:
    path = tmp_path / f"out.{form}"
    path = path.with_suffix(".gpkg" if form == "gpkg" else ".geojson" if form == "geojson" else "")
    give(demo[0], path, form, on=ON)
    raw = path.read_bytes().decode("utf-8", errors="ignore")
    if form == "gpkg":
        names = [name for name, _ in pyogrio.list_layers(path)]
        raw += "".join(gpd.read_file(path, layer=name).to_json() for name in names)
    assert "示范区" in raw
    assert _leaks(raw) == []


def test_no_secret_leaks_into_the_feed(demo: tuple[Gazetteer, Imported]) -> None:
    told = feed_json(feed(demo[0]))
    assert json.loads(told)["until"] > 5_613
    assert _leaks(told) == []


def test_departments_see_internal_records_coarsely_and_no_secret_ones(
    demo: tuple[Gazetteer, Imported],
) -> None:
    rows = {row["标准名称"]: row for row in demo_cells()}
    given = release(demo[0], audience="departments")
    coarse = [one for one in given.places if one.coarse]
    assert coarse
    assert {rows[one.name]["密级"] for one in coarse} == {"内部"}
    for one in coarse:
        assert one.shape is not None
        assert (one.origin, one.meaning, one.history, one.place_code) == ("", "", "", "")
        assert [round(v * 100, 6) % 1 for v in one.shape.coords[0]] == [0, 0]
    assert not {n for n, row in rows.items() if row["密级"] in ("秘密", "机密")} & {
        one.name for one in given.places
    }


def test_a_text_that_mentions_a_secret_name_is_withheld(
    demo: tuple[Gazetteer, Imported],
) -> None:
    trap = next(row for row in demo_cells() if "邻近" in (row["地名的来历"] or ""))
    given = release(demo[0])
    (place,) = (one for one in given.places if one.name == trap["标准名称"])
    assert place.origin == ""
    assert given.withheld == 1


@pytest.mark.parametrize("form", PUBLIC)
def test_the_same_gazetteer_gives_the_same_bytes(
    book: Gazetteer, tmp_path: Path, form: Format
) -> None:
    bring(book, sheet(tmp_path / "in.xlsx", LANE))
    ending = f".{form}" if form in ("gpkg", "geojson") else ".txt"
    for name in ("a", "b"):
        give(book, tmp_path / f"{name}{ending}", form, on=ON)
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


def test_national_json_has_the_fields_of_the_national_database(
    book: Gazetteer, tmp_path: Path
) -> None:
    bring(book, sheet(tmp_path / "in.xlsx", LANE | {"曾用名": "二巷"}))
    give(book, tmp_path / "a.json", "dmfw", on=ON)
    answer = json.loads((tmp_path / "a.json").read_text("utf-8"))
    (record,) = answer["records"]
    assert answer["total"] == 1
    assert record["standard_name"] == "北二巷"
    assert record["roman_alphabet_spelling"] == "Běi 2 Xiàng"
    assert (record["place_type"], record["place_type_code"]) == ("城镇居民点", "22100")
    assert record["old_name"] == "二巷"
    assert record["gdm"] == {"type": "Point", "coordinates": [114.304042, 30.413336]}


def test_the_feed_tells_each_change_once_and_withdraws_what_closed(
    book: Gazetteer, tmp_path: Path
) -> None:
    other = LANE | {"地名代码": None, "标准名称": "南巷", "东经": 114.2, "密级": "机密"}
    bring(book, sheet(tmp_path / "in.xlsx", LANE, other))
    first = feed(book)
    assert [one["feature"]["properties"]["title"] for one in first.changed] == ["北二巷"]
    assert feed(book, since=first.until).changed == ()
    (place,) = book.rows("place", secrecy="public")
    with book.change(author="乙", reason="定密", at=AT) as change:
        change.update("place", place["id"], 1, secrecy="secret")
    second = feed(book, since=first.until)
    assert second.changed == ()
    assert [one["id"] for one in second.withdrawn] == [place["id"]]
    with pytest.raises(DataError, match="没有第 999 号事件"):
        feed(book, since=999)


def test_the_demo_has_no_error_under_the_schema_of_linked_places(
    demo: tuple[Gazetteer, Imported], real_data: Path, tmp_path: Path
) -> None:
    schema = json.loads((real_data / "lpf" / "schema_lpf_v1.2.2.json").read_text("utf-8"))
    check = jsonschema.Draft7Validator(schema)
    give(demo[0], tmp_path / "a.jsonld", "lpf", on=ON)
    features = json.loads((tmp_path / "a.jsonld").read_text("utf-8"))["features"]
    assert len(features) == 5_613 - 130
    assert sum(1 for one in features for _ in check.iter_errors(one)) == 0


def test_our_own_linked_places_are_read_again(book: Gazetteer, tmp_path: Path) -> None:
    bring(book, sheet(tmp_path / "in.xlsx", LANE | {"废止年份": "2021年", "使用时间": "历史地名"}))
    give(book, tmp_path / "a.jsonld", "lpf", on=ON)
    (one,) = read_linked(tmp_path / "a.jsonld")
    assert one["when"] == {"timespans": [{"start": {"in": "1985"}, "end": {"in": "2021"}}]}


def test_each_of_199_foreign_samples_is_refused_with_a_clear_message(
    real_data: Path,
) -> None:
    path = real_data / "lpf" / "indias200.jsonl"
    with pytest.raises(FaultyFileError) as refused:
        read_linked(path)
    assert {cell.row for cell in refused.value.cells} == set(range(1, 200))
    assert "第 1 行“names/0/when/timespans/0/start”：填的是“-1”" in refused.value.message


def test_our_check_of_linked_places_finds_what_the_schema_finds(real_data: Path) -> None:
    schema = json.loads((real_data / "lpf" / "schema_lpf_v1.2.2.json").read_text("utf-8"))
    check = jsonschema.Draft7Validator(schema)
    for line in (real_data / "lpf" / "indias200.jsonl").read_text("utf-8").splitlines():
        one = json.loads(line)
        theirs = {"/".join(map(str, error.absolute_path)) for error in check.iter_errors(one)}
        assert {where for where, *_ in faults_of(one)} == theirs


def test_a_name_with_a_quote_or_a_tab_stays_one_field_of_lp_tsv(
    book: Gazetteer, tmp_path: Path
) -> None:
    bring(book, sheet(tmp_path / "in.xlsx", LANE | {"地名的来历": "一\t二\n三"}))
    give(book, tmp_path / "a.tsv", "lptsv", on=ON)
    head, row = (tmp_path / "a.tsv").read_text("utf-8").splitlines()
    assert len(row.split("\t")) == len(head.split("\t"))
    assert row.split("\t")[head.split("\t").index("start")] == "1985"
