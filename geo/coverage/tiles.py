"""Cut out what is needed to answer for a few communities exactly as for the whole county."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.coverage.question import Question
from geo.coverage.screening import GUARD_FACTOR
from geo.demand import Demand
from geo.errors import NotFoundError
from geo.network.arrays import runs
from geo.network.graph import StreetNetwork
from geo.text import say


def tile(
    question: Question, demand: Demand, network: StreetNetwork, communities: Collection[str]
) -> tuple[Demand, StreetNetwork]:
    """Return the demand of some communities and the streets that reach past every walk from it.

    The streets kept are those that touch the demand's rectangle widened by `GUARD_FACTOR` times
    the farthest walk followed, so the walk of every demand point, and whether it has one, is the
    same as on the whole network (as long as no connector is longer than half that walk). All
    facilities may be given to `coverage` with a tile: those beyond it are out of reach.

    Raises
    ------
    NotFoundError
        None of the communities has demand points.
    """
    mine = demand.points["community_code"].isin(list(communities)).to_numpy(bool)
    if not mine.any():
        raise NotFoundError(
            say("所选村居没有需求点。", "the chosen communities have no demand points.")
        )
    part = _demand_of(demand, mine)
    farthest_min = max(question.search_min, question.horizon_min)
    guard_m = GUARD_FACTOR * question.farthest_m * farthest_min / question.search_min
    west, south, east, north = shapely.total_bounds(part.entrances.geometry.to_numpy())
    low = np.array([west, south]) - guard_m
    high = np.array([east, north]) + guard_m
    return part, _streets_within(network, low, high)


def _demand_of(demand: Demand, chosen: NDArray[np.bool_]) -> Demand:
    position = np.cumsum(chosen) - 1
    doors = demand.entrances[chosen[demand.entrances["point"].to_numpy()]]
    return replace(
        demand,
        points=demand.points[chosen].reset_index(drop=True),
        entrances=doors.assign(point=position[doors["point"].to_numpy()]).reset_index(drop=True),
    )


def _streets_within(
    network: StreetNetwork, low: NDArray[np.float64], high: NDArray[np.float64]
) -> StreetNetwork:
    """Return the streets whose own rectangle touches the given one; islands keep their labels."""
    start = network.shape_start[:-1]
    least = np.minimum.reduceat(network.shape_xy, start)
    most = np.maximum.reduceat(network.shape_xy, start)
    kept = np.flatnonzero(((most >= low) & (least <= high)).all(axis=1))
    nodes, ends = np.unique(network.edge_nodes[kept], return_inverse=True)
    count = np.diff(network.shape_start)[kept]
    vertices = runs(start[kept], count)
    return replace(
        network,
        node_xy=network.node_xy[nodes],
        node_component=network.node_component[nodes],
        edge_nodes=ends.reshape(-1, 2).astype(np.int32),
        edge_length_m=network.edge_length_m[kept],
        edge_class=network.edge_class[kept],
        edge_steps=network.edge_steps[kept],
        edge_climb_m=network.edge_climb_m[kept],
        edge_descent_m=network.edge_descent_m[kept],
        edge_source=network.edge_source[kept],
        shape_xy=network.shape_xy[vertices],
        shape_start=np.concatenate([[0], np.cumsum(count)]),
    )
