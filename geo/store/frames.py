"""How a frame passes to and from the store, column by column, and what its fingerprint is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geo.errors import DataError
from geo.schema import DTYPES, LayerSchema
from geo.schema import layer as layer_schema
from geo.store.geometry import simplest
from geo.text import say

Cells = pd.api.extensions.ExtensionArray
"""A column as pandas keeps it."""


def conform(frame: gpd.GeoDataFrame, layer: str) -> gpd.GeoDataFrame:
    """Return a frame with exactly the columns of its layer, in order and of the right dtypes.

    Absent columns come as missing values and empty ids are numbered; nothing else is mended, so
    the result may still break the layer's limits (`Workspace.write` tells).

    Parameters
    ----------
    frame
        Any of the layer's columns, and the shapes.
    layer
        Name of the layer.

    Raises
    ------
    DataError
        A column does not belong to the layer, or its values cannot take the dtype.
    """
    schema = layer_schema(layer)
    names = [column.name for column in schema.columns]
    strangers = [str(n) for n in frame.columns if n not in (*names, frame.geometry.name)]
    if strangers:
        raise DataError(
            say(
                f"层“{schema.zh}”没有这些列：{'、'.join(strangers)}。",
                f"layer {schema.name!r} has no columns {', '.join(strangers)}",
            )
        )
    columns: dict[str, object] = {}
    for column in schema.columns:
        dtype = DTYPES[column.type]
        if column.name not in frame:
            columns[column.name] = pd.Series(index=frame.index, dtype=dtype)
            continue
        try:
            columns[column.name] = pd.Series(frame[column.name], dtype=dtype)
        except (TypeError, ValueError) as error:
            raise DataError(
                say(
                    f"层“{schema.zh}”的“{column.label_zh}”不能转换为 {dtype}：{error}。",
                    f"layer {schema.name!r}: {column.name} cannot become {dtype}: {error}",
                )
            ) from error
    shaped = gpd.GeoDataFrame(
        columns, geometry=np.asarray(frame.geometry), crs=frame.crs, index=frame.index
    )
    return with_ids(shaped, schema)


def with_ids(frame: gpd.GeoDataFrame, schema: LayerSchema) -> gpd.GeoDataFrame:
    """Return the frame with empty ids numbered ``<layer>-<row>``; codes of areas stay empty."""
    if schema.key != "id" or not missing_of(frame[schema.key]).any():
        return frame
    taken = set(frame[schema.key].dropna())
    keys = _objects(frame[schema.key])
    for row in np.flatnonzero(missing_of(frame[schema.key])):
        key = f"{schema.name}-{row + 1}"
        while key in taken:
            key += "-2"
        taken.add(key)
        keys[row] = key
    return frame.assign(**{schema.key: pd.array(keys, dtype="string")})


def content_sha256(frame: gpd.GeoDataFrame, schema: LayerSchema) -> str:
    """Return the fingerprint of a layer's rows, whatever their order.

    Two frames have the same one exactly when they hold the same rows under the same keys.
    """
    order = np.argsort(_objects(frame[schema.key].fillna("")).astype(str), kind="stable")
    kinds = {column.name: column.type for column in schema.columns}
    return _sha256(schema.name, frame, kinds, order)


def frame_sha256(frame: pd.DataFrame, kinds: Mapping[str, str]) -> str:
    """Return the fingerprint of the rows of a frame in their order, by the kinds of its columns."""
    return _sha256("", frame, kinds, np.arange(len(frame)))


def _sha256(
    name: str, frame: pd.DataFrame, kinds: Mapping[str, str], order: NDArray[np.intp]
) -> str:
    digest = hashlib.sha256(name.encode())
    for column, kind in kinds.items():
        digest.update(column.encode())
        for part in _canonical(frame[column], kind):
            digest.update(np.ascontiguousarray(part[order]).tobytes())
    if isinstance(frame, gpd.GeoDataFrame):
        for part in _canonical_shapes(np.asarray(frame.geometry, dtype=object)):
            digest.update(np.ascontiguousarray(part[order]).tobytes())
    return digest.hexdigest()


def to_cells(values: pd.Series[Any]) -> list[Any]:
    """Return a column as the values a database takes: None, str, int, float, 0/1 or an ISO date.

    An empty text is a missing one: a form that was cleared and one never filled mean the same.
    """
    if not values.notna().any():
        return [None] * len(values)
    if values.dtype == "string":
        return [text or None for text in _objects(values)]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        days = np.datetime_as_string(values.to_numpy().astype("datetime64[D]"))
        return [None if day == "NaT" else str(day) for day in days]
    cells = values.astype("Int64") if values.dtype == "boolean" else values
    return list(_objects(cells))


def from_cells(cells: Sequence[Any], kind: str) -> Cells:
    """Return a column of schema type ``kind`` from what a database gives.

    Raises
    ------
    TypeError, ValueError
        A cell does not hold such a value.
    """
    return _READERS[kind](cells)


def _text(cells: Sequence[Any]) -> Cells:
    column = pa.array([cell or None for cell in cells], pa.large_string())
    return pd.Series(column, dtype="string").array


def _dates(cells: Sequence[Any]) -> Cells:
    days = np.array([str(cell)[:10] if cell else "NaT" for cell in cells], dtype="datetime64[D]")
    return pd.Series(days.astype("datetime64[s]")).array


def _integers(cells: Sequence[Any]) -> Cells:
    return pd.arrays.IntegerArray(*_masked(_whole(cells), 0))


def _floats(cells: Sequence[Any]) -> Cells:
    return pd.arrays.FloatingArray(*_masked(pa.array(cells, pa.float64()), 0.0))


def _flags(cells: Sequence[Any]) -> Cells:
    numbers, missing = _masked(_whole(cells), 0)
    return pd.arrays.BooleanArray(numbers != 0, missing)


def _whole(cells: Sequence[Any]) -> pa.Array:
    """Return whole numbers; a fraction is an error, never cut off."""
    return pa.array(cells).cast(pa.int64())


def _masked(column: pa.Array, empty: float) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    missing = column.is_null().to_numpy(zero_copy_only=False).copy()
    return column.fill_null(empty).to_numpy(zero_copy_only=False).copy(), missing


_READERS: dict[str, Callable[[Sequence[Any]], Cells]] = {
    "text": _text,
    "choice": _text,
    "int": _integers,
    "float": _floats,
    "bool": _flags,
    "date": _dates,
}


def _canonical(values: pd.Series[Any], kind: str) -> Iterable[NDArray[Any]]:
    missing = missing_of(values)
    yield missing
    if missing.all():
        return
    if kind in ("text", "choice"):
        texts = values.to_numpy(object, na_value="")
        yield np.array([hashlib.blake2b(t.encode(), digest_size=16).digest() for t in texts], "S16")
    elif kind == "date":
        yield values.to_numpy().astype("datetime64[D]").astype("<i8")
    elif kind == "float":
        yield values.to_numpy(np.float64, na_value=0.0).astype("<f8") + 0.0
    else:
        yield values.to_numpy(np.int64, na_value=0).astype("<i8")


def _canonical_shapes(shapes: NDArray[np.object_]) -> Iterable[NDArray[Any]]:
    bodies = shapely.to_wkb(simplest(shapes), byte_order=1)
    yield np.array(
        [hashlib.blake2b(body or b"", digest_size=16).digest() for body in bodies], "S16"
    )


def _objects(values: pd.Series[Any]) -> NDArray[np.object_]:
    """Return the values as Python objects, None where missing."""
    cells = np.array(values, dtype=object)
    cells[values.isna().to_numpy()] = None
    return cells


def missing_of(values: pd.Series[Any]) -> NDArray[np.bool_]:
    """Return which values are missing; an empty text is."""
    missing = values.isna().to_numpy()
    if values.dtype == "string":
        missing = missing | (values == "").fillna(value=False).to_numpy(bool)
    return missing
