"""Each rule of naming with a name that passes and one that fails, and what it says of each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.errors import DataError, NotFoundError
from geo.gazetteer import Gazetteer
from geo.gazetteer.rules import (
    Finding,
    Lexicon,
    Proposal,
    Report,
    Standing,
    Word,
    audit,
    check_name,
    laid_out,
    no_names,
    pack,
    pack_names,
    read,
    shipped,
    standing,
    template,
)
from geo.gazetteer.rules.kinds import kind_of, standard_characters, variants
from geo.gazetteer.rules.pack import laid
from geo.gazetteer.rules.sound import EXACT, HETERONYM, TONELESS, alike, ways
from geo.store import Workspace
from geo.text import speak

DAY = date(2026, 5, 1)
AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
STREET, ESTATE, BUILDING, VILLAGE = "23200", "22100", "26000", "21600"
DIVISION, FACILITY, NATURE = "21000", "23600", "12200"
TOWN_AREA, OTHER_AREA = shapely.box(103.1, 23.3, 103.2, 23.4), shapely.box(103.4, 23.3, 103.5, 23.4)
HERE, THERE = shapely.Point(103.16, 23.35), shapely.Point(103.45, 23.35)
OUTSIDE = shapely.Point(103.3, 23.0)

NAMES = [
    # text, class, division, place, reading
    ("建设路", STREET, "532501001", shapely.Point(103.15, 23.35), "jiàn shè lù"),
    ("金湖路", STREET, "532501001", shapely.Point(103.14, 23.34), "jīn hú lù"),
    ("金湖西路", STREET, "532501001", shapely.LineString([(103.11, 23.35), (103.13, 23.35)]), ""),
    ("文化一路", STREET, "532501001", shapely.Point(103.15, 23.31), ""),
    ("文化二路", STREET, "532501001", shapely.Point(103.15, 23.32), ""),
    ("和平路", STREET, "532501101", THERE, ""),
    ("锡都花园", ESTATE, "532501001", shapely.Point(103.15, 23.36), ""),
    ("新村", VILLAGE, "532501101", shapely.Point(103.3, 23.2), ""),
    ("大屯镇", DIVISION, "532501101", THERE, ""),
    ("老厂镇", DIVISION, "532501102", OUTSIDE, ""),
    ("老阴山", "13400", "532501", shapely.Point(103.165, 23.37), ""),
]  # fmt: skip
OWN = Lexicon(
    (
        Word("leader", "某领导", "B", source="测试"),
        Word("person", "中山", "W", source="测试"),
        Word("enterprise", "云岭重工", "B", source="测试"),
        Word("reserve", "锡彩", source="测试"),
    )
)


def frame(rows: list[tuple[Any, ...]], kind: str = "standard", start: int = 0) -> gpd.GeoDataFrame:
    cells = [
        {
            "name_id": f"n{at}",
            "place_id": f"p{at}",
            "text": text,
            "kind": kind,
            "class_code": code,
            "division_code": division,
            "reading": reading,
            "reading_source": "officer" if reading else "",
        }
        for at, (text, code, division, _, reading) in enumerate(rows, start=start)
    ]
    return gpd.GeoDataFrame(pd.DataFrame(cells), geometry=[row[3] for row in rows], crs="EPSG:4490")


@pytest.fixture(scope="module")
def stood() -> Standing:
    return laid_out(
        frame(NAMES),
        former=frame([("解放路", STREET, "532501001", HERE, "")], kind="former", start=90),
        built_up=[TOWN_AREA, OTHER_AREA],
        protected=["p1", "p2"],
        measured=["p2"],
        lexicon=shipped() + OWN,
        covers=["53"],
    )


Ask = Callable[..., Report]


@pytest.fixture
def ask(stood: Standing) -> Ask:
    def checked(text: str, code: str = STREET, *packs: str, **more: object) -> Report:
        told = {"geometry": HERE, "division_code": "532501001"} | more
        return check_name(Proposal(text, code, **told), stood, pack(*packs), on=DAY)

    return checked


CASES: list[tuple[str, str, str, str, Mapping[str, Any]]] = [
    ("R1", "金湖西路", STREET, "pass", {}),
    ("R1", "金湖", STREET, "block", {}),
    ("R1", "花园", ESTATE, "block", {}),
    ("R1", "", STREET, "block", {}),
    ("R1", "金湖西路", "", "unknown", {}),
    ("R1", "金湖", "", "unknown", {}),
    ("R2", "老阴山", NATURE, "pass", {}),
    ("R2", "24克拉小区", ESTATE, "block", {}),
    ("R2", "金湖·壹号", ESTATE, "block", {}),
    ("R2", "髙铁路", STREET, "block", {}),
    ("R2", "建設路", STREET, "block", {}),
    ("R2", "㔹山路", STREET, "warn", {}),
    ("R2", "㔹山路", STREET, "info", {"grounds": {"R2": "character_review"}}),
    ("R3", "锡城大厦", BUILDING, "pass", {"attributes": {"floors": 18}}),
    ("R3", "锡城大厦", BUILDING, "warn", {"attributes": {"floors": 3}}),
    ("R3", "锡城大厦", BUILDING, "unknown", {}),
    ("R3", "锡城广场", BUILDING, "warn", {"attributes": {"open_ground_m2": 0}}),
    ("R3", "锡城路", STREET, "not_applicable", {}),
    ("R4", "锡城路", STREET, "pass", {}),
    ("R4", "某领导路", STREET, "block", {}),
    ("R4", "某领导路", STREET, "block", {"grounds": {"R4": "historic"}}),
    ("R4", "中山路", STREET, "warn", {}),
    ("R4", "中山路", STREET, "info", {"grounds": {"R4": "historic"}}),
    ("R4", "中山路", STREET, "warn", {"grounds": {"R4": "nonsense"}}),
    ("R5", "锡城花园", ESTATE, "pass", {}),
    ("R5", "曼哈顿广场", BUILDING, "block", {}),
    ("R5", "加州花园", ESTATE, "block", {}),
    ("R5", "罗马湖", NATURE, "info", {"grounds": {"R5": "historic"}}),
    ("R6", "锡城路", STREET, "pass", {}),
    ("R6", "云岭重工路", STREET, "block", {}),
    ("R6", "锡业集团路", STREET, "block", {}),
    ("R7", "锡金市", DIVISION, "pass", {}),
    ("R7", "朝阳市", DIVISION, "block", {}),
    ("R7", "朝阳旗", DIVISION, "warn", {}),
    ("R7", "昭阳县", DIVISION, "warn", {}),
    ("R7", "太湖", NATURE, "block", {}),
    ("R8a", "锡金镇", DIVISION, "pass", {"division_code": "532501109"}),
    ("R8a", "大屯镇", DIVISION, "block", {"division_code": "532801100"}),
    ("R8a", "锡金镇", DIVISION, "unknown", {"division_code": "440101100"}),
    ("R8a", "锡金镇", DIVISION, "unknown", {"division_code": ""}),
    ("R8b", "新村", VILLAGE, "block", {}),
    ("R8b", "新村", VILLAGE, "info", {"division_code": "532502001"}),
    ("R8c", "锡彩路", STREET, "pass", {}),
    ("R8c", "建设路", STREET, "block", {}),
    ("R8c", "建设路", STREET, "info", {"geometry": THERE}),
    ("R8c", "建设路", STREET, "unknown", {"geometry": None}),
    ("R8c", "建设路", ESTATE, "not_applicable", {}),
    ("R8c", "建设路", "", "unknown", {}),
    ("R8d", "锡都花园", ESTATE, "block", {}),
    ("R8d", "锡都花园", ESTATE, "info", {"geometry": THERE}),
    ("R8d", "锡彩花园", ESTATE, "pass", {}),
    ("R9", "锦绣路", STREET, "pass", {}),
    ("R9", "建社路", STREET, "warn", {}),
    ("R9", "锦湖路", STREET, "warn", {}),
    ("R9", "建社路", STREET, "pass", {"geometry": THERE}),
    ("R9", "建社路", STREET, "unknown", {"geometry": None}),
    ("R9", "荷平路", STREET, "warn", {"geometry": THERE}),
    ("R10", "锡金镇", DIVISION, "pass", {}),
    ("R10", "黄山镇", DIVISION, "block", {}),
    ("R10", "黄山镇", DIVISION, "warn", {"division_code": "341003100"}),
    ("R10", "昆明镇", DIVISION, "warn", {}),
    ("R11", "个旧站", FACILITY, "pass", {"geometry": None}),
    ("R11", "金湖桥", FACILITY, "pass", {"geometry": shapely.Point(103.145, 23.34)}),
    ("R11", "银河大桥", FACILITY, "warn", {}),
    ("R11", "银河大桥", FACILITY, "unknown", {"geometry": None}),
    ("R12", "锡彩路", STREET, "not_applicable", {}),
    ("R12", "锡彩路", STREET, "block", {"act": "renaming", "place_id": "p1"}),
    ("R12", "锡彩路", STREET, "warn", {"act": "renaming", "place_id": "p2"}),
    ("R12", "锡彩路", STREET, "pass", {"act": "renaming", "place_id": "p0"}),
    ("R12", "锡彩路", STREET, "unknown", {"act": "renaming"}),
    ("R13", "锡彩路", STREET, "block", {"act": "renaming"}),
    ("R13", "锡彩路", STREET, "pass", {"act": "renaming", "reason_code": "name_mismatch"}),
    ("R15", "锡彩路", STREET, "pass", {}),
    ("R15", "环球中央广场", BUILDING, "block", {}),
    ("R15", "中华街", STREET, "info", {"grounds": {"R15": "historic"}}),
    ("R15", "中华街", STREET, "block", {}),
    ("R15", "八八八路", STREET, "block", {}),
    ("R15", "七路", STREET, "pass", {}),
    ("R15", "K2小区", ESTATE, "block", {}),
    ("R17", "金湖东路", STREET, "pass", {}),
    ("R17", "金湖东路", STREET, "warn", {"geometry": shapely.Point(103.101, 23.35)}),
    ("R17", "金湖东路", STREET, "unknown", {"geometry": None}),
    ("R17", "青年东路", STREET, "unknown", {}),
    ("R17", "文化三路", STREET, "pass", {"geometry": shapely.Point(103.15, 23.33)}),
    ("R17", "文化三路", STREET, "warn", {"geometry": shapely.Point(103.15, 23.305)}),
    ("R17", "建设路", STREET, "not_applicable", {}),
    ("R19", "解放路", STREET, "info", {}),
    ("R19", "解放路", STREET, "pass", {"geometry": THERE}),
    ("R24", "锡城大厦", BUILDING, "unknown", {"attributes": {"floors": 18}}),
]


@pytest.mark.parametrize(("rule", "text", "code", "verdict", "more"), CASES)
def test_the_rule_answers(
    *, ask: Ask, rule: str, text: str, code: str, verdict: str, more: Mapping[str, Any]
) -> None:
    finding = ask(text, code, **more).of(rule)
    assert finding.verdict == verdict, finding
    assert finding.article
    assert finding.source
    if verdict == "unknown":
        assert finding.missing


@pytest.mark.parametrize(
    ("roman", "verdict"),
    [
        ("Xī’ān Lù", "pass"),
        ("Xī'ān Lù", "pass"),
        ("XI’AN LU", "pass"),
        ("Xian Lu", "warn"),
        ("Xī’àn Lù", "warn"),
        ("Xīngān Lù", "warn"),
        ("Xi’an Lu", "warn"),
        ("xī’ān lù", "warn"),
        ("Xī’ān Road", "block"),
        ("", "unknown"),
    ],
)
def test_r14_spells_the_confirmed_reading(ask: Ask, roman: str, verdict: str) -> None:
    asked = ask("西安路", roman=roman, reading=("xī", "ān", "lù"))
    assert asked.of("R14").verdict == verdict


def test_r14_takes_ordinals_in_digits_and_needs_a_confirmed_reading(ask: Ask) -> None:
    said = ("běi", "èr", "xiàng")
    assert ask("北二巷", roman="Běi 2 Xiàng", reading=said).of("R14").verdict == "pass"
    assert ask("朝阳路", roman="Cháoyáng Lù").of("R14").missing == ("reading",)
    wrong = ask("北二巷", roman="Běi 2 Xiàng", reading=("běi",)).of("R14")
    assert (wrong.verdict, wrong.missing) == ("unknown", ("reading",))


@pytest.mark.parametrize(
    ("text", "told", "verdict"),
    [
        ("锡城大厦", {"floors": 18}, "pass"),
        ("锡城大厦", {"floors": 17, "site_area_m2": 999, "floor_area_m2": 20_000}, "block"),
        ("锡城大厦", {"floors": 5, "site_area_m2": 1_000, "floor_area_m2": 10_000}, "pass"),
        ("锡城大厦", {"floors": 5, "site_area_m2": 1_000}, "unknown"),
        ("锡城广场", {"open_ground_m2": 2_500, "open_share": 0.4}, "pass"),
        ("锡城广场", {"open_ground_m2": 2_499, "open_share": 0.9}, "block"),
        ("锡城大楼", {}, "not_applicable"),
    ],
)
def test_r24_is_what_the_city_asks(
    ask: Ask, text: str, told: Mapping[str, float], verdict: str
) -> None:
    more = {"attributes": told}
    assert ask(text, BUILDING, "large_city", **more).of("R24").verdict == verdict


def test_an_estate_is_measured_on_its_own_outline_when_no_area_is_told(ask: Ask) -> None:
    small = shapely.box(103.15, 23.35, 103.151, 23.351)
    large = shapely.box(103.15, 23.35, 103.154, 23.354)
    verdicts = [
        ask("锡城小区", ESTATE, "large_city", geometry=shape).of("R24").verdict
        for shape in (small, large)
    ]
    assert verdicts == ["block", "pass"]


def test_shanghai_warns_of_cancelled_names_where_the_nation_only_informs(ask: Ask) -> None:
    assert ask("解放路", STREET, "shanghai").of("R19").verdict == "warn"


def test_a_conflict_has_its_place_and_distance_nearest_first(ask: Ask) -> None:
    (nearest,) = ask("建设路").of("R8c").conflicts
    assert (nearest.text, nearest.place_id) == ("建设路", "p0")
    assert nearest.distance_m == pytest.approx(1_022, abs=5)
    assert nearest.geometry is not None
    assert nearest.geometry.equals(NAMES[0][3])


def test_alternatives_are_lawful_themselves(ask: Ask) -> None:
    for text, code in (("建设路", STREET), ("建社路", STREET), ("锡都花园", ESTATE)):
        offered = {one.text for found in ask(text, code).findings for one in found.alternatives}
        assert len(offered) > 1
        for other in offered:
            assert ask(other, code).of("R1").verdict == "pass"
            assert ask(other, code).verdict not in ("block", "warn"), other


def test_alternatives_say_what_was_changed(ask: Ask) -> None:
    taken = {one.text: one.reason for one in ask("建设路").of("R8c").alternatives}
    assert taken["锡彩路"] == "取自采词库"
    assert "老阴建设路" in taken  # after the mountain close by
    assert [one.text for one in ask("髙铁路").of("R2").alternatives] == ["高铁路"]
    assert "金湖街" in {one.text for one in ask("金湖").of("R1").alternatives}
    small = ask("锡城大厦", BUILDING, "large_city", attributes={"floors": 3}).of("R3")
    assert "锡城大楼" in {one.text for one in small.alternatives}


def test_a_confirmed_reading_settles_what_a_heteronym_leaves_open() -> None:
    stood = laid_out(frame([("长安路", STREET, "532501001", HERE, "")]), built_up=[TOWN_AREA])
    ask_for = Proposal("掌安路", STREET, HERE, "532501001")
    open_ = check_name(ask_for, stood, pack(), on=DAY).of("R9")
    assert open_.verdict == "info"
    settled = laid_out(
        frame([("长安路", STREET, "532501001", HERE, "cháng ān lù")]), built_up=[TOWN_AREA]
    )
    assert check_name(ask_for, settled, pack(), on=DAY).of("R9").verdict == "pass"


def test_likeness_of_sounds() -> None:
    assert alike(ways("建设路"), ways("建社路")) == EXACT
    assert alike(ways("金湖路"), ways("锦湖路")) == TONELESS
    assert alike(ways("长安路"), ways("掌安路")) == HETERONYM
    assert alike(ways("金湖路"), ways("金湖西路")) is None
    assert alike(ways("朝阳路", ("zhāo", "yáng", "lù")), ways("潮阳路")) is None


def test_the_place_that_is_renamed_is_no_conflict_with_itself(ask: Ask) -> None:
    again = ask("建设路", act="renaming", place_id="p0", reason_code="name_mismatch")
    assert again.of("R8c").verdict == "pass"


def test_without_built_up_areas_a_taken_name_is_unknown_not_passed() -> None:
    stood = laid_out(frame(NAMES))
    finding = check_name(Proposal("建设路", STREET, HERE, "532501001"), stood, pack(), on=DAY).of(
        "R8c"
    )
    assert (finding.verdict, finding.missing) == ("unknown", ("built_up_areas",))


def test_a_taken_name_of_no_known_class_is_unknown_not_passed() -> None:
    stood = laid_out(frame([("建设路", "", "532501001", HERE, "")]), built_up=[TOWN_AREA])
    asked = Proposal("建设路", STREET, HERE, "532501001")
    finding = check_name(asked, stood, pack(), on=DAY).of("R8c")
    assert (finding.verdict, finding.missing) == ("unknown", ("class_code:n0",))


def test_without_lists_of_persons_names_are_not_passed() -> None:
    stood = laid_out(frame(NAMES), built_up=[TOWN_AREA])
    report = check_name(Proposal("锡彩路", STREET, HERE, "532501001"), stood, pack(), on=DAY)
    assert report.of("R4").missing == ("lexicon:leader", "lexicon:person")
    assert report.verdict == "unknown"
    empty = check_name(Proposal("锡彩路", STREET, HERE), laid_out(no_names()), pack(), on=DAY)
    assert empty.of("R8c").missing == ("standing_names",)


def test_the_report_is_kept_as_json_with_its_rules_and_both_languages(ask: Ask) -> None:
    report = ask("建社路", STREET, "shanghai")
    kept = json.loads(report.worded())
    assert kept["packs"] == ["national 2024-05-01", "shanghai 2015-07-23"]
    assert kept["verdict"] == "warn"
    assert len(kept["pack_sha256"]) == 64
    found = next(one for one in kept["findings"] if one["rule"] == "R9")
    assert "同一建成区" in found["zh"]
    assert "sound" in found["en"]
    speak("en")
    assert report.of("R9").message == found["en"]
    speak("zh")
    assert report.of("R9").message == found["zh"]
    assert report.worded() == ask("建社路", STREET, "shanghai").worded()


def test_the_table_of_characters_is_whole() -> None:
    assert len(standard_characters()) == 8105
    assert not set(variants()) & standard_characters()
    assert {one for one, _ in variants().values()} <= standard_characters()


def test_kinds_follow_classes() -> None:
    assert kind_of("23213", "个金公路") == "street"
    assert kind_of("23220", "个旧汽车站") == "facility"
    assert kind_of("21610", "新村") == "village"
    assert kind_of("23510", "金湖西路") == "street"
    assert kind_of("21400", "大屯镇") == "town"
    assert kind_of("99999", "新村") == ""


def test_every_word_says_where_it_comes_from() -> None:
    assert all(word.source for word in shipped().words)
    assert sum(word.kind == "foreign" for word in shipped().words) >= 29
    assert not shipped().has("leader", "person")


def test_a_list_of_ones_own_is_read_and_its_faults_named(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(template() + "leader,某领导,B,,,本局名单,0\n", "utf-8")
    assert [word.text for word in read(path).of("leader")] == ["某领导"]
    path.write_text(template() + "leader,某领导,B,,,,0\nhero,某,B,,,本局,0\n", "utf-8")
    with pytest.raises(DataError, match="2、3"):
        read(path)
    path.write_text("kind,text\nleader,某\n", "utf-8")
    with pytest.raises(DataError, match="source"):
        read(path)


def test_a_longer_word_spares_a_name() -> None:
    assert shipped().within("柏林村", "foreign") == []
    assert [one.text for one in shipped().within("柏林春天花园", "foreign")] == ["柏林"]


def test_packs_that_ship_can_be_read_and_say_their_source() -> None:
    assert {"national", "shanghai", "ningbo", "large_city", "beijing_plates"} <= set(pack_names())
    for name in pack_names():
        for rule in pack(*(() if name == "national" else (name,))).rules.values():
            assert rule.source
            assert rule.article
            assert rule.zh
            assert rule.en
            assert rule.level in ("B", "W", "I")


def overlay(**rule: object) -> dict[str, Any]:
    return {"name": "市", "zh": "市", "en": "city", "version": "1", "rule": [rule]}


def national() -> dict[str, Any]:
    rule = {
        "id": "R19",
        "zh": "甲",
        "en": "a",
        "article": "一",
        "level": "W",
        "applies": ["street"],
        "source": "某",
        "parameters": {"inspection_years": 5, "x_level": "W", "near": 3},
        "ground": [{"code": "historic"}],
    }
    return {"name": "national", "zh": "国", "en": "nation", "version": "1", "rule": [rule]}


@pytest.mark.parametrize(
    "change",
    [
        {"level": "I"},
        {"applies": []},
        {"parameters": {"inspection_years": 6}},
        {"parameters": {"x_level": "I"}},
        {"parameters": {"near": 4}},
        {"ground": [{"code": "because"}]},
    ],
)
def test_an_overlay_may_not_loosen_unless_it_says_that_it_replaces(
    change: Mapping[str, Any],
) -> None:
    with pytest.raises(DataError, match="放宽"):
        laid([national(), overlay(id="R19", **change)])
    replaced = laid([national(), overlay(id="R19", replaces=True, source="市规", **change)])
    assert replaced.rule("R19").source == "市规"


def test_an_overlay_tightens() -> None:
    tight = laid(
        [
            national(),
            overlay(id="R19", level="B", parameters={"inspection_years": 3, "new": 1}),
        ]
    ).rule("R19")
    assert (tight.level, tight.parameters["inspection_years"], tight.pack) == ("B", 3, "市")
    assert [one.code for one in tight.grounds] == ["historic"]


@pytest.mark.parametrize(
    "document",
    [
        overlay(id="R19", odd=1),
        overlay(id="R99"),
        overlay(id="R19", level="X"),
        overlay(id="R19") | {"odd": 1},
    ],
)
def test_a_faulty_pack_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        laid([national(), document])


def test_an_own_pack_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('name = "own"\nversion = "1"\n[[rule]]\nid = "R9"\nlevel = "B"\n', "utf-8")
    assert pack(path).rule("R9").level == "B"
    path2 = tmp_path / "broken.toml"
    path2.write_text("name = ", "utf-8")
    with pytest.raises(DataError):
        pack(path2)
    with pytest.raises(NotFoundError, match="nowhere"):
        pack("nowhere")
    with pytest.raises(NotFoundError):
        pack(tmp_path / "absent.toml")
    with pytest.raises(NotFoundError):
        pack().rule("R99")
    with pytest.raises(KeyError):
        check_name(Proposal("某路"), laid_out(no_names()), pack(), on=DAY).of("R99")


# --- what needs no proposal -------------------------------------------------------------------

PLACE = {"lifecycle": "existing", "status": "official", "secrecy": "public", "attributes": "{}"}


@pytest.fixture
def book(tmp_path: Path) -> Gazetteer:
    return Gazetteer.of(Workspace.create(tmp_path / "county"))


def lay(  # noqa: PLR0917 - the columns of a place in their order
    book: Gazetteer,
    place: str,
    text: str,
    code: str,
    division: str,
    shape: shapely.Geometry | None = None,
    role: str = "point",
) -> None:
    with book.change(author="甲", reason="普查", at=AT) as change:
        change.insert("place", id=place, class_code=code, division_code=division, **PLACE)
        change.insert("name", place_id=place, text=text, kind="standard", language="zh")
        if shape is not None:
            change.insert("shape", place_id=place, role=role, shape=shape)


def add(book: Gazetteer, record: str, **values: object) -> None:
    with book.change(author="甲", reason="普查", at=AT) as change:
        change.insert(record, **values)


def said(book: Gazetteer, rule: str, *packs: str) -> list[Finding]:
    return [one for one in audit(book, pack(*packs), DAY) if one.rule == rule]


def verdicts(book: Gazetteer, rule: str, *packs: str) -> list[str]:
    return [one.verdict for one in said(book, rule, *packs)]


def test_an_empty_gazetteer_has_nothing_to_audit(book: Gazetteer) -> None:
    found = {one.rule: one.verdict for one in audit(book, pack(), DAY)}
    assert set(found) == {"R16", "R17", "R18", "R20", "R21", "R22", "R23"}
    assert set(found.values()) == {"not_applicable", "unknown"}


def test_r16_one_place_has_one_standard_name(book: Gazetteer) -> None:
    lay(book, "a", "建设路", STREET, "532501001")
    assert verdicts(book, "R16") == ["pass"]
    add(book, "name", place_id="a", text="建设大道", kind="standard", language="zh")
    (found,) = said(book, "R16")
    assert (found.verdict, found.about) == ("block", "a")
    assert {one.text for one in found.conflicts} == {"建设路", "建设大道"}


def test_r16_one_name_has_one_spelling(book: Gazetteer) -> None:
    for place, roman in (("a", "Jiànshè Lù"), ("b", "Jiàn Shè Lù")):
        add(book, "place", id=place, class_code=STREET, division_code="532501001", **PLACE)
        add(
            book, "name", place_id=place, text="建设路", kind="standard", language="zh",
            roman_toned=roman,
        )  # fmt: skip
    assert verdicts(book, "R16") == ["warn"]


def test_r17_an_east_road_in_the_west_is_found(book: Gazetteer) -> None:
    west, east = shapely.Point(103.11, 23.35), shapely.Point(103.13, 23.35)
    lay(book, "w", "金湖西路", STREET, "532501001", west, "point")
    lay(book, "e", "金湖东路", STREET, "532501001", east, "point")
    assert verdicts(book, "R17") == ["pass"]
    shape = next(row for row in book.rows("shape") if row["place_id"] == "e")
    with book.change(author="甲", reason="更正", at=AT) as change:
        change.update("shape", shape["id"], 1, shape=shapely.Point(103.09, 23.35))
    assert verdicts(book, "R17") == ["warn", "warn"]


def test_r18_a_road_keeps_its_name_across_a_boundary(book: Gazetteer) -> None:
    one = shapely.LineString([(103.10, 23.35), (103.12, 23.35)])
    on = shapely.LineString([(103.1201, 23.35), (103.14, 23.35)])
    side = shapely.LineString([(103.12, 23.35), (103.12, 23.37)])
    lay(book, "a", "金湖路", STREET, "532501001", one, "centreline")
    lay(book, "c", "锡城路", STREET, "532501002", side, "centreline")
    assert verdicts(book, "R18") == ["pass"]
    lay(book, "b", "大屯路", STREET, "532501101", on, "centreline")
    (found,) = said(book, "R18")
    assert (found.verdict, found.about, found.conflicts[0].text) == ("warn", "a", "大屯路")


def plates(book: Gazetteer, *numbers: int) -> None:
    line = shapely.LineString([(103.10, 23.35), (103.12, 23.35)])
    lay(book, "road", "金湖路", STREET, "532501001", line, "centreline")
    for at, number in enumerate(numbers):
        north = 0.0002 if number % 2 else -0.0002
        point = shapely.Point(103.119 - 0.001 * at, 23.35 + north)
        side = "N" if number % 2 else "S"
        add(book, "plate", road_id="road", number=number, side=side, shape=point)


@pytest.mark.parametrize(
    ("numbers", "packs", "wanted"),
    [
        ((1, 3, 5), (), ["unknown"]),
        ((1, 3, 5), ("beijing_plates",), ["pass"]),
        ((1, 3, 3), ("beijing_plates",), ["block"]),
        ((1, 3, 15), ("beijing_plates",), ["warn"]),
        ((2, 6, 8), ("beijing_plates",), ["warn"]),  # 4 is skipped
        ((5, 3, 1), ("beijing_plates",), ["warn"]),  # numbered from the west
    ],
)
def test_r20_door_numbers(
    book: Gazetteer, numbers: tuple[int, ...], packs: tuple[str, ...], wanted: list[str]
) -> None:
    plates(book, *numbers)
    assert verdicts(book, "R20", *packs) == wanted


def test_r20_odd_numbers_are_on_the_side_that_the_city_says(book: Gazetteer) -> None:
    plates(book, 1, 3, 5)
    south = shapely.Point(103.115, 23.3498)
    add(book, "plate", road_id="road", number=7, side="S", shape=south)
    add(book, "plate", road_id="road", number=2, side="S", shape=shapely.Point(103.118, 23.3498))
    messages = " ".join(one.zh for one in said(book, "R20", "beijing_plates"))
    assert "单号应在北侧；不符：7" in messages
    assert "单双号混编" in messages


def test_r21_what_is_overdue(book: Gazetteer) -> None:
    add(book, "case", id="c", kind="naming", state="approved", title="金湖路", facts="{}",
        decided_on="2026-02-01")  # fmt: skip
    add(book, "task", case_id="c", kind="filing", title="备案", due_on="2026-05-01")
    assert verdicts(book, "R21") == ["pass"]
    add(book, "task", case_id="c", kind="announcement", title="公告", due_on="2026-04-30")
    (late,) = said(book, "R21")
    assert (late.verdict, "逾期 1 天" in late.zh) == ("warn", True)
    add(book, "task", case_id="c", kind="sign", title="设标")
    assert sorted(verdicts(book, "R21")) == ["unknown", "warn"]
    assert verdicts(book, "R21", "ningbo") == ["warn", "warn"]


def test_r21_a_line_is_inspected_every_five_years(book: Gazetteer) -> None:
    add(book, "line", id="l", code="5352", name="甲乙线")
    assert verdicts(book, "R21") == ["unknown"]
    add(book, "inspection", line_id="l", round="3", inspected_on="2021-05-02")
    assert verdicts(book, "R21") == ["pass"]
    with book.change(author="甲", reason="更正", at=AT) as change:
        row = change.select("inspection")[0]
        change.update("inspection", row["id"], 1, inspected_on="2021-04-30")
    assert verdicts(book, "R21") == ["warn"]


@pytest.mark.parametrize(
    ("numbers", "wanted"),
    [
        (["5352001Q"], ["pass"]),
        (["5352001A", "5352001B"], ["pass"]),
        (["5352001C", "5352001D", "5352001E"], ["pass"]),
        (["5352001A"], ["block"]),
        (["5352001Q", "5352001Q"], ["block"]),
        (["535200Q"], ["block"]),
        (["5353001Q"], ["block"]),
    ],
)
def test_r22_markers(book: Gazetteer, numbers: list[str], wanted: list[str]) -> None:
    add(book, "line", id="l", code="5352", name="甲乙线")
    for number in numbers:
        add(book, "marker", line_id="l", number=number)
    assert verdicts(book, "R22") == wanted


def test_r22_a_round_of_inspections_leaves_no_line_out(book: Gazetteer) -> None:
    for line in ("k", "l"):
        add(book, "line", id=line, code="5352", name=line)
    add(book, "marker", line_id="l", number="5352001Q")
    add(book, "inspection", line_id="l", round="3", inspected_on="2025-05-02")
    (found,) = said(book, "R22")
    assert (found.verdict, found.about) == ("warn", "k")


def test_r23_a_place_lies_in_its_parent_and_crossings_are_listed(book: Gazetteer) -> None:
    lay(book, "t", "大屯镇", DIVISION, "532501101", TOWN_AREA, "area")
    lay(book, "u", "老厂镇", DIVISION, "532501102", shapely.box(103.2, 23.3, 103.3, 23.4), "area")
    lay(book, "v", "新村", VILLAGE, "532501101", HERE, "point")
    add(book, "relation", place_id="v", kind="part_of", other_id="t")
    assert verdicts(book, "R23") == ["pass"]
    lay(book, "w", "远村", VILLAGE, "532501101", THERE, "point")
    add(book, "relation", place_id="w", kind="part_of", other_id="t")
    (outside,) = said(book, "R23")
    assert (outside.verdict, outside.about, outside.conflicts[0].text) == ("warn", "w", "大屯镇")
    road = shapely.LineString([(103.15, 23.35), (103.25, 23.35)])
    lay(book, "r", "金湖路", STREET, "532501101", road, "centreline")
    add(book, "relation", place_id="r", kind="part_of", other_id="t")
    crossing = next(one for one in said(book, "R23") if one.about == "r")
    assert [one.text for one in crossing.conflicts] == ["老厂镇"]
    add(book, "relation", place_id="r", kind="crosses", other_id="u")
    assert [one.about for one in said(book, "R23")] == ["w"]


def test_the_names_of_a_book_stand_with_its_scopes_words_and_protection(book: Gazetteer) -> None:
    lay(book, "a", "建设路", STREET, "532501001", HERE, "point")
    lay(book, "b", "老街", STREET, "532501001", HERE, "point")
    add(book, "scope", kind="built_up", name="城区", shape=TOWN_AREA)
    add(book, "protection", place_id="b", level="市级", batch="一")
    add(book, "lexicon", kind="leader", text="某领导", source="本局名单")
    add(book, "name", place_id="a", text="解放路", kind="former", language="zh",
        valid_to="1990")  # fmt: skip
    stood = standing(book, on=DAY)
    asked = Proposal("建设路", STREET, HERE, "532501001")
    assert check_name(asked, stood, pack(), on=DAY).of("R8c").verdict == "block"
    old = replace(asked, text="解放路")
    assert check_name(old, stood, pack(), on=DAY).of("R19").verdict == "info"
    listed = replace(asked, act="renaming", place_id="b", text="新街")
    assert check_name(listed, stood, pack(), on=DAY).of("R12").verdict == "block"
    named = replace(asked, text="某领导路")
    assert check_name(named, stood, pack(), on=DAY).of("R4").verdict == "block"
