"""A layer of a tile as the bytes of Mapbox Vector Tile 2.1.

Everything is written by two compiled passes over arrays, one that measures and one that writes:
there is no object a feature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.tiles._bytes import bools_bytes, features_bytes, numbers_bytes, texts_bytes
from geo.tiles.grid import EXTENT, Tile
from geo.tiles.shapes import parts_of, points_of

_NAME, _KEYS, _EXTENT, _VERSION = b"\x0a", b"\x1a", b"\x28", b"\x78\x02"
"""Tags of a layer's fields (clause 4.1); its version is 2."""


def encode_layer(
    name: str,
    shapes: NDArray[np.object_] | NDArray[np.float64],
    columns: Mapping[str, Sequence[object]],
    tile: Tile,
    *,
    ids: NDArray[np.int64],
    weight: NDArray[np.float64] | None = None,
) -> bytes:
    """Return one layer of a tile; tiles of several layers are such bytes one after the other.

    Parameters
    ----------
    name
        Name of the layer.
    shapes
        (n,) Geometries in longitude and latitude (EPSG:4490 or 4326); None is passed over. Or
        (n, 2) the coordinates of points.
    columns
        (n,) values by column, of one type each: text, whole numbers, numbers or truth. None is
        left out of the feature. Dates are texts.
    tile
        The tile.
    ids
        (n,) Whole numbers not below zero.
    weight
        (n,) How much each counts where only one can be seen; alike if None.

    Returns
    -------
    bytes
        Empty when nothing of the layer lies on the tile.
    """
    weight = np.zeros(len(shapes)) if weight is None else weight
    if shapes.ndim > 1:
        parts = points_of(shapes.astype(np.float64, copy=False), tile, weight)
    else:
        parts = parts_of(shapes.astype(object, copy=False), tile, weight)
    if not len(parts.row):
        return b""
    tags = np.full((len(parts.row), len(columns)), -1, np.int64)
    values, count = [], 0
    for position, cells in enumerate(columns.values()):
        seen = pa.array(cells, from_pandas=True).take(pa.array(parts.row))
        if seen.null_count == len(seen):
            continue
        coded = seen.dictionary_encode()
        index = coded.indices.fill_null(-1).to_numpy().astype(np.int64)
        tags[:, position] = np.where(index < 0, -1, index + count)
        values.append(_values(coded.dictionary))
        count += len(coded.dictionary)
    features = features_bytes(
        ids[parts.row], parts.kind, tags, parts.first_ring, parts.first_xy, parts.xy
    )
    keys = b"".join(_KEYS + _sized(key.encode()) for key in columns)
    body = b"".join([
        _NAME + _sized(name.encode()),
        features.tobytes(),
        keys,
        *values,
        _EXTENT + _varint(EXTENT),
        _VERSION,
    ])  # fmt: skip
    return b"\x1a" + _sized(body)


def _values(distinct: pa.Array) -> bytes:
    """Return the values of a column, each as one message of the layer's field ``values``."""
    kind = distinct.type
    if pa.types.is_boolean(kind):
        return bools_bytes(distinct.to_numpy(zero_copy_only=False)).tobytes()
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        whole = pa.types.is_integer(kind)
        return numbers_bytes(distinct.cast(pa.float64()).to_numpy(), whole).tobytes()
    texts = distinct.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int64, len(texts) + 1, texts.offset * 8)
    letters = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return texts_bytes(starts, letters).tobytes()


def _sized(body: bytes) -> bytes:
    return _varint(len(body)) + body


def _varint(number: int) -> bytes:
    septets = bytearray()
    while number > 127:  # noqa: PLR2004 - seven bits
        septets.append(number & 127 | 128)
        number >>= 7
    septets.append(number)
    return bytes(septets)
