"""What an officer writes about a place: shapes in files, figures, grounds, numbers in cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import geopandas as gpd
import shapely

from geo.crs import CGCS2000
from geo.errors import DataError, NotFoundError
from geo.gazetteer.listed import HEADINGS
from geo.gazetteer.rules.pack import Rule
from geo.text import say

FIGURES: Final = (
    "floors", "site_area_m2", "floor_area_m2", "open_ground_m2", "open_share", "green_share",
)  # fmt: skip

_WGS84: Final = 4326
"""Its degrees are taken as equal to those of CGCS2000."""


def read_shape(path: Path) -> shapely.Geometry:
    """Return the shape in a file as one, in EPSG:4490.

    Raises
    ------
    NotFoundError, DataError
        There is no such file, it cannot be read, or it does not say its coordinate system.
    """
    if not path.is_file():
        raise NotFoundError(say(f"没有文件“{path}”。", f"there is no file {path}."))
    try:
        frame = gpd.read_file(path)
    except Exception as error:  # noqa: BLE001 - whatever a driver throws
        raise DataError(
            say(f"“{path.name}”不是图形文件：{error}", f"{path.name} holds no shapes: {error}"),
            hint=say("请用 .geojson、.gpkg 或 .shp。", "Use .geojson, .gpkg or .shp."),
        ) from None
    if frame.crs is None:
        raise DataError(
            say(f"“{path.name}”没有写明坐标系。", f"{path.name} does not say its datum."),
            hint=say("请先在 QGIS 中指定坐标系。", "Assign one in QGIS first."),
        )
    same = frame.crs.to_epsg() == _WGS84
    shapes = (frame if same else frame.to_crs(CGCS2000)).geometry
    kept = [shape for shape in shapes if shape is not None and not shape.is_empty]
    if not kept:
        raise DataError(say(f"“{path.name}”里没有图形。", f"{path.name} holds no shape."))
    return shapely.force_2d(shapely.union_all(kept))


def grounds_of(written: Sequence[str], rules: Mapping[str, Rule]) -> dict[str, str]:
    """Return the grounds that are given as ``R5=historic``.

    Raises
    ------
    DataError
        One is not written so, or the rule does not know it.
    """
    pairs = _pairs(written, "R5=historic")
    for name, value in pairs:
        known = [one.code for one in rules[name].grounds] if name in rules else []
        if value not in known:
            some = sorted(f"{one.id}={g.code}" for one in rules.values() for g in one.grounds)
            own = [f"{name}={code}" for code in known] or some
            raise DataError(
                say(
                    f"没有规则 {name} 认可的理由“{value}”。",
                    f"rule {name} knows no ground {value!r}.",
                ),
                hint=say(f"可用：{'、'.join(own)}。", f"Use one of {', '.join(own)}."),
            )
    return dict(pairs)


def figures_of(written: Sequence[str]) -> dict[str, float]:
    """Return the figures that are given as ``floors=20`` or 层数=20.

    Raises
    ------
    DataError
        One is not written so, or not known; all are named.
    """
    called = {heading: key for key in FIGURES for heading in (key, *HEADINGS[key])}
    found, faults = {}, []
    for name, value in _pairs(written, "floors=20"):
        try:
            found[called[name]] = float(value)
        except (KeyError, ValueError):
            faults.append(f"{name}={value}")
    if faults:
        raise DataError(
            say(f"不认识的指标：{'、'.join(faults)}。", f"unknown figures: {', '.join(faults)}."),
            hint=say(
                f"可用：{'、'.join(HEADINGS[key][0] for key in FIGURES)}，等号后写数字。",
                f"Figures: {', '.join(FIGURES)}, each with a number.",
            ),
        )
    return found


def number_of(cells: Mapping[str, str], key: str) -> float | None:
    """Return the number in a cell; None where it is empty.

    Raises
    ------
    DataError
        It is no number.
    """
    if key not in cells:
        return None
    try:
        return float(cells[key])
    except ValueError:
        raise DataError(
            say(
                f"“{HEADINGS[key][0]}”填的是“{cells[key]}”，应为数字",
                f"{HEADINGS[key][-1]} is {cells[key]!r}, not a number",
            )
        ) from None


def shape_of_wkt(text: str) -> shapely.Geometry:
    """Return the shape that a cell has as WKT.

    Raises
    ------
    DataError
        It is none.
    """
    try:
        return shapely.from_wkt(text)
    except shapely.GEOSException:
        raise DataError(
            say(f"图形“{text[:20]}…”不是 WKT", f"shape {text[:20]!r} is no WKT")
        ) from None


def _pairs(written: Sequence[str], example: str) -> list[tuple[str, str]]:
    pairs = [text.replace("\uff1d", "=").partition("=") for text in written]
    bad = [text for text, pair in zip(written, pairs, strict=True) if not (pair[0] and pair[2])]
    if bad:
        raise DataError(
            say(f"“{'、'.join(bad)}”写法不对。", f"{', '.join(bad)}: not written so."),
            hint=say(f"请写成 {example}。", f"Write {example}."),
        )
    return [(name.strip(), value.strip()) for name, _, value in pairs]
