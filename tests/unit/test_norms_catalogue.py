"""The norms that ship: every one is there, dated, cited and of the strength its text has."""

from __future__ import annotations

from datetime import date

import pytest

from geo.norms import in_force, shipped
from geo.norms.model import Exclusion, Presence, Ratio, Reach
from geo.schema import layers

# Every requirement of the public documents, as (norm, area of its value).
ROWS = [
    # elder care
    ("elder.circle15", "340207"),
    ("elder.area100.new", "340207"),
    ("elder.area100.new", "34"),
    ("elder.area100.new", "52"),
    ("elder.area100.new", "2301"),
    ("elder.area100.new", "6401"),
    ("elder.area100.new", "42"),
    ("elder.area100.old", "340207"),
    ("elder.area100.old", "34"),
    ("elder.area100.old", "52"),
    ("elder.area100.old", "2301"),
    ("elder.area100.old", "6401"),
    ("elder.station.min_area", "340207"),
    ("elder.station.min_area", "4401"),
    ("elder.station.shared", "340207"),
    ("elder.station.radius", "52"),
    ("elder.township_centre.area", "52"),
    ("elder.township_centre.area", "4401"),
    ("elder.township_centre.presence", "52"),
    ("elder.four_sync", "340207"),
    ("elder.first_phase", "42"),
    ("elder.land_per_head", "42"),
    ("elder.three_tier", "340207"),
    ("elder.beds1000", "532501"),
    ("elder.beds1000", "330782"),
    ("elder.beds1000", ""),
    ("elder.town_demo", "330782"),
    ("elder.centre_full", "330782"),
    ("elder.institution_per_town", "330782"),
    ("elder.network_1_14_n", "330782"),
    ("elder.meal_coverage", "330782"),
    ("elder.home_care_coverage", "330782"),
    ("elder.dementia_ward", "330782"),
    ("elder.social_worker60", "330782"),
    ("elder.social_worker500", "330782"),
    ("elder.community_full", "50"),
    ("elder.county_disabled_centre", "50"),
    ("elder.county_disabled_centre.presence", "50"),
    ("elder.town_centre_count", "50"),
    ("elder.village_points", "50"),
    ("elder.medical_capability", "50"),
    ("elder.town_one_home", "210381"),
    ("elder.town_one_home.regional", "210381"),
    ("elder.counts_by_type.street_centre", "50"),
    ("elder.counts_by_type.station", "50"),
    ("elder.counts_by_type.station", "330782"),
    ("elder.counts_by_type.demonstration", "330782"),
    ("elder.counts_by_type.embedded_beds", "50"),
    ("elder.counts_by_type.meal_points", "50"),
    ("elder.counts_by_type.baths", "50"),
    ("elder.counts_by_type.nursing_beds", "50"),
    ("elder.counts_by_type.medical", "50"),
    ("elder.counts_by_type.happiness_courts", "210381"),
    ("elder.counts_by_type.homes", "532501"),
    ("elder.counts_by_type.homes", "340207"),
    ("elder.counts_by_type.homes", "330782"),
    ("elder.gb50437.bed_area", ""),
    ("elder.gb50437.bed_land", ""),
    ("elder.gb50437.min_beds", ""),
    ("elder.gb50437.tiers.home", ""),
    ("elder.gb50437.tiers.station", ""),
    ("elder.gb50437.tiers.district", ""),
    ("elder.jgj450.above_ground", ""),
    ("elder.jgj450.lift", ""),
    ("elder.nursing_bed_share", "31"),
    ("elder.shanghai.area1000", "31"),
    ("elder.shanghai.area1000.class", "31"),
    ("elder.shanghai.beds", "31"),
    ("elder.meal_anhui.canteen", "34"),
    ("elder.meal_anhui.canteen_area", "34"),
    ("elder.meal_anhui.canteen_diners", "34"),
    ("elder.meal_anhui.point_area", "34"),
    ("elder.meal_anhui.point_diners", "34"),
    ("elder.meal_anhui.ground_floor", "34"),
    # circles
    ("circle.origin", "4106"),
    ("circle.share_sh", "31"),
    ("circle.gb50180.15", ""),
    ("circle.gb50180.15.size", ""),
    ("circle.gb50180.10", ""),
    ("circle.gb50180.10.size", ""),
    # children
    ("child.home.presence", "532501"),
    ("child.home.rooms", "532501"),
    ("child.home.90", "6101"),
    ("child.network4", "50"),
    ("child.supervisors", "210381"),
    ("child.supervisors.count", "210381"),
    # communities
    ("community.venue_area", "340207"),
    ("community.hall_area", "340207"),
    ("community.workers300", "340207"),
    ("community.village_cadres", "340207"),
    ("community.cert_share", "340207"),
    ("community.facility_cover", "50"),
    ("community.facility_qualified", "50"),
    ("community.social_orgs.urban", "50"),
    ("community.social_orgs.rural", "50"),
    ("community.mental_rehab", "50"),
    ("community.yearly_upgrade", "330782"),
    ("community.yearly_upgrade.showcase", "330782"),
    ("community.yearly_upgrade.social_work", "330782"),
    ("community.area100", ""),
    ("community.embedded", ""),
    ("community.embedded.functions", ""),
    ("community.complete", ""),
    # cemeteries
    ("cemetery.county_cover", "50"),
    ("cemetery.village_cover", "210381"),
    ("cemetery.priority", "210381"),
    ("cemetery.zones_haicheng", "210381"),
    ("cemetery.columbarium", "210381"),
    ("cemetery.columbarium.cost", "210381"),
    ("cemetery.cremation_rate", "50"),
    ("cemetery.national", ""),
    ("cemetery.2026", ""),
    ("cemetery.shandong", "37"),
    ("cemetery.jinhua_visible", "3307"),
    ("cemetery.capacity20y", "34"),
    ("cemetery.plot.single", "34"),
    ("cemetery.plot.single", "32"),
    ("cemetery.plot.single", "440785"),
    ("cemetery.plot.double", "34"),
    ("cemetery.plot.double", "32"),
    ("cemetery.plot.burial", "34"),
    ("cemetery.plot.burial", "440785"),
    ("cemetery.plot.double_burial", "440785"),
    # placenames and boundaries
    ("place.census", "210381"),
    ("place.signs", "210381"),
    ("place.signs.town", "210381"),
    ("place.signs.roads", "210381"),
    ("place.boundary_records", "210381"),
    ("place.named", "210381"),
    ("place.roads_standardised", "532501"),
    ("place.cleaned", "50"),
    ("place.historic", "50"),
    ("place.sync", "330782"),
    ("place.division_changes", "50"),
    ("boundary.inspection", "210381"),
    ("boundary.inspection", ""),
    ("place.classes_law", ""),
    ("place.classes_census", ""),
    ("place.standard_use", ""),
    ("place.announce", ""),
]
# Drafts, summaries and what is known from memory alone.
DRAFTS = [
    ("circle.gb50180.5", ""),
    ("circle.gb50180.5.size", ""),
    ("daycare.gb50180.area", ""),
    ("elder.station.radius", ""),
    ("daycare.jb143", ""),
    ("elder.nursing_bed_share", ""),
    ("elder.land_per_head", ""),
    ("child.home.90", ""),
    ("child.home.lishui", "3311"),
    ("community.venue_area.hubei", "42"),
    ("cemetery.qilin", "530302"),
    ("cemetery.jb182.distance", ""),
    ("cemetery.jb182.class", ""),
    ("cemetery.jb182.niches", ""),
    ("cemetery.jb182.plot", ""),
    ("cemetery.jb182.per500k", ""),
]


@pytest.mark.parametrize(("name", "area"), ROWS)
def test_every_verified_requirement_ships_as_a_value_that_is_no_draft(name: str, area: str) -> None:
    norm = shipped()[name]
    values = [value for value in norm.values if value.area == area]
    assert values
    assert all(norm.level_of(value) != "draft" for value in values)
    assert all(value.evidence in ("document", "web") for value in values)


@pytest.mark.parametrize(("name", "area"), DRAFTS)
def test_what_was_not_verified_ships_as_a_draft_only(name: str, area: str) -> None:
    norm = shipped()[name]
    assert [norm.level_of(value) for value in norm.values if value.area == area] == ["draft"]


def test_no_norm_ships_that_the_two_lists_do_not_name() -> None:
    listed = {*ROWS, *DRAFTS}
    assert {(norm.id, value.area) for norm in shipped() for value in norm.values} == listed


def test_every_value_read_in_a_document_quotes_it_and_names_the_clause() -> None:
    for norm in shipped():
        for value in norm.values:
            assert value.source
            if value.evidence == "document":
                assert value.quote, norm.id
                assert value.clause, norm.id


def test_a_binding_value_names_a_dated_document_or_a_page_or_admits_that_its_day_is_unknown() -> (
    None
):
    for norm in shipped():
        for value in norm.values:
            dated = any(sign.isdigit() for sign in value.source)
            assert dated or value.url or "未核实" in value.note, norm.id


def test_every_kind_of_measure_is_in_use() -> None:
    assert {norm.kind for norm in shipped()} == {
        "ratio",
        "reach",
        "presence",
        "attribute",
        "exclusion",
        "capacity",
        "count",
        "timeliness",
        "composed",
        "selection",
        "notice",
    }


def test_a_layer_that_a_workspace_cannot_hold_is_named_as_needed() -> None:
    needed = {layer for norm in shipped() for layer in norm.needs}
    assert needed.isdisjoint({"compound", "community", "elder_station", "zone"})
    assert {"placename", "elevation", "boundary_line"} <= needed


def test_stations_counted_per_hundred_households_are_those_of_the_estate() -> None:
    measure = shipped()["elder.area100.new"].measure
    assert isinstance(measure, Ratio)
    assert (measure.num.layer, measure.num.link, measure.per) == ("elder_station", "compound", 100)
    assert measure.num.field in {column.name for column in layers()["elder_station"].columns}


def test_the_fifteen_minute_circle_states_no_share() -> None:
    norm = shipped()["elder.circle15"]
    assert isinstance(norm.measure, Reach)
    assert (norm.values[0].limit, norm.values[0].value) == (15, None)


def test_meals_may_come_from_a_point_or_by_delivery() -> None:
    measure = shipped()["elder.meal_coverage"].measure
    assert isinstance(measure, Presence)
    assert {supply.link for supply in measure.any_of} == {"area", "assigned"}


def test_three_tier_centres_are_asked_of_three_levels_of_units() -> None:
    measure = shipped()["elder.three_tier"].measure
    assert isinstance(measure, Presence)
    assert [supply.subject for supply in measure.all_of] == ["county", "township", "community"]


def test_jinhua_excludes_by_sight_and_needs_elevation() -> None:
    norm = shipped()["cemetery.jinhua_visible"]
    assert isinstance(norm.measure, Exclusion)
    assert norm.measure.method == "sight"
    assert norm.needs == ("elevation",)


def test_shared_premises_have_their_own_usable_area() -> None:
    (exception,) = shipped()["elder.station.min_area"].values[0].exceptions
    assert (exception.field, exception.value) == ("usable_area_m2", 150)


def test_village_cadres_are_a_range_from_5_to_11() -> None:
    norm = shipped()["community.village_cadres"]
    assert (norm.op, norm.values[0].value, norm.values[0].upper) == ("between", 5, 11)


def test_chongqing_mutual_aid_points_have_a_baseline_and_a_due_day() -> None:
    (value,) = shipped()["elder.village_points"].values
    assert (value.baseline, value.value, value.due) == (5670, 8000, date(2025, 12, 31))


def test_yiwu_prints_two_figures_for_its_stations_and_both_are_kept() -> None:
    rules = in_force(shipped(), "330782", date(2021, 1, 1)).statistic
    stations = [r.value.value for r in rules if r.norm.id == "elder.counts_by_type.station"]
    centres = [r.value.value for r in rules if r.norm.id == "elder.counts_by_type.demonstration"]
    assert (stations, centres) == ([464, 369], [8, 10])


def test_yiwu_exempts_one_subdistrict_and_49_villages_it_does_not_name() -> None:
    (town,) = shipped()["elder.institution_per_town"].values[0].exempt
    (villages,) = shipped()["elder.home_care_coverage"].values[0].exempt
    assert (town.name, town.count) == ("稠城街道", None)
    assert villages.count == 49


def test_gejiu_named_506_streets_in_three_areas() -> None:
    (value,) = shipped()["place.roads_standardised"].values
    assert sum(number for _, number in value.parameters) == value.value == 506


def test_haicheng_columbarium_has_five_eighths_of_a_square_metre_a_niche() -> None:
    assert shipped()["cemetery.columbarium"].values[0].value == 5000 / 8000
    assert shipped()["cemetery.columbarium.cost"].values[0].value == 8_000_000 / 8000


def test_two_classifications_have_as_many_classes_as_the_law_says() -> None:
    for name in ("place.classes_law", "place.classes_census"):
        norm = shipped()[name]
        assert (
            len(getattr(norm.measure, "allowed", ())) == dict(norm.values[0].parameters)["classes"]
        )
