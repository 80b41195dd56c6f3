"""Which administrative unit is which: codes, parents, the day they hold, and what lies in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import DataError
from geo.schema import CODE_DIGITS, LEVELS, Level
from geo.text import say


def level_of(code: str) -> Level | None:
    """Return the level a division code stands for, or None when it is malformed.

    Examples
    --------
    >>> level_of("420106"), level_of("420106001002"), level_of("42010")
    ('county', 'community', None)
    """
    if not (code.isascii() and code.isdecimal() and code[0] != "0"):
        return None
    return next((level for level in LEVELS if CODE_DIGITS[level] == len(code)), None)


def on_day(units: gpd.GeoDataFrame, day: date) -> gpd.GeoDataFrame:
    """Return the units that exist on a day.

    Parameters
    ----------
    units
        A layer of administrative units. A missing first day reaches back, a missing last day
        reaches forward.
    day
        The day; on ``valid_to`` a unit exists no longer.
    """
    then = pd.Timestamp(day)
    begun = units["valid_from"].isna() | (units["valid_from"] <= then)
    lasting = units["valid_to"].isna() | (units["valid_to"] > then)
    return units[begun & lasting]


def hierarchy(frames: Mapping[str, gpd.GeoDataFrame], *, day: date | None = None) -> pd.DataFrame:
    """Return community, township and county of every community.

    Parameters
    ----------
    frames
        The layers ``community`` and, when they stand, ``township`` and ``county``.
    day
        Only units that exist on this day; None takes all.

    Returns
    -------
    pandas.DataFrame
        Sorted by ``community_code``, with ``community_name township_code township_name
        county_code county_name``. A parent is the unit's ``parent_code``, or else the prefix of
        its code; a name is missing when that layer lacks the unit.

    Raises
    ------
    DataError
        There is no community layer.
    """
    if "community" not in frames:
        raise DataError(
            say("还没有社区（村）层。", "there is no community layer"),
            hint=say(
                "请先导入：fuwuquan import community 文件 --datum …",
                "import it first: fuwuquan import community FILE --datum …",
            ),
        )
    standing = {
        level: frames[level] if day is None else on_day(frames[level], day)
        for level in LEVELS
        if level in frames
    }
    table = pd.DataFrame(
        {
            "community_code": standing["community"]["code"],
            "community_name": standing["community"]["name"],
            "township_code": _parents(standing["community"], "township"),
        }
    )
    townships = standing.get("township")
    table = table.assign(township_name=_names(table["township_code"], townships))
    prefix = table["township_code"].str[: CODE_DIGITS["county"]]
    if townships is None:
        county = prefix
    else:
        above = pd.Series(
            _parents(townships, "county").to_numpy(),
            index=pd.Index(townships["code"]),
            dtype="string",
        )
        county = table["township_code"].map(above).astype("string").fillna(prefix)
    table = table.assign(county_code=county)
    table = table.assign(county_name=_names(table["county_code"], standing.get("county")))
    return table.sort_values("community_code", kind="stable").reset_index(drop=True)


def locate(points: gpd.GeoSeries | gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """Return the code of the area in which each point lies.

    Parameters
    ----------
    points
        Points (n,); for other shapes a point on them counts. Any system.
    areas
        Polygons with a column ``code``; any system.

    Returns
    -------
    pandas.Series
        (n,) codes on the index of ``points``; missing where no area covers the point. A point on
        the border of several areas, or where they overlap, belongs to the lowest code.
    """
    shapes = points.geometry
    if areas.crs is not None and shapes.crs is not None and shapes.crs != areas.crs:
        shapes = shapes.to_crs(areas.crs)
    places = shapes.to_numpy()
    solid = ~shapely.is_missing(places) & (shapely.get_type_id(places) != 0)
    places = places.copy()
    places[solid] = shapely.point_on_surface(places[solid])
    ordered = areas.sort_values("code", kind="stable")
    tree = shapely.STRtree(ordered.geometry.to_numpy())
    point, area = tree.query(places, predicate="intersects")
    lowest = np.full(len(places), len(ordered), dtype=np.int64)
    np.minimum.at(lowest, point, area)
    codes: list[str | None] = [*ordered["code"].astype(object), None]
    return pd.Series([codes[area] for area in lowest], index=points.index, dtype="string")


def _parents(units: gpd.GeoDataFrame, level: Level) -> pd.Series:
    parents: pd.Series = units["parent_code"].fillna(units["code"].str[: CODE_DIGITS[level]])
    return parents.astype("string")


def _names(codes: pd.Series, units: gpd.GeoDataFrame | None) -> pd.Series:
    if units is None:
        return pd.Series(pd.NA, index=codes.index, dtype="string")
    names = units.drop_duplicates("code").set_index("code")["name"]
    return codes.map(names).astype("string")
