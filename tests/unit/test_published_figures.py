"""Figures that civil-affairs bureaus published, recomputed: those that agree and those that do not.

The documents: Gejiu's civil affairs in the 13th five-year plan (to the end of 2020); Yiwu's
explanation of its implementing opinions (2020, data of August 2020); Jiujiang District's report
of 2021-04-19; Chongqing's civil affairs (China Social News, 2021-07-01); Haicheng's plan for
2021–2025 (2020-06-24).
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from geo.assess.consistency import Check, Figure, examine

sys.path.insert(0, str(Path(__file__).parent))

from assess_places import judged, place_of

GEJIU, YIWU, JIUJIANG, CHONGQING, HAICHENG = "532501", "330782", "340207", "500101", "210381"


def figure(key: str, value: float, step: float = 0) -> Figure:
    return Figure(key, key, value, step, "", None, "as published", "")


ARITHMETIC: list[tuple[str, str, tuple[float, ...], dict[str, Any], tuple[float, float], str]] = [
    # title, place, parts, how, (published, rounded to), expected
    (
        "53 communities and 66 villages are 119 units",
        GEJIU,
        (53, 66),
        {"kind": "sum"},
        (119, 0),
        "agrees",
    ),
    (
        "9 private of 17 homes are 52.9 %",
        GEJIU,
        (9, 17),
        {"kind": "ratio", "per": 100},
        (52.9, 0.1),
        "agrees",
    ),
    (
        "3,135 beds at 38.9 a thousand are 80,591 elders",
        GEJIU,
        (3135, 38.9),
        {"kind": "ratio", "per": 1000},
        (80_591, 1),
        "agrees",
    ),
    ("139, 280 and 87 roads are 506", GEJIU, (139, 280, 87), {"kind": "sum"}, (506, 0), "agrees"),
    (
        "6,818 beds for 169,000 elders are not 40.9 a thousand",
        YIWU,
        (6818, 169_000),
        {"kind": "ratio", "per": 1000},
        (40.9, 0.1),
        "contradicts",
    ),
    (
        "169,000 of 849,000 people are 20 %",
        YIWU,
        (169_000, 849_000),
        {"kind": "ratio", "per": 100},
        (20, 1),
        "agrees",
    ),
    (
        "9 three-star homes do not cover 13 towns",
        YIWU,
        (9,),
        {"kind": "at_least"},
        (13, 0),
        "contradicts",
    ),
    (
        "49 missing units of 4 % are 1,225 units",
        YIWU,
        (49, 0.04),
        {"kind": "ratio"},
        (1225, 1),
        "agrees",
    ),
    (
        "1,844 beds in 12 homes are 153.7 each",
        JIUJIANG,
        (1844, 12),
        {"kind": "ratio"},
        (153.7, 0.1),
        "agrees",
    ),
    (
        "30,021.03 m² serve 100,070 new households at 30",
        JIUJIANG,
        (30_021.03, 30),
        {"kind": "ratio", "per": 100},
        (100_070, 1),
        "agrees",
    ),
    (
        "30,021.03 m² serve 150,105 existing households at 20",
        JIUJIANG,
        (30_021.03, 20),
        {"kind": "ratio", "per": 100},
        (150_105, 1),
        "agrees",
    ),
    ("74 and 172 organisations are 246", JIUJIANG, (74, 172), {"kind": "sum"}, (246, 0), "agrees"),
    (
        "244 certified of 953 are 25.6 %",
        JIUJIANG,
        (244, 953),
        {"kind": "ratio", "per": 100},
        (25.6, 0.1),
        "agrees",
    ),
    (
        "from 5,670 to 8,000 points are 2,330 more",
        CHONGQING,
        (8000, 5670),
        {"kind": "difference"},
        (2330, 0),
        "agrees",
    ),
    (
        "3,758 nursing beds in 47 centres are 80 each",
        CHONGQING,
        (3758, 47),
        {"kind": "ratio"},
        (80.0, 0.1),
        "agrees",
    ),
    (
        "545 homes, 47 of them new, were 498",
        CHONGQING,
        (545, 47),
        {"kind": "difference"},
        (498, 0),
        "agrees",
    ),
    (
        "1.3 times 620 yuan are 806",
        CHONGQING,
        (620, 10),
        {"kind": "ratio", "per": 13},
        (806, 0),
        "agrees",
    ),
    ("19 and 60 organisations are 79", HAICHENG, (19, 60), {"kind": "sum"}, (79, 0), "agrees"),
    (
        "138,000 that are 13 % are of 1,061,538 people",
        HAICHENG,
        (138_000, 0.13),
        {"kind": "ratio"},
        (1_061_538, 1),
        "agrees",
    ),
    (
        "5,000 m² for 8,000 niches are 0.625 m² each",
        HAICHENG,
        (5000, 8000),
        {"kind": "ratio"},
        (0.625, 0),
        "agrees",
    ),
    (
        "8 million yuan for 8,000 niches are 1,000 each",
        HAICHENG,
        (8_000_000, 8000),
        {"kind": "ratio"},
        (1000, 0),
        "agrees",
    ),
    (
        "8 million yuan for 5,000 m² are 1,600 each",
        HAICHENG,
        (8_000_000, 5000),
        {"kind": "ratio"},
        (1600, 0),
        "agrees",
    ),
    (
        "8,000 niches serve 114,286 people for twenty years at 7 ‰",
        HAICHENG,
        (8000, 0.07),
        {"kind": "ratio"},
        (114_286, 1),
        "agrees",
    ),
    (
        "twelve census classes less the sea are eleven",
        HAICHENG,
        (12, 1),
        {"kind": "difference"},
        (11, 0),
        "agrees",
    ),
    (
        "500 to 650 yuan in four years is less than 8 % a year",
        HAICHENG,
        (500, 650),
        {"kind": "growth", "years": 4},
        (0.08, 0),
        "contradicts",
    ),
    (
        "313 to 445 yuan in four years is 9.2 % a year",
        HAICHENG,
        (313, 445),
        {"kind": "growth", "years": 4},
        (0.092, 0.001),
        "agrees",
    ),
]


@pytest.mark.parametrize("case", ARITHMETIC, ids=lambda case: f"{case[1]}: {case[0]}")
def test_published_arithmetic(case: tuple[Any, ...]) -> None:
    _, _, parts, how, (published, step), expected = case
    figures = [figure(f"part{n}", value) for n, value in enumerate(parts)]
    check = Check(parts=tuple(f.key for f in figures), result="published", **how)
    (report,) = examine([*figures, figure("published", published, step)], [check])
    assert report.outcome == expected, report.message


def units(level: str, n: int, county: str) -> list[dict[str, Any]]:
    if level == "township":
        return [{"code": f"{county}{i:03d}", "name": f"镇{i}"} for i in range(1, n + 1)]
    return [{"code": f"{county}001{i:03d}"} for i in range(1, n + 1)]


def in_towns(county: str, n: int, **columns: object) -> list[dict[str, Any]]:
    return [{"community_code": f"{county}{i:03d}001", **columns} for i in range(1, n + 1)]


def children_homes(n: int) -> dict[str, Any]:
    rows = [{"community_code": f"{GEJIU}001{i:03d}"} for i in range(1, n + 1)]
    return {"community": units("community", 119, GEJIU), "childrens_home": rows}


DEMO = {"demonstration": True, "day_care": True, "full_care": True, "ownership": "contracted"}


def towns_with_centres(n: int) -> dict[str, Any]:
    return {"township": units("township", 14, YIWU), "elder_station": in_towns(YIWU, n, **DEMO)}


def star_homes(n: int) -> dict[str, Any]:
    towns = units("township", 14, YIWU)
    towns[13] = {"code": f"{YIWU}014", "name": "稠城街道"}
    return {"township": towns, "elder_home": in_towns(YIWU, n, star=3)}


def beds(elders: int, n: int, county: str) -> dict[str, Any]:
    count = {"elders": elders, "elders_basis": "registered", "elders_age_from": 60}
    return {"elder_home": [{"beds": n}], "county": [{"code": county, **count}]}


def new_estate(households: int, area_m2: float) -> dict[str, Any]:
    return {
        "compound": [{"id": "e", "households": households, "build_status": "new"}],
        "elder_station": [{"compound_id": "e", "floor_area_m2": area_m2}],
    }


def old_estate(households: int, area_m2: float) -> dict[str, Any]:
    made = new_estate(households, area_m2)
    made["compound"][0]["build_status"] = "existing"
    return made


APRIL_2021, JULY_2022 = date(2021, 6, 1), date(2022, 7, 20)
JUDGED: list[tuple[str, str, str, date, dict[str, Any], str, float | None, float | None]] = [
    # title, norm, county, day, input, verdict, actual, gap
    (
        "119 children's homes cover 119 units",
        "child.home.presence",
        GEJIU,
        date(2021, 1, 1),
        children_homes(119),
        "pass",
        1.0,
        0,
    ),
    (
        "118 children's homes leave one unit without",
        "child.home.presence",
        GEJIU,
        date(2021, 1, 1),
        children_homes(118),
        "fail",
        118 / 119,
        1,
    ),
    (
        "3,135 beds for 80,591 elders lack 89 to 40 a thousand",
        "elder.beds1000",
        GEJIU,
        date(2020, 12, 31),
        beds(80_591, 3135, GEJIU),
        "fail",
        3135,
        89,
    ),
    (
        "6,818 beds for 169,000 elders reach 40 a thousand",
        "elder.beds1000",
        YIWU,
        date(2020, 12, 31),
        beds(169_000, 6818, YIWU),
        "pass",
        6818,
        0,
    ),
    (
        "8 demonstration centres do not reach 14 towns",
        "elder.town_demo",
        YIWU,
        date(2020, 12, 31),
        towns_with_centres(8),
        "fail",
        8 / 14,
        6,
    ),
    (
        "10 demonstration centres do not reach 14 towns",
        "elder.town_demo",
        YIWU,
        date(2020, 12, 31),
        towns_with_centres(10),
        "fail",
        10 / 14,
        4,
    ),
    (
        "a day before the due day, 10 of 14 is no failure yet",
        "elder.town_demo",
        YIWU,
        date(2020, 12, 30),
        towns_with_centres(10),
        "not_yet_due",
        10 / 14,
        4,
    ),
    (
        "9 three-star homes for 13 towns beside the exempt one",
        "elder.institution_per_town",
        YIWU,
        date(2020, 12, 31),
        star_homes(9),
        "fail",
        9 / 13,
        4,
    ),
    (
        "114 social workers for 6,818 beds",
        "elder.social_worker60",
        YIWU,
        date(2022, 12, 31),
        {"elder_home": [{"beds": 6818, "social_workers": 114}]},
        "pass",
        114,
        0,
    ),
    (
        "113 social workers for 6,818 beds lack one",
        "elder.social_worker60",
        YIWU,
        date(2022, 12, 31),
        {"elder_home": [{"beds": 6818, "social_workers": 113}]},
        "fail",
        113,
        1,
    ),
    (
        "244 certified of 953 workers",
        "community.cert_share",
        JIUJIANG,
        APRIL_2021,
        {"community_venue": [{"workers": 953, "certified_workers": 244}]},
        "pass",
        244,
        0,
    ),
    (
        "a venue of 300 m²",
        "community.venue_area",
        JIUJIANG,
        APRIL_2021,
        {"community_venue": [{"floor_area_m2": 300.0}]},
        "pass",
        300,
        0,
    ),
    (
        "a hall of 49 m²",
        "community.hall_area",
        JIUJIANG,
        APRIL_2021,
        {"community_venue": [{"hall_area_m2": 49.0}]},
        "fail",
        49,
        1,
    ),
    (
        "5,670 mutual-aid points before 2025 are 2,330 short, not yet due",
        "elder.village_points",
        CHONGQING,
        date(2021, 7, 1),
        {"elder_station": [{"mutual_aid": True}] * 5670},
        "not_yet_due",
        5670,
        2330,
    ),
    (
        "a new estate of 299 households needs the floor of 300 m²",
        "elder.area100.new",
        JIUJIANG,
        APRIL_2021,
        new_estate(299, 300.0),
        "pass",
        300,
        0,
    ),
    (
        "a new estate of 300 households needs 300 m²",
        "elder.area100.new",
        JIUJIANG,
        APRIL_2021,
        new_estate(300, 299.0),
        "fail",
        299,
        1,
    ),
    (
        "a new estate of 640 households with 210 m² lacks 90",
        "elder.area100.new",
        JIUJIANG,
        APRIL_2021,
        new_estate(640, 210.0),
        "fail",
        210,
        90,
    ),
    (
        "at 999 households the floor still governs",
        "elder.area100.new",
        JIUJIANG,
        APRIL_2021,
        new_estate(999, 300.0),
        "pass",
        300,
        0,
    ),
    (
        "at 1,000 households ratio and floor meet",
        "elder.area100.new",
        JIUJIANG,
        APRIL_2021,
        new_estate(1000, 300.0),
        "pass",
        300,
        0,
    ),
    (
        "at 1,001 households the ratio governs",
        "elder.area100.new",
        JIUJIANG,
        APRIL_2021,
        new_estate(1001, 300.0),
        "fail",
        300,
        0.3,
    ),
    (
        "at 1,499 households 300 m² suffice for an existing estate",
        "elder.area100.old",
        JIUJIANG,
        APRIL_2021,
        old_estate(1499, 300.0),
        "pass",
        300,
        0,
    ),
    (
        "at 1,500 households 300 m² still suffice",
        "elder.area100.old",
        JIUJIANG,
        APRIL_2021,
        old_estate(1500, 300.0),
        "pass",
        300,
        0,
    ),
    (
        "at 1,501 households they no longer do",
        "elder.area100.old",
        JIUJIANG,
        APRIL_2021,
        old_estate(1501, 300.0),
        "fail",
        300,
        0.2,
    ),
    (
        "the day before Anhui's floor, 300 m² suffice",
        "elder.area100.new",
        JIUJIANG,
        date(2022, 7, 19),
        new_estate(640, 300.0),
        "pass",
        300,
        0,
    ),
    (
        "on the day of Anhui's floor, 50 m² are missing",
        "elder.area100.new",
        JIUJIANG,
        JULY_2022,
        new_estate(640, 300.0),
        "fail",
        300,
        50,
    ),
]


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: f"{case[2]} {case[3]}: {case[0]}")
def test_published_figures_under_the_norms(case: tuple[Any, ...]) -> None:
    _, norm, county, on, tables, verdict, actual, gap = case
    found = judged(place_of(county, on, tables), norm)
    row = found.iloc[0]
    assert (row["verdict"], row["actual"]) == (verdict, pytest.approx(actual))
    assert row["gap"] == pytest.approx(gap)


def test_yiwu_has_two_coverage_rates_with_49_unnamed_villages_exempt() -> None:
    stations = [{"community_code": f"{YIWU}001{i:03d}"} for i in range(1, 97)]
    place = place_of(
        YIWU,
        date(2020, 12, 31),
        {"community": units("community", 149, YIWU), "elder_station": stations},
    )
    row = judged(place, "elder.home_care_coverage").iloc[0]
    assert row["verdict"] == "statistic"
    assert (row["actual"], row["at_most"]) == (pytest.approx(96 / 149), pytest.approx(96 / 100))


def test_yiwus_own_elders_are_registered_and_others_are_not_taken_for_them() -> None:
    resident = {"code": YIWU, "elders": 169_000, "elders_basis": "resident", "social_workers": 999}
    place = place_of(YIWU, date(2022, 12, 31), {"county": [resident]})
    row = judged(place, "elder.social_worker500").iloc[0]
    assert (row["verdict"], row["lacks"].split(":")[0]) == ("unknown", "basis")


def test_haicheng_needs_places_for_its_people_at_seven_per_mille() -> None:
    tables = {
        "township": [{"code": "340207001", "population": 114_286, "deaths_permille": 7.0}],
        "cemetery": [{"public_benefit": True, "plots": 0, "niches": 0}],
        "columbarium": [{"public_benefit": True, "niches": 8000}],
    }
    row = judged(place_of("340207", date(2023, 6, 1), tables), "cemetery.capacity20y").iloc[0]
    assert row["required"] == pytest.approx(8000.02)
    assert (row["verdict"], row["gap"]) == ("fail", 1)
