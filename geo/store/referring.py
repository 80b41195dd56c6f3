"""Which rows name another by its key: a row that is named cannot be taken away alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import sqlalchemy as sa

from geo.errors import ConflictError
from geo.layers.agreeing import NAMED
from geo.schema import CODE_DIGITS, LayerSchema, layers
from geo.store.dialects import dialect_of
from geo.store.records import Record
from geo.text import say

Key = tuple[str, str]
"""A layer and the key of one of its rows."""

_WITHIN: Final[Mapping[str, str]] = {"township": "county", "community": "township"}
"""Layers of areas whose codes begin with the code of the area that they lie in."""
_AT_ONCE: Final = 500
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Reference:
    """One row that names another."""

    layer: str
    key: str
    to: Key


class ReferredError(ConflictError):
    """Rows that were to be taken away are named by others.

    Parameters
    ----------
    found
        What names them.
    """

    def __init__(self, found: Sequence[Reference]) -> None:
        self.found = tuple(found)
        gone = list(dict.fromkeys(one.to for one in found))
        told = [_told(to, [one for one in found if one.to == to]) for to in gone[:_SHOWN]]
        more = len(gone) - len(told)
        if more:
            told.append(say(f"另有 {more:,} 行也被引用", f"{more:,} more rows are named"))
        super().__init__(
            say("；".join(told) + "。", "; ".join(told) + "."),
            hint=say(
                "请先把它们改到别处或一并删去，再删这一行。",
                "move these elsewhere or take them away first.",
            ),
        )


def must_be_unnamed(
    connection: sa.Connection,
    gone: Collection[Key],
    *,
    instead: Mapping[Key, Record | None] = MappingProxyType({}),
) -> None:
    """Refuse to take rows away that other rows name.

    Parameters
    ----------
    connection
        In any transaction.
    gone
        The rows.
    instead
        Rows that count as they are here instead of as they stand; None: they go too.

    Raises
    ------
    ReferredError
        Rows that stay name them.
    """
    found = [one for one in _standing(connection, gone) if (one.layer, one.key) not in instead]
    kept = [(layer, row) for (layer, _), row in instead.items() if row is not None]
    found += _among(kept, set(gone))
    if found:
        raise ReferredError(found)


def _standing(connection: sa.Connection, gone: Iterable[Key]) -> list[Reference]:
    """Return the rows that stand and name some of these."""
    keys: dict[str, list[str]] = {}
    for layer, key in gone:
        keys.setdefault(layer, []).append(key)
    found: list[Reference] = []
    for schema in layers().values() if keys else ():
        present = dialect_of(connection).columns_of(connection, schema.name)
        own = sa.column(schema.key, sa.Text())
        for layer, wanted in keys.items() if present else ():
            told = _reference(schema, present, layer)
            if told is None:
                continue
            asked = sa.select(own, told).select_from(sa.table(schema.name))
            for some in _parts(sorted(set(wanted))):
                rows = connection.execute(asked.where(told.in_(some), own.is_not(None)))
                found += [Reference(schema.name, str(key), (layer, str(to))) for key, to in rows]
    return found


def _among(rows: Iterable[tuple[str, Record]], gone: Collection[Key]) -> list[Reference]:
    """Return those of some rows, each with its layer, that name rows which are to be gone."""
    found = []
    for name, record in rows if gone else ():
        key = str(record.get(layers()[name].key) or "")
        named = [(to, str(record.get(column) or "")) for column, to in NAMED.items()]
        if name in _WITHIN:
            named.append((_WITHIN[name], key[: CODE_DIGITS[_WITHIN[name]]]))
        found += [Reference(name, key, one) for one in named if one in gone]
    return found


def _reference(
    schema: LayerSchema, present: Collection[str], layer: str
) -> sa.ColumnElement[str] | None:
    """Return what in a row of one layer names a row of another; None when nothing does."""
    if _WITHIN.get(schema.name) == layer:
        return sa.func.substr(sa.column(schema.key), 1, CODE_DIGITS[layer])
    for column, to in NAMED.items():
        if to == layer and column in present and any(c.name == column for c in schema.columns):
            return sa.column(column)
    return None


def _told(to: Key, found: Sequence[Reference]) -> str:
    counts: dict[str, list[str]] = {}
    for one in found:
        counts.setdefault(one.layer, []).append(one.key)
    zh = "、".join(
        f"{layers()[name].zh} {len(keys):,} 个（{'、'.join(keys[:_SHOWN])}"
        f"{'……' if len(keys) > _SHOWN else ''}）"
        for name, keys in counts.items()
    )
    en = ", ".join(
        f"{len(keys):,} of {name} ({', '.join(keys[:_SHOWN])}{', …' if len(keys) > _SHOWN else ''})"
        for name, keys in counts.items()
    )
    layer, key = to
    return say(f"{layers()[layer].zh}“{key}”还被引用：{zh}", f"{layer} {key!r} is named by {en}")


def _parts(keys: Sequence[str]) -> list[Sequence[str]]:
    return [keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE)]
