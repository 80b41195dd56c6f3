"""What a connection to a GeoPackage is taught: relations of shapes, and sums of PostgreSQL."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, Literal, get_args

import shapely
import sqlalchemy as sa

from geo.store.geometry import decode

Relation = Literal[
    "intersects", "disjoint", "equals", "touches", "crosses", "overlaps", "within", "contains"
]

_POINT_BYTES: Final = 29
"""A point without envelope: 8 bytes of header, 5 of well-known binary, two numbers."""
_REVERSED: Final = {"within": "contains", "contains": "within"}
_PREPARED: Final = "fuwuquan_shapes"


def prepare(connection: sa.Connection) -> None:
    """Teach a connection to a GeoPackage the functions that conditions on shapes call."""
    if connection.dialect.name != "sqlite" or _PREPARED in connection.info:
        return
    driver: Any = connection.connection.driver_connection
    driver.create_function("ST_HitsBox", 5, _hits_box, deterministic=True)
    for relation in get_args(Relation):
        driver.create_function(f"ST_{relation}", 2, _related(relation), deterministic=True)
    for name, (function, arguments) in _SUMS.items():
        driver.create_function(f"fuwuquan_{name}", arguments, function, deterministic=True)
    connection.info[_PREPARED] = True


def _power(base: float | None, exponent: float | None) -> float | None:
    """Return a power; None where it is undefined or too large, zero where it is too small."""
    if base is None or exponent is None:
        return None
    if base and exponent:
        ln = max(-1e300, min(1e300, exponent)) * math.log(abs(base))
        if abs(ln) > LN_MOST:
            return None if ln > 0 or (base < 0 and exponent % 1) else 0.0
    try:
        return math.pow(base, exponent)
    except (ValueError, OverflowError):
        return None


LN_MOST: Final = 690.0
"""Natural logarithm of the largest product or power reckoned, which is about 1e300."""
MOST: Final = 1e300
"""The largest part of a sum."""


def _times(left: float | None, right: float | None) -> float | None:
    """Return a product; None where it is too large, zero where it is too small."""
    if left is None or right is None:
        return None
    if not left or not right:
        return 0.0
    ln = math.log(abs(left)) + math.log(abs(right))
    return None if ln > LN_MOST else 0.0 if ln < -LN_MOST else left * right


def _over(left: float | None, right: float | None) -> float | None:
    """Return a quotient; None where there is none or it is too large, zero where too small."""
    if left is None or not right:
        return None
    if not left:
        return 0.0
    ln = math.log(abs(left)) - math.log(abs(right))
    return None if ln > LN_MOST else 0.0 if ln < -LN_MOST else left / right


def _plus(left: float | None, right: float | None) -> float | None:
    """Return a sum; None where a part of it is too large."""
    if left is None or right is None or max(abs(left), abs(right)) > MOST:
        return None
    return left + right


def _minus(left: float | None, right: float | None) -> float | None:
    return _plus(left, None if right is None else -right)


_SUMS: Final[dict[str, tuple[Callable[..., Any], int]]] = {
    "lower": (lambda text: None if text is None else str(text).lower(), 1),
    "trunc": (lambda number: None if number is None else float(math.trunc(number)), 1),
    "power": (_power, 2),
    "times": (_times, 2),
    "over": (_over, 2),
    "plus": (_plus, 2),
    "minus": (_minus, 2),
}
"""What PostgreSQL has and SQLite may lack."""


def _hits_box(
    blob: bytes | None, west: float, south: float, east: float, north: float
) -> bool | None:
    """Return whether a shape touches a box; what lies wholly within is not read."""
    if blob is None:
        return None
    if len(blob) == _POINT_BYTES and blob[3] & 1 and blob[8] == 1:
        x, y = struct.unpack_from("<2d", blob, 13)
        return bool(west <= x <= east and south <= y <= north)
    if (blob[3] >> 1) & 7 and not blob[3] & 0x10:
        order = "<" if blob[3] & 1 else ">"
        min_x, max_x, min_y, max_y = struct.unpack_from(f"{order}4d", blob, 8)
        if min_x >= west and max_x <= east and min_y >= south and max_y <= north:
            return True
        if min_x > east or max_x < west or min_y > north or max_y < south:
            return False
    shape = decode([blob])[0]
    return bool(shapely.intersects(_frame(west, south, east, north), shape))


@lru_cache(maxsize=16)
def _frame(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    frame: shapely.Geometry = shapely.box(west, south, east, north)
    shapely.prepare(frame)
    return frame


def _related(relation: Relation) -> Callable[[bytes | None, bytes | None], bool | None]:
    # A prepared shape answers fast when it stands first, so the relation is asked backwards.
    ask = getattr(shapely, _REVERSED.get(relation, relation))

    def related(blob: bytes | None, given: bytes | None) -> bool | None:
        if blob is None or given is None:
            return None
        try:
            return bool(ask(_given(given), decode([blob])[0]))
        except shapely.errors.GEOSException:
            return None  # a shape that crosses itself stands in no relation

    return related


@lru_cache(maxsize=16)
def _given(blob: bytes) -> shapely.Geometry:
    shape: shapely.Geometry = decode([blob])[0]
    shapely.prepare(shape)
    return shape
