"""What ``fuwuquan site`` does between the question and the answer: read, solve, explain, write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli import site_changes, site_gates
from api.cli._budget import require_enough
from api.cli._console import Steps
from api.cli.site_asked import Asked, weighed, with_places
from api.cli.site_norm import NORM
from api.cli.site_norm import told as shortfalls
from geo.errors import InfeasibleError
from geo.text import say

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from geo.store import Workspace
    from optimization.explain import Solve, WhyNot
    from optimization.problem import Problem
    from optimization.report import Report
    from optimization.siting import Siting
    from optimization.workspace import SitingInputs

_FAR_MIN = 60.0
"""How far walks are followed for models that look at every walk, not at a limit."""
_FRONT = 20
"""Plans among which trade-offs are shown."""


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
        from geo.coverage.areas import denominator  # noqa: PLC0415

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
        from api.cli._siting_read import read_asked  # noqa: PLC0415

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
            need_cost=_needs_cost(asked),
            horizon_min=_FAR_MIN if asked.model.far else None,
            progress=advance,
        )
    problem, weight = weighed(read.problem, asked.factors, read.question.kind.weight)
    told, gates = None, None
    if asked.model.name == NORM:
        with steps("评定各小区缺多少面积", "assess"):
            told, _ = shortfalls(workspace, asked, read)
    elif asked.model.name == site_changes.CHANGES:
        told = site_changes.told(workspace, asked.changes, read, area=asked.area)
    elif asked.model.name == site_gates.GATES:
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
        report = _explained(
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
    answered, impossible = _forced(report, ids, asked, solve, steps)
    report = replace(report, rejected=_merged(report.rejected, answered))
    report = _tried(report, asked, solve, steps)
    return Answer(asked, read, report, fresh, answered, impossible, tuple(more))


def written(
    workspace: Workspace, answer: Answer, steps: Steps, *, out: Path | None, draw: bool
) -> list[Path]:
    """Write the workbook and beside it the map; keep the plan in the workspace for QGIS."""
    from api.cli.site_files import keep, page, shapes, workbook  # noqa: PLC0415
    from geo.store.tables import write_whole  # noqa: PLC0415

    kind = answer.read.question.kind.name
    folder = workspace.output / f"siting_{kind}"
    with steps("写出表格和图层", "write"):
        drawn = shapes(answer)
        book = out or folder / say("选址.xlsx", "siting.xlsx")
        files = workbook(answer, drawn, book)
        keep(workspace, answer, drawn)
    if draw:
        with steps("绘制地图", "draw"):
            files.append(book.parent / say("选址图.html", "siting.html"))
            write_whole(files[-1], page(answer, drawn).encode())
    return files


def _candidates(
    workspace: Workspace, asked: Asked, advance: Callable[[float], None]
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame | None, bool]:
    """Return candidates and rejected places of the workspace, or look for them now."""
    from geo.schema import facility_type  # noqa: PLC0415
    from optimization.workspace import candidates_table  # noqa: PLC0415

    name = candidates_table(facility_type(asked.facility))
    kept = workspace.results()
    if name in kept:
        refused = f"{name}_rejected"
        rejected = workspace.read_result(refused) if refused in kept else None
        return workspace.read_result(name), rejected, False  # type: ignore[return-value]
    from api.cli._siting_read import look_for  # noqa: PLC0415
    from optimization.candidates import keep  # noqa: PLC0415

    found = look_for(workspace, asked, area=asked.area, progress=advance)
    keep(workspace, found)
    return found.accepted, found.rejected, True


def _whole_estates(asked: Asked) -> bool:
    return asked.model.whole_estates or asked.changes.meet_norm


def _always(given: dict[str, Any]) -> Callable[[Problem], dict[str, Any]]:
    return lambda _: given


def _needs_cost(asked: Asked) -> bool:
    """Return whether a candidate of unknown cost may not be chosen."""
    cheapest = bool(asked.extras.get("cheapest"))
    return asked.budget_yuan is not None or cheapest or asked.model.priced


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


def _explained(
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
    import numpy as np  # noqa: PLC0415

    from optimization.explain import gains, why_not  # noqa: PLC0415
    from optimization.report import Report  # noqa: PLC0415

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
    if _needs_cost(asked):
        unknown = problem.sites.id[cost != cost].tolist()  # noqa: PLR0124 - NaN
        price = say(
            "没有建设费用，按费用选址时不参选（可改用 --sites 试算）。",
            "its cost is unknown, so it cannot be chosen where cost counts (try it with --sites).",
        )
        found |= dict.fromkeys(unknown, price)
    return found


def _forced(
    report: Report, ids: list[str], asked: Asked, solve: Solve, steps: Steps
) -> tuple[tuple[WhyNot, ...], dict[str, str]]:
    """Return what is to be said of the places asked about, each demanded in turn."""
    import numpy as np  # noqa: PLC0415

    from optimization.explain import force, why_not  # noqa: PLC0415

    if not ids:
        return (), {}
    problem, found, impossible = report.problem, [], {}
    price, unpriced = report.cost_yuan, _needs_cost(asked)
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


def _merged(every: tuple[WhyNot, ...], forced: tuple[WhyNot, ...]) -> tuple[WhyNot, ...]:
    again = {one.site: one for one in forced}
    return tuple(again.get(one.site, one) for one in every)


def _tried(report: Report, asked: Asked, solve: Solve, steps: Steps) -> Report:
    """Return the report with plans nearly as good and with other speeds, where asked for."""
    from optimization.robust import alternatives, stability  # noqa: PLC0415

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
        from optimization.pareto import pareto  # noqa: PLC0415

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
