"""Why each site of a plan is chosen and each other place is not, and what else was tried."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from api.cli._console import Steps
from api.cli.site_asked import Asked
from geo.errors import InfeasibleError
from geo.text import say
from optimization.explain import Solve, WhyNot, force, gains, why_not
from optimization.pareto import pareto
from optimization.problem import Problem
from optimization.report import Report
from optimization.robust import alternatives, stability
from optimization.siting import Siting
from optimization.workspace import SitingInputs

_FRONT = 20
"""Plans among which trade-offs are shown."""


def explained(
    problem: Problem,
    plan: Siting,
    *,
    read: SitingInputs,
    asked: Asked,
    weight: str,
    rules: dict[str, str],
    free: set[str],
) -> Report:
    """Return the plan with why each site is chosen and why each other place is not."""
    limit_min, sites = read.question.main_min, problem.sites
    price = read.candidates["build_cost_yuan"].to_numpy(np.float64, na_value=np.nan)
    cost = np.concatenate([np.zeros(len(read.existing)), price])
    rules = _rules(problem, cost, asked) | rules
    problem = replace(
        problem, sites=replace(sites, never=sites.never & ~np.isin(sites.id, list(free)))
    )
    others = np.flatnonzero(~sites.existing & ~np.isin(np.arange(len(sites)), plan.sites))
    return Report(
        problem=problem,
        plan=plan,
        weight=weight,
        limit_min=limit_min,
        points=read.inputs.demand.points,
        cost_yuan=cost,
        gains=gains(
            problem, plan, weight=weight, limit_min=limit_min, budget_yuan=asked.budget_yuan
        ),
        rejected=why_not(
            problem,
            plan,
            others.astype(np.int32),
            weight=weight,
            limit_min=limit_min,
            budget_yuan=asked.budget_yuan,
            fixed_count=asked.sites is not None,
        ),
        rules=rules,
    )


def _rules(problem: Problem, cost: NDArray[np.float64], asked: Asked) -> dict[str, str]:
    """Return why a candidate may not be used, where nobody but this question says so."""
    found = dict.fromkeys(asked.never, say("本次指定禁选。", "it was forbidden."))
    if asked.needs_cost:
        unknown = problem.sites.id[cost != cost].tolist()  # noqa: PLR0124 - NaN
        price = say(
            "没有建设费用，按费用选址时不参选（可改用 --sites 试算）。",
            "its cost is unknown, so it cannot be chosen where cost counts (try it with --sites).",
        )
        found |= dict.fromkeys(unknown, price)
    return found


def forced(
    report: Report, ids: list[str], asked: Asked, solve: Solve, steps: Steps
) -> tuple[tuple[WhyNot, ...], dict[str, str]]:
    """Return what is to be said of the places asked about, each demanded in turn."""
    if not ids:
        return (), {}
    problem, found, impossible = report.problem, [], {}
    price, unpriced = report.cost_yuan, asked.needs_cost
    at = [int(np.flatnonzero(problem.sites.id == identity)[0]) for identity in ids]
    told = {one.site: one for one in report.rejected}
    with steps("逐个指定所问地点重新求解", "why not") as advance:
        for done, (site, identity) in enumerate(zip(at, ids, strict=True), 1):
            one = (
                told.get(site)
                or why_not(
                    problem,
                    report.plan,
                    np.array([site], np.int32),
                    weight=report.weight,
                    limit_min=report.limit_min,
                )[0]
            )
            if one.reason not in ("open", "dear") and not (unpriced and np.isnan(price[site])):
                try:
                    one = force(problem, report.plan, one, solve, limit_min=report.limit_min)
                except InfeasibleError as error:
                    impossible[identity] = error.message
            found.append(one)
            advance(done / len(at))
    return tuple(found), impossible


def tried(report: Report, asked: Asked, solve: Solve, steps: Steps) -> Report:
    """Return the report with plans nearly as good and with other speeds, where asked for."""
    problem, plan, limit_min = report.problem, report.plan, report.limit_min
    if asked.alternatives:
        with steps("查找备选方案", "alternatives") as advance:
            found = alternatives(
                problem, plan, solve, limit_min=limit_min, seed=asked.seed, progress=advance
            )
        report = replace(report, alternatives=found)
    if asked.stability:
        with steps("换步速重新求解", "speeds") as advance:
            speeds = stability(
                *(problem, plan, solve),
                weight=report.weight,
                limit_min=limit_min,
                progress=advance,
            )
        report = replace(report, speeds=speeds)
    if asked.pareto:
        with steps("比较取舍", "trade-offs"):
            front = pareto(
                problem,
                points=_FRONT,
                most_p=asked.sites,
                most_yuan=asked.budget_yuan,
                weight=report.weight,
                limit_min=limit_min,
                limit_s=asked.seconds,
                seed=asked.seed,
            )
        report = replace(report, front=front)
    return report
