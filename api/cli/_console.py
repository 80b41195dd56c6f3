"""How a command shows its work: timed steps on standard error, the answer on standard output."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from geo.text import say

if TYPE_CHECKING:
    import pandas as pd

_FRAME = 3
"""Columns of the screen that each column of a table takes beside its text."""
_LEAST = 8
"""Narrowest that a column of words may become."""

Advance = Callable[[float], None]
"""Told the share of a step that is done, 0 to 1."""


def answer() -> Console:
    """Return the console for a command's answer (standard output)."""
    return Console(highlight=False)


def messages() -> Console:
    """Return the console for progress and complaints (standard error)."""
    return Console(stderr=True, highlight=False)


@dataclass(slots=True)
class Steps:
    """The steps of one command, each shown while it runs and timed."""

    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds a step took, by its English name."""

    @contextmanager
    def __call__(self, zh: str, en: str) -> Iterator[Advance]:
        """Show one step while its block runs; call what is yielded to move its bar."""
        console = messages()
        begun = time.perf_counter()
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        ) as bar:
            task = bar.add_task(escape(say(zh, en)), total=None)

            def advance(share: float) -> None:
                bar.update(task, total=1.0, completed=share)

            yield advance
        self.seconds[en] = round(time.perf_counter() - begun, 3)
        console.print(f"[dim]{self.seconds[en]:6.1f} s  {escape(say(zh, en))}[/dim]")


def emit_json(answer: Mapping[str, object]) -> None:
    """Print one JSON object, readable where the output is UTF-8 and escaped where it is not."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(answer, ensure_ascii=not unicode, indent=2, default=str, allow_nan=False)
    sys.stdout.write(text + "\n")


def records(table: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Return the rows of a table as plain values for JSON, None where unknown."""
    plain: list[dict[Hashable, Any]] = (
        table.astype(object).where(table.notna(), None).to_dict("records")
    )
    return plain


def print_table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = ""
) -> None:
    """Print a table; numbers stand to the right, and only wordy columns are ever folded."""
    rows = [list(row) for row in rows]
    console = answer()
    texts = [[_cell(value) for value in row] for row in rows]
    widths = _widths(headings, texts, room=console.width)
    table = Table(title=escape(title) or None, title_justify="left", header_style="bold")
    for position, heading in enumerate(headings):
        numeric = bool(rows) and all(
            isinstance(row[position], int | float) and not isinstance(row[position], bool)
            for row in rows
            if row[position] is not None
        )
        justify: JustifyMethod = "right" if numeric else "left"
        table.add_column(escape(heading), justify=justify, overflow="fold", width=widths[position])
    for cells in texts:
        table.add_row(*map(escape, cells))
    console.print(table)


def print_line(text: str) -> None:
    """Print one line of the answer."""
    answer().print(escape(text), soft_wrap=True)


def complain(message: str, hint: str = "") -> None:
    """Say on standard error what went wrong and what to do next."""
    console = messages()
    console.print(f"[bold red]{say('错误', 'Error')}[/bold red]  {escape(message)}", soft_wrap=True)
    if hint:
        console.print(f"[bold]{say('怎么办', 'Next')}[/bold]  {escape(hint)}", soft_wrap=True)


def _widths(
    headings: Sequence[str], texts: Sequence[Sequence[str]], *, room: int
) -> list[int | None]:
    """Return the width of every column of a table too wide for the screen; None where it fits.

    Numbers, ids and headings stay whole; of the columns of words the widest give way.
    """
    columns = [[heading, *(row[at] for row in texts)] for at, heading in enumerate(headings)]
    natural = [max(map(cell_len, column)) for column in columns]
    left = room - sum(natural) - _FRAME * len(natural) - 1
    if left >= 0:
        return [None] * len(natural)
    wordy = [
        at
        for at, (_, *cells) in enumerate(columns)
        if any(not cell.isascii() or " " in cell for cell in cells)
    ]
    widths = list(natural)
    while left < 0:
        at = max(wordy, key=widths.__getitem__, default=-1)
        if at < 0 or widths[at] <= max(_LEAST, cell_len(headings[at])):
            return [None] * len(natural)
        widths[at] -= 1
        left += 1
    return list(widths)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("是", "yes") if value else say("否", "no")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return str(value)
