"""Where to build so that no township is left behind: the worst share first, or little inequality.

A township's *share* is its people within the limit over all its people, of one weight. Townships
without people have no share. A township that no site reaches has a share of 0 whatever is built;
`max_min_cover` leaves it out of the worst and says how many there are, else it would hide all
others. Existing sites stay open, those that are closable too: closing one never raises a share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError
from geo.text import say
from optimization.problem import Problem
from optimization.reached import Ask, Clock, Draft, asked, proven
from optimization.siting import Siting
from optimization.solver import Solution, solve

_ROUNDS: Final = 12
"""Programs after which the search for the least Gini stops; it is done in 3 to 5."""

_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Shares:
    """People by township."""

    areas: NDArray[np.int64]
    """(n_area,) positions in `Problem.area_names` of the townships that have people."""
    people: NDArray[np.float64]
    """(n_area,) all their people."""
    covered: NDArray[np.float64]
    """(n_area,) their people within the limit."""

    @property
    def share(self) -> NDArray[np.float64]:
        """(n_area,) people within the limit over all people."""
        return self.covered / self.people

    @property
    def gini(self) -> float:
        """Gini coefficient of the shares, every township counted once; 0 where nobody is covered.

        ``sum_{a<b} |s_a - s_b| / (n * sum_a s_a)``: 0 when all shares are equal, at most
        ``1 - 1/n``, when one township alone is covered.
        """
        return gini(self.share)


def gini(values: NDArray[np.float64]) -> float:
    """Return the Gini coefficient of values that are 0 or more; 0 when all of them are 0.

    Examples
    --------
    >>> gini(np.array([0.5, 0.5])), gini(np.array([1.0, 0.0]))
    (0.0, 0.5)
    """
    total = values.sum()
    if total <= 0:
        return 0.0
    rank = 2 * np.arange(1, len(values) + 1) - len(values) - 1
    return max(0.0, float((rank * np.sort(values)).sum() / (len(values) * total)))


def shares(problem: Problem, covered: NDArray[np.bool_], weight: NDArray[np.float64]) -> Shares:
    """Return people and covered people by township; demand outside all townships is left out.

    Raises
    ------
    DataError
        No demand point with people lies in a township.
    """
    inside = problem.area >= 0
    n_area = len(problem.area_names)
    people = np.bincount(problem.area[inside], weight[inside], minlength=n_area)
    hit = inside & covered
    reached_people = np.bincount(problem.area[hit], weight[hit], minlength=n_area)
    some = np.flatnonzero(people > 0)
    if not len(some):
        raise DataError(
            say(
                "没有任何乡镇街道有需求，谈不上各地均衡。",
                "no township has any demand: there is nothing to balance.",
            ),
            hint=say("请检查村居边界和人数。", "check the communities and their people."),
        )
    return Shares(
        areas=some,
        people=people[some].astype(np.float64),
        covered=reached_people[some].astype(np.float64),
    )


def max_min_cover(
    problem: Problem,
    *,
    p: int | None = None,
    budget_yuan: float | None = None,
    weight: str = "elders",
    limit_min: float = 15.0,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    start: Siting | None = None,
) -> Siting:
    """Raise the share of the worst township as far as it goes, then cover as many as possible.

    Maximise ``t`` subject to ``sum_{i in a} w_i z_i >= t W_a`` for every township ``a``,
    ``z_i <= sum_{j reaches i} y_j`` and ``sum_j y_j <= p`` (or the costs within the budget); then,
    with every township held at what the best ``t`` asks, maximise ``sum_i w_i z_i``.

    Parameters
    ----------
    problem
        The problem.
    p, budget_yuan
        Most new sites, most yuan for them; one of them or both.
    weight
        Whom to count.
    limit_min
        A site reaches demand within these minutes.
    limit_s
        Ceiling of the time, for both steps together.
    gap
        Relative gap of the worst share to be content with.
    seed
        Of the solver.
    start
        A plan to begin from.

    Returns
    -------
    Siting
        Objective and bound are the share of the worst township (unit ``share``).
        ``measures["covered"]`` people are within the limit, and no plan with so good a worst share
        covers more than ``measures["covered_bound"]``.

    Raises
    ------
    DataError
        Neither ``p`` nor a budget is given, or no township has demand.
    InfeasibleError
        The sites that must be open exceed ``p`` or the budget.

    References
    ----------
    Marsh and Schilling (1994), European Journal of Operational Research 74(1).
    """
    clock = Clock(limit_s)
    ask = asked(problem, weight=weight, limit_min=limit_min, p=p, budget_yuan=budget_yuan)
    towns = Towns.of(ask)
    opened = ask.started(start)
    best, bound, stopped = 0.0, 0.0, False
    if towns.counted.any():
        step = _worst_step(ask, towns)
        found = step.solve(opened, clock=clock, gap=gap, seed=seed)
        opened = _better(towns, opened, step.opened(found))
        best = towns.worst(opened)
        stopped = found.outcome == "stopped"
        bound = max(best, min(1.0, found.bound if np.isfinite(found.bound) else 1.0))
    step = _total_step(ask, towns, floor=best)
    found = step.solve(opened, clock=clock, gap=0.0, seed=seed)
    if len(found.x):
        opened = step.opened(found)
    assert opened is not None  # opening nothing more is a plan, and so is the one of the first step
    total = float(ask.people[ask.cells.covered(opened)].sum())
    stopped |= found.outcome == "stopped"
    return ask.answer(
        opened,
        model="max_min_cover",
        sense="max",
        objective=towns.worst(opened),
        bound=bound,
        unit="share",
        clock=clock,
        seed=seed,
        asked_gap=gap,
        parameters={},
        measures={
            "covered": total,
            "covered_bound": proven(found.bound, total, ask.people),
            "areas_out_of_reach": float((~towns.counted).sum()),
        }
        | ({"stopped_by_time": 1.0} if stopped else {}),
    )


def gini_cover(
    problem: Problem,
    *,
    p: int | None = None,
    budget_yuan: float | None = None,
    most_gini: float | None = None,
    least_share: float | None = None,
    weight: str = "elders",
    limit_min: float = 15.0,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    start: Siting | None = None,
) -> Siting:
    """Cover most people with a Gini coefficient of at most so much, or make the Gini least.

    With shares ``s_a = sum_{i in a} w_i z_i / W_a`` of ``n`` townships and ``d_ab >= |s_a - s_b|``,
    the coefficient ``sum_{a<b} |s_a - s_b| / (n sum_a s_a)`` is at most ``g`` exactly when
    ``sum_{a<b} d_ab <= g n sum_a s_a``: linear, nothing is approximated. ``z_i`` is 1 wherever an
    open site reaches ``i`` (``y_j <= z_i``), so that nobody is left out of the count to look equal.
    The least coefficient at a floor of coverage is found by Dinkelbach's rule: minimise
    ``sum d - q n sum s`` and raise or lower ``q`` until that is 0.

    Parameters
    ----------
    problem
        The problem.
    p, budget_yuan
        Most new sites, most yuan for them; one of them or both.
    most_gini
        Upper bound on the coefficient; the answer then covers most people.
    least_share
        Floor of the covered share of all people; the answer then has the least coefficient.
    weight, limit_min, limit_s, gap, seed, start
        As in `max_min_cover`.

    Returns
    -------
    Siting
        With ``most_gini`` objective and bound count people; with ``least_share`` they are the
        coefficient (unit ``gini``, to be minimised). ``measures`` holds ``gini`` and ``covered``.

    Raises
    ------
    DataError
        Not exactly one of the two is given, or one is no share.
    InfeasibleError
        No plan is so equal, or none covers so many; the message says what is reachable.

    References
    ----------
    Drezner, Drezner and Guyse (2009), Computers & Operations Research 36(12); Dinkelbach (1967),
    Management Science 13(7).
    """
    clock = Clock(limit_s)
    _check_gini(most_gini, least_share)
    ask = asked(problem, weight=weight, limit_min=limit_min, p=p, budget_yuan=budget_yuan)
    towns = Towns.of(ask)
    opened = ask.started(start)
    if most_gini is not None:
        opened, bound, stopped = _most_people(
            ask, towns, most_gini, opened, clock=clock, gap=gap, seed=seed
        )
    else:
        assert least_share is not None
        opened, bound, stopped = _least_gini(
            ask, towns, least_share, opened, clock=clock, gap=gap, seed=seed
        )
    people = float(ask.people[ask.cells.covered(opened)].sum())
    unequal = gini(towns.share(opened))
    return ask.answer(
        opened,
        model="gini_cover",
        sense="max" if most_gini is not None else "min",
        objective=people if most_gini is not None else unequal,
        bound=bound,
        unit=weight if most_gini is not None else "gini",
        clock=clock,
        seed=seed,
        asked_gap=gap,
        parameters={"most_gini": most_gini, "least_share": least_share},
        measures={"gini": unequal, "covered": people}
        | ({"stopped_by_time": 1.0} if stopped else {}),
    )


@dataclass(frozen=True, slots=True)
class Towns:
    """Townships of a question, by cell."""

    ask: Ask
    areas: NDArray[np.int64]
    people: NDArray[np.float64]
    """(n_area,)"""
    settled: NDArray[np.float64]
    """(n_area,) people whom the kept sites reach."""
    cell_town: NDArray[np.int64]
    """(n_cell,) position in `areas`; -1 = in none."""
    cell_people: NDArray[np.float64]
    """(n_cell,)"""
    counted: NDArray[np.bool_]
    """(n_area,) whether any site reaches someone there."""

    @classmethod
    def of(cls, ask: Ask) -> Towns:
        """Sum up the demand of a question by township."""
        cells = ask.cells
        now = shares(ask.problem, cells.cell == -1, ask.people)
        town = np.full(len(ask.problem.area_names) + 1, -1)
        town[now.areas] = np.arange(len(now.areas))
        could = shares(ask.problem, cells.cell >= -1, ask.people)
        return cls(
            ask=ask,
            areas=now.areas,
            people=now.people,
            settled=now.covered,
            cell_town=town[cells.area],
            cell_people=cells.people(ask.people),
            counted=could.covered > 0,
        )

    def share(self, opened: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return (n_area,) the share of each township when these free sites are open."""
        hit = (self.ask.cells.times(opened) > 0) & (self.cell_town >= 0)
        more = np.bincount(self.cell_town[hit], self.cell_people[hit], minlength=len(self.areas))
        return (self.settled + more) / self.people

    def worst(self, opened: NDArray[np.bool_]) -> float:
        """Return the least share of the townships that some site reaches; 0 without any."""
        return (
            float(self.share(opened)[self.counted].min(initial=1.0)) if self.counted.any() else 0.0
        )


@dataclass(slots=True)
class _Step:
    """One program over the sites of a question."""

    towns: Towns
    draft: Draft
    site: NDArray[np.int64]
    hit: NDArray[np.int64]
    share: NDArray[np.int64]
    """Columns of the shares; of the least share alone in `_worst_step`."""
    apart: NDArray[np.int64]
    """Columns of the differences between two shares."""
    maximise: bool = True

    def solve(
        self, opened: NDArray[np.bool_] | None, *, clock: Clock, gap: float, seed: int
    ) -> Solution:
        """Solve it, beginning from a plan where there is one."""
        program = self.draft.program(maximise=self.maximise)
        start = None
        if opened is not None:
            start = np.zeros(len(program.cost))
            start[self.site] = opened
            start[self.hit] = self.towns.ask.cells.times(opened) > 0
            share = self.towns.share(opened)
            start[self.share] = share if len(self.share) > 1 else self.towns.worst(opened)
            if len(self.apart):
                one, other = np.triu_indices(len(share), 1)
                start[self.apart] = np.abs(share[one] - share[other])
        return solve(program, limit_s=clock.left_s, gap=gap, seed=seed, start=start)

    def opened(self, found: Solution) -> NDArray[np.bool_] | None:
        """Return (n_free,) the sites of a solution; None without one."""
        return found.x[self.site] > 0.5 if len(found.x) else None  # noqa: PLR2004


_NO_COLUMN: Final = np.zeros(0, dtype=np.int64)


def _begun(ask: Ask, towns: Towns, cost: NDArray[np.float64] | float) -> _Step:
    """Return a program of sites and cells, each cell worth ``cost``."""
    draft = Draft()
    site = ask.columns(draft)
    hit = draft.columns(ask.cells.n_cell, cost=cost)
    draft.reach_rows(ask.cells, hit, site)
    return _Step(towns, draft, site, hit, _NO_COLUMN, _NO_COLUMN)


def _worst_step(ask: Ask, towns: Towns) -> _Step:
    """Maximise the least share."""
    step = _begun(ask, towns, 0.0)
    step.share = step.draft.columns(1, cost=1.0)
    for town in np.flatnonzero(towns.counted):
        cells = np.flatnonzero(towns.cell_town == town)
        step.draft.row(
            np.append(step.hit[cells], step.share),
            np.append(towns.cell_people[cells] / towns.people[town], -1.0),
            lower=-towns.settled[town] / towns.people[town],
        )
    return step


def _total_step(ask: Ask, towns: Towns, *, floor: float) -> _Step:
    """Maximise the people covered while every township that can be helped keeps the floor."""
    step = _begun(ask, towns, towns.cell_people)
    for town in np.flatnonzero(towns.counted & (towns.settled < floor * towns.people)):
        cells = np.flatnonzero(towns.cell_town == town)
        step.draft.row(
            step.hit[cells],
            towns.cell_people[cells] / towns.people[town],
            lower=floor - _SAME - towns.settled[town] / towns.people[town],
        )
    return step


def _share_step(ask: Ask, towns: Towns, cost: NDArray[np.float64] | float) -> _Step:
    """Return a program that knows every share and the differences between them."""
    step = _begun(ask, towns, cost)
    step.draft.honest_rows(ask.cells, step.hit, step.site)
    n_area = len(towns.areas)
    step.share = step.draft.columns(n_area)
    for town in range(n_area):
        cells = np.flatnonzero(towns.cell_town == town)
        settled = towns.settled[town] / towns.people[town]
        step.draft.row(
            np.append(step.hit[cells], step.share[town]),
            np.append(towns.cell_people[cells] / towns.people[town], -1.0),
            lower=-settled,
            upper=-settled,
        )
    one, other = np.triu_indices(n_area, 1)
    step.apart = step.draft.columns(len(one))
    for sign in (1.0, -1.0):
        entries = np.column_stack([step.apart, step.share[one], step.share[other]])
        step.draft.rows(
            np.full(len(one), 3),
            entries.reshape(-1),
            np.tile([1.0, sign, -sign], len(one)),
            lower=0.0,
        )
    return step


def _most_people(
    ask: Ask,
    towns: Towns,
    most_gini: float,
    opened: NDArray[np.bool_] | None,
    *,
    clock: Clock,
    gap: float,
    seed: int,
) -> tuple[NDArray[np.bool_], float, bool]:
    """Return the sites, the bound on people, and whether time cut the search."""
    step = _share_step(ask, towns, towns.cell_people)
    n_area = len(towns.areas)
    step.draft.row(
        np.append(step.apart, step.share),
        np.append(np.ones(len(step.apart)), np.full(n_area, -most_gini * n_area)),
        upper=_SAME,
    )
    if opened is not None and gini(towns.share(opened)) > most_gini:
        opened = None
    found = step.solve(opened, clock=clock, gap=gap, seed=seed)
    chosen = step.opened(found)
    chosen = opened if chosen is None else chosen
    if chosen is None:
        raise _too_unequal(towns, most_gini, stopped=found.outcome == "stopped")
    settled = ask.cells.settled(ask.people)
    people = float(ask.people[ask.cells.covered(chosen)].sum())
    bound = found.bound + settled if np.isfinite(found.bound) else float(ask.people.sum())
    return chosen, proven(bound, people, ask.people), found.outcome == "stopped"


def _least_gini(
    ask: Ask,
    towns: Towns,
    least_share: float,
    opened: NDArray[np.bool_] | None,
    *,
    clock: Clock,
    gap: float,
    seed: int,
) -> tuple[NDArray[np.bool_], float, bool]:
    """Return the sites, the bound on the coefficient, and whether time cut the search."""
    wanted = least_share * ask.people.sum()
    settled = ask.cells.settled(ask.people)
    n_area = len(towns.areas)
    # Where so many are covered, the shares add up to at least this.
    least_sum = max((wanted - ask.people[ask.problem.area < 0].sum()) / towns.people.max(), _SAME)
    if opened is not None and ask.people[ask.cells.covered(opened)].sum() < wanted:
        opened = None
    bound, stopped = 0.0, False
    for _ in range(_ROUNDS):
        unequal = 0.0 if opened is None else gini(towns.share(opened))
        if opened is not None and unequal - bound <= max(_SAME, gap * unequal):
            break
        step = _share_step(ask, towns, 0.0)
        step.maximise = False
        step.draft.row(
            step.hit, ask.cells.people(ask.people), lower=wanted - settled - _SAME * max(1, wanted)
        )
        step.draft.charge(step.apart, 1.0)
        step.draft.charge(step.share, -unequal * n_area)
        found = step.solve(opened, clock=clock, gap=0.0, seed=seed)
        chosen = step.opened(found)
        if chosen is None and opened is None:
            raise _too_few(ask, wanted, stopped=found.outcome == "stopped")
        stopped = found.outcome == "stopped"
        if np.isfinite(found.bound):
            # sum d - q n sum s >= b for every plan, so sum d / (n sum s) >= q + b / (n sum s).
            below = min(0.0, found.bound - _SAME)
            bound = max(bound, unequal + below / (n_area * least_sum))
        better = opened is None or gini(towns.share(_some(chosen))) < unequal - _SAME
        if better:
            opened = _some(chosen)
        if stopped or not better:
            break
    assert opened is not None
    unequal = gini(towns.share(opened))
    return opened, min(bound, unequal), stopped


def _some(opened: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    assert opened is not None
    return opened


def _better(
    towns: Towns, one: NDArray[np.bool_] | None, other: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    """Return the plan with the better worst share."""
    if one is None or other is None:
        return _some(other if one is None else one)
    return other if towns.worst(other) >= towns.worst(one) else one


def _check_gini(most_gini: float | None, least_share: float | None) -> None:
    if (most_gini is None) == (least_share is None):
        raise DataError(
            say(
                "基尼系数上限和覆盖率下限须给出一个，且只给一个。",
                "give either a largest Gini coefficient or a least share, not both.",
            ),
            hint=say("请给出 most_gini 或 least_share。", "give most_gini or least_share."),
        )
    value = least_share if most_gini is None else most_gini
    assert value is not None
    if not 0 <= value <= 1 or (most_gini is None and value == 0):
        raise DataError(
            say(
                f"应为 0 到 1 之间的比例，现为 {value}。",
                f"a share between 0 and 1 is wanted, found {value}.",
            )
        )


def _too_unequal(towns: Towns, most_gini: float, *, stopped: bool) -> InfeasibleError:
    if stopped:
        return _out_of_time()
    nothing = np.zeros(len(towns.ask.cells.free), dtype=bool)
    today = gini(towns.share(nothing))
    return InfeasibleError(
        say(
            f"任何方案的基尼系数都超过 {most_gini:g}（现状为 {today:.3f}）。",
            f"every plan has a Gini coefficient above {most_gini:g} (today {today:.3f}).",
        ),
        hint=say(
            "请放宽基尼系数上限，或增加新建处数、预算，或在最差的乡镇街道补充候选点。",
            "allow a larger coefficient, more sites or money, or add candidates in the worst "
            "townships.",
        ),
        conflicts=(f"most_gini = {most_gini:g}",),
    )


def _too_few(ask: Ask, wanted: float, *, stopped: bool) -> InfeasibleError:
    if stopped:
        return _out_of_time()
    could = float(ask.people[ask.cells.cell >= -1].sum())
    return InfeasibleError(
        say(
            f"在所给的处数和预算内覆盖不到 {wanted:,.0f} 人"
            f"（全部候选点都建也只有 {could:,.0f} 人）。",
            f"{wanted:,.0f} people cannot be covered within the sites and the budget given (all "
            f"candidates together reach {could:,.0f}).",
        ),
        hint=say(
            "请降低覆盖率下限，或增加新建处数、预算或候选点。",
            "lower the share, or allow more sites, money or candidates.",
        ),
        conflicts=(f"least covered = {wanted:g}",),
    )


def _out_of_time() -> InfeasibleError:
    return InfeasibleError(
        say("时限内没有找到方案。", "no plan was found in the time given."),
        hint=say("请放宽 limit_s。", "allow a longer limit_s."),
    )
