"""Where a coordinate really is: the declared datum of a source, turned into CGCS2000 and back.

The store keeps CGCS2000 longitude and latitude (EPSG:4490). WGS 84 and CGCS2000 differ by a few
centimetres and are treated as equal. GCJ-02 (Amap, Tencent) and BD-09 (Baidu) are offset from them
by 100-700 m and about 1.1 km; the offsets are defined only inside ``OFFSET_AREA``, so points
outside it are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from geo.errors import DataError
from geo.text import say

CGCS2000: Final = "EPSG:4490"
OFFSET_AREA: Final = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north: where the GCJ-02 and BD-09 offsets are defined."""

DatumName = Literal["cgcs2000", "wgs84", "gcj02", "bd09", "epsg"]
Floats = NDArray[np.float64]

_KRASOVSKY_A_M: Final = 6378245.0
_KRASOVSKY_E2: Final = 0.00669342162296594323
_BD_PI: Final = np.pi * 3000.0 / 180.0
_CONVERGED_DEG: Final = 1e-10  # a hundredth of a millimetre
_MAX_ROUNDS: Final = 40

_SPELLINGS: Final[dict[str, DatumName]] = {
    **dict.fromkeys(("cgcs2000", "2000", "国家2000", "2000国家大地坐标系", "大地2000"), "cgcs2000"),
    **dict.fromkeys(("wgs84", "wgs-84", "gps", "天地图"), "wgs84"),
    **dict.fromkeys(("gcj02", "gcj-02", "gcj", "高德", "腾讯", "火星坐标", "火星坐标系"), "gcj02"),
    **dict.fromkeys(("bd09", "bd-09", "bd09ll", "百度", "百度坐标"), "bd09"),
}


@dataclass(frozen=True, slots=True)
class Datum:
    """What the coordinates of a source mean, as its owner declares."""

    name: DatumName
    epsg: int | None = None

    def __str__(self) -> str:
        return f"epsg:{self.epsg}" if self.name == "epsg" else self.name

    @property
    def label(self) -> str:
        """Name of the datum for the user."""
        return {
            "cgcs2000": "CGCS2000",
            "wgs84": "WGS 84",
            "gcj02": say("GCJ-02（高德、腾讯）", "GCJ-02 (Amap, Tencent)"),
            "bd09": say("BD-09（百度）", "BD-09 (Baidu)"),
            "epsg": f"EPSG:{self.epsg}",
        }[self.name]

    @property
    def offset(self) -> bool:
        """Whether it is one of the two map-service datums with a deliberate offset."""
        return self.name in ("gcj02", "bd09")

    @property
    def crs(self) -> pyproj.CRS:
        """Reference system in which the raw numbers are read (for offset datums: degrees)."""
        if self.name == "epsg":
            assert self.epsg is not None
            return _crs(self.epsg)
        return _crs(4326 if self.name == "wgs84" else 4490)


def parse_datum(text: str) -> Datum:
    """Return the datum that a user's word stands for.

    Parameters
    ----------
    text
        ``cgcs2000``, ``wgs84``, ``gcj02``, ``bd09``, ``epsg:4547`` or a usual Chinese name.

    Raises
    ------
    DataError
        The word is none of these, or the EPSG code does not exist or cannot be tied to CGCS2000.

    Examples
    --------
    >>> parse_datum("GCJ-02").name, str(parse_datum("EPSG:4547"))
    ('gcj02', 'epsg:4547')
    """
    word = re.sub(r"[\s_]", "", text).lower()
    if word in _SPELLINGS:
        return Datum(_SPELLINGS[word])
    match = re.fullmatch(r"(?:epsg:?)?(\d{4,6})", word)
    if not match:
        raise DataError(
            say(f"不认识的坐标基准“{text}”。", f"unknown datum {text!r}"), hint=datum_hint()
        )
    code = int(match[1])
    if code == 4490:  # noqa: PLR2004 - the code of CGCS2000
        return Datum("cgcs2000")
    if code == 4326:  # noqa: PLR2004 - the code of WGS 84
        return Datum("wgs84")
    _require_tie(_crs(code), f"EPSG:{code}")
    return Datum("epsg", code)


def datum_hint() -> str:
    """Return the advice that explains the choice of a datum."""
    return say(
        "可用：cgcs2000（国家 2000、天地图）、wgs84（GPS）、gcj02（高德、腾讯）、bd09（百度）、"
        "epsg:代号（如 epsg:4547）。不清楚时请向数据提供单位核实。",
        "use cgcs2000, wgs84 (GPS), gcj02 (Amap, Tencent), bd09 (Baidu) or epsg:NNNN; "
        "ask whoever made the file when in doubt",
    )


def in_offset_area(lonlat: ArrayLike) -> NDArray[np.bool_]:
    """Return which points lie where the GCJ-02 and BD-09 offsets are defined.

    Parameters
    ----------
    lonlat : (n, 2)
        Longitude and latitude in degrees.
    """
    x, y = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2).T
    west, south, east, north = OFFSET_AREA
    inside: NDArray[np.bool_] = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return inside


def to_cgcs2000(xy: ArrayLike, datum: Datum) -> Floats:
    """Return CGCS2000 longitude and latitude of coordinates given in a declared datum.

    Parameters
    ----------
    xy : (n, 2)
        Longitude and latitude in degrees, or easting and northing in metres for a projected EPSG
        system. NaN stays NaN.
    datum
        What the numbers mean.

    Returns
    -------
    (n, 2)
        Exact inverse of ``from_cgcs2000`` (far below 1 cm). For GCJ-02 and BD-09, points outside
        ``OFFSET_AREA`` are returned unchanged.
    """
    points = np.array(xy, dtype=np.float64).reshape(-1, 2)
    if datum.offset:
        return _inside(points, _invert(_gcj02 if datum.name == "gcj02" else _bd09))
    if datum.name == "epsg":
        return _project(points, datum.crs, _crs(4490))
    return points


def from_cgcs2000(lonlat: ArrayLike, datum: Datum) -> Floats:
    """Return coordinates in a declared datum of CGCS2000 longitude and latitude.

    Parameters
    ----------
    lonlat : (n, 2)
        Degrees.
    datum
        What the result means.

    Returns
    -------
    (n, 2)
        Degrees, or metres for a projected EPSG system.
    """
    points = np.array(lonlat, dtype=np.float64).reshape(-1, 2)
    if datum.offset:
        return _inside(points, _gcj02 if datum.name == "gcj02" else _bd09)
    if datum.name == "epsg":
        return _project(points, _crs(4490), datum.crs)
    return points


def frame_to_cgcs2000(frame: gpd.GeoDataFrame, datum: Datum) -> gpd.GeoDataFrame:
    """Return a frame whose every vertex is CGCS2000 longitude and latitude.

    Parameters
    ----------
    frame
        Geometry whose numbers mean ``datum``; the CRS written on the frame is not consulted.
    datum
        What the numbers mean.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows and columns in EPSG:4490, without heights.
    """
    moved = geometry_to_cgcs2000(frame.geometry.to_numpy(), datum)
    column = frame.geometry.name
    result = frame.copy()
    result[column] = gpd.GeoSeries(moved, index=frame.index, crs=CGCS2000)
    return result.set_geometry(column, crs=CGCS2000)


def geometry_to_cgcs2000(
    geometry: NDArray[np.object_], meaning: Datum | pyproj.CRS
) -> NDArray[np.object_]:
    """Return geometries with every vertex moved to CGCS2000; heights are dropped.

    Parameters
    ----------
    geometry : (n,)
        Shapely geometries or None.
    meaning
        The datum of the coordinates, or the reference system a file carries.
    """
    flat = shapely.force_2d(geometry)
    if isinstance(meaning, Datum):
        return shapely.transform(flat, lambda xy: to_cgcs2000(xy, meaning))
    return shapely.transform(flat, lambda xy: _project(xy, meaning, _crs(4490)))


def working_crs(lon: float, lat: float) -> str:
    """Return the projected system in metres in which an area is measured.

    In and around China it is the CGCS2000 3-degree Gauss-Krüger zone without zone number
    (EPSG:4534 for central meridian 75°E to EPSG:4554 for 135°E); elsewhere UTM on WGS 84.

    Parameters
    ----------
    lon, lat
        Centroid of the area in degrees.

    Raises
    ------
    DataError
        The numbers are not a longitude and a latitude.

    Examples
    --------
    >>> working_crs(103.16, 23.36), working_crs(8.69, 49.41)
    ('EPSG:4543', 'EPSG:32632')
    """
    if not (-180 <= lon <= 180 and -84 <= lat <= 84):  # noqa: PLR2004 - the range UTM covers
        raise DataError(
            say(
                f"经纬度（{lon}，{lat}）超出范围。", f"({lon}, {lat}) is not a longitude, latitude"
            ),
            hint=say(
                "请核对坐标列是否颠倒，以及坐标基准。", "check for swapped columns, and the datum"
            ),
        )
    if 73.5 <= lon < 136.5 and 3 <= lat <= 54:  # noqa: PLR2004 - the zones EPSG defines
        zone = int((lon - 73.5) // 3)
        return f"EPSG:{4534 + zone}"
    zone = min(int((lon + 180) // 6), 59) + 1
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def agrees(own: pyproj.CRS, declared: Datum) -> bool:
    """Return whether the CRS written in a file is compatible with the declared datum.

    A projected system counts by the datum it stands on: CGCS2000 / Gauss-Krüger agrees with
    ``cgcs2000``. WGS 84 and CGCS2000 agree with each other. Files in GCJ-02 or BD-09 are always
    labelled as something else, so degrees on WGS 84 or CGCS2000 agree with these.
    """
    if declared.name == "epsg":
        return bool(own.equals(declared.crs, ignore_axis_order=True)) or own.to_epsg() == (
            declared.epsg
        )
    return _global(own) and (own.is_geographic or not declared.offset)


def _global(crs: pyproj.CRS) -> bool:
    base = crs.geodetic_crs
    if base is None or base.datum is None:
        return False
    name = base.datum.name
    return "World Geodetic System 1984" in name or name in (
        "China 2000",
        "China Geodetic Coordinate System 2000",
        "D_China_2000",
        "WGS_1984",
    )


def _inside(points: Floats, move: Callable[[Floats], Floats]) -> Floats:
    inside = in_offset_area(points)
    moved = points.copy()
    moved[inside] = move(points[inside])
    return moved


def _invert(forward: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """Return the inverse by fixed-point rounds: the offset changes little over its own length."""

    def inverse(points: Floats) -> Floats:
        guess = points.copy()
        for _ in range(_MAX_ROUNDS):
            error = forward(guess) - points
            guess = guess - error
            if not error.size or np.abs(error).max() < _CONVERGED_DEG:
                break
        return guess

    return inverse


def _gcj02(lonlat: Floats) -> Floats:
    """Offset WGS 84 degrees to GCJ-02 by the published trigonometric series."""
    lon, lat = lonlat.T
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    ripple = 20.0 * (np.sin(6 * np.pi * x) + np.sin(2 * np.pi * x))
    north_m = -100.0 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += (2 / 3) * (ripple + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3))
    north_m += (2 / 3) * (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30))
    east_m = 300.0 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m += (2 / 3) * (ripple + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3))
    east_m += (2 / 3) * (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30))
    phi = np.radians(lat)
    w2 = 1 - _KRASOVSKY_E2 * np.sin(phi) ** 2
    meridian_m = _KRASOVSKY_A_M * (1 - _KRASOVSKY_E2) / (w2 * np.sqrt(w2))
    parallel_m = _KRASOVSKY_A_M / np.sqrt(w2) * np.cos(phi)
    return np.column_stack(
        [lon + np.degrees(east_m / parallel_m), lat + np.degrees(north_m / meridian_m)]
    )


def _bd09(lonlat: Floats) -> Floats:
    """Offset WGS 84 degrees to GCJ-02 and from there to BD-09."""
    x, y = _gcj02(lonlat).T
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_PI)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])


def _project(points: Floats, source: pyproj.CRS, target: pyproj.CRS) -> Floats:
    transformer = _transformer(source.to_string(), target.to_string())
    x, y = transformer.transform(points[:, 0], points[:, 1])
    moved = np.column_stack([x, y])
    moved[~np.isfinite(moved).all(axis=1)] = np.nan
    return moved


@cache
def _transformer(source: str, target: str) -> pyproj.Transformer:
    """CGCS2000 and WGS 84 are equal here, so each system is tied to the one it stands on."""
    start, end = pyproj.CRS(source), pyproj.CRS(target)
    if end == _crs(4490):
        end = _twin(start)
    elif start == _crs(4490):
        start = _twin(end)
    return pyproj.Transformer.from_crs(start, end, always_xy=True)


def _twin(crs: pyproj.CRS) -> pyproj.CRS:
    base = crs.geodetic_crs
    china = base is not None and base.datum is not None and "China" in base.datum.name
    return _crs(4490 if china else 4326)


@cache
def _crs(code: int) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_epsg(code)
    except CRSError as error:
        raise DataError(
            say(f"没有 EPSG:{code} 这个坐标系。", f"there is no EPSG:{code}"), hint=datum_hint()
        ) from error


def _require_tie(crs: pyproj.CRS, name: str) -> None:
    """Refuse systems from which no published transformation leads to CGCS2000."""
    if crs.geodetic_crs is None or not (crs.is_geographic or crs.is_projected):
        raise DataError(
            say(f"{name} 不是平面或经纬度坐标系。", f"{name} is neither projected nor geographic"),
            hint=datum_hint(),
        )
    base = crs.geodetic_crs.datum
    local = base is not None and base.name in ("Beijing 1954", "Xian 1980", "New Beijing")
    if local or (not _global(crs) and _accuracy_m(crs) < 0):
        label = base.name if base is not None else name
        raise DataError(
            say(
                f"{name} 建立在“{label}”上，没有公开的到 CGCS2000 的转换参数，"
                "直接使用会差几十到一百多米。",
                f"{name} stands on {label}, from which no published transformation leads to "
                "CGCS2000; taking it as equal would be wrong by tens of metres or more",
            ),
            hint=say(
                "请向当地自然资源部门申请转换为 CGCS2000 后再导入。",
                "have the survey office convert the file to CGCS2000 first",
            ),
        )


def _accuracy_m(crs: pyproj.CRS) -> float:
    group = TransformerGroup(crs, _crs(4326), always_xy=True)
    return max((t.accuracy for t in group.transformers), default=-1.0)
