"""How the levels of norms are named to a user."""

from __future__ import annotations

from geo.norms.model import Level
from geo.text import say


def level_label(level: Level) -> str:
    """Return the name of a level."""
    return {
        "must": say("应", "must"),
        "should": say("宜", "should"),
        "target": say("目标", "target"),
        "statistic": say("统计", "statistic"),
        "draft": say("未核实", "draft"),
    }[level]
