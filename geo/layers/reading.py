"""How a planner's file becomes a layer: each row is kept, quarantined or set aside, and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import Datum, parse_datum
from geo.errors import DataError
from geo.faults import Severity
from geo.layers.cell_words import explain
from geo.layers.cells import plain
from geo.layers.columns import Parsed, is_code, parse, typed
from geo.layers.files import sha256_of
from geo.layers.findings import Findings, quoted, sorted_faults
from geo.layers.headers import PLACES, long_positions, oriented
from geo.layers.imported import LayerImport
from geo.layers.joining import SHAPES, tell_emptied, tell_kept
from geo.layers.long import pivot
from geo.layers.placing import placed
from geo.layers.remarks import conflicts, remark
from geo.layers.rules import Beside, check_rows
from geo.layers.source import Source, open_source, require_columns
from geo.layers.totals import reconcile
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
    add: bool = False,
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
        The mapping of the layer's last file: used where its headings occur, ``mapping`` beats it,
        and for its constants a column of the file does too.
    add
        Whether the rows are added to those of the layer in ``beside``: of a row that stands, what
        the file has no column for stays, and new rows get no id that another has.

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
    wanted = {**old, **asked}
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
    constants |= _still_standing(findings, rows, constants, standing)
    values = _columns(findings, rows, constants)
    conflicts(findings, pivoted, inside)
    reconcile(findings, source, values)
    frame = placed(findings, rows, values, declared=declared, beside=beside or {}, path=path)
    given = _given(rows, constants)
    standing_rows = (beside or {}).get(schema.name)
    frame = check_rows(findings, frame, beside or {}, given if add else None)
    good = ~np.isin(rows.rows, list(findings.table.rows("error")))
    if standing_rows is not None:
        tell_emptied(findings, frame[good], standing_rows, given, add=add)
        if add:
            tell_kept(findings, frame[good], standing_rows, given)
    return LayerImport(
        layer=schema.name,
        frame=frame[good].reset_index(drop=True),
        faults=sorted_faults(findings.table),
        quarantined=_as_they_stood(rows, ~good, "fault", _reasons(findings, rows.rows[~good])),
        set_aside=_as_they_stood(
            source, ~inside, "kind", [source.aside[int(i)] for i in np.flatnonzero(~inside)]
        ),
        mapping=rows.headings.mapping | {k: f"{_CONSTANT}{v}" for k, v in constants.items()},
        given=given,
        rows_in=len(source.cells),
        path=path,
        sha256=sha256_of(path),
        datum=declared,
        sheet=source.sheet,
    )


def _given(rows: Source, constants: Mapping[str, str]) -> frozenset[str]:
    """Return the columns that a file gives, `SHAPES` when it says where its rows lie."""
    drawn = rows.geometry is not None and not shapely.is_missing(rows.geometry).all()
    placed_in = not rows.headings.columns.keys().isdisjoint(PLACES)
    shapes = {SHAPES} if drawn or placed_in else set()
    return frozenset({*rows.headings.columns, *constants, *shapes})


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


def _still_standing(
    findings: Findings, source: Source, asked: Mapping[str, str], standing: Mapping[str, str]
) -> dict[str, str]:
    """Return the remembered constants of columns that this file does not give; they are noted."""
    taken = {*source.headings.columns, *asked}
    used = {name: text for name, text in standing.items() if name not in taken}
    for name, text in used.items():
        column = findings.schema[name]
        words = (
            say(
                f"文件没有“{column.label_zh}”，沿用上次导入的固定值“{text}”",
                f"{column.label_en} is not in the file; the last import's constant {text!r} stays",
            ),
            say("如不适用，请用 --mapping 指定", "choose another with --mapping"),
        )
        findings.whole(name, "note", "constant_remembered", words)
    return used


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
