"""How layers are written: workbooks and GeoJSON with Chinese headings, the same bytes each time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from openpyxl import Workbook
from openpyxl.styles import Font

from generator import CRS
from geo.crs import Datum, from_cgcs2000, to_cgcs2000
from geo.schema import Column, LayerSchema
from geo.schema import layer as schema_of

_MOMENT: Final = (2025, 1, 1, 0, 0, 0)
_DECIMALS: Final = 7  # a centimetre
_CRS_MEMBER: Final = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
_METRES: Final = Datum("epsg", CRS)


def degrees(xy: Any, datum: Datum | None = None) -> Any:  # noqa: ANN401 - arrays in and out
    """Return metres as degrees of CGCS2000 or of another datum, to the centimetre."""
    lonlat = to_cgcs2000(xy, _METRES)
    return np.round(lonlat if datum is None else from_cgcs2000(lonlat, datum), _DECIMALS)


def write_geojson(path: Path, frame: gpd.GeoDataFrame, layer: str) -> None:
    """Write areas or zones as GeoJSON in EPSG:4490 under their Chinese headings."""
    shapes = shapely.transform(frame.geometry.to_numpy(), degrees)
    shapes = shapely.normalize(shapely.orient_polygons(shapes))
    columns = _columns(schema_of(layer), frame)
    lines = []
    for row, shape in enumerate(shapes):
        values = {c.label_zh: _json(frame[c.name].iloc[row], c) for c in columns}
        feature = {
            "type": "Feature",
            "properties": {k: v for k, v in values.items() if v is not None},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = json.dumps(
        {"type": "FeatureCollection", "name": layer, "crs": _CRS_MEMBER}, ensure_ascii=False
    )
    text = head[:-1] + ', "features": [\n' + ",\n".join(lines) + "\n]}\n"
    path.write_text(text, "utf-8", newline="\n")


def write_workbook(
    path: Path, sheets: Mapping[str, tuple[str, gpd.GeoDataFrame, Datum | None]]
) -> None:
    """Write layers of points as sheets of one workbook.

    Parameters
    ----------
    path
        The ``.xlsx`` file.
    sheets
        Title of a sheet to the layer it holds, its rows, and the datum of its coordinates.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, (layer, frame, datum) in sheets.items():
        columns = _columns(schema_of(layer), frame)
        lonlat = degrees(shapely.get_coordinates(frame.geometry.to_numpy()), datum)
        cells = {c.label_zh: [_cell(v, c) for v in frame[c.name]] for c in columns}
        cells |= {"经度": np.round(lonlat[:, 0], 6), "纬度": np.round(lonlat[:, 1], 6)}
        add_sheet(book, title, pd.DataFrame(cells, dtype=object))
    save_workbook(path, book)


def write_rows(path: Path, sheets: Mapping[str, tuple[str, pd.DataFrame]]) -> None:
    """Write layers without places of their own as sheets of one workbook."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, (layer, frame) in sheets.items():
        columns = _columns(schema_of(layer), frame)
        cells = {c.label_zh: [_cell(v, c) for v in frame[c.name]] for c in columns}
        add_sheet(book, title, pd.DataFrame(cells, dtype=object))
    save_workbook(path, book)


def add_sheet(book: Workbook, title: str, table: pd.DataFrame) -> None:
    """Add a table with bold headings that stay in sight."""
    sheet = book.create_sheet(title)
    sheet.append([str(heading) for heading in table.columns])
    for row in table.itertuples(index=False):
        sheet.append([None if value is None else value for value in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"


def save_workbook(path: Path, book: Workbook) -> None:
    """Save a workbook without the moment of saving in it."""
    raw = io.BytesIO()
    book.save(raw)
    fixed = datetime(*_MOMENT).isoformat() + "Z"  # noqa: DTZ001 - written as UTC
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", fixed.encode(), content)
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            new.writestr(entry, content, compresslevel=9)


def write_manifest(path: Path, entries: list[dict[str, str]]) -> None:
    """Write which boundary files there are, with the hash of each."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        table = csv.DictWriter(lines, [*entries[0], "sha256"], lineterminator="\n")
        table.writeheader()
        for entry in entries:
            content = (path.parent / entry["file"]).read_bytes()
            table.writerow({**entry, "sha256": hashlib.sha256(content).hexdigest()})


def _columns(schema: LayerSchema, frame: pd.DataFrame) -> list[Column]:
    """Return the columns of the layer that the frame has, in the order of the schema."""
    return [c for c in schema.columns if c.name in frame.columns and frame[c.name].notna().any()]


def _plain(value: Any, column: Column) -> Any:  # noqa: ANN401 - a cell is anything
    if value is None or value is pd.NaT or pd.isna(value):
        return None
    if column.type == "choice":
        return next(c.labels[0] for c in column.choices if c.value == value)
    if column.type == "int":
        return int(value)
    if column.type == "float":
        return int(value) if float(value).is_integer() else float(value)
    return value


def _cell(value: Any, column: Column) -> Any:  # noqa: ANN401 - a cell is anything
    plain = _plain(value, column)
    if column.type == "bool" and plain is not None:
        return "是" if plain else "否"
    return plain


def _json(value: Any, column: Column) -> Any:  # noqa: ANN401 - a cell is anything
    plain = _plain(value, column)
    if column.type == "bool" and plain is not None:
        return bool(plain)
    return plain.isoformat() if isinstance(plain, date) else plain
