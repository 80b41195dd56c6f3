"""One verdict's computation in words, with its numbers filled in, and the rules beside it."""

from __future__ import annotations

import numpy as np

from geo.assess.sight import Seen, seen_of
from geo.assess.verdicts import VERDICTS, Block
from geo.assess.words import (
    amount,
    finding_label,
    lack_label,
    start_label,
    unit_label,
    way_label,
    zone_label,
)
from geo.norms import Norm, Rule
from geo.norms.model import Capacity, Exclusion, Ratio, Reach
from geo.text import say

BY_SIGHT = Exclusion("sight")


def formula(block: Block, at: int) -> str:
    """Return one verdict's computation with its numbers filled in.

    ``max(30 × 640/100, 300) = 300 m²；有 210 m²；缺 90 m²``
    """
    norm, rule = block.norm, block.rules[block.rule[at]]
    needed = _needed(block, at, norm, rule)
    parts = [needed] if needed else []
    parts.append(_actual(block, at, norm))
    shared = norm.judged == "share"
    if (
        block.role == "whole"
        and norm.kind == "reach"
        and not shared
        and np.isfinite(block.base[at])
    ):
        people = amount(block.base[at])
        parts.append(say(f"分母 {people}", f"of {people}"))
    parts += [text for text in (_gap(block, at), _note(block, at, rule)) if text]
    return say("；", "; ").join(parts)


def _needed(block: Block, at: int, norm: Norm, rule: Rule) -> str:  # noqa: PLR0911 - a kind a line
    value, required = rule.value, block.required[at]
    if np.isnan(required):
        return ""
    unit = unit_label(block.gap_unit)
    amounts = f"{amount(required)} {unit}".strip()
    if norm.judged == "share" and block.role == "whole":
        return _share_needed(block, at)
    match norm.measure:
        case Ratio(per=per, whole=whole):
            base = block.base[at]
            rate = _rate(required, base, per, rule)
            figures = f"{rate} × {amount(base)}" + ("" if per == 1 else f"/{amount(per)}")
            if block.pool[at] > 1:
                return _pooled(block, at, rule, rate=rate, per=per, amounts=amounts)
            if value.floor is not None:
                figures = f"max({figures}, {amount(value.floor)})"
            if whole:
                figures = f"⌈{figures}⌉"
            top = block.upper[at]
            if np.isfinite(top):
                return say(
                    f"{figures} = {amount(required)}，至 {amount(top)} {unit}",
                    f"{figures} = {amount(required)} to {amount(top)} {unit}",
                )
            return f"{figures} = {amounts}"
        case Capacity():
            factor = float(np.prod([number for _, number in value.parameters]))
            return f"{amount(block.base[at])} × {amount(factor)} = {amounts}"
        case Reach():
            return f"≤ {amounts}"
        case _:
            return _threshold(block, at, norm, amounts)


def _share_needed(block: Block, at: int) -> str:
    """Return the share required, and how many of how many that is: ``100%（1 个中的 1 个）``."""
    required, base = float(block.required[at]), block.base[at]
    percent, unit = f"{amount(100 * required)}%", unit_label(block.gap_unit)
    if not _counts(block, at):
        return say(
            f"要求 {percent}（分母 {amount(base)}）", f"required {percent} (of {amount(base)})"
        )
    all_of = f"{amount(base)} {unit}"
    # Rounded before it is rounded up: 0.7 x 10 is a little more than 7.
    these = f"{amount(float(np.ceil(round(required * base, 9))))} {unit}"
    return say(
        f"要求 {percent}（{all_of}中的 {these}）", f"required {percent} ({these} of {all_of})"
    )


def _counts(block: Block, at: int) -> bool:
    """Say whether what falls short of a share is counted in what the share is of."""
    return block.gap_unit in ("place", "person", "elders") and bool(np.isfinite(block.base[at]))


def _threshold(block: Block, at: int, norm: Norm, amounts: str) -> str:
    if norm.measure == BY_SIGHT:
        return say("须不被任何一处管控区域看见", "must be out of sight of every zone")
    if norm.kind == "exclusion":
        kind = zone_label(block.detail[at].partition(":")[2])
        return say(f"距{kind}大于 {amounts}", f"more than {amounts} from {kind}")
    top = block.upper[at]
    if norm.op == "between" and np.isfinite(top):
        unit = unit_label(block.gap_unit)
        return f"{amount(block.required[at])}–{amount(top)} {unit}".strip()
    sign = {"<=": "≤", "==": "="}.get(norm.op, "≥")
    return f"{sign} {amounts}"


def _pooled(block: Block, at: int, rule: Rule, *, rate: str, per: float, amounts: str) -> str:
    total, n = block.pool_base[at], int(block.pool[at])
    together = f"max({rate} × {amount(total)}/{amount(per)}, {amount(rule.value.floor or 0)})"
    part = f"{amount(block.base[at])}/{amount(total)}"
    return say(
        f"{n} 个小区统筹：{together} × {part} = {amounts}",
        f"{n} estates together: {together} × {part} = {amounts}",
    )


def _rate(required: float, base: float, per: float, rule: Rule) -> str:
    if rule.value.value is not None:
        return amount(rule.value.value)
    return amount(required * per / base) if base else "?"


def _actual(block: Block, at: int, norm: Norm) -> str:
    low, high = block.actual.low[at], block.actual.high[at]
    unit = unit_label(block.gap_unit)
    if norm.measure == BY_SIGHT:
        return _sighted(low, high)
    share = norm.judged == "share" and block.role == "whole"

    def shown(value: float) -> str:
        if not share:
            return f"{amount(value)} {unit}".strip()
        percent = f"{value:.1%}"
        if not _counts(block, at):
            return percent
        count = float(np.round(value * block.base[at]))
        return say(f"{amount(count)} {unit}（{percent}）", f"{amount(count)} {unit} ({percent})")

    if low == high:
        return say(f"有 {shown(low)}", f"has {shown(low)}")
    if np.isfinite(high):
        return say(f"有 {shown(low)} 至 {shown(high)}", f"has {shown(low)} to {shown(high)}")
    if np.isfinite(low) and low > 0:
        beyond = norm.kind == "reach"
        return say(
            f"{'超过' if beyond else '至少'} {shown(low)}",
            f"{'more than' if beyond else 'at least'} {shown(low)}",
        )
    return say("现状未知", "actual unknown")


def _sighted(low: float, high: float) -> str:
    """Return how many zones see a subject."""
    if low == high == 0:
        return say("没有一处看得见", "none sees it")
    if low == high:
        return say(f"有 {amount(low)} 处看得见", f"{amount(low)} see it")
    if low > 0:
        return say(f"至少 {amount(low)} 处看得见", f"at least {amount(low)} see it")
    return say("是否看得见未知", "whether any sees it is unknown")


def _seen_label(seen: Seen) -> str:
    kind, away = zone_label(seen.kind), f"{seen.distance_m:,.0f}"
    return say(
        f"最近的是{kind}“{seen.zone}”，在 {away} 米外（{seen.lon_lat}）",
        f"the nearest is {kind} {seen.zone!r}, {away} m away ({seen.lon_lat})",
    )


def _gap(block: Block, at: int) -> str:
    gap = block.gap[at]
    if not gap > 0 or block.norm.measure == BY_SIGHT:
        return ""
    amounts = f"{amount(gap)} {unit_label(block.gap_unit)}".strip()
    low, needed = block.actual.low[at], block.required[at]
    if block.norm.op == "<=" or (block.norm.kind == "reach" and block.role != "whole"):
        return say(f"超出 {amounts}", f"{amounts} too much")
    if block.norm.op == "between" and low > needed:
        return say(f"超出 {amounts}", f"{amounts} too much")
    return say(f"缺 {amounts}", f"{amounts} short")


def _note(block: Block, at: int, rule: Rule) -> str:
    notes = []
    if isinstance(block.norm.measure, Reach) and (way := way_label(block.norm.measure)):
        notes.append(way)
    detail = block.detail[at]
    if detail.startswith("by:"):
        notes.append(detail[3:].replace(";", say("，", ", ")))
    elif detail.startswith("column:"):
        notes.append(lack_label(detail))
    elif (seen := seen_of(detail)) is not None:
        notes.append(_seen_label(seen))
    if block.lacks[at]:
        missing = lack_label(block.lacks[at])
        notes.append(say(f"缺资料：{missing}", f"missing: {missing}"))
    if block.conditional[at]:
        found = finding_label(block.finding[at])
        notes.append(say(f"若适用：{found}", f"if it applies: {found}"))
    start = start_label(rule)
    if start and VERDICTS[block.verdict[at]] in ("pass", "fail", "not_yet_due"):
        notes.append(start)
    return say("；", "; ").join(notes)


def others(rules: tuple[Rule, ...], chosen: int) -> str:
    """Return the other rules of the norm that hold, with their figures and areas."""
    lines = []
    for row, rule in enumerate(rules):
        if row == chosen:
            continue
        value = rule.value
        figure = "–" if value.value is None else amount(value.value)
        floor = (
            ""
            if value.floor is None
            else say(f"，下限 {amount(value.floor)}", f", floor {amount(value.floor)}")
        )
        area = value.area or say("全国", "country")
        lines.append(f"{area} {value.start}：{figure}{floor}（{value.source}）")
    return "\n".join(lines)
