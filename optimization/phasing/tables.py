"""A plan of years as tables: by year, by project, by township, and the project cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from geo.schema.results import result_columns
from geo.text import say, yuan
from optimization.explain import counted
from optimization.phasing.answer import PhasedPlan
from optimization.phasing.cards import ProjectCard
from optimization.problem import Problem

TODAY = 0
"""Stands for the year in rows about the state before anything is built."""


def year_table(plan: PhasedPlan) -> pd.DataFrame:
    """Return one row a year: money, sites, people, share, bound."""
    budgets = plan.schedule.budgets_yuan
    rows: list[dict[str, object]] = []
    for t, (year, siting) in enumerate(zip(plan.years, plan.by_year, strict=True)):
        cost, people = siting.measures["cost_yuan"], siting.measures["people"]
        limited = bool(np.isfinite(budgets[t]))
        rows.append(
            {
                "year": year,
                "budget_yuan": float(budgets[t]) if limited else None,
                "cost_yuan": cost,
                "left_yuan": float(budgets[t]) - cost if limited else None,
                "new_sites": int(siting.measures["new_sites"]),
                "rent_yuan_year": siting.measures["rent_yuan_year"],
                "people": people,
                "covered": siting.objective,
                "covered_share": siting.objective / people if people else None,
                "bound": siting.bound,
                "gap_share": siting.gap,
            }
        )
    return _frame(rows, "plan_years")


def project_table(cards: Sequence[ProjectCard]) -> pd.DataFrame:
    """Return one row a project, by year and by people gained."""
    rows: list[dict[str, object]] = []
    for card in cards:
        rank = 1 + sum(row["year"] == card.year for row in rows)
        rows.append(
            {
                "year": card.year,
                "rank": rank,
                "id": card.id,
                "name": card.name,
                "place": card.place or None,
                "floor_area_m2": _known(card.floor_area_m2),
                "capacity": _known(card.capacity),
                "cost_yuan": _known(card.cost_yuan),
                "rent_yuan_year": card.rent_yuan_year,
                "gained": card.gained,
                "only": card.only,
                "gained_slow": _known(card.gained_slow),
                "compounds": card.n_compound,
                "compound_names": _compounds(card),
                "norms_closed": _joined(card.norms_closed),
                "alternatives": _joined(_alternatives(card)),
                "risks": "".join(card.risks) or None,
            }
        )
    return _frame(rows, "plan_projects")


def township_table(problem: Problem, plan: PhasedPlan) -> pd.DataFrame:
    """Return people and covered people by year and township, today's state first."""
    names = np.array([*problem.area_names, say("（不在任何乡镇街道内）", "(in no township)")])
    used = np.unique(problem.area)
    rows: list[dict[str, object]] = []
    states = [(TODAY, plan.people[0], plan.covered_today)] + [
        (year, people, siting.assignment >= 0)
        for year, people, siting in zip(plan.years, plan.people, plan.by_year, strict=True)
    ]
    for year, people, covered in states:
        for area in [*used[used >= 0], *used[used < 0]]:
            mine = problem.area == area
            total, hit = float(people[mine].sum()), float(people[mine & covered].sum())
            rows.append(
                {
                    "year": year,
                    "township": str(names[area]),
                    "people": total,
                    "covered": hit,
                    "covered_share": hit / total if total else None,
                }
            )
    return _frame(rows, "plan_townships")


def card_table(cards: Sequence[ProjectCard], *, weight: str) -> pd.DataFrame:
    """Return the cards one below the other for printing, a line an item, an empty line between.

    Parameters
    ----------
    cards
        The cards.
    weight
        Whom the plan counts.
    """
    rows: list[dict[str, str | None]] = []
    for card in cards:
        rows += [
            {"id": card.id, "item": item, "content": content}
            for item, content in card_lines(card, weight=weight)
        ]
        rows.append({"id": None, "item": None, "content": None})
    return _frame(rows[:-1], "plan_cards")


def card_lines(card: ProjectCard, *, weight: str) -> list[tuple[str, str]]:
    """Return what a card says, as pairs of item and content; unknown things say so."""
    unknown = say("未知", "unknown")
    area = f"{card.floor_area_m2:,.0f} ㎡" if np.isfinite(card.floor_area_m2) else unknown
    cost = yuan(card.cost_yuan) if np.isfinite(card.cost_yuan) else unknown
    provenance = card.provenance
    return [
        (say("项目", "Project"), f"{card.name}（{card.id}）"),
        (say("地点", "Place"), card.place or unknown),
        (say("建成年份", "Year"), str(card.year)),
        (say("为什么建", "Why"), why_built(card, weight=weight)),
        (say("主要受益小区", "Compounds"), _compounds(card) or say("无", "none")),
        (
            say("消除的缺口", "Norms closed"),
            _joined(card.norms_closed) or say("未核对（加 --norms）", "not checked (see --norms)"),
        ),
        (say("建筑面积", "Floor area"), area),
        (say("建设费用", "Cost"), cost),
        (
            say("年租金", "Rent"),
            say(f"{card.rent_yuan_year:,.0f} 元", f"{card.rent_yuan_year:,.0f} yuan a year"),
        ),
        (say("备选", "Alternatives"), _joined(_alternatives(card)) or say("无", "none")),
        (say("风险与假设", "Risks"), "".join(card.risks) or say("无", "none")),
        (
            say("依据", "Based on"),
            say(
                f"时限 {provenance.get('limit_min', '')} 分钟，步速 "
                f"{provenance.get('speed_m_s', '')} 米/秒，按 {provenance.get('on', '')} 的数据，"
                f"路网指纹 {str(provenance.get('network_hash', ''))[:12]}",
                f"limit {provenance.get('limit_min', '')} min, {provenance.get('speed_m_s', '')} "
                f"m/s, data of {provenance.get('on', '')}, streets "
                f"{str(provenance.get('network_hash', ''))[:12]}",
            ),
        ),
    ]


def why_built(card: ProjectCard, *, weight: str) -> str:
    """Return in one sentence whom a project is for."""
    return say(
        f"新覆盖 {counted(weight, card.gained)}，涉及 {card.n_compound} 个小区；"
        f"全部建成后，有 {card.only:,.0f} 只有它覆盖得到。",
        f"newly covers {counted(weight, card.gained)} in {card.n_compound} compounds; when all is "
        f"built {card.only:,.0f} are covered by nothing else.",
    )


def _compounds(card: ProjectCard) -> str | None:
    named = [f"{name} {people:,.0f}" for name, people in card.compounds if people > 0]
    more = card.n_compound - len(named)
    text = _joined(named)
    if text and more > 0:
        text += say(f" 等 {card.n_compound} 个", f" and {more} more")
    return text


def _alternatives(card: ProjectCard) -> list[str]:
    lines = []
    for other in card.alternatives:
        less, more = other.fewer_people, -other.fewer_people
        cost = yuan(other.cost_yuan)
        if not np.isfinite(other.cost_yuan):
            cost = say("费用未知", "cost unknown")
        fewer = say(f"少覆盖 {less:,.0f}", f"{less:,.0f} fewer covered")
        if less < 0:
            fewer = say(f"多覆盖 {more:,.0f}", f"{more:,.0f} more covered")
        lines.append(
            say(
                f"{other.name}（{other.id}，{cost}，{fewer}）",
                f"{other.name} ({other.id}, {cost}, {fewer})",
            )
        )
    return lines


def _joined(parts: Sequence[str]) -> str | None:
    return say("、", ", ").join(parts) or None


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _frame(rows: Sequence[Mapping[str, object]], table: str) -> pd.DataFrame:
    """Return rows as a frame with the columns of a result table, nullable."""
    kinds = {"text": "string", "int": "Int64", "float": "Float64"}
    columns = {column.name: kinds[column.type] for column in result_columns(table)}
    return pd.DataFrame(list(rows), columns=list(columns)).astype(columns)
