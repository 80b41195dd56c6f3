"""How a worker takes up a job, keeps hold of it, and leaves it done, failed or given back.

Who works on a job holds a lease; every later change of his is refused once the lease is another's
(`Claim`), so that a worker who was thought dead cannot write over the one who took his place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from api.jobs.alive import is_gone
from api.jobs.job import Job, State, job_of
from geo.errors import ConflictError
from geo.store import Workspace
from geo.store.jobs import JOB, JOB_FILE, now_ms
from geo.text import say

MOST_ATTEMPTS: Final = 3
"""Workers that may die of one job before it is given up."""


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
            return job_of(connection.execute(sa.select(JOB).where(this)).one())
    return None


def _free(now: int) -> sa.Select[Any]:
    left = sa.and_(JOB.c.state == "running", JOB.c.lease_until < now)
    return (
        sa.select(JOB.c.id, JOB.c.attempts)
        .where(sa.or_(JOB.c.state == "accepted", left))
        .order_by(JOB.c.number)
        .limit(1)
    )


def take_back(workspace: Workspace) -> int:
    """Let the jobs be taken up at once whose workers' process ended; return how many.

    Only processes of this computer can be told to have ended: others' leases run out.
    """
    running = JOB.c.state == "running"
    with workspace.reading() as connection:
        owners = connection.scalars(sa.select(JOB.c.owner).where(running).distinct()).all()
    gone = [owner for owner in owners if is_gone(owner)]
    if not gone:
        return 0
    with workspace.writing() as connection:
        left = sa.update(JOB).where(running, JOB.c.owner.in_(gone)).values(lease_until=0)
        return connection.execute(left).rowcount


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


def _lost() -> LostError:
    return LostError(say("任务已被取消或由别处接手。", "the job was dismissed or taken over."))


def _drop_inputs(connection: sa.Connection, identity: str) -> None:
    """Let go of the bytes that were sent; their names and fingerprints stay with the question."""
    inputs = sa.and_(JOB_FILE.c.job == identity, JOB_FILE.c.role == "input")
    connection.execute(sa.delete(JOB_FILE).where(inputs))


def _failed(problem: Mapping[str, Any], *, now: int) -> dict[str, Any]:
    failed = over("failed", now=now)
    text = json.dumps(problem, ensure_ascii=False, default=str)
    return failed | {"problem_json": text, "message_zh": "失败", "message_en": "failed"}


def over(state: State, *, now: int) -> dict[str, Any]:
    """Return what becomes of a job that is over."""
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
