"""How a command shows its work: timed steps on standard error, the answer on standard output."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from geo.text import say

if TYPE_CHECKING:
    import pandas as pd

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
    """Print a table; numbers stand to the right."""
    rows = [list(row) for row in rows]
    table = Table(title=escape(title) or None, title_justify="left", header_style="bold")
    for position, heading in enumerate(headings):
        numeric = bool(rows) and all(
            isinstance(row[position], int | float) and not isinstance(row[position], bool)
            for row in rows
            if row[position] is not None
        )
        justify: JustifyMethod = "right" if numeric else "left"
        table.add_column(escape(heading), justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(escape(_cell(value)) for value in row))
    answer().print(table)


def print_line(text: str) -> None:
    """Print one line of the answer."""
    answer().print(escape(text), soft_wrap=True)


def complain(message: str, hint: str = "") -> None:
    """Say on standard error what went wrong and what to do next."""
    console = messages()
    console.print(f"[bold red]{say('错误', 'Error')}[/bold red]  {escape(message)}", soft_wrap=True)
    if hint:
        console.print(f"[bold]{say('怎么办', 'Next')}[/bold]  {escape(hint)}", soft_wrap=True)


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
