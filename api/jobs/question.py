"""When two questions are the same: what is asked, and the content of the data it is asked of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any, Final

import sqlalchemy as sa

from api.jobs.process import Process
from geo.gazetteer.tables import EVENT
from geo.schema import layers as layer_schemas
from geo.store.dialects import FID
from geo.store.features.marks import while_unchanged
from geo.store.layer_tables import layer_sha256
from geo.store.models import SETTING
from geo.store.results import PREFIX
from geo.store.rows import tables_of

_UNTOLD: Final = ("street_network",)
"""Settings that say how something was kept, not what it is."""
_AT_ONCE: Final = 10_000


def question_sha256(
    connection: sa.Connection,
    process: Process,
    inputs: Mapping[str, Any],
    *,
    language: str,
    person: str,
) -> str:
    """Return what stands for a question of the store as it is now.

    Parameters
    ----------
    connection
        Sees one state of the store.
    process
        What is asked for.
    inputs
        What it is told, all of it; files by their fingerprints.
    language
        Language of the tables and messages.
    person
        Who asks; of whose own questions no other person's is the same.
    """
    told = [
        process.id,
        process.version,
        version("fuwuquan"),
        language,
        person if process.is_own(inputs) else "",
        inputs,
        _read(connection, process),
    ]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def contents(connection: sa.Connection, tables: Iterable[str]) -> dict[str, str]:
    """Return the fingerprint of the rows of each result that stands."""
    standing = tables_of(connection)
    return {name: _content(connection, name) for name in tables if name in standing}


def standing_contents(connection: sa.Connection, tables: Iterable[str]) -> dict[str, str]:
    """Return the same in a transaction that writes nothing, remembered until others write."""
    names = tuple(tables)
    return while_unchanged(connection, ("contents", names), lambda: contents(connection, names))


def _content(connection: sa.Connection, table: str) -> str:
    digest = hashlib.sha256()
    quoted = sa.sql.quoted_name(table, quote=True)
    rows = sa.select(sa.text("*")).select_from(sa.table(quoted)).order_by(sa.column(FID))
    for row in connection.execute(rows, execution_options={"yield_per": _AT_ONCE}):
        digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def _read(connection: sa.Connection, process: Process) -> dict[str, object]:
    """Return the fingerprint of everything that a process may read."""
    read: dict[str, object] = {}
    standing = tables_of(connection)
    if process.reads in ("names", "all") and EVENT.name in standing:
        last = sa.select(EVENT.c.hash).order_by(EVENT.c.number.desc()).limit(1)
        read["names"] = connection.scalar(last)
    if process.reads == "names":
        return read
    for name, schema in layer_schemas().items():
        if name in standing:
            read[name] = layer_sha256(connection, schema)
    settings = connection.execute(sa.select(SETTING.c.name, SETTING.c.value_json))
    read["settings"] = {row.name: row.value_json for row in settings if row.name not in _UNTOLD}
    if process.reads != "layers":
        start = PREFIX if process.reads == "all" else f"{PREFIX}candidates_"
        read["results"] = contents(connection, sorted(t for t in standing if t.startswith(start)))
    return read
