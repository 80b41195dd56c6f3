"""The walking network as arrays: nodes, edges, their drawn shapes and the islands they form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class StreetNetwork:
    """Streets a person may walk, in metres of one projected CRS.

    Nodes are junctions and dead ends in Hilbert order; every edge is the street between two of
    them, with the vertices of its drawn line. Parallel edges and loops are kept.
    """

    crs: str
    """Projected CRS of every coordinate, such as ``EPSG:4543``."""
    node_xy: NDArray[np.float64]
    """(n_node, 2)"""
    node_component: NDArray[np.int32]
    """(n_node,) component of each node; 0 is the one with the greatest street length."""
    edge_nodes: NDArray[np.int32]
    """(n_edge, 2) start and end node of each edge."""
    edge_length_m: NDArray[np.float64]
    """(n_edge,) length along the drawn line."""
    edge_class: NDArray[np.uint8]
    """(n_edge,) index into ``classes``."""
    edge_steps: NDArray[np.bool_]
    """(n_edge,) whether the edge is a flight of steps."""
    edge_climb_m: NDArray[np.float32]
    """(n_edge,) metres climbed walking from start to end; 0 where heights are unknown."""
    edge_descent_m: NDArray[np.float32]
    """(n_edge,) metres descended walking from start to end; 0 where heights are unknown."""
    edge_source: NDArray[np.int64]
    """(n_edge,) OSM way id, or row of the bureau's line layer."""
    shape_xy: NDArray[np.float64]
    """(n_vertex, 2) vertices of every edge, both ends included, edge after edge."""
    shape_start: NDArray[np.int64]
    """(n_edge + 1,) edge ``e`` is drawn by ``shape_xy[shape_start[e]:shape_start[e + 1]]``."""
    classes: tuple[str, ...]
    """Street classes (OSM ``highway`` values)."""

    @property
    def n_node(self) -> int:
        """Number of nodes."""
        return len(self.node_xy)

    @property
    def n_edge(self) -> int:
        """Number of edges."""
        return len(self.edge_nodes)
