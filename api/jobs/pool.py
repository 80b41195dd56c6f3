"""Workers: each takes a job from the queue, has a process of its own do it, and watches over it."""

from __future__ import annotations

import logging
import multiprocessing
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

from api.jobs import claims, files, known, queue
from api.jobs.alive import owner_of
from api.jobs.child import Start, serve
from api.jobs.claims import Claim
from api.jobs.job import Job
from geo.errors import PlannerError
from geo.store import Workspace

_log = logging.getLogger(__name__)
_LOOK_S: Final = 1.0
"""Most seconds between two looks at the queue, and at whether a job was dismissed."""
_RENEWED_SHARE: Final = 0.25
"""Share of the lease after which it is renewed."""
_MARGIN_SHARE: Final = 0.15
"""Share of the lease before whose end a worker stops that could not renew it."""
_PATIENCE_S: Final = 5.0
_TIDY_S: Final = 3_600.0


@dataclass(slots=True)
class _Child:
    """A process that does jobs."""

    process: BaseProcess
    pipe: Connection

    @classmethod
    def start(cls, place: str, workspace: Workspace) -> _Child:
        """Start one for a workspace."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        start = Start(place, workspace.folder, known.added(), parent=os.getpid())
        process = context.Process(target=serve, args=(theirs, start), daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours)

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.join(_PATIENCE_S)
        self.pipe.close()


class Pool:
    """Workers of one program.

    Parameters
    ----------
    place
        Folder or URL of the workspace whose jobs are done.
    workspace
        The same, opened.
    workers
        How many are done at once.
    lease_s
        Seconds after which a job is taken up by others when its worker gives no sign of life.
    keep_days
        Days after which a job that is over is let go, with its files.
    """

    def __init__(
        self,
        place: str,
        workspace: Workspace,
        *,
        workers: int,
        lease_s: float,
        keep_days: float = 90.0,
    ) -> None:
        self._place = place
        self._workspace = workspace
        self._lease_s = lease_s
        self._look_s = min(_LOOK_S, lease_s / 10)
        self._keep_days = keep_days
        self._tidied_at = float("-inf")
        self._stopping = threading.Event()
        self._wake = threading.Condition()
        self._threads = [
            threading.Thread(target=self._work, name=f"jobs-{n}", daemon=True)
            for n in range(workers)
        ]

    def start(self) -> None:
        """Begin to work, first on what processes that ended have left."""
        try:
            if left := claims.take_back(self._workspace):
                _log.info("%d jobs are taken up of processes that ended", left)
        except PlannerError as error:  # their leases run out
            _log.debug("nothing is taken back: %s", error.message)
        for thread in self._threads:
            thread.start()

    def nudge(self) -> None:
        """Let idle workers look at the queue now."""
        with self._wake:
            self._wake.notify_all()

    def stop(self) -> None:
        """Stop; jobs that are not done go back into the queue."""
        self._stopping.set()
        self.nudge()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        owner = owner_of(secrets.token_hex(4))
        child: _Child | None = None
        try:
            while not self._stopping.is_set():
                taken = self._claimed(owner)
                if taken is not None:
                    child = self._attend(child, taken)
                else:
                    self._tidy()
                    with self._wake:
                        self._wake.wait(self._look_s)
        finally:
            if child is not None:
                child.kill()

    def _claimed(self, owner: str) -> Job | None:
        try:
            return claims.claim(self._workspace, owner, lease_ms=round(self._lease_s * 1000))
        except PlannerError as error:  # another program writes; or the database rests
            _log.debug("no look at the queue: %s", error.message)
        except Exception:  # noqa: BLE001 - a worker goes on, whatever ails the store
            _log.exception("the queue cannot be looked at")
            self._stopping.wait(_PATIENCE_S)
        return None

    def _tidy(self) -> None:
        """Let go of old jobs, now and then."""
        if time.monotonic() - self._tidied_at < _TIDY_S:
            return
        self._tidied_at = time.monotonic()
        try:
            for identity in queue.forget_older(self._workspace, days=self._keep_days):
                files.sweep(self._workspace, identity)
        except PlannerError as error:
            _log.debug("old jobs stay for now: %s", error.message)

    def _attend(self, child: _Child | None, taken: Job) -> _Child | None:
        """Have a job done; return the process if it can do more."""
        held = Claim(taken.id, taken.owner, taken.attempts)
        _log.info("job %s (%s) begun, attempt %d", held.job, taken.process, held.attempt)
        watched = _Watch(self._workspace, held, lease_s=self._lease_s)
        try:
            if child is None or not child.process.is_alive():
                child = _Child.start(self._place, self._workspace)
            child.pipe.send(held)
            while True:
                if child.pipe.poll(self._look_s) and self._heard(child, watched):
                    return child
                if self._stopping.is_set():
                    child.kill()
                    self._settled(lambda: claims.give_back(self._workspace, held, died=False))
                    return None
                if not watched.goes_on():
                    if child.pipe.poll():  # it may have written its results since we last heard
                        continue
                    _log.info("job %s is no longer ours", held.job)
                    child.kill()
                    files.sweep_attempt(self._workspace, held.job, held.attempt)
                    return None
        except (EOFError, OSError):
            _log.warning("the process of job %s died", held.job)
            if child is not None:
                child.kill()
            self._settled(lambda: claims.give_back(self._workspace, held, died=True))
            return None

    def _heard(self, child: _Child, watched: _Watch) -> bool:
        """Take what a process tells; return whether its job is over."""
        word = child.pipe.recv()
        if word[0] == "progress":
            watched.told(*word[1:])
            return False
        if word[0] == "settling":
            watched.is_settling = True
            return False
        if word[0] == "failed":
            problem = word[1]
            self._settled(lambda: claims.fail(self._workspace, watched.held, problem))
            files.sweep_attempt(self._workspace, watched.held.job, watched.held.attempt)
        _log.info("job %s: %s", watched.held.job, word[0])
        return True

    def _settled(self, write: Callable[[], None]) -> None:
        """Write, again while another program holds the store, as long as the lease may last."""
        until = time.monotonic() + self._lease_s
        while True:
            try:
                write()
            except PlannerError:
                if time.monotonic() > until:
                    _log.warning("the store was busy for too long")
                    return
                time.sleep(_LOOK_S / 2)
            else:
                return


class _Watch:
    """The lease of one job, renewed in time, and what is told of it."""

    def __init__(self, workspace: Workspace, held: Claim, *, lease_s: float) -> None:
        self.held = held
        self.is_settling = False
        self._workspace = workspace
        self._lease_s = lease_s
        self._percent, self._words = 0, ("开始", "begun")
        self._written = (self._percent, self._words)
        self._renewed_at = time.monotonic()

    def told(self, share: float, zh: str, en: str) -> None:
        """Take what the process tells of its progress."""
        self._percent = min(99, int(100 * share))
        self._words = (zh, en)

    def goes_on(self) -> bool:
        """Renew the lease where it is time, and return whether the job is still ours.

        Who is writing the results holds the store: nobody can take the job from him meanwhile.
        """
        if self.is_settling:
            return True
        now = time.monotonic()
        since = now - self._renewed_at
        new = (self._percent, self._words)
        due = since > self._lease_s * _RENEWED_SHARE
        try:
            if not due and (new == self._written or since < _LOOK_S):
                return claims.still_holds(self._workspace, self.held)
            renewed = claims.renew(
                self._workspace,
                self.held,
                lease_ms=round(self._lease_s * 1000),
                percent=self._percent,
                message=self._words,
            )
        except PlannerError as error:
            _log.debug("the lease of job %s was not renewed: %s", self.held.job, error.message)
            return time.monotonic() - self._renewed_at < self._lease_s * (1 - _MARGIN_SHARE)
        if renewed:
            self._renewed_at, self._written = now, new
        return renewed
