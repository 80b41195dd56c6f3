"""How a norm and its values are put into words and into JSON on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.routes.norm_facts import norm_facts, plain, value_facts
from api.routes.norm_words import evidence, figure, period
from geo.text import say

if TYPE_CHECKING:
    from geo.norms import Change, Rule

__all__ = [
    "change_facts",
    "evidence",
    "figure",
    "figures",
    "norm_facts",
    "period",
    "plain",
    "side",
    "value_facts",
]


def change_facts(change: Change) -> dict[str, object]:
    """Return one difference of two rule sets, for JSON."""
    return {
        "id": change.id,
        "name": say(change.zh, change.en),
        "status": change.status,
        "fields": list(change.fields),
        "first": [value_facts(rule.norm, rule.value) for rule in change.first],
        "second": [value_facts(rule.norm, rule.value) for rule in change.second],
    }


def side(area: str, on: object) -> str:
    """Return the heading of one rule set."""
    return f"{area or say('全国', 'country')} {on}"


def figures(rules: tuple[Rule, ...]) -> str:
    """Return what several rules require, a line each."""
    if not rules:
        return say("没有", "none")
    return "\n".join(
        f"{rule.value.area or say('全国', 'country')}: {figure(rule.value)}" for rule in rules
    )
