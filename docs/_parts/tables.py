"""How a table stands in Markdown."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from geo.text import say

_HERE = Path(__file__).parent
_UNITS = {
    "m": "米",
    "m2": "㎡",
    "min": "分钟",
    "yuan": "元",
    "year": "岁",
    "person": "人",
    "household": "户",
    "floor": "层",
    "star": "星",
    "bed": "张",
    "seat": "座",
    "plot": "穴",
    "niche": "格",
    "degree": "度",
    "share": "比例",
    "percentage point": "百分点",
}


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; what would end a cell or open a tag is escaped."""
    lines = ["|".join(map(_cell, row)) for row in rows]
    return "\n".join(
        f"|{line}|" for line in ("|".join(headings), "|".join(["---"] * len(headings)), *lines)
    )


def code(text: object) -> str:
    """Return a name as code; nothing for nothing."""
    return f"`{text}`" if text else ""


def unit(name: str) -> str:
    """Return a unit of the schema in the reader's language.

    Examples
    --------
    >>> unit("household"), unit("share")
    ('户', '比例')
    """
    return say(_UNITS.get(name, name), name)


@cache
def rows_of(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a CSV file beside this module, as the manual's writers keep it."""
    text = (_HERE / f"{name}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _cell(value: object) -> str:
    text = str(value).replace("\n", " ").replace("|", "\\|")
    return text if "`" in text else text.replace("<", "&lt;")
