"""One job: what was asked, how far it is, what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, cast

import sqlalchemy as sa

from geo.store.jobs import JOB
from geo.text import Language, say

State = Literal["accepted", "running", "successful", "failed", "dismissed"]
STATES: Final[tuple[State, ...]] = ("accepted", "running", "successful", "failed", "dismissed")
STATE_WORDS: Final[dict[State, tuple[str, str]]] = {
    "accepted": ("等待", "waiting"),
    "running": ("进行中", "running"),
    "successful": ("完成", "done"),
    "failed": ("失败", "failed"),
    "dismissed": ("已取消", "dismissed"),
}
OVER: Final[tuple[State, ...]] = ("successful", "failed", "dismissed")


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the store has it at one moment.

    Attributes
    ----------
    number
        Its place in the order in which jobs were asked for.
    percent
        How much is done, 0 to 100.
    attempts
        How many workers have begun it.
    summary
        The answer in numbers, when it was successful.
    tables
        Tables of results that it wrote, each with the fingerprint of its rows.
    problem
        Body of the failure, when it failed.
    """

    id: str
    number: int
    process: str
    inputs: Mapping[str, Any]
    language: Language
    person: str
    question_sha256: str
    state: State
    percent: int
    message_zh: str
    message_en: str
    created: datetime
    updated: datetime
    started: datetime | None
    finished: datetime | None
    attempts: int
    owner: str
    tables: Mapping[str, str]
    summary: Mapping[str, Any] | None
    problem: Mapping[str, Any] | None

    @property
    def message(self) -> str:
        """What is being done, in the reader's language."""
        return say(self.message_zh, self.message_en)

    @property
    def is_over(self) -> bool:
        """Whether nobody will work on it any more."""
        return self.state in OVER


def job_of(row: sa.Row[Any]) -> Job:
    """Return a row of the table as a job."""
    cell = row._mapping  # noqa: SLF001 - its public name, by SQLAlchemy's own account
    return Job(
        id=cell[JOB.c.id],
        number=cell[JOB.c.number],
        process=cell[JOB.c.process],
        inputs=json.loads(cell[JOB.c.inputs_json]),
        language=cell[JOB.c.language],
        person=cell[JOB.c.person],
        question_sha256=cell[JOB.c.question_sha256],
        state=cast("State", cell[JOB.c.state]),
        percent=cell[JOB.c.percent],
        message_zh=cell[JOB.c.message_zh],
        message_en=cell[JOB.c.message_en],
        created=moment(cell[JOB.c.created_at]),
        updated=moment(cell[JOB.c.updated_at]),
        started=_maybe(cell[JOB.c.started_at]),
        finished=_maybe(cell[JOB.c.finished_at]),
        attempts=cell[JOB.c.attempts],
        owner=cell[JOB.c.owner],
        tables=json.loads(cell[JOB.c.tables_json] or "{}"),
        summary=_json(cell[JOB.c.summary_json]),
        problem=_json(cell[JOB.c.problem_json]),
    )


def moment(ms: int) -> datetime:
    """Return a moment of the table."""
    return datetime.fromtimestamp(ms / 1_000, UTC)


def _maybe(ms: int | None) -> datetime | None:
    return None if ms is None else moment(ms)


def _json(text: str | None) -> Mapping[str, Any] | None:
    return None if text is None else cast("Mapping[str, Any]", json.loads(text))
