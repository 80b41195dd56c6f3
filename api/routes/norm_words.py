"""What a value of a norm requires, when and how it is known, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.text import say

if TYPE_CHECKING:
    from geo.norms import Value


def period(value: Value) -> str:
    """Return when a value is in force, and how well its first day is known."""
    sign = {
        "stated": "",
        "published": say("（发布日）", " (published)"),
        "assumed": say("（推定）", " (assumed)"),
    }
    until = f"{value.end}" if value.end else ""
    due = say(f"，{value.due} 前达到", f", due {value.due}") if value.due else ""
    return f"{value.start}{sign[value.from_is]}–{until}{due}"


def figure(value: Value) -> str:
    """Return what a value requires, in a few words."""
    parts = [] if value.value is None else [f"{value.value:g}"]
    if value.upper is not None:
        parts.append(say(f"至 {value.upper:g}", f"to {value.upper:g}"))
    if value.limit is not None:
        parts.append(say(f"上限 {value.limit:g}", f"limit {value.limit:g}"))
    if value.floor is not None:
        parts.append(say(f"下限 {value.floor:g}", f"floor {value.floor:g}"))
    parts += [
        f"{item.label or _range(item.at_least, item.below)}: {item.value:g}"
        for item in value.classes
    ]
    if value.zones:
        parts.append(say(f"{len(value.zones)} 类区域", f"{len(value.zones)} kinds of zone"))
    parts += [say(f"除 {item.name}", f"except {item.name}") for item in value.exempt]
    return say("，", ", ").join(parts) or "–"


def _range(low: float | None, high: float | None) -> str:
    return f"{low or 0:g}–{'' if high is None else format(high, 'g')}"


def evidence(value: Value) -> str:
    """Return how a value was read."""
    return {
        "document": say("读过原文", "read in the document"),
        "web": say("网上转述", "seen in a copy or report"),
        "unverified": say("未核实", "not verified"),
    }[value.evidence]
