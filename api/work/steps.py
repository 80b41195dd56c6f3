"""The steps of a job, told to those who wait for it instead of shown on a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from api.cli._console import Advance, Steps
from api.jobs.child import Task


class TaskSteps(Steps):
    """Steps as commands have them, whose progress goes to the job.

    Parameters
    ----------
    task
        The job; its shares say how much of the time each step takes.
    """

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task
        self._done = 0.0

    @contextmanager
    def __call__(self, zh: str, en: str) -> Iterator[Advance]:
        """Tell of one step while its block runs."""
        report, share = self._task.report, self._task.shares.get(en, 0.0)
        begun = time.perf_counter()
        report(self._done, zh, en)

        def advance(part: float) -> None:
            report(self._done + share * part, zh, en)

        yield advance
        self._done += share
        self.seconds[en] = round(time.perf_counter() - begun, 3)
