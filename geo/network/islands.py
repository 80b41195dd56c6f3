"""Which streets hang together, and how the network looks as a table of streets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.network.graph import StreetNetwork


@dataclass(frozen=True, slots=True)
class IslandSummary:
    """How much of a network hangs together."""

    islands: int
    """Parts that cannot be reached from the main one."""
    island_length_m: float
    """Street length of all parts but the main one together."""
    total_length_m: float

    @property
    def island_share(self) -> float:
        """Share of the street length that lies on islands."""
        return self.island_length_m / self.total_length_m


def islands(network: StreetNetwork) -> gpd.GeoDataFrame:
    """Return the parts of a network that hang together, the greatest first.

    Returns
    -------
    GeoDataFrame
        ``component`` (0 is the main part), ``nodes``, ``length_m``, ``length_share`` (of all
        street length), ``geometry`` (all its streets as one shape).
    """
    component = edge_component(network)
    order = np.argsort(component, kind="stable")
    length_m = np.bincount(component, weights=network.edge_length_m).astype(np.float64)
    nodes = np.bincount(network.node_component)
    return gpd.GeoDataFrame(
        {
            "component": pd.array(range(len(length_m)), dtype="Int64"),
            "nodes": pd.array(nodes.tolist(), dtype="Int64"),
            "length_m": pd.array(length_m, dtype="Float64"),
            "length_share": pd.array(length_m / length_m.sum(), dtype="Float64"),
        },
        geometry=shapely.multilinestrings(edge_lines(network)[order], indices=component[order]),
        crs=network.crs,
    )


def island_summary(network: StreetNetwork) -> IslandSummary:
    """Return how many islands there are and how long their streets are."""
    component = edge_component(network)
    total_m = float(network.edge_length_m.sum())
    main_m = float(network.edge_length_m[component == 0].sum())
    count = int(network.node_component.max())
    return IslandSummary(count, total_m - main_m if count else 0.0, total_m)


def edges_frame(
    network: StreetNetwork, *, names: Mapping[int, str | None] | None = None
) -> gpd.GeoDataFrame:
    """Return the edges as a table that a map can draw.

    Parameters
    ----------
    network
        The network.
    names
        Name of each street by ``edge_source``.

    Returns
    -------
    GeoDataFrame
        ``edge``, ``name``, ``class``, ``steps``, ``length_m``, ``climb_m``, ``descent_m``,
        ``component``, ``source``, ``geometry``; one row an edge, in the order of the edges.
    """
    sources = network.edge_source.tolist()
    classes = [network.classes[code] for code in network.edge_class]
    return gpd.GeoDataFrame(
        {
            "edge": pd.array(np.arange(network.n_edge), dtype="Int64"),
            "name": pd.array([(names or {}).get(s) for s in sources], dtype="string"),
            "class": pd.array(classes, dtype="string"),
            "steps": pd.array(network.edge_steps, dtype="boolean"),
            "length_m": pd.array(network.edge_length_m, dtype="Float64"),
            "climb_m": pd.array(network.edge_climb_m.astype(float), dtype="Float64"),
            "descent_m": pd.array(network.edge_descent_m.astype(float), dtype="Float64"),
            "component": pd.array(edge_component(network), dtype="Int64"),
            "source": pd.array(sources, dtype="Int64"),
        },
        geometry=edge_lines(network),
        crs=network.crs,
    )


def edge_component(network: StreetNetwork) -> NDArray[np.int32]:
    """Return the component of each edge, (n_edge,)."""
    component: NDArray[np.int32] = network.node_component[network.edge_nodes[:, 0]]
    return component


def edge_lines(network: StreetNetwork) -> NDArray[np.object_]:
    """Return the drawn line of each edge, (n_edge,)."""
    edge = np.repeat(np.arange(network.n_edge), np.diff(network.shape_start))
    return np.asarray(shapely.linestrings(network.shape_xy, indices=edge), dtype=object)
