"""Fingerprints of whole tables, by which a copy is known to be one."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import shapely
import sqlalchemy as sa

_AT_ONCE, _FILES_AT_ONCE = 10_000, 20


def rows_sha256(connection: sa.Connection, table: sa.Table) -> str:
    """Return the fingerprint of the rows of a table, the same in either database.

    The order of the rows does not count, since databases sort texts each in their own way.
    """
    found = streamed(connection, sa.select(table), table)
    rows = sorted(
        hashlib.sha256(json.dumps([_plain(v) for v in row], ensure_ascii=False).encode()).digest()
        for row in found
    )
    return hashlib.sha256(b"".join(rows)).hexdigest()


def streamed(
    connection: sa.Connection, query: sa.Select[Any], table: sa.Table
) -> sa.CursorResult[Any]:
    """Return the rows of a table a portion at a time, few where a column holds whole files."""
    files = any(isinstance(column.type, sa.LargeBinary) for column in table.columns)
    portion = _FILES_AT_ONCE if files else _AT_ONCE
    return connection.execute(query, execution_options={"yield_per": portion})


def file_sha256(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the fingerprint of every table of an SQLite file, byte for byte, by its name."""
    return dict(_tables_sha256(connection))


def _tables_sha256(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name"
    for name, definition in connection.execute(query).fetchall():
        if name.startswith("sqlite_") or "VIRTUAL TABLE" in definition.upper():
            continue  # the tables behind a virtual one count each
        digest = hashlib.sha256(definition.encode())
        for row in connection.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - names of the file
            digest.update(repr(row).encode())
        yield name, digest.hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(bytes(value)).hexdigest()
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkb(value, hex=True, byte_order=1)
    return value
