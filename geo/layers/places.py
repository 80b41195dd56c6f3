"""Where a row lies: coordinates written in columns, as text or as WKT."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geo.layers.cells import is_blank, plain
from geo.layers.quantities import read_number

Marks = NDArray[np.object_]

_SEXAGESIMAL: Final = re.compile(
    r"([NSEW东西南北]?)[经纬]?:?(\d{1,3})[°度dD:](?:(\d{1,2}(?:\.\d*)?)[\u2032'’分mM:])?"
    r"(?:(\d{1,2}(?:\.\d*)?)(?:[\u2033\"”秒sS]|''|’’)?)?([NSEW东西南北]?)"
)
_BARE: Final = re.compile(r"([NSEW东西南北]?)[经纬]?:?([+-]?\d+(?:\.\d+)?)[°度]?([NSEW]?)")
_NEGATIVE: Final = frozenset("SW西南")
_DECIMAL: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
CHINA: Final = (73.0, 3.0, 136.0, 54.0)
"""West, south, east and north of the degrees that a place in China can have."""


@dataclass(frozen=True, slots=True)
class Places:
    """Geometry of every row in the file's own coordinates, with what was found."""

    geometry: NDArray[np.object_]
    """(n,) shapely geometries or None."""
    fault: Marks
    """(n,) code of what is wrong with the place, or an empty string."""
    swapped: NDArray[np.bool_]
    """(n,) whether the two coordinates stood the wrong way round and were turned."""
    coarse: NDArray[np.bool_]
    """(n,) whether degrees are written with three decimals or fewer (100 m or worse)."""


def degrees(cell: object) -> float:
    """Return a coordinate in degrees or metres; NaN when it is none.

    Examples
    --------
    >>> round(degrees("113°30'15.2''E"), 5), degrees("30.25"), degrees("东经113度30分")
    (113.50422, 30.25, 113.5)
    """
    if isinstance(cell, str) and _DECIMAL.fullmatch(cell):
        return float(cell)
    number = read_number(cell)
    if isinstance(number.value, float):
        return number.value
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", plain(cell)))
    bare = _BARE.fullmatch(text)
    if bare:
        before, whole, after = bare.groups()
        return -float(whole) if {before, after} & _NEGATIVE else float(whole)
    match = _SEXAGESIMAL.fullmatch(text.replace("\u2032\u2032", "\u2033"))
    if not match:
        return float("nan")
    before, whole, minutes, seconds, after = match.groups()
    if float(minutes or 0) >= 60 or float(seconds or 0) >= 60:  # noqa: PLR2004 - of a sexagesimal
        return float("nan")
    value = int(whole) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    return -value if {before, after} & _NEGATIVE else value


def places_from_columns(cells: Mapping[str, Marks], crs: pyproj.CRS) -> Places | None:
    """Return the places of rows that give coordinates in columns, or None when they give none.

    Parameters
    ----------
    cells
        Cells of the columns ``lon`` and ``lat``, ``lonlat`` or ``wkt``, each (n,).
    crs
        The system of the numbers: it says which are possible.
    """
    if "lon" in cells and "lat" in cells:
        x = [degrees(cell) for cell in cells["lon"]]
        y = [degrees(cell) for cell in cells["lat"]]
        blank = _blank(cells["lon"]) | _blank(cells["lat"])
        xy = np.array([x, y], dtype=np.float64).T.reshape(-1, 2)
        coarse = _coarse(cells["lon"]) & _coarse(cells["lat"]) & np.array(not crs.is_projected)
        return checked(_points(xy), np.where(blank, "no_place", ""), crs, coarse=coarse)
    if "lonlat" in cells:
        xy = np.array([_pair(cell) for cell in cells["lonlat"]], dtype=np.float64).reshape(-1, 2)
        return checked(_points(xy), np.where(_blank(cells["lonlat"]), "no_place", ""), crs)
    if "wkt" in cells:
        texts = np.array([plain(cell) or None for cell in cells["wkt"]], dtype=object)
        return checked(
            _from_wkt(texts),
            np.where(_blank(cells["wkt"]), "no_place", ""),
            crs,
        )
    return None


def checked(
    geometry: NDArray[np.object_],
    fault: NDArray[np.str_] | None,
    crs: pyproj.CRS,
    *,
    coarse: NDArray[np.bool_] | None = None,
) -> Places:
    """Return geometries with what is impossible about them, turned where axes were swapped.

    Parameters
    ----------
    geometry : (n,)
        Shapely geometries or None, in the coordinates of the file.
    fault : (n,)
        Codes already known, or None; they are kept.
    crs
        The system of the coordinates: it says which are possible.
    coarse : (n,)
        As in ``Places``.
    """
    size = len(geometry)
    known = np.full(size, "", dtype=object) if fault is None else fault.astype(object)
    with np.errstate(invalid="ignore"):
        middle = shapely.centroid(geometry)
    xy = np.full((size, 2), np.nan)
    there = ~shapely.is_missing(middle) & ~shapely.is_empty(middle)
    xy[there] = shapely.get_coordinates(middle[there])
    swapped = _swapped(xy, crs)
    shapes = geometry.copy()
    shapes[swapped] = shapely.transform(shapes[swapped], lambda c: c[:, ::-1])
    xy = np.where(swapped[:, None], xy[:, ::-1], xy)
    found = np.full(size, "", dtype=object)
    found[_impossible(xy, crs)] = "impossible_place"
    found[_metres(xy, crs)] = "metres_for_degrees"
    found[(xy == 0).all(axis=1)] = "zero_place"
    found[~np.isfinite(xy).all(axis=1)] = "bad_place"
    found[shapely.is_missing(geometry) & (known == "") & (fault is None)] = "no_place"
    found[shapely.is_empty(geometry)] = "no_place"
    found = np.where(known != "", known, found)
    shapes[found != ""] = None
    return Places(
        shapes,
        found,
        swapped & (found == ""),
        (np.zeros(size, dtype=bool) if coarse is None else coarse) & (found == ""),
    )


def _from_wkt(texts: Marks) -> NDArray[np.object_]:
    """Return the shapes of texts, None where a text is none, or a curve that nobody can measure."""
    shapes = np.full(len(texts), None, dtype=object)
    with np.errstate(invalid="ignore"):
        try:
            shapes[:] = shapely.from_wkt(texts, on_invalid="ignore")
        except NotImplementedError:
            for i, text in enumerate(texts):
                with suppress(NotImplementedError):
                    shapes[i] = shapely.from_wkt(text, on_invalid="ignore")
    return shapes


def _points(xy: NDArray[np.float64]) -> NDArray[np.object_]:
    geometry = np.full(len(xy), None, dtype=object)
    good = np.isfinite(xy).all(axis=1)
    geometry[good] = shapely.points(xy[good])
    return geometry


def _blank(cells: Marks) -> NDArray[np.bool_]:
    return np.array([is_blank(cell) for cell in cells], dtype=bool)


def _pair(cell: object) -> tuple[float, float]:
    text = unicodedata.normalize("NFKC", plain(cell)).strip().strip("()[]")
    for mark in (r"[,;、/|\s]+", r"[,;、|]"):
        parts = [part for part in re.split(mark, text) if part.strip()]
        if len(parts) == 2:  # noqa: PLR2004 - a pair
            return degrees(parts[0]), degrees(parts[1])
    return float("nan"), float("nan")


def _impossible(xy: NDArray[np.float64], crs: pyproj.CRS) -> NDArray[np.bool_]:
    x, y = np.abs(np.nan_to_num(xy)).T
    if crs.is_projected:
        return np.asarray((x < 1000) & (y < 1000))  # noqa: PLR2004 - degrees, not metres
    return np.asarray((x > 180) | (y > 90))  # noqa: PLR2004 - of a globe


def _metres(xy: NDArray[np.float64], crs: pyproj.CRS) -> NDArray[np.bool_]:
    x, y = np.abs(np.nan_to_num(xy)).T
    if crs.is_projected:
        return np.zeros(len(xy), dtype=bool)
    return np.asarray((x > 10_000) & (y > 10_000))  # noqa: PLR2004 - far beyond degrees


def _swapped(xy: NDArray[np.float64], crs: pyproj.CRS) -> NDArray[np.bool_]:
    """Which rows make sense only the other way round.

    Surveyors write X for northing, and drivers read latitude first: rows are turned when as
    written they lie outside where the system is used and turned round they lie inside.
    """
    west, south, east, north = _area(crs)
    x, y = xy.T
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    turned = (y >= west) & (y <= east) & (x >= south) & (x <= north)
    return np.asarray(~inside & turned)


def _area(crs: pyproj.CRS) -> tuple[float, float, float, float]:
    if not crs.is_projected:
        return CHINA
    use = crs.area_of_use
    if use is None:
        return (-np.inf, -np.inf, np.inf, np.inf)
    back = pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    west, south, east, north = back.transform_bounds(use.west, use.south, use.east, use.north)
    margin_m = 300_000
    return (west - margin_m, south - margin_m, east + margin_m, north + margin_m)


def _coarse(cells: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which degrees have three decimals or fewer and are not given in minutes."""
    return np.array(
        [bool(re.fullmatch(r"\d{1,3}(\.\d{0,3})?", plain(cell))) for cell in cells], dtype=bool
    )
