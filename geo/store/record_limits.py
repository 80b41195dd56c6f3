"""What about one row its layer does not allow: the same as `geo.store.limits` finds of a frame.

An edit is checked row by row, and a frame of one row takes a hundred times as long to make.
"""

from __future__ import annotations

import shapely

from geo.schema import Column, LayerSchema
from geo.store.limits import ALLOWED
from geo.store.records import SHAPE, Record
from geo.text import say

_MOST_X, _MOST_Y = 180, 90


def faults_of(record: Record, schema: LayerSchema) -> list[str]:
    """Return everything about a row that its layer does not allow, as sentences for the user.

    Parameters
    ----------
    record
        The row; each cell is of the type of its column.
    schema
        The layer.
    """
    found = _shape_faults(record, schema)
    for column in schema.columns:
        found += _cell_faults(record, column)
    if record.get(schema.key) in (None, ""):
        label = schema[schema.key].label
        found.append(say(f"没有“{label}”", f"{schema.key} is empty"))
    return found


def _shape_faults(record: Record, schema: LayerSchema) -> list[str]:
    text = record.get(SHAPE)
    if text is None:
        # An area may be known by its figures alone; anything else is of no use without a place.
        return [] if schema.key == "code" else [say("没有图形", "no shape")]
    shape = shapely.from_wkb(str(text))
    found = []
    if int(shapely.get_type_id(shape)) not in ALLOWED[schema.geometry]:
        found.append(say("图形类型不符", "wrong kind of shape"))
    west, south, east, north = shapely.bounds(shape).tolist()
    on_earth = max(abs(west), abs(east)) <= _MOST_X and max(abs(south), abs(north)) <= _MOST_Y
    if not on_earth:
        turned = max(abs(west), abs(east)) <= _MOST_Y and max(abs(south), abs(north)) <= _MOST_X
        found.append(
            say("经度和纬度写反了，先写经度", "longitude and latitude are swapped")
            if turned
            else say("坐标不是经纬度", "not longitude and latitude")
        )
    return found


def _cell_faults(record: Record, column: Column) -> list[str]:
    value, label = record.get(column.name), column.label
    if value in (None, ""):
        if column.required and column.name not in ("code", "id"):
            return [say(f"“{label}”为空", f"{column.name} is empty")]
        return []
    if column.minimum is not None and float(str(value)) < column.minimum:
        limit = f"{column.minimum:g}"
        return [say(f"“{label}”小于 {limit}（{value}）", f"{column.name} < {limit} ({value})")]
    allowed = [choice.value for choice in column.choices]
    if allowed and value not in allowed:
        return [
            say(
                f"“{label}”不在可选值（{'、'.join(allowed)}）之内：{value}",
                f"{column.name} is none of {', '.join(allowed)}: {value}",
            )
        ]
    return []
