"""From street lines to a network: split at junctions, strung together between them, numbered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.network.arrays import connected, hilbert_order, runs
from geo.network.contract import chains
from geo.network.graph import StreetNetwork
from geo.network.segments import Segments, require_metres
from geo.text import say

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TOUCH_M = 1e-3
"""Consecutive vertices nearer than this are one point."""


def build(segments: Segments, crs: str | None = None) -> StreetNetwork:
    """Build the walking network of street lines.

    Lines are split where they share a point, strung together where no choice arises (never across
    a change of class or steps), and cleared of stretches without length. Nodes lie in Hilbert
    order; edges follow their lower node and run from the lower to the higher one. The islands are
    numbered by street length. The same lines give the same network to the last bit.

    Parameters
    ----------
    segments
        Lines to walk on.
    crs
        Projected CRS in metres of the network; by default that of the lines.

    Raises
    ------
    DataError
        The CRS does not count in metres, or no line has any length.
    """
    crs = require_metres(segments.crs if crs is None else crs)
    lines = _without_repeats(segments.to_crs(crs))
    pieces = _pieces(lines)
    if len(pieces.line) == 0:
        raise DataError(
            say("街路中没有任何有长度的线。", "no street has any length"),
            hint=say("请检查街路文件。", "check the file of streets"),
        )
    order = hilbert_order(pieces.node_xy)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    kind = segments.class_code[pieces.line] * np.int64(2) + segments.steps[pieces.line]
    dart, start = chains(pieces.tail, pieces.head, kind, rank)
    return _network(crs, segments, lines, pieces, rank=rank, dart=dart, start=start)


@dataclass(frozen=True, slots=True)
class _Lines:
    """Vertices after dropping repeats; ``node`` counts from 0 and ``node_xy`` locates it."""

    line: Ints
    node: Ints
    node_xy: Floats


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Stretches between junctions; nodes count from 0 among the junctions only."""

    line: Ints
    first: Ints
    last: Ints
    tail: Ints
    head: Ints
    length_m: Floats
    node_xy: Floats


def _without_repeats(segments: Segments) -> _Lines:
    """Unite points that follow each other at no distance, and drop the repeated vertices."""
    line = np.repeat(np.arange(len(segments), dtype=np.int64), np.diff(segments.start))
    _, where, node = np.unique(segments.vertex_node, return_index=True, return_inverse=True)
    same_line = line[1:] == line[:-1]
    step_m = np.hypot(*(segments.xy[1:] - segments.xy[:-1]).T)
    touching = np.flatnonzero(same_line & (step_m < TOUCH_M))
    node = connected(len(where), node[touching], node[touching + 1])[node]
    fresh = np.append(True, ~same_line | (node[1:] != node[:-1]))
    return _Lines(line[fresh], node[fresh], segments.xy[where])


def _pieces(lines: _Lines) -> _Pieces:
    """Split every line at its ends and wherever a point is used more than once."""
    line, node = lines.line, lines.node
    opens = np.append(True, line[1:] != line[:-1])
    closes = np.append(opens[1:], True)
    shared = np.bincount(node, minlength=len(lines.node_xy)) > 1
    cut = np.flatnonzero(opens | closes | shared[node])
    first, last = cut[:-1], cut[1:]
    within = line[first] == line[last]
    first, last = first[within], last[within]
    xy = lines.node_xy[node]
    along = np.append(0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T)))
    # Sums of steps between lines cancel out, for a piece never leaves its line.
    junction, ends = np.unique(node[np.append(first, last)], return_inverse=True)
    return _Pieces(
        line=line[first],
        first=first,
        last=last,
        tail=ends[: len(first)],
        head=ends[len(first) :],
        length_m=along[last] - along[first],
        node_xy=lines.node_xy[junction],
    )


def _network(
    crs: str,
    segments: Segments,
    lines: _Lines,
    pieces: _Pieces,
    *,
    rank: Ints,
    dart: Ints,
    start: Ints,
) -> StreetNetwork:
    """Give nodes and edges their numbers, and gather what each edge is made of."""
    begin, end = dart[start[:-1]], dart[start[1:] - 1]
    ends = rank[np.column_stack((pieces.tail, pieces.head)).ravel()]  # of the node a dart leaves
    used, nodes = np.unique(np.column_stack((ends[begin], ends[end ^ 1])), return_inverse=True)
    nodes = nodes.reshape(-1, 2)
    chain = np.lexsort((begin, nodes[:, 1], nodes[:, 0]))
    nodes = nodes[chain]
    count = np.diff(start)[chain]
    dart = dart[runs(start[:-1][chain], count)]
    start = np.append(0, np.cumsum(count))
    piece, back = dart >> 1, (dart & 1).astype(bool)
    shape, shape_start = _shapes(pieces, piece, back, start)
    shape_xy = lines.node_xy[lines.node[shape]]
    length_m = _sum(_steps(shape_xy, shape_start), start=shape_start[:-1])
    longest = np.lexsort((-pieces.length_m[piece], np.repeat(np.arange(len(count)), count)))
    chief = pieces.line[piece[longest[start[:-1]]]]
    rise_m = np.nan_to_num(segments.incline_share[pieces.line[piece]]) * pieces.length_m[piece]
    rise_m = np.where(back, -rise_m, rise_m)
    node_xy = np.empty((len(rank), 2))
    node_xy[rank] = pieces.node_xy
    return StreetNetwork(
        crs=crs,
        node_xy=node_xy[used],
        node_component=_components(len(used), nodes, length_m),
        edge_nodes=nodes.astype(np.int32),
        edge_length_m=length_m,
        edge_class=segments.class_code[chief],
        edge_steps=segments.steps[chief],
        edge_climb_m=_sum(np.maximum(rise_m, 0.0), start=start[:-1]).astype(np.float32),
        edge_descent_m=_sum(np.maximum(-rise_m, 0.0), start=start[:-1]).astype(np.float32),
        edge_source=segments.source[chief],
        shape_xy=shape_xy,
        shape_start=shape_start,
        classes=segments.classes,
    )


def _shapes(
    pieces: _Pieces, piece: Ints, back: NDArray[np.bool_], start: Ints
) -> tuple[Ints, Ints]:
    """Return the vertices of every edge; a joint between two pieces is written once."""
    joint = np.ones(len(piece), dtype=np.int64)
    joint[start[:-1]] = 0
    count = pieces.last[piece] - pieces.first[piece] + 1 - joint
    step = np.repeat(np.where(back, -1, 1), count)
    origin = np.where(back, pieces.last[piece] - joint, pieces.first[piece] + joint)
    vertex = np.repeat(origin, count) + step * runs(np.zeros_like(count), count)
    return vertex, np.append(0, np.add.reduceat(count, start[:-1]).cumsum())


def _steps(xy: Floats, start: Ints) -> Floats:
    """Return the length of the step after each vertex, 0 after the last one of an edge."""
    step = np.append(np.hypot(*np.diff(xy, axis=0).T), 0.0)
    step[start[1:] - 1] = 0.0
    return step


def _sum(values: Floats, *, start: Ints) -> Floats:
    return np.add.reduceat(values, start)


def _components(n_node: int, nodes: Ints, length_m: Floats) -> NDArray[np.int32]:
    """Give the islands their numbers, the greatest street length first."""
    root = connected(n_node, nodes[:, 0], nodes[:, 1])
    total_m = np.bincount(root[nodes[:, 0]], weights=length_m, minlength=n_node)
    roots = np.flatnonzero(root == np.arange(n_node))
    number = np.empty(n_node, dtype=np.int32)
    number[roots[np.argsort(-total_m[roots], kind="stable")]] = np.arange(len(roots))
    return number[root]
