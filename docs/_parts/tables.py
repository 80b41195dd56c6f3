"""How a table stands in Markdown."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; what would end a cell or open a tag is escaped."""
    lines = ["|".join(map(_cell, row)) for row in rows]
    return "\n".join(f"|{line}|" for line in ("|".join(headings), "|".join(["---"] * len(headings)), *lines))


def code(text: object) -> str:
    """Return a name as code; nothing for nothing."""
    return f"`{text}`" if text else ""


@cache
def rows_of(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a CSV file beside this module, as the manual's writers keep it."""
    text = (_HERE / f"{name}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _cell(value: object) -> str:
    text = str(value).replace("\n", " ").replace("|", "\\|")
    return text if "`" in text else text.replace("<", "&lt;")
