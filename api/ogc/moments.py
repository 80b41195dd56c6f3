"""Moments as people read them: in the time of the place where the server stands, with its zone."""

from __future__ import annotations

from datetime import datetime, timedelta

from geo.errors import DataError
from geo.text import say


def moment(written: str | None, *, seconds: bool = False) -> str:
    """Return a moment with its zone; a dash for none.

    Parameters
    ----------
    written
        As ISO 8601 has it, with its zone.
    seconds
        Whether it is told to the second, not to the minute.

    Examples
    --------
    >>> moment("2026-05-01"), moment(None)
    ('2026-05-01', '–')
    """
    if not written:
        return "–"
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        return written
    if read.tzinfo is None:  # a day, or a moment of which nobody knows where
        return written
    local = read.astimezone()
    return local.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M") + zone(local)


def zone(local: datetime) -> str:
    """Return the zone of a moment, set off from it.

    Examples
    --------
    >>> zone(datetime.fromisoformat("2026-05-01T08:00+08:00"))
    ' UTC+8'
    >>> zone(datetime.fromisoformat("2026-05-01T08:00+05:45"))
    ' UTC+5:45'
    """
    offset = local.utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    told = f"{sign}{hours}" + (f":{rest:02}" if rest else "")
    return " UTC" + (told if minutes else "")


def no_span(text: str) -> DataError:
    """Return the refusal of a span of time that is open at both ends, or ends before it begins."""
    return DataError(
        say(f"时间段“{text}”不对。", f"the span {text!r} is none."),
        hint=say("如 2020-01-01/2026-05-01、../2026-05-01。", "such as ../2026-05-01."),
    )
