"""The queue of jobs in the store: asked for once, worked on by one at a time, never lost.

Every change is one writing transaction, and the store has one writer at a time. Who works on a job
holds a lease; every later change of his is refused once the lease is another's (`Claim`), so that
a worker who was thought dead cannot write over the one who took his place.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import orjson
import sqlalchemy as sa

from api.errors import ApiError
from api.jobs.job import OVER, Job, State, job_of
from api.jobs.known import process as process_named
from api.jobs.process import Process
from api.jobs.question import contents, question_sha256
from geo.errors import ConflictError, NotFoundError
from geo.store import Workspace
from geo.store.jobs import JOB, JOB_FILE, now_ms
from geo.text import Language, say

MOST_ATTEMPTS: Final = 3
"""Workers that may die of one job before it is given up."""
MOST_WAITING: Final = 1_000
"""Jobs that may wait at once."""
NO_SUCH_JOB: Final = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-job"
_OPEN: Final = ("accepted", "running")
_DAY_MS: Final = 86_400_000


class NoSuchJobError(ApiError, NotFoundError):
    """There is no such job."""


class LostError(ConflictError):
    """The job is no longer this worker's: it was dismissed, or another took it up."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right of one worker to one attempt at a job."""

    job: str
    owner: str
    attempt: int

    @property
    def holds(self) -> sa.ColumnElement[bool]:
        """The condition that the job is still this worker's."""
        return sa.and_(
            JOB.c.id == self.job,
            JOB.c.state == "running",
            JOB.c.owner == self.owner,
            JOB.c.attempts == self.attempt,
        )


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


def claim(workspace: Workspace, owner: str, *, lease_ms: int) -> Job | None:
    """Give a worker the first job that nobody works on; None where there is none.

    A job whose lease ran out is taken up again, from its beginning; one of which several workers
    died is given up.
    """
    with workspace.reading() as connection:  # to look costs no lock
        if connection.scalar(_free(now_ms(connection))) is None:
            return None
    with workspace.writing() as connection:
        now = now_ms(connection)
        while (row := connection.execute(_free(now)).one_or_none()) is not None:
            this = JOB.c.id == row.id
            if row.attempts >= MOST_ATTEMPTS:
                connection.execute(
                    sa.update(JOB).where(this).values(_failed(_died(row.attempts), now=now))
                )
                continue
            values = {
                "state": "running",
                "owner": owner,
                "attempts": row.attempts + 1,
                "lease_until": now + lease_ms,
                "updated_at": now,
                "started_at": now,
                "percent": 0,
                "message_zh": "开始",
                "message_en": "begun",
            }
            connection.execute(sa.update(JOB).where(this).values(values))
            return job(connection, row.id)
    return None


def _free(now: int) -> sa.Select[Any]:
    left = sa.and_(JOB.c.state == "running", JOB.c.lease_until < now)
    return (
        sa.select(JOB.c.id, JOB.c.attempts)
        .where(sa.or_(JOB.c.state == "accepted", left))
        .order_by(JOB.c.number)
        .limit(1)
    )


def are_open(workspace: Workspace) -> bool:
    """Return whether any job waits or runs."""
    with workspace.reading() as connection:
        return (
            connection.scalar(sa.select(JOB.c.id).where(JOB.c.state.in_(_OPEN)).limit(1))
            is not None
        )


def still_holds(workspace: Workspace, held: Claim) -> bool:
    """Return whether a job is still a worker's."""
    with workspace.reading() as connection:
        return connection.scalar(sa.select(JOB.c.number).where(held.holds)) is not None


def renew(
    workspace: Workspace, held: Claim, *, lease_ms: int, percent: int, message: tuple[str, str]
) -> bool:
    """Lengthen a lease and tell how far the job is; False when it is no longer this worker's."""
    with workspace.writing() as connection:
        now = now_ms(connection)
        values = {
            "lease_until": now + lease_ms,
            "updated_at": now,
            "percent": percent,
            "message_zh": message[0],
            "message_en": message[1],
        }
        changed = connection.execute(sa.update(JOB).where(held.holds).values(values))
        return changed.rowcount == 1


def give_back(workspace: Workspace, held: Claim, *, died: bool) -> None:
    """Let others take up a job that its worker cannot finish; counted when the worker died."""
    with workspace.writing() as connection:
        now = now_ms(connection)
        values: dict[str, Any] = {
            "state": "accepted",
            "owner": "",
            "lease_until": None,
            "updated_at": now,
            "message_zh": "等待重做",
            "message_en": "waiting to be done anew",
        }
        if not died:
            values["attempts"] = held.attempt - 1
        elif held.attempt >= MOST_ATTEMPTS:
            values = _failed(_died(held.attempt), now=now)
        connection.execute(sa.update(JOB).where(held.holds).values(values))


def fail(workspace: Workspace, held: Claim, problem: Mapping[str, Any]) -> None:
    """Keep why a job failed, if it is still this worker's."""
    with workspace.writing() as connection, suppress(LostError):
        fail_in(connection, held, problem)


def fail_in(connection: sa.Connection, held: Claim, problem: Mapping[str, Any]) -> None:
    """Keep why a job failed, in the transaction that keeps what it leaves.

    Raises
    ------
    LostError
        The job is no longer this worker's; nothing may be written.
    """
    values = _failed(problem, now=now_ms(connection))
    if connection.execute(sa.update(JOB).where(held.holds).values(values)).rowcount != 1:
        raise _lost()
    _drop_inputs(connection, held.job)


def settle(
    connection: sa.Connection,
    held: Claim,
    *,
    summary: Mapping[str, Any],
    tables: Mapping[str, str],
    asked: str,
    settled: str,
) -> None:
    """Keep that a job is done, in the transaction that writes what it found.

    Parameters
    ----------
    connection
        Of that transaction.
    held
        The right to the job.
    summary
        Its answer in numbers.
    tables
        Tables it wrote, with the fingerprints of their rows.
    asked, settled
        The question of the data that were read, and of the data as they are now.

    Raises
    ------
    LostError
        The job is no longer this worker's; nothing may be written.
    """
    now = now_ms(connection)
    values = {
        "state": "successful",
        "percent": 100,
        "message_zh": "完成",
        "message_en": "done",
        "updated_at": now,
        "finished_at": now,
        "owner": "",
        "lease_until": None,
        "summary_json": json.dumps(summary, ensure_ascii=False, default=str, allow_nan=False),
        "tables_json": json.dumps(dict(tables)),
        "question_sha256": asked,
        "settled_sha256": settled,
    }
    if connection.execute(sa.update(JOB).where(held.holds).values(values)).rowcount != 1:
        raise _lost()
    _drop_inputs(connection, held.job)


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
            over: dict[str, Any] = _over("dismissed", now=now)
            over |= {"message_zh": "已取消", "message_en": "dismissed", "summary_json": None}
            connection.execute(sa.update(JOB).where(JOB.c.id == identity).values(over))
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


def _lost() -> LostError:
    return LostError(say("任务已被取消或由别处接手。", "the job was dismissed or taken over."))


def _drop_inputs(connection: sa.Connection, identity: str) -> None:
    """Let go of the bytes that were sent; their names and fingerprints stay with the question."""
    inputs = sa.and_(JOB_FILE.c.job == identity, JOB_FILE.c.role == "input")
    connection.execute(sa.delete(JOB_FILE).where(inputs))


def _failed(problem: Mapping[str, Any], *, now: int) -> dict[str, Any]:
    failed = _over("failed", now=now)
    text = json.dumps(problem, ensure_ascii=False, default=str)
    return failed | {"problem_json": text, "message_zh": "失败", "message_en": "failed"}


def _over(state: State, *, now: int) -> dict[str, Any]:
    return {
        "state": state,
        "owner": "",
        "lease_until": None,
        "updated_at": now,
        "finished_at": now,
        "question_sha256": "",
        "settled_sha256": "",
    }


def _died(attempts: int) -> dict[str, Any]:
    return {
        "type": "urn:fuwuquan:problem:internal-server-error",
        "title": say("程序内部错误", "Internal error"),
        "status": 500,
        "detail": say(
            f"处理这个任务的进程先后 {attempts} 次意外中止。",
            f"{attempts} workers died of this job.",
        ),
        "hint": say("可能内存不足；请缩小范围，或看日志。", "memory may be short; see the log."),
    }
