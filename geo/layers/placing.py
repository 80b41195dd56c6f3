"""Where the rows of a file lie: by its shapes, its columns, or the layer that stands already."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.crs import CGCS2000, Datum, agrees, geometry_to_cgcs2000, in_offset_area
from geo.errors import DataError
from geo.layers.findings import Findings
from geo.layers.headers import PLACES
from geo.layers.places import Places, checked, places_from_columns
from geo.layers.rules import Beside
from geo.layers.shapes import tidy
from geo.layers.source import Source
from geo.layers.words import place_words, shape_words
from geo.schema import LayerSchema
from geo.schema import layer as schema_of
from geo.text import say


def placed(
    findings: Findings,
    source: Source,
    values: pd.DataFrame,
    *,
    declared: Datum,
    beside: Beside,
    path: Path,
) -> gpd.GeoDataFrame:
    """Return the rows with their geometry in EPSG:4490."""
    places, meaning = _places(source, declared, path)
    unit_layer = findings.schema.placed_by
    if places is None and unit_layer is not None:
        return _on_units(findings, values, beside.get(unit_layer), unit_layer)
    if places is None:
        standing = beside.get(findings.schema.name)
        if standing is None:
            raise _no_place(findings.schema, path)
        return _borrowed(findings, values, standing, given=set(source.headings.columns))
    for code in sorted(set(places.fault) - {""}):
        findings.mark(places.fault == code, "geometry", "error", code, place_words(code))
    findings.mark(
        places.swapped, "geometry", "repaired", "swapped_lonlat", place_words("swapped_lonlat")
    )
    findings.mark(places.coarse, "geometry", "warning", "coarse_place", place_words("coarse_place"))
    tidied = tidy(places.geometry, findings.schema.geometry)
    for code in sorted(set(tidied.fault) - {""}):
        findings.mark(tidied.fault == code, "geometry", "error", code, shape_words(code))
    for code, where in tidied.repairs.items():
        findings.mark(where, "geometry", "repaired", code, shape_words(code))
    if declared.offset:
        centres = shapely.get_coordinates(shapely.centroid(tidied.geometry))
        beyond = np.zeros(len(tidied.geometry), dtype=bool)
        beyond[~shapely.is_missing(tidied.geometry)] = ~in_offset_area(centres)
        code = "outside_offset_area"
        findings.mark(beyond, "geometry", "warning", code, place_words(code))
    moved = geometry_to_cgcs2000(tidied.geometry, meaning)
    lost = ~shapely.is_missing(moved) & ~np.isfinite(shapely.bounds(moved)).all(axis=1)
    findings.mark(lost, "geometry", "error", "impossible_place", place_words("impossible_place"))
    moved[lost] = None
    return gpd.GeoDataFrame(values, geometry=gpd.GeoSeries(moved, crs=CGCS2000))


def _places(
    source: Source, declared: Datum, path: Path
) -> tuple[Places | None, Datum | pyproj.CRS]:
    if source.geometry is not None and not shapely.is_missing(source.geometry).all():
        own = source.crs
        if own is None:
            return checked(source.geometry, None, declared.crs), declared
        if not agrees(own, declared):
            raise DataError(
                say(
                    f"“{path.name}”自带坐标系“{own.name}”，与声明的 {declared.label} 不一致。",
                    f"{path.name} states the reference system {own.name!r}, "
                    f"but {declared.label} was declared",
                ),
                hint=say(
                    "请向提供单位核实哪一个正确：改用对应的 --datum，或更正文件自带的坐标系。",
                    "ask which is right, then change --datum or the file's reference system",
                ),
            )
        meaning = own if declared.name in ("cgcs2000", "wgs84") else declared
        return checked(source.geometry, None, own), meaning
    columns = {name: source.column(name) for name in PLACES if name in source.headings.columns}
    return places_from_columns(columns, declared.crs), declared


def _on_units(
    findings: Findings, values: pd.DataFrame, units: gpd.GeoDataFrame | None, layer: str
) -> gpd.GeoDataFrame:
    """Return rows placed inside the unit that their code names.

    Raises
    ------
    DataError
        The layer of units does not stand yet.
    """
    if units is None:
        zh = schema_of(layer).zh
        raise DataError(
            say(
                f"要先有“{zh}”层，才能按代码放置“{findings.schema.zh}”。",
                f"the rows of {findings.schema.name!r} are placed by the layer {layer!r}, "
                "which is not there yet",
            ),
            hint=say(
                f"请先导入：fuwuquan import {layer} 文件 --datum …",
                f"import it first: fuwuquan import {layer} FILE --datum …",
            ),
        )
    column = f"{layer}_code"
    known = units.drop_duplicates("code").set_index("code")
    at = known.index.get_indexer(pd.Index(values[column]))
    words = (
        say("图层里没有这个代码，无法放到地图上", "the layer has no such code to place the row by"),
        say("请核对代码", "check the code"),
    )
    findings.mark(
        at < 0, column, "error", "no_place", words, found=values[column].to_numpy(dtype=object)
    )
    inside = gpd.GeoSeries(known.geometry.representative_point(), crs=units.crs).to_crs(CGCS2000)
    shapes = np.append(inside.to_numpy(), np.array([None], dtype=object))[at]
    return gpd.GeoDataFrame(values, geometry=gpd.GeoSeries(shapes, crs=CGCS2000))


def _borrowed(
    findings: Findings, values: pd.DataFrame, standing: gpd.GeoDataFrame, *, given: set[str]
) -> gpd.GeoDataFrame:
    """Return rows with the shapes, and what they lack, of the layer that stands.

    Cells that are empty in a column of the file (``given``) are reported.
    """
    key = findings.schema.key
    old = standing.drop_duplicates(key).set_index(key)
    known = values[key].isin(old.index).to_numpy(dtype=bool)
    words = (
        say("表中没有坐标，现有图层里也没有这个代码", "has no coordinates, and the layer lacks it"),
        say(
            "请核对代码，或先导入带图形的文件", "check the key, or import a file with shapes first"
        ),
    )
    found = values[key].to_numpy(dtype=object)
    findings.mark(~known, key, "error", "no_place", words, found=found)
    absent = sorted(set(old.index) - set(values[key].dropna()))
    if absent:
        listed = "、".join(map(str, absent[:10])) + ("……" if len(absent) > 10 else "")  # noqa: PLR2004
        words = (
            say(
                f"现有图层中有 {len(absent)} 个单位不在这张表里：{listed}",
                f"{len(absent)} units of the layer are not in this table: {listed}",
            ),
            say(
                "不写 --add，它们会从该层移除：请补全表格，或加上 --add",
                "without --add they leave the layer: complete the table, or import with --add",
            ),
        )
        findings.whole(key, "warning", "units_absent", words)
    count = int(known.sum())
    words = (
        say(
            f"表中没有坐标，{count} 行沿用了现有图层的图形",
            f"the table has no coordinates; {count} rows took the shapes of the layer",
        ),
        "",
    )
    findings.whole("geometry", "note", "shapes_borrowed", words)
    matched = old.reindex(values[key])
    filled = {
        name: values[name].fillna(matched[name].set_axis(values.index).astype(values[name].dtype))
        for name in values.columns
        if name != key and name in matched.columns
    }
    for name, column in filled.items():
        kept = int((values[name].isna() & column.notna()).sum())
        if kept and name in given:
            words = (
                say(
                    f"{kept} 行的“{findings.schema[name].label_zh}”为空，沿用了现有图层的内容",
                    f"{findings.schema[name].label_en}: empty in {kept} rows, left as it was",
                ),
                say("如有变化，请在表中填写", "fill in what has changed"),
            )
            findings.whole(name, "repaired", "value_borrowed", words)
    shapes = gpd.GeoSeries(matched.geometry.to_numpy(), crs=standing.crs).to_crs(CGCS2000)
    return gpd.GeoDataFrame(values.assign(**filled), geometry=shapes)


def _no_place(schema: LayerSchema, path: Path) -> DataError:
    return DataError(
        say(
            f"“{path.name}”没有坐标列，也没有图形，无法放到地图上。",
            f"{path.name} has neither coordinate columns nor shapes",
        ),
        hint=say(
            f"请加上“经度”“纬度”两列；或先导入带图形的{schema.zh}文件，再导入这张表，"
            "程序会按代码或编号取用图形。",
            f"add columns lon and lat; or import a file with shapes of {schema.en} first: "
            "this table then takes them by key",
        ),
    )
