"""Many rows of one layer written in few statements, each only if it is as it was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from geo.schema import LayerSchema
from geo.store.dialects import VERSION
from geo.store.history import EDIT
from geo.store.models import layer_table
from geo.store.records import read

_KEY: Final = "seen_key"
_SEEN: Final = "seen_version"
_AT_ONCE: Final = 500


class Batch:
    """Rows of one layer that wait to be written together.

    Parameters
    ----------
    connection
        In a writing transaction.
    schema
        The layer.
    """

    def __init__(self, connection: sa.Connection, schema: LayerSchema) -> None:
        self._connection = connection
        self._schema = schema
        self._table = layer_table(schema)
        self._put_in: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        self._changed: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        self._taken: list[dict[str, Any]] = []

    def put_in(self, cells: Mapping[str, Any], *, version: int) -> None:
        """Add a row."""
        self._put_in.setdefault(tuple(cells), []).append({**cells, VERSION: version})

    def change(self, key: str, cells: Mapping[str, Any], *, version: int) -> None:
        """Change some cells of a row whose version was seen."""
        seen = {_KEY: key, _SEEN: version, VERSION: version + 1}
        self._changed.setdefault(tuple(cells), []).append({**cells, **seen})

    def take_away(self, key: str, *, version: int) -> None:
        """Take a row away whose version was seen."""
        self._taken.append({_KEY: key, _SEEN: version})

    def write(self) -> str | None:
        """Write all that waits; return the key of a row that is not as it was seen, if any is."""
        table = self._table
        this = (
            table.c[self._schema.key] == sa.bindparam(_KEY),
            table.c[VERSION] == sa.bindparam(_SEEN),
        )
        if self._taken:
            gone = self._connection.execute(sa.delete(table).where(*this), self._taken)
            if gone.rowcount != len(self._taken):
                return self._unlike(self._taken, after=None)
        for names, rows in self._changed.items():
            new: dict[str, Any] = {name: sa.bindparam(name) for name in (*names, VERSION)}
            done = self._connection.execute(sa.update(table).where(*this).values(new), rows)
            if done.rowcount != len(rows):
                return self._unlike(rows, after=1)
        for rows in self._put_in.values():
            self._connection.execute(sa.insert(table), rows)
        return None

    def _unlike(self, rows: Sequence[Mapping[str, Any]], *, after: int | None) -> str:
        """Return the key of the first row that was not as it was seen when it was to be written.

        Parameters
        ----------
        rows
            The rows.
        after
            By how much the version of a row that was written is higher; None: it is gone.
        """
        now = read(self._connection, self._schema, [row[_KEY] for row in rows])
        for row in rows:
            stands = now.get(row[_KEY])
            wanted = None if after is None else row[_SEEN] + after
            if (None if stands is None else stands.version) != wanted:
                return str(row[_KEY])
        return str(rows[0][_KEY])


def last_versions(connection: sa.Connection, layer: str, keys: Sequence[str]) -> dict[str, int]:
    """Return the highest version that rows ever had by the history, of those it tells of."""
    found: dict[str, int] = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        query = sa.select(EDIT.c.row_key, sa.func.max(EDIT.c.version)).where(
            EDIT.c.layer == layer, EDIT.c.row_key.in_(some)
        )
        found |= {
            str(key): int(version)
            for key, version in connection.execute(query.group_by(EDIT.c.row_key))
        }
    return found
