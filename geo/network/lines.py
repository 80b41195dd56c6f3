"""From the bureau's own street lines to walkable segments that meet where people can turn."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import DataError
from geo.faults import Fault, FaultTable
from geo.network.classes import UNKNOWN, street_classes
from geo.network.noding import node_lines
from geo.network.segments import Segments, StreetImport, require_metres
from geo.text import say

SNAP_M = 0.5
"""Ends of lines this near to another line or end are joined to it."""

Crossings = Literal["join", "pass"]
"""Whether lines of one level meet where they cross without an end."""

_LAYER = "street"


def segments_from_lines(
    frame: gpd.GeoDataFrame,
    *,
    crossings: Crossings = "join",
    snap_m: float = SNAP_M,
) -> StreetImport:
    """Make walkable segments of a frame of the layer ``street``.

    Lines meet where they cross on one level, where an end touches a line of its level, and where
    ends touch; an end of a bridge or tunnel also joins the street it comes down to. The column
    ``foot`` decides whether people may walk; where it is empty the class does. Only the geometry
    is required, all columns are optional.

    Parameters
    ----------
    frame
        Lines in projected metres. ``source`` of a segment is the position of its row.
    crossings
        ``join``: lines of one level meet where they cross. ``pass``: they do not, because the
        layer is already cut at every junction and a crossing without a cut is an overpass.
    snap_m
        Ends within this distance of a line or another end are moved onto it.

    Raises
    ------
    DataError
        The CRS does not count in metres, there are no lines, or none is walkable.
    """
    crs = require_metres(frame.crs)
    faults = FaultTable()
    classes, known = _classes(frame, faults)
    lines, row = _lines(frame)
    state = _states(frame, lines, row, known)
    for code, (zh, en) in _REASONS.items():
        faults.extend(
            Fault(_LAYER, int(at) + 1, "geometry", "error", code, say(zh, en))
            for at in np.flatnonzero(state == code)
        )
    closed = int((state == "not_walkable").sum())
    if closed:
        faults.add(_closed(closed, len(frame)))
    good = (state == "walkable")[row] & (shapely.length(lines) > 0)
    lines, row = _simple(lines[good], row[good])
    if len(lines) == 0:
        raise DataError(
            say(
                f"{len(frame)} 条街路中没有可步行的线。",
                f"none of {len(frame)} streets is walkable",
            ),
            hint=say("请检查道路等级与“可步行”列。", "check the columns class and foot"),
        )
    level = _levels(frame)[row]
    xy, start, node, moved_m = node_lines(lines, level, join=crossings == "join", snap_m=snap_m)
    faults.extend(_moved(row, moved_m))
    names, codes = np.unique(classes[row].astype(str), return_inverse=True)
    segments = Segments(
        crs=crs,
        xy=xy,
        start=start,
        vertex_node=node,
        class_code=codes.astype(np.uint8),
        classes=tuple(names.tolist()),
        steps=(_flag(frame, "steps") | (classes == "steps"))[row],
        incline_share=_numbers(frame, "incline_share")[row],
        level=level,
        bridge=_flag(frame, "bridge")[row],
        tunnel=_flag(frame, "tunnel")[row],
        source=row,
        name=tuple(
            None if pd.isna(name) else str(name) for name in _texts(frame, "name").iloc[row]
        ),
    )
    reasons = np.unique(state[state != "walkable"].astype(str)).tolist()
    left_out = {reason: np.flatnonzero(state == reason) for reason in reasons}
    return StreetImport(segments, faults, len(frame), left_out)


_REASONS = {
    "not_a_line": ("几何为空或不是线，未采用", "the geometry is empty or not a line; left out"),
    "no_length": ("线的长度为 0，未采用", "the line has no length; left out"),
    "duplicate": (
        "与前面一条线完全重合，未采用",
        "the line repeats an earlier one exactly; left out",
    ),
}


def _classes(
    frame: gpd.GeoDataFrame, faults: FaultTable
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Return each street's OSM class and whether that class may be walked; report unknown names."""
    table = street_classes()
    given = _texts(frame, "class").str.strip()
    unknown = given[~given.isin(table.keys()) & given.notna() & (given != "")]
    for name, count in unknown.value_counts().sort_index().items():
        faults.add(
            Fault(
                _LAYER,
                None,
                "class",
                "warning",
                "class_unknown",
                say(
                    f"道路等级“{name}”（{count} 条）不在等级表中，按可步行的普通道路处理",
                    f"street class {name!r} ({count} streets) is not known; taken as walkable",
                ),
                say("如不可步行，请在“可步行”列填“否”", "set foot to no where people may not walk"),
            )
        )
    names = given.where(given.isin(table.keys()), UNKNOWN).fillna(UNKNOWN).to_numpy(object)
    walkable = np.array([table[name].walkable for name in names], dtype=bool)
    return np.array([table[name].street_class for name in names], dtype=object), walkable


def _lines(frame: gpd.GeoDataFrame) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return the flat single lines of all rows and the row of each."""
    flat = shapely.force_2d(frame.geometry.to_numpy())
    parts, row = shapely.get_parts(flat, return_index=True)
    kind = shapely.get_type_id(parts)
    line = np.isin(kind, (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING))
    return parts[line], row[line].astype(np.int64)


def _simple(
    lines: NDArray[np.object_], row: NDArray[np.int64]
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Cut every line that crosses itself where it does."""
    knotted = ~shapely.is_simple(lines)
    if not knotted.any():
        return lines, row
    parts, of = shapely.get_parts(shapely.node(lines[knotted]), return_index=True)
    all_lines = np.concatenate((lines[~knotted], parts))
    all_rows = np.concatenate((row[~knotted], row[knotted][of]))
    order = np.argsort(all_rows, kind="stable")
    return all_lines[order], all_rows[order]


def _states(
    frame: gpd.GeoDataFrame,
    lines: NDArray[np.object_],
    row: NDArray[np.int64],
    class_walkable: NDArray[np.bool_],
) -> NDArray[np.object_]:
    """Say of each row whether it is walkable, or why it is left out."""
    length_m = np.bincount(row, weights=shapely.length(lines), minlength=len(frame))
    foot = _column(frame, "foot", "boolean").fillna(pd.Series(class_walkable))
    walkable = foot.to_numpy(bool)
    has_line = np.bincount(row, minlength=len(frame)) > 0
    state = np.select(
        [~has_line, ~(length_m > 0), ~walkable],
        ["not_a_line", "no_length", "not_walkable"],
        "walkable",
    ).astype(object)
    rest = np.flatnonzero(state == "walkable")
    drawn = shapely.normalize(shapely.force_2d(frame.geometry.to_numpy()[rest]))
    seen = pd.DataFrame({"drawn": shapely.to_wkb(drawn, hex=True), "level": _levels(frame)[rest]})
    state[rest[seen.duplicated().to_numpy()]] = "duplicate"
    return state


def _levels(frame: gpd.GeoDataFrame) -> NDArray[np.int8]:
    """Return each row's level; a bridge without one lies above the ground, a tunnel below."""
    level = _numbers(frame, "level")
    usual = _flag(frame, "bridge").astype(float) - _flag(frame, "tunnel").astype(float)
    return np.where(np.isnan(level), usual, level).astype(np.int8)


def _closed(closed: int, rows: int) -> Fault:
    return Fault(
        _LAYER,
        None,
        "class",
        "note",
        "not_walkable",
        say(
            f"{rows} 条街路中有 {closed} 条行人不能通行，未用于步行路网",
            f"{closed} of {rows} streets are closed to walkers and left out of the network",
        ),
    )


def _moved(row: NDArray[np.int64], moved_m: NDArray[np.float64]) -> list[Fault]:
    """Report every line of which an end was moved by more than a millimetre."""
    shift = pd.Series(moved_m).groupby(row).max()
    return [
        Fault(
            _LAYER,
            int(str(at)) + 1,
            "geometry",
            "repaired",
            "end_snapped",
            say(
                f"端点未与相邻街路相接，已连接（相距 {metres:.2f} 米）",
                f"an end fell short of the street beside it; joined (apart {metres:.2f} m)",
            ),
        )
        for at, metres in shift[shift > 1e-3].items()  # noqa: PLR2004
    ]


def _flag(frame: gpd.GeoDataFrame, name: str) -> NDArray[np.bool_]:
    return _column(frame, name, "boolean").fillna(value=False).to_numpy(bool)


def _numbers(frame: gpd.GeoDataFrame, name: str) -> NDArray[np.float64]:
    return _column(frame, name, "Float64").to_numpy(float, na_value=np.nan)


def _texts(frame: gpd.GeoDataFrame, name: str) -> pd.Series[str]:
    return _column(frame, name, "string")


def _column(
    frame: gpd.GeoDataFrame, name: str, dtype: Literal["boolean", "Float64", "string"]
) -> pd.Series:
    given = frame[name] if name in frame.columns else pd.Series(pd.NA, index=frame.index)
    return given.astype(dtype).reset_index(drop=True)
