"""The spatial index of a GeoPackage: an R*Tree a table, and the triggers that keep it.

GeoPackage 1.4, annex F.3. The extent of a table, which readers ask for first, comes from it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from geo.store.geometry import GEOMETRY

# {t}: table, {c}: geometry column, {i}: primary key.
_FILLED = '(NEW."{c}" NOTNULL AND NOT ST_IsEmpty(NEW."{c}"))'
_WAS_FILLED = '(OLD."{c}" NOTNULL AND NOT ST_IsEmpty(OLD."{c}"))'
_SAME_ROW = 'OLD."{i}" = NEW."{i}"'
_INSERT = """
INSERT OR REPLACE INTO "rtree_{t}_{c}" VALUES
(NEW."{i}", ST_MinX(NEW."{c}"), ST_MaxX(NEW."{c}"), ST_MinY(NEW."{c}"), ST_MaxY(NEW."{c}"))
"""
_MOVE = """
UPDATE "rtree_{t}_{c}" SET minx = ST_MinX(NEW."{c}"), maxx = ST_MaxX(NEW."{c}"),
miny = ST_MinY(NEW."{c}"), maxy = ST_MaxY(NEW."{c}") WHERE id = NEW."{i}"
"""
_DELETE = 'DELETE FROM "rtree_{t}_{c}" WHERE id = OLD."{i}"'
_DELETE_BOTH = 'DELETE FROM "rtree_{t}_{c}" WHERE id IN (OLD."{i}", NEW."{i}")'
_TRIGGERS = {
    "insert": ("INSERT", _FILLED, _INSERT),
    "update2": ('UPDATE OF "{c}"', f"{_SAME_ROW} AND NOT {_FILLED}", _DELETE),
    "update4": ("UPDATE", f"NOT {_SAME_ROW} AND NOT {_FILLED}", _DELETE_BOTH),
    "update5": ("UPDATE", f"NOT {_SAME_ROW} AND {_FILLED}", f"{_DELETE}; {_INSERT}"),
    "update6": ('UPDATE OF "{c}"', f"{_SAME_ROW} AND {_FILLED} AND {_WAS_FILLED}", _MOVE),
    "update7": ('UPDATE OF "{c}"', f"{_SAME_ROW} AND {_FILLED} AND NOT {_WAS_FILLED}", _INSERT),
    "delete": ("DELETE", 'OLD."{c}" NOTNULL', _DELETE),
}
"""What keeps the spatial index: the act, the condition, what is done (annex F.3, 1.4)."""
_ROOT: Final = 1
"""Number of the node of an R*Tree under which all others are."""


def index(
    connection: Connection, table: str, fids: Sequence[object], shapes: NDArray[np.object_]
) -> None:
    """Build the spatial index of rows and the triggers that keep it.

    The rows go in directly, since one pass over all bounds is far faster than the triggers.
    """
    names = {"t": table, "c": GEOMETRY, "i": "fid"}
    connection.exec_driver_sql(
        'CREATE VIRTUAL TABLE "rtree_{t}_{c}" USING rtree(id, minx, maxx, miny, maxy)'.format(
            **names
        )
    )
    west, south, east, north = shapely.bounds(shapes).T
    rows = np.flatnonzero(~np.isnan(west))
    if len(rows):
        columns = (np.asarray(fids)[rows], west[rows], east[rows], south[rows], north[rows])
        connection.exec_driver_sql(
            f'INSERT INTO "rtree_{table}_{GEOMETRY}" VALUES (?, ?, ?, ?, ?)',  # noqa: S608
            list(zip(*(column.tolist() for column in columns), strict=True)),
        )
        set_extent(
            connection,
            table,
            (west[rows].min(), south[rows].min(), east[rows].max(), north[rows].max()),
        )
    for name, (act, condition, work) in _TRIGGERS.items():
        trigger = (
            'CREATE TRIGGER "rtree_{t}_{c}_' + name + f'" AFTER {act} ON "{{t}}"'
            f" WHEN {condition} BEGIN {work}; END"
        )
        connection.exec_driver_sql(trigger.format(**names))
    connection.exec_driver_sql(
        "INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index',"
        " 'http://www.geopackage.org/spec140/#extension_rtree', 'write-only')",
        (table, GEOMETRY),
    )


def set_extent(
    connection: Connection, table: str, extent: tuple[float, float, float, float]
) -> None:
    """Write west, south, east, north of a table into the contents."""
    connection.exec_driver_sql(
        "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?",
        (*map(float, extent), table),
    )


def widen_extent(connection: Connection, table: str) -> None:
    """Write the extent of the spatial index into the contents, after an edit."""
    found = extent_of(connection, f"rtree_{table}_{GEOMETRY}")
    if found is not None:
        set_extent(connection, table, found)


def extent_of(connection: Connection, rtree: str) -> tuple[float, float, float, float] | None:
    """Return west, south, east and north of all shapes, as the root of the index has them.

    The root is one node of a few kilobytes: its depth and number of cells, then of each cell its
    number and four bounds, which SQLite keeps tight. To ask all million rows takes 0.16 s.
    """
    question = f'SELECT data FROM "{rtree}_node" WHERE nodeno = {_ROOT}'  # noqa: S608
    node = connection.exec_driver_sql(question).scalar()
    cells = 0 if node is None else struct.unpack_from(">xxH", node)[0]
    if node is None or not cells:
        return None
    kind = np.dtype([("id", ">i8"), ("bounds", ">f4", 4)])
    bounds = np.frombuffer(node, kind, count=cells, offset=4)["bounds"]
    low, high = bounds.min(axis=0).tolist(), bounds.max(axis=0).tolist()
    return low[0], low[2], high[1], high[3]
