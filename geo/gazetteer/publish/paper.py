"""What a document is made of, whether Word or PDF shows it: headings, paragraphs, tables, lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Face = Literal["title", "heading", "kai", "body", "letters"]
"""小标宋, 黑体, 楷体, 仿宋 and a Latin face, or what stands for them on a machine without them."""
Align = Literal["left", "center", "right", "justify"]
Style = Literal["body", "title", "subtitle", "right", "centre", "note", "entry", "cover"]

A4_MM: Final = (210.0, 297.0)
OFFICIAL_MARGINS_MM: Final = (37.0, 26.0, 35.0, 28.0)
"""Top, right, bottom and left of an official document (GB/T 9704)."""
BOOK_MARGINS_MM: Final = (25.0, 20.0, 22.0, 20.0)


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one face."""

    text: str
    face: Face | None = None
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is a chapter and begins a page."""

    text: str
    level: Literal[1, 2] = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of one text or several runs."""

    runs: Sequence[Run]
    style: Style = "body"

    @classmethod
    def of(cls, text: str, style: Style = "body") -> Paragraph:
        """Return a paragraph of one text."""
        return cls((Run(text),), style)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a form."""

    text: str
    span: int = 1
    align: Align = "left"
    label: bool = False
    size_pt: float | None = None
    fill: str = ""
    """Colour of the ground as ``RRGGBB``."""
    ink: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A ruled form; every row fills the same columns."""

    widths_mm: Sequence[float]
    rows: Sequence[Sequence[Cell]]
    heights_mm: Sequence[float] = ()
    """Least height of every row; empty: 9 mm each."""
    exact: bool = False
    """A drawing to scale: rows are exactly so high, and ruled only around the whole."""


@dataclass(frozen=True, slots=True)
class Table:
    """A long table whose headings stand on every page."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths_mm: Sequence[float]
    aligns: Sequence[Align] = ()
    size_pt: float = 9.0


@dataclass(frozen=True, slots=True)
class Index:
    """A list in columns: words with the number they are found under, grouped."""

    groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    columns: int = 3


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins a page."""


Block = Heading | Paragraph | Form | Table | Index | PageBreak


@dataclass(frozen=True, slots=True)
class Paper:
    """A document: what a renderer needs to know."""

    title: str
    day: str
    """Day of the edition as ``2026-05-01``: the only day that the file bears."""
    blocks: Sequence[Block]
    margins_mm: tuple[float, float, float, float] = OFFICIAL_MARGINS_MM
    landscape: bool = False
    numbered: bool = True
    """Whether pages are numbered."""
    author: str = ""
    keywords: Sequence[str] = field(default_factory=tuple)

    @property
    def page_mm(self) -> tuple[float, float]:
        """Width and height of a page."""
        return (A4_MM[1], A4_MM[0]) if self.landscape else A4_MM

    @property
    def inner_mm(self) -> float:
        """Width between the margins."""
        return self.page_mm[0] - self.margins_mm[1] - self.margins_mm[3]


FACE_OF: Final[dict[Style, Face]] = {
    "body": "body", "title": "title", "subtitle": "kai", "right": "body", "centre": "body",
    "note": "kai", "entry": "body", "cover": "title",
}  # fmt: skip
SIZE_PT: Final[dict[Style, float]] = {
    "body": 16.0, "title": 22.0, "subtitle": 16.0, "right": 16.0, "centre": 14.0,
    "note": 10.5, "entry": 10.5, "cover": 36.0,
}  # fmt: skip
HEADING_PT: Final = {1: 18.0, 2: 14.0}
LINE: Final[dict[Style, float]] = {
    "body": 28.0, "title": 36.0, "subtitle": 28.0, "right": 28.0, "centre": 24.0,
    "note": 16.0, "entry": 17.0, "cover": 54.0,
}  # fmt: skip
"""Distance of lines in points."""


FORM_MM: Final = (32.0, 46.0, 32.0, 46.0)
"""Columns of a form that fills the page of an official document: a label, its text, twice."""


def pair(label: str, text: str, other: str, more: str) -> tuple[Cell, ...]:
    """Return a row of a form with two labels."""
    return Cell(label, label=True), Cell(text), Cell(other, label=True), Cell(more)


def single(label: str, text: str) -> tuple[Cell, ...]:
    """Return a row of a form with one label."""
    return Cell(label, label=True), Cell(text, 3)


def pages(parts: Iterable[Iterable[Block]]) -> list[Block]:
    """Return blocks of which each part begins a page."""
    blocks: list[Block] = []
    for part in parts:
        if blocks:
            blocks.append(PageBreak())
        blocks += part
    return blocks
