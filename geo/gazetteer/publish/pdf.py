"""Write a document as PDF with its fonts embedded, without any other program."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from fpdf import FPDF

from geo.gazetteer.publish.fonts import Font, fonts
from geo.gazetteer.publish.paper import (
    FACE_OF,
    HEADING_PT,
    LINE,
    SIZE_PT,
    Align,
    Face,
    Form,
    Heading,
    Index,
    PageBreak,
    Paper,
    Paragraph,
    Run,
    Style,
    Table,
)
from geo.gazetteer.publish.setting import MM_PT, Box, Line, Look, Setter

_LABEL_FILL: Final = "F2F2F2"
_RULE_MM: Final = 0.15
_TABLE_PADDING_MM: Final = 0.8
_FORM_PADDING_MM: Final = 1.5
_FORM_PT: Final = 12.0
_BETWEEN_MM: Final = 7.0
_INDEX_PT: Final = 9.0
_INDEX_MM: Final = 5.0
_JUSTIFIED: Final = frozenset({"body", "note", "entry"})
_BEFORE_MM: Final[dict[Style, float]] = {"cover": 85.0, "subtitle": 2.0}
_AFTER_MM: Final[dict[Style, float]] = {"title": 8.0, "entry": 1.4}
_STYLE_ALIGN: Final[dict[Style, Align]] = {
    "title": "center",
    "subtitle": "center",
    "right": "right",
    "centre": "center",
    "cover": "center",
}


def pdf_file(paper: Paper, *, font: Path | None = None) -> bytes:
    """Return a document as a ``.pdf``; the same document and fonts give the same bytes.

    Parameters
    ----------
    paper
        The document.
    font
        A font file for all of it; None: the best that this machine has for each face.

    Raises
    ------
    DataError
        No Chinese font can be embedded.
    """
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    press = _Press(paper, fonts(font))
    for block in paper.blocks:
        press.show(block)
    return bytes(press.output())


class _Press(FPDF):
    """Sets blocks one under another and begins pages as they fill."""

    def __init__(self, paper: Paper, faces: dict[Face, Font]) -> None:
        super().__init__("landscape" if paper.landscape else "portrait", "mm", "A4")
        self.paper = paper
        self.setter = Setter(self, faces)
        self.set_creation_date(datetime.fromisoformat(paper.day).replace(tzinfo=UTC))
        self.set_title(paper.title)
        self.set_author(paper.author or "fuwuquan")
        self.set_producer("fuwuquan")
        self.set_creator("fuwuquan")
        self.set_lang("zh-CN")
        self.set_auto_page_break(auto=False)
        self.top, self.right, self.bottom, self.left = paper.margins_mm
        self.inner = paper.inner_mm
        self.outlined = False
        self.set_line_width(_RULE_MM)
        self._fresh_page()

    @property
    def end_mm(self) -> float:
        """Where the text of a page ends."""
        return float(self.h) - self.bottom

    def footer(self) -> None:
        """Write the number of the page."""
        if self.paper.numbered:
            box = Box(self.left, float(self.h) - self.bottom + 12.0, self.inner)
            self.setter.line([(f"— {self.page_no()} —", "body")], box, Look(14.0, "center"))

    def show(self, block: object) -> None:
        """Set one block."""
        if isinstance(block, Heading):
            self._heading(block)
        elif isinstance(block, Paragraph):
            self._paragraph(block)
        elif isinstance(block, Table):
            self._table(block)
        elif isinstance(block, Form):
            self._form(block)
        elif isinstance(block, Index):
            self._index(block)
        else:
            assert isinstance(block, PageBreak)
            self._fresh_page()

    def _fresh_page(self) -> None:
        self.add_page()
        self.set_y(self.top)

    def _room(self, height_mm: float) -> None:
        if self.get_y() + height_mm > self.end_mm:
            self._fresh_page()

    def _heading(self, one: Heading) -> None:
        if one.level == 1 and self.get_y() > self.top:
            self._fresh_page()
        size = HEADING_PT[one.level]
        self._room(size * MM_PT * 4)
        self.start_section(one.text, level=one.level - 1 if self.outlined else 0)
        self.outlined = True
        face: Face = "heading" if one.level == 1 else "kai"
        high = size * MM_PT * 1.6
        look = Look(size, "center" if one.level == 1 else "left")
        y = self.get_y() + 3.0
        for words in self.setter.wrapped([Run(one.text, face)], face, size, self.inner):
            self.setter.line(words, Box(self.left, y + high / 2, self.inner), look)
            y += high
        self.set_y(y + 2.0)

    def _paragraph(self, one: Paragraph) -> None:
        size, high = SIZE_PT[one.style], LINE[one.style] * MM_PT
        self.set_y(self.get_y() + _BEFORE_MM.get(one.style, 0.0))
        first = size * MM_PT * 2 if one.style == "body" else 0.0
        hanging = size * MM_PT if one.style == "entry" else 0.0
        face = FACE_OF[one.style]
        wide = self.inner - hanging
        lines = self.setter.wrapped(one.runs, face, size, wide, first - hanging)
        for at, words in enumerate(lines):
            self._room(high)
            begun = first if at == 0 else hanging
            full = one.style in _JUSTIFIED and at < len(lines) - 1
            align: Align = "justify" if full else _STYLE_ALIGN.get(one.style, "left")
            box = Box(self.left + begun, self.get_y() + high / 2, self.inner - begun)
            self.setter.line(words, box, Look(size, align))
            self.set_y(self.get_y() + high)
        self.set_y(self.get_y() + _AFTER_MM.get(one.style, 0.0))

    def _table(self, table: Table) -> None:
        heads = self._cells(table.headings, table, "heading")
        aligns = table.aligns or ["left"] * len(heads)
        self._room(self._tall(heads, table) * 3)
        self._row(heads, table, ["center"] * len(heads), _LABEL_FILL)
        for row in table.rows:
            cells = self._cells(row, table, "body")
            if self.get_y() + self._tall(cells, table) > self.end_mm:
                self._fresh_page()
                self._row(heads, table, ["center"] * len(heads), _LABEL_FILL)
            self._row(cells, table, aligns, "")
        self.set_y(self.get_y() + 2.0)

    def _cells(self, texts: Sequence[str], table: Table, face: Face) -> list[list[Line]]:
        return [
            self.setter.wrapped([Run(t)], face, table.size_pt, width - 2 * _TABLE_PADDING_MM)
            for t, width in zip(texts, table.widths_mm, strict=True)
        ]

    @staticmethod
    def _tall(cells: Sequence[list[Line]], table: Table) -> float:
        return max(map(len, cells)) * Look(table.size_pt).step_mm + 2 * _TABLE_PADDING_MM

    def _row(
        self, cells: Sequence[list[Line]], table: Table, aligns: Sequence[Align], fill: str
    ) -> None:
        x = self.left + (self.inner - sum(table.widths_mm)) / 2
        y, high = self.get_y(), self._tall(cells, table)
        for lines, width, align in zip(cells, table.widths_mm, aligns, strict=True):
            box = Box(x, y, width, high)
            self._rule(box, fill)
            self.setter.lines(lines, box, Look(table.size_pt, align), _TABLE_PADDING_MM)
            x += width
        self.set_y(y + high)

    def _rule(self, box: Box, fill: str, style: Literal["", "D", "F"] = "") -> None:
        if fill:
            self.set_fill_color(*bytes.fromhex(fill))
        self.rect(box.x, box.y, box.width, box.height, style=style or ("DF" if fill else "D"))

    def _form(self, form: Form) -> None:
        heights = form.heights_mm or [9.0] * len(form.rows)
        left = self.left + (self.inner - sum(form.widths_mm)) / 2
        if form.exact:
            self._room(sum(heights))
            self._rule(Box(left, self.get_y(), sum(form.widths_mm), sum(heights)), "", style="D")
        for row, least in zip(form.rows, heights, strict=True):
            cells, at = [], 0
            for cell in row:
                width = sum(form.widths_mm[at : at + cell.span])
                at += cell.span
                face: Face = "heading" if cell.label else "body"
                look = Look(cell.size_pt or _FORM_PT, "center" if cell.label else cell.align)
                inner = width - 2 * _FORM_PADDING_MM
                lines = self.setter.wrapped([Run(cell.text)], face, look.size_pt, inner)
                cells.append((cell, width, look, lines))
            tall = max(len(lines) * look.step_mm + 2 for _, _, look, lines in cells)
            high = least if form.exact else max(least, tall)
            self._room(high)
            x, y = left, self.get_y()
            for cell, width, look, lines in cells:
                box = Box(x, y, width, high)
                fill = cell.fill or (_LABEL_FILL if cell.label else "")
                self._rule(box, fill, style="F" if form.exact else "")
                if cell.ink:
                    self.set_text_color(*bytes.fromhex(cell.ink))
                self.setter.lines(lines, box, look, _FORM_PADDING_MM)
                self.set_text_color(0)
                x += width
            self.set_y(y + high)
        self.set_y(self.get_y() + 2.0)

    def _index(self, index: Index) -> None:
        wide = (self.inner - _BETWEEN_MM * (index.columns - 1)) / index.columns
        top = self.get_y() + 2.0
        column, y = 0, top
        for title, entries in index.groups:
            for at, (word, number) in enumerate([("", ""), *entries]):
                lines = self._listed(word, number, wide)
                needed = _INDEX_MM * (3 if at == 0 else len(lines))
                if y + needed > self.end_mm:
                    column, y = column + 1, top
                    if column == index.columns:
                        self._fresh_page()
                        column, y, top = 0, self.top, self.top
                x = self.left + column * (wide + _BETWEEN_MM)
                if at == 0:
                    box = Box(x, y + _INDEX_MM, wide)
                    self.setter.line([(title, "heading")], box, Look(12.0))
                    y += _INDEX_MM * 2
                else:
                    self._entry(lines, number, Box(x, y + _INDEX_MM / 2, wide))
                    y += _INDEX_MM * len(lines)
        self.set_y(self.end_mm)

    def _listed(self, word: str, number: str, wide: float) -> list[Line]:
        end = self.setter.length([(f"..{number}", "body")], _INDEX_PT)
        return self.setter.wrapped([Run(word)], "body", _INDEX_PT, wide - end)

    def _entry(self, lines: list[Line], number: str, box: Box) -> None:
        """Set a word, dots, and its number at the right."""
        y = box.y
        for words in lines:
            self.setter.line(words, Box(box.x, y, box.width), Look(_INDEX_PT))
            y += _INDEX_MM
        dot, end = (self.setter.length([(text, "body")], _INDEX_PT) for text in (".", number))
        used = self.setter.length(lines[-1], _INDEX_PT)
        dots = "." * max(int((box.width - end - used) / dot) - 1, 0)
        last = Box(box.x, y - _INDEX_MM, box.width)
        self.setter.line([(dots + number, "body")], last, Look(_INDEX_PT, "right"))
