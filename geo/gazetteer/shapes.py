"""A geometry column that a GeoPackage and PostGIS both keep, as shapely shapes in EPSG:4490."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, UserDefinedType

from geo.store.geometry import SRS_ID, ShapeRead, ShapeWritten, decode, encode


class _PostgisGeometry(UserDefinedType[bytes]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own signature
        return f"geometry(Geometry,{SRS_ID})"


class Shape(TypeDecorator[shapely.Geometry]):
    """A shape or None: GeoPackage bytes in SQLite, a geometry in PostGIS."""

    impl = sa.LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Return the type that the database at hand keeps shapes in."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(_PostgisGeometry())
        return dialect.type_descriptor(sa.LargeBinary())

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return what is selected for a column."""
        return ShapeRead(column, type_=self)

    def bind_expression(self, bindparam: sa.BindParameter[Any]) -> sa.ColumnElement[Any]:
        """Return what stands for a value."""
        return ShapeWritten(bindparam, type_=self)

    def process_bind_param(self, value: shapely.Geometry | None, dialect: sa.Dialect) -> Any:  # noqa: ANN401
        """Return the bytes that the database takes."""
        if value is None:
            return None
        flat = shapely.force_2d(value)
        if dialect.name == "postgresql":
            return shapely.to_wkb(flat)
        return encode(np.array([flat], dtype=object), "GEOMETRY")[0]

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> shapely.Geometry | None:  # noqa: ANN401
        """Return the shape of the bytes that the database gives."""
        if value is None:
            return None
        postgis = dialect.name == "postgresql"
        shape: shapely.Geometry = shapely.from_wkb(bytes(value)) if postgis else decode([value])[0]
        return shape
