"""Answer ``fuwuquan plan`` for cemeteries and columbaria: places against the deaths of years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from api.cli._console import Steps
from api.cli.plan_asked import Asked
from api.cli.plan_niches_asked import PERMILLE, NichesAsked
from api.cli.plan_norms import norms_closed
from api.cli.plan_read import allowed_by, places_of, read_plan, without_cost
from geo.assess import read_place
from geo.errors import DataError, NotFoundError
from geo.norms import load
from geo.schema import facility_type
from geo.store import Workspace
from geo.text import listed, say
from optimization.phasing import NichePlan, niche_plan, schedule
from optimization.phasing.communities import by_community
from optimization.phasing.niche_tables import niche_cards, niche_sites, niche_years
from optimization.problem import Problem
from optimization.suitability.capacity import formula
from optimization.workspace import EVERY, SitingInputs

_PLACES = {"cemetery": ("plots", "niches"), "columbarium": ("niches",)}


@dataclass(frozen=True, slots=True)
class NicheAnswer:
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


def planned_niches(
    workspace: Workspace,
    asked: Asked,
    niches: NichesAsked,
    steps: Steps,
    *,
    norms: bool = False,
) -> NicheAnswer:
    """Plan the places of several years.

    Raises
    ------
    DataError, NotFoundError, InfeasibleError
        The workspace or the question do not allow a plan; the message says why.
    """
    kind = facility_type(asked.facility)
    if kind.name not in _PLACES:
        raise DataError(
            say(
                f"--deaths 只用于公墓和骨灰堂，不用于{kind.zh}。",
                f"--deaths is for cemeteries and columbaria, not for {kind.name}.",
            ),
            hint=say("请用 -f 公墓 或 -f 骨灰堂。", "Use -f cemetery or -f columbarium."),
        )
    read = read_plan(workspace, asked, steps)
    problem, warnings = _with_places(read, niches)
    codes = read.inputs.demand.points["community_code"].astype("string").fillna("").tolist()
    names = read.inputs.areas.names.get("community", {})
    _known_people(problem)
    problem = by_community(problem, codes, names, weight="population")
    share, words = _share(workspace, asked, niches)
    burials = problem.weight("population") * (niches.deaths_permille / PERMILLE * share)
    allowed = allowed_by(problem, asked)
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
    answer = NicheAnswer(
        asked=asked,
        read=read,
        problem=problem,
        plan=plan,
        today=today,
        years=niche_years(problem, plan, today),
        sites=sites,
        cards=sites,
        formula=words,
        share=share,
        warnings=warnings,
    )
    cards = niche_cards(sites, places=places_of(read), norms_closed=closed, basis=answer.conditions)
    return replace(answer, cards=cards)


def _with_places(read: SitingInputs, asked: NichesAsked) -> tuple[Problem, tuple[str, ...]]:
    """Return the problem with free places as capacities, and what is only assumed of them."""
    sites = read.problem.sites
    stands = sites.existing
    _refuse_unknown(asked.niches, sites.id[~stands], "--niches")
    _refuse_unknown(asked.free, sites.id[stands], "--free")
    free, warnings = _free(read, asked)
    capacity = sites.capacity.copy()
    capacity[stands] = free
    capacity[~stands] = _room(read.problem, asked)
    return replace(read.problem, sites=replace(sites, capacity=capacity)), warnings


def _refuse_unknown(said: Mapping[str, float], ids: NDArray[np.str_], option: str) -> None:
    missing = sorted(set(said) - {EVERY} - set(ids.tolist()))
    if missing:
        raise NotFoundError(
            say(
                f"{option}：没有编号为 {listed(missing)} 的点。",
                f"{option}: there is no {listed(missing)}.",
            ),
            hint=say(f"编号如：{listed(ids[:5])}。", f"Such as {listed(ids[:5])}."),
        )


def _said(said: Mapping[str, float], ids: NDArray[np.str_]) -> NDArray[np.float64]:
    """Return (n,) what was said of each id, or of all; NaN where nothing was."""
    every = said.get(EVERY, np.nan)
    return np.array([said.get(str(identity), every) for identity in ids], np.float64)


def _free(read: SitingInputs, asked: NichesAsked) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return (n_existing,) places still free, and what is only assumed of them."""
    sites = read.problem.sites
    given = _said(asked.free, sites.id[sites.existing])
    counted = _counted(read.existing, _PLACES[read.question.kind.name])
    free = np.where(np.isnan(given), counted, given)
    warnings = []
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
    return np.nan_to_num(free), tuple(warnings)


def _room(problem: Problem, asked: NichesAsked) -> NDArray[np.float64]:
    """Return (n_candidate,) how many places each candidate has room for.

    Raises
    ------
    DataError
        Of one that may be chosen nobody knows.
    """
    sites, new = problem.sites, ~problem.sites.existing
    room, offered = _said(asked.niches, sites.id[new]), sites.capacity[new]
    room = np.where(np.isnan(room) & np.isfinite(offered), offered, room)
    bare = np.isnan(room) & ~sites.never[new]
    if bare.any():
        names = listed(sites.id[new][bare])
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
    return np.nan_to_num(room)


def _counted(frame: gpd.GeoDataFrame, columns: Sequence[str]) -> NDArray[np.float64]:
    """Return (n,) the places that a layer counts; NaN where it counts none."""
    parts = [
        frame[column].astype("Float64").to_numpy(np.float64, na_value=np.nan)
        for column in columns
        if column in frame
    ]
    table = np.array(parts) if parts else np.full((1, len(frame)), np.nan)
    return np.where(np.isnan(table).all(axis=0), np.nan, np.nansum(table, axis=0))


def _share(workspace: Workspace, asked: Asked, niches: NichesAsked) -> tuple[float, str]:
    """Return the share of the dead who need a place, and the formula in words."""
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
