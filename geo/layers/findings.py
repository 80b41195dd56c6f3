"""Faults written for people: one row each in the table, grouped into sentences in a summary."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.faults import SEVERITIES, Fault, FaultTable, Severity
from geo.layers.cells import plain
from geo.schema import Column, LayerSchema, layers
from geo.text import say

SHOWN_ROWS: Final = 12
"""A summary names this many rows of a group and counts the rest."""

_FOUND: Final = re.compile(
    r"（(?:读到“|在经度 |相距 ).*）$| \((?:found '|at |apart ).*\)$",
    re.DOTALL,
)
"""What a message says of its own row, at its end."""
_LONGEST_FOUND: Final = 40


@dataclass(slots=True)
class Findings:
    """The faults of one layer while its file is being read."""

    schema: LayerSchema
    rows: NDArray[np.int64]
    """(n,) row numbers that a user sees."""
    table: FaultTable = field(default_factory=FaultTable)

    def mark(
        self,
        where: NDArray[np.bool_],
        column: Column | str,
        severity: Severity,
        code: str,
        words: tuple[str, str],
        *,
        found: NDArray[np.object_] | None = None,
        where_found: NDArray[np.object_] | None = None,
    ) -> None:
        """Record one fault for every row that ``where`` (n,) picks.

        Parameters
        ----------
        where : (n,)
            The rows.
        column
            The column at fault, or its name.
        severity, code
            As in ``geo.faults.Fault``.
        words
            What is wrong, and what to do.
        found : (n,)
            What stood there, quoted in each row's message.
        where_found : (n,)
            Where each row lies, as `at_place` writes it, for the end of its message instead.
        """
        name = column.name if isinstance(column, Column) else column
        message, advice = words
        for i in np.flatnonzero(where):
            end = "" if found is None else quoted(found[i])
            end = end if where_found is None else str(where_found[i])
            self.table.add(
                Fault(
                    layer=self.schema.name,
                    row=int(self.rows[i]),
                    column=name,
                    severity=severity,
                    code=code,
                    message=message + end,
                    advice=advice,
                )
            )

    def whole(self, column: str, severity: Severity, code: str, words: tuple[str, str]) -> None:
        """Record a fault of the file as a whole."""
        self.table.add(Fault(self.schema.name, None, column, severity, code, *words))


def quoted(cell: object) -> str:
    """Return what was found, for the end of a message."""
    text = plain(cell)
    if len(text) > _LONGEST_FOUND:
        text = text[:_LONGEST_FOUND] + "…"
    return say(f"（读到“{text}”）", f" (found '{text}')")


def at_place(lon: float, lat: float, *, away_m: float) -> str:
    """Return where something lies and how far off that is, for the end of a message."""
    zh = f"（在经度 {lon:.4f}、纬度 {lat:.4f}，相距 {away_m / 1000:.1f} 公里）"
    return say(zh, f" (at {lon:.4f}, {lat:.4f}, {away_m / 1000:.1f} km off)")


def sorted_faults(table: FaultTable) -> FaultTable:
    """Return the faults of a file as a whole first, then row by row."""
    return FaultTable(sorted(table, key=lambda fault: (fault.row is not None, fault.row or 0)))


def summary(faults: Iterable[Fault]) -> list[str]:
    """Return the faults as sentences, those of one kind together, the gravest first.

    Examples
    --------
    >>> from geo.faults import Fault
    >>> print(*summary([
    ...     Fault("compound", row, "households", "error", "households_not_positive",
    ...           "“户数”为 0 或负数", "请填登记户数")
    ...     for row in (14, 90, 91)
    ... ]))
    层“小区”第 14、90、91 行“户数”为 0 或负数；请填登记户数。
    """
    groups: dict[tuple[int, str, str, str, str], list[int]] = {}
    advice: dict[tuple[int, str, str, str, str], str] = {}
    for fault in faults:
        general = _FOUND.sub("", fault.message)
        key = (
            SEVERITIES.index(fault.severity),
            fault.layer,
            fault.column,
            fault.code,
            general,
        )
        groups.setdefault(key, [])
        advice.setdefault(key, fault.advice)
        if fault.row is not None:
            groups[key].append(fault.row)
    ordered = sorted(groups, key=lambda key: key[0])
    return [_sentence(key[1], groups[key], key[4], advice[key]) for key in ordered]


def _sentence(layer: str, rows: list[int], message: str, advice: str) -> str:
    known = layers().get(layer)
    label = known.label if known is not None else layer
    shown = sorted(rows)[:SHOWN_ROWS]
    more = len(rows) - len(shown)
    listed_zh = "、".join(map(str, shown)) + (f" 等 {len(rows):,}" if more else "")
    listed_en = ", ".join(map(str, shown)) + (f" and {more:,} more" if more else "")
    where_zh = f"第 {listed_zh} 行" if rows else "："
    where_en = f", row{'s' if len(rows) > 1 else ''} {listed_en}" if rows else ""
    end_zh = f"；{advice}" if advice else ""
    end_en = f"; {advice}" if advice else ""
    return say(
        f"层“{label}”{where_zh}{message}{end_zh}".rstrip("。") + "。",
        f"layer {label!r}{where_en}: {message}{end_en}".rstrip(".") + ".",
    )
