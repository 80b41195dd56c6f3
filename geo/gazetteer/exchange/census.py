"""Write the gazetteer as a census workbook, each cell as it came in unless it was changed."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.exchange.assembly import derived
from geo.gazetteer.exchange.fields import SHEETS, field_of, fields
from geo.gazetteer.exchange.kept import Census, cells_of, census_in
from geo.gazetteer.exchange.standing import standing
from geo.gazetteer.exchange.things import RECORD_OF, Links, values_of
from geo.gazetteer.exchange.values import Cell
from geo.store.cells import rows_xml
from geo.store.tables import timeless, write_whole

Cells = dict[str, Cell]
_WIDTH: Final = 14
_NEVER: Final = (1 << 31, "")


def export_census(book: Gazetteer, path: Path) -> dict[str, int]:
    """Write every record of the gazetteer as a census workbook, secret ones included.

    Records stand in the order in which they were imported, others behind them. The same
    gazetteer gives the same bytes.

    Parameters
    ----------
    book
        The gazetteer.
    path
        The ``.xlsx`` to write.

    Returns
    -------
    dict
        Rows by kind of sheet.
    """
    sheets = census_sheets(book)
    write_census(path, sheets)
    return {kind: len(rows) for kind, rows in sheets.items()}


def census_sheets(book: Gazetteer) -> dict[str, list[Cells]]:
    """Return the cells of every record, by kind of sheet."""
    batches = {row["id"]: n for n, row in enumerate(book.rows("batch"))}
    places = [(derived(place), place.place["attributes"]) for place in standing(book.rows).values()]
    sheets = {"place": _sorted("place", places, batches)}
    lines = {row["code"]: row["id"] for row in book.rows("line")}
    codes = {row["value"]: row["place_id"] for row in book.rows("code", scheme="dmdm20")}
    links = Links(lines, codes)
    for kind, record in RECORD_OF.items():
        rows: list[Row] = book.rows(record)
        things = [(values_of(kind, row, links), row["attributes"]) for row in rows]
        sheets[kind] = _sorted(kind, things, batches)
    return {kind: sheets[kind] for kind in SHEETS}


def write_census(path: Path, sheets: Mapping[str, Sequence[Cells]]) -> None:
    """Write cells as the sheets of a census workbook."""
    book = Workbook(write_only=True)
    book.properties.creator = "fuwuquan"
    bodies = []
    for kind, rows in sheets.items():
        own = [one.heading for one in fields(kind)]
        others = {heading: None for row in rows for heading in row if heading not in own}
        headings = own + sorted(others)
        sheet = book.create_sheet(SHEETS[kind])
        sheet.freeze_panes = "A2"
        head = []
        for number, heading in enumerate(headings, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = _WIDTH
            cell = WriteOnlyCell(sheet, heading)
            cell.font = Font(bold=True)
            head.append(cell)
        sheet.append(head)
        dated, plain, quoted = (WriteOnlyCell(sheet) for _ in range(3))
        dated.number_format = "yyyy-mm-dd"
        quoted.quotePrefix = True
        columns: list[list[Any]] = [[row.get(heading) for row in rows] for heading in headings]
        styles = [
            dated.style_id if _dates(kind, heading, cells) else plain.style_id
            for heading, cells in zip(headings, columns, strict=True)
        ]
        bodies.append(rows_xml(columns, styles, quoted.style_id, first=2))
    raw = io.BytesIO()
    book.save(raw)
    write_whole(path, timeless(raw.getvalue(), bodies))


def _dates(kind: str, heading: str, cells: Sequence[Any]) -> bool:
    known = field_of(kind, heading)
    return known is not None and known.kind == "day" and any(isinstance(c, date) for c in cells)


def _sorted(
    kind: str, records: Sequence[tuple[dict[str, Any], str]], batches: Mapping[str, int]
) -> list[Cells]:
    rows = []
    for values, attributes in records:
        census = census_in(attributes)
        cells = cells_of(kind, values, census)
        rows.append((_order(census, batches), str(sorted(map(str, cells.items()))), cells))
    return [cells for *_, cells in sorted(rows, key=lambda row: row[:2])]


def _order(census: Census | None, batches: Mapping[str, int]) -> tuple[int, str]:
    if census is None:
        return _NEVER
    return batches.get(census["batch"], 0), f"{census['row']:09d}"
