"""What opening a gate does by itself: who walks how much less."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.travel.whatif import WhatIf
from optimization.gate_options import GateKind, Gates
from optimization.problem import Problem
from optimization.reached import always_open


@dataclass(frozen=True, slots=True)
class GateGain:
    """What one gate does by itself."""

    id: str
    kind: GateKind
    demand: int
    """Position of the demand point."""
    name: str
    """Of the demand point."""
    people: float
    before_min: float
    """Minutes to the nearest open site today; NaN = none in reach."""
    after_min: float
    """Minutes with the gate open; of an assumed gate, minutes if it is not there."""
    covered: float
    """People newly within the limit; of an assumed gate, below 0: those who depend on it."""
    cost_yuan: float

    @property
    def saved_min(self) -> float:
        """Minutes a person walks less; NaN where one of the walks is unknown."""
        return self.before_min - self.after_min

    @property
    def person_minutes(self) -> float:
        """Minutes that all its people together walk less."""
        return self.people * self.saved_min


def gate_gains(
    problem: Problem,
    gates: Gates,
    *,
    opened: NDArray[np.int32] | None = None,
    weight: str = "elders",
    limit_min: float = 15.0,
) -> tuple[GateGain, ...]:
    """Return what every gate does alone, most people newly covered first, then most minutes saved.

    Minutes are those of the streets, to the millisecond: `geo.travel.whatif` opens each gate (or
    takes away an assumed one) and repairs the walks.

    Parameters
    ----------
    problem
        The problem.
    gates
        The gates; see `optimization.gate_options.gate_options`.
    opened
        Sites that are open; by default those that stand or must be.
    weight, limit_min
        Whom to count, and within how many minutes.
    """
    people, limit = problem.weight(weight), problem.limit_ms(limit_min)
    sites = np.flatnonzero(always_open(problem.sites)) if opened is None else opened
    stations = gates.stations
    is_open = np.isin(np.arange(len(stations)), sites)
    town = WhatIf(
        gates.network,
        gates.doors,
        replace(stations, edge=np.where(is_open, stations.edge, -1).astype(np.int32)),
        profile=gates.profile,
        limit_min=problem.horizon_min,
        owner=gates.owner,
        n_owner=problem.n_demand,
        gate_open=gates.open,
    )
    before = town.minutes
    gains = []
    for k in range(len(gates)):
        point, kind = int(gates.demand[k]), str(gates.kind[k])
        town.set_gate(int(gates.door[k]), open_=kind != "assumed")
        after = float(town.minutes[point])
        town.undo()
        was, now = _within(before[point], limit), _within(after, limit)
        gains.append(
            GateGain(
                id=str(gates.id[k]),
                kind=kind,  # type: ignore[arg-type]
                demand=point,
                name=str(problem.demand_name[point]),
                people=float(people[point]),
                before_min=float(before[point]),
                after_min=after,
                covered=float(people[point]) * (int(now) - int(was)),
                cost_yuan=float(gates.cost_yuan[k]),
            )
        )
    return tuple(sorted(gains, key=lambda g: (-g.covered, -np.nan_to_num(g.person_minutes), g.id)))


def _within(minutes: float, limit: int) -> bool:
    return bool(round(minutes * 60_000) <= limit) if np.isfinite(minutes) else False
