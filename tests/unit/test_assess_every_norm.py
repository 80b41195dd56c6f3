"""Every binding norm passes one place and fails another; the table below says which."""
# ruff: noqa: PD011 - a norm has values

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from geo.norms import Norm, Norms, Value, shipped

sys.path.insert(0, str(Path(__file__).parent))

from assess_places import judged, place_of

ELDERS = {"elders_basis": "registered", "elders_age_from": 60}
FAR, HERE = shapely.Point(9_000, 0), shapely.Point(0, 0)
STATION: list[dict[str, Any]] = [{"tier": "community"}]
ESTATE: dict[str, Any] = {"id": "e", "households": 100, "elders": 30, "population": 300}


def estates(near: float) -> dict[str, Any]:
    return {"compound": [ESTATE], "elder_station": STATION, "nearest": [near]}


def own_premises(status: str, households: int, area_m2: float) -> dict[str, Any]:
    return {
        "compound": [{"id": "e", "households": households, "build_status": status}],
        "elder_station": [{"compound_id": "e", "floor_area_m2": area_m2}],
    }


def homes(**columns: object) -> dict[str, Any]:
    return {"elder_home": [columns]}


def stations(**columns: object) -> dict[str, Any]:
    return {"elder_station": [columns]}


def graves(**columns: object) -> dict[str, Any]:
    return {"cemetery": [columns]}


def venues(**columns: object) -> dict[str, Any]:
    return {"community_venue": [columns]}


def meals(**columns: object) -> dict[str, Any]:
    return {"meal_point": [columns]}


def community(**columns: object) -> list[dict[str, Any]]:
    return [{"code": "CODE", **columns}]


def zones(at: shapely.Point, *kinds: str) -> dict[str, Any]:
    return {"cemetery": [{"at": HERE}], "zone": [{"kind": kind, "at": at} for kind in kinds]}


def three_tiers(*tiers: str) -> dict[str, Any]:
    return {"elder_station": [{"tier": tier} for tier in tiers]}


SHANDONG = (
    "farmland",
    "forest",
    "nature_reserve",
    "park",
    "wetland",
    "scenic",
    "heritage",
    "river_dike",
    "water_source",
    "rail",
    "trunk_road",
    "planned_built",
)
DEMO = {"demonstration": True, "day_care": True, "full_care": True, "ownership": "contracted"}
UPGRADED = [{"upgraded": f"{year}-05-01"} for year in (2021, 2022) for _ in range(30)]
FIVE = {"kindergarten": [{}], "nursery": [{}], "health_station": [{}], **venues()}
FOUR = {"child_protection": True}
ROAD = {"community_code": "CODE", "plan_approved": "2021-05-01", "opened": "2021-06-01"}
ANNOUNCED = {
    "state": "announced",
    "standard_name": "甲路",
    "romanised": "Jia Lu",
    "division": "乙县",
    "position": "东起丙路",
    "approved_by": "乙县人民政府",
}
AREAS = {"county": [{"code": "COUNTY"}], "township": [{"code": "TOWN"}]}


def four(*, at_all: bool) -> dict[str, Any]:
    return {
        "city": [FOUR],
        "county": [{"code": "COUNTY", **FOUR}],
        "township": [{"code": "TOWN", **FOUR}],
        "community": community(child_protection=at_all),
    }


def supervisors(n: int) -> dict[str, Any]:
    return {
        "township": [{"code": "TOWN", "child_supervisors": 1}],
        "community": community(child_supervisors=n),
    }


def people(layer: str, n: int, **columns: object) -> dict[str, Any]:
    code = {"county": "COUNTY", "township": "TOWN", "community": "CODE"}[layer]
    return {layer: [{"code": code, "population": n, **columns}]}


def phase(accepted: str) -> dict[str, Any]:
    return {
        "development_phase": [{"compound_id": "e", "half_completed": "2024-05-01"}],
        "compound": [ESTATE],
        "elder_station": [{"compound_id": "e", "accepted": accepted}],
    }


def road(installed: str) -> dict[str, Any]:
    serves = {"serves": "r"}
    return {
        "road_project": [{"id": "r", **ROAD}],
        "naming_case": [{**serves, "approved": "2021-04-01"}],
        "placename_sign": [{**serves, "installed": installed}],
    }


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "cemetery.county_cover": (
        graves(public_benefit=True),
        {**graves(public_benefit=False), "columbarium": [{"public_benefit": False}]},
    ),
    "cemetery.village_cover": (
        {**graves(public_benefit=True), "community": community(kind="village")},
        {
            **graves(public_benefit=False),
            "columbarium": [{"public_benefit": False}],
            "community": community(kind="village"),
        },
    ),
    "cemetery.shandong": (zones(FAR, *SHANDONG), zones(shapely.Point(500, 0), *SHANDONG)),
    "cemetery.capacity20y": tuple(  # type: ignore[dict-item]
        {
            **graves(public_benefit=True, plots=0, niches=niches),
            "columbarium": [{"public_benefit": True, "niches": 0}],
            **people("township", 10_000, deaths_permille=7.0),
        }
        for niches in (700, 699)
    ),
    "cemetery.plot.single": (graves(plot_area_m2=0.5), graves(plot_area_m2=0.51)),
    "cemetery.plot.double": (graves(double_plot_area_m2=0.8), graves(double_plot_area_m2=0.81)),
    "cemetery.plot.burial": (graves(burial_plot_area_m2=6.0), graves(burial_plot_area_m2=6.1)),
    "cemetery.plot.double_burial": (
        graves(double_burial_plot_area_m2=6.0),
        graves(double_burial_plot_area_m2=6.1),
    ),
    "child.home.presence": ({"childrens_home": [{}]}, {"childrens_home": [{"status": "closed"}]}),
    "child.home.90": ({"childrens_home": [{}]}, {"childrens_home": [{"status": "closed"}]}),
    "child.home.rooms": tuple(  # type: ignore[dict-item]
        {
            "childrens_home": [
                {"has_activity_room": True, "has_counselling_room": r, "equipment_complete": True}
            ]
        }
        for r in (True, False)
    ),
    "child.network4": (four(at_all=True), four(at_all=False)),
    "child.supervisors": (supervisors(1), supervisors(0)),
    "circle.share_sh": (estates(15.0), estates(15.1)),
    "circle.gb50180.15": (estates(1000.0), estates(1000.1)),
    "circle.gb50180.10": (estates(500.0), estates(501.0)),
    "circle.gb50180.15.size": (
        {"residential_area": [{"population": 50_000}]},
        {"residential_area": [{"population": 100_001}]},
    ),
    "circle.gb50180.10.size": (
        {"residential_area": [{"population": 25_000}]},
        {"residential_area": [{"population": 14_999}]},
    ),
    "community.venue_area": (venues(floor_area_m2=300.0), venues(floor_area_m2=299.0)),
    "community.hall_area": (venues(hall_area_m2=50.0), venues(hall_area_m2=49.0)),
    "community.workers300": tuple(  # type: ignore[dict-item]
        {**venues(workers=n), "community": community(urban=True, households=901)} for n in (4, 3)
    ),
    "community.village_cadres": tuple(  # type: ignore[dict-item]
        {**venues(workers=n), "community": community(urban=False)} for n in (11, 12)
    ),
    "community.cert_share": (
        venues(workers=953, certified_workers=244),
        venues(workers=953, certified_workers=190),
    ),
    "community.facility_cover": tuple(  # type: ignore[dict-item]
        {**venues(), "community": community(information_platform=yes)} for yes in (True, False)
    ),
    "community.facility_qualified": (
        venues(floor_area_m2=300.0, hall_area_m2=50.0),
        venues(floor_area_m2=300.0, hall_area_m2=49.0),
    ),
    "community.social_orgs.urban": tuple(  # type: ignore[dict-item]
        {"community": community(urban=True, social_orgs=n)} for n in (13, 12)
    ),
    "community.social_orgs.rural": tuple(  # type: ignore[dict-item]
        {"community": community(urban=False, social_orgs=n)} for n in (7, 6)
    ),
    "community.mental_rehab": tuple(  # type: ignore[dict-item]
        {"county": [{"code": "COUNTY", "mental_rehab": yes}]} for yes in (True, False)
    ),
    "community.yearly_upgrade": (
        {"community_venue": UPGRADED},
        {"community_venue": UPGRADED[1:]},
    ),
    "community.yearly_upgrade.showcase": (
        {"community_venue": [{"showcase": True}] * 20},
        {"community_venue": [{"showcase": True}] * 19},
    ),
    "community.yearly_upgrade.social_work": tuple(  # type: ignore[dict-item]
        {
            "social_organisation": [
                {"kind": "social_work", "registered": f"{y}-03-01"} for y in (2021, 2022)
            ]
            * n
        }
        for n in (10, 9)
    ),
    "community.area100": tuple(  # type: ignore[dict-item]
        {**venues(floor_area_m2=a), "community": community(households=1000)} for a in (300.0, 299.0)
    ),
    "community.embedded": (
        venues(embedded=True, floor_area_m2=600.0),
        venues(embedded=True, floor_area_m2=599.0),
    ),
    "community.embedded.functions": (
        venues(embedded=True, functions=3),
        venues(embedded=True, functions=2),
    ),
    "community.complete": (
        {**FIVE, **stations()},
        {**FIVE, **stations(status="closed")},
    ),
    "elder.area100.new": (own_premises("new", 640, 300.0), own_premises("new", 640, 210.0)),
    "elder.area100.old": (
        own_premises("existing", 1500, 300.0),
        own_premises("renovated", 1501, 300.0),
    ),
    "elder.station.min_area": (
        stations(floor_area_m2=300.0, shared=False),
        stations(floor_area_m2=299.0, shared=False),
    ),
    "elder.station.shared": (
        stations(shared=True, usable_area_m2=150.0),
        stations(shared=True, usable_area_m2=149.0),
    ),
    "elder.four_sync": tuple(  # type: ignore[dict-item]
        {
            "compound": [
                {
                    "id": "e",
                    "households": 9,
                    "build_status": "new",
                    **dict.fromkeys(("planned", "started", "accepted", "delivered"), "2020-05-01"),
                }
            ],
            "elder_station": [
                {
                    "compound_id": "e",
                    "planned": "2020-05-01",
                    "started": "2020-05-01",
                    "accepted": "2020-05-01",
                    "delivered": day,
                }
            ],
        }
        for day in ("2020-05-01", "2020-05-02")
    ),
    "elder.land_per_head": tuple(  # type: ignore[dict-item]
        people("county", 10_000, elder_care_land_m2=a) for a in (1000.0, 999.0)
    ),
    "elder.station.radius": (estates(700.0), estates(701.0)),
    "elder.township_centre.area": (
        stations(tier="township", floor_area_m2=1000.0),
        stations(tier="township", floor_area_m2=999.0),
    ),
    "elder.township_centre.presence": (stations(tier="township"), stations(tier="community")),
    "elder.three_tier": (
        three_tiers("county", "township", "community"),
        three_tiers("county", "community"),
    ),
    "elder.beds1000": tuple(  # type: ignore[dict-item]
        {**homes(beds=beds), "county": [{"code": "COUNTY", "elders": 1000}]} for beds in (40, 39)
    ),
    "elder.town_demo": (stations(**DEMO), stations(**{**DEMO, "full_care": False})),
    "elder.centre_full": (stations(), stations(status="closed")),
    "elder.institution_per_town": (homes(star=3), homes(star=2)),
    "elder.network_1_14_n": (
        three_tiers("county", "township", "community"),
        three_tiers("county", "township"),
    ),
    "elder.dementia_ward": (homes(beds=400, dementia_beds=1), homes(beds=400, dementia_beds=0)),
    "elder.social_worker60": (homes(beds=61, social_workers=2), homes(beds=61, social_workers=1)),
    "elder.social_worker500": tuple(  # type: ignore[dict-item]
        {"county": [{"code": "COUNTY", "elders": 169_000, "social_workers": n, **ELDERS}]}
        for n in (338, 337)
    ),
    "elder.community_full": (stations(), stations(status="closed")),
    "elder.county_disabled_centre": (
        {"elder_home": [{"disabled_centre": True}] * 60},
        {"elder_home": [{"disabled_centre": True}] * 59},
    ),
    "elder.town_centre_count": (
        {"elder_station": [{"tier": "township"}] * 800},
        {"elder_station": [{"tier": "township"}] * 799},
    ),
    "elder.village_points": (
        {"elder_station": [{"mutual_aid": True}] * 8000},
        {"elder_station": [{"mutual_aid": True}] * 5670},
    ),
    "elder.medical_capability": (
        {"elder_home": [{"medical": "clinic"}] * 9 + [{"medical": "none"}]},
        {"elder_home": [{"medical": "contract"}] * 8 + [{"medical": "none"}] * 2},
    ),
    "elder.town_one_home": (homes(), homes(status="closed")),
    "elder.nursing_bed_share": (homes(beds=10, nursing_beds=6), homes(beds=10, nursing_beds=5)),
    "elder.shanghai.area1000": tuple(  # type: ignore[dict-item]
        {**stations(floor_area_m2=a), **people("county", 1000)} for a in (50.0, 49.0)
    ),
    "elder.shanghai.area1000.class": tuple(  # type: ignore[dict-item]
        {**stations(floor_area_m2=a), **people("county", 1000, area_class="三类")}
        for a in (45.0, 44.0)
    ),
    "elder.shanghai.beds": tuple(  # type: ignore[dict-item]
        {**homes(beds=n), **people("county", 9, elders=1000, area_class="浦东新区", **ELDERS)}
        for n in (31, 30)
    ),
    "elder.meal_anhui.canteen": (meals(canteen=True), meals(canteen=False)),
    "elder.meal_anhui.canteen_area": (
        meals(canteen=True, floor_area_m2=50.0),
        meals(canteen=True, floor_area_m2=49.0),
    ),
    "elder.meal_anhui.canteen_diners": (
        meals(canteen=True, diners=50),
        meals(canteen=True, diners=49),
    ),
    "elder.meal_anhui.point_area": (
        meals(canteen=False, floor_area_m2=20.0),
        meals(canteen=False, floor_area_m2=19.0),
    ),
    "elder.meal_anhui.point_diners": (
        meals(canteen=False, diners=10),
        meals(canteen=False, diners=9),
    ),
    "elder.meal_anhui.ground_floor": (
        meals(canteen=False, ground_floor=True),
        meals(canteen=False, ground_floor=False),
    ),
    "elder.gb50437.bed_area": (
        homes(beds=20, floor_area_m2=700.0),
        homes(beds=20, floor_area_m2=699.0),
    ),
    "elder.gb50437.bed_land": (
        homes(beds=20, land_area_m2=880.0),
        homes(beds=20, land_area_m2=881.0),
    ),
    "elder.gb50437.min_beds": (homes(beds=20), homes(beds=19)),
    "elder.gb50437.tiers.home": tuple(  # type: ignore[dict-item]
        {**homes(status=s), **people("township", 50_000)} for s in ("open", "closed")
    ),
    "elder.gb50437.tiers.station": tuple(  # type: ignore[dict-item]
        {**stations(status=s), **people("community", 5_000)} for s in ("open", "closed")
    ),
    "elder.gb50437.tiers.district": tuple(  # type: ignore[dict-item]
        {**stations(tier=t), **people("county", 500_000)} for t in ("county", "township")
    ),
    "elder.jgj450.above_ground": (homes(beds=20, lowest_floor=1), homes(beds=20, lowest_floor=-1)),
    "elder.jgj450.lift": (
        homes(beds=20, highest_floor=2, lift=True),
        homes(beds=20, highest_floor=2, lift=False),
    ),
    "boundary.inspection": (
        {"boundary_line": [{"last_inspected": "2017-06-01"}]},
        {"boundary_line": [{"last_inspected": "2012-06-01"}]},
    ),
    "place.sync": (road("2021-06-01"), road("2021-06-02")),
    "elder.first_phase": (phase("2024-05-01"), phase("2024-05-02")),
    "place.classes_law": (
        {"placename": [{"law_class": "街路巷"}]},
        {"placename": [{"law_class": "小巷"}]},
    ),
    "place.classes_census": (
        {"placename": [{"census_class": "居民点"}]},
        {"placename": [{"census_class": "海域"}]},
    ),
    "place.standard_use": tuple(  # type: ignore[dict-item]
        {"placename": [{}], "map_label": [{"is_standard": yes}]} for yes in (True, False)
    ),
    "place.announce": (
        {"naming_case": [{**ANNOUNCED, "approved": "2023-06-01"}]},
        {"naming_case": [{**ANNOUNCED, "approved": None}]},
    ),
}

WITHOUT_FIGURE = {"elder.circle15", "circle.origin"}
"""Their documents state no share: nothing can pass or fail."""
NEVER_CLEAR = {"cemetery.national", "cemetery.zones_haicheng"}
"""Their documents state no distance from roads and dikes: they can fail, never pass."""
BY_SIGHT = {"cemetery.jinhua_visible"}
"""Judged by heights of the ground, in test_assess_sight.py."""


def binding(norm: Norm) -> list[Value]:
    return [v for v in norm.values if norm.level_of(v) not in ("draft", "statistic")]


BOUND = [n for n in shipped() if binding(n) and n.kind not in ("notice", "selection")]


def with_local_venues() -> Norms:
    """Return the norms, with a bureau's own venue areas where 达标 is defined by them."""
    (share,) = shipped()["community.facility_qualified"].values
    added = {
        name: replace(
            shipped()[name],
            values=(
                *shipped()[name].values,
                replace(share, value=figure, due=None, level="must", evidence="document"),
            ),
        )
        for name, figure in (("community.venue_area", 300.0), ("community.hall_area", 50.0))
    }
    return Norms(shipped().by_id | added)


def case(norm: Norm, tables: dict[str, Any]) -> pd.DataFrame:
    value = binding(norm)[0]
    on = max(value.start, value.due or value.start)
    if value.from_is == "assumed" and value.evidence == "web":
        on = max(on, value.start + timedelta(days=365))
    county = ((value.area or "11") + "0101")[:6]
    words = {"COUNTY": county, "TOWN": f"{county}001", "CODE": f"{county}001001"}
    filled = {
        layer: [
            {k: words.get(v, v) if isinstance(v, str) else v for k, v in row.items()}
            for row in rows
        ]
        for layer, rows in tables.items()
        if layer != "nearest"
    }
    place = place_of(value.area, on, filled, tables.get("nearest", ()))
    return judged(place, norm.id, with_local_venues())


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_binding_norm_passes_one_place_and_fails_another(name: str) -> None:
    norm = shipped()[name]
    passing, failing = (case(norm, place) for place in CASES[name])
    assert list(passing["verdict"]) == ["pass"], passing.iloc[0].to_dict()
    assert "fail" in list(failing["verdict"]), failing.iloc[0].to_dict()


def test_every_binding_norm_has_a_passing_and_a_failing_case() -> None:
    told = set(CASES) | WITHOUT_FIGURE | NEVER_CLEAR | BY_SIGHT
    assert {norm.id for norm in BOUND} == told


@pytest.mark.parametrize("name", sorted(WITHOUT_FIGURE))
def test_a_document_without_a_figure_gives_no_verdict(name: str) -> None:
    found = case(shipped()[name], estates(3.0))
    assert list(found["verdict"]) == ["unknown"]
    assert list(found["lacks"]) == ["figure"]


@pytest.mark.parametrize("name", sorted(NEVER_CLEAR))
def test_zones_without_a_distance_can_be_broken_but_never_kept(name: str) -> None:
    kinds = [zone.kind for zone in binding(shipped()[name])[0].zones]
    far, inside = (case(shipped()[name], zones(at, *kinds)) for at in (FAR, HERE))
    assert (far["verdict"][0], inside["verdict"][0]) == ("unknown", "fail")
    assert far["lacks"][0].startswith("distance:")


@pytest.mark.parametrize("name", sorted(BY_SIGHT))
def test_without_zones_and_heights_nobody_knows_what_is_in_sight(name: str) -> None:
    found = case(shipped()[name], graves(public_benefit=True))
    assert (found["verdict"][0], found["lacks"][0].split(":")[0]) == ("unknown", "layer")


def changed(name: str, **value: Any) -> Norms:  # noqa: ANN401 - any figure
    """Return the norms with a figure of a bureau's own where the document has none."""
    norm = shipped()[name]
    own = replace(binding(norm)[0], due=None, **value)
    return Norms(shipped().by_id | {name: replace(norm, values=(own,))})


@pytest.mark.parametrize("name", sorted(WITHOUT_FIGURE))
def test_with_a_share_of_the_bureau_s_own_it_passes_and_fails(name: str) -> None:
    norms = changed(name, value=0.9, classes=())
    area = binding(norms[name])[0].area
    found = [
        judged(place_of(area, date(2025, 1, 1), {**two_estates()}, near), name, norms)
        for near in ([3.0, 14.0], [3.0, 15.5])
    ]
    assert [list(table["verdict"]) for table in found] == [["pass"], ["fail"]]


def two_estates() -> dict[str, Any]:
    return {"compound": [{**ESTATE, "id": name} for name in "ef"], "elder_station": STATION}


@pytest.mark.parametrize("name", sorted(NEVER_CLEAR))
def test_with_distances_of_the_bureau_s_own_it_can_be_kept(name: str) -> None:
    known = binding(shipped()[name])[0]
    wider = tuple(replace(zone, distance_m=500.0) for zone in known.zones)
    norms = changed(name, zones=wider)
    kinds = [zone.kind for zone in wider]
    found = [
        judged(place_of(known.area, known.start, zones(at, *kinds)), name, norms)["verdict"][0]
        for at in (shapely.Point(501, 0), shapely.Point(500, 0))
    ]
    assert found == ["pass", "unknown" if known.evidence == "web" else "fail"]


def test_the_verdict_on_a_draft_is_never_a_failure() -> None:
    on = date(2024, 1, 1)
    place = place_of("110101", on, {"compound": [ESTATE], "elder_station": STATION}, [900.0])
    found = judged(place, "circle.gb50180.5")
    assert (found["verdict"][0], found["finding"][0]) == ("draft", 0)


def plot(on: date) -> pd.Series:
    place = place_of("34", on, graves(plot_area_m2=0.9))
    return judged(place, "cemetery.plot.single").iloc[0]


def test_a_first_day_nobody_has_verified_fails_nobody_for_a_year() -> None:
    (value,) = [v for v in shipped()["cemetery.plot.single"].values if v.area == "34"]
    assert (value.from_is, value.evidence) == ("assumed", "web")
    early, late = (plot(value.start + timedelta(days=days)) for days in (364, 365))
    assert (early["verdict"], early["lacks"]) == ("unknown", f"start:{value.start}")
    assert (late["verdict"], late["gap"]) == ("fail", 0.4)


def test_what_meets_an_unverified_rule_passes_all_the_same() -> None:
    (value,) = [v for v in shipped()["cemetery.plot.single"].values if v.area == "34"]
    place = place_of("34", value.start, graves(plot_area_m2=0.5))
    assert judged(place, "cemetery.plot.single")["verdict"][0] == "pass"
