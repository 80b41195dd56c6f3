"""Trying things out: who gains and who loses, without touching the workspace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.coverage import Edits, Inputs, answer, areas_of, ask, changes, edited
from geo.demand import Places, demand_points
from geo.errors import DataError, NotFoundError
from geo.network.graph import StreetNetwork

Town = Callable[..., StreetNetwork]
Lay = Callable[..., gpd.GeoDataFrame]

QUESTION = ask("elder_station", on=date(2026, 5, 1))
X, Y = 500_000, 3_300_000


@pytest.fixture
def inputs(town: Town, lay: Lay) -> Inputs:
    """A street 6 km long with a station at either end and three estates."""
    network = town([(X, Y), (X + 6000, Y)], [(0, 1)])
    layers = Places(
        crs=network.crs,
        compound=lay(
            "compound",
            {"id": "west", "households": 10, "elders": 10, "at": (X + 300, Y)},
            {"id": "middle", "households": 50, "elders": 50, "at": (X + 3000, Y)},
            {"id": "east", "households": 20, "elders": 20, "at": (X + 5700, Y)},
        ),
        gate=lay(
            "gate",
            {"id": "g1", "compound_id": "east", "at": (X + 5700, Y)},
            {"id": "g2", "compound_id": "east", "open": False, "at": (X + 5900, Y)},
        ),
    )
    return Inputs(
        demand=demand_points(layers, network, on=QUESTION.on),
        network=network,
        facilities=lay(
            "elder_station", {"id": "w", "at": (X, Y)}, {"id": "e", "at": (X + 6000, Y)}
        ),
        areas=areas_of(layers, QUESTION.on),
        network_hash="",
        layers={},
    )


def tried(inputs: Inputs, edits: Edits) -> pd.DataFrame:
    after = edited(inputs, edits, layer="elder_station")
    return changes(answer(QUESTION, inputs), answer(QUESTION, after)).set_index("id")


def lonlat(x: float, y: float) -> tuple[float, float]:
    (point,) = gpd.GeoSeries([shapely.Point(x, y)], crs="EPSG:4547").to_crs("EPSG:4490")
    return point.x, point.y


def test_a_new_station_is_gained_by_those_around_it(inputs: Inputs) -> None:
    table = tried(inputs, Edits(add=(lonlat(X + 3000, Y),)))
    assert table["change"].to_dict() == {"middle": "gained"}
    assert table.loc["middle", "before_min"] == pytest.approx(50)
    assert table.loc["middle", "after_min"] == pytest.approx(0, abs=1e-3)


def test_closing_a_station_loses_those_it_alone_reached(inputs: Inputs) -> None:
    table = tried(inputs, Edits(close=("w",)))
    assert table.loc["west", "change"] == "lost"
    assert "east" not in table.index


def test_moving_a_station_helps_some_and_harms_others_the_larger_first(inputs: Inputs) -> None:
    table = tried(inputs, Edits(move={"e": lonlat(X + 3600, Y)}))
    assert table["change"].to_dict() == {"middle": "gained", "east": "lost"}
    assert table.index.tolist() == ["middle", "east"]


def test_opening_a_gate_shortens_the_walk_and_closing_all_ends_it(inputs: Inputs) -> None:
    assert tried(inputs, Edits(open_gates=("g2",)))["change"].to_dict() == {"east": "nearer"}
    assert tried(inputs, Edits(close_gates=("g1",)))["change"].to_dict() == {"east": "lost"}


def test_closing_every_station_leaves_nobody_covered(inputs: Inputs) -> None:
    after = edited(inputs, Edits(close=("w", "e")), layer="elder_station")
    assert answer(QUESTION, after).headline()["covered_15_min"] == 0


def test_trying_changes_nothing_it_was_given(inputs: Inputs) -> None:
    facilities, doors = inputs.facilities.copy(), inputs.demand.entrances.copy()
    tried(inputs, Edits(add=(lonlat(X, Y),), close=("w",), move={"e": lonlat(X + 1, Y)}))
    tried(inputs, Edits(open_gates=("g2",), close_gates=("g1",)))
    assert inputs.facilities.equals(facilities)
    assert inputs.demand.entrances.equals(doors)


def test_a_new_station_never_takes_the_id_of_another(inputs: Inputs) -> None:
    named = inputs.facilities.assign(id=pd.array(["new-1", "new-3"], dtype="string"))
    after = edited(
        Inputs(inputs.demand, inputs.network, named, inputs.areas, "", {}),
        Edits(add=(lonlat(X, Y), lonlat(X + 9, Y))),
        layer="elder_station",
    )
    assert after.facilities["id"].tolist() == ["new-1", "new-3", "new-2", "new-4"]


@pytest.mark.parametrize("edits", [Edits(close=("x",)), Edits(open_gates=("x",))])
def test_an_id_that_is_not_there_is_named(inputs: Inputs, edits: Edits) -> None:
    with pytest.raises(NotFoundError, match="x") as missing:
        edited(inputs, edits, layer="elder_station")
    layer = "社区养老服务站" if edits.close else "出入口"
    assert f"图层“{layer}”的编号如" in missing.value.hint


def test_nothing_to_try_and_contradictions_are_refused(inputs: Inputs) -> None:
    with pytest.raises(DataError, match="没有给出"):
        edited(inputs, Edits(), layer="elder_station")
    with pytest.raises(DataError, match="既关闭又迁址或扩建"):
        edited(inputs, Edits(move={"w": (114, 29)}, close=("w",)), layer="elder_station")
