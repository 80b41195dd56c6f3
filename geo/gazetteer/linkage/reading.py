"""Read a second source, whatever its format: records, or every fault of the file at once."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import shapely

from geo.crs import Datum, datum_hint, geometry_to_cgcs2000
from geo.errors import DataError
from geo.gazetteer.exchange.dmfw_in import listed, shape_of
from geo.gazetteer.exchange.faulty import FaultyCell, shown
from geo.gazetteer.exchange.fields import Field, field_of, fields, plain
from geo.gazetteer.exchange.linked_features import read_features
from geo.gazetteer.exchange.tsv_in import is_tsv, tsv_lines
from geo.gazetteer.exchange.values import CellError, understood, usable
from geo.gazetteer.linkage.from_linked import linked_values
from geo.gazetteer.linkage.settling import Source, settled_source
from geo.layers.files import check_file
from geo.layers.tables import Sheet, read_sheets
from geo.layers.vectors import read_shapes
from geo.text import say

_LINKED: Final = (".jsonld", ".jsonl", ".ndjson")
_JSON: Final = (".json", ".geojson")
_SHAPES: Final = (".gpkg", ".shp", ".kml")
_HEADING_ROWS: Final = 20
_ID: Final = Field("place", "id", (), "text", "id", wanted=False, choices=())


def read_source(path: Path, *, datum: Datum | None = None, sheet: str | None = None) -> Source:
    """Read a second source.

    Parameters
    ----------
    path
        A workbook, text table, GeoJSON, GeoPackage, Shapefile, KML, Linked Places (LPF, LP-TSV)
        or JSON with the fields of the national database.
    datum
        What its coordinates are; a table with coordinates must have it told. Shapes are what
        their file says, and JSON formats are CGCS2000 or WGS 84, which are taken as equal, unless
        this says otherwise.
    sheet
        The worksheet or layer to read, where there are several.

    Raises
    ------
    FaultyFileError
        Some records cannot be read; all of what is wrong is named.
    DataError, NotFoundError
        The file is not there or is of another kind, no heading is one of a name, or a datum is
        needed.
    """
    kind = path.suffix.lower()
    if kind in _LINKED:
        return settled_source(path, _linked(path), {}, datum, [])
    kind = check_file(path)
    if kind in _JSON:
        return _json(path, datum, sheet)
    if kind in _SHAPES:
        return _shapes(path, kind, datum, sheet)
    return _table(path, kind, datum, sheet)


Rows = Iterator[tuple[int, dict[str, Any]]]
"""Number and cells by heading, of each record."""


def _json(path: Path, datum: Datum | None, sheet: str | None) -> Source:
    try:
        whole = json.loads(path.read_text("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError):
        return settled_source(path, _linked(path), {}, datum, [])
    national = listed(whole)
    if national is not None:
        flat = (_flat(one if isinstance(one, dict) else {}) for one in national)
        return _understood(path, path.name, enumerate(flat, start=1), datum)
    features = whole.get("features", []) if isinstance(whole, dict) else []
    first = features[0] if features and isinstance(features[0], dict) else whole
    if isinstance(first, dict) and "names" in first:
        return settled_source(path, _linked(path), {}, datum, [])
    return _shapes(path, ".geojson", datum, sheet)


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record of the national database as cells; its shape becomes a text."""
    cells = {key: value or None for key, value in record.items()}
    with suppress(shapely.errors.ShapelyError):  # what is no shape is named as an unfit cell
        shape = shape_of(record.get("gdm"))
        if shape is not None:
            cells["gdm"] = shapely.to_wkt(shape, rounding_precision=9)
    return cells


def _shapes(path: Path, kind: str, datum: Datum | None, layer: str | None) -> Source:
    read = read_shapes(path, kind, layer=layer)
    meaning = datum or read.crs or Datum("wgs84")
    shapes = geometry_to_cgcs2000(read.geometry, meaning)
    rows = (
        (number, dict(zip(read.fields, cells, strict=True)))
        for number, cells in enumerate(read.cells, start=1)
    )
    return _understood(path, layer or path.name, rows, None, list(shapes))


def _table(path: Path, kind: str, datum: Datum | None, wanted: str | None) -> Source:
    sheets = [one for one in _sheets(path, kind) if wanted in (None, one.name)]
    headed = [
        (one, row) for one in sheets if (row := _heading_row(one.grid[:_HEADING_ROWS])) is not None
    ]
    if len(headed) != 1:
        names = "、".join(one.name for one, _ in headed)
        raise DataError(
            say(
                f"“{path.name}”里有 {len(headed)} 张表有名称列，应当只有一张。",
                f"{path.name}: {len(headed)} sheets have a heading of names; one was expected.",
            ),
            hint=say(
                f"用 --sheet 指定一张：{names}" if headed else "列标题要有“标准名称”或 name。",
                f"name one with --sheet: {names}" if headed else "head a column with name.",
            ),
        )
    sheet, at = headed[0]
    head = [str(cell or "").strip() for cell in sheet.grid[at]]
    rows = (
        (number, dict(zip(head, line, strict=False)))
        for number, line in enumerate(sheet.grid[at + 1 :], start=at + 2)
        if any(cell not in (None, "") for cell in line)
    )
    targets = {one.target for heading in head if (one := _field(heading))}
    if datum is None and targets & {"lon", "lat", "shape"}:
        raise DataError(
            say(
                f"“{path.name}”有坐标，但没有声明坐标基准。",
                f"{path.name} has coordinates; their datum is not told.",
            ),
            hint=say("请加 --datum。", "Add --datum. ") + datum_hint(),
        )
    return _understood(path, sheet.name or path.name, rows, datum)


def _sheets(path: Path, kind: str) -> list[Sheet]:
    if kind != ".tsv" or not is_tsv(path):
        return read_sheets(path, kind)
    head, lines = tsv_lines(path)
    grid: list[list[object]] = [list(head)]
    for number, cells in lines:
        grid += [[] for _ in range(len(grid), number - 1)]
        grid.append(list(cells))
    return [Sheet("", grid)]


def _heading_row(grid: Sequence[Sequence[object]]) -> int | None:
    """Return the first row with a heading of names."""
    for at, row in enumerate(grid):
        known = [one.target for cell in row if (one := _field(str(cell or "")))]
        if "name" in known:
            return at
    return None


def _understood(
    path: Path,
    sheet: str,
    rows: Rows,
    datum: Datum | None,
    shapes: Sequence[shapely.Geometry | None] | None = None,
) -> Source:
    """Return what the cells mean, with every cell that is not fit named."""
    faults: list[FaultyCell] = []
    mapping: dict[str, str] = {}
    read: list[tuple[int, dict[str, Any]]] = []
    for number, cells in rows:
        values: dict[str, Any] = {}
        for heading, cell in cells.items():
            known = _field(heading)
            if known is None or cell in (None, ""):
                continue
            mapping[heading] = known.target
            try:
                said = _value(cell, known)
            except CellError as error:
                wanted, advice = error.args
                faults.append(FaultyCell(sheet, number, heading, shown(cell), wanted, advice))
                continue
            if said not in (None, "", ()):
                values.setdefault(known.target, said)
        shape = None if shapes is None else shapes[number - 1]
        if shape is not None and not shapely.is_empty(shape):
            values["shape"] = shape
        read.append((number, values))
    return settled_source(path, read, mapping, datum, faults, sheet=sheet)


def _value(cell: object, known: Field) -> Any:  # noqa: ANN401 - as the field has it
    if known.target in ("class_code", "class_code_given"):
        return str(cell).strip()
    if known.target == "id" and isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if known.kind == "names" and "@" in str(cell):  # LP-TSV: a name, @ and its language
        return tuple(part.strip() for part in str(cell).split(";") if part.strip())
    return understood(usable(cell), known)


def _linked(path: Path) -> list[tuple[int, dict[str, Any]]]:
    return [(at, linked_values(one)) for at, one in enumerate(read_features(path), start=1)]


@cache
def _field(heading: str) -> Field | None:
    """Return the field that a heading means; None: none that tells places apart."""
    target = _targets().get(plain(heading))
    if target == "id":
        return _ID
    if target:
        return next(one for one in fields("place") if one.target == target)
    known = field_of("place", heading)
    return known if known and known.target not in ("", "own_code", "lon_to", "lat_to") else None


@cache
def _targets() -> dict[str, str]:
    text = (files(__package__) / "headings.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {plain(one): row["target"] for row in rows for one in row["headings"].split("|")}
