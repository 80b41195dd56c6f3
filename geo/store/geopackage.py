"""What makes an SQLite file a GeoPackage 1.4: its core tables, the spatial index, the titles.

Clauses named are those of OGC 12-128r19. Everything particular to the file format stands here; the
tables of a workspace themselves (`geo.store.models`) know nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from geo.store.geometry import SRS_ID

APPLICATION_ID = 0x47504B47
"""``GPKG`` in ASCII (clause 1.1.1.1.1)."""
USER_VERSION = 10400
GEOMETRY = "geom"
"""Name of the geometry column of every spatial table."""
EPOCH = "1970-01-01"
"""Day written where the standard wants one and the caller has none: files stay reproducible."""

_WGS84, _CARTESIAN, _GEOGRAPHIC = 4326, -1, 0

_CORE = """
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL PRIMARY KEY,
  organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL,
  definition TEXT NOT NULL,
  description TEXT
);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY,
  data_type TEXT NOT NULL,
  identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE,
  min_y DOUBLE,
  max_x DOUBLE,
  max_y DOUBLE,
  srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL,
  column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL,
  m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE gpkg_extensions (
  table_name TEXT,
  column_name TEXT,
  extension_name TEXT NOT NULL,
  definition TEXT NOT NULL,
  scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL,
  column_name TEXT NOT NULL,
  name TEXT,
  title TEXT,
  description TEXT,
  mime_type TEXT,
  constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name)
);
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL,
  constraint_type TEXT NOT NULL,
  value TEXT,
  min NUMERIC,
  min_is_inclusive BOOLEAN,
  max NUMERIC,
  max_is_inclusive BOOLEAN,
  description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value)
);
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  f_table_catalog TEXT(256),
  f_table_schema TEXT(256),
  f_table_name TEXT(256),
  f_geometry_column TEXT(256),
  styleName TEXT(30),
  styleQML TEXT,
  styleSLD TEXT,
  useAsDefault BOOLEAN,
  description TEXT,
  owner TEXT(30),
  ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)
"""

# Annex F.3 of the standard; {t}: table, {c}: geometry column, {i}: primary key.
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


@dataclass(frozen=True, slots=True)
class Title:
    """What a reader of the file is told about one column (clause F.9, the schema extension)."""

    column: str
    title: str
    description: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """Allowed values, each with what it means."""


def lay_foundation(connection: Connection) -> None:
    """Make an empty database a GeoPackage: its marks, its core tables, its reference systems."""
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {USER_VERSION}")
    for statement in _CORE.split(";\n"):
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(
        "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)",
        [
            _reference_system(_WGS84, "WGS 84"),
            _reference_system(SRS_ID, "CGCS2000 2000 国家大地坐标系"),
            ("Undefined Cartesian SRS", _CARTESIAN, "NONE", _CARTESIAN, "undefined", None),
            ("Undefined geographic SRS", _GEOGRAPHIC, "NONE", _GEOGRAPHIC, "undefined", None),
        ],
    )
    schema = "http://www.geopackage.org/spec140/#extension_schema"
    connection.exec_driver_sql(
        "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')",
        [("gpkg_data_columns", schema), ("gpkg_data_column_constraints", schema)],
    )
    connection.exec_driver_sql(
        "INSERT INTO gpkg_contents VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?,"
        " NULL, NULL, NULL, NULL, 0)",
        (_moment(EPOCH),),
    )


def register(
    connection: Connection,
    table: str,
    *,
    title: str,
    titles: Sequence[Title],
    kind: str | None,
    day: str,
) -> None:
    """Enter a table in the contents; ``kind`` is its geometry type, None for a table without."""
    connection.exec_driver_sql(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change,"
        " srs_id) VALUES (?, ?, ?, ?, ?, ?)",
        (
            table,
            "features" if kind else "attributes",
            table,
            title,
            _moment(day),
            SRS_ID if kind else 0,
        ),
    )
    if kind:
        connection.exec_driver_sql(
            "INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)",
            (table, GEOMETRY, kind, SRS_ID),
        )
    for entry in titles:
        rule = f"{table}_{entry.column}" if entry.choices else None
        connection.exec_driver_sql(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, ?)",
            (table, entry.column, None, entry.title, entry.description, rule),
        )
        for value, meaning in entry.choices:
            connection.exec_driver_sql(
                "INSERT INTO gpkg_data_column_constraints VALUES"
                " (?, 'enum', ?, NULL, NULL, NULL, NULL, ?)",
                (rule, value, meaning),
            )


def index(connection: Connection, table: str, shapes: NDArray[np.object_]) -> None:
    """Build the spatial index of rows ``fid`` 1, 2, … and the triggers that keep it.

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
        columns = (rows + 1, west[rows], east[rows], south[rows], north[rows])
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


def kind_of_table(connection: Connection, table: str) -> str:
    """Return the geometry type a table is registered with."""
    query = "SELECT geometry_type_name FROM gpkg_geometry_columns WHERE table_name = ?"
    return str(connection.exec_driver_sql(query, (table,)).scalar_one())


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
    row = connection.exec_driver_sql(
        "SELECT min(minx), min(miny), max(maxx), max(maxy)"  # noqa: S608 - a known table
        f' FROM "rtree_{table}_{GEOMETRY}"'
    ).one()
    if row[0] is not None:
        set_extent(connection, table, tuple(row))


def remove(connection: Connection, table: str) -> None:
    """Drop a table with its index, titles and entry in the contents; styles stay."""
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "rtree_{table}_{GEOMETRY}"')
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{table}"')
    connection.exec_driver_sql(
        "DELETE FROM gpkg_data_column_constraints WHERE constraint_name IN"
        " (SELECT constraint_name FROM gpkg_data_columns WHERE table_name = ?)",
        (table,),
    )
    for register_table in (
        "gpkg_data_columns",
        "gpkg_extensions",
        "gpkg_geometry_columns",
        "gpkg_contents",
    ):
        connection.exec_driver_sql(
            f"DELETE FROM {register_table} WHERE table_name = ?",  # noqa: S608 - names above
            (table,),
        )


def set_style(connection: Connection, table: str, qml: str, *, name: str) -> None:
    """Give a table the style QGIS loads by itself, unless the user saved a default of their own."""
    connection.exec_driver_sql(
        "DELETE FROM layer_styles WHERE f_table_name = ? AND styleName = ?", (table, name)
    )
    connection.exec_driver_sql(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
        " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner,"
        " update_time) SELECT '', '', ?, ?, ?, ?, '',"
        " NOT EXISTS (SELECT 1 FROM layer_styles WHERE f_table_name = ? AND useAsDefault),"
        " '', '', ?",
        (table, GEOMETRY, name, qml, table, _moment(EPOCH)),
    )


def _moment(day: str) -> str:
    return f"{day}T00:00:00.000Z"


def _reference_system(code: int, name: str) -> tuple[str, int, str, int, str, str]:
    definition = pyproj.CRS.from_epsg(code).to_wkt(version="WKT1_GDAL")
    about = "longitude and latitude in degrees"
    return (name, code, "EPSG", code, definition, about)
