"""Which streets are one street: segments that go straight on, joined end to end."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from generator import Floats

_STRAIGHT_DEG: Final = 40.0
"""One street goes on where the bend is no sharper."""
_SHORTEST_M: Final = 30.0
_WIDE: Final = ("trunk", "primary", "secondary")
_UNNAMED: Final = ("motorway", "motorway_link", "trunk_link", "primary_link", "secondary_link",
                   "tertiary_link")  # fmt: skip


Chain = list[tuple[int, bool]]
"""Segments in order, each with whether it is walked backwards."""


@dataclass(frozen=True, slots=True)
class Road:
    """One street."""

    line: shapely.LineString
    """Metres."""
    wide: bool
    """Most of it is a main road."""


def roads(path: Path, area: shapely.Polygon, count: int) -> list[Road]:
    """Return so many streets whose segments lie in an area, the longest first.

    Where fewer go straight on than are wanted, the longest are cut at the junction nearest their
    middle, as a street that is long has a name for each of its parts.
    """
    frame = gpd.read_file(path, engine="pyogrio")
    middles = shapely.line_interpolate_point(frame.geometry.to_numpy(), 0.5, normalized=True)
    named = ~frame["highway"].isin(_UNNAMED).to_numpy() & shapely.within(middles, area)
    own = frame[named].reset_index(drop=True)
    lines = [shapely.get_coordinates(line) for line in own.geometry]
    length = shapely.length(own.geometry.to_numpy()).round(1)
    wide = own["highway"].isin(_WIDE).to_numpy()
    waiting = [(-float(sum(length[s] for s, _ in c)), c) for c in _chains(lines)]
    heapify(waiting)
    whole: list[tuple[float, Chain]] = []
    while waiting and sum(size <= -_SHORTEST_M for size, _ in waiting + whole) < count:
        size, chain = heappop(waiting)
        if len(chain) == 1:
            whole.append((size, chain))
            continue
        sums = np.cumsum([length[s] for s, _ in chain])[:-1]
        at = int(np.argmin(np.abs(sums + size / 2))) + 1
        for part in (chain[:at], chain[at:]):
            heappush(waiting, (-float(sum(length[s] for s, _ in part)), part))
    found = [_road(lines, chain, wide) for _, chain in sorted(waiting + whole)[:count]]
    return sorted(found, key=lambda road: (-round(road.line.length, 1), road.line.wkt))


def _road(lines: list[Floats], chain: Chain, wide: NDArray[np.bool_]) -> Road:
    parts = [_turned(lines[s], back)[int(n > 0) :] for n, (s, back) in enumerate(chain)]
    share = sum(bool(wide[s]) for s, _ in chain) / len(chain)
    line = shapely.LineString(np.round(np.concatenate(parts), 2))
    return Road(line, share > 0.5)  # noqa: PLR2004 - most


def _chains(lines: list[Floats]) -> list[Chain]:
    """Return the segments as streets that go straight on."""
    mate = _mates(lines)
    seen: set[int] = set()
    chains = []
    # Begin at ends that nothing goes on from; what is left over are rings.
    ends = [(s, e) for s in range(len(lines)) for e in (0, 1) if (s, e) not in mate]
    for start, end in ends + [(s, 0) for s in range(len(lines))]:
        if start in seen:
            continue
        chain, here = [], (start, end)
        while here[0] not in seen:
            segment, entered = here
            seen.add(segment)
            chain.append((segment, entered == 1))
            gone = mate.get((segment, 1 - entered))
            if gone is None:
                break
            here = gone
        chains.append(chain)
    return chains


def _mates(lines: list[Floats]) -> dict[tuple[int, int], tuple[int, int]]:
    """Pair the ends of segments that go straight on at each node, the straightest first."""
    at: dict[tuple[float, float], list[tuple[int, int]]] = defaultdict(list)
    for segment, xy in enumerate(lines):
        for end in (0, 1):
            at[tuple(np.round(xy[-end], 2).tolist())].append((segment, end))
    mate: dict[tuple[int, int], tuple[int, int]] = {}
    for own in at.values():
        pairs = [
            (bend, one, other)
            for n, one in enumerate(own)
            for other in own[n + 1 :]
            if one[0] != other[0] and (bend := _bend(lines, one, other)) <= _STRAIGHT_DEG
        ]
        for _, one, other in sorted(pairs):
            if one not in mate and other not in mate:
                mate[one], mate[other] = other, one
    return mate


def _bend(lines: list[Floats], one: tuple[int, int], other: tuple[int, int]) -> float:
    away = [_heading(lines[segment], end) for segment, end in (one, other)]
    return round(abs((away[0] - away[1]) % 360 - 180), 6)


def _heading(xy: Floats, end: int) -> float:
    """Return degrees in which a segment leaves one of its ends."""
    off = xy[1] - xy[0] if end == 0 else xy[-2] - xy[-1]
    return float(np.degrees(np.arctan2(off[1], off[0])))


def _turned(xy: Floats, back: bool) -> Floats:  # noqa: FBT001 - a fact of one segment
    return xy[::-1] if back else xy
