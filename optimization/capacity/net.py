"""People, places and the walks within the limit: the arrays of capacitated questions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import say
from optimization.problem import Problem

Numbers = NDArray[np.float64]


class Net(NamedTuple):
    """Pairs within the limit, by demand and by site."""

    ptr: NDArray[np.int64]
    col: NDArray[np.int32]
    row: NDArray[np.int32]
    minutes: Numbers
    """(n_pair,)"""
    site_ptr: NDArray[np.int64]
    site_pair: NDArray[np.int32]
    people: Numbers
    """(n,)"""
    room: Numbers
    """(m,) places that are not taken; never more than people within the limit."""


def net_of(
    problem: Problem,
    *,
    weight: str,
    limit_min: float,
    sites: NDArray[np.bool_],
    load: Iterable[float] | None,
) -> Net:
    """Return the arrays of a question; only pairs with people and with one of the sites.

    Raises
    ------
    DataError
        Loads are not one a site, or not numbers of 0 or more.
    """
    taken = np.zeros(problem.n_site) if load is None else np.asarray(load, np.float64)
    if taken.shape != (problem.n_site,) or not (np.isfinite(taken) & (taken >= 0)).all():
        raise DataError(
            say(
                f"现有服务人数须为每个站点一个非负数，共 {problem.n_site} 个。",
                f"the present load has to be one number of 0 or more for each of "
                f"{problem.n_site} sites",
            )
        )
    people = problem.weight(weight)
    minutes = problem.within(limit_min)
    keep = sites[minutes.indices] & (people[minutes.rows] > 0)
    row, col = minutes.rows[keep].astype(np.int32), minutes.indices[keep]
    near = np.bincount(col, people[row], minlength=problem.n_site)
    return Net(
        ptr=_starts(row, problem.n_demand),
        col=col,
        row=row,
        minutes=minutes.minutes[keep],
        site_ptr=_starts(col, problem.n_site),
        site_pair=np.argsort(col, kind="stable").astype(np.int32),
        people=people,
        room=np.minimum(np.maximum(problem.sites.capacity - taken, 0.0), near),
    )


def whole_numbers(net: Net) -> bool:
    """Say whether people and places are whole, so that a plan places a whole number of people."""
    return bool(
        (net.people == np.round(net.people)).all() and (net.room == np.round(net.room)).all()
    )


def _starts(of: NDArray[np.int32], n: int) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(np.bincount(of, minlength=n)))).astype(np.int64)
