"""Which pairs are worth comparing: near each other or namesakes, and not wholly unlike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.gazetteer.linkage.side import Floats, Integers, Side
from geo.gazetteer.linkage.words import Words
from geo.gazetteer.search.letters import fold

Progress = Callable[[float], None]

RADIUS_M: Final = 5_000.0
"""Within which every pair is compared, unless another radius is asked for."""
NAMESAKE_M: Final = 30_000.0
"""As far as namesakes may lie apart when their divisions are not known."""
PLAUSIBLE: Final = 0.4
"""Pairs of which neither text nor sound is this alike are no pairs."""
EARTH_M: Final = 6_371_008.8
_COUNTY: Final = 6
_SHORTEST: Final = 2
_AT_ONCE: Final = 1_000
"""Records whose neighbours are held in memory together."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of a second source and the gazetteer, sorted by position."""

    theirs: Integers
    """(n,) position in the second source."""
    ours: Integers
    """(n,) position in the gazetteer."""
    metres: Floats
    """(n,) between their nearest points; NaN where one has no position."""

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return len(self.theirs)

    def take(self, kept: NDArray[np.bool_] | Integers) -> Pairs:
        """Return some of the pairs."""
        return Pairs(self.theirs[kept], self.ours[kept], self.metres[kept])


def candidates(
    theirs: Words,
    ours: Words,
    *,
    radius_m: float = RADIUS_M,
    progress: Progress | None = None,
) -> Pairs:
    """Return the pairs to compare; none that is near and `PLAUSIBLE` is left out.

    Parameters
    ----------
    theirs, ours
        The names of the second source, and of the gazetteer.
    radius_m
        Pairs this near are compared whatever they are called. Namesakes are compared beyond it
        when both lie in one county, or, where a county is not known, within `NAMESAKE_M`, or
        anywhere when a position is not known either.
    progress
        Told the share that is done.
    """
    one, other = theirs.side, ours.side
    found = [_namesakes(one, other)]
    for near in _near(one, other, radius_m):
        theirs.know(near[:, 0])
        ours.know(near[:, 1])
        kept = near[theirs.may_be(near[:, 0], ours, near[:, 1], least=PLAUSIBLE)]
        found.append(kept[metres(one, other, kept[:, 0], kept[:, 1]) <= radius_m])
        if progress is not None and len(near):
            progress(min(1.0, float(near[:, 0].max() + 1) / len(one)))
    both = np.concatenate(found)
    places = max(1, len(other))
    each = np.unique(both[:, 0] * places + both[:, 1])
    left, right = each // places, each % places
    theirs.know(left)
    ours.know(right)
    return Pairs(left, right, metres(one, other, left, right))


def metres(theirs: Side, ours: Side, one: Integers, other: Integers) -> Floats:
    """Return metres (n,) between records and places, the nearest point of a line or an area."""
    at, to = theirs.lonlat[one], ours.lonlat[other].copy()
    extended = np.zeros(len(ours), dtype=np.bool_)
    extended[list(ours.shapes)] = True
    wide = extended[other] & np.isfinite(at).all(axis=1)
    if wide.any():
        shapes = np.array([ours.shapes[int(k)] for k in other[wide]], dtype=object)
        ways = shapely.shortest_line(shapes, shapely.points(at[wide]))
        to[wide] = shapely.get_coordinates(shapely.get_point(ways, 0))
    return haversine(at, to)


def haversine(one: Floats, other: Floats) -> Floats:
    """Return metres (n,) over the sphere between points (n, 2) in degrees."""
    a, b = np.radians(one), np.radians(other)
    half = np.sin((b - a) / 2) ** 2
    chord = half[:, 1] + np.cos(a[:, 1]) * np.cos(b[:, 1]) * half[:, 0]
    return np.asarray(2 * EARTH_M * np.arcsin(np.sqrt(np.minimum(chord, 1.0))))


def _near(theirs: Side, ours: Side, radius_m: float) -> Iterator[Integers]:
    """Yield the pairs (n, 2) that may be within the radius, those of some records at a time."""
    from sklearn.neighbors import BallTree  # noqa: PLC0415 - takes seconds

    here = np.flatnonzero(theirs.placed)
    wide = np.array(sorted(ours.shapes), dtype=np.int64)
    points = np.setdiff1d(np.flatnonzero(ours.placed), wide)
    trees = [
        (places, reach_m, BallTree(_radians(ours.lonlat[places]), metric="haversine"))
        for places, reach_m in ((points, 0.0), *_by_width(ours, wide))
        if len(places)
    ]
    for start in range(0, len(here), _AT_ONCE):
        some = here[start : start + _AT_ONCE]
        at = _radians(theirs.lonlat[some])
        for places, reach_m, tree in trees:
            near = tree.query_radius(at, (radius_m + reach_m + 1) / EARTH_M)
            left = np.repeat(some, [len(one) for one in near])
            yield np.column_stack([left, places[np.concatenate(near).astype(np.int64)]])


def _by_width(ours: Side, wide: Integers) -> Iterator[tuple[Integers, float]]:
    """Yield lines and areas with how far they reach, those of like width together."""
    if not len(wide):
        return
    bounds = shapely.bounds(np.array([ours.shapes[int(k)] for k in wide], dtype=object))
    middle = ours.lonlat[wide]
    corners = [(bounds[:, x], bounds[:, y]) for x in (0, 2) for y in (1, 3)]
    reach = np.max([haversine(middle, np.column_stack(one)) for one in corners], axis=0)
    size = np.ceil(np.log2(np.maximum(reach, 1.0)))
    for one in np.unique(size):
        yield wide[size == one], float(reach[size == one].max())


def _radians(lonlat: Floats) -> Floats:
    """Return latitude and longitude in radians, as the tree wants them."""
    return np.radians(lonlat[:, ::-1])


def _namesakes(theirs: Side, ours: Side) -> Integers:
    """Return the pairs with a name in common that may be one place, however far apart, (n, 2)."""
    called: defaultdict[str, set[int]] = defaultdict(set)
    mine = [{fold(name.text) for name in names} for names in theirs.names]
    wanted = set().union(*mine)
    for at, names in enumerate(ours.names):
        for name in names:
            text = fold(name.text)
            if text in wanted:
                called[text].add(at)
    found = {
        (at, other)
        for at, texts in enumerate(mine)
        for text in texts
        if len(text) >= _SHORTEST
        for other in called.get(text, ())
    }
    pairs = np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
    apart = metres(theirs, ours, pairs[:, 0], pairs[:, 1])
    kept = [
        _one_county(theirs.division[a], ours.division[b], apart_m)
        for (a, b), apart_m in zip(pairs.tolist(), apart, strict=True)
    ]
    return pairs[np.array(kept, dtype=np.bool_)]


def _one_county(one: str, other: str, apart_m: float) -> bool:
    if one and other:
        return one[:_COUNTY] == other[:_COUNTY]
    return bool(np.isnan(apart_m) or apart_m <= NAMESAKE_M)
