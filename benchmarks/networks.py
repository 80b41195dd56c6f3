"""Networks to measure on: a real city raw and contracted, a clip of it, a million nodes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.network.arrays import hilbert_order
from geo.network.build import build
from geo.network.graph import StreetNetwork
from geo.network.segments import Segments

CRS = "EPSG:32650"
LINKS_A_BORDER = 60


def city(path: Path) -> StreetNetwork:
    """Read lines that meet at their ends; nothing is split, contracted or left out.

    Lines meet where they end at the same point: columns that name end nodes need not follow the
    direction in which a line is drawn.
    """
    frame = gpd.read_parquet(path)
    xy, line = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    start = np.searchsorted(line, np.arange(len(frame) + 1))
    tips = np.column_stack((start[:-1], start[1:] - 1)).ravel()
    node_xy, ends = np.unique(xy[tips], axis=0, return_inverse=True)
    kind, classes = pd.factorize(frame["highway"])
    length_m = frame.geometry.length.to_numpy()
    return _ordered(
        node_xy, ends.reshape(-1, 2), length_m, xy, start, kind=kind, classes=tuple(classes)
    )


def contracted(raw: StreetNetwork) -> StreetNetwork:
    """Build the same streets as the product does: strung together wherever no choice arises."""
    nothing = np.zeros(raw.n_edge, dtype=bool)
    vertex_node = raw.n_node + np.arange(len(raw.shape_xy))
    vertex_node[raw.shape_start[:-1]] = raw.edge_nodes[:, 0]
    vertex_node[raw.shape_start[1:] - 1] = raw.edge_nodes[:, 1]
    return build(
        Segments(
            crs=raw.crs,
            xy=raw.shape_xy,
            start=raw.shape_start,
            vertex_node=vertex_node,
            class_code=raw.edge_class,
            classes=raw.classes,
            steps=nothing,
            incline_share=np.full(raw.n_edge, np.nan),
            level=nothing.astype(np.int8),
            bridge=nothing,
            tunnel=nothing,
            source=np.arange(raw.n_edge),
            name=(None,) * raw.n_edge,
        )
    )


def clip(network: StreetNetwork, n_node: int) -> StreetNetwork:
    """Return the part of a city around its middle that has about so many nodes."""
    away = np.abs(network.node_xy - np.median(network.node_xy, axis=0)).max(axis=1)
    kept = away <= np.partition(away, n_node)[n_node]
    edge = np.flatnonzero(kept[network.edge_nodes].all(axis=1))
    lines = [network.shape_xy[slice(*network.shape_start[e : e + 2])] for e in edge]
    used, ends = np.unique(network.edge_nodes[edge], return_inverse=True)
    return _ordered(
        network.node_xy[used],
        ends.reshape(-1, 2),
        network.edge_length_m[edge],
        np.concatenate(lines),
        np.cumsum([0, *map(len, lines)]),
        kind=network.edge_class[edge],
        classes=network.classes,
    )


def mirrored(network: StreetNetwork, times: int) -> StreetNetwork:
    """Lay a city and its mirror images in a square, joined along the borders."""
    low, high = network.node_xy.min(axis=0), network.node_xy.max(axis=0)
    size = high - low + 20.0
    n = network.n_node
    nodes, shapes, edges, links = [], [], [], []
    for column in range(times):
        for row in range(times):
            flip = np.array([column % 2, row % 2])
            shift = np.array([column, row]) * size
            for xy, out in ((network.node_xy, nodes), (network.shape_xy, shapes)):
                out.append(np.where(flip, high - xy, xy - low) + shift)
            tile = column * times + row
            edges.append(network.edge_nodes + tile * n)
            for axis, neighbour, last in ((0, tile + times, column), (1, tile + 1, row)):
                if last + 1 < times:
                    side = nodes[-1][:, axis]
                    border = np.argsort(side)[-LINKS_A_BORDER:]
                    links.append(np.stack([border + tile * n, border + neighbour * n], axis=1))
    node_xy, link = np.concatenate(nodes), np.concatenate(links)
    link_xy = node_xy[link]
    n_tile = times * times
    counts = np.concatenate([np.tile(np.diff(network.shape_start), n_tile), np.full(len(link), 2)])
    return _ordered(
        node_xy,
        np.concatenate([*edges, link]),
        np.concatenate(
            [
                np.tile(network.edge_length_m, n_tile),
                np.hypot(*(link_xy[:, 1] - link_xy[:, 0]).T),
            ]
        ),
        np.concatenate([*shapes, link_xy.reshape(-1, 2)]),
        np.concatenate([[0], np.cumsum(counts)]),
        kind=np.append(np.tile(network.edge_class, n_tile), np.zeros(len(link), dtype=np.uint8)),
        classes=network.classes,
    )


def _ordered(
    node_xy: NDArray[np.float64],
    ends: NDArray[np.int64],
    length_m: NDArray[np.float64],
    shape_xy: NDArray[np.float64],
    shape_start: NDArray[np.int64],
    *,
    kind: NDArray[np.integer],
    classes: tuple[str, ...],
) -> StreetNetwork:
    order = hilbert_order(node_xy)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order))
    nothing = np.zeros(len(ends), dtype=np.float32)
    streets = coo_array((np.ones(len(ends)), ends.T), shape=(len(node_xy),) * 2)
    _, component = connected_components(streets, directed=False)
    largest = np.bincount(component).argmax()
    component = np.where(component == largest, 0, component + 1)
    network = StreetNetwork(
        crs=CRS,
        node_xy=node_xy[order],
        node_component=component[order].astype(np.int32),
        edge_nodes=rank[ends],
        edge_length_m=length_m,
        edge_class=kind.astype(np.uint8),
        edge_steps=np.zeros(len(ends), dtype=np.bool_),
        edge_climb_m=nothing,
        edge_descent_m=nothing,
        edge_source=np.arange(len(ends)),
        shape_xy=shape_xy,
        shape_start=shape_start.astype(np.int64),
        classes=classes,
    )
    return _edges_by_node(network)


def _edges_by_node(network: StreetNetwork) -> StreetNetwork:
    order = np.argsort(network.edge_nodes.min(axis=1), kind="stable")
    count = np.diff(network.shape_start)[order]
    start = np.concatenate([[0], np.cumsum(count)])
    vertex = np.repeat(network.shape_start[:-1][order] - start[:-1], count) + np.arange(start[-1])
    return replace(
        network,
        edge_nodes=np.ascontiguousarray(network.edge_nodes[order]),
        edge_length_m=network.edge_length_m[order],
        edge_class=network.edge_class[order],
        shape_xy=network.shape_xy[vertex],
        shape_start=start,
    )
