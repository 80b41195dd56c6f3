"""Who has a place where, and who is left without one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimization.siting import Siting


def _no_floats() -> NDArray[np.float64]:
    return np.zeros(0)


def _no_rows() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Capacitated(Siting):
    """A plan in which every site serves no more people than it can hold.

    ``part_people[r]`` people of demand point ``part_demand[r]`` have a place in ``part_site[r]``;
    ``assignment`` names the site that takes most of a demand point.
    """

    part_demand: NDArray[np.int64] = field(default_factory=_no_rows)
    part_site: NDArray[np.int64] = field(default_factory=_no_rows)
    part_people: NDArray[np.float64] = field(default_factory=_no_floats)
    unplaced: NDArray[np.float64] = field(default_factory=_no_floats)
    """(n_demand,) people without a place within the limit."""
    load: NDArray[np.float64] = field(default_factory=_no_floats)
    """(n_site,) people placed, those that were there before included."""


def main_site(
    n_demand: int,
    demand: NDArray[np.int64],
    site: NDArray[np.int64],
    amount: NDArray[np.float64],
) -> NDArray[np.int32]:
    """Return (n_demand,) the site that serves most of each demand point, -1 = none."""
    main = np.full(n_demand, -1, np.int32)
    order = np.lexsort((-site, amount))
    main[demand[order]] = site[order]
    return main
