"""Areas within which names must differ: built-up areas, brought in from a file of polygons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

import geopandas as gpd
import shapely

from geo.crs import CGCS2000
from geo.errors import DataError
from geo.gazetteer.book import Gazetteer, Row
from geo.text import say

KINDS: Final = ("built_up",)
_NAMES: Final = ("名称", "name", "NAME", "区域名称")


def scopes(book: Gazetteer, *, on: date | None = None) -> list[Row]:
    """Return the areas, in the order of their kinds and names."""
    return sorted(book.rows("scope", on=on), key=lambda row: (row["kind"], row["name"], row["id"]))


def add_scopes(
    book: Gazetteer,
    areas: gpd.GeoDataFrame,
    *,
    kind: str = "built_up",
    names: Sequence[str] = (),
    since: str,
    author: str,
    reason: str,
    at: datetime,
) -> tuple[str, int, int]:
    """Add areas in one change set; one of the same kind and name takes the place of the old one.

    Parameters
    ----------
    book
        The gazetteer.
    areas
        Polygons in any CRS, their names in a column 名称 or ``name``.
    kind
        What they are.
    names
        Only those with these names; none: all.
    since
        First day on which they hold.
    author, reason, at
        Who, why and when.

    Returns
    -------
    str
        The change set.
    int
        Areas added.
    int
        Areas whose validity was ended.

    Raises
    ------
    DataError
        Rows that are no polygons or have no name, all of them named; or nothing is left.
    """
    if areas.crs is None:
        raise DataError(say("文件没有写明坐标系。", "the file does not say its datum."))
    column = next((one for one in _NAMES if one in areas.columns), "")
    faults, kept = [], []
    shapes = areas.to_crs(CGCS2000).geometry
    if areas.crs.to_epsg() == 4326:  # noqa: PLR2004 - its degrees are taken as equal
        shapes = areas.geometry
    for number, shape in enumerate(shapes, start=1):
        name = str(areas[column].iloc[number - 1] or "").strip() if column else ""
        if names and name not in names:
            continue
        if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon) or shape.is_empty:
            faults.append(say(f"第 {number} 个图形不是面", f"shape {number} is no area"))
        elif not name:
            faults.append(say(f"第 {number} 个图形没有名称", f"shape {number} has no name"))
        else:
            kept.append((name, shapely.force_2d(shapely.make_valid(shape))))
    if faults or not kept:
        raise DataError(
            say("范围不能用：", "cannot be used: ")
            + (say("；", "; ").join(faults) or say("没有图形", "no shape")),
            hint=say("要有“名称”列，每行一个面。", "A column 名称 is wanted, and an area a row."),
        )
    with book.change(author=author, reason=reason, at=at) as change:
        ended = 0
        for row in change.select("scope", kind=kind):
            if row["name"] in {name for name, _ in kept} and not row["valid_to"]:
                change.end("scope", row["id"], row["version"], on=since)
                ended += 1
        change.insert_all(
            "scope",
            [{"kind": kind, "name": n, "shape": s, "valid_from": since} for n, s in kept],
        )
        return change.id, len(kept), ended


def read_areas(path: Path) -> gpd.GeoDataFrame:
    """Return the shapes of a file.

    Raises
    ------
    DataError
        It is no file of shapes.
    """
    try:
        return gpd.read_file(path)
    except Exception as error:  # noqa: BLE001 - whatever a driver throws
        raise DataError(
            say(f"“{path.name}”不是图形文件：{error}", f"{path.name} holds no shapes: {error}"),
            hint=say("请用 .geojson、.gpkg 或 .shp。", "Use .geojson, .gpkg or .shp."),
        ) from None
