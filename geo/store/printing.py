"""How a sheet comes out of the printer: A4, as wide as the page, headings on every page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties

_A4: Final = 9
_PORTRAIT_WIDTH: Final = 100.0
"""Characters, beyond which a table is printed across."""


def set_up(sheet: Any, columns: Sequence[Sequence[Any]], width: float) -> None:  # noqa: ANN401 - openpyxl's sheet
    """Set up a sheet for printing; an empty line between rows begins a new page.

    Parameters
    ----------
    sheet
        The sheet; its first line holds the headings.
    columns
        Its cells by column, None where empty.
    width
        All columns together, in characters.
    """
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.orientation = "portrait" if width <= _PORTRAIT_WIDTH else "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"
    for line, row in enumerate(zip(*columns, strict=True), start=2):
        if all(value is None for value in row):
            sheet.row_breaks.append(Break(id=line))
