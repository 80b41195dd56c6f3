"""The compiled writing of protocol buffers: values and features of one layer of a tile.

Field numbers are those of clause 4 of Mapbox Vector Tile 2.1; a tag is ``number << 3 | wire type``.
"""
# ruff: noqa: PLR0917, compiled functions take no keywords

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from geo.network.compiled import Int, Int32s, Int64s, compiled, i64, r_f64s, r_i64s

_POINT, _POLYGON = 1, 3
_FEATURE, _VALUE = 0x12, 0x22
_ID, _TAGS, _TYPE, _GEOMETRY = 0x08, 0x12, 0x18, 0x22
_TEXT, _DOUBLE, _UNSIGNED, _SIGNED, _TRUTH = 0x0A, 0x19, 0x28, 0x30, 0x38
_MOVE, _DRAW, _CLOSE = 1, 2, 15

u8s = types.uint8[::1]
r_u8s = types.Array(types.uint8, 1, "C", readonly=True)
r_bools = types.Array(types.boolean, 1, "C", readonly=True)
i32s_2d = types.int32[:, ::1]
i64s_2d = types.int64[:, ::1]
Bytes = NDArray[np.uint8]


@compiled(i64, i64)
def _width(number: Int) -> Int:
    """Return how many bytes a whole number takes as a varint."""
    width, rest = 1, np.uint64(number)
    while rest > np.uint64(127):
        rest >>= np.uint64(7)
        width += 1
    return width


@compiled(i64, u8s, i64, i64)
def _put(out: Bytes, at: Int, number: Int) -> Int:
    """Write a whole number as a varint and return where it ends."""
    rest = np.uint64(number)
    while rest > np.uint64(127):
        out[at] = np.uint8((rest & np.uint64(127)) | np.uint64(128))
        rest >>= np.uint64(7)
        at += 1
    out[at] = np.uint8(rest)
    return at + 1


@compiled(i64, i64)
def _zigzag(number: Int) -> Int:
    return (number << 1) ^ (number >> 63)


@compiled(u8s, r_i64s, r_u8s)
def texts_bytes(starts: Int64s, letters: Bytes) -> Bytes:
    """Return texts as values; text ``i`` is ``letters[starts[i]:starts[i + 1]]``."""
    count = len(starts) - 1
    out = np.empty(starts[count] - starts[0] + 12 * count, np.uint8)
    at = 0
    for text in range(count):
        size = starts[text + 1] - starts[text]
        out[at] = _VALUE
        at = _put(out, at + 1, 1 + _width(size) + size)
        out[at] = _TEXT
        at = _put(out, at + 1, size)
        out[at : at + size] = letters[starts[text] : starts[text + 1]]
        at += size
    return out[:at].copy()


@compiled(u8s, r_f64s, types.boolean)
def numbers_bytes(numbers: NDArray[np.float64], whole: bool) -> Bytes:  # noqa: FBT001
    """Return numbers as values, whole ones as varints."""
    out = np.empty(12 * len(numbers), np.uint8)
    bits = numbers.view(np.uint64)
    at = 0
    for position in range(len(numbers)):
        out[at] = _VALUE
        if whole:
            number = np.int64(numbers[position])
            tag = _UNSIGNED if number >= 0 else _SIGNED
            spelled = number if number >= 0 else _zigzag(number)
            at = _put(out, at + 1, 1 + _width(spelled))
            out[at] = tag
            at = _put(out, at + 1, spelled)
        else:
            out[at + 1] = 9
            out[at + 2] = _DOUBLE
            for byte in range(8):
                out[at + 3 + byte] = np.uint8(
                    (bits[position] >> np.uint64(8 * byte)) & np.uint64(255)
                )
            at += 11
    return out[:at].copy()


@compiled(u8s, r_bools)
def bools_bytes(truths: NDArray[np.bool_]) -> Bytes:
    """Return truth values as values."""
    out = np.empty(4 * len(truths), np.uint8)
    for position in range(len(truths)):
        out[4 * position] = _VALUE
        out[4 * position + 1] = 2
        out[4 * position + 2] = _TRUTH
        out[4 * position + 3] = np.uint8(truths[position])
    return out


@compiled(i64, u8s, i64, i64, i64, i64, r_i64s, i32s_2d)
def _put_shape(
    out: Bytes, at: Int, kind: Int, ring: Int, last_ring: Int, first_xy: Int64s, xy: Int32s
) -> Int:
    """Write the commands that draw a feature and return where they end (clause 4.3)."""
    x, y = np.int64(0), np.int64(0)
    for outline in range(ring, last_ring):
        first, last = first_xy[outline], first_xy[outline + 1]
        if kind == _POINT:
            at = _put(out, at, _MOVE | (last - first) << 3)
        else:
            at = _put(out, at, _MOVE | 1 << 3)
        for place in range(first, last):
            if place == first + 1 and kind != _POINT:
                at = _put(out, at, _DRAW | (last - first - 1) << 3)
            at = _put(out, at, _zigzag(xy[place, 0] - x))
            at = _put(out, at, _zigzag(xy[place, 1] - y))
            x, y = np.int64(xy[place, 0]), np.int64(xy[place, 1])
        if kind == _POLYGON:
            at = _put(out, at, _CLOSE)
    return at


@compiled(u8s, r_i64s, r_i64s, i64s_2d, r_i64s, r_i64s, i32s_2d)
def features_bytes(
    ids: Int64s, kind: Int64s, tags: Int64s, first_ring: Int64s, first_xy: Int64s, xy: Int32s
) -> Bytes:
    """Return features as the layer's field ``features``, in the order given.

    Parameters
    ----------
    ids, kind
        (features,) Number and kind of shape.
    tags
        (features, columns) Position of the value of a column, -1 for none.
    first_ring, first_xy, xy
        As in `geo.tiles.shapes.Parts`.
    """
    count, columns = tags.shape
    most = 0
    for feature in range(count):
        rings = first_ring[feature + 1] - first_ring[feature]
        places = first_xy[first_ring[feature + 1]] - first_xy[first_ring[feature]]
        most = max(most, 13 * rings + 10 * places)
    shape = np.empty(most, np.uint8)
    out = np.empty(len(xy) * 10 + len(first_xy) * 13 + count * (40 + 20 * columns), np.uint8)
    at = 0
    for feature in range(count):
        drawn = _put_shape(
            shape, 0, kind[feature], first_ring[feature], first_ring[feature + 1], first_xy, xy
        )
        tagged = 0
        for column in range(columns):
            if tags[feature, column] >= 0:
                tagged += _width(column) + _width(tags[feature, column])
        size = 1 + _width(ids[feature]) + 2 + 1 + _width(drawn) + drawn
        if tagged:
            size += 1 + _width(tagged) + tagged
        out[at] = _FEATURE
        at = _put(out, at + 1, size)
        out[at] = _ID
        at = _put(out, at + 1, ids[feature])
        if tagged:
            out[at] = _TAGS
            at = _put(out, at + 1, tagged)
            for column in range(columns):
                if tags[feature, column] >= 0:
                    at = _put(out, at, column)
                    at = _put(out, at, tags[feature, column])
        out[at] = _TYPE
        out[at + 1] = np.uint8(kind[feature])
        out[at + 2] = _GEOMETRY
        at = _put(out, at + 3, drawn)
        out[at : at + drawn] = shape[:drawn]
        at += drawn
    return out[:at].copy()
