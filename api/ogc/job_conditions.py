"""Which jobs a list is asked for: of which processes, states, times and lengths."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import sqlalchemy as sa

from api.jobs import known
from api.jobs.job import STATES
from api.ogc.moments import no_span
from api.parameters import whole
from api.people.person import Person
from geo.errors import DataError
from geo.store.jobs import JOB
from geo.text import say

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST_S: Final = 10**9
_EVER: Final = 2**62


def conditions(given: dict[str, str], person: Person, now: int) -> list[sa.ColumnElement[bool]]:
    """Return which jobs are meant and may be seen."""
    processes = known.processes()
    seen = [name for name, one in processes.items() if person.may(one.scope)]
    conditions: list[sa.ColumnElement[bool]] = [JOB.c.process.in_(seen)]
    if "type" in given:
        _listed("type", given["type"], ["process"])
    if "processID" in given:
        conditions.append(JOB.c.process.in_(_listed("processID", given["processID"], seen)))
    if "status" in given:
        conditions.append(JOB.c.state.in_(_listed("status", given["status"], STATES)))
    took_ms = sa.func.coalesce(JOB.c.finished_at, now) - JOB.c.started_at
    for name, wanted in (("minDuration", took_ms.__ge__), ("maxDuration", took_ms.__le__)):
        if name in given:
            seconds = whole(name, given[name], least=0, most=_LONGEST_S)
            conditions.append(wanted(seconds * 1_000))
    if "datetime" in given:
        first, last = _span(given["datetime"])
        conditions.append(JOB.c.created_at.between(first, last))
    if "after" in given:
        conditions.append(JOB.c.number < whole("after", given["after"], least=1, most=2**31 - 1))
    return conditions


def _listed(name: str, text: str, there: Sequence[str]) -> list[str]:
    """Return the words of a parameter, each of which is known."""
    words = [word.strip() for word in text.split(",")]
    if not set(words) <= set(there):
        raise DataError(
            say(f"参数“{name}”没有“{text}”。", f"unknown {name} {text!r}."),
            hint=say(f"可用：{'、'.join(there)}。", f"known: {', '.join(there)}"),
        )
    return words


def _span(text: str) -> tuple[int, int]:
    """Return the first and last moment of a time or a span of it, in milliseconds."""
    first, parted, last = text.partition("/")
    begin = -_EVER if parted and first in ("", "..") else _moment(first, text)[0]
    end = _EVER if parted and last in ("", "..") else _moment(last if parted else first, text)[1]
    if begin > end or (begin, end) == (-_EVER, _EVER):
        raise no_span(text)
    return begin, end


def _moment(part: str, text: str) -> tuple[int, int]:
    """Return the first and last millisecond of a day or a second."""
    try:
        if _DAY.fullmatch(part):
            day = date.fromisoformat(part)
            start, length = datetime(day.year, day.month, day.day, tzinfo=UTC), timedelta(days=1)
        else:
            start, length = datetime.fromisoformat(part.upper()), timedelta(seconds=1)
        if start.tzinfo is None:
            start = start.replace(tzinfo=UTC)
        begin = round(start.timestamp() * 1_000)
    except (ValueError, OverflowError):
        raise DataError(
            say(f"时间“{text}”读不懂。", f"datetime {text!r} cannot be read."),
            hint=say("如 2026-05-01T08:00:00Z 或 2026-05-01/..", "such as 2026-05-01/.."),
        ) from None
    return begin, begin + int(length.total_seconds() * 1_000) - 1
