"""What becomes of every row when a layer is written anew: new, changed, gone, or as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
import sqlalchemy as sa

from geo.schema import Column, LayerSchema
from geo.store.dialects import FID, VERSION, dialect_of
from geo.store.frames import to_cells
from geo.store.geometry import GEOMETRY, Geom, decode, simplest
from geo.store.history import EDIT, By, spelled
from geo.store.records import SHAPE, Cell, Record

Cells = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A row before its layer is written anew."""

    fid: int
    version: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one row; ``before`` is None of a new one, ``after`` of one taken away."""

    key: str
    version: int
    """The version it is led to."""
    before: Standing | None
    after: Cells | None


@dataclass(frozen=True, slots=True)
class Replaced:
    """How the rows of a layer that is written anew stand to those that it had.

    Attributes
    ----------
    names
        Fields of a row, the shape last.
    versions
        Version of each new row: one more for a changed row, as it was for one that is the same.
    changes
        Rows that are new, changed or taken away.
    """

    names: tuple[str, ...]
    versions: tuple[int, ...]
    changes: tuple[Change, ...]

    @property
    def added(self) -> int:
        """How many rows are new."""
        return sum(one.before is None for one in self.changes)

    @property
    def removed(self) -> int:
        """How many rows are taken away."""
        return sum(one.after is None for one in self.changes)

    @property
    def changed(self) -> int:
        """How many rows are changed."""
        return len(self.changes) - self.added - self.removed

    def counted(self) -> dict[str, int]:
        """Return how many rows are new, changed, taken away and as they were."""
        same = len(self.versions) - self.added - self.changed
        return {
            "added": self.added, "changed": self.changed, "removed": self.removed,
            "unchanged": same,
        }  # fmt: skip

    def record(self, cells: Cells) -> Record:
        """Return the cells of a row as a record."""
        return dict(zip(self.names, cells, strict=True))


def compared(
    connection: sa.Connection, schema: LayerSchema, frame: gpd.GeoDataFrame, *, gone: bool = True
) -> Replaced:
    """Compare the rows that a layer is to have with those it has.

    Parameters
    ----------
    connection
        In a writing transaction.
    schema, frame
        The layer and its rows to be, in EPSG:4490.
    gone
        Whether rows that the frame has not are taken away.
    """
    before, keyless = _standing(connection, schema)
    rows = _cells(frame, schema)
    place = [column.name for column in schema.columns].index(schema.key)
    keys = ["" if row[place] is None else str(row[place]) for row in rows]
    first = _newest(connection, schema.name, [*before.values(), *keyless]) + 1
    versions, changes = [], []
    for key, row in zip(keys, rows, strict=True):
        was = before.get(key) if key else None
        if was is None:
            version = first
            changes.append(Change(key, version, None, row))
        elif was.cells == row:
            version = was.version
        else:
            version = was.version + 1
            changes.append(Change(key, version, was, row))
        versions.append(version)
    kept = set(keys)
    left = [(key, was) for key, was in before.items() if key not in kept]
    left += [("", was) for was in keyless]
    if gone:
        changes += [Change(key, was.version + 1, was, None) for key, was in left]
    names = (*(column.name for column in schema.columns), SHAPE)
    return Replaced(names, tuple(versions), tuple(changes))


def keep_changes(connection: sa.Connection, layer: str, replaced: Replaced, by: By) -> None:
    """Add what became of each row to the history, in one go."""
    count = len(replaced.changes)
    if not count:
        return

    def text(cells: Cells | None) -> str | None:
        return None if cells is None else spelled(replaced.record(cells))

    columns: Mapping[str, Sequence[object]] = {
        "layer": [layer] * count,
        "row_key": [one.key for one in replaced.changes],
        "version": [one.version for one in replaced.changes],
        "before_json": [
            text(None if one.before is None else one.before.cells) for one in replaced.changes
        ],
        "after_json": [text(one.after) for one in replaced.changes],
        "author": [by.author] * count,
        "at": [by.at] * count,
        "cause": [by.cause] * count,
    }
    dialect_of(connection).append(connection, EDIT, columns)


def _standing(
    connection: sa.Connection, schema: LayerSchema
) -> tuple[dict[str, Standing], list[Standing]]:
    """Return the rows that stand, by their keys, and those without one; nothing is refused."""
    present = dialect_of(connection).columns_of(connection, schema.name)
    if not present:
        return {}, []
    columns = [column for column in schema.columns if column.name in present]
    wanted: list[sa.ColumnElement[Any]] = [
        sa.column(FID), sa.column(VERSION), sa.column(GEOMETRY, Geom()),
        *(sa.type_coerce(sa.column(one.name), sa.types.NullType()) for one in columns),
    ]  # fmt: skip
    found = connection.execute(sa.select(*wanted).select_from(sa.table(schema.name)))
    rows = found.cursor.fetchall()
    if not rows:
        return {}, []
    fids, versions, shapes, *values = zip(*rows, strict=True)
    held = dict(zip((one.name for one in columns), values, strict=True))
    nothing = [None] * len(rows)
    cells = zip(
        *(_plain(held.get(one.name, nothing), one) for one in schema.columns),
        _spelled(decode(list(shapes))),
        strict=True,
    )
    place = [column.name for column in schema.columns].index(schema.key)
    keyed: dict[str, Standing] = {}
    keyless = []
    for fid, version, row in zip(fids, versions, cells, strict=True):
        one = Standing(fid, version, row)
        if row[place] is None:
            keyless.append(one)
        else:
            keyed[str(row[place])] = one
    return keyed, keyless


def _cells(frame: gpd.GeoDataFrame, schema: LayerSchema) -> list[Cells]:
    columns = [_plain(to_cells(frame[one.name]), one) for one in schema.columns]
    return list(zip(*columns, _spelled(np.asarray(frame.geometry, dtype=object)), strict=True))


def _spelled(shapes: Any) -> list[str | None]:  # noqa: ANN401 - an array of shapes
    """Return shapes as records hold them; an empty one is none."""
    flat = simplest(np.asarray(shapes, dtype=object))
    texts = shapely.to_wkb(flat, hex=True, byte_order=1)
    there = ~(shapely.is_missing(flat) | shapely.is_empty(flat))
    return [str(text) if one else None for text, one in zip(texts, there, strict=True)]


def _plain(values: Sequence[Any], column: Column) -> list[Cell]:
    """Return the cells of a column as records hold them; what does not fit it stays as it is."""
    turn = _TURNS.get(column.type, str)
    try:
        return [None if value is None or value == "" else turn(value) for value in values]
    except (TypeError, ValueError):
        return [None if value is None or value == "" else _turned(turn, value) for value in values]


def _turned(turn: Any, value: Any) -> Cell:  # noqa: ANN401 - whatever another program wrote
    try:
        turned: Cell = turn(value)
    except (TypeError, ValueError):
        return str(value)
    return turned


_DAY: Final = len("2026-05-01")
_TURNS: Final[Mapping[str, Any]] = {
    "int": int,
    "float": float,
    "bool": bool,
    "date": lambda value: str(value)[:_DAY],
}


def _newest(connection: sa.Connection, layer: str, standing: Iterable[Standing]) -> int:
    """Return the highest version that a row of a layer ever had, as far as is known.

    A row that is new has a higher one: else who saw a row of its key long ago, taken away by
    another program, could take it for that one.
    """
    query = sa.select(sa.func.max(EDIT.c.version)).where(EDIT.c.layer == layer)
    known = connection.scalar(query) or 0
    return max(int(known), max((one.version for one in standing), default=0))
