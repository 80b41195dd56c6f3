"""The norm model as arrays: who may be served where, what it takes up, what rooms cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimization.compliance.needs import LEAST_M2, Needs
from optimization.compliance.options import Options, useful
from optimization.problem import Problem


@dataclass(frozen=True, slots=True)
class Core:
    """Estates that lack something, sites that have an option, and the pairs within the circle."""

    demand: NDArray[np.int64]
    """(n,) position of each row in the problem."""
    site: NDArray[np.int64]
    """(m,) position of each column in the problem."""
    need_m2: NDArray[np.float64]
    """(n,)"""
    ptr: NDArray[np.int64]
    """(n + 1,) pairs by demand."""
    col: NDArray[np.int32]
    """(n_pair,)"""
    row: NDArray[np.int32]
    """(n_pair,)"""
    use_m2: NDArray[np.float64]
    """(n_pair,) floor area of the site that settles the whole need of the demand."""
    part: NDArray[np.float64]
    """(n_pair,) share of a shared room that counts for the demand; NaN where it is named."""
    site_ptr: NDArray[np.int64]
    """(m + 1,) pairs by site."""
    site_pair: NDArray[np.int32]
    """(n_pair,)"""
    opt_ptr: NDArray[np.int64]
    """(m + 1,) options by site, smallest first."""
    opt_area: NDArray[np.float64]
    opt_cost: NDArray[np.float64]
    opt_yuan: NDArray[np.float64]
    """Cost in yuan, whatever is minimised."""
    must: NDArray[np.bool_]
    """(m,)"""

    @property
    def n(self) -> int:
        """Number of estates."""
        return len(self.demand)

    @property
    def m(self) -> int:
        """Number of sites."""
        return len(self.site)

    @property
    def any_shared(self) -> bool:
        """Whether some estate is served by rooms divided by households."""
        return bool(np.isfinite(self.part).any())


def core_of(
    problem: Problem, needs: Needs, options: Options, *, limit_min: float, fewest: bool
) -> Core:
    """Return the arrays of one question.

    A pair is within ``limit_min``; a shared room serves its own community only. Pooled estates
    take ``households × max(rate, floor / households of all that may be pooled there)``: together
    at least what the pool needs, however many join.
    """
    opt_ptr, order = useful(options, problem.n_site)
    n_option = np.diff(opt_ptr)
    has_option = n_option > 0
    minutes = problem.minutes
    rows, cols, ms = minutes.rows, minutes.indices.astype(np.int64), minutes.ms
    same = (needs.community[rows] == needs.site_community[cols]) & (needs.community[rows] >= 0)
    same &= ms <= problem.limit_ms(needs.circle_min)
    joining = same & needs.joins[rows]
    joined = np.bincount(cols[joining], needs.households[rows[joining]], minlength=problem.n_site)
    keep = (needs.need_m2[rows] > 0) & has_option[cols] & (same | ~needs.shares[rows])
    keep &= ms <= problem.limit_ms(limit_min)
    use = _use(problem, needs, rows, cols, ms)
    demand = np.flatnonzero(needs.need_m2 > 0)
    site = np.flatnonzero(has_option)
    rows, cols, use = rows[keep], cols[keep], use[keep]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = needs.households[rows] / joined[cols]
    part = np.where(needs.shares[rows], part, np.nan)
    at_demand = np.full(problem.n_demand, -1, np.int64)
    at_demand[demand] = np.arange(len(demand))
    at_site = np.full(problem.n_site, -1, np.int64)
    at_site[site] = np.arange(len(site))
    row, col = at_demand[rows].astype(np.int32), at_site[cols].astype(np.int32)
    by_site = np.argsort(col, kind="stable").astype(np.int32)
    yuan = options.cost_yuan[order]
    must = problem.sites.must[site] & ~problem.sites.existing[site]
    return Core(
        demand=demand,
        site=site,
        need_m2=needs.need_m2[demand],
        ptr=np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(demand))))).astype(
            np.int64
        ),
        col=col,
        row=row,
        use_m2=use,
        part=part,
        site_ptr=np.concatenate(([0], np.cumsum(np.bincount(col, minlength=len(site))))).astype(
            np.int64
        ),
        site_pair=by_site,
        opt_ptr=np.concatenate(([0], np.cumsum(n_option[site]))).astype(np.int64),
        opt_area=options.area_m2[order],
        opt_cost=np.ones(len(order)) if fewest else yuan,
        opt_yuan=yuan,
        must=must,
    )


def _use(
    problem: Problem,
    needs: Needs,
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
    ms: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return (n_pair,) m² of a site that settle the need of a demand point."""
    use = needs.need_m2[rows].astype(np.float64)
    if not np.isfinite(needs.pool_min):
        return use
    near = ms <= min(problem.limit_ms(needs.pool_min), int(ms.max(initial=0)))
    near &= np.isfinite(needs.pool_rate_m2[rows])
    near &= ~needs.shares[rows] | (needs.community[rows] == needs.site_community[cols])
    households = np.bincount(cols[near], needs.households[rows[near]], minlength=problem.n_site)
    i, j = rows[near], cols[near]
    pooled = needs.households[i] * np.maximum(
        needs.pool_rate_m2[i], needs.pool_floor_m2 / households[j]
    )
    wanted = np.maximum(pooled, needs.unpooled_m2[i]) - needs.standing_m2[i]
    use[near] = np.clip(wanted, LEAST_M2, np.maximum(use[near], LEAST_M2))
    return use
