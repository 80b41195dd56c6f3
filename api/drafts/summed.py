"""What a draft changes on the whole: rows by layer, and each field with its totals and its most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.drafts.changes import cell_told, metres_moved, named, title_told
from api.drafts.choosing import ACTS, Chosen, fields_of
from api.drafts.shown import act_of, change_told
from geo.schema import LayerSchema
from geo.schema import layer as layer_schema
from geo.store.drafts.standings import Standing
from geo.store.records import SHAPE, Cell
from geo.text import say

_MOST_KINDS: Final = 3
"""Kinds of change that are told of a field with few values."""
_ADDED: Final = frozenset(
    {"person", "household", "organisation", "m2", "bed", "seat", "plot", "niche", "yuan"}
)
"""Units of what adds up over rows; years, floors and shares do not."""


@dataclass(frozen=True, slots=True)
class FieldSum:
    """What becomes of one field in all rows that were there and stay."""

    title: str
    rows: int
    how: str
    asked: str
    """What stands behind the question mark of the page of these rows."""


@dataclass(frozen=True, slots=True)
class LayerSum:
    """What becomes of the rows of one layer."""

    title: str
    acts: Mapping[str, tuple[int, str]]
    """How many rows of each act, and what stands behind the question mark of their page."""
    fields: Sequence[FieldSum]


def summed(standing: Sequence[Standing]) -> list[LayerSum]:
    """Return what changes do on the whole, layer by layer."""
    return [_layer_sum(layer_schema(layer), own) for layer, own in _by_layer(standing).items()]


def changes_told(standing: Sequence[Standing], asked: Chosen) -> dict[str, Any]:
    """Return what a draft changes: how much on the whole, and the rows that are asked for."""
    return {
        "rows": len(standing),
        "conflicts": sum(len(one.merged.conflicts) for one in standing),
        "summary": [
            {
                "collection": layer,
                "acts": dict(_acts(own)),
                "properties": dict(Counter(name for one in own for name in fields_of(one))),
            }
            for layer, own in _by_layer(standing).items()
        ],
        "changes": [change_told(one) for one in asked.of(standing)],
    }


def _by_layer(standing: Sequence[Standing]) -> dict[str, list[Standing]]:
    found: dict[str, list[Standing]] = {}
    for one in standing:
        found.setdefault(one.change.layer, []).append(one)
    return found


def _acts(standing: Sequence[Standing]) -> Counter[str]:
    found = Counter(act_of(one.change) for one in standing)
    found["conflict"] = sum(bool(one.merged.conflicts) for one in standing)
    return +found


def _layer_sum(schema: LayerSchema, standing: Sequence[Standing]) -> LayerSum:
    acts = _acts(standing)
    pairs: dict[str, list[tuple[Standing, Cell, Cell]]] = {}
    for one in standing:
        for name, (was, now) in fields_of(one).items():
            pairs.setdefault(name, []).append((one, was, now))
    names = (*(one.name for one in schema.columns), SHAPE)
    return LayerSum(
        say(schema.zh, schema.en),
        {act: (acts[act], Chosen(schema.name, act=act).at(0)) for act in ACTS if acts[act]},
        [_field_sum(schema, name, pairs[name]) for name in names if name in pairs],
    )


def _field_sum(
    schema: LayerSchema, name: str, found: Sequence[tuple[Standing, Cell, Cell]]
) -> FieldSum:
    return FieldSum(
        title_told(schema, name),
        len(found),
        say("；", "; ").join(filter(None, (_how(schema, name, found), *_blanks(found)))),
        Chosen(schema.name, field=name).at(0),
    )


def _how(schema: LayerSchema, name: str, found: Sequence[tuple[Standing, Cell, Cell]]) -> str:
    """Return in words how a field changes: totals, the furthest move, the commonest changes."""
    if name == SHAPE:
        moves = [(metres_moved(was, now) or 0.0, one) for one, was, now in found]
        far_m, which = max(moves, key=lambda pair: pair[0])
        return say(
            f"移动最远约 {far_m:,.1f} 米（{named(which.change)}）",
            f"moved by up to about {far_m:,.1f} m ({named(which.change)})",
        ) if far_m else say("改了形状", "reshaped")  # fmt: skip
    column = schema[name]
    if column.type in ("int", "float"):
        return _totals(schema, name, found, added=column.unit in _ADDED)
    kinds = Counter((cell_told(schema, name, was), cell_told(schema, name, now))
                    for _, was, now in found)  # fmt: skip
    told = [
        say(f"“{was}”改为“{now}” {count:,} 行", f"{was} → {now}: {count:,} rows")
        for (was, now), count in kinds.most_common(_MOST_KINDS)
    ]
    if len(kinds) <= _MOST_KINDS:
        return say("；", "; ").join(told)
    fresh = len({now for _, now in kinds})
    return say(f"改成 {fresh:,} 种值", f"{fresh:,} new values")


def _blanks(found: Sequence[tuple[Standing, Cell, Cell]]) -> list[str]:
    """Return in how many rows a field is filled in that was empty, and the other way round."""
    filled = sum(was in (None, "") for _, was, _ in found)
    emptied = sum(now in (None, "") for _, _, now in found)
    return [
        say(f"{filled:,} 行原来空着", f"{filled:,} were empty") if filled else "",
        say(f"{emptied:,} 行清空", f"{emptied:,} are emptied") if emptied else "",
    ]


def _totals(
    schema: LayerSchema, name: str, found: Sequence[tuple[Standing, Cell, Cell]], *, added: bool
) -> str:
    """Return the total before and after of rows that have both, and the greatest change."""
    both = [
        (one, was, now)
        for one, was, now in found
        if isinstance(was, int | float) and isinstance(now, int | float)
    ]
    if not both:
        return ""
    before, after = sum(was for _, was, _ in both), sum(now for _, _, now in both)
    which, was, now = max(both, key=lambda each: abs(each[2] - each[1]))
    told = [cell_told(schema, name, one) for one in (before, after, was, now)]
    row = named(which.change)
    most = say(f"变动最大 {told[2]} → {told[3]}（{row}）", f"most: {told[2]} → {told[3]} ({row})")
    total = say(
        f"合计 {told[0]} → {told[1]}（{after - before:+,.10g}）；",
        f"total {told[0]} → {told[1]} ({after - before:+,.10g}); ",
    )
    return (total if added else "") + most
