"""Records come in from other formats and without readings: nothing guessed passes for given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from openpyxl import Workbook, load_workbook

from geo.errors import DataError, NotFoundError
from geo.gazetteer import Gazetteer
from geo.gazetteer.exchange import (
    READERS,
    FaultyFileError,
    Imported,
    Source,
    export_census,
    give,
    import_names,
    release,
)
from geo.gazetteer.exchange.give import ENDINGS, Format
from geo.store import Workspace

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
ON = date(2026, 5, 1)
STREET: dict[str, object] = {
    "标准名称": "金湖西路",
    "地名类别": "城镇街巷",
    "东经": 114.3,
    "北纬": 30.4,
    "所在行政区代码": "990101001",
    "密级": "公开",
}
NATIONAL = {
    "id": "7f3a",
    "place_code": "42011500122100000001",
    "standard_name": "北二巷",
    "roman_alphabet_spelling": "Běi 2 Xiàng",
    "ethnic_minorities_writing": "",
    "old_name": "二巷；老二巷",
    "place_type": "城镇居民点",
    "place_type_code": "22100",
    "area": "420115",
    "gdm": {"type": "Point", "coordinates": [114.304042, 30.413336]},
    "place_origin": "在北边",
    "place_history": "1985年建",
}
FEATURE: dict[str, Any] = {
    "@id": "http://example.org/places/1",
    "type": "Feature",
    "properties": {"title": "北二巷", "ccodes": ["CN"]},
    "names": [
        {"toponym": "北二巷", "lang": "zh"},
        {"toponym": "二巷", "lang": "zh", "when": {"timespans": [
            {"start": {"latest": "1990"}, "end": {"in": "1990"}}]}},
        {"toponym": "Běi 2 Xiàng", "lang": "zh-Latn"},
        {"toponym": "北胡同", "lang": "zh"},
    ],
    "types": [{"identifier": "aat:300008347", "label": "城镇居民点"}],
    "when": {"timespans": [{"start": {"earliest": "1985-01-01", "latest": "1985-12-31"}}]},
    "geometry": {
        "type": "GeometryCollection",
        "geometries": [
            {"type": "Point", "coordinates": [114.3, 30.4]},
            {"type": "LineString", "coordinates": [[114.3, 30.4], [114.31, 30.41]]},
        ],
    },
    "links": [{"type": "closeMatch", "identifier": "gn:1"}],
    "descriptions": [{"value": "北边的巷子"}],
}  # fmt: skip


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Gazetteer]:
    opened = Gazetteer.of(Workspace.create(tmp_path / "county"))
    yield opened
    opened.close()


def sheet(path: Path, *rows: dict[str, object]) -> Path:
    made = Workbook()
    one = made.worksheets[0]
    one.title = "地名"
    headings = list(dict.fromkeys(key for row in rows for key in row))
    one.append(headings)
    for row in rows:
        one.append([row.get(key) for key in headings])
    made.save(path)
    return path


def bring(book: Gazetteer, path: Path, form: Source | None = None) -> Imported:
    return import_names(book, path, author="甲", at=AT, form=form)


def written(path: Path, content: object) -> Path:
    path.write_text(
        content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), "utf-8"
    )
    return path


def standard(book: Gazetteer) -> dict[str, Any]:
    (row,) = book.rows("name", kind="standard")
    return row


def exported(book: Gazetteer, path: Path) -> dict[str, Any]:
    export_census(book, path)
    read = load_workbook(path, read_only=True)
    head, row = read["地名"].iter_rows(values_only=True)
    read.close()
    return {str(key): value for key, value in zip(head, row, strict=False) if value is not None}


def test_a_reading_the_file_leaves_out_is_proposed_and_waits_for_an_officer(
    book: Gazetteer, tmp_path: Path
) -> None:
    done = bring(book, sheet(tmp_path / "in.xlsx", STREET))
    name = standard(book)
    assert (name["roman_toned"], name["roman_sign"]) == ("Jīnhú Xīlù", "JINHU XILU")
    assert json.loads(name["reading"]) == ["jīn", "hú", "xī", "lù"]
    assert (name["specific"], name["generic"]) == ("金湖", "西路")
    assert name["reading_source"] in ("dictionary", "model")
    assert (name["confirmed_by"], done.proposed) == ("", 1)


def test_what_was_only_proposed_is_written_to_no_file_until_it_is_confirmed(
    book: Gazetteer, tmp_path: Path
) -> None:
    bring(book, sheet(tmp_path / "in.xlsx", STREET))
    assert "罗马字母拼写" not in exported(book, tmp_path / "out.xlsx")
    assert release(book).places[0].roman == ""
    name = standard(book)
    with book.change(author="乙", reason="审音", at=AT) as change:
        change.update("name", name["id"], 1, confirmed_by="乙", confirmed_on="2026-05-01")
    assert exported(book, tmp_path / "out.xlsx")["罗马字母拼写"] == "Jīnhú Xīlù"
    assert release(book).places[0].roman == "Jīnhú Xīlù"


def test_a_spelling_that_is_given_is_kept_and_nothing_is_proposed(
    book: Gazetteer, tmp_path: Path
) -> None:
    done = bring(book, sheet(tmp_path / "in.xlsx", STREET | {"罗马字母拼写": "Jinhu Xilu"}))
    name = standard(book)
    assert (name["roman_toned"], name["reading"], name["reading_source"]) == (
        "Jinhu Xilu", "", "given",
    )  # fmt: skip
    assert done.proposed == 0


def test_a_spelling_unlike_its_characters_is_taken_and_reported(
    book: Gazetteer, tmp_path: Path
) -> None:
    rows = [
        STREET | {"罗马字母拼写": "Jīnhú Xīlù"},
        STREET | {"标准名称": "文虹街", "罗马字母拼写": "zhāng sān lù"},
        STREET | {"标准名称": "六安路", "罗马字母拼写": "Lu'an Lu"},
        STREET | {"标准名称": "建设路", "罗马字母拼写": "Kuca", "地名语种": "维吾尔语"},
    ]
    done = bring(book, sheet(tmp_path / "in.xlsx", *rows))
    (found,) = done.differences
    assert (found.row, found.name, found.theirs, found.reason) == (
        3, "文虹街", "zhāng sān lù", "unfit",
    )  # fmt: skip
    (name,) = book.rows("name", text="文虹街")
    assert (name["place_id"], name["roman_toned"]) == (found.place_id, "zhāng sān lù")
    again = bring(book, sheet(tmp_path / "again.xlsx", *rows))
    assert (again.unchanged, again.differences) == (4, [found])


@pytest.mark.parametrize(
    ("more", "proposed"),
    [
        ({"地名语种": "藏语"}, False),
        ({"少数民族语书写": "ལྷ་ས་"}, False),
        ({"所在行政区代码": "540102001"}, False),
        ({"所在行政区代码": "540102001", "地名语种": "汉语"}, False),
        ({"所在行政区代码": "540102001", "地名语种": "汉语", "标准名称": "建设路"}, True),
        ({"所在行政区代码": "540102001", "标准名称": "建设路"}, False),
        ({"地名语种": "汉语", "标准名称": "建设路"}, True),
    ],
)
def test_names_of_other_languages_are_never_read_as_chinese(
    book: Gazetteer, tmp_path: Path, more: dict[str, object], proposed: object
) -> None:
    bring(book, sheet(tmp_path / "in.xlsx", STREET | {"标准名称": "布达拉路"} | more))
    name = standard(book)
    assert bool(name["roman_toned"]) is bool(name["reading"]) is proposed


def test_a_later_file_gives_the_spelling_or_the_name_and_the_reading_follows(
    book: Gazetteer, tmp_path: Path
) -> None:
    coded = STREET | {"地名代码": "99010100123510000001"}
    bring(book, sheet(tmp_path / "one.xlsx", coded))
    before = standard(book)
    done = bring(book, sheet(tmp_path / "two.xlsx", coded | {"地名的含义": "湖如金"}))
    assert done.updated == 1
    assert standard(book)["reading"] == before["reading"]
    bring(book, sheet(tmp_path / "three.xlsx", coded | {"标准名称": "银湖西路"}))
    assert standard(book)["roman_toned"] == "Yínhú Xīlù"
    bring(book, sheet(tmp_path / "four.xlsx", coded | {"罗马字母拼写": "Yin Hu Xi Lu"}))
    name = standard(book)
    assert (name["roman_toned"], name["reading"], name["reading_source"]) == (
        "Yin Hu Xi Lu", "", "given",
    )  # fmt: skip


def test_a_record_of_the_national_database_becomes_one_of_ours(
    book: Gazetteer, tmp_path: Path
) -> None:
    done = bring(book, written(tmp_path / "in.json", {"total": 1, "records": [NATIONAL]}))
    assert (done.inserted, done.no_secrecy) == (1, 1)
    (place,) = book.rows("place")
    assert (place["class_code"], place["division_code"], place["secrecy"]) == (
        "22100", "420115001", "internal",
    )  # fmt: skip
    name = standard(book)
    assert (name["text"], name["roman_toned"], name["history"]) == (
        "北二巷", "Běi 2 Xiàng", "1985年建",
    )  # fmt: skip
    assert name["legacy_batch"] == done.batch_id
    former = sorted(row["text"] for row in book.rows("name", kind="former"))
    assert former == ["二巷", "老二巷"]
    (shape,) = book.rows("shape")
    assert shape["shape"].equals(shapely.Point(114.304042, 30.413336))
    again = bring(book, written(tmp_path / "one.json", NATIONAL))
    assert (again.unchanged, again.change_set_id) == (1, "")


def test_linked_places_become_records_and_nothing_they_say_is_lost(
    book: Gazetteer, tmp_path: Path
) -> None:
    bring(
        book, written(tmp_path / "in.jsonld", {"type": "FeatureCollection", "features": [FEATURE]})
    )
    (place,) = book.rows("place")
    assert (place["class_code"], place["valid_from"]) == ("22100", "1985~")
    assert standard(book)["roman_toned"] == "Běi 2 Xiàng"
    others = {row["text"]: row["kind"] for row in book.rows("name") if row["kind"] != "standard"}
    assert others == {"二巷": "former", "北胡同": "alias"}
    (shape,) = book.rows("shape")
    assert shape["role"] == "centreline"
    out = exported(book, tmp_path / "out.xlsx")
    assert json.loads(out["LPF links"]) == FEATURE["links"]
    assert json.loads(out["LPF descriptions"]) == FEATURE["descriptions"]
    assert out["LPF @id"] == FEATURE["@id"]


def test_a_table_of_linked_places_becomes_records(book: Gazetteer, tmp_path: Path) -> None:
    table = (
        "id\ttitle\ttitle_source\tfclasses\tstart\tend\tvariants\ttypes\tlon\tlat\tccodes\n"
        "1\t北二巷\t普查\tP\t1985\t\t老二巷@zh;Běi 2 Xiàng@zh-latn\t城镇居民点\t114.3\t30.4\tCN\n"
        "2\t金湖\t普查\tH\t\t\t\tlake; 湖泊\t114.31\t30.41\tCN\n"
    )
    done = bring(book, written(tmp_path / "in.tsv", table))
    assert done.inserted == 2
    names = {row["text"]: row for row in book.rows("name", kind="standard")}
    assert names["北二巷"]["roman_toned"] == "Běi 2 Xiàng"
    assert names["金湖"]["roman_toned"] == "Jīn Hú"
    assert [row["text"] for row in book.rows("name", kind="alias")] == ["老二巷"]
    assert {row["class_code"] for row in book.rows("place")} == {"22100", "12200"}


@pytest.mark.parametrize("form", ["dmfw", "lpf", "lptsv"])
def test_what_we_give_in_a_format_comes_back_as_the_same_places(
    book: Gazetteer, tmp_path: Path, form: Format
) -> None:
    rows = [
        STREET | {"地名代码": "99010100123510000001", "曾用名": "金水路", "设立年份": "1985年"},
        STREET | {"标准名称": "银湖", "地名类别": "湖泊", "图形": "POLYGON ((114 30, 114.1 30, 114.1 30.1, 114 30))"},  # noqa: E501
    ]  # fmt: skip
    bring(book, sheet(tmp_path / "in.xlsx", *rows))
    path = tmp_path / f"out{ENDINGS[form]}"
    give(book, path, form, on=ON)
    before = book.state_sha256()
    done = bring(book, path)
    assert done.inserted == 0
    assert {row["text"] for row in book.rows("name", kind="standard")} == {"金湖西路", "银湖"}
    if done.change_set_id:
        book.undo(done.change_set_id, author="甲", reason="撤回", at=AT)
    assert book.state_sha256() == before


def ended(timespan: dict[str, Any]) -> dict[str, Any]:
    return {"when": {"timespans": [timespan]}}


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in FEATURE.items() if name != key}


@pytest.mark.parametrize(
    ("broken", "where", "wanted"),
    [
        (without("names"), "names", "必填"),
        (without("types"), "types", "类别表"),
        (FEATURE | {"types": [{"label": "hamlet"}]}, "types", "类别表"),
        (FEATURE | {"properties": {"ccodes": ["CN"]}}, "properties/title", "必填"),
        (FEATURE | {"properties": {"title": "", "ccodes": ["CHN"]}}, "properties/ccodes/0", "字母"),
        (FEATURE | {"names": [{"lang": "zh"}]}, "names/0/toponym", "toponym"),
        (FEATURE | {"geometry": {"type": "Circle"}}, "geometry/type", "Point"),
        (FEATURE | {"geometry": {"type": "Point", "coordinates": [114.3]}}, "geometry", "GeoJSON"),
        (FEATURE | {"geometry": {"type": "Point", "coordinates": [30.4, 114.3]}}, "geometry", "度"),
        (FEATURE | ended({"end": {"in": "1990"}}), "when/timespans/0/start", "必填"),
        (FEATURE | ended({"start": {"in": "-0200"}}), "when/timespans/0/start", "年份"),
        (FEATURE | {"relations": [{"label": "甲"}]}, "relations/0/relationType", "必填"),
        (FEATURE | {"nickname": "甲"}, "nickname", "没有这一项"),
        ("甲", "", "对象"),
    ],
)  # fmt: skip
def test_a_feature_that_breaks_the_format_or_fits_no_record_is_refused_by_name(
    book: Gazetteer, tmp_path: Path, broken: object, where: str, wanted: str
) -> None:
    before = book.state_sha256()
    path = written(
        tmp_path / "in.jsonld", {"type": "FeatureCollection", "features": [FEATURE, broken]}
    )
    with pytest.raises(FaultyFileError) as refused:
        bring(book, path)
    named = [(cell.row, cell.column) for cell in refused.value.cells]
    assert (2, where) in named
    assert {row for row, _ in named} == {2}
    assert len(named) <= 2  # one fault is told once; only one feature here has two
    assert any(wanted in cell.wanted for cell in refused.value.cells)
    assert book.state_sha256() == before


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"standard_name": ""}, "standard_name"),
        ({"standard_name": ["甲"]}, "standard_name"),
        ({"place_code": "4201"}, "place_code"),
        ({"place_code": 4.2e19}, "place_code"),
        ({"place_type_code": "99999"}, "place_type_code"),
        ({"place_type_code": "", "place_type": "外星基地"}, "place_type"),
        ({"gdm": {"type": "Point", "coordinates": [30, 114]}}, "gdm"),
        ({"gdm": {"type": "Spot"}}, "gdm"),
        ({"area": "42", "place_code": ""}, "area"),
    ],
)
def test_a_record_of_the_database_that_is_not_fit_is_refused_by_name(
    book: Gazetteer, tmp_path: Path, more: dict[str, Any], where: str
) -> None:
    path = written(tmp_path / "in.json", [NATIONAL | {"place_code": ""}, NATIONAL | more])
    with pytest.raises(FaultyFileError) as refused:
        bring(book, path)
    assert {cell.row for cell in refused.value.cells} == {2}
    assert where in {cell.column for cell in refused.value.cells}
    assert book.rows("place") == []


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("2\t甲\t普查\thamlet\t114\t30", "types"),
        ("2\t\t普查\t湖泊\t114\t30", "title"),
        ("2\t甲\t普查\t湖泊\t30\t114", "lon"),
        ("2\t甲\t普查\t湖泊\t114", ""),
    ],
)
def test_a_line_of_a_table_that_is_not_fit_is_refused_by_name(
    book: Gazetteer, tmp_path: Path, line: str, where: str
) -> None:
    head = "id\ttitle\ttitle_source\ttypes\tlon\tlat"
    path = written(tmp_path / "in.tsv", f"{head}\n1\t金湖\t普查\t湖泊\t114\t30\n{line}\n")
    with pytest.raises(FaultyFileError) as refused:
        bring(book, path)
    assert (3, where) in {(cell.row, cell.column) for cell in refused.value.cells}
    assert {cell.row for cell in refused.value.cells} == {3}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("in.json", "{", "不是 JSON"),
        ("in.json", {"total": 0}, "没有地名记录"),
        ("in.jsonld", "nothing", "不是 JSON"),
        ("in.tsv", "id,title\n1,甲\n", "没有这些列"),
        ("in.txt", "", "看不出"),
    ],
)
def test_a_file_that_is_not_of_its_format_is_refused(
    book: Gazetteer, tmp_path: Path, name: str, content: object, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        bring(book, written(tmp_path / name, content))
    for form in READERS:
        with pytest.raises(NotFoundError):
            bring(book, tmp_path / "absent", form)
