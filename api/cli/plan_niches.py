"""``fuwuquan plan`` for cemeteries and columbaria: niches against the deaths of every year."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import Steps, print_line, print_table, records
from api.cli.plan_asked import Asked
from api.cli.plan_norms import norms_closed
from api.cli.site_changes import by_id
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from geo.store import Workspace
    from optimization.phasing import NichePlan
    from optimization.problem import Problem
    from optimization.workspace import SitingInputs

_PERMILLE = 1000.0
_WAN = 10_000
_PLACES = {"cemetery": ("plots", "niches"), "columbarium": ("niches",)}
_SITES_SHOWN = 20

Deaths = Annotated[
    float | None,
    typer.Option(
        "--deaths",
        metavar=say("‰", "PER_MILLE"),
        min=0.0,
        help=say(
            "公墓、骨灰堂：年死亡率（‰），如 7；给了就按年排格位。",
            "cemetery, columbarium: deaths a year per thousand people, such as 7; plans niches.",
        ),
        show_default=False,
    ),
]
Buried = Annotated[
    float | None,
    typer.Option(
        "--buried",
        metavar=say("比例", "SHARE"),
        min=0.0,
        max=1.0,
        help=say(
            "公墓、骨灰堂：死者中葬入这类设施的比例。",
            "cemetery, columbarium: share of the dead who are laid in such a place.",
        ),
        show_default=say("按规范 cemetery.capacity20y", "that of the norm cemetery.capacity20y"),
    ),
]
Niches = Annotated[
    list[str] | None,
    typer.Option(
        "--niches",
        metavar=say("编号=个数", "ID=N"),
        help=say(
            "公墓、骨灰堂：候选点可建多少格位或墓穴（可多次，all=500 为其余全部）。",
            "cemetery, columbarium: places a candidate has room for (repeatable; all=500).",
        ),
        show_default=False,
    ),
]
Free = Annotated[
    list[str] | None,
    typer.Option(
        "--free",
        metavar=say("编号=个数", "ID=N"),
        help=say(
            "公墓、骨灰堂：现有设施还空着多少（可多次，all=0 为其余全部）。",
            "cemetery, columbarium: places still free where it stands (repeatable; all=0).",
        ),
        show_default=say("图层里的总数", "all that the layer counts"),
    ),
]


@dataclass(frozen=True, slots=True)
class NichesAsked:
    """How many die, and how many places there are."""

    deaths_permille: float
    buried_share: float | None
    niches: Mapping[str, float] = field(default_factory=dict)
    free: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan of niches with what it was read from."""

    asked: Asked
    read: SitingInputs
    problem: Problem
    plan: NichePlan
    today: NichePlan
    years: pd.DataFrame
    sites: pd.DataFrame
    cards: pd.DataFrame
    formula: str
    share: float
    warnings: tuple[str, ...]

    @property
    def conditions(self) -> str:
        """What every figure depends on, in one sentence."""
        question = self.read.question
        return say(
            f"{question.kind.zh}；{question.main_min:g} 分钟，步速 {question.walker.speed_m_s:g} "
            f"米/秒，按 {question.on} 的数据；{self.formula}。",
            f"{question.kind.en}; {question.main_min:g} min at {question.walker.speed_m_s:g} m/s, "
            f"data of {question.on}; {self.formula}.",
        )


def niches_asked(
    *,
    deaths: float | None,
    buried: float | None,
    niches: Sequence[str] | None,
    free: Sequence[str] | None,
) -> NichesAsked | None:
    """Return what the options say; None when no deaths are given.

    Raises
    ------
    DataError
        An option is not written as it should be, or needs the deaths.
    """
    if deaths is None:
        given = {"--buried": buried is not None, "--niches": niches, "--free": free}
        used = [option for option, value in given.items() if value]
        if used:
            raise DataError(
                say(f"{'、'.join(used)} 要与 --deaths 同用。", f"{used} need --deaths."),
                hint=say("例如 --deaths 7（每千人一年 7 人）。", "Such as --deaths 7."),
            )
        return None
    if not (math.isfinite(deaths) and 0 < deaths <= _PERMILLE):
        raise DataError(
            say(f"死亡率 {deaths:g}‰ 不对。", f"{deaths:g} deaths per thousand cannot be."),
            hint=say("请写千分数，如 --deaths 7。", "Write deaths per thousand: --deaths 7."),
        )
    return NichesAsked(
        deaths_permille=deaths,
        buried_share=buried,
        niches=by_id(niches or (), "--niches", _count),
        free=by_id(free or (), "--free", _count),
    )


def planned_niches(
    workspace: Workspace,
    asked: Asked,
    niches: NichesAsked,
    steps: Steps,
    *,
    norms: bool = False,
) -> Answer:
    """Plan the places of several years.

    Raises
    ------
    DataError, NotFoundError, InfeasibleError
        The workspace or the question do not allow a plan; the message says why.
    """
    import numpy as np  # noqa: PLC0415

    from api.cli.plan_answer import candidates_of, places_of, without_cost  # noqa: PLC0415
    from geo.schema import facility_type  # noqa: PLC0415
    from optimization.phasing import niche_plan, schedule  # noqa: PLC0415
    from optimization.phasing.communities import by_community  # noqa: PLC0415
    from optimization.phasing.niche_tables import (  # noqa: PLC0415
        niche_cards,
        niche_sites,
        niche_years,
    )
    from optimization.workspace import read_siting  # noqa: PLC0415

    kind = facility_type(asked.facility)
    if kind.name not in _PLACES:
        raise DataError(
            say(
                f"--deaths 只用于公墓和骨灰堂，不用于{kind.zh}。",
                f"--deaths is for cemeteries and columbaria, not for {kind.name}.",
            ),
            hint=say("请用 -f 公墓 或 -f 骨灰堂。", "Use -f cemetery or -f columbarium."),
        )
    with steps("读取候选点", "read candidates") as advance:
        candidates = candidates_of(workspace, asked, advance)
    with steps("读取图层和路网，计算步行时间", "read") as advance:
        read = read_siting(
            workspace,
            asked.facility,
            on=asked.on,
            limit_min=asked.limit_min,
            walker=asked.walker,
            speed_m_s=asked.speed_m_s,
            own_only=asked.own_only,
            candidates=candidates,
            must=tuple(asked.must_by),
            never=asked.never,
            need_cost=asked.budgets_yuan is not None,
            progress=advance,
        )
    problem, warnings = _with_places(read, niches)
    codes = read.inputs.demand.points["community_code"].astype("string").fillna("").tolist()
    names = read.inputs.areas.names.get("community", {})
    _known_people(problem)
    problem = by_community(problem, codes, names, weight="population")
    share, formula = _share(workspace, asked, niches)
    burials = problem.weight("population") * (niches.deaths_permille / _PERMILLE * share)
    allowed = schedule(
        problem,
        asked.years,
        budgets_yuan=asked.budgets_yuan,
        per_year=None if asked.per_year is None else [int(n) for n in asked.per_year],
        must_by=asked.must_by,
        carry_over=asked.carry_over,
    )
    limit_min, every = read.question.main_min, [burials] * len(asked.years)
    with steps("求解分年方案", "solve"):
        plan = niche_plan(
            problem,
            allowed,
            burials=every,
            limit_min=limit_min,
            limit_s=asked.seconds,
            gap=asked.gap,
            seed=asked.seed,
        )
        nothing = replace(
            problem,
            sites=replace(
                problem.sites,
                never=~problem.sites.existing,
                must=np.zeros(problem.n_site, dtype=bool),
            ),
        )
        today = niche_plan(
            nothing,
            schedule(nothing, asked.years, per_year=0),
            burials=every,
            limit_min=limit_min,
            limit_s=asked.seconds,
            seed=asked.seed,
        )
    sites = niche_sites(problem, plan, cost_unknown=sorted(without_cost(read)))
    built = sites.dropna(subset=["year"])
    closed = None
    if norms:
        with steps("核对各项目消除的规范缺口", "norms") as advance:
            closed = norms_closed(workspace, read, built["id"].tolist(), progress=advance)
    answer = Answer(
        asked=asked,
        read=read,
        problem=problem,
        plan=plan,
        today=today,
        years=niche_years(problem, plan, today),
        sites=sites,
        cards=sites,
        formula=formula,
        share=share,
        warnings=warnings,
    )
    cards = niche_cards(sites, places=places_of(read), norms_closed=closed, basis=answer.conditions)
    return replace(answer, cards=cards)


def written(
    workspace: Workspace, answer: Answer, steps: Steps, *, out: Path | None = None
) -> list[Path]:
    """Write the workbook, and keep the plan in the workspace for QGIS."""
    import geopandas as gpd  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    from geo.schema.results import headings  # noqa: PLC0415
    from geo.store.tables import write_table  # noqa: PLC0415

    kind, asked, plan = answer.read.question.kind, answer.asked, answer.plan
    path = out or workspace.output / f"plan_{kind.name}" / say("规划.xlsx", "plan.xlsx")
    named = {
        say("年度", "years"): ("plan_niche_years", answer.years),
        say("设施", "sites"): ("plan_niche_sites", answer.sites),
        say("项目卡", "project cards"): ("plan_cards", answer.cards),
    }
    with steps("写出表格和图层", "write"):
        files = write_table(
            path,
            {sheet: frame for sheet, (_, frame) in named.items()},
            headings={sheet: headings(table) for sheet, (table, _) in named.items()},
            notes=notes(answer),
        )
        at = {str(identity): n for n, identity in enumerate(answer.problem.sites.id)}
        order = np.array([at[str(identity)] for identity in answer.sites["id"]], dtype=np.int64)
        xy = answer.problem.sites.xy[order]
        placed: gpd.GeoDataFrame = gpd.GeoDataFrame(
            answer.sites,
            geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]),
            crs=answer.read.inputs.network.crs,
        )
        for part, frame, label in (
            ("niche_sites", placed, say("格位规划：设施", "niches: sites")),
            ("niche_years", answer.years, say("格位规划：年度", "niches: years")),
        ):
            workspace.write_result(
                f"plan_{kind.name}_{part}",
                frame,
                on=asked.on,
                title=f"{kind.label} {label}",
                titles=headings(f"plan_{part}"),
            )
        known = answer.problem.provenance
        workspace.record_run(
            "plan",
            on=asked.on,
            inputs=dict(known["layers"]) | {"streets": str(known["network_hash"])},
            parameters={
                "facility": kind.name,
                "model": "niches",
                "years": list(asked.years),
                "budgets_yuan": None if asked.budgets_yuan is None else list(asked.budgets_yuan),
                "per_year": None if asked.per_year is None else list(asked.per_year),
                "formula": answer.formula,
                "limit_min": answer.read.question.main_min,
                "seed": asked.seed,
            },
            results={
                "objective": plan.overall.objective,
                "bound": plan.overall.bound,
                "short": [float(n) for n in answer.years["short"]],
            },
        )
    return files


def notes(answer: Answer) -> list[str]:
    """Return what a reader of the tables has to know."""
    lines = [
        answer.conditions,
        say(
            "按村居安排：一个村居到一处的步行时间为其全部人口的平均；用掉的格位不再腾出；建成的以后"
            "各年一直开放；同样多时尽早安葬。",
            "Planned by community: its walk to a site is the mean of its people's. A place once "
            "taken stays taken; what is built stays open; of equal plans the one that buries "
            "earliest.",
        ),
        _proof(answer),
        *answer.warnings,
    ]
    return lines + [f"{fault.message}{fault.advice}" for fault in answer.read.faults]


def summary(answer: Answer) -> dict[str, object]:
    """Return the answer as plain values."""
    overall = answer.plan.overall
    return {
        "facility": answer.read.question.kind.name,
        "weight": "population",
        "formula": answer.formula,
        "buried_share": answer.share,
        "objective": overall.objective,
        "bound": overall.bound,
        "gap_share": overall.gap,
        "status": overall.status,
        "unit": overall.unit,
        "niche_years": records(answer.years),
        "niche_sites": records(answer.sites),
        "cost_yuan": overall.measures["cost_yuan"],
        "seed": overall.seed,
        "warnings": list(answer.warnings),
        "provenance": dict(answer.problem.provenance),
        "faults": records(answer.read.faults.frame()[["layer", "severity", "code", "message"]]),
    }


def show(answer: Answer, files: Sequence[Path]) -> None:
    """Print the plan."""
    print_line(answer.conditions)
    print_line(_proof(answer))
    print_table(
        [
            *(say("年份", "year"), say("预算（万元）", "budget (10k yuan)")),
            *(say("费用（万元）", "cost (10k yuan)"), say("新建", "new")),
            *(say("安葬需求", "burials"), say("有处可葬", "find a place")),
            *(say("缺口", "short"), say("不新建的缺口", "short as it is"), say("年末剩余", "left")),
        ],
        [
            [
                str(row["year"]),
                None if row["budget_yuan"] is None else row["budget_yuan"] / _WAN,
                *(row["cost_yuan"] / _WAN, row["new_sites"], row["burials"], row["served"]),
                *(row["short"], row["short_today"], row["left"]),
            ]
            for row in records(answer.years)
        ],
    )
    used = answer.sites[answer.sites["year"].notna() | (answer.sites["used"] > 0)]
    print_table(
        [
            *(say("编号", "id"), say("名称", "name"), say("启用", "built")),
            *(say("可用", "places"), say("用去", "used"), say("剩余", "left")),
            *(say("用完年份", "full in"), say("费用（万元）", "cost (10k yuan)")),
        ],
        [
            [
                *(row["id"], row["name"]),
                say("现有", "stands") if row["year"] is None else str(row["year"]),
                *(row["places"], row["used"], row["left"]),
                None if row["full_year"] is None else str(row["full_year"]),
                None if row["cost_yuan"] is None else row["cost_yuan"] / _WAN,
            ]
            for row in records(used.head(_SITES_SHOWN))
        ],
    )
    for warning in answer.warnings:
        print_line(say("！ ", "! ") + warning)
    for fault in answer.read.faults:
        if fault.severity in ("error", "warning"):
            print_line(f"{say('！ ', '! ')}{fault.message}{fault.advice}")
    print_line(say("已写出：", "Wrote:"))
    for path in files:
        print_line(f"  {path}")


def _proof(answer: Answer) -> str:
    from optimization.explain import status_words  # noqa: PLC0415

    overall = answer.plan.overall
    short = float(answer.years["short"].sum())
    return say(
        f"规划期共 {overall.measures['burials']:,.0f} 例安葬，{overall.objective:,.0f} 例有处可葬，"
        f"缺 {short:,.0f}；理论上限（已证明）{overall.bound:,.0f}；{status_words(overall)}。",
        f"{overall.measures['burials']:,.0f} burials in all, {overall.objective:,.0f} find a "
        f"place, {short:,.0f} do not; proven bound {overall.bound:,.0f}; {status_words(overall)}.",
    )


def _with_places(read: SitingInputs, asked: NichesAsked) -> tuple[Problem, tuple[str, ...]]:
    """Return the problem with free places as capacities, and what is only assumed of them."""
    import numpy as np  # noqa: PLC0415

    from geo.errors import NotFoundError  # noqa: PLC0415
    from optimization.workspace import EVERY  # noqa: PLC0415

    sites, kind = read.problem.sites, read.question.kind
    stands, warnings = sites.existing, []
    for said, ids, option in (
        (asked.niches, sites.id[~stands], "--niches"),
        (asked.free, sites.id[stands], "--free"),
    ):
        missing = sorted(set(said) - {EVERY} - set(ids.tolist()))
        if missing:
            raise NotFoundError(
                say(
                    f"{option}：没有编号为 {'、'.join(missing)} 的点。",
                    f"{option}: there is no {', '.join(missing)}.",
                ),
                hint=say(f"编号如：{'、'.join(ids[:5])}。", f"Such as {ids[:5].tolist()}."),
            )
    counted = _counted(read.existing, _PLACES[kind.name])
    given = np.array(
        [asked.free.get(str(i), asked.free.get(EVERY, np.nan)) for i in sites.id[stands]]
    )
    free = np.where(np.isnan(given), counted, given)
    assumed = int((np.isnan(given) & ~np.isnan(counted)).sum())
    if assumed:
        warnings.append(
            say(
                f"{assumed} 处现有设施没有给出剩余数，按图层里的总数全部空着计；请用 --free 填写。",
                f"what is free in {assumed} facilities is not given: all places that the layer "
                "counts are taken to be free; see --free.",
            )
        )
    unknown = int(np.isnan(free).sum())
    if unknown:
        warnings.append(
            say(
                f"{unknown} 处现有设施不知道有多少格位，按没有计。",
                f"how many places {unknown} facilities have is unknown: none are counted.",
            )
        )
    room = np.array(
        [asked.niches.get(str(i), asked.niches.get(EVERY, np.nan)) for i in sites.id[~stands]]
    )
    offered = sites.capacity[~stands]
    room = np.where(np.isnan(room) & np.isfinite(offered), offered, room)
    bare = np.isnan(room) & ~sites.never[~stands]
    if bare.any():
        names = "、".join(sites.id[~stands][bare][:5].tolist())
        raise DataError(
            say(
                f"{int(bare.sum())} 个候选点不知道能建多少格位（{names}）。",
                f"how many places {int(bare.sum())} candidates have room for is unknown ({names}).",
            ),
            hint=say(
                "请加 --niches all=500，或逐个写 --niches 编号=个数。",
                "Add --niches all=500, or --niches ID=N for each.",
            ),
        )
    capacity = sites.capacity.copy()
    capacity[stands] = np.nan_to_num(free)
    capacity[~stands] = np.nan_to_num(room)
    return replace(read.problem, sites=replace(sites, capacity=capacity)), tuple(warnings)


def _counted(frame: gpd.GeoDataFrame, columns: Sequence[str]) -> NDArray[np.float64]:
    """Return (n,) the places that a layer counts; NaN where it counts none."""
    import numpy as np  # noqa: PLC0415

    parts = [
        frame[column].astype("Float64").to_numpy(np.float64, na_value=np.nan)
        for column in columns
        if column in frame
    ]
    table = np.array(parts) if parts else np.full((1, len(frame)), np.nan)
    return np.where(np.isnan(table).all(axis=0), np.nan, np.nansum(table, axis=0))


def _share(workspace: Workspace, asked: Asked, niches: NichesAsked) -> tuple[float, str]:
    """Return the share of the dead who need a place, and the formula in words."""
    from geo.assess import read_place  # noqa: PLC0415
    from geo.norms import load  # noqa: PLC0415
    from optimization.suitability.capacity import formula  # noqa: PLC0415

    share = niches.buried_share
    source = say("本次指定", "as asked")
    if share is None:
        place = read_place(workspace, on=asked.on)
        found = formula(load(), area=place.area, on=asked.on)
        share = found.share
        source = found.source
        if not found.in_force:
            source = say(f"本地没有在施行的规范，参照{source}", f"no norm here; as in {source}")
    return share, say(
        f"安葬需求 = 人口 × {niches.deaths_permille:g}‰ × {share:.0%}（{source}）",
        f"burials = people × {niches.deaths_permille:g}‰ × {share:.0%} ({source})",
    )


def _known_people(problem: Problem) -> None:
    if "population" not in problem.weights:
        raise DataError(
            say("图层里没有人口，算不出安葬需求。", "no layer says how many people there are."),
            hint=say("请在村居或小区层填写人口。", "Fill in population in community or compound."),
        )


def _count(text: str) -> float | None:
    """Return a number of places; None when it is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 and number == int(number) else None
