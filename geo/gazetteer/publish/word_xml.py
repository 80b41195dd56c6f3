"""The XML of WordprocessingML for paragraphs, tables and forms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from docx.oxml.ns import nsdecls

from geo.gazetteer.publish.paper import (
    FACE_OF,
    LINE,
    SIZE_PT,
    Align,
    Cell,
    Face,
    Form,
    Paragraph,
    Style,
    Table,
)
from geo.store.cells import CONTROL

FACES: Final[dict[Face, str]] = {
    "title": "方正小标宋简体",
    "heading": "黑体",
    "kai": "楷体",
    "body": "仿宋",
    "letters": "Times New Roman",
}
"""Faces by name."""
LATIN: Final = FACES["letters"]
TWIPS_MM: Final = 1440 / 25.4
_LABEL_FILL: Final = "F2F2F2"
_HINT: Final = ' w:hint="eastAsia"'
_LETTERS: Final = re.compile(r"([A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f0-9 ’'.-]*)")
_JUSTIFY: Final[dict[Align, str]] = {
    "left": "left", "center": "center", "right": "right", "justify": "both",
}  # fmt: skip
_CELL_PT: Final = 12.0
_STYLE_ALIGN: Final[dict[Style, Align]] = {
    "title": "center", "subtitle": "center", "right": "right", "centre": "center",
    "body": "justify", "note": "justify", "entry": "justify", "cover": "center",
}  # fmt: skip


def p_xml(properties: str, content: str) -> str:
    """Return a paragraph of properties and runs."""
    return f"<w:p {nsdecls('w')}><w:pPr>{properties}</w:pPr>{content}</w:p>"


def gap_xml() -> str:
    """Return the small paragraph that Word wants behind a table."""
    return p_xml('<w:spacing w:before="0" w:after="0" w:line="120" w:lineRule="exact"/>', "")


def text_xml(text: str) -> str:
    """Return a text, its lines broken where it breaks them."""
    lines = escape(CONTROL.sub(" ", text)).split("\n")
    return "<w:br/>".join(f'<w:t xml:space="preserve">{line}</w:t>' for line in lines)


def runs_xml(text: str, face: Face, size_pt: float, *, bold: bool = False, ink: str = "") -> str:
    """Return a text as runs: letters in the Latin face, all else in the Chinese one.

    Word would else show ā and à in the Chinese face and the letters beside them in the Latin one.
    """
    pieces = _LETTERS.split(text)
    return "".join(
        f"<w:r>{look_xml(face, size_pt, bold=bold, ink=ink, chinese=at % 2 == 0)}"
        f"{text_xml(piece)}</w:r>"
        for at, piece in enumerate(pieces)
        if piece
    )


def look_xml(
    face: Face, size_pt: float, *, bold: bool = False, ink: str = "", chinese: bool = True
) -> str:
    """Return the properties of a run."""
    half = round(size_pt * 2)
    colour = f'<w:color w:val="{ink}"/>' if ink else ""
    return (
        f'<w:rPr><w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{FACES[face]}"'
        f"{_HINT if chinese else ''}/>{'<w:b/>' if bold else ''}{colour}"
        f'<w:sz w:val="{half}"/><w:szCs w:val="{half}"/>'
        '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>'
    )


def paragraph_xml(one: Paragraph) -> str:
    """Return a paragraph in its style."""
    style = one.style
    line = round(LINE[style] * 20)
    size = SIZE_PT[style]
    indent = {
        "body": f'<w:ind w:firstLineChars="200" w:firstLine="{round(size * 40)}"/>',
        "entry": f'<w:ind w:left="{round(size * 20)}" w:hanging="{round(size * 20)}"/>',
    }.get(style, "")
    before = {"cover": 4800, "subtitle": 120}.get(style, 0)
    after = {"title": 480, "entry": 80}.get(style, 0)
    spacing = (
        f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="exact"/>'
    )
    runs = "".join(
        runs_xml(run.text, run.face or FACE_OF[style], size, bold=run.bold) for run in one.runs
    )
    return p_xml(f'{spacing}{indent}<w:jc w:val="{_JUSTIFY[_STYLE_ALIGN[style]]}"/>', runs)


def _borders(*sides: str) -> str:
    return "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in sides
    )


_AROUND: Final = _borders("top", "left", "bottom", "right")
_RULED: Final = _AROUND + _borders("insideH", "insideV")


def _grid(
    widths_mm: Sequence[float], inner_mm: float, rows: str, *, padding_mm: float, borders: str
) -> str:
    twips = [round(width * TWIPS_MM) for width in widths_mm]
    side = round(padding_mm * TWIPS_MM)
    margins = "".join(
        f'<w:{edge} w:w="{width}" w:type="dxa"/>'
        for edge, width in (("top", 25), ("left", side), ("bottom", 25), ("right", side))
    )
    whole = sum(twips)
    spare = max(round(inner_mm * TWIPS_MM) - whole, 0)
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in twips)
    place = '<w:jc w:val="center"/>' if spare else ""
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{whole}" w:type="dxa"/>{place}'
        f"<w:tblBorders>{borders}</w:tblBorders>"
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>"
    )


def _tc(width_mm: float, span: int, fill: str, align: Align, run: str) -> str:
    merged = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    ground = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{round(width_mm * TWIPS_MM)}" w:type="dxa"/>{merged}{ground}'
        f'<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:spacing w:before="0" w:after="0"/>'
        f'<w:jc w:val="{_JUSTIFY[align]}"/></w:pPr>{run}</w:p></w:tc>'
    )


def table_xml(table: Table, inner_mm: float) -> str:
    """Return a table whose headings stand on every page."""
    aligns = table.aligns or ["left"] * len(table.headings)
    head = "".join(
        _tc(width, 1, _LABEL_FILL, "center", runs_xml(text, "heading", table.size_pt))
        for width, text in zip(table.widths_mm, table.headings, strict=True)
    )
    rows = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>"]
    for row in table.rows:
        cells = "".join(
            _tc(width, 1, "", align, runs_xml(text, "body", table.size_pt))
            for width, align, text in zip(table.widths_mm, aligns, row, strict=True)
        )
        rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
    return _grid(table.widths_mm, inner_mm, "".join(rows), padding_mm=0.8, borders=_RULED)


def form_xml(form: Form, inner_mm: float) -> str:
    """Return a form, or a drawing to scale."""
    heights = form.heights_mm or [9.0] * len(form.rows)
    rule = "exact" if form.exact else "atLeast"
    rows = []
    for row, height in zip(form.rows, heights, strict=True):
        at, cells = 0, []
        for cell in row:
            width = sum(form.widths_mm[at : at + cell.span])
            cells.append(_form_cell(cell, width))
            at += cell.span
        tall = f'<w:trHeight w:val="{round(height * TWIPS_MM)}" w:hRule="{rule}"/>'
        rows.append(f"<w:tr><w:trPr><w:cantSplit/>{tall}</w:trPr>{''.join(cells)}</w:tr>")
    borders = _AROUND if form.exact else _RULED
    return _grid(form.widths_mm, inner_mm, "".join(rows), padding_mm=1.5, borders=borders)


def _form_cell(cell: Cell, width_mm: float) -> str:
    face: Face = "heading" if cell.label else "body"
    runs = runs_xml(cell.text, face, cell.size_pt or _CELL_PT, ink=cell.ink)
    fill = cell.fill or (_LABEL_FILL if cell.label else "")
    align: Align = "center" if cell.label else cell.align
    return _tc(width_mm, cell.span, fill, align, runs)
