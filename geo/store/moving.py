"""How a workspace comes from one store into another: every row, and proof that it is the same."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from geo.errors import DataError
from geo.schema import LayerSchema
from geo.schema import layers as layer_schemas
from geo.store import tallies
from geo.store.database import BUSY_S, Database, database_of
from geo.store.dialects import UNKNOWN, About, Rows, dialect_of
from geo.store.digests import rows_sha256, streamed
from geo.store.frames import content_sha256, frame_sha256, to_cells
from geo.store.geometry import GEOMETRY
from geo.store.layer_tables import about_layer
from geo.store.models import BOOKS, MIGRATION, STREET_FILE, TALLY, feature_table
from geo.store.opening import taken
from geo.store.results import PREFIX
from geo.store.rows import fetch, tables_of
from geo.store.street_files import put_files
from geo.store.workspace import Workspace
from geo.text import say

_OF_THE_DATABASE = ("gpkg_", "rtree_", "sqlite_", "layer_styles", "spatial_ref_sys")
"""Tables that belong to the database and are made anew in another."""
_MADE_ANEW = (MIGRATION.name, STREET_FILE.name, TALLY.name)
"""Tables of ours that the other store fills in its own way."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied and proved to be the same on both sides."""

    layers: dict[str, str]
    """Fingerprint of the content by layer, as `Workspace.content_sha256` gives it."""
    rows: dict[str, int]
    """Rows by table: layers, results and books."""
    left_out: tuple[str, ...]
    """Tables that are not of the workspace, such as a layer somebody added in QGIS."""


def move(
    source: Workspace,
    place: Path | str,
    *,
    books: Sequence[sa.MetaData] = (),
    folder: Path | None = None,
) -> tuple[Workspace, Copied]:
    """Make a workspace elsewhere that holds all that one holds, which stays as it is.

    Parameters
    ----------
    source
        The workspace; what is copied is one state of it, whoever writes meanwhile.
    place
        Where the new one is to be: a folder, a GeoPackage, or the URL of a database.
    books
        Tables kept beside those of the store, such as the gazetteer's.
    folder
        Where a new database's maps and tables go.

    Raises
    ------
    ConflictError
        There is a workspace already.
    DataError
        A row cannot be read, or came out different; then nothing is kept.
    """
    final = database_of(place, folder=folder, busy_s=BUSY_S)
    if final.exists():
        raise taken(final.place)
    found: list[Copied] = []
    with source.reading() as origin, _half(final) as half:

        def fill(connection: sa.Connection) -> None:
            found.append(copy_all(origin, connection, books))
            put_files(connection, source.street_files.contents(origin))

        Workspace.create(half or place, folder=folder, fill=fill).close()
    made = Workspace.open(place, folder=folder)
    made.street_files.unpack()
    return made, found[0]


def copy_all(source: sa.Connection, target: sa.Connection, books: Sequence[sa.MetaData]) -> Copied:
    """Copy a workspace into an empty one, in the caller's transactions, and compare.

    Raises
    ------
    DataError
        A table cannot be copied as it is, or its copy differs.
    """
    standing = tables_of(source)
    schemas = {name: s for name, s in layer_schemas().items() if name in standing}
    results = sorted(name for name in standing if name.startswith(PREFIX))
    rows: dict[str, int] = {}
    hashes: dict[str, str] = {}
    for name in (*schemas, *results):
        frame = _copy_features(source, target, name, schemas.get(name))
        rows[name] = len(frame)
        if name in schemas:
            assert isinstance(frame, gpd.GeoDataFrame)  # every layer has shapes
            hashes[name] = content_sha256(frame, schemas[name])
    for style in dialect_of(source).styles(source):
        if style.table in rows:
            dialect_of(target).put_style(target, style)
    for table in _books(target, standing, books):
        rows[table.name] = _copy_rows(source, target, table)
        if rows_sha256(source, table) != rows_sha256(target, table):
            raise _differs(table.name)
    known = {*rows, *_MADE_ANEW}
    strangers = {name for name in standing - known if not name.startswith(_OF_THE_DATABASE)}
    return Copied(hashes, rows, tuple(sorted(strangers)))


def _books(
    target: sa.Connection,
    standing: set[str],
    books: Sequence[sa.MetaData],
) -> Iterable[sa.Table]:
    """Yield the tables to copy as they are, those that others point at first."""
    for table in BOOKS.sorted_tables:
        if table.name not in _MADE_ANEW:
            yield table
    for metadata in books:
        if any(table.name in standing for table in metadata.sorted_tables):
            metadata.create_all(target, checkfirst=False)
            yield from (table for table in metadata.sorted_tables if table.name in standing)


def _copy_features(
    source: sa.Connection, target: sa.Connection, name: str, schema: LayerSchema | None
) -> pd.DataFrame:
    """Copy a layer or a result, compare, and return its rows."""
    here, there = dialect_of(source), dialect_of(target)
    kinds = _kinds(source, name, schema)
    shape = {} if GEOMETRY not in kinds else {GEOMETRY: here.kind_of_table(source, name) or ""}
    table = feature_table(name, kinds | shape, key="" if schema is None else schema.key)
    plain = {column: kind for column, kind in kinds.items() if column != GEOMETRY}
    frame = fetch(source, name, plain, shapes=bool(shape))
    columns = [
        list(frame.geometry) if column == GEOMETRY else to_cells(frame[column]) for column in kinds
    ]
    told = here.about(source, name)
    if schema is not None:
        told = _with_strangers(about_layer(schema, told.day), told)
    there.replace(target, table, Rows(columns, here.last_fid(source, name)), told)
    if schema is not None:
        there.count_edits(target, name, schema.key)
    tallies.go_on_from(source, target, name)
    copied = fetch(target, name, plain, shapes=bool(shape))
    if frame_sha256(frame, plain) != frame_sha256(copied, plain):
        raise _differs(name)
    return frame


def _kinds(connection: sa.Connection, name: str, schema: LayerSchema | None) -> dict[str, str]:
    """Return the kind of each column of a table; that of the shapes is left open."""
    kinds = dialect_of(connection).columns_of(connection, name)
    if schema is not None:
        kinds |= {c.name: c.type for c in schema.columns if c.name in kinds}
    unknown = [c for c, kind in kinds.items() if kind == UNKNOWN and c != GEOMETRY]
    if unknown:
        raise DataError(
            say(
                f"表“{name}”有不能搬的列：{'、'.join(unknown)}（不是文字、数字或日期）。",
                f"table {name!r}: columns {', '.join(unknown)} are no texts, numbers or dates",
            ),
            hint=say("请在 QGIS 里删去这些列。", "delete these columns in QGIS"),
        )
    return kinds


def _with_strangers(ours: About, told: About) -> About:
    """Return what is told of a layer, columns that QGIS added included."""
    known = {title.column for title in ours.titles}
    others = (title for title in told.titles if title.column not in known)
    return About(ours.title, (*ours.titles, *others), ours.day)


def _copy_rows(source: sa.Connection, target: sa.Connection, table: sa.Table) -> int:
    # A row may point at another of its own table: then all must come in one statement.
    whole = any(key.column.table is table for key in table.foreign_keys)
    ordered = sa.select(table).order_by(*table.primary_key.columns)
    found = streamed(source, ordered, table)
    count = 0
    there = dialect_of(target)
    with there.without_rules(target, table.name):
        for rows in [found.all()] if whole else found.partitions():
            cells = [*zip(*rows, strict=True)] or [()] * len(table.columns)
            columns = {c.name: values for c, values in zip(table.columns, cells, strict=True)}
            there.append(target, table, columns)
            count += len(rows)
    return count


@contextmanager
def _half(final: Database) -> Iterator[Path | None]:
    """Give a file that becomes the final one when it is whole; None where that is no file."""
    if final.path is None:
        yield None
        return
    half = final.path.with_name(f".half-{os.getpid()}.gpkg")
    try:
        yield half
        half.replace(final.path)
    finally:
        half.unlink(missing_ok=True)


def _differs(table: str) -> DataError:
    return DataError(
        say(
            f"表“{table}”搬过去之后不一样，已放弃。",
            f"the copy of table {table!r} differs; given up",
        ),
        hint=say(
            "原有内容没有改变；请把这个情况告诉开发者。", "nothing was changed; please report it"
        ),
    )
