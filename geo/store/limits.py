"""What about a frame its layer does not allow: every problem at once, as sentences for the user."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import CGCS2000
from geo.errors import DataError
from geo.schema import DTYPES, Column, GeometryKind, LayerSchema
from geo.store.frames import missing_of
from geo.store.geometry import SRS_ID
from geo.text import say

_SHOWN = 5
ALLOWED: dict[GeometryKind, frozenset[int]] = {
    "point": frozenset({0}),
    "line": frozenset({1, 5}),
    "polygon": frozenset({3, 6}),
    "point_or_polygon": frozenset({0, 3, 6}),
    "any": frozenset({0, 1, 3, 4, 5, 6}),
}


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
            result.extend(_column_problems(frame, schema, column))
    if schema.key in found:
        result.extend(_key_problems(frame, schema))
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


def _shape_name(frame: gpd.GeoDataFrame) -> str | None:
    return frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None


def _some(frame: gpd.GeoDataFrame, schema: LayerSchema, wrong: NDArray[np.bool_]) -> str:
    """Return how many rows are meant, and the keys of the first of them."""
    rows = np.flatnonzero(wrong)
    shown = [_key(frame, schema, int(row)) for row in rows[:_SHOWN]]
    count, more = len(rows), len(rows) > _SHOWN
    return say(
        f"{count} 行（{'、'.join(shown)}{'……' if more else ''}）",
        f"{count} row{'s' * (count > 1)} ({', '.join(shown)}{', …' if more else ''})",
    )


def _key(frame: gpd.GeoDataFrame, schema: LayerSchema, row: int) -> str:
    key = frame[schema.key].iloc[row] if schema.key in frame else None
    return say(f"第 {row + 1} 行", f"row {row + 1}") if pd.isna(key) else str(key)


def _shape_problems(frame: gpd.GeoDataFrame, schema: LayerSchema) -> list[str]:
    if _shape_name(frame) is None:
        return [say("没有图形列", "no geometry column")]
    result: list[str] = []
    if frame.crs is None or frame.crs.to_epsg() != SRS_ID:
        name = frame.crs.to_string() if frame.crs else say("未声明", "none")
        result.append(say(f"坐标系应为 {CGCS2000}，实为 {name}", f"CRS is {name}, not {CGCS2000}"))
    shapes = np.asarray(frame.geometry, dtype=object)
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    # An area may be known by its figures alone; anything else is of no use without a place.
    if schema.key != "code" and missing.any():
        which = _some(frame, schema, missing)
        result.append(say(f"没有图形：{which}", f"no shape: {which}"))
    wrong = ~missing & ~np.isin(shapely.get_type_id(shapes), list(ALLOWED[schema.geometry]))
    if wrong.any():
        which = _some(frame, schema, wrong)
        result.append(say(f"图形类型不符：{which}", f"wrong kind of shape: {which}"))
    with np.errstate(invalid="ignore"):
        outside = ~missing & ~(np.abs(shapely.bounds(shapes)) <= (180, 90, 180, 90)).all(axis=1)
    if outside.any():
        which = _some(frame, schema, outside)
        result.append(say(f"坐标不是经纬度：{which}", f"not longitude and latitude: {which}"))
    return result


def _column_problems(frame: gpd.GeoDataFrame, schema: LayerSchema, column: Column) -> list[str]:
    values = frame[column.name]
    dtype = DTYPES[column.type]
    if str(values.dtype) != dtype:
        return [
            say(
                f"“{column.label}”的数据类型应为 {dtype}，实为 {values.dtype}",
                f"{column.name} is {values.dtype}, not {dtype}",
            )
        ]
    missing = missing_of(values)
    result: list[str] = []
    if column.required and missing.any() and column.name not in ("code", "id"):
        which = _some(frame, schema, missing)
        result.append(say(f"“{column.label}”为空：{which}", f"{column.name} is empty: {which}"))
    if column.minimum is not None:
        low = (values < column.minimum).fillna(value=False).to_numpy(bool)
        if low.any():
            which = _some(frame, schema, low)
            limit = f"{column.minimum:g}"
            result.append(
                say(f"“{column.label}”小于 {limit}：{which}", f"{column.name} < {limit}: {which}")
            )
    if column.choices:
        allowed = [choice.value for choice in column.choices]
        odd = ~missing & ~values.isin(allowed).to_numpy()
        if odd.any():
            which, list_ = _some(frame, schema, odd), "、".join(allowed)
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


def _key_problems(frame: gpd.GeoDataFrame, schema: LayerSchema) -> list[str]:
    values, label = frame[schema.key], schema[schema.key].label
    result = []
    count = int(missing_of(values).sum())
    if count:
        result.append(say(f"{count} 行没有“{label}”", f"{schema.key} is empty in {count} rows"))
    repeated = (values.duplicated() & values.notna()).to_numpy()
    if repeated.any():
        which = _some(frame, schema, repeated)
        result.append(say(f"“{label}”重复：{which}", f"{schema.key} is repeated: {which}"))
    return result
