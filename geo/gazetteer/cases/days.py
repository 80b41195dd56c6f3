"""On which day a deadline ends: calendar days, working days, months, holidays."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from geo.gazetteer.cases.law import Deadline, Holidays
from geo.text import say


def due(start: date, deadline: Deadline, holidays: Holidays) -> date:
    """Return the last day on which something is in time.

    The day on which the clock starts is not counted (民法典 第二百零一条).

    Examples
    --------
    >>> from geo.gazetteer.cases.rulebook import rulebook
    >>> book = rulebook()
    >>> due(date(2026, 9, 24), book.deadline("filing", "532501"), book.holidays).isoformat()
    '2026-10-09'
    """
    return _ended(start, holidays, deadline, days=deadline.days, months=deadline.months)


def extended(last: date, deadline: Deadline, holidays: Holidays) -> date:
    """Return the last day of a deadline that was extended once."""
    return _ended(
        last,
        holidays,
        deadline,
        days=deadline.extension_days,
        months=deadline.extension_months,
    )


def unannounced(start: date, last: date, deadline: Deadline, holidays: Holidays) -> str:
    """Return a note when the holidays of a year in between are not known; empty otherwise."""
    if not (deadline.working or deadline.roll):
        return ""
    unknown = [str(y) for y in range(start.year, last.year + 1) if y not in holidays.years]
    years = "、".join(unknown)
    return years and say(
        f"（{years}年节假日安排未录入，按周末推算）",
        f" (holidays of {years} are not entered; counted by weekends)",
    )


def months_later(day: date, months: int) -> date:
    """Return the day of the same number, or the last of the month where there is none.

    Examples
    --------
    >>> months_later(date(2026, 1, 31), 1).isoformat(), months_later(date(2024, 2, 29), 12).day
    ('2026-02-28', 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _ended(start: date, holidays: Holidays, deadline: Deadline, *, days: int, months: int) -> date:
    day = months_later(start, months)
    if not deadline.working:
        day += timedelta(days=days)
    else:
        for _ in range(days):
            day = _next_working(day, holidays)
    if deadline.roll and not holidays.working(day):
        day = _next_working(day, holidays)
    return day


def _next_working(day: date, holidays: Holidays) -> date:
    day += timedelta(days=1)
    while not holidays.working(day):
        day += timedelta(days=1)
    return day
