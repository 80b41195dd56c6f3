"""Norms and their values as JSON has them, for the command line and the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo.norms import Norm, Value


def norm_facts(norm: Norm) -> dict[str, object]:
    """Return what a norm is, for JSON."""
    return {
        "id": norm.id,
        "name": norm.label,
        "kind": norm.kind,
        "subject": norm.subject,
        "judged": norm.judged,
        "unit": norm.unit,
        "needs": list(norm.needs),
    }


def value_facts(norm: Norm, value: Value) -> dict[str, object]:
    """Return one value of a norm, for JSON."""
    facts = plain(value)
    assert isinstance(facts, dict)
    period = {"from": facts.pop("start"), "to": facts.pop("end")}
    return {
        "level": norm.level_of(value),
        **period,
        **{k: v for k, v in facts.items() if k != "level"},
    }


def plain(thing: Any) -> object:  # noqa: ANN401
    """Return a record as what JSON can hold."""
    if hasattr(thing, "__dataclass_fields__"):
        return {name: plain(getattr(thing, name)) for name in thing.__dataclass_fields__}
    if isinstance(thing, tuple):
        return [plain(item) for item in thing]
    return thing if thing is None or isinstance(thing, str | int | float) else str(thing)
