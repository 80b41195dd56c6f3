"""Does a frame fit its layer, what is its fingerprint, and how do its columns pass to and fro?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geo.errors import DataError
from geo.schema import Column, GeometryKind, LayerSchema
from geo.schema import layer as layer_schema
from geo.store.geometry import SRS_ID, simplest
from geo.text import say

STORED_CRS = f"EPSG:{SRS_ID}"
DTYPES = {
    "text": "string",
    "choice": "string",
    "int": "Int64",
    "float": "Float64",
    "bool": "boolean",
    "date": "datetime64[s]",
}
"""Pandas dtype of each column type; every one of them knows a missing value."""

_SHOWN = 5
_ALLOWED: dict[GeometryKind, frozenset[int]] = {
    "point": frozenset({0}),
    "line": frozenset({1, 5}),
    "polygon": frozenset({3, 6}),
    "point_or_polygon": frozenset({0, 3, 6}),
    "any": frozenset({0, 1, 3, 4, 5, 6}),
}


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
            columns[column.name] = frame[column.name].astype(dtype)
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
    if schema.key != "id" or not _missing(frame[schema.key]).any():
        return frame
    taken = set(frame[schema.key].dropna())
    keys = frame[schema.key].to_numpy(object, na_value=None)
    for row in np.flatnonzero(_missing(frame[schema.key])):
        key = f"{schema.name}-{row + 1}"
        while key in taken:
            key += "-2"
        taken.add(key)
        keys[row] = key
    return frame.assign(**{schema.key: pd.array(keys, dtype="string")})


def problems(frame: gpd.GeoDataFrame, schema: LayerSchema) -> list[str]:
    """Return everything about a frame that its layer does not allow, as sentences for the user.

    Parameters
    ----------
    frame
        Longitude and latitude (EPSG:4490).
    schema
        The layer.
    """
    wanted = [column.name for column in schema.columns]
    found = [str(name) for name in frame.columns if name != _shape_name(frame)]
    missing = [schema[name].label for name in wanted if name not in found]
    extra = [name for name in found if name not in wanted]
    result: list[str] = []
    if missing:
        result.append(
            say(f"缺少列：{'、'.join(missing)}", f"missing columns: {', '.join(missing)}")
        )
    if extra:
        result.append(say(f"多出列：{'、'.join(extra)}", f"unknown columns: {', '.join(extra)}"))
    result.extend(_shape_problems(frame, schema))
    for column in schema.columns:
        if column.name in found:
            result.extend(_column_problems(frame[column.name], column, _keys(frame, schema)))
    if schema.key in found:
        result.extend(_key_problems(frame[schema.key], schema))
    return result


def require(frame: gpd.GeoDataFrame, schema: LayerSchema, *, where: str = "") -> None:
    """Refuse a frame that its layer does not allow.

    Raises
    ------
    DataError
        With every problem found, one a line.
    """
    found = problems(frame, schema)
    if found:
        lines = "\n".join(f"  · {line}" for line in found)
        place = where or say(f"层“{schema.zh}”", f"layer {schema.name!r}")
        raise DataError(
            say(
                f"{place}有 {len(found)} 处不符合要求：\n{lines}",
                f"{place}: {len(found)} problem{'s' * (len(found) > 1)}:\n{lines}",
            )
        )


def content_sha256(frame: gpd.GeoDataFrame, schema: LayerSchema) -> str:
    """Return the fingerprint of a layer's rows, whatever their order.

    Two frames have the same one exactly when they hold the same rows under the same keys.
    """
    order = np.argsort(frame[schema.key].to_numpy(object, na_value="").astype(str), kind="stable")
    digest = hashlib.sha256(schema.name.encode())
    for column in schema.columns:
        digest.update(column.name.encode())
        for part in _canonical(frame[column.name], column.type):
            digest.update(np.ascontiguousarray(part[order]).tobytes())
    for part in _canonical_shapes(np.asarray(frame.geometry, dtype=object)):
        digest.update(np.ascontiguousarray(part[order]).tobytes())
    return digest.hexdigest()


def to_cells(values: pd.Series[Any]) -> list[Any]:
    """Return a column as the values SQLite stores: None, str, int, float, 0/1 or an ISO date.

    An empty text is a missing one: a form that was cleared and one never filled mean the same.
    """
    if not values.notna().any():
        return [None] * len(values)
    if values.dtype == "string":
        return [text or None for text in values.to_numpy(object, na_value=None)]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        days = np.datetime_as_string(values.to_numpy().astype("datetime64[D]")).astype(object)
        return np.where(values.isna(), None, days).tolist()
    if values.dtype == "boolean":
        values = values.astype("Int64")
    return values.to_numpy(object, na_value=None).tolist()


def from_cells(cells: Sequence[Any], kind: str) -> pd.api.extensions.ExtensionArray:
    """Return a column of schema type ``kind`` from what SQLite stores.

    Raises
    ------
    TypeError, ValueError
        A cell does not hold such a value.
    """
    if kind == "date":
        days = pd.array(pa.array(cells, pa.string()).to_pandas().str.slice(0, 10), dtype="string")
        return pd.array(pd.to_datetime(pd.Series(days), format="%Y-%m-%d").astype("datetime64[s]"))
    return _READERS[kind](cells)


def _text(cells: Sequence[Any]) -> pd.api.extensions.ExtensionArray:
    return pd.array(pa.array([cell or None for cell in cells], pa.large_string()), dtype="string")


def _masked(
    kind: pa.DataType, empty: float | bool, array: Callable[..., Any]
) -> Callable[[Sequence[Any]], Any]:
    def read(cells: Sequence[Any]) -> Any:  # noqa: ANN401 - one of pandas' masked arrays
        column = pa.array(cells, kind)
        mask = column.is_null().to_numpy(zero_copy_only=False)
        return array(column.fill_null(empty).to_numpy(zero_copy_only=False).copy(), mask.copy())

    return read


def _flags(cells: Sequence[Any]) -> Any:  # noqa: ANN401 - one of pandas' masked arrays
    numbers = _READERS["int"](cells)
    return pd.arrays.BooleanArray(numbers.to_numpy(np.int64, na_value=0) != 0, numbers.isna())


_READERS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "text": _text,
    "choice": _text,
    "int": _masked(pa.int64(), 0, pd.arrays.IntegerArray),
    "float": _masked(pa.float64(), 0.0, pd.arrays.FloatingArray),
    "bool": _flags,
}


def _canonical(values: pd.Series[Any], kind: str) -> Iterable[NDArray[Any]]:
    missing = _missing(values)
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


def _missing(values: pd.Series[Any]) -> NDArray[np.bool_]:
    missing = values.isna().to_numpy()
    if values.dtype == "string":
        missing = missing | (values == "").fillna(value=False).to_numpy(bool)
    return missing


def _shape_name(frame: gpd.GeoDataFrame) -> str | None:
    return frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None


def _keys(frame: gpd.GeoDataFrame, schema: LayerSchema) -> NDArray[np.object_]:
    if schema.key not in frame:
        return np.arange(1, len(frame) + 1).astype(object)
    keys = frame[schema.key].to_numpy(object)
    rows = np.array([say(f"第 {n + 1} 行", f"row {n + 1}") for n in range(len(keys))], dtype=object)
    return np.where(pd.isna(keys), rows, keys)


def _some(keys: NDArray[np.object_], wrong: NDArray[np.bool_]) -> str:
    chosen = [str(key) for key in keys[wrong][:_SHOWN]]
    count = int(wrong.sum())
    zh = f"{count} 行（{'、'.join(chosen)}{'……' if count > _SHOWN else ''}）"
    en = f"{count} row{'s' * (count > 1)} ({', '.join(chosen)}{', …' if count > _SHOWN else ''})"
    return say(zh, en)


def _shape_problems(frame: gpd.GeoDataFrame, schema: LayerSchema) -> list[str]:
    if _shape_name(frame) is None:
        return [say("没有图形列", "no geometry column")]
    result: list[str] = []
    if frame.crs is None or frame.crs.to_epsg() != SRS_ID:
        name = frame.crs.to_string() if frame.crs else say("未声明", "none")
        result.append(
            say(f"坐标系应为 {STORED_CRS}，实为 {name}", f"CRS is {name}, not {STORED_CRS}")
        )
    shapes, keys = np.asarray(frame.geometry, dtype=object), _keys(frame, schema)
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    # An area may be known by its figures alone; anything else is of no use without a place.
    if schema.key != "code" and missing.any():
        which = _some(keys, missing)
        result.append(say(f"没有图形：{which}", f"no shape: {which}"))
    wrong = ~missing & ~np.isin(shapely.get_type_id(shapes), list(_ALLOWED[schema.geometry]))
    if wrong.any():
        which = _some(keys, wrong)
        result.append(say(f"图形类型不符：{which}", f"wrong kind of shape: {which}"))
    with np.errstate(invalid="ignore"):
        outside = ~missing & ~(np.abs(shapely.bounds(shapes)) <= (180, 90, 180, 90)).all(axis=1)
    if outside.any():
        which = _some(keys, outside)
        result.append(say(f"坐标不是经纬度：{which}", f"not longitude and latitude: {which}"))
    return result


def _column_problems(
    values: pd.Series[Any], column: Column, keys: NDArray[np.object_]
) -> list[str]:
    dtype = DTYPES[column.type]
    if str(values.dtype) != dtype:
        return [
            say(
                f"“{column.label}”的数据类型应为 {dtype}，实为 {values.dtype}",
                f"{column.name} is {values.dtype}, not {dtype}",
            )
        ]
    missing = _missing(values)
    result: list[str] = []
    if column.required and missing.any() and column.name not in ("code", "id"):
        which = _some(keys, missing)
        result.append(say(f"“{column.label}”为空：{which}", f"{column.name} is empty: {which}"))
    if column.minimum is not None:
        low = (values < column.minimum).fillna(value=False).to_numpy(bool)
        if low.any():
            which = _some(keys, low)
            limit = f"{column.minimum:g}"
            result.append(
                say(f"“{column.label}”小于 {limit}：{which}", f"{column.name} < {limit}: {which}")
            )
    if column.choices:
        allowed = [choice.value for choice in column.choices]
        odd = ~missing & ~values.isin(allowed).to_numpy()
        if odd.any():
            which, list_ = _some(keys, odd), "、".join(allowed)
            result.append(
                say(
                    f"“{column.label}”不在可选值（{list_}）之内：{which}",
                    f"{column.name} is none of {', '.join(allowed)}: {which}",
                )
            )
    if column.type == "date" and (values.dropna() != values.dropna().dt.normalize()).any():
        result.append(
            say(f"“{column.label}”应为日期，不含时刻", f"{column.name} has a time of day")
        )
    return result


def _key_problems(values: pd.Series[Any], schema: LayerSchema) -> list[str]:
    label, keys = schema[schema.key].label, values.to_numpy(object)
    result = []
    count = int(_missing(values).sum())
    if count:
        result.append(say(f"{count} 行没有“{label}”", f"{schema.key} is empty in {count} rows"))
    repeated = (values.duplicated() & values.notna()).to_numpy()
    if repeated.any():
        which = _some(keys, repeated)
        result.append(say(f"“{label}”重复：{which}", f"{schema.key} is repeated: {which}"))
    return result
