"""Whether rows that are edited agree: within themselves, and with the rows that they name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa

from geo.layers.agreeing import PARTS, WHOLE, Naming, name_given, namings
from geo.schema import LayerSchema
from geo.schema import layer as layer_schema
from geo.store.dialects import dialect_of
from geo.store.records import Record
from geo.store.referring import Key
from geo.store.refusals import refused
from geo.text import listed, say

_AT_ONCE: Final = 500
_LIKE: Final = 3
_LOOKED_AT: Final = 200


@dataclass(frozen=True, slots=True)
class Turn:
    """A row as it is to be, and as it is; nothing before: it is new."""

    schema: LayerSchema
    after: Record
    before: Record | None


def parts_faults(turn: Turn) -> list[str]:
    """Return which parts of its people an edit lets exceed all of them.

    What is wrong already, and is not touched, keeps nobody from editing the rest of the row.
    """
    after, before = turn.after, turn.before or {}
    whole = after.get(WHOLE)
    found = []
    for part in PARTS:
        count = after.get(part.name)
        if part.severity != "error" or whole is None or count is None:
            continue
        same = count == before.get(part.name) and whole == before.get(WHOLE)
        if float(count) > float(whole) and not same:
            message, _ = part.words(turn.schema)
            found.append(message + say(f"（{count}，{whole}）", f" ({count}, {whole})"))
    return found


def must_agree(
    connection: sa.Connection,
    turns: Sequence[Turn],
    *,
    instead: Mapping[Key, bool] = MappingProxyType({}),
    warned: bool = False,
) -> None:
    """Refuse rows of which a part exceeds the whole, or that name rows that are not there.

    Parameters
    ----------
    connection
        In any transaction.
    turns
        The rows, as they are to be and as they are.
    instead
        Rows that are there, or are not, whatever stands in their layer.
    warned
        Whether they may name rows that are not there where an import only warns of it: rows of
        drafts may come from files.

    Raises
    ------
    DataError
        With every fault of every row; each unknown key with those like it.
    """
    found: list[str] = []
    asked: dict[str, set[str]] = {}
    named: list[tuple[Turn, Naming, str]] = []
    for turn in turns:
        found += [_of(turn, turns) + line for line in parts_faults(turn)]
        for naming, key in named_anew(turn):
            if not (warned and naming.warned) and not instead.get((naming.layer, key)):
                named.append((turn, naming, key))
                asked.setdefault(naming.layer, set()).add(key)
    there = {layer: _there(connection, layer, keys) for layer, keys in asked.items()}
    told: dict[Key, str] = {}
    for turn, naming, key in named:
        known = there[naming.layer]
        if known is None or (key in known and instead.get((naming.layer, key), True)):
            continue
        this = (naming.layer, key)
        told[this] = told.get(this) or _like(connection, *this)
        found.append(_of(turn, turns) + _unknown(turn.schema, naming, key) + told[this])
    if found:
        raise refused(found)


def named_anew(turn: Turn) -> Iterable[tuple[Naming, str]]:
    """Return what an edit lets a row name that it did not name before."""
    for naming in namings(turn.schema):
        key = name_given(naming, turn.schema, turn.after)
        before = "" if turn.before is None else name_given(naming, turn.schema, turn.before)
        if key and key != before:
            yield naming, key


def _there(connection: sa.Connection, layer: str, keys: Collection[str]) -> set[str] | None:
    """Return which keys a layer has; None when it has no rows, so that nothing can be said."""
    table = _table(connection, layer)
    if table is None:
        return None
    own = table.c[layer_schema(layer).key]
    ordered = sorted(keys)
    found: set[str] = set()
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        found |= set(connection.scalars(sa.select(own).where(own.in_(some))))
    return found


def _table(connection: sa.Connection, layer: str) -> sa.TableClause | None:
    """Return the table of a layer; None when it has no rows."""
    schema = layer_schema(layer)
    if not dialect_of(connection).columns_of(connection, layer):
        return None
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(schema.key, sa.Text()),
        sa.column("name", sa.Text()),
    ]
    table = sa.table(layer, *columns)
    any_row = connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
    return table if any_row else None


def _like(connection: sa.Connection, layer: str, key: str) -> str:
    """Return keys like one that is not there, with their names, for the end of a message."""
    table = _table(connection, layer)
    if table is None:
        return ""
    own, name = table.c[layer_schema(layer).key], table.c["name"]
    asked = sa.select(own, name).where(own.is_not(None)).order_by(own)
    found = list(connection.execute(asked.where(name == key).limit(_LIKE)))
    for length in range(len(key) - 1, 0, -1):
        if found:
            break
        begins = own.startswith(key[:length], autoescape=True)
        near = {row[0]: row for row in connection.execute(asked.where(begins).limit(_LOOKED_AT))}
        found = [near[one] for one in get_close_matches(key, near, _LIKE, 0.0)]
    if not found:
        return ""
    shown = [f"{one}（{called}）" if called else str(one) for one, called in found]
    shown_en = [f"{one} ({called})" if called else str(one) for one, called in found]
    return say(f"；相近的有 {listed(shown)}", f"; like it: {listed(shown_en)}")


def _unknown(schema: LayerSchema, naming: Naming, key: str) -> str:
    label, layer = schema[naming.column], layer_schema(naming.layer)
    return say(
        f"“{label.label_zh}”{key} 在“{layer.zh}”层中没有",
        f"{naming.column} {key}: layer {layer.name!r} has no such row",
    )


def _of(turn: Turn, turns: Sequence[Turn]) -> str:
    """Return which row a fault is of, where there are several."""
    key = turn.after.get(turn.schema.key)
    many = len(turns) > 1
    return say(f"{turn.schema.zh}“{key}”：", f"{turn.schema.name} {key}: ") if many else ""
