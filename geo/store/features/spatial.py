"""Conditions on shapes that both stores answer: in a box, and the eight relations of two shapes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from geo.store.features.functions import Relation, prepare
from geo.store.features.marks import while_unchanged
from geo.store.features.tables import FeatureTable
from geo.store.geometry import SRS_ID, encode
from geo.store.geopackage_index import extent_of


@dataclass(frozen=True, slots=True)
class Box:
    """West, south, east and north in degrees; a box over the date line has west above east."""

    west: float
    south: float
    east: float
    north: float

    def parts(self) -> tuple[Box, ...]:
        """Return the box as one or two that do not cross the date line."""
        if self.west <= self.east:
            return (self,)
        return (
            Box(self.west, self.south, 180.0, self.north),
            Box(-180.0, self.south, self.east, self.north),
        )


class _Shape(sa.sql.functions.GenericFunction[Any]):
    """A shape given with the question, as the store compares it."""

    name = "fuwuquan_shape"
    inherit_cache = True


@compiles(_Shape)
def _as_bytes(element: _Shape, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    return compiler.process(element.clauses, **kw)


@compiles(_Shape, "postgresql")
def _as_geometry(element: _Shape, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    value = compiler.process(element.clauses, **kw)
    return f"ST_GeomFromWKB(CAST({value} AS bytea), {SRS_ID})"


def hits_box(
    connection: sa.Connection, table: FeatureTable, box: Box, *, first: bool = True
) -> sa.ColumnElement[bool]:
    """Return the condition that a shape touches a box.

    Parameters
    ----------
    connection
        To the store that will be asked.
    table
        The table.
    box
        The box.
    first
        Whether to begin from the spatial index; else each row, in order, is looked up in it,
        which is better when most rows are in the box.
    """
    return sa.or_(*(_hits_part(connection, table, part, first=first) for part in box.parts()))


def relates(
    connection: sa.Connection,
    table: FeatureTable,
    relation: Relation,
    shape: shapely.Geometry,
    *,
    limit: int | None = None,
) -> sa.ColumnElement[bool]:
    """Return the condition that a row's shape stands in a relation to a shape in EPSG:4490.

    Parameters
    ----------
    connection
        To the store that will be asked.
    table
        The table.
    relation
        How the row's shape stands to the other.
    shape
        The other.
    limit
        Rows that will be taken; None when the condition may be denied: then no index may
        answer for it, as a row without a shape neither fits nor does not.
    """
    postgis = connection.dialect.name == "postgresql"
    flat = shapely.force_2d(shape)
    body = shapely.to_wkb(flat) if postgis else encode(np.array([flat], object), "GEOMETRY")[0]
    given = _Shape(sa.literal(body, sa.LargeBinary))
    related = sa.Function(f"ST_{relation}", table.geometry, given, type_=sa.Boolean())
    if postgis:
        return related
    prepare(connection)
    exact = related == sa.true()
    if relation == "disjoint" or bool(shapely.is_empty(shape)) or limit is None:
        return exact
    box = Box(*shapely.bounds(flat).tolist())
    if table.rtree is None:
        return exact if table.sides is None else _beside(table, box) & exact
    return in_index(table, box, first=index_first(connection, table, box, limit)) & exact


def index_first(connection: sa.Connection, table: FeatureTable, box: Box, limit: int) -> bool:
    """Return whether few enough rows lie in a box to take them all from the spatial index.

    Taking and sorting ``m`` of them costs about as much as walking ``limit * n / m`` of the ``n``
    rows of the table in order until the page is full, so the two are even at
    ``m = sqrt(limit * n)``.
    """
    if connection.dialect.name == "postgresql" or table.rtree is None:
        return True
    order = table.source.c[table.order]
    rows = connection.scalar(sa.select(order).order_by(order.desc()).limit(1)) or 0
    even = max(int(math.sqrt(2 * limit * int(rows))), limit)
    found = 0
    for part in box.parts():
        counted = sa.select(sa.func.count()).select_from(
            _near(table.rtree, part).limit(even + 1).subquery()
        )
        found += int(connection.scalar(counted) or 0)
    return found <= even


def near_box(connection: sa.Connection, table: FeatureTable, box: Box) -> sa.ColumnElement[bool]:
    """Return the condition that the box around a shape meets a box; no shape is read."""
    if connection.dialect.name == "postgresql":
        envelope = sa.func.ST_MakeEnvelope(box.west, box.south, box.east, box.north, SRS_ID)
        return table.geometry.bool_op("&&")(envelope)
    if table.rtree is not None:
        return in_index(table, box, first=True)
    return sa.or_(*(_beside(table, part) for part in box.parts()))


def in_index(table: FeatureTable, box: Box, *, first: bool) -> sa.ColumnElement[bool]:
    """Return the condition that the spatial index of a GeoPackage has a row in a box."""
    assert table.rtree is not None
    row = table.source.c[table.order]
    near = _near(table.rtree, box)
    if first:
        return row.in_(near)
    return sa.exists(near.where(near.selected_columns.id == row).correlate(table.source))


def _near(rtree: str, box: Box) -> sa.Select[tuple[Any]]:
    names = ("id", "minx", "maxx", "miny", "maxy")
    index = sa.table(rtree, *(sa.column(name, sa.Float()) for name in names))
    return sa.select(index.c.id).where(
        index.c.minx <= box.east,
        index.c.maxx >= box.west,
        index.c.miny <= box.north,
        index.c.maxy >= box.south,
    )


def _hits_part(
    connection: sa.Connection, table: FeatureTable, box: Box, *, first: bool
) -> sa.ColumnElement[bool]:
    sides = (box.west, box.south, box.east, box.north)
    if connection.dialect.name == "postgresql":
        envelope = sa.func.ST_MakeEnvelope(*sides, SRS_ID)
        exact: sa.ColumnElement[bool] = sa.func.ST_Intersects(
            table.geometry, envelope, type_=sa.Boolean()
        )
    else:
        exact = sa.func.ST_HitsBox(table.geometry, *sides, type_=sa.Integer()) == 1
        if table.rtree is not None:
            return in_index(table, box, first=first) & exact
    return exact if table.sides is None else _beside(table, box) & exact


def _beside(table: FeatureTable, box: Box) -> sa.ColumnElement[bool]:
    """Return the condition that the bounds of a shape, kept as columns, touch a box."""
    assert table.sides is not None
    west, south, east, north = (table.source.c[side] for side in table.sides)
    return sa.and_(west <= box.east, east >= box.west, south <= box.north, north >= box.south)


def extent(connection: sa.Connection, table: FeatureTable) -> Box | None:
    """Return the smallest box around all shapes; None when there is none."""
    if table.shape is None:
        return None
    if connection.dialect.name == "postgresql":
        around = sa.func.ST_Extent(table.geometry)
        sides = [
            getattr(sa.func, f"ST_{side}")(around) for side in ("XMin", "YMin", "XMax", "YMax")
        ]
        question = sa.select(*sides).select_from(table.source)
    else:
        if table.rtree is not None:
            around_all = extent_of(connection, table.rtree)
            return None if around_all is None else Box(*around_all)
        assert table.sides is not None
        west, south, east, north = (table.source.c[side] for side in table.sides)
        least, most = sa.func.min, sa.func.max
        question = sa.select(least(west), least(south), most(east), most(north))
    found = while_unchanged(
        connection,
        ("extent", table.name, table.over),
        lambda: tuple(connection.execute(question).one()),
        of=table,
    )
    return None if found[0] is None else Box(*map(float, found))
