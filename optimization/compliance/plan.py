"""A plan that closes shortfalls: which rooms, how large, and what each estate is given."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimization.siting import Siting


def _no_floats() -> NDArray[np.float64]:
    return np.zeros(0)


def _no_rows() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


def _no_flags() -> NDArray[np.bool_]:
    return np.zeros(0, bool)


@dataclass(frozen=True, slots=True)
class Compliance(Siting):
    """The rooms that close the shortfalls, and how their floor area is divided.

    The last five arrays are one row a part of a room: ``part_m2[r]`` of site ``part_site[r]``
    counts for demand point ``part_demand[r]``; where ``part_named[r]`` it has to be recorded as
    that estate's own, else it is its part, by households, of a room its community shares.
    """

    added_m2: NDArray[np.float64] = field(default_factory=_no_floats)
    """(n_site,) floor area added at each site."""
    shared_m2: NDArray[np.float64] = field(default_factory=_no_floats)
    """(n_site,) how much of it is recorded as shared by the community, none as one estate's."""
    cost_yuan: NDArray[np.float64] = field(default_factory=_no_floats)
    """(n_site,)"""
    unmet_m2: NDArray[np.float64] = field(default_factory=_no_floats)
    """(n_demand,) what no room in the circle can meet; 0 unless the caller allowed it."""
    part_demand: NDArray[np.int64] = field(default_factory=_no_rows)
    part_site: NDArray[np.int64] = field(default_factory=_no_rows)
    part_m2: NDArray[np.float64] = field(default_factory=_no_floats)
    part_named: NDArray[np.bool_] = field(default_factory=_no_flags)
