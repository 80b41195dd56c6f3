"""When a record holds: dates known to the day, month or year, sorted by whole days.

Dates are written as in EDTF level 0 and 1 (ISO 8601-2:2019): ``1984``, ``1984-05``,
``1984-05-01``, each with ``~`` behind when it is approximate and ``?`` when it is uncertain.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from geo.errors import DataError
from geo.text import say

ALWAYS: Final = 0
"""Day before every day: the beginning is not known."""
FOREVER: Final = date.max.toordinal() + 1
"""Day after every day: the end has not come."""

_WRITTEN: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?[~?%]?")


@dataclass(frozen=True, slots=True)
class Span:
    """The days, as proleptic Gregorian ordinals, that a written date may mean."""

    first: int
    last: int


@lru_cache(maxsize=10_000)
def span(written: str) -> Span:
    """Return the days that a written date may mean.

    Raises
    ------
    DataError
        It is no date, or not written as one.

    Examples
    --------
    >>> span("1984-02").last - span("1984-02").first
    28
    """
    found = _WRITTEN.fullmatch(written.strip())
    try:
        year, month, day = (int(part or 0) for part in (found.groups() if found else ("0", 0, 0)))
        first = date(year, month or 1, day or 1)
        last_month = month or 12
        last = date(year, last_month, day or calendar.monthrange(year, last_month)[1])
    except ValueError:
        raise DataError(
            say(f"日期“{written}”不对。", f"{written!r} is not a date."),
            hint=say(
                "请写 1984、1984-05 或 1984-05-01；约数后加 ~，存疑后加 ?。",
                "Write 1984, 1984-05 or 1984-05-01; ~ behind if approximate, ? if uncertain.",
            ),
        ) from None
    return Span(first.toordinal(), last.toordinal())


def first_day(written: str) -> int:
    """Return the first day on which something may have begun; empty: it always was."""
    return span(written).first if written else ALWAYS


def end_day(written: str) -> int:
    """Return the first day on which something no longer holds; empty: it still does.

    ``valid_to`` is the last day of validity, so a year ends after its 31 December.
    """
    return span(written).last + 1 if written else FOREVER
