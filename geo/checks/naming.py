"""How a check names the units it found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from geo import text
from geo.faults import Fault, Severity

NAMED: Final = 8


def whole(name: str, column: str, severity: Severity, code: str, words: tuple[str, str]) -> Fault:
    """Return a fault of a layer as a whole."""
    return Fault(name, None, column, severity, code, *words)


def listed(values: Iterable[object], mark: tuple[str, str] = ("、", ", ")) -> str:
    """Return up to eight names and how many there are."""
    return text.listed(values, NAMED, mark=mark)
