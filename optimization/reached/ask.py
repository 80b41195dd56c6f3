"""A question about coverage: whom to count, how far they walk, how much may be built, how long."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError
from geo.text import listed, say, yuan
from optimization.problem import Problem
from optimization.reached.cells import Reached, reached, serve
from optimization.reached.draft import Draft
from optimization.siting import Siting

_WHOLE_TOLERANCE: Final = 1e-6
_MOST_TOLERANCE: Final = 0.01
_SAME: Final = 1e-9
_LAST_S: Final = 1.0


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
