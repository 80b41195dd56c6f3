"""A feature that an editor sends, as a row of its layer, and a row as the feature that he reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import orjson
import shapely

from geo.errors import DataError
from geo.schema import Column, LayerSchema
from geo.store.agreeing import Turn, parts_faults
from geo.store.applying import refused
from geo.store.features import Turned
from geo.store.record_limits import faults_of
from geo.store.records import (
    SHAPE,
    Cell,
    Record,
    blank,
    settled,
    shapes_of,
    spelled,
    unfit,
)
from geo.text import say

Changes = Mapping[str, Cell]
"""Fields of a row that an editor gives, with their new values."""

_LONGEST_KEY: Final = 200
_STEPS: Final = (".", "..")
"""What a program that reads addresses takes for this folder and the one above."""
_UNFIT_SHOWN: Final = "/ \\ ? # %"
_UNFIT_IN_ADDRESSES: Final = frozenset(_UNFIT_SHOWN.split())
_DIGITS: Final = 6
"""Digits to which QGIS writes the degrees of a shape that it sends back whole."""
_KINDS: Final = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)


def key_in(schema: LayerSchema, body: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the key that a feature gives itself; empty when it gives none."""
    if not isinstance(body, dict):
        return ""
    properties = body.get("properties")
    own = properties.get(schema.key) if isinstance(properties, dict) else None
    given = body.get("id") if own is None else own
    return "" if given is None else str(given)


def changes_in(
    schema: LayerSchema,
    body: Any,  # noqa: ANN401 - any JSON value
    *,
    key: str,
    was: Record | None,
    whole: bool,
    turned: Turned,
) -> dict[str, Cell]:
    """Return the fields that a feature, or a part of one, gives a row.

    Parameters
    ----------
    schema
        The layer.
    body
        A GeoJSON feature, or the members of one that change (RFC 7396).
    key
        What the row is called.
    was
        The row before; None for a new one.
    whole
        Whether what the body leaves out is empty; else it stays as it was.
    turned
        Coordinates of its shape.

    Raises
    ------
    DataError
        It is no feature, or its row would break the layer's schema; with every fault.
    """
    if not isinstance(body, dict) or (whole and body.get("type") != "Feature"):
        raise DataError(
            say("内容应是一个 GeoJSON 要素（Feature）。", "the body must be one GeoJSON feature."),
            hint=say("一次一个要素。", "One feature at a time."),
        )
    faults = _key_faults(schema, body, key, new=was is None)
    changes, wrong = _cells(schema, _properties(body, faults), faults)
    if whole:
        changes = {**{column.name: None for column in schema.columns}, **changes}
    changes[schema.key] = key
    if whole or "geometry" in body:
        before = len(faults)
        shape = _shape(body.get("geometry"), was, turned, faults)
        if was is not None and whole and _same_but_rounded(shape, was):
            changes[SHAPE] = was[SHAPE]
        else:
            changes[SHAPE] = shape
        if len(faults) > before:  # what is wrong with the shape was said
            wrong[SHAPE] = _somewhere(schema)
    after = {**blank(schema), **(was or {}), **changes, **wrong}
    found = faults_of(after, schema) + parts_faults(Turn(schema, after, was))
    if faults or found:
        raise refused([*faults, *found])
    return changes


def shape_in(given: object, was: Record | None, turned: Turned) -> str | None:
    """Return a GeoJSON geometry in the form that rows have it.

    Raises
    ------
    DataError
        It makes no shape.
    """
    faults: list[str] = []
    shape = _shape(given, was, turned, faults)
    if faults:
        raise refused(faults)
    return shape


def feature_of(schema: LayerSchema, key: str, record: Record) -> dict[str, Any]:
    """Return a row as a GeoJSON feature, in longitude and latitude."""
    properties = {name: cell for name, cell in record.items() if name != SHAPE}
    return {
        "type": "Feature",
        "id": key,
        "geometry": value_of(SHAPE, record.get(SHAPE)),
        "properties": {column.name: properties.get(column.name) for column in schema.columns},
    }


def value_of(name: str, cell: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return a field of a row as JSON shows it: shapes as GeoJSON."""
    if name != SHAPE or cell is None:
        return cell
    return orjson.loads(shapely.to_geojson(shapely.from_wkb(str(cell))))


def _cells(
    schema: LayerSchema, given: Mapping[str, Any], faults: list[str]
) -> tuple[dict[str, Cell], dict[str, Cell]]:
    """Return the cells that are given, and stand-ins for those that do not fit."""
    columns = {column.name: column for column in schema.columns}
    changes: dict[str, Cell] = {}
    wrong: dict[str, Cell] = {}
    for name, value in given.items():
        if name not in columns:
            faults.append(say(f"没有属性“{name}”", f"there is no property {name!r}"))
        elif name != schema.key:
            fault = unfit(columns[name], value)
            if fault is None:
                changes[name] = settled(columns[name], value)
            else:
                faults.append(fault)
                wrong[name] = _filler(columns[name])
    return changes, wrong


def _properties(body: Mapping[str, Any], faults: list[str]) -> Mapping[str, Any]:
    given = body.get("properties")
    if given is None:
        return {}
    if not isinstance(given, dict):
        faults.append(say("properties 应是对象", "properties must be an object"))
        return {}
    return given


def _key_faults(schema: LayerSchema, body: Mapping[str, Any], key: str, *, new: bool) -> list[str]:
    label = schema[schema.key].label
    given = body.get("properties")
    own = given.get(schema.key) if isinstance(given, dict) else None
    faults = [
        say(f"“{label}”不能改（{key}）", f"{schema.key} cannot be changed ({key})")
        for other in (own, body.get("id"))
        if other is not None and str(other) != key
    ]
    plain = key.isprintable() and key == key.strip() and not key.startswith("fid:")
    if not (plain and 0 < len(key) <= _LONGEST_KEY):
        faults.append(
            say(
                f"“{label}”应是 1～{_LONGEST_KEY} 个可见的字，前后没有空格",
                f"{schema.key} must be 1 to {_LONGEST_KEY} visible characters",
            )
        )
    elif new and (key in _STEPS or not _UNFIT_IN_ADDRESSES.isdisjoint(key)):
        faults.append(
            say(
                f"“{label}”要能写进网址，不能是 . 或 ..，不能有 {_UNFIT_SHOWN}：{key}",
                f"{schema.key} stands in addresses: it is not . or .. and has no {_UNFIT_SHOWN}:"
                f" {key}",
            )
        )
    return faults


def _shape(given: object, was: Record | None, turned: Turned, faults: list[str]) -> str | None:
    """Return a shape in the form that rows have it; what is wrong with it goes to the faults."""
    if given is None:
        return None
    if isinstance(given, dict) and "type" not in given and was is not None:
        before = value_of(SHAPE, was.get(SHAPE))
        given = {**(before or {}), **given}
    if not isinstance(given, dict) or given.get("type") not in _KINDS:
        kinds = ", ".join(sorted(_KINDS))
        faults.append(say(f"图形应是 {kinds} 之一", f"the geometry must be one of {kinds}"))
        return None
    try:
        text = orjson.dumps({"type": given["type"], "coordinates": given.get("coordinates")})
        shape = shapely.force_2d(shapely.from_geojson(text))
        kept = turned.back(np.array([shape], dtype=object))[0]
    except (shapely.errors.GEOSException, ValueError, TypeError):
        faults.append(say("图形的坐标读不懂", "the coordinates of the geometry make no shape"))
        return None
    if not np.isfinite(shapely.get_coordinates(kept)).all():
        faults.append(say("图形超出坐标系的范围", "the geometry lies outside its system"))
        return None
    if not shapely.is_valid(kept):
        reason = shapely.is_valid_reason(kept)
        faults.append(say(f"图形自相交或不成立（{reason}）", f"the geometry is invalid: {reason}"))
        return None
    return spelled(kept)


def _same_but_rounded(shape: str | None, was: Record) -> bool:
    """Return whether a shape is the one before with its degrees cut, as QGIS sends it back."""
    if shape is None or was.get(SHAPE) is None or shape == was[SHAPE]:
        return False
    sent, kept = shapes_of([{SHAPE: shape}, was])
    if shapely.get_type_id(sent) != shapely.get_type_id(kept):
        return False
    parts = [shapely.get_coordinates(one) for one in (sent, kept)]
    return parts[0].shape == parts[1].shape and bool(
        np.array_equal(np.round(parts[0], _DIGITS), np.round(parts[1], _DIGITS))
        and np.array_equal(np.round(parts[0], _DIGITS), parts[0])
    )


def _filler(column: Column) -> Cell:
    """Return a value that breaks nothing, to look for other faults beside one."""
    if column.choices:
        return column.choices[0].value
    fillers: dict[str, Cell] = {"date": "2000-01-01", "bool": True, "text": "-"}
    return fillers.get(column.type, column.minimum or 0)


def _somewhere(schema: LayerSchema) -> str | None:
    shapes = {"line": "LINESTRING (110 30, 111 30)", "polygon": "POLYGON ((0 0, 1 0, 1 1, 0 0))"}
    return spelled(shapely.from_wkt(shapes.get(schema.geometry, "POINT (110 30)")))
