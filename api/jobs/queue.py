"""The queue of jobs in the store: asked for once, worked on by one at a time, never lost.

Every change is one writing transaction, and the store has one writer at a time. How workers take
jobs up is told in `api.jobs.claims`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
import sqlalchemy as sa

from api.errors import ApiError
from api.jobs.claims import over
from api.jobs.job import OVER, Job, job_of
from api.jobs.known import process as process_named
from api.jobs.process import Process
from api.jobs.question import contents, question_sha256
from geo.errors import ConflictError, NotFoundError
from geo.store import Workspace
from geo.store.jobs import JOB, JOB_FILE, now_ms
from geo.text import Language, say

MOST_WAITING: Final = 1_000
"""Jobs that may wait at once."""
NO_SUCH_JOB: Final = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-job"
_OPEN: Final = ("accepted", "running")
_DAY_MS: Final = 86_400_000


class NoSuchJobError(ApiError, NotFoundError):
    """There is no such job."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent with a question."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Its fingerprint."""
        return hashlib.sha256(self.content).hexdigest()


def submit(
    workspace: Workspace,
    process: Process,
    inputs: Mapping[str, Any],
    *,
    uploads: Mapping[str, Upload] | None = None,
    language: Language = "zh",
    person: str = "",
) -> tuple[Job, bool]:
    """Return the job that answers a question, and whether it was made now.

    Parameters
    ----------
    workspace
        Where the question is asked.
    process
        What is asked for.
    inputs
        What it is told, as `Process.checked` gives it; a file by name and fingerprint.
    uploads
        The files, by input.
    language
        Language of its tables.
    person
        Who asks.

    Raises
    ------
    ConflictError
        Too many jobs wait already, or another program writes.
    """
    with workspace.reading() as connection:  # outside the lock: edited layers are read whole
        question = question_sha256(connection, process, inputs, language=language, person=person)
    with workspace.writing() as connection:
        same = _answering(connection, question)
        if same is not None:
            return same, False
        waiting = sa.select(sa.func.count()).select_from(JOB).where(JOB.c.state == "accepted")
        if (connection.scalar(waiting) or 0) >= MOST_WAITING:
            raise ConflictError(
                say("排队的任务太多。", "too many jobs wait."),
                hint=say("请等一些任务完成。", "wait until some are done."),
            )
        now = now_ms(connection)
        identity = secrets.token_hex(8)
        values = {
            "id": identity,
            "number": (connection.scalar(sa.select(sa.func.max(JOB.c.number))) or 0) + 1,
            "process": process.id,
            "inputs_json": orjson.dumps(inputs, option=orjson.OPT_SORT_KEYS).decode(),
            "language": language,
            "person": person,
            "question_sha256": question,
            "settled_sha256": "",
            "state": "accepted",
            "percent": 0,
            "message_zh": "等待",
            "message_en": "waiting",
            "created_at": now,
            "updated_at": now,
            "attempts": 0,
            "owner": "",
        }
        connection.execute(sa.insert(JOB).values(values))
        for name, upload in (uploads or {}).items():
            row = {
                "job": identity,
                "role": "input",
                "name": f"{name}/{upload.name}",
                "media_type": upload.media_type,
                "bytes": len(upload.content),
                "sha256": upload.sha256,
                "place": "",
                "content": upload.content,
            }
            connection.execute(sa.insert(JOB_FILE).values(row))
        return job(connection, identity), True


def _answering(connection: sa.Connection, question: str) -> Job | None:
    """Return a job that answers a question or is about to, whose results stand as it left them."""
    asks = sa.or_(
        JOB.c.question_sha256 == question,
        sa.and_(JOB.c.settled_sha256 == question, JOB.c.state == "successful"),
    )
    states = JOB.c.state.in_((*_OPEN, "successful"))
    found = sa.select(JOB).where(asks, states).order_by(JOB.c.number.desc())
    for row in connection.execute(found):
        one = job_of(row)
        if one.state != "successful" or contents(connection, one.tables) == one.tables:
            return one
    return None


def job(connection: sa.Connection, identity: str) -> Job:
    """Return one job.

    Raises
    ------
    NoSuchJobError
        There is none of this id.
    """
    row = connection.execute(sa.select(JOB).where(JOB.c.id == identity)).one_or_none()
    if row is None:
        raise NoSuchJobError(
            say(f"没有任务“{identity}”。", f"there is no job {identity!r}."),
            hint=say("全部任务见 /jobs。", "all jobs: /jobs"),
            type=NO_SUCH_JOB,
        )
    return job_of(row)


def are_open(workspace: Workspace) -> bool:
    """Return whether any job waits or runs."""
    with workspace.reading() as connection:
        return (
            connection.scalar(sa.select(JOB.c.id).where(JOB.c.state.in_(_OPEN)).limit(1))
            is not None
        )


def dismiss(workspace: Workspace, identity: str) -> Job:
    """Stop a job that is not done, or let go of the results of one that is.

    Raises
    ------
    NoSuchJobError
        There is none of this id.
    """
    with workspace.writing() as connection:
        standing = job(connection, identity)
        if standing.state != "dismissed":
            now = now_ms(connection)
            values = over("dismissed", now=now)
            values |= {"message_zh": "已取消", "message_en": "dismissed", "summary_json": None}
            connection.execute(sa.update(JOB).where(JOB.c.id == identity).values(values))
            connection.execute(sa.delete(JOB_FILE).where(JOB_FILE.c.job == identity))
        return standing


def forget_older(workspace: Workspace, *, days: float) -> list[str]:
    """Let go of the jobs that were over so many days ago; return which."""
    with workspace.writing() as connection:
        before = now_ms(connection) - round(days * _DAY_MS)
        old = sa.and_(JOB.c.state.in_(OVER), JOB.c.finished_at < before)
        found = list(connection.scalars(sa.select(JOB.c.id).where(old)))
        for identity in found:
            connection.execute(sa.delete(JOB_FILE).where(JOB_FILE.c.job == identity))
            connection.execute(sa.delete(JOB).where(JOB.c.id == identity))
        return found


def question_of(connection: sa.Connection, asked: Job) -> str:
    """Return what stands for a job's question of the store as it is now."""
    process = process_named(asked.process)
    return question_sha256(
        connection, process, asked.inputs, language=asked.language, person=asked.person
    )
