"""The list of placenames (地名录): a table a chapter and an index, on paper or as a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from geo.gazetteer.publish.edition import Edition, Entry
from geo.gazetteer.publish.order import Order, index_groups
from geo.gazetteer.publish.paper import Align, Block, Heading, Index, Paper, Paragraph, Table
from geo.gazetteer.publish.places import Chapter, chapters, contents, cover, record_of, remarks
from geo.store.tables import write_table

HEADINGS: Final = ("序号", "标准名称", "汉语拼音", "类别", "所在政区", "经纬度", "代码")
FIELDS: Final = ("roman", "class", "division", "lonlat", "code")
_WIDTHS_MM: Final = (9.0, 28.0, 34.0, 17.0, 17.0, 40.0, 33.0)
_ALIGNS: Final[tuple[Align, ...]] = ("right", "left", "left", "left", "left", "center", "center")
_MARGINS_MM: Final = (22.0, 16.0, 22.0, 16.0)
_SIZE_PT: Final = 8.0


def listing_paper(edition: Edition, *, title: str, publisher: str, order: Order) -> Paper:
    """Return the list of placenames as a document."""
    listed = chapters(edition.entries, order)
    return Paper(
        title,
        edition.on.isoformat(),
        list(_blocks(edition, listed, title, publisher, order)),
        margins_mm=_MARGINS_MM,
        author=publisher,
        keywords=("地名录",),
    )


def write_listing(path: Path, edition: Edition, *, order: Order) -> list[Path]:
    """Write the list of placenames as a workbook: the list, its index, the remarks."""
    listed = chapters(edition.entries, order)
    rows = [
        (number, *_cells(entry, between="，"))
        for chapter in listed
        for number, entry in chapter.entries
    ]
    index = [
        (title, *word.split(" ", 1), int(number)) if " " in word else (title, word, "", int(number))
        for title, group in index_groups(_named(listed), order)
        for word, number in group
    ]
    sheets = {
        "地名录": pd.DataFrame(rows, columns=list(HEADINGS)),
        "索引": pd.DataFrame(index, columns=["检字", "标准名称", "汉语拼音", "序号"]),
    }
    return write_table(path, sheets, notes=remarks(edition, listed, order))


def _blocks(
    edition: Edition, listed: Sequence[Chapter], title: str, publisher: str, order: Order
) -> Iterator[Block]:
    yield from cover(title, publisher, edition)
    yield Heading("凡例")
    for text in remarks(edition, listed, order):
        yield Paragraph.of(text)
    by = "笔画" if order == "strokes" else "汉语拼音"
    yield from contents(listed, [f"{by}索引"])
    for chapter in listed:
        yield Heading(f"第{chapter.number}章　{chapter.title}")
        rows = [(str(number), *_cells(entry)) for number, entry in chapter.entries]
        yield Table(HEADINGS, rows, _WIDTHS_MM, _ALIGNS, _SIZE_PT)
    yield Heading(f"{by}索引")
    yield Index(index_groups(_named(listed), order))


def _cells(entry: Entry, between: str = " ") -> tuple[str, ...]:
    record = record_of(entry)
    shown = (record.shown(field).replace("\n", between) for field in FIELDS)
    return entry.name, *shown


def _named(listed: Sequence[Chapter]) -> list[tuple[str, str, str]]:
    return [
        (entry.name, entry.roman, str(number))
        for chapter in listed
        for number, entry in chapter.entries
    ]
