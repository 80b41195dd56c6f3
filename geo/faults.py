"""What is wrong with a file: one row a fault, all faults at once, with what to do about each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Literal

import pandas as pd

from geo.text import say

Severity = Literal["error", "warning", "repaired", "note"]
"""``error``: the row is quarantined. ``warning``: kept, but look at it.
``repaired``: kept after a change that is named. ``note``: a fact worth knowing."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "repaired", "note")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing found in one place of one layer.

    ``row`` is the row number a user sees in the source file (header = 1), or None for the whole
    layer; ``code`` is a stable identifier such as ``households_not_positive``.
    """

    layer: str
    row: int | None
    column: str
    severity: Severity
    code: str
    message: str
    advice: str = ""


@dataclass(slots=True)
class FaultTable:
    """The faults of one import or check, in the order they were found."""

    faults: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Record one fault."""
        self.faults.append(fault)

    def extend(self, faults: Iterable[Fault]) -> None:
        """Record several faults."""
        self.faults.extend(faults)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.faults)

    def __len__(self) -> int:
        return len(self.faults)

    def count(self, severity: Severity) -> int:
        """Return how many faults have this severity."""
        return sum(fault.severity == severity for fault in self.faults)

    def rows(self, severity: Severity = "error") -> set[int]:
        """Return the source rows that have a fault of this severity."""
        return {f.row for f in self.faults if f.severity == severity and f.row is not None}

    def frame(self) -> pd.DataFrame:
        """Return the faults as a table with stable English column names."""
        columns = list(Fault.__dataclass_fields__)
        return pd.DataFrame([asdict(f) for f in self.faults], columns=columns)


def severity_label(severity: Severity) -> str:
    """Return the name of a severity for the user."""
    return {
        "error": say("错误", "error"),
        "warning": say("警告", "warning"),
        "repaired": say("已修复", "repaired"),
        "note": say("提示", "note"),
    }[severity]
