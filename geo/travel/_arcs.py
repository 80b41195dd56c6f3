"""Compiled lists in CSR form: arcs out of every node, places on every edge, edges around a node."""

from __future__ import annotations

import numpy as np

from geo.network.compiled import (
    FAR,
    Int,
    Int32s,
    Int64s,
    compiled,
    i32s,
    i64,
    i64s,
    r_i32s,
    r_i32s_2d,
    several,
)


@compiled(several(i32s, i64s, i32s), i64, r_i32s_2d, r_i32s_2d)
def pack_arcs(n_node: Int, edge_nodes: Int32s, edge_ms: Int32s) -> tuple[Int32s, Int64s, Int32s]:
    """Return CSR bounds, packed arcs and the edge of each arc; loops and closed arcs left out."""
    bounds = np.zeros(n_node + 1, np.int32)
    for e in range(len(edge_nodes)):
        start, end = edge_nodes[e, 0], edge_nodes[e, 1]
        if start != end:
            bounds[start + 1] += edge_ms[e, 0] != FAR
            bounds[end + 1] += edge_ms[e, 1] != FAR
    for u in range(n_node):
        bounds[u + 1] += bounds[u]
    fill = bounds[:-1].copy()
    packed = np.empty(bounds[n_node], np.int64)
    arc_edge = np.empty(bounds[n_node], np.int32)
    for e in range(len(edge_nodes)):
        start, end = edge_nodes[e, 0], edge_nodes[e, 1]
        if start == end:
            continue
        if edge_ms[e, 0] != FAR:
            packed[fill[start]] = np.int64(edge_ms[e, 0]) << 32 | np.int64(end)
            arc_edge[fill[start]] = e
            fill[start] += 1
        if edge_ms[e, 1] != FAR:
            packed[fill[end]] = np.int64(edge_ms[e, 1]) << 32 | np.int64(start)
            arc_edge[fill[end]] = e
            fill[end] += 1
    return bounds, packed, arc_edge


@compiled(several(i32s, i32s), i64, r_i32s)
def group_by_edge(n_edge: Int, edge: Int32s) -> tuple[Int32s, Int32s]:
    """Return bounds for every edge and the rows of the places on it; places on none left out."""
    bounds = np.zeros(n_edge + 1, np.int32)
    for i in range(len(edge)):
        if edge[i] >= 0:
            bounds[edge[i] + 1] += 1
    for e in range(n_edge):
        bounds[e + 1] += bounds[e]
    fill = bounds[:-1].copy()
    row = np.empty(bounds[n_edge], np.int32)
    for i in range(len(edge)):
        if edge[i] >= 0:
            row[fill[edge[i]]] = i
            fill[edge[i]] += 1
    return bounds, row


@compiled(several(i32s, i32s), i64, r_i32s_2d, r_i32s)
def edges_with_demand(
    n_node: Int, edge_nodes: Int32s, demand_start: Int32s
) -> tuple[Int32s, Int32s]:
    """Return the edges with demand around each node: CSR bounds and ``edge << 1 | side``."""
    bounds = np.zeros(n_node + 1, np.int32)
    for e in range(len(edge_nodes)):
        if demand_start[e + 1] > demand_start[e]:
            bounds[edge_nodes[e, 0] + 1] += 1
            bounds[edge_nodes[e, 1] + 1] += 1
    for u in range(n_node):
        bounds[u + 1] += bounds[u]
    fill = bounds[:-1].copy()
    near = np.empty(bounds[n_node], np.int32)
    for e in range(len(edge_nodes)):
        if demand_start[e + 1] > demand_start[e]:
            for side in range(2):
                node = edge_nodes[e, side]
                near[fill[node]] = e << 1 | side
                fill[node] += 1
    return bounds, near
