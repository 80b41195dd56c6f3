"""How one row is edited so that nobody's work is lost: every edit names the version it saw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import sqlalchemy as sa

from geo.errors import ConflictError, DataError, NotFoundError
from geo.schema import LayerSchema
from geo.store import history
from geo.store.dialects import dialect_of
from geo.store.frames import conform, to_cells
from geo.store.geometry import GEOMETRY, encode, kind_of
from geo.store.history import By, Entry
from geo.store.layer_tables import last_version
from geo.store.limits import require
from geo.store.models import VERSION, layer_table
from geo.store.records import read
from geo.store.rows import columns_of, fetch
from geo.text import say


def read_row(
    connection: sa.Connection, schema: LayerSchema, key: str
) -> tuple[gpd.GeoDataFrame, int]:
    """Return one row of a layer, as a frame of one row, and its version.

    Raises
    ------
    NotFoundError
        No row has this key.
    """
    last_version(connection, schema)
    kinds = {column.name: column.type for column in schema.columns} | {VERSION: "int"}
    frame = fetch(connection, schema.name, kinds, shapes=True, only=(schema.key, key))
    if frame.empty:
        raise NotFoundError(
            say(f"层“{schema.zh}”里没有“{key}”。", f"layer {schema.name!r} has no row {key!r}")
        )
    assert isinstance(frame, gpd.GeoDataFrame)
    return frame.drop(columns=VERSION), int(frame[VERSION].iloc[0])


def cells_of(
    connection: sa.Connection, schema: LayerSchema, key: str, changes: Mapping[str, object]
) -> dict[str, object]:
    """Return what an edit would store, by column, if the row would still fit its layer.

    Raises
    ------
    DataError
        The changed row would break the schema.
    NotFoundError
        No row has this key, or the layer has no such column.
    """
    row, _ = read_row(connection, schema, key)
    lacking = set(changes) - columns_of(connection, schema.name) - {"geometry"}
    if lacking & {column.name for column in schema.columns}:
        raise DataError(
            say(
                f"层“{schema.zh}”的表里还没有列：{'、'.join(sorted(lacking))}。",
                f"the table of layer {schema.name!r} lacks columns {', '.join(sorted(lacking))}",
            ),
            hint=say("请重新导入整层。", "import the whole layer anew"),
        )
    changed = _changed(row, schema, changes)
    require(changed, schema)
    cells = {
        name: _value(to_cells(changed[name])[0], schema[name].type)
        for name in changes
        if name != "geometry"
    }
    if "geometry" in changes:
        cells[GEOMETRY] = _fitting_shape(connection, schema, changed)
    return cells


def store_cells(
    connection: sa.Connection,
    schema: LayerSchema,
    key: str,
    cells: Mapping[str, object],
    *,
    version: int,
) -> int:
    """Store an edit, if nobody changed the row since ``version``; return its new version.

    Raises
    ------
    ConflictError
        The row has another version by now.
    NotFoundError
        No row has this key any more.
    """
    table = layer_table(schema)
    before = read(connection, schema, [key]).get(key)
    done = connection.execute(
        sa.update(table)
        .where(table.c[schema.key] == key, table.c[VERSION] == version)
        .values({**cells, VERSION: version + 1})
    )
    if not done.rowcount:
        _, current = read_row(connection, schema, key)
        raise ConflictError(
            say(
                f"层“{schema.zh}”的“{key}”已被别人改过"
                f"（现为第 {current} 版，您看到的是第 {version} 版）。",
                f"{schema.name} {key!r} was changed by someone else"
                f" (now version {current}, yours is {version})",
            ),
            hint=say("请重新读取这一行，再作修改。", "read the row again, then change it"),
        )
    if GEOMETRY in cells:
        dialect_of(connection).after_edit(connection, schema.name)
    assert before is not None
    after = read(connection, schema, [key])[key]
    entry = Entry(version + 1, before.record, after.record, By())
    history.keep(connection, [(schema.name, key, entry)])
    return version + 1


def _value(cell: object, kind: str) -> object:
    """Return a cell as the value that SQLAlchemy's type of its column takes."""
    if cell is None or kind not in ("bool", "date"):
        return cell
    return bool(cell) if kind == "bool" else date.fromisoformat(str(cell))


def _changed(
    row: gpd.GeoDataFrame, schema: LayerSchema, changes: Mapping[str, object]
) -> gpd.GeoDataFrame:
    """Return the row after its changes, each taking the dtype of its column."""
    for name in changes:
        if name != "geometry":
            schema[name]
    cells = row.drop(columns="geometry").iloc[0].to_dict() | dict(changes)
    shape = cells.pop("geometry", row.geometry.iloc[0])
    columns = {name: pd.Series([value], dtype=object) for name, value in cells.items()}
    one = gpd.GeoDataFrame(columns, geometry=np.array([shape], dtype=object), crs=row.crs)
    return conform(one, schema.name)


def _fitting_shape(
    connection: sa.Connection, schema: LayerSchema, changed: gpd.GeoDataFrame
) -> bytes | None:
    shapes = np.asarray(changed.geometry, dtype=object)
    kind = dialect_of(connection).kind_of_table(connection, schema.name)
    assert kind is not None  # every layer has shapes
    if kind not in ("GEOMETRY", kind_of(shapes, otherwise=kind)):
        raise DataError(
            say(
                f"层“{schema.zh}”登记的图形类型是 {kind}，新图形不是。",
                f"layer {schema.name!r} holds {kind} shapes; the new one is of another kind",
            ),
            hint=say("请重新导入整层。", "import the whole layer anew"),
        )
    return encode(shapes, kind)[0]
