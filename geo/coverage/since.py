"""Which of the layers that a result rests on have changed since it was found, and when."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import sqlalchemy as sa

from geo.errors import DataError
from geo.network.current import CROSSINGS, HEIGHTS, KEPT, UNKNOWN, kept_hash
from geo.schema import layer
from geo.schema import layers as layer_schemas
from geo.store import Workspace
from geo.store.books import Run
from geo.store.history import EDIT
from geo.store.layer_tables import last_version
from geo.store.models import LAYER_VERSION
from geo.store.rows import mark_of

STREET: Final = "street"
STREETS: Final = "streets"
"""What runs call the fingerprint of the walking network, built of the layer ``street``."""
_MOST: Final = 500
_YEAR: Final = re.compile(r"_(\d{4})$")


def rested_on(workspace: Workspace, layers: Iterable[str]) -> dict[str, str]:
    """Return the fingerprints of what a result rests on, for its run to keep.

    Parameters
    ----------
    workspace
        The workspace, of which the network that was walked on is kept.
    layers
        Names of layers; those that it has not are left out.
    """
    held = {name: workspace.content_sha256(name) for name in layers if workspace.has(name)}
    return held | ({STREETS: kept_hash(workspace)} if workspace.has(STREET) else {})


@dataclass(frozen=True, slots=True)
class Changed:
    """A layer that is not as it was.

    Attributes
    ----------
    layer
        Its name.
    at
        When, as far as it is written down, in ISO 8601: the moment of the last edit or the day of
        the last import; empty where only another program changed it.
    """

    layer: str
    at: str


class Since:
    """Compares what results rest on with what now is; remembers what it read of each state.

    A layer is known by the fingerprint of its rows, for which all of them are read: once a state.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def changed(self, workspace: Workspace, inputs: Mapping[str, str]) -> tuple[Changed, ...]:
        """Return the layers that are not as they were, in the order of their names.

        Parameters
        ----------
        workspace
            The workspace.
        inputs
            Fingerprint of the content of each layer when the result was found, as runs keep it.
        """
        layers = layer_schemas()
        found = []
        for name, was in sorted(inputs.items()):
            if name == STREETS:
                if was and self._streets(workspace) not in (was, UNKNOWN):
                    found.append(STREET)
            elif name in layers and self._rows(workspace, name) != was:
                found.append(name)
        return tuple(Changed(name, _changed_at(workspace, name)) for name in dict.fromkeys(found))

    def _rows(self, workspace: Workspace, name: str) -> str:
        """Return the fingerprint of a layer; empty where it is gone."""
        if not workspace.has(name):
            return ""
        with workspace.reading() as connection:
            key = f"{name} {_state(connection, name)}"
        return self._once(key, lambda: workspace.content_sha256(name))

    def _streets(self, workspace: Workspace) -> str:
        """Return the fingerprint of the network; empty where the streets changed since."""
        if not workspace.has(STREET):
            return ""
        with workspace.reading() as connection:
            rows = _state(connection, STREET)
        ways = [workspace.settings.get(name) for name in (KEPT, CROSSINGS, HEIGHTS)]
        return self._once(f"{STREETS} {rows} {ways}", lambda: kept_hash(workspace))

    def _once(self, key: str, read: Callable[[], str]) -> str:
        with self._lock:
            if key not in self._known:
                try:
                    self._known[key] = read()
                except DataError:  # another program left rows that no analysis takes
                    self._known[key] = ""
                while len(self._known) > _MOST:
                    self._known.popitem(last=False)
            self._known.move_to_end(key)
            return self._known[key]


def behind(runs: Sequence[Run], result: str) -> Run | None:
    """Return the run that left a result table; None where none is known to.

    Parameters
    ----------
    runs
        In the order in which they were kept.
    result
        Name of the table, such as ``coverage_elder_station_points``.
    """
    found = [
        (len(begins), number, run)
        for number, run in enumerate(runs)
        if (begins := _begins(run)) and result.startswith(begins) and _is_of_year(run, result)
    ]
    return max(found, key=lambda one: one[:2])[2] if found else None


def _begins(run: Run) -> str:
    """Return how the names of the tables begin that a run left."""
    kind = str(run.parameters.get("facility") or "")
    return {
        "coverage": f"coverage_{kind}_", "plan": f"plan_{kind}_",
        "candidates": f"candidates_{kind}", "assess": "assess_", "site": "siting_",
        "suitability": "suitability_", "scenario": "scenario_",
    }.get(run.kind, "")  # fmt: skip


def _is_of_year(run: Run, result: str) -> bool:
    """Return whether a table is of the year to which a coverage carried the elders, if to any."""
    year = _YEAR.search(result)
    return run.kind != "coverage" or (year[1] if year else None) == _as_text(run)


def _as_text(run: Run) -> str | None:
    year = run.parameters.get("as_of")
    return None if year is None else str(year)


def _state(connection: sa.Connection, name: str) -> str:
    """Return what changes whenever the rows of a layer do, without reading them."""
    number = sa.select(sa.func.max(LAYER_VERSION.c.number)).where(LAYER_VERSION.c.layer == name)
    return f"{connection.scalar(number)}/{mark_of(connection, name)}"


def _changed_at(workspace: Workspace, name: str) -> str:
    """Return when a layer was last changed, as far as the workspace wrote it down."""
    if not workspace.has(name):
        return ""
    edited = sa.select(sa.func.max(EDIT.c.at)).where(EDIT.c.layer == name)
    with workspace.reading() as connection:
        at = connection.scalar(edited) or ""
        written = last_version(connection, layer(name))
        as_written = written.mark == mark_of(connection, name)
    on = str(written.written_on)
    return max(at, on) if as_written or at > on else ""
