"""Who is reached by which open sites: demand reached alike taken together, and a program of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError
from geo.text import listed, say, yuan
from optimization.problem import Problem, Sites
from optimization.siting import Siting
from optimization.solver import Program

_WHOLE_TOLERANCE: Final = 1e-6
_MOST_TOLERANCE: Final = 0.01
_SAME: Final = 1e-9
_LAST_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Reached:
    """Demand by the sites that reach it; sites that stand in every plan are settled beforehand."""

    indptr: NDArray[np.int64]
    """(n_cell + 1,) a cell is demand of one township that the same free sites reach."""
    indices: NDArray[np.int32]
    """(n_pair,) free sites of each cell, as positions in `free`."""
    area: NDArray[np.int32]
    """(n_cell,) township of each cell, -1 = none."""
    cell: NDArray[np.int64]
    """(n_demand,) cell of each demand point; -1 = reached by a kept site, -2 = by none at all."""
    free: NDArray[np.int64]
    """(n_free,) positions of the sites that a plan may open or leave."""
    kept: NDArray[np.int64]
    """Positions of the sites that are open in every plan."""

    @property
    def n_cell(self) -> int:
        """Number of cells."""
        return len(self.indptr) - 1

    @property
    def rows(self) -> NDArray[np.int64]:
        """(n_pair,) cell of each pair."""
        return np.repeat(np.arange(self.n_cell), np.diff(self.indptr))

    def people(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n_cell,) people of each cell."""
        mine = self.cell >= 0
        return np.bincount(self.cell[mine], weight[mine], minlength=self.n_cell).astype(np.float64)

    def settled(self, weight: NDArray[np.float64]) -> float:
        """Return the people whom the kept sites reach."""
        return float(weight[self.cell == -1].sum())

    def times(self, opened: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return (n_cell,) by how many of the opened free sites, (n_free,), it is reached."""
        return np.bincount(self.rows[opened[self.indices]], minlength=self.n_cell)

    def covered(self, opened: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return (n_demand,) whether the kept and the opened sites reach a demand point."""
        hit = np.append(self.times(opened) > 0, [False, True])
        return hit[self.cell]


def always_open(sites: Sites) -> NDArray[np.bool_]:
    """Return the sites that stay or must be: nothing that stands is closed unless it is forbidden.

    Closing saves nothing that these models count, so a closable site stays open as well.
    """
    return sites.fixed_open | (sites.existing & ~sites.never)


def standing(sites: Sites) -> NDArray[np.bool_]:
    """Return the existing sites that stay: what must be built is not there yet."""
    return always_open(sites) & sites.existing


def reached(
    problem: Problem, limit_min: float, *, kept: NDArray[np.bool_] | None = None
) -> Reached:
    """Merge the demand of a problem by township and by the free sites within the limit.

    Parameters
    ----------
    problem
        The problem.
    limit_min
        A site reaches demand within these minutes.
    kept : (n_site,)
        Sites that are open in every plan; by default `always_open`.
    """
    sites = problem.sites
    kept = always_open(sites) if kept is None else kept
    is_free = ~kept & ~sites.never
    within = problem.within(limit_min)
    rows = within.rows
    by_kept = np.bincount(rows[kept[within.indices]], minlength=problem.n_demand) > 0
    use = is_free[within.indices] & ~by_kept[rows]
    rows, columns = rows[use], within.indices[use]
    key = np.random.default_rng(0).integers(2**63, size=(len(sites), 2), dtype=np.uint64)
    marks = np.zeros((problem.n_demand, 2), dtype=np.uint64)
    np.add.at(marks, rows, key[columns])
    some = np.flatnonzero(np.bincount(rows, minlength=problem.n_demand))
    alike = np.column_stack([marks[some], problem.area[some].astype(np.int64).view(np.uint64)])
    _, first, inverse = np.unique(alike, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.ravel()  # numpy 2.0 gives it two dimensions
    order = np.argsort(first, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    cell = np.where(by_kept, -1, -2).astype(np.int64)
    cell[some] = place[inverse.reshape(-1)]
    chosen = some[first[order]]
    is_chosen = np.zeros(problem.n_demand, dtype=bool)
    is_chosen[chosen] = True
    position = np.cumsum(is_free) - 1
    pairs = is_chosen[rows]
    counts = np.bincount(rows[pairs], minlength=problem.n_demand)[chosen]
    return Reached(
        indptr=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        indices=position[columns[pairs]].astype(np.int32),
        area=problem.area[chosen],
        cell=cell,
        free=np.flatnonzero(is_free),
        kept=np.flatnonzero(kept),
    )


def serve(problem: Problem, opened: NDArray[np.bool_], limit_min: float) -> NDArray[np.int32]:
    """Return (n_demand,) the nearest open site within the limit, -1 = none; ties to the first."""
    within = problem.within(limit_min)
    rows = within.rows
    use = opened[within.indices]
    rows, columns, ms = rows[use], within.indices[use], within.ms[use]
    order = np.lexsort((columns, ms, rows))
    demand, first = np.unique(rows[order], return_index=True)
    nearest = np.full(problem.n_demand, -1, dtype=np.int32)
    nearest[demand] = columns[order][first]
    return nearest


@dataclass(slots=True)
class Draft:
    """A program while it is being written: columns first, rows over them."""

    _cost: list[NDArray[np.float64]] = field(default_factory=list)
    _lower: list[NDArray[np.float64]] = field(default_factory=list)
    _upper: list[NDArray[np.float64]] = field(default_factory=list)
    _integer: list[NDArray[np.bool_]] = field(default_factory=list)
    _counts: list[NDArray[np.int64]] = field(default_factory=list)
    _indices: list[NDArray[np.int64]] = field(default_factory=list)
    _values: list[NDArray[np.float64]] = field(default_factory=list)
    _row_lower: list[NDArray[np.float64]] = field(default_factory=list)
    _row_upper: list[NDArray[np.float64]] = field(default_factory=list)
    _n_column: int = 0

    def columns(
        self,
        count: int,
        *,
        cost: NDArray[np.float64] | float = 0.0,
        lower: NDArray[np.float64] | float = 0.0,
        upper: NDArray[np.float64] | float = 1.0,
        integer: bool = False,
    ) -> NDArray[np.int64]:
        """Add variables and return their numbers."""
        for kept, value in (
            (self._cost, cost),
            (self._lower, lower),
            (self._upper, upper),
        ):
            kept.append(np.broadcast_to(np.asarray(value, dtype=np.float64), (count,)))
        self._integer.append(np.full(count, integer))
        self._n_column += count
        return np.arange(self._n_column - count, self._n_column)

    def charge(self, columns: NDArray[np.int64], cost: NDArray[np.float64] | float) -> None:
        """Set the cost of variables."""
        joined = _joined(self._cost)
        joined[columns] = cost
        self._cost = [joined]

    def row(
        self,
        indices: NDArray[np.int64],
        values: NDArray[np.float64] | float,
        *,
        lower: float = -np.inf,
        upper: float = np.inf,
    ) -> None:
        """Add one row ``lower <= values @ x[indices] <= upper``."""
        self.rows(np.array([len(indices)]), indices, values, lower=lower, upper=upper)

    def rows(
        self,
        counts: NDArray[np.int64],
        indices: NDArray[np.int64],
        values: NDArray[np.float64] | float,
        *,
        lower: NDArray[np.float64] | float = -np.inf,
        upper: NDArray[np.float64] | float = np.inf,
    ) -> None:
        """Add many rows, ``counts`` entries each."""
        self._counts.append(np.asarray(counts, dtype=np.int64))
        self._indices.append(indices)
        self._values.append(np.broadcast_to(np.asarray(values, np.float64), (len(indices),)))
        for kept, value in ((self._row_lower, lower), (self._row_upper, upper)):
            kept.append(np.broadcast_to(np.asarray(value, dtype=np.float64), (len(counts),)))

    def reach_rows(self, cells: Reached, hit: NDArray[np.int64], site: NDArray[np.int64]) -> None:
        """Add ``hit[c] <= sum of the sites that reach c`` for every cell."""
        counts = np.diff(cells.indptr)
        indices, values = _beside(cells, hit, site)
        self.rows(counts + 1, indices, values, upper=0.0)

    def honest_rows(self, cells: Reached, hit: NDArray[np.int64], site: NDArray[np.int64]) -> None:
        """Add ``site[j] <= hit[c]`` for every pair: whoever is reached is counted as reached."""
        pairs = np.column_stack([site[cells.indices], hit[cells.rows]]).reshape(-1)
        self.rows(
            np.full(len(cells.indices), 2),
            pairs,
            np.tile([1.0, -1.0], len(cells.indices)),
            upper=0.0,
        )

    def program(self, *, maximise: bool) -> Program:
        """Return the program as it stands."""
        counts = np.concatenate([np.zeros(1, dtype=np.int64), *self._counts])
        return Program(
            cost=_joined(self._cost),
            lower=_joined(self._lower),
            upper=_joined(self._upper),
            integer=np.concatenate([np.zeros(0, dtype=np.bool_), *self._integer]),
            indptr=np.cumsum(counts),
            indices=np.concatenate([np.zeros(0, np.int64), *self._indices]).astype(np.int32),
            values=_joined(self._values),
            row_lower=_joined(self._row_lower),
            row_upper=_joined(self._row_upper),
            maximise=maximise,
        )


def proven(bound: float, value: float, *weights: NDArray[np.float64]) -> float:
    """Return an upper bound as tight as whole weights allow, never below a value reached.

    Where every weight is whole, so is every value, and the bound is rounded down; a solver's bound
    is off by its tolerance, which is forgiven first.
    """
    if not np.isfinite(bound):
        return bound
    if all(bool((weight == np.rint(weight)).all()) for weight in weights):
        slack = min(_WHOLE_TOLERANCE * max(1.0, abs(bound)), _MOST_TOLERANCE)
        bound = float(np.floor(bound + slack))
    return max(bound, value)


@dataclass(frozen=True, slots=True)
class Clock:
    """The time one question may take."""

    limit_s: float
    begun: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Seconds gone."""
        return time.perf_counter() - self.begun

    @property
    def left_s(self) -> float:
        """Seconds that remain, at least a few for what has been begun."""
        return max(_LAST_S, self.limit_s - self.seconds)


@dataclass(frozen=True, slots=True)
class Ask:
    """One question about coverage: whom to count, how far they walk, how much may be built."""

    problem: Problem
    cells: Reached
    weight: str
    people: NDArray[np.float64]
    """(n_demand,) of the weight."""
    limit_min: float
    p: int | None
    budget_yuan: float | None

    @property
    def cost_yuan(self) -> NDArray[np.float64]:
        """(n_free,) what each free site costs."""
        return self.problem.sites.cost_yuan[self.cells.free]

    @property
    def sites_left(self) -> float:
        """New sites that may be opened beside those that must be."""
        if self.p is None:
            return float("inf")
        return float(self.p - _new_musts(self.problem).sum())

    @property
    def yuan_left(self) -> float:
        """Yuan that remain when the sites that must be open are paid."""
        if self.budget_yuan is None:
            return float("inf")
        paid = self.problem.sites.cost_yuan[_new_musts(self.problem)].sum()
        return float(self.budget_yuan - paid)

    def allows(self, opened: NDArray[np.bool_]) -> bool:
        """Return whether the free sites given, (n_free,), are within number and budget."""
        return bool(
            opened.sum() <= self.sites_left
            and self.cost_yuan[opened].sum() <= self.yuan_left * (1 + _SAME)
        )

    def columns(self, draft: Draft) -> NDArray[np.int64]:
        """Add the free sites to a program, with the rows that keep their number and cost."""
        site = draft.columns(len(self.cells.free), integer=True)
        if np.isfinite(self.sites_left):
            draft.row(site, 1.0, upper=self.sites_left)
        if np.isfinite(self.yuan_left):
            draft.row(site, self.cost_yuan, upper=self.yuan_left)
        return site

    def started(self, start: Siting | None) -> NDArray[np.bool_] | None:
        """Return (n_free,) the free sites of an earlier plan; None when they are not allowed."""
        opened = np.zeros(len(self.cells.free), dtype=bool)
        if start is not None:
            opened = np.isin(self.cells.free, start.sites)
        return opened if self.allows(opened) else None

    def answer(
        self,
        opened: NDArray[np.bool_],
        *,
        clock: Clock,
        measures: Mapping[str, float],
        parameters: Mapping[str, Any],
        **known: Any,  # noqa: ANN401 - the other fields of a Siting
    ) -> Siting:
        """Return the plan that opens these free sites, (n_free,)."""
        sites = self.problem.sites
        is_open = np.zeros(len(sites), dtype=bool)
        is_open[self.cells.kept] = True
        is_open[self.cells.free[opened]] = True
        new = is_open & ~sites.existing
        return Siting(
            sites=np.flatnonzero(is_open).astype(np.int32),
            assignment=serve(self.problem, is_open, self.limit_min),
            seconds=clock.seconds,
            measures={
                "new_sites": float(new.sum()),
                "cost_yuan": float(sites.cost_yuan[new].sum()),
                **measures,
            },
            parameters={
                "weight": self.weight,
                "limit_min": self.limit_min,
                "p": self.p,
                "budget_yuan": self.budget_yuan,
                **parameters,
            },
            **known,
        )


def asked(
    problem: Problem,
    *,
    weight: str,
    limit_min: float,
    p: int | None,
    budget_yuan: float | None,
) -> Ask:
    """Check a question and merge its demand.

    Raises
    ------
    DataError
        Neither a number of sites nor a budget is given, or one is negative or no number.
    InfeasibleError
        The sites that must be open exceed them.
    """
    if p is None and budget_yuan is None:
        raise DataError(
            say("没有给出新建几处或预算多少。", "neither a number of sites nor a budget is given."),
            hint=say("请给出 p 或 budget_yuan。", "give p or budget_yuan."),
        )
    for value, zh, en in ((p, "新建处数", "number of sites"), (budget_yuan, "预算", "budget")):
        if value is not None and not (np.isfinite(value) and value >= 0):
            raise DataError(
                say(
                    f"{zh}应为非负数，现为 {value}。", f"the {en} must be 0 or more, found {value}."
                )
            )
    people, cells = problem.weight(weight), reached(problem, limit_min)
    ask = Ask(problem, cells, weight, people, limit_min, p, budget_yuan)
    _check_musts(ask)
    return ask


def _new_musts(problem: Problem) -> NDArray[np.bool_]:
    return problem.sites.must & ~problem.sites.existing


def _check_musts(ask: Ask) -> None:
    sites, must = ask.problem.sites, _new_musts(ask.problem)
    names = listed(sites.name[must])
    if ask.sites_left < 0:
        raise InfeasibleError(
            say(
                f"必选点有 {must.sum()} 个（{names}），多于可新建的 {ask.p} 处。",
                f"{must.sum()} sites must be open ({names}), more than the {ask.p} allowed.",
            ),
            hint=say(
                f"请把新建处数提到 {must.sum()}，或减少必选点。",
                f"allow {must.sum()} new sites, or demand fewer.",
            ),
            conflicts=(f"must: {names}", f"p = {ask.p}"),
        )
    if ask.yuan_left < 0:
        wanted, given = float(sites.cost_yuan[must].sum()), yuan(ask.budget_yuan or 0.0, digits=4)
        raise InfeasibleError(
            say(
                f"必选点（{names}）共需 {yuan(wanted, digits=4)}，超出预算 {given}。",
                f"the sites that must be open ({names}) cost {yuan(wanted)}, more than the "
                f"budget of {given}.",
            ),
            hint=say(
                f"请增加预算 {yuan(-ask.yuan_left, digits=4)}，或减少必选点。",
                f"add {yuan(-ask.yuan_left)}, or demand fewer.",
            ),
            conflicts=(f"must: {names}", say(f"预算 {given}", f"a budget of {given}")),
        )


def _beside(
    cells: Reached, hit: NDArray[np.int64], site: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the entries of `Draft.reach_rows`: the cell's own, then those of its sites."""
    length = len(cells.indices) + cells.n_cell
    own = cells.indptr[:-1] + np.arange(cells.n_cell)
    indices, values = np.empty(length, dtype=np.int64), np.full(length, -1.0)
    is_own = np.zeros(length, dtype=bool)
    is_own[own] = True
    indices[own], values[own] = hit, 1.0
    indices[~is_own] = site[cells.indices]
    return indices, values


def _joined(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate([np.zeros(0), *parts])
