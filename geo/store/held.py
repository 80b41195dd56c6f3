"""A workspace whose writing waits: what an analysis leaves is kept all at once, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from geo.store.books import Run, run_id_of
from geo.store.database import Database
from geo.store.results import StyleOf, table_of
from geo.store.workspace import Workspace


class HeldWorkspace(Workspace):
    """A workspace that keeps results and runs back until `write_waiting`.

    What is read is what stands in the store; of runs, those that wait too. Files go to
    `output_folder`.

    Attributes
    ----------
    output_folder : Path
        Folder that `output` is.
    tables : list of str
        Tables of the results that wait.
    """

    output_folder: Path

    def __init__(self, database: Database) -> None:
        self._settling: sa.Connection | None = None
        self._waiting: list[Callable[[], object]] = []
        self._runs: dict[str, Run] = {}
        self.tables: list[str] = []
        super().__init__(database)
        self.output_folder = self.folder / "output"

    @property
    def output(self) -> Path:
        """Folder of maps and tables; made when first asked for."""
        self.output_folder.mkdir(parents=True, exist_ok=True)
        return self.output_folder

    def write_result(
        self,
        name: str,
        frame: pd.DataFrame,
        *,
        on: date,
        title: str = "",
        titles: Mapping[str, str] | None = None,
        style: StyleOf | None = None,
    ) -> None:
        """Keep a result when all is settled."""
        self.tables.append(table_of(name))
        told = {"on": on, "title": title, "titles": titles, "style": style}
        self._waiting.append(partial(super().write_result, name, frame.copy(), **told))  # type: ignore[arg-type]

    def record_run(
        self,
        kind: str,
        *,
        on: date,
        inputs: Mapping[str, str],
        parameters: Mapping[str, Any],
        results: Mapping[str, Any],
    ) -> str:
        """Keep what was asked and answered when all is settled; return its id."""
        told = {"on": on, "inputs": inputs, "parameters": parameters, "results": results}
        self._waiting.append(partial(super().record_run, kind, **told))  # type: ignore[arg-type]
        run = Run(
            run_id_of(kind, inputs, parameters), kind, on.isoformat(), inputs, parameters, results
        )
        self._runs.pop(run.id, None)
        self._runs[run.id] = run
        return run.id

    def runs(self, kind: str | None = None) -> list[Run]:
        """Return the runs of one kind, or all, as they were kept; then those that wait."""
        stand = [run for run in super().runs(kind) if run.id not in self._runs]
        return stand + [run for run in self._runs.values() if kind in (None, run.kind)]

    def hold(self, write: Callable[[], object]) -> None:
        """Call what writes when all is settled, in the order in which it was held."""
        self._waiting.append(write)

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection that alone may write: the one of `settling` while it lasts."""
        return super().writing() if self._settling is None else nullcontext(self._settling)

    @contextmanager
    def settling(self) -> Iterator[sa.Connection]:
        """Give the connection of the one transaction in which `write_waiting` is to be called.

        Meanwhile `writing` gives it too.
        """
        with super().writing() as connection:
            self._settling = connection
            try:
                yield connection
            finally:
                self._settling = None

    def write_waiting(self) -> None:
        """Write all that waits, within `settling`."""
        for write in self._waiting:
            write()

    def forget(self) -> None:
        """Let go of all that waits."""
        self._waiting.clear()
        self._runs.clear()
        self.tables.clear()
