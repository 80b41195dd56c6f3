"""How a planner's file becomes a layer: each row is kept, quarantined or set aside, and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geo.crs import CGCS2000, Datum, agrees, geometry_to_cgcs2000, in_offset_area, parse_datum
from geo.errors import DataError
from geo.faults import Severity
from geo.layers.cells import Parsed, explain, is_code, parse, plain, typed
from geo.layers.files import sha256_of
from geo.layers.findings import Findings, quoted, sorted_faults
from geo.layers.headers import PLACES, long_positions, oriented
from geo.layers.imported import LayerImport
from geo.layers.long import pivot
from geo.layers.places import Places, checked, places_from_columns
from geo.layers.remarks import conflicts, remark
from geo.layers.rules import Beside, check_rows
from geo.layers.shapes import tidy
from geo.layers.source import Source, open_source, require_columns
from geo.layers.totals import reconcile
from geo.layers.words import place_words, shape_words
from geo.schema import Column, LayerSchema
from geo.schema import layer as schema_of
from geo.text import say

_CONSTANT: Final = "="


def read_layer(
    path: Path | str,
    layer: str,
    *,
    datum: Datum | str,
    mapping: Mapping[str, str] | None = None,
    sheet: str | None = None,
    beside: Beside | None = None,
    remembered: Mapping[str, str] | None = None,
) -> LayerImport:
    """Return a file as a layer, with every fault found at once.

    Parameters
    ----------
    path
        A ``.xlsx .xlsm .xls .csv .txt .tsv .gpkg .geojson .json .shp .kml`` file, or one of them
        in a ``.zip`` or ``.kmz``.
    layer
        Name of the layer, in either language.
    datum
        What its coordinates mean; a file that states its own reference system must agree.
    mapping
        Column to heading (or the reverse) for headings the synonyms do not know. A heading
        beginning with ``=`` is a constant: ``{"elders_basis": "=resident"}``.
    sheet
        Sheet of a workbook, layer of a GeoPackage or file in a zip, when there are several.
    beside
        Layers that stand already, in EPSG:4490: the county says what lies outside, units say which
        codes exist, and a table without coordinates takes its shapes from the same layer.
    remembered
        The mapping of the layer's last file: used where its headings occur, ``mapping`` beats it.

    Returns
    -------
    LayerImport
        Rows in = rows kept + rows quarantined + totals and remarks set aside.

    Raises
    ------
    DataError
        The file as a whole cannot be taken: damaged, not what its suffix says, a datum that
        contradicts the file, no place for its rows.
    MissingColumnError
        A required column has no heading.
    """
    path = Path(path)
    schema = schema_of(layer)
    declared = parse_datum(datum) if isinstance(datum, str) else datum
    asked, constants = _split(oriented(mapping or {}, schema), schema)
    old, standing = _split(remembered or {}, schema)
    wanted, constants = {**old, **asked}, {**standing, **constants}
    source = open_source(path, schema, mapping=wanted, sheet=sheet)
    pivoted = None
    if source.geometry is None and long_positions(source.headings):
        pivoted = pivot(source, schema, wanted)
        source = pivoted.source
        require_columns(source.headings, schema, path)
    inside = np.array([i not in source.aside for i in range(len(source.cells))], dtype=bool)
    rows = _only(source, inside)
    findings = Findings(schema, rows.rows)
    remark(findings, source, asked, pivoted)
    values = _columns(findings, rows, constants)
    conflicts(findings, pivoted, inside)
    reconcile(findings, source, values)
    frame = _placed(findings, rows, values, declared=declared, beside=beside or {}, path=path)
    frame = check_rows(findings, frame, beside or {})
    good = ~np.isin(rows.rows, list(findings.table.rows("error")))
    return LayerImport(
        layer=schema.name,
        frame=frame[good].reset_index(drop=True),
        faults=sorted_faults(findings.table),
        quarantined=_as_they_stood(rows, ~good, "fault", _reasons(findings, rows.rows[~good])),
        set_aside=_as_they_stood(
            source, ~inside, "kind", [source.aside[int(i)] for i in np.flatnonzero(~inside)]
        ),
        mapping=rows.headings.mapping | {k: f"{_CONSTANT}{v}" for k, v in constants.items()},
        rows_in=len(source.cells),
        path=path,
        sha256=sha256_of(path),
        datum=declared,
        sheet=source.sheet,
    )


def _split(
    mapping: Mapping[str, str], schema: LayerSchema
) -> tuple[dict[str, str], dict[str, str]]:
    """Separate headings from constants."""
    names = {column.name for column in schema.columns}
    constants = {
        name: text.removeprefix(_CONSTANT)
        for name, text in mapping.items()
        if name in names and text.startswith(_CONSTANT)
    }
    return {k: v for k, v in mapping.items() if k not in constants}, constants


def _only(source: Source, which: NDArray[np.bool_]) -> Source:
    geometry = None if source.geometry is None else source.geometry[which]
    return replace(
        source, cells=source.cells[which], rows=source.rows[which], geometry=geometry, aside={}
    )


def _columns(findings: Findings, source: Source, constants: Mapping[str, str]) -> pd.DataFrame:
    """Read every column of the layer; what the file lacks is missing."""
    size = len(source.cells)
    values: dict[str, pd.Series] = {}
    for column in findings.schema.columns:
        if column.name in constants:
            cells = np.full(size, constants[column.name], dtype=object)
            _refuse_constant(column, constants[column.name])
            values[column.name] = parse(cells, column).column
        elif column.name in source.headings.columns:
            cells = source.column(column.name)
            parsed = parse(cells, column, factor=source.headings.factors.get(column.name, 1.0))
            _report_cells(findings, column, cells, parsed)
            values[column.name] = parsed.column
        else:
            values[column.name] = typed(pd.Series([None] * size, dtype=object), column)
    return pd.DataFrame(values)


def _refuse_constant(column: Column, text: str) -> None:
    parsed = parse(np.array([text], dtype=object), column)
    if parsed.fault[0]:
        message, advice = explain(parsed.fault[0], column)
        raise DataError(message + quoted(text), hint=advice)


def _report_cells(
    findings: Findings, column: Column, cells: NDArray[np.object_], parsed: Parsed
) -> None:
    severity = _severity(column)
    for code in sorted(set(parsed.fault) - {""}):
        message, advice = explain(code, column)
        if severity == "warning":
            message += say("，已留空", "; left empty")
        words = (message, advice)
        findings.mark(parsed.fault == code, column, severity, code, words, found=cells)
    for code in sorted(set(parsed.repair) - {""}):
        words = explain(code, column)
        findings.mark(parsed.repair == code, column, "repaired", code, words, found=cells)


def _severity(column: Column) -> Severity:
    """Return how grave an unreadable cell is: counts, keys and required columns rule the row."""
    grave = column.required or column.type in ("int", "float") or is_code(column)
    return "error" if grave else "warning"


def _placed(
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
    if places is None:
        standing = beside.get(findings.schema.name)
        if standing is None:
            raise _no_place(findings.schema, path)
        return _borrowed(findings, values, standing)
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


def _borrowed(
    findings: Findings, values: pd.DataFrame, standing: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return rows with the shapes, and the columns they lack, of the layer that stands."""
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
            say("导入后它们将不在该层中，请补全", "they would be lost; complete the table"),
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


def _reasons(findings: Findings, rows: NDArray[np.int64]) -> list[str]:
    reasons: dict[int, list[str]] = {}
    for fault in findings.table:
        if fault.severity == "error" and fault.row is not None:
            reasons.setdefault(fault.row, []).append(fault.message)
    return [say("；", "; ").join(reasons[int(row)]) for row in rows]


def _as_they_stood(
    source: Source, which: NDArray[np.bool_], reason: str, reasons: list[str]
) -> pd.DataFrame:
    """Return rows in the words of the file."""
    table: dict[str, object] = {
        "source_row": source.rows[which],
        reason: pd.array(reasons, dtype="string"),
    }
    for position, text in enumerate(source.headings.texts):
        cells = [plain(cell) or None for cell in source.cells[which, position]]
        table[text if text not in table else f"{text}(2)"] = pd.array(cells, dtype="string")
    if source.geometry is not None:
        wkt = shapely.to_wkt(source.geometry[which], rounding_precision=-1)
        table["geometry_wkt"] = pd.array(wkt, dtype="string")
    return pd.DataFrame(table)
