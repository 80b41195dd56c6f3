"""What each year allows: money, number of sites, and what has to stand by when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError, NotFoundError
from geo.text import listed, say
from optimization.problem import Problem
from optimization.reached import Draft
from optimization.solver import solve

_SAME: Final = 1e-9
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Schedule:
    """Years with what each allows; checked by `schedule`."""

    years: tuple[int, ...]
    """Ascending."""
    budgets_yuan: NDArray[np.float64]
    """(n_year,) inf = without limit."""
    per_year: NDArray[np.float64]
    """(n_year,) most new sites of the year; inf = without limit."""
    carry_over: bool
    """Whether money left in one year may be spent in the next."""
    due: NDArray[np.int64]
    """(n_site,) position of the year by which a new site has to be open; `n_year` = not at all."""

    @property
    def n_year(self) -> int:
        """Number of years."""
        return len(self.years)

    @property
    def total_yuan(self) -> NDArray[np.float64]:
        """(n_year,) money of all years up to each."""
        return np.cumsum(self.budgets_yuan)

    @property
    def total_sites(self) -> NDArray[np.float64]:
        """(n_year,) most new sites of all years up to each."""
        return np.cumsum(self.per_year)

    def limit_rows(
        self, draft: Draft, opened: NDArray[np.int64], cost_yuan: NDArray[np.float64]
    ) -> None:
        """Add to a program what each year allows, and that nothing closes.

        Parameters
        ----------
        draft
            The program.
        opened : (n_year, n_column)
            Columns "open by the year".
        cost_yuan : (n_column,)
            Of opening each.
        """
        unit = max(1.0, float(cost_yuan.max(initial=0.0)))
        ones, n = np.ones(opened.shape[1]), opened.shape[1]
        for t in range(self.n_year):
            before = opened[t - 1] if t else opened[:0].reshape(-1)
            pairs = np.append(opened[t], before)
            for most, each, carried in (
                (self.per_year[t], ones, False),
                (self.budgets_yuan[t] / unit, cost_yuan / unit, self.carry_over),
            ):
                if carried and np.isfinite(self.total_yuan[t]):
                    draft.row(opened[t], each, upper=float(self.total_yuan[t] / unit))
                elif not carried and np.isfinite(most):
                    values = np.append(each, -each[: len(before)])
                    draft.row(pairs, values, upper=float(most))
            if t:
                stays = np.column_stack([before, opened[t]]).reshape(-1)
                draft.rows(np.full(n, 2), stays, np.tile([1.0, -1.0], n), upper=0.0)

    def keeps(self, year_of: NDArray[np.int64], cost_yuan: NDArray[np.float64]) -> bool:
        """Return whether sites, opened in these years (`n_year` = never), keep to the schedule."""
        in_year = [year_of == t for t in range(self.n_year)]
        yuan = np.array([cost_yuan[new].sum() for new in in_year])
        count = np.array([new.sum() for new in in_year])
        spent, allowed = (
            (np.cumsum(yuan), self.total_yuan) if self.carry_over else (yuan, self.budgets_yuan)
        )
        return bool((count <= self.per_year).all() and (spent <= allowed * (1 + _SAME)).all())


def schedule(
    problem: Problem,
    years: Sequence[int],
    *,
    budgets_yuan: Sequence[float] | None = None,
    per_year: int | Sequence[int] | None = None,
    must_by: Mapping[str, int] | None = None,
    carry_over: bool = False,
) -> Schedule:
    """Check what the years allow, and that what must be built can be.

    Parameters
    ----------
    problem
        The problem; sites that must be open are due in the last year unless ``must_by`` says
        earlier.
    years
        Ascending.
    budgets_yuan
        Of each year, for building; rent is not paid from it.
    per_year
        Most new sites in each year, one number for all or one each.
    must_by
        Id of a candidate → year by which it has to be open.
    carry_over
        Whether money left in one year may be spent in the next.

    Raises
    ------
    DataError
        Years are not ascending, numbers are too few, too many or negative, or nothing limits a
        year.
    NotFoundError
        A site due is not there.
    InfeasibleError
        What must be built exceeds a year; the message says which and what would help.
    """
    years = tuple(int(year) for year in years)
    if not years or any(b <= a for a, b in pairwise(years)):
        raise DataError(
            say(
                f"年份应从早到晚、互不重复，现为 {'、'.join(map(str, years)) or '（无）'}。",
                f"years must ascend, found {', '.join(map(str, years)) or '(none)'}.",
            ),
            hint=say("例如 2026、2027、2028。", "For example 2026, 2027, 2028."),
        )
    if budgets_yuan is None and per_year is None:
        raise DataError(
            say("没有给出各年预算或每年新建几处。", "neither budgets nor sites a year are given."),
            hint=say("请至少给出一样。", "Give at least one of them."),
        )
    counts = [per_year] * len(years) if isinstance(per_year, int) else per_year
    plan = Schedule(
        years=years,
        budgets_yuan=_each(budgets_yuan, years, say("预算", "budgets")),
        per_year=_each(counts, years, say("新建处数", "numbers of sites")),
        carry_over=carry_over,
        due=_due(problem, years, must_by or {}),
    )
    _check_musts(problem, plan)
    return plan


def _each(values: Sequence[float] | None, years: tuple[int, ...], what: str) -> NDArray[np.float64]:
    if values is None:
        return np.full(len(years), np.inf)
    each = np.asarray(values, dtype=np.float64)
    if each.shape != (len(years),):
        raise DataError(
            say(
                f"{what}给了 {each.size} 个，年份有 {len(years)} 个。",
                f"{each.size} {what} for {len(years)} years.",
            ),
            hint=say("请逐年给出。", "Give one for each year."),
        )
    if np.isnan(each).any() or (each < 0).any():
        raise DataError(
            say(f"{what}应为非负数。", f"{what} must be 0 or more."),
            hint=say("没有限制的年份请写 inf。", "Write inf for a year without limit."),
        )
    return each


def _due(problem: Problem, years: tuple[int, ...], must_by: Mapping[str, int]) -> NDArray[np.int64]:
    sites = problem.sites
    due = np.where(sites.must & ~sites.existing, len(years) - 1, len(years)).astype(np.int64)
    for site, year in must_by.items():
        at = np.flatnonzero(sites.id == site)
        if not len(at):
            raise NotFoundError(
                say(f"没有编号为 {site} 的候选点。", f"there is no site {site}."),
                hint=say("请核对编号。", "Check the id."),
            )
        if year not in years:
            raise DataError(
                say(
                    f"{site} 要求 {year} 年建成，不在规划年份 {years[0]}–{years[-1]} 之内。",
                    f"{site} is due in {year}, outside {years[0]}-{years[-1]}.",
                )
            )
        if sites.never[at[0]]:
            raise DataError(
                say(f"{site} 既要求建成又被禁选。", f"{site} is both due and forbidden.")
            )
        due[at[0]] = len(years) if sites.existing[at[0]] else min(due[at[0]], years.index(year))
    return due


def _check_musts(problem: Problem, plan: Schedule) -> None:
    """Refuse a schedule into whose years what is due does not fit, and say which year fails."""
    sites = problem.sites
    for t, year in enumerate(plan.years):
        due = np.flatnonzero(plan.due <= t)
        if not len(due) or _fits(plan, due, sites.cost_yuan, t):
            continue
        names = listed(sites.name[due], _SHOWN)
        wanted, money = float(sites.cost_yuan[due].sum()), float(plan.total_yuan[t])
        if len(due) > plan.total_sites[t]:
            most = int(plan.total_sites[t])
            why = say(
                f"到 {year} 年必须建成 {len(due)} 处（{names}），而各年合计只能新建 {most} 处。",
                f"{len(due)} sites are due by {year} ({names}), but only {most} may be built.",
            )
            hint = say(
                f"请在 {year} 年以前多安排 {len(due) - most} 处，或推迟建成年份。",
                f"Allow {len(due) - most} more by {year}, or let them be built later.",
            )
        elif wanted > money:
            why = say(
                f"到 {year} 年必须建成的 {names} 共需 {wanted:,.0f} 元，"
                f"而到该年的预算合计只有 {money:,.0f} 元。",
                f"{names}, due by {year}, cost {wanted:,.0f} yuan, but the budgets up to then "
                f"add up to {money:,.0f}.",
            )
            hint = say(
                f"请在 {year} 年以前增加 {wanted - money:,.0f} 元，或推迟建成年份。",
                f"Add {wanted - money:,.0f} yuan by {year}, or let them be built later.",
            )
        else:
            why = say(
                f"到 {year} 年必须建成的 {names} 总价在预算之内，但分不进各年的预算和处数。",
                f"{names}, due by {year}, are within the budgets together, but cannot be split "
                "over the years.",
            )
            hint = say(
                "请允许预算结转，或把预算集中到一年，或推迟建成年份。",
                "Let money be carried over, put it into one year, or let them be built later.",
            )
        raise InfeasibleError(why, hint=hint, conflicts=(f"due by {year}: {names}",))


def _fits(
    plan: Schedule, due: NDArray[np.int64], cost_yuan: NDArray[np.float64], last: int
) -> bool:
    """Return whether the sites due can be built in the years up to one, each by its own year."""
    draft = Draft()
    opened = np.stack(
        [
            draft.columns(
                len(due), lower=(plan.due[due] <= min(t, last)).astype(np.float64), integer=True
            )
            for t in range(plan.n_year)
        ]
    )
    plan.limit_rows(draft, opened, cost_yuan[due])
    return solve(draft.program(maximise=False)).outcome != "infeasible"
