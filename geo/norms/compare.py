"""What changes between two rule sets: two days, or two areas, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geo.norms.force import InForce, Rule
from geo.norms.model import Level, Value

Status = Literal["only_first", "only_second", "changed", "same"]

_COMPARED = (
    "value",
    "upper",
    "floor",
    "limit",
    "baseline",
    "due",
    "pool_min",
    "basis",
    "age_from",
    "parameters",
    "classes",
    "zones",
    "exempt",
    "exceptions",
)


@dataclass(frozen=True, slots=True)
class Change:
    """How the rules of one norm differ between the first and the second rule set."""

    id: str
    zh: str
    en: str
    status: Status
    first: tuple[Rule, ...]
    second: tuple[Rule, ...]
    fields: tuple[str, ...]
    """What differs in the figures, where both sets have the norm; levels count as ``level``."""


def diff(first: InForce, second: InForce, *, same: bool = False) -> tuple[Change, ...]:
    """Return the norms whose rules differ, in the order of the norm files.

    A value counts as the same when it requires the same, whoever wrote it and wherever it holds;
    ``same=True`` lists the norms that do not differ as well.
    """
    before, after = _by_norm(first), _by_norm(second)
    norms = {rule.norm.id: rule.norm for rule in (*_rules(first), *_rules(second))}
    changes = []
    for name, norm in norms.items():
        old, new = before.get(name, ()), after.get(name, ())
        fields = _differing(old, new) if old and new else ()
        status: Status = "changed" if fields else "same"
        if not old or not new:
            status = "only_second" if new else "only_first"
        if same or status != "same":
            changes.append(Change(name, norm.zh, norm.en, status, old, new, fields))
    return tuple(changes)


def _rules(rules: InForce) -> tuple[Rule, ...]:
    return (*rules.binding, *rules.draft, *rules.statistic, *rules.notices)


def _by_norm(rules: InForce) -> dict[str, tuple[Rule, ...]]:
    grouped: dict[str, tuple[Rule, ...]] = {}
    for rule in _rules(rules):
        grouped[rule.norm.id] = (*grouped.get(rule.norm.id, ()), rule)
    return grouped


def _differing(old: tuple[Rule, ...], new: tuple[Rule, ...]) -> tuple[str, ...]:
    fields = [
        name
        for name in _COMPARED
        if {getattr(rule.value, name) for rule in old}
        != {getattr(rule.value, name) for rule in new}
    ]
    levels: tuple[set[Level], set[Level]] = ({r.level for r in old}, {r.level for r in new})
    pairs = [{_demand(rule.value) for rule in rules} for rules in (old, new)]
    if not fields and pairs[0] != pairs[1]:
        fields.append("value")
    return (*fields, "level") if levels[0] != levels[1] else tuple(fields)


def _demand(value: Value) -> tuple[object, ...]:
    return tuple(getattr(value, name) for name in _COMPARED)
