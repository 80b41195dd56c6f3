"""Which values bind a place on a day, and what the strictest of them requires."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from geo.errors import DataError, NotFoundError
from geo.norms import covers, diff, in_force, shipped, strictest, zone_distances

JIUJIANG = "340207"


def required(area: str, on: date, name: str, base: float) -> float:
    return float(strictest(in_force(shipped(), area, on).of(name), [base]).required[0])


@pytest.mark.parametrize(
    ("households", "area_m2"),
    [(1, 300), (640, 300), (999, 300), (1000, 300), (1001, 300.3), (1500, 450), (5000, 1500)],
)
def test_a_new_estate_of_jiujiang_in_2021_needs_30_per_hundred_and_never_less_than_300(
    households: int, area_m2: float
) -> None:
    found = required(JIUJIANG, date(2021, 6, 1), "elder.area100.new", households)
    assert found == pytest.approx(area_m2, abs=1e-9)


@pytest.mark.parametrize(("households", "area_m2"), [(1499, 299.8), (1500, 300), (1501, 300.2)])
def test_an_existing_estate_needs_20_per_hundred(households: int, area_m2: float) -> None:
    found = required(JIUJIANG, date(2021, 6, 1), "elder.area100.old", households)
    assert found == pytest.approx(area_m2, abs=1e-9)


def test_anhui_raised_the_floor_from_300_to_350_on_20_july_2022() -> None:
    before = required(JIUJIANG, date(2022, 7, 19), "elder.area100.new", 640)
    after = required(JIUJIANG, date(2022, 7, 20), "elder.area100.new", 640)
    assert (before, after) == (300, 350)


def test_the_older_local_value_still_binds_beside_the_province() -> None:
    rules = in_force(shipped(), JIUJIANG, date(2022, 7, 20)).of("elder.area100.new")
    assert [rule.value.area for rule in rules] == [JIUJIANG, "34"]
    found = strictest(rules, [640, 1166, 1167])
    assert rules[found.decides[0]].value.area == "34"
    assert found.required == pytest.approx([350, 350, 350.1])


def test_guizhou_asks_20_with_a_floor_of_350_and_15_of_existing_estates() -> None:
    on = date(2024, 1, 1)
    assert required("520102", on, "elder.area100.new", 1000) == 350
    assert required("520102", on, "elder.area100.new", 2000) == 400
    assert required("520102", on, "elder.area100.old", 2000) == 300


def test_harbin_and_yinchuan_ask_30_of_new_and_20_of_existing_estates() -> None:
    for area in ("230102", "640104"):
        on = date(2024, 1, 1)
        assert required(area, on, "elder.area100.new", 100) == 30
        assert required(area, on, "elder.area100.old", 100) == 20


def test_before_its_first_day_no_norm_is_in_force() -> None:
    rules = in_force(shipped(), JIUJIANG, date(2021, 4, 18)).of("elder.area100.new")
    assert rules == ()
    found = strictest(rules, [640])
    assert found.decides.tolist() == [-1]
    assert np.isnan(found.required).all()


def test_a_place_without_a_norm_gets_none_and_no_default() -> None:
    assert in_force(shipped(), "532501", date(2024, 1, 1)).of("elder.area100.new") == ()


def test_yiwu_needs_114_social_workers_for_its_beds_and_338_for_its_elders() -> None:
    on = date(2022, 12, 31)
    assert required("330782", on, "elder.social_worker60", 6818) == 114
    assert required("330782", on, "elder.social_worker500", 169_000) == 338
    assert required("330782", on, "elder.social_worker60", 60) == 1
    assert required("330782", on, "elder.social_worker60", 61) == 2


def test_gejiu_lacks_89_beds_to_40_per_thousand() -> None:
    found = required("532501", date(2020, 12, 31), "elder.beds1000", 80_591)
    assert np.ceil(found) - 3135 == 89
    assert round(3135 * 1000 / 80_591, 1) == 38.9


def test_published_bed_rates_are_statistics_and_do_not_bind() -> None:
    rules = in_force(shipped(), "330782", date(2024, 1, 1))
    assert [rule.value.value for rule in rules.of("elder.beds1000")] == [40]
    reported = [r.value.value for r in rules.statistic if r.norm.id == "elder.beds1000"]
    assert reported == [40.9]
    assert round(6818 / 169, 2) == 40.34


def test_thirty_thousand_square_metres_serve_100070_new_or_150105_existing_households() -> None:
    new = strictest(in_force(shipped(), JIUJIANG, date(2021, 6, 1)).of("elder.area100.new"))
    old = strictest(in_force(shipped(), JIUJIANG, date(2021, 6, 1)).of("elder.area100.old"))
    assert int(30_021.03 / new.required[0] * 100) == 100_070
    assert int(30_021.03 / old.required[0] * 100) == 150_105


def test_a_goal_is_due_on_its_day_and_not_before() -> None:
    (rule,) = in_force(shipped(), "330782", date(2020, 12, 30)).of("elder.town_demo")
    assert not rule.due_passed(date(2020, 12, 30))
    assert rule.due_passed(date(2020, 12, 31))


def test_the_last_day_of_a_value_still_counts() -> None:
    for on, share in ((date(2015, 12, 31), 0.5), (date(2016, 1, 1), 0.9)):
        (rule,) = in_force(shipped(), "610102", on).of("child.home.90")
        assert rule.value.value == share


def test_drafts_are_shown_and_never_bind() -> None:
    rules = in_force(shipped(), "530302", date(2024, 1, 1))
    assert rules.of("cemetery.qilin") == ()
    assert "cemetery.qilin" in {rule.norm.id for rule in rules.draft}
    assert not {rule.level for rule in rules.binding} & {"draft", "statistic"}


def test_cemetery_norms_are_to_be_read_again_from_30_march_2026() -> None:
    before = in_force(shipped(), "370102", date(2026, 3, 29))
    after = in_force(shipped(), "370102", date(2026, 3, 30))
    assert not before.to_read_again("cemetery.shandong")
    assert after.to_read_again("cemetery.shandong")
    assert not after.to_read_again("elder.beds1000")
    assert before.of("cemetery.national")
    assert not after.of("cemetery.national")


def test_shandong_keeps_500_metres_from_railways_and_2000_from_scenic_areas() -> None:
    rules = in_force(shipped(), "370102", date(2024, 1, 1))
    exclusions = [rule for rule in rules.binding if rule.norm.kind == "exclusion"]
    zones = {kind: metres for kind, (metres, _) in zone_distances(exclusions).items()}
    assert (zones["rail"], zones["trunk_road"], zones["scenic"]) == (500, 500, 2000)
    assert zones["planned_built"] == 0


def test_haicheng_names_its_lines_without_a_distance() -> None:
    rules = in_force(shipped(), "210381", date(2024, 1, 1))
    zones = zone_distances(rules.of("cemetery.zones_haicheng"))
    assert zones["rail"][0] is None
    assert zones["farmland"][0] == 0
    assert len(zones) == 9


def test_jiangsu_allows_half_a_square_metre_for_a_single_plot() -> None:
    found = strictest(in_force(shipped(), "320102", date(2023, 4, 1)).of("cemetery.plot.single"))
    assert found.required[0] == 0.5
    assert in_force(shipped(), "320102", date(2023, 3, 31)).of("cemetery.plot.single") == ()


@pytest.mark.parametrize(
    ("prefix", "area", "holds"),
    [
        ("", "340207", True),
        ("34", "340000", True),
        ("3402", "340200000000", True),
        ("340207", "340207001002", True),
        ("340207", "34", False),
        ("3402", "340300", False),
    ],
)
def test_a_value_holds_wherever_its_code_begins_the_code_of_the_place(
    prefix: str, area: str, *, holds: bool
) -> None:
    assert covers(prefix, area) is holds


@pytest.mark.parametrize("area", ["3", "34020", "安徽", "34-02", "²4"])
def test_what_is_no_area_code_is_refused(area: str) -> None:
    with pytest.raises(DataError, match="区划代码"):
        in_force(shipped(), area, date(2024, 1, 1))


def test_two_norms_are_not_compared_with_each_other() -> None:
    rules = in_force(shipped(), JIUJIANG, date(2024, 1, 1))
    with pytest.raises(DataError, match="不同的规范"):
        strictest([*rules.of("elder.area100.new"), *rules.of("elder.area100.old")], [100])


def test_an_unknown_norm_names_its_neighbours() -> None:
    with pytest.raises(NotFoundError) as error:
        shipped()["elder.area100.newer"]
    assert "elder.area100.new" in error.value.hint


def test_the_change_of_anhui_is_the_difference_of_two_days() -> None:
    first = in_force(shipped(), JIUJIANG, date(2022, 7, 19))
    second = in_force(shipped(), JIUJIANG, date(2022, 7, 20))
    changes = {change.id: change for change in diff(first, second)}
    assert set(changes) == {"elder.area100.new", "elder.area100.old"}
    assert changes["elder.area100.new"].fields == ("floor", "pool_min")
    assert diff(first, first) == ()


def test_two_provinces_differ_in_what_each_alone_requires() -> None:
    on = date(2024, 1, 1)
    changes = {c.id: c for c in diff(in_force(shipped(), "34", on), in_force(shipped(), "52", on))}
    assert changes["elder.area100.new"].status == "changed"
    assert changes["elder.meal_anhui.canteen"].status == "only_first"
    assert changes["elder.township_centre.area"].status == "only_second"
    same = diff(in_force(shipped(), "34", on), in_force(shipped(), "52", on), same=True)
    assert "community.area100" in {change.id for change in same if change.status == "same"}


def test_a_first_day_that_nobody_verified_says_so() -> None:
    rules = {
        r.value.area: r.value
        for r in in_force(shipped(), "230102", date(2024, 1, 1)).of("elder.area100.new")
    }
    assert rules["2301"].from_is == "assumed"
    anhui = in_force(shipped(), "34", date(2024, 1, 1)).of("elder.area100.new")
    assert [rule.value.from_is for rule in anhui] == ["stated"]
