"""What an editor is told whose row somebody else changed: both versions, and where they differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from api.ogc.edited import feature_of, value_of
from geo.errors import DataError
from geo.schema import LayerSchema
from geo.store.applying import StaleRowError
from geo.store.history import at_version
from geo.store.merging import Conflict, differences, merge
from geo.store.records import SHAPE, Cell, Record
from geo.text import say


def stale(
    connection: sa.Connection,
    schema: LayerSchema,
    error: StaleRowError,
    yours: Callable[[Record | None], Record | None],
    *,
    draft: str,
) -> dict[str, Any]:
    """Return what the answer to a stale edit has beside its message.

    Parameters
    ----------
    connection
        In any transaction.
    schema
        The layer.
    error
        What stood in the way.
    yours
        Gives the row as the editor would have it, made of the one that he saw.
    draft
        The draft that is edited; of its rows no history is kept.
    """
    key, now = error.edit.key, error.now
    theirs = None if now is None else now.record
    seen = error.edit.version or 0
    base = None if draft else at_version(connection, schema.name, key, seen)
    try:
        own = yours(base or theirs)
    except DataError:  # what he sent does not even fit the row as it is now
        own = None
    found: dict[str, Any] = {
        "current": None
        if now is None
        else {"etag": f'"{now.version}"', "feature": feature_of(schema, key, now.record)},
        "yours": None if own is None else feature_of(schema, key, own),
    }
    if base is not None:
        found["base"] = {"etag": f'"{seen}"', "feature": feature_of(schema, key, base)}
    at_odds = {one.field for one in merge(base, theirs, own).conflicts} if base else set()
    found["differs"] = [
        {
            "property": name,
            "title": title_of(schema, name),
            **({"base": value_of(name, base.get(name))} if base else {}),
            "theirs": value_of(name, pair[0]),
            "yours": value_of(name, pair[1]),
            **({"conflict": bool(at_odds & {name, "*"})} if base else {}),
        }
        for name, pair in differences(theirs, own).items()
    ]
    return found


def title_of(schema: LayerSchema, name: str) -> str:
    """Return what people call a field of a row."""
    if name == SHAPE:
        return say("图形", "Geometry")
    return schema[name].label if any(one.name == name for one in schema.columns) else name


def conflict_told(schema: LayerSchema, conflict: Conflict) -> dict[str, Any]:
    """Return a conflict as JSON."""
    if conflict.field == "*":
        return {
            "property": "*",
            "title": say("整行", "The whole row"),
            **{
                side: None if row is None else properties_of(schema, row)
                for side, row in (
                    ("base", conflict.base),
                    ("theirs", conflict.theirs),
                    ("yours", conflict.yours),
                )
            },
        }
    return {
        "property": conflict.field,
        "title": title_of(schema, conflict.field),
        "base": value_of(conflict.field, conflict.base),
        "theirs": value_of(conflict.field, conflict.theirs),
        "yours": value_of(conflict.field, conflict.yours),
    }


def properties_of(schema: LayerSchema, row: Record | Cell) -> dict[str, Any]:
    """Return the fields of a row that are not empty, as JSON."""
    assert isinstance(row, dict)
    del schema
    return {name: value_of(name, cell) for name, cell in row.items() if cell is not None}
