"""Answer ``fuwuquan site``: read the workspace, solve its question, explain the plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from api.cli import site_changes, site_gates
from api.cli._budget import require_enough
from api.cli._console import Steps
from api.cli._siting_read import look_for, read_asked
from api.cli.site_asked import Asked, weighed, with_places
from api.cli.site_changes_asked import CHANGES
from api.cli.site_explained import explained, forced, tried
from api.cli.site_gates_asked import GATES
from api.cli.site_norm import NORM
from api.cli.site_norm import told as shortfalls
from geo.coverage.areas import denominator
from geo.errors import InfeasibleError
from geo.schema import facility_type
from geo.store import Workspace
from geo.text import say
from optimization.candidates import keep
from optimization.explain import WhyNot
from optimization.problem import Problem
from optimization.report import Report
from optimization.workspace import SitingInputs, candidates_table

_FAR_MIN = 60.0
"""How far walks are followed for models that look at every walk, not at a limit."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One plan, all that was found about it, and what it was read from."""

    asked: Asked
    read: SitingInputs
    report: Report
    found_candidates: bool
    """Whether the candidates were looked for now, because the workspace had none."""
    why_not: tuple[WhyNot, ...]
    """Of the places asked about."""
    impossible: dict[str, str]
    """By id of a place asked about: why no plan with it exists."""
    more: tuple[tuple[str, str, pd.DataFrame], ...] = ()
    """Sheets that only some models have: name, result table, rows."""

    @property
    def rows(self) -> dict[str, pd.DataFrame]:
        """Rows of the sheets that only some models have, by result table."""
        return {table: frame for _, table, frame in self.more}

    @property
    def denominator(self) -> str:
        """Whom shares are a share of."""
        weight = self.report.weight
        if weight in self.asked.factors or not self.asked.factors:
            return denominator(weight, self.read.inputs.demand.points)
        parts = [
            f"{factor:g}×{denominator(name, self.read.inputs.demand.points)}"
            for name, factor in self.asked.factors.items()
        ]
        return "＋".join(parts)


def solved(workspace: Workspace, asked: Asked, steps: Steps) -> Answer:
    """Read the problem, solve it and explain the plan."""
    with steps("读取候选点", "candidates") as advance:
        candidates, rejected, fresh = _candidates(workspace, asked, advance)
        listed = set(candidates["id"].astype(str))
        candidates, ids, rules = with_places(candidates, rejected, asked.why_not, datum=asked.datum)
        outside = set(ids) - listed
    with steps("读取图层，计算步行时间", "read") as advance:
        read = read_asked(
            workspace,
            asked,
            candidates=candidates,
            must=asked.must,
            never={*asked.never, *outside},
            closable=asked.closable,
            expandable_m2=asked.changes.expandable_m2,
            rent_yuan_year=asked.changes.rent_yuan_year,
            source="compound" if _whole_estates(asked) else "auto",
            need_cost=asked.needs_cost,
            horizon_min=_FAR_MIN if asked.model.far else None,
            progress=advance,
        )
    problem, weight = weighed(read.problem, asked.factors, read.question.kind.weight)
    told, gates = None, None
    if asked.model.name == NORM:
        with steps("评定各小区缺多少面积", "assess"):
            told, _ = shortfalls(workspace, asked, read)
    elif asked.model.name == CHANGES:
        told = site_changes.told(workspace, asked.changes, read, area=asked.area)
    elif asked.model.name == GATES:
        with steps("查找可以打开的门", "gates"):
            gates = site_gates.gates_of(workspace, asked.gates, read)
        only_gates = asked.sites is None and asked.budget_yuan is None
        given = site_gates.told(asked.gates, gates, only_gates=only_gates)
        told = _always(given)
    limit_min, solve = read.question.main_min, asked.solver(weight, told)
    _enough(problem, asked)
    if asked.budget_yuan is not None and asked.model.sized:
        require_enough(problem, asked.budget_yuan, weight=weight, limit_min=limit_min)
    with steps("求解", "solve"):
        plan = solve(problem, limit_min=limit_min, seed=asked.seed)
    today = problem
    if gates is not None:
        problem = site_gates.opened(problem, gates, plan)
    with steps("解释方案", "explain"):
        report = explained(
            *(problem, plan),
            read=read,
            asked=asked,
            weight=weight,
            rules=rules,
            free=outside - set(rules),
        )
    more = site_changes.tables(report)
    if gates is not None:
        report = replace(report, before=today)
        with steps("逐道门重算步行时间", "each gate"):
            crs = str(read.inputs.network.crs)
            every = site_gates.table_of(
                *(today, gates, plan), weight=weight, limit_min=limit_min, crs=crs
            )
            more.append((say("开门", "gates"), "siting_gates", every))
    answered, impossible = forced(report, ids, asked, solve, steps)
    report = replace(report, rejected=_merged(report.rejected, answered))
    report = tried(report, asked, solve, steps)
    return Answer(asked, read, report, fresh, answered, impossible, tuple(more))


def _candidates(
    workspace: Workspace, asked: Asked, advance: Callable[[float], None]
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame | None, bool]:
    """Return candidates and rejected places of the workspace, or look for them now."""
    name = candidates_table(facility_type(asked.facility))
    kept = workspace.results()
    if name in kept:
        refused = f"{name}_rejected"
        rejected = workspace.read_result(refused) if refused in kept else None
        return workspace.read_result(name), rejected, False  # type: ignore[return-value]

    found = look_for(workspace, asked, area=asked.area, progress=advance)
    keep(workspace, found)
    return found.accepted, found.rejected, True


def _whole_estates(asked: Asked) -> bool:
    return asked.model.whole_estates or asked.changes.meet_norm


def _always(given: dict[str, Any]) -> Callable[[Problem], dict[str, Any]]:
    return lambda _: given


def _enough(problem: Problem, asked: Asked) -> None:
    """Refuse to open more sites than there are to choose from."""
    sites = problem.sites
    free = int((~sites.existing & ~sites.never).sum())
    if asked.sites is not None and asked.sites > free:
        raise InfeasibleError(
            say(
                f"要建 {asked.sites} 处，但可选的候选点只有 {free} 处。",
                f"{asked.sites} sites are asked for, but only {free} candidates may be chosen.",
            ),
            hint=say(
                f"请用 --sites {free} 或更少，或补充候选点：fuwuquan candidates --help。",
                f"Use --sites {free} or fewer, or find more: fuwuquan candidates --help.",
            ),
        )


def _merged(every: tuple[WhyNot, ...], forced: tuple[WhyNot, ...]) -> tuple[WhyNot, ...]:
    again = {one.site: one for one in forced}
    return tuple(again.get(one.site, one) for one in every)
