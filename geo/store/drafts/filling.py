"""A whole file as a draft: each row that it would change becomes a change that others approve."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import sqlalchemy as sa

from geo.errors import ConflictError, DataError
from geo.layers.joining import completed
from geo.schema import LayerSchema
from geo.store import history
from geo.store.dialects import dialect_of
from geo.store.drafts.book import Draft
from geo.store.drafts.tables import DRAFT, DRAFT_EDIT, FIRST_FID
from geo.store.frames import to_cells, with_ids
from geo.store.geometry import encode
from geo.store.history import By
from geo.store.layer_tables import read_layer
from geo.store.limits import require
from geo.store.records import SHAPE, shapes_of
from geo.store.replacing import Replaced, compared
from geo.store.rows import columns_of, kind_of_frame, tables_of
from geo.store.versions import FIRST_VERSION
from geo.text import say


def wanted(
    connection: sa.Connection,
    schema: LayerSchema,
    frame: gpd.GeoDataFrame,
    *,
    given: Collection[str] | None = None,
) -> Replaced:
    """Return what a draft would change so that a layer has the rows of a frame.

    Parameters
    ----------
    connection
        In a writing transaction.
    schema, frame
        The layer and its rows to be, in EPSG:4490.
    given
        Columns that the rows are to have from the frame, where its rows are added to those that
        stand. None: rows that the frame has not are taken away, those without a key left alone.

    Raises
    ------
    DataError
        The rows break the schema, or the layer's table cannot hold them.
    """
    named = with_ids(frame, schema)
    _must_fit(connection, schema, named)
    if given is not None:
        named = completed(named, read_layer(connection, schema), schema, given)
    require(named, schema)
    found = compared(connection, schema, named, gone=given is None)
    return replace(found, changes=tuple(one for one in found.changes if one.key))


def fill(
    connection: sa.Connection, draft: Draft, schema: LayerSchema, replaced: Replaced, by: By
) -> None:
    """Keep changes in a new draft, in one go.

    Parameters
    ----------
    connection
        In the transaction in which they were found.
    draft
        An open draft that changes nothing yet.
    schema, replaced
        The layer, and what is to become of its rows.
    by
        Who edits.

    Raises
    ------
    ConflictError
        The draft has changes already, or is no longer open.
    """
    first = _counted(connection, draft, len(replaced.changes))
    columns = _columns(draft.id, schema.name, replaced, by, first=first)
    dialect_of(connection).append(connection, DRAFT_EDIT, columns)


def _columns(
    draft: str, layer: str, replaced: Replaced, by: By, *, first: int
) -> Mapping[str, Sequence[object]]:
    """Return the changes as columns of their table."""
    changes = replaced.changes
    count = len(changes)
    versions = range(first, first + count)
    befores = [one.before for one in changes]
    afters = [None if one.after is None else replaced.record(one.after) for one in changes]
    shapes: list[bytes | None] = [None] * count
    shaped = [at for at, row in enumerate(afters) if row is not None and row[SHAPE] is not None]
    if shaped:
        drawn = np.asarray(shapes_of([afters[at] or {} for at in shaped]), dtype=object)
        for at, cell in zip(shaped, encode(drawn, "GEOMETRY"), strict=True):
            shapes[at] = cell
    return {
        "draft": [draft] * count,
        "layer": [layer] * count,
        "row_key": [one.key for one in changes],
        "fid": [
            FIRST_FID + version - FIRST_VERSION if was is None else was.fid
            for was, version in zip(befores, versions, strict=True)
        ],
        "version": list(versions),
        "base_version": [None if was is None else was.version for was in befores],
        "base_json": [
            None if was is None else history.spelled(replaced.record(was.cells)) for was in befores
        ],
        "after_json": [None if row is None else history.spelled(row) for row in afters],
        "shape": shapes,
        "author": [by.author] * count,
        "at": [by.at] * count,
    }


def _counted(connection: sa.Connection, draft: Draft, count: int) -> int:
    """Count as many things done in a draft as rows change, and return the first one's version."""
    held = sa.select(DRAFT_EDIT.c.draft).where(DRAFT_EDIT.c.draft == draft.id).limit(1)
    done = connection.execute(
        sa.update(DRAFT)
        .where(DRAFT.c.id == draft.id, DRAFT.c.state == "open", ~sa.exists(held))
        .values(version=DRAFT.c.version + count)
    )
    if not done.rowcount:
        raise ConflictError(
            say("文件要导入一份新的草稿。", "a file goes into a draft that is new and open.")
        )
    last = connection.scalar(sa.select(DRAFT.c.version).where(DRAFT.c.id == draft.id))
    return int(last or 0) - count + 1


def _must_fit(connection: sa.Connection, schema: LayerSchema, frame: gpd.GeoDataFrame) -> None:
    """Refuse rows that could not be taken over row by row."""
    hint = say(
        "请由有“发布”权限的人直接导入整层（into 写 layer）。",
        "somebody with the right to publish imports the whole layer (into: layer).",
    )
    if schema.name not in tables_of(connection):
        raise DataError(
            say(
                f"工作区里还没有“{schema.zh}”层，不能导入草稿。",
                f"the workspace has no layer {schema.name!r} yet: a draft cannot hold it.",
            ),
            hint=hint,
        )
    present = columns_of(connection, schema.name)
    lacking = [
        column.label_zh
        for column in schema.columns
        if column.name not in present and any(to_cells(frame[column.name]))
    ]
    held = dialect_of(connection).kind_of_table(connection, schema.name) or "GEOMETRY"
    kind = kind_of_frame(frame, otherwise=held)
    columns = "、".join(lacking)
    if lacking:
        raise DataError(
            say(
                f"“{schema.zh}”层的表里没有这些列：{columns}。",
                f"the table of layer {schema.name!r} lacks columns: {columns}.",
            ),
            hint=hint,
        )
    if held not in ("GEOMETRY", kind):
        raise DataError(
            say(
                f"“{schema.zh}”层的图形是 {held}，文件里的是 {kind}。",
                f"layer {schema.name!r} holds {held} shapes, the file {kind}.",
            ),
            hint=hint,
        )
