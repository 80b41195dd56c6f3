"""Trying edits by answering anew agrees with the engine that repairs only what an edit changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.coverage import Edits, Inputs, answer, areas_of, ask, edited
from geo.coverage.walks import tie
from geo.demand import Places, demand_points
from geo.network.graph import StreetNetwork
from geo.travel.whatif import WhatIf

X, Y, N, STEP_M = 500_000, 3_300_000, 9, 250
QUESTION = ask("elder_station", on=date(2026, 5, 1))


@pytest.mark.parametrize("seed", range(3))
def test_both_ways_of_trying_edits_agree(
    town: Callable[..., StreetNetwork], lay: Callable[..., gpd.GeoDataFrame], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    nodes = [(X + STEP_M * x, Y + STEP_M * y) for x in range(N) for y in range(N)]
    edges = [(x * N + y, x * N + y + 1) for x in range(N) for y in range(N - 1)]
    edges += [(x * N + y, (x + 1) * N + y) for x in range(N - 1) for y in range(N)]
    network = town(nodes, edges)
    spots = (rng.random((40, 2)) * STEP_M * (N - 1) + (X, Y)).round(1)
    homes, stations = spots[:30], spots[30:33]
    target, other = (tuple(map(float, spot)) for spot in spots[33:35])
    places = Places(
        crs=network.crs,
        compound=lay(
            "compound",
            *({"id": f"c{n:02d}", "households": 1, "at": at} for n, at in enumerate(homes)),
        ),
        gate=lay(
            "gate",
            *(
                {"id": f"g{n:02d}", "compound_id": f"c{n:02d}", "at": at}
                for n, at in enumerate(homes)
            ),
        ),
    )
    inputs = Inputs(
        demand=demand_points(places, network, on=QUESTION.on),
        network=network,
        facilities=lay(
            "elder_station", *({"id": f"s{n}", "at": at} for n, at in enumerate(stations))
        ),
        areas=areas_of(places, QUESTION.on),
        network_hash="",
        layers={},
    )
    lonlat = gpd.GeoSeries([shapely.Point(target), shapely.Point(other)], crs=network.crs)
    new, moved = ((p.x, p.y) for p in lonlat.to_crs("EPSG:4490"))
    edits = Edits(add=(new,), move={"s0": moved}, close=("s1",), close_gates=("g03", "g07"))
    anew = answer(QUESTION, edited(inputs, edits, layer="elder_station"))

    engine = WhatIf(
        network,
        tie(network, inputs.demand.entrances.geometry.to_numpy(), QUESTION.walker).walked,
        tie(network, inputs.facilities.geometry.to_numpy(), QUESTION.walker).walked,
        profile=QUESTION.walker,
        limit_min=QUESTION.horizon_min,
    )
    engine.add_facility(target)
    engine.move_facility(0, other)
    engine.close_facility(1)
    for gate in (3, 7):
        engine.set_gate(gate, open_=False)

    walks = anew.points["nearest_min"].to_numpy(dtype=float, na_value=np.nan)
    # A place given in degrees comes back to metres with a rounding error far below 0.1 s.
    np.testing.assert_allclose(walks, engine.minutes, atol=0.1 / 60)
