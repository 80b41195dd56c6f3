"""Which way a norm on walks asks about: to which facilities, from where, uphill or down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from geo.assess import arrange, assess, in_words, rows
from geo.assess.reached import Reached
from geo.assess.walking import Walking
from geo.network.graph import StreetNetwork
from geo.norms import Norms, shipped
from geo.norms.loader import NormFileError, load
from geo.norms.model import Condition, Reach

Town = Callable[..., StreetNetwork]
Lay = Callable[..., gpd.GeoDataFrame]
ON = date(2024, 1, 1)
CODE = "520102001001"
"""In Guizhou, where estates must stand within 700 m of a station."""
NORM = "elder.station.radius"


def asked(**measure: object) -> Norms:
    """Return Guizhou's norm with another way of measuring."""
    norm = shipped()[NORM]
    assert isinstance(norm.measure, Reach)
    changed: dict[str, Any] = {"measure": replace(norm.measure, **measure)}  # type: ignore[arg-type]
    return Norms({NORM: replace(norm, **changed, values=norm.values[:1])})  # noqa: PD011


def share_of(weight: str, **measure: object) -> Norms:
    norm = asked(weight=weight, **measure)[NORM]
    value = replace(norm.values[0], value=0.5)  # noqa: PD011
    return Norms({NORM: replace(norm, judged="share", over="place", values=(value,))})


def judged(
    frames: dict[str, gpd.GeoDataFrame], network: StreetNetwork | None, norms: Norms
) -> pd.DataFrame:
    compounds = frames["compound"]["id"].to_numpy(object)
    reached = Reached(Walking(frames, network, ON), compounds, {})
    place = arrange(frames, area=CODE[:6], on=ON, reached=reached)
    result = assess(place, norms, ids=[NORM])
    table = in_words(result, rows(result))
    return table.set_index("id") if (table["role"] == "each").all() else table


@pytest.fixture(scope="module")
def street(town: Town) -> StreetNetwork:
    """One street of 2 km, with a bend that makes it 1,000 m from x = 0 to x = 600."""
    return town([(0, 0), (600, 0), (1600, 0)], [(0, 1), (1, 2)], length_m=[1000.0, 1000.0])


def layers(lay: Lay, *stations: dict[str, object]) -> dict[str, gpd.GeoDataFrame]:
    return {
        "community": lay("community", {"code": CODE, "at": (-100, -100, 1700, 100), "elders": 30}),
        "compound": lay(
            "compound",
            {"id": "e", "at": (0, 0), "community_code": CODE, "elders": 30, "households": 9},
        ),
        "elder_station": lay(
            "elder_station",
            *({"id": f"s{n}", "community_code": CODE, **s} for n, s in enumerate(stations)),
        ),
    }


def test_along_the_street_it_is_too_far_in_a_straight_line_it_is_not(
    street: StreetNetwork, lay: Lay
) -> None:
    frames = layers(lay, {"at": (600, 0)})
    walked = judged(frames, street, asked())
    straight = judged(frames, street, asked(distance="straight"))
    assert (walked["verdict"]["e"], straight["verdict"]["e"]) == ("fail", "pass")
    assert straight["actual"]["e"] == pytest.approx(600)
    assert "直线距离，不是步行路程" in straight["formula"]["e"]
    assert "直线" not in walked["formula"]["e"]


def test_a_straight_distance_needs_no_streets_a_walk_does(lay: Lay) -> None:
    frames = layers(lay, {"at": (600, 0)})
    assert judged(frames, None, asked(distance="straight"))["actual"]["e"] == pytest.approx(600)
    walked = judged(frames, None, asked())
    assert (walked["verdict"]["e"], walked["lacks"]["e"]) == ("unknown", "streets")


def test_a_straight_distance_starts_at_the_nearest_open_gate(lay: Lay) -> None:
    frames = layers(lay, {"at": (1000, 0)})
    gates = [{"id": "g", "compound_id": "e", "at": (400, 0)}]
    gates.append({"id": "shut", "compound_id": "e", "at": (900, 0), "open": False})
    frames["gate"] = lay("gate", *gates)
    assert judged(frames, None, asked(distance="straight"))["actual"]["e"] == pytest.approx(600)


def test_only_the_facilities_the_norm_speaks_of_count(street: StreetNetwork, lay: Lay) -> None:
    centre = (Condition("tier", "==", "township"),)
    frames = layers(lay, {"at": (100, 0), "tier": "community"}, {"at": (600, 0), "tier": "county"})
    assert judged(frames, street, asked())["verdict"]["e"] == "pass"
    assert judged(frames, street, asked(where=centre))["verdict"]["e"] == "fail"


def test_a_facility_that_may_be_of_the_kind_leaves_it_unknown(
    street: StreetNetwork, lay: Lay
) -> None:
    wanted = (Condition("day_care", "==", True),)
    frames = layers(lay, {"at": (100, 0)}, {"at": (600, 0), "day_care": True})
    found = judged(frames, street, asked(where=wanted))
    assert (found["verdict"]["e"], found["lacks"]["e"]) == (
        "unknown",
        "column:elder_station.day_care",
    )
    whole = judged(frames, street, share_of("elders", where=wanted))
    whole = whole[whole["role"] == "whole"].iloc[0]
    assert (whole["verdict"], whole["actual"], whole["at_most"]) == ("unknown", 0, 1)


def test_with_every_station_closed_nobody_is_within_reach(street: StreetNetwork, lay: Lay) -> None:
    frames = layers(lay, {"at": (100, 0), "status": "closed"})
    assert judged(frames, street, asked())["verdict"]["e"] == "fail"


def test_uphill_takes_longer_than_down(town: Town, lay: Lay) -> None:
    hill = town([(0, 0), (600, 0)], [(0, 1)], climb_m=[60.0], descent_m=[0.0])
    frames = layers(lay, {"at": (600, 0)})
    limit = {"limit_unit": "min"}
    up = judged(frames, hill, asked(**limit))
    down = judged(frames, hill, asked(**limit, direction="from_facility"))
    assert up["actual"]["e"] > 10
    assert down["actual"]["e"] < up["actual"]["e"]
    assert "从设施走到居民处" in down["formula"]["e"]


def test_from_buildings_the_farthest_building_decides(street: StreetNetwork, lay: Lay) -> None:
    frames = layers(lay, {"at": (0, 0)})
    homes = [
        {"id": f"b{x}", "compound_id": "e", "at": (x, 0), "use": "residential"} for x in (6, 500)
    ]
    frames["building"] = lay(
        "building", *({"community_code": CODE, "floor_area_m2": 100.0, **home} for home in homes)
    )
    found = judged(frames, street, asked(origin="building"))
    assert found["verdict"]["e"] == "fail"
    assert judged(frames, street, asked())["verdict"]["e"] == "pass"
    assert "从楼栋出发" in found["formula"]["e"]


def test_without_buildings_a_norm_from_buildings_is_unknown(
    street: StreetNetwork, lay: Lay
) -> None:
    found = judged(layers(lay, {"at": (0, 0)}), street, asked(origin="building"))
    assert (found["verdict"]["e"], found["lacks"]["e"]) == ("unknown", "layer:building")


def test_from_where_the_people_of_a_community_live(street: StreetNetwork, lay: Lay) -> None:
    frames = layers(lay, {"at": (0, 0)})
    norm = asked(origin="community")[NORM]
    of_community = Norms({NORM: replace(norm, subject="community")})
    found = judged(frames, street, of_community)
    assert found["verdict"][CODE] == "fail"
    assert found["actual"][CODE] >= 700
    near = layers(lay, *({"at": (x, 0)} for x in range(0, 1601, 200)))
    assert judged(near, street, of_community)["verdict"][CODE] == "pass"


def test_elders_counted_otherwise_than_the_norm_counts_them_leave_it_unknown(
    street: StreetNetwork, lay: Lay
) -> None:
    frames = layers(lay, {"at": (0, 0)})
    frames["compound"] = frames["compound"].assign(elders_basis="registered", elders_age_from=60)
    found = [
        judged(frames, street, share_of("elders", basis=basis))
        for basis in ("registered", "resident")
    ]
    wholes = [table[table["role"] == "whole"].iloc[0] for table in found]
    assert [whole["verdict"] for whole in wholes] == ["pass", "unknown"]
    assert wholes[1]["lacks"] == "basis:resident:"


def test_a_straight_distance_in_minutes_is_refused(tmp_path: Any) -> None:  # noqa: ANN401
    text = """
[[norm]]
id = "own.reach"
zh = "甲"
en = "a"
kind = "reach"
level = "must"
subject = "compound"
op = ">="
unit = ""
measure = { layer = "elder_station", distance = "straight" }
  [[norm.value]]
  area = ""
  from = 2020-01-01
  limit = 15
  evidence = "document"
  source = "甲"
  quote = "乙"
"""
    (tmp_path / "a.toml").write_text(text, "utf-8")
    with pytest.raises(NormFileError, match="只能以米计"):
        load(tmp_path)
