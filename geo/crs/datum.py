"""What the coordinates of a source mean, as its owner declares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import pyproj
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from geo.errors import DataError
from geo.text import say

CGCS2000: Final = "EPSG:4490"

DatumName = Literal["cgcs2000", "wgs84", "gcj02", "bd09", "epsg"]

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
            return crs_of(self.epsg)
        return crs_of(4326 if self.name == "wgs84" else 4490)


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
    _require_tie(crs_of(code), f"EPSG:{code}")
    return Datum("epsg", code)


def datum_hint() -> str:
    """Return the advice that explains the choice of a datum."""
    return say(
        "可用：cgcs2000（国家 2000、天地图）、wgs84（GPS）、gcj02（高德、腾讯）、bd09（百度）、"
        "epsg:代号（如 epsg:4547）。不清楚时请向数据提供单位核实。",
        "use cgcs2000, wgs84 (GPS), gcj02 (Amap, Tencent), bd09 (Baidu) or epsg:NNNN; "
        "ask whoever made the file when in doubt",
    )


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


@cache
def crs_of(code: int) -> pyproj.CRS:
    """Return the reference system of an EPSG code.

    Raises
    ------
    DataError
        There is no such code.
    """
    try:
        return pyproj.CRS.from_epsg(code)
    except CRSError as error:
        raise DataError(
            say(f"没有 EPSG:{code} 这个坐标系。", f"there is no EPSG:{code}"), hint=datum_hint()
        ) from error


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
    group = TransformerGroup(crs, crs_of(4326), always_xy=True)
    return max((t.accuracy for t in group.transformers), default=-1.0)
