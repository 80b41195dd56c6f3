"""What happens to every facility, and who goes where afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from optimization.problem import Problem
from optimization.siting import Siting

Action = Literal["none", "kept", "expanded", "moved", "closed", "opened", "received"]
"""``received``: a facility moves here. ``none``: a candidate that is not used."""
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)


def _no_floats() -> NDArray[np.float64]:
    return np.zeros(0)


def _no_rows() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


class Heir(NamedTuple):
    """Where one demand point of a facility that closes or moves is served afterwards."""

    demand: int
    site: int
    minutes_before: float
    minutes_after: float
    amount: float
    """People, or m²."""


@dataclass(frozen=True, slots=True)
class Changes(Siting):
    """The plan; arrays are (n_site,) unless said otherwise."""

    action: NDArray[np.int64] = field(default_factory=_no_rows)
    """Position in `ACTIONS`."""
    added_m2: NDArray[np.float64] = field(default_factory=_no_floats)
    moved_to: NDArray[np.int64] = field(default_factory=_no_rows)
    """Site that takes a moved facility, -1 else."""
    cost_yuan: NDArray[np.float64] = field(default_factory=_no_floats)
    """Of what is done at each site, rent not included."""
    part_demand: NDArray[np.int64] = field(default_factory=_no_rows)
    part_site: NDArray[np.int64] = field(default_factory=_no_rows)
    part_amount: NDArray[np.float64] = field(default_factory=_no_floats)
    """Who is served where afterwards: people, or m²."""
    unserved: NDArray[np.float64] = field(default_factory=_no_floats)
    """(n_demand,)"""

    def heirs(self, problem: Problem, site: int, *, limit_min: float) -> Iterator[Heir]:
        """Yield where everybody in the circle of a site that closes or moves is served instead.

        Parameters
        ----------
        problem
            The question.
        site
            Position of the facility.
        limit_min
            The circle: whoever walks to it within these minutes today.
        """
        minutes = problem.within(limit_min)
        before = dict(
            zip(
                minutes.rows[minutes.indices == site].tolist(),
                minutes.minutes[minutes.indices == site].tolist(),
                strict=True,
            )
        )
        walk = {
            (int(i), int(j)): float(t)
            for i, j, t in zip(minutes.rows, minutes.indices, minutes.minutes, strict=True)
            if int(i) in before
        }
        for i, j, amount in zip(self.part_demand, self.part_site, self.part_amount, strict=True):
            if int(i) in before:
                yield Heir(int(i), int(j), before[int(i)], walk[int(i), int(j)], float(amount))
