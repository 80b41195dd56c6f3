"""What is wrong with a file, cell by cell: where, what was found, what was wanted, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from geo.errors import DataError
from geo.text import say

_SHOWN: Final = 10
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class FaultyCell:
    """One cell that keeps a file from being imported."""

    sheet: str
    row: int
    """Row of the worksheet as Excel counts it; 1 holds the headings."""
    column: str
    """Heading of the column; empty when the whole row or sheet is meant."""
    found: str
    wanted: str
    advice: str

    def __str__(self) -> str:
        """Return it as one sentence."""
        place = say(
            f"表“{self.sheet}”第 {self.row} 行" + (f"“{self.column}”" if self.column else ""),
            f"sheet {self.sheet!r} row {self.row}" + (f" {self.column!r}" if self.column else ""),
        )
        found = self.found if len(self.found) <= _LONGEST else self.found[:_LONGEST] + "…"
        return say(
            f"{place}：填的是“{found}”，应为{self.wanted}；{self.advice}。",
            f"{place}: found {found!r}, wanted {self.wanted}; {self.advice}.",
        )


class FaultyFileError(DataError):
    """A file was refused whole; `cells` names all that is wrong with it."""

    def __init__(self, file: str, cells: Sequence[FaultyCell]) -> None:
        shown = [str(cell) for cell in cells[:_SHOWN]]
        more = len(cells) - len(shown)
        if more:
            shown.append(say(f"另有 {more:,} 处。", f"and {more:,} more."))
        super().__init__(
            say(
                f"“{file}”有 {len(cells):,} 处不能导入，一条也没有导入：\n",
                f"{file}: {len(cells):,} faults; nothing was imported:\n",
            )
            + "\n".join(shown),
            hint=say(
                "请按所列逐格改正后重新导入。",
                "Mend the cells listed and import the file again.",
            ),
        )
        self.cells = tuple(cells)


def shown(value: Any) -> str:  # noqa: ANN401 - any cell
    """Return what a cell holds as a message quotes it."""
    return say("空", "nothing") if value is None else str(value)
