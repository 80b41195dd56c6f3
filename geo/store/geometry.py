"""How a shape is written in a GeoPackage: a short header, then well-known binary.

GeoPackage 1.4, clause 2.1.3 (GeoPackageBinary) and annex F.3 (functions the R*Tree triggers call).
PostGIS takes and gives the well-known binary alone; the type `Geom` does so in SQL.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import DDLCompiler, SQLCompiler
from sqlalchemy.types import UserDefinedType

from geo.errors import DataError
from geo.text import say

SRS_ID = 4490
"""CGCS2000 longitude and latitude, in which a workspace keeps every shape."""
GEOMETRY = "geom"
"""Name of the geometry column of every spatial table."""

_LITTLE_ENDIAN, _ENVELOPE_XY, _EMPTY = 0x01, 0x02, 0x10
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_FIXED_BYTES = 8
_POINT_HEADER = struct.pack("<2sBBi", b"GP", 0, _LITTLE_ENDIAN, SRS_ID)
_EMPTY_HEADER = struct.pack("<2sBBi", b"GP", 0, _LITTLE_ENDIAN | _EMPTY, SRS_ID)
_SHAPE_HEADER = np.dtype(
    [("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4"), ("envelope", "<f8", 4)]
)
_LINE, _POLYGON, _FIRST_MULTI, _LAST_MULTI = 1, 3, 4, 6
"""Type numbers of GEOS."""
_EMPTY_SINGLES = (shapely.Point(), shapely.LineString(), shapely.Polygon())


class ShapeRead(sa.sql.functions.GenericFunction[Any]):
    """A shape as the bytes a client reads."""

    name = "shape_read"
    inherit_cache = True


class ShapeWritten(sa.sql.functions.GenericFunction[Any]):
    """The bytes a client wrote, as a shape."""

    name = "shape_written"
    inherit_cache = True


@compiles(ShapeRead)
@compiles(ShapeWritten)
def _as_it_is(
    element: sa.sql.functions.FunctionElement[Any],
    compiler: SQLCompiler,
    **kw: Any,  # noqa: ANN401
) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(ShapeRead, "postgresql")
def _as_binary(element: ShapeRead, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    return f"ST_AsBinary({compiler.process(element.clauses, **kw)})"


@compiles(ShapeWritten, "postgresql")
def _from_binary(element: ShapeWritten, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    value = compiler.process(element.clauses, **kw)
    return f"ST_GeomFromWKB(CAST({value} AS bytea), {SRS_ID})"


class Geom(UserDefinedType[bytes]):
    """A geometry column; its values pass as the bytes that `encode` makes and `decode` reads.

    Values go in and come out a whole column at a time, so the type itself makes no shapes. What
    PostGIS gives is plain well-known binary, which `decode` reads as well.

    Parameters
    ----------
    kind
        Geometry type as the standard spells it, such as ``POINT`` or ``MULTIPOLYGON``.
    """

    cache_ok = True

    def __init__(self, kind: str = "GEOMETRY") -> None:
        self.kind = kind

    def get_col_spec(self, **_: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own signature
        """Return the column type in ``CREATE TABLE``."""
        return self.kind

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[bytes | None], bytes | None] | None:
        """Return what takes the header of a GeoPackage off for PostGIS."""
        return _body if dialect.name == "postgresql" else None

    def bind_expression(self, bindvalue: sa.BindParameter[Any]) -> sa.ColumnElement[Any]:
        """Return what stands for a value."""
        return ShapeWritten(bindvalue, type_=self)

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return what is selected for a column."""
        return ShapeRead(column, type_=self)


@compiles(Geom, "postgresql")
def _postgis_column(kind: Geom, _: DDLCompiler, **__: Any) -> str:  # noqa: ANN401
    return f"geometry({kind.kind},{SRS_ID})"


def kind_of(shapes: NDArray[np.object_], *, otherwise: str) -> str:
    """Return the narrowest geometry type that holds every shape.

    Lines and polygons count as their ``MULTI`` types, since bureaus' files mix both; ``otherwise``
    is the answer when there is no shape at all.
    """
    types = set(shapely.get_type_id(shapes[~shapely.is_missing(shapes)]).tolist())
    for kind, ids in (("POINT", {0}), ("MULTILINESTRING", {1, 5}), ("MULTIPOLYGON", {3, 6})):
        if types and types <= ids:
            return kind
    return "GEOMETRY" if types else otherwise


def encode(shapes: NDArray[np.object_], kind: str) -> list[bytes | None]:
    """Return each shape as GeoPackage bytes (little-endian, two dimensions, None for no shape).

    In a ``MULTI`` layer single lines and polygons are wrapped, as the standard wants one type in
    a column; `decode` unwraps them.
    """
    flat = fitting(shapes, kind)
    bodies = shapely.to_wkb(flat, byte_order=1)
    if kind == "POINT" and not shapely.is_empty(flat).any():
        return [None if body is None else _POINT_HEADER + body for body in bodies]
    heads = _headers(flat)
    empty = shapely.is_empty(flat)
    return [
        None if body is None else (_EMPTY_HEADER if none else head) + body
        for body, head, none in zip(bodies, heads, empty, strict=True)
    ]


def decode(blobs: Sequence[bytes | None]) -> NDArray[np.object_]:
    """Return the shapes of GeoPackage bytes or plain well-known binary, as a database gives them.

    A ``MULTI`` of one part comes back as that part.

    Raises
    ------
    DataError
        Some value is not a GeoPackage geometry.
    """
    try:
        bodies = np.array([_body(blob) for blob in blobs], dtype=object)
        shapes = np.asarray(shapely.from_wkb(bodies), dtype=object)
    except (shapely.errors.GEOSException, ValueError, TypeError, IndexError) as error:
        raise DataError(
            say("有图形无法读取：不是 GeoPackage 几何。", "a shape cannot be read as GeoPackage")
        ) from error
    return _unwrapped(shapes)


def fitting(shapes: NDArray[np.object_], kind: str) -> NDArray[np.object_]:
    """Return the shapes as a column of one kind holds them: flat, wrapped in a ``MULTI`` layer."""
    flat = np.asarray(shapely.force_2d(shapes), dtype=object)
    return _wrapped(flat) if kind.startswith("MULTI") else flat


def simplest(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the shapes as a workspace gives them back: two dimensions, single parts unwrapped."""
    return _unwrapped(np.asarray(shapely.force_2d(shapes), dtype=object))


def sql_functions() -> dict[str, Callable[[bytes | None], float | int | None]]:
    """Return the functions that the R*Tree triggers call, by their SQL names."""

    def bound(position: int) -> Callable[[bytes | None], float | None]:
        return lambda blob: None if blob is None or _is_empty(blob) else _bounds(blob)[position]

    return {
        "ST_IsEmpty": lambda blob: None if blob is None else int(_is_empty(blob)),
        "ST_MinX": bound(0),
        "ST_MaxX": bound(1),
        "ST_MinY": bound(2),
        "ST_MaxY": bound(3),
    }


def _headers(shapes: NDArray[np.object_]) -> list[bytes]:
    headers = np.zeros(len(shapes), _SHAPE_HEADER)
    headers["magic"] = b"GP"
    headers["flags"] = _LITTLE_ENDIAN | _ENVELOPE_XY
    headers["srs"] = SRS_ID
    headers["envelope"] = shapely.bounds(shapes)[:, [0, 2, 1, 3]]
    packed, size = headers.tobytes(), _SHAPE_HEADER.itemsize
    return [packed[start : start + size] for start in range(0, len(packed), size)]


def _body(blob: bytes | None) -> bytes | None:
    """Return the well-known binary without the header of a GeoPackage, if it has one."""
    if blob is None:
        return None
    if blob[:1] in (b"\0", b"\1"):
        return blob
    if blob[:2] != b"GP":
        raise ValueError
    return blob[_FIXED_BYTES + _ENVELOPE_BYTES[(blob[3] >> 1) & 7] :]


def _is_empty(blob: bytes) -> bool:
    return bool(blob[3] & _EMPTY)


def _bounds(blob: bytes) -> tuple[float, float, float, float]:
    """Return min x, max x, min y, max y, from the header where it has them."""
    if (blob[3] >> 1) & 7:
        order = "<" if blob[3] & _LITTLE_ENDIAN else ">"
        return struct.unpack_from(f"{order}4d", blob, _FIXED_BYTES)
    west, south, east, north = shapely.bounds(shapely.from_wkb(_body(blob))).tolist()
    return west, east, south, north


def _wrapped(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    result = np.array(shapes, dtype=object)
    types = shapely.get_type_id(result)
    for single, multi in ((_LINE, shapely.multilinestrings), (_POLYGON, shapely.multipolygons)):
        chosen = np.flatnonzero(types == single)
        if len(chosen):
            result[chosen] = multi(result[chosen], indices=np.arange(len(chosen)))
    return result


def _unwrapped(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return each ``MULTI`` of one part as that part, and one of no part (or an empty one) as none.

    PostGIS drops empty parts, GeoPackage keeps them: both come out as the empty single shape.
    """
    result = np.array(shapes, dtype=object)
    types = shapely.get_type_id(result)
    multi = (types >= _FIRST_MULTI) & (types <= _LAST_MULTI)
    empty = multi & shapely.is_empty(result)
    one_part = multi & ~empty & (shapely.get_num_geometries(result) == 1)
    result[one_part] = shapely.get_geometry(result[one_part], 0)
    for kind, single in enumerate(_EMPTY_SINGLES, start=_FIRST_MULTI):
        result[empty & (types == kind)] = single
    return result
