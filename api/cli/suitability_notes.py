"""What the figures of ``fuwuquan suitability`` rest on, in words."""

from __future__ import annotations

import math

from geo.text import say
from optimization.suitability import Question, Suitability, class_shares


def headline(answer: Suitability) -> str:
    """Return the answer in one sentence."""
    shares = {name: share for name, _, _, share in class_shares(
        answer.overlay.level, answer.grid.cell_m2)}  # fmt: skip
    good = shares["high"] + shares["suitable"]
    broken = answer.audit[(answer.audit["finding"] == "breaks") & answer.audit["binding"]]
    loose = answer.exclusions.unsettled.mean()
    return say(
        f"{answer.question.zones.label}：禁建 {shares['excluded']:.1%}，适宜和较适宜 {good:.1%}，"
        f"其中管控规定未定的占全域 {loose:.1%}；推荐地块 {len(answer.areas)} 处；"
        f"现有设施 {broken['id'].nunique()} 处违反管控规定。",
        f"{answer.question.zones.label}: {shares['excluded']:.1%} excluded, {good:.1%} suitable or "
        f"better, rules undecided on {loose:.1%} of all; {len(answer.areas)} best areas; "
        f"{broken['id'].nunique()} existing sites break a rule.",
    )


def notes(answer: Suitability) -> list[str]:
    """Return what the figures rest on, a sentence each."""
    question, steady = answer.question, answer.sensitivity
    binding = sum(c.binding for c in question.zones.clearances)
    draft = len(question.zones.clearances) - binding
    sight = question.sight
    far = f"{sight.farthest_m / 1000:g}"
    far_zh, far_en = f"{far} 公里以外视为看不见", f"nothing seen beyond {far} km"
    if math.isinf(sight.farthest_m):
        far_zh, far_en = "远近不限", "at any distance"
    return [
        say(
            f"管控范围：{question.zones.label}；有约束力的 {binding} 条，未核实的 {draft} 条"
            "（只列出，不作排除）。",
            f"Zones: {question.zones.label}; {binding} binding rules, {draft} draft ones "
            "(listed, not applied).",
        ),
        say(
            f"格子 {question.cell_m:g} 米，共 {len(answer.grid):,} 个；格子有一处太近即算禁建。",
            f"Cells of {question.cell_m:g} m, {len(answer.grid):,} in all; a cell is excluded when "
            "any part of it is too near.",
        ),
        say(
            f"高程：{answer.elevation}。通视：眼高 {sight.eye_m:g} 米，目标 {sight.target_m:g} 米，"
            f"{far_zh}；计地球曲率和大气折光，不计房屋和树木。",
            f"Heights: {answer.elevation}. Sight: eyes at {sight.eye_m:g} m, target "
            f"{sight.target_m:g} m, {far_en}; with curvature and refraction, without houses and "
            "trees.",
        )
        if answer.elevation
        else say(
            "没有高程文件：坡度和可视范围未知。请用 --dem 给出。",
            "No elevation model: slope and sight are unknown. Give one with --dem.",
        ),
        say(
            f"评价准则：{question.criteria.file}。得分和权重是建议值，不是规范。",
            f"Criteria: {question.criteria.file}. Scores and weights are proposals, no norm.",
        ),
        say(
            f"权重各自变动 ±{steady.range_share:.0%}，抽 {steady.draws} 次（种子 {steady.seed}）；"
            f"无论怎样变都属最优级的格子占 {steady.always.mean():.1%}。",
            f"Every weight moves by ±{steady.range_share:.0%}, {steady.draws} draws (seed "
            f"{steady.seed}); {steady.always.mean():.1%} of the cells stay in the top class "
            "whatever the weights.",
        ),
        question.formula.statement,
        _priority(question),
        *question.notices,
        *([say("数据含模拟数据。", "The data are simulated in part.")] if answer.simulated else []),
    ]


def _priority(question: Question) -> str:
    """Return which villages come first, and how far one may go."""
    farthest = f"{question.criteria.farthest_m:,.0f}"
    if not question.priority.clearances:
        return say(
            f"没有规定哪些村优先。村到安葬点为直线距离，不超过 {farthest} 米。",
            f"No village comes first. Distances are straight, at most {farthest} m.",
        )
    return say(
        f"优先的村：村域与“{question.priority.label}”的范围相交。村到安葬点为直线距离，"
        f"不超过 {farthest} 米。",
        f"Villages that come first: their land meets the zones of {question.priority.label}. "
        f"Distances are straight, at most {farthest} m.",
    )
