"""One spelling of a row as JSON, so that equal rows have equal hashes in every database."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, Final

import shapely
import sqlalchemy as sa

from geo.gazetteer.calendar import end_day, first_day
from geo.gazetteer.shapes import Shape

START: Final = "0" * 64
"""What stands before the first event."""

_RANDOM_BITS: Final = 74
_JSON: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, allow_nan=False)


def new_id(at: datetime) -> str:
    """Return a fresh UUID of version 7 (RFC 9562): it sorts by time and never changes."""
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    noise = secrets.randbits(_RANDOM_BITS)
    number = milliseconds << 80 | 7 << 76 | (noise >> 62) << 64 | 2 << 62 | noise & ((1 << 62) - 1)
    return str(uuid.UUID(int=number))


def spelled(row: Mapping[str, Any] | None) -> str:
    """Return a row as canonical JSON; shapes as hexadecimal WKB; no row is an empty text."""
    if row is None:
        return ""
    plain = {
        name: shapely.to_wkb(value, hex=True) if isinstance(value, shapely.Geometry) else value
        for name, value in row.items()
    }
    return _JSON.encode(plain)


def unspelled(table: sa.Table, text: str) -> dict[str, Any]:
    """Return the row that `spelled` wrote; an empty one of an empty text."""
    if not text:
        return {}
    row: dict[str, Any] = json.loads(text)
    for column in table.columns:
        if isinstance(column.type, Shape) and row[column.name] is not None:
            row[column.name] = shapely.from_wkb(row[column.name])
    return row


def completed(table: sa.Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a whole row: defaults filled in, and the days and bounds that follow from others."""
    row: dict[str, Any] = {name: values.get(name, plain) for name, plain in _empty(table).items()}
    row["version"] = values.get("version", 1)
    if "from_day" in row:
        row["from_day"] = first_day(row["valid_from"])
        row["end_day"] = end_day(row["valid_to"])
    if "west" in row:
        row["west"], row["south"], row["east"], row["north"] = row["shape"].bounds
    if row.get("shape") is not None:
        row["shape"] = shapely.force_2d(row["shape"])
    if "chosen" in row:
        row["chosen"] = bool(row["chosen"])
    return row


@cache
def _empty(table: sa.Table) -> dict[str, str | None]:
    """Return what stands in each column that is not given."""
    return {
        column.name: "" if isinstance(column.type, sa.Text) and not column.nullable else None
        for column in table.columns
    }


def chained(previous: str, event: Mapping[str, Any]) -> str:
    """Return the hash of an event that follows another."""
    return sha256(f"{previous}\n{spelled(event)}".encode()).hexdigest()
