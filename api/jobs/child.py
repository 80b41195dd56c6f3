"""The process in which jobs are done: one after the other, apart from the server, easily stopped.

It never outlives the process that started it: whoever takes up a job after a crash is alone.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

import orjson
import sqlalchemy as sa

from api.advice import all_at_a_server
from api.errors import problem, status_of
from api.jobs import files, known
from api.jobs.claims import Claim, LostError, fail_in, settle
from api.jobs.job import Job
from api.jobs.question import contents
from api.jobs.queue import job, question_of
from geo.errors import InfeasibleError, PlannerError
from geo.store import Workspace
from geo.store.held import HeldWorkspace
from geo.store.jobs import JOB_FILE
from geo.text import say, speak

Send = Callable[[tuple[Any, ...]], None]

_log = logging.getLogger(__name__)
_RATE_S: Final = 0.25
"""Least time between two reports of progress."""
_DIE_WITH_PARENT: Final = 1
"""PR_SET_PDEATHSIG of Linux."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a process needs to know before its first job."""

    place: str
    folder: Path
    modules: tuple[str, ...]
    parent: int


@dataclass(frozen=True, slots=True)
class Task:
    """One job as the process that does it sees it.

    Attributes
    ----------
    workspace
        Reads the store; what is written waits until all is done. Its `output` is the folder whose
        files become the files of the job.
    inputs
        What was asked, complete and checked.
    shares
        Share of the time that each step takes, by its English name.
    report
        Told the share done and what is being done, in Chinese and English.
    sent
        Files that were sent along, by input.
    person
        Who asked.
    id
        The job itself.
    """

    workspace: HeldWorkspace
    inputs: Mapping[str, Any]
    shares: Mapping[str, float]
    report: Callable[[float, str, str], None]
    sent: Mapping[str, Path]
    person: str
    id: str


def serve(pipe: Connection, start: Start) -> None:
    """Do one job after the other until the pipe is closed."""
    _die_with(start.parent)
    known.add(start.modules)
    workspace = HeldWorkspace(Workspace.open(start.place, folder=start.folder).database)
    while True:
        try:
            held = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            word = perform(workspace, held, pipe.send)
        except LostError:
            pipe.send(("lost",))
        except PlannerError as error:
            pipe.send(("failed", body_of(error)))
        except Exception:  # noqa: BLE001 - whatever fails is logged and told
            _log.exception("job %s failed", held.job)
            pipe.send(("failed", _internal(held.job)))
        else:
            pipe.send((word,))


def perform(workspace: HeldWorkspace, held: Claim, send: Send) -> Literal["done", "refused"]:
    """Do one job: read, reckon, then write all of its results at once.

    Returns
    -------
    str
        ``done``; or ``refused`` where the question has no answer and the files that say why are
        kept.

    Raises
    ------
    LostError
        The job was dismissed or taken over meanwhile; nothing is written.
    PlannerError
        The question has no answer.
    """
    workspace.forget()
    with TemporaryDirectory(prefix="fuwuquan-") as kept, _folder(workspace, held) as folder:
        with workspace.reading() as connection:
            asked = job(connection, held.job)
            question = question_of(connection, asked)
            sent = _unpacked(connection, asked, Path(kept))
        process = known.process(asked.process)
        speak(asked.language)
        workspace.output_folder = folder
        told = _Reporter(send)
        task = Task(workspace, asked.inputs, process.shares, told, sent, asked.person, held.job)
        try:
            found: dict[str, Any] = import_module(process.module).run(task)
        except PlannerError as error:
            if not any(path.is_file() for path in folder.rglob("*")):
                raise
            _keep_refusal(workspace, held, error, folder, send)
            return "refused"
        send(("progress", 1.0, "保存结果", "keeping the results"))
        with workspace.settling() as connection:
            send(("settling",))  # while this lasts nobody else can write, nor take up the job
            unchanged = question_of(connection, asked) == question
            workspace.write_waiting()
            summary = all_at_a_server(found)
            files.keep(connection, workspace, held.job, folder)
            settle(
                connection,
                held,
                summary=summary if unchanged else {**summary, "data_changed_meanwhile": True},
                tables=contents(connection, workspace.tables),
                asked=question if unchanged and not process.changes else "",
                settled=question_of(connection, asked)
                if unchanged and not process.is_own(asked.inputs)
                else "",
            )
    files.sweep(workspace, held.job, but=str(held.attempt))
    return "done"


def _keep_refusal(
    workspace: HeldWorkspace, held: Claim, error: PlannerError, folder: Path, send: Send
) -> None:
    """Keep why a question has no answer, with the files that say more."""
    with workspace.settling() as connection:
        send(("settling",))
        fail_in(connection, held, body_of(error))
        files.keep(connection, workspace, held.job, folder)
    files.sweep(workspace, held.job, but=str(held.attempt))


@contextmanager
def _folder(workspace: HeldWorkspace, held: Claim) -> Iterator[Path]:
    """Give the folder for the files of one attempt."""
    if workspace.database.keeps_folder:
        folder = files.folder_of(workspace, held.job) / str(held.attempt)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with TemporaryDirectory(prefix="fuwuquan-job-") as name:
        yield Path(name)


def _unpacked(connection: sa.Connection, asked: Job, folder: Path) -> dict[str, Path]:
    """Write the files that were sent into a folder; return them by input."""
    query = sa.select(JOB_FILE.c.name, JOB_FILE.c.content)
    found = {}
    for row in connection.execute(
        query.where(JOB_FILE.c.job == asked.id, JOB_FILE.c.role == "input")
    ):
        name, _, own = row.name.partition("/")
        found[name] = folder / name / Path(own).name
        found[name].parent.mkdir()
        found[name].write_bytes(bytes(row.content or b""))
    return found


class _Reporter:
    """Tells how far a job is, not more often than anybody wants to know."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._told_at = 0.0
        self._words = ("", "")
        self._share = 0.0

    def __call__(self, share: float, zh: str, en: str) -> None:
        """Tell the share that is done, which never falls, and what is being done."""
        now = time.monotonic()
        self._share = max(self._share, min(max(share, 0.0), 1.0))
        if self._words == (zh, en) and now - self._told_at < _RATE_S:
            return
        self._words, self._told_at = (zh, en), now
        self._send(("progress", self._share, zh, en))


def body_of(error: PlannerError) -> dict[str, Any]:
    """Return a failure as the body of a problem."""
    members: dict[str, Any] = dict(getattr(error, "members", {}))
    if isinstance(error, InfeasibleError) and error.conflicts:
        members["conflicts"] = list(error.conflicts)
    answer = problem(status_of(error), error.message, hint=error.hint, **members)
    body: dict[str, Any] = orjson.loads(bytes(answer.body))
    return body


def _internal(identity: str) -> dict[str, Any]:
    answer = problem(
        500,
        say("程序出错，已记入日志。", "The program failed; the log has the details."),
        hint=say(f"请把任务编号 {identity} 告诉管理员。", f"Tell the administrator {identity}."),
    )
    body: dict[str, Any] = orjson.loads(bytes(answer.body))
    return body


def _die_with(parent: int) -> None:
    """Let this process end when the one that started it does, whatever it is doing.

    A thread sees it everywhere; on Linux the kernel does it at once.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent to settle
    starter = multiprocessing.parent_process()
    if starter is not None:
        threading.Thread(target=_watch, args=(starter.sentinel,), daemon=True).start()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:  # it died before
            os._exit(1)


def _watch(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
