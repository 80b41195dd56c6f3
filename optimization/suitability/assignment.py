"""Which burial place takes which village: villages inside the zones first, then all."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import say
from optimization.solver import Program, solve

Floats = NDArray[np.float64]

LIMIT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Assigned:
    """A place for every village that can have one."""

    place: NDArray[np.int64]
    """(n_village,) place of each, -1 where none is left for it."""
    served_priority: float
    """Places given to villages that come first."""
    served: float
    """Places given to all."""
    place_metres: float
    """Sum over the villages of places × metres."""
    proven: bool
    """All three answers are proven the best there are."""


def assign(
    needed: Floats,
    first: NDArray[np.bool_],
    capacity: Floats,
    distance_m: Floats,
    *,
    farthest_m: float,
    limit_s: float = LIMIT_S,
) -> Assigned:
    """Give each village wholly to one burial place.

    In this order: as many places as can be for the villages that come first, then for all, then
    the shortest ways. Each step is a whole-number program: maximise ``sum d_v x_vs`` (first the
    priority villages' alone), then minimise ``sum d_v l_vs x_vs``, subject to ``sum_s x_vs <= 1``,
    ``sum_v d_v x_vs <= c_s`` and what the steps before achieved.

    Parameters
    ----------
    needed : (n_village,)
        Places each village needs; whole numbers.
    first : (n_village,)
        Villages that come first.
    capacity : (n_place,)
        Places each burial place has.
    distance_m : (n_village, n_place)
        Straight distances.
    farthest_m
        No village goes farther.
    limit_s
        Seconds for each step.

    Raises
    ------
    DataError
        A need or a capacity is unknown or negative.

    Examples
    --------
    >>> found = assign(np.array([5.0, 4.0]), np.array([False, True]), np.array([6.0]),
    ...                np.array([[10.0], [90.0]]), farthest_m=100)
    >>> found.place.tolist()
    [-1, 0]
    """
    if not ((needed >= 0).all() and (capacity >= 0).all()):
        raise DataError(
            say("村的需求和安葬点的容量都须已知。", "needs and capacities must be known")
        )
    village, place = np.nonzero(distance_m <= farthest_m)
    useful = needed[village] > 0
    village, place = village[useful], place[useful]
    if not len(village):
        return Assigned(np.full(len(needed), -1), 0.0, 0.0, 0.0, proven=True)
    amount, metres = needed[village], distance_m[village, place]
    rows = [
        *_rows(village, np.ones(len(village)), np.ones(len(needed))),
        *_rows(place, amount, capacity),
    ]
    proven, x = True, np.zeros(len(village))
    for goal in (np.where(first[village], amount, 0.0), amount):
        answer = _solved(goal, rows, x, limit_s=limit_s, maximise=True)
        x, best = answer
        proven &= best
        rows.append((np.arange(len(goal)), goal, round(float(goal @ x)), np.inf))
    x, best = _solved(amount * metres, rows, x, limit_s=limit_s, maximise=False)
    chosen = x > 0.5  # noqa: PLR2004 - a whole variable is 0 or 1
    given = np.full(len(needed), -1)
    given[village[chosen]] = place[chosen]
    return Assigned(
        place=given,
        served_priority=float(needed[(given >= 0) & first].sum()),
        served=float(needed[given >= 0].sum()),
        place_metres=float((amount * metres)[chosen].sum()),
        proven=proven and best,
    )


_Row = tuple[NDArray[np.int64], Floats, float, float]


def _rows(group: NDArray[np.int64], value: Floats, most: Floats) -> list[_Row]:
    """Return for each group: the sum of its columns times their values is at most so much."""
    order = np.argsort(group, kind="stable")
    start = np.searchsorted(group[order], np.arange(len(most) + 1))
    columns = [order[a:b] for a, b in pairwise(start)]
    return [
        (own, value[own], -np.inf, float(most[at])) for at, own in enumerate(columns) if len(own)
    ]


def _solved(
    goal: Floats, rows: list[_Row], start: Floats, *, limit_s: float, maximise: bool
) -> tuple[Floats, bool]:
    n = len(goal)
    if maximise and not goal.any():
        return start, True
    answer = solve(
        Program(
            cost=goal,
            lower=np.zeros(n),
            upper=np.ones(n),
            integer=np.ones(n, bool),
            indptr=np.cumsum([0, *(len(row[0]) for row in rows)]).astype(np.int64),
            indices=np.concatenate([row[0] for row in rows]).astype(np.int32),
            values=np.concatenate([row[1] for row in rows]).astype(np.float64),
            row_lower=np.array([row[2] for row in rows]),
            row_upper=np.array([row[3] for row in rows]),
            maximise=maximise,
        ),
        limit_s=limit_s,
        start=start,
    )
    if not len(answer.x):
        return start, False
    return np.rint(answer.x), answer.outcome == "optimal"
