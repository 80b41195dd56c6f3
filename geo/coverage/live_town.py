"""A town that is kept ready to walk in: the least is undone and done between two sets of edits."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from geo.coverage.edits import Edits, edited_facilities, require
from geo.coverage.facilities import in_service, places
from geo.coverage.placed import Placed, require_near
from geo.coverage.question import Question
from geo.coverage.run import stations_of
from geo.coverage.walks import Ties, passable, tie, tied_to
from geo.coverage.workspace import Inputs
from geo.crs import CGCS2000
from geo.faults import FaultTable
from geo.text import say
from geo.travel.whatif import WhatIf

Op = tuple[object, ...]
"""One edit as the engine makes it: what, which number, and where."""


class Town:
    """Streets, doors and facilities of a question, edited at will.

    Parameters
    ----------
    question
        What is asked.
    inputs
        What it is asked of.
    """

    def __init__(self, question: Question, inputs: Inputs) -> None:
        demand, network, walker = inputs.demand, inputs.network, question.walker
        stations, _ = stations_of(question, inputs.facilities, inputs.areas, FaultTable())
        doors = tie(network, demand.entrances.geometry.to_numpy(), walker)
        ties = tie(network, places(stations), walker)
        self._question, self._inputs = question, inputs
        self._lock = Lock()
        self._done: list[Op] = []
        self._usable = passable(network, walker)
        self._gates = _positions(demand.entrances["gate_id"])
        self._is_open = demand.entrances["open"].to_numpy(bool)
        self._stood = _placed(stations)
        serving = in_service(inputs.facilities, question.on)
        self._serving = dict(zip(inputs.facilities["id"].astype(str), serving, strict=True))
        self._turn = Transformer.from_crs(CGCS2000, network.crs, always_xy=True)
        self._number = {
            identity: number
            for number, identity in enumerate(stations["id"])
            if ties.walked.edge[number] >= 0
        }
        limit_min = max(question.horizon_min, question.search_min)
        self._limit_min, self._reach_m = limit_min, limit_min * 60 * walker.speed_m_s
        self._low = network.shape_xy.min(axis=0) - self._reach_m
        self._high = network.shape_xy.max(axis=0) + self._reach_m
        self._engine = WhatIf(
            network,
            doors.walked,
            ties.walked,
            profile=walker,
            limit_min=limit_min,
            owner=demand.entrances["point"].to_numpy(np.int64),
            n_owner=len(demand.points),
            gate_open=self._is_open,
        )
        self.minutes = self._engine.minutes
        """(n_point,) to the nearest open facility as the town stands; NaN beyond the horizon."""

    @property
    def n_bytes(self) -> int:
        """Bytes that the engine holds in memory, about."""
        return self._engine.n_bytes

    def walked(self, edits: Edits) -> tuple[NDArray[np.float64], tuple[Placed, ...]]:
        """Return (n_point,) minutes after edits, and the facilities that were placed anew.

        Raises
        ------
        DataError
            One facility is both moved and closed, or placed where no walk leads.
        NotFoundError
            A facility or gate named is not there.
        """
        with self._lock:
            wanted, found = self._ops(edits)
            self._bring_to(wanted)
            return self._engine.minutes, found

    def _ops(self, edits: Edits) -> tuple[list[Op], tuple[Placed, ...]]:
        """Return what the engine has to do, and the facilities that are placed anew."""
        inputs, layer = self._inputs, self._question.kind.name
        gates = {*edits.open_gates, *edits.close_gates}
        if not gates <= self._gates.keys():
            require(gates, inputs.demand.entrances["gate_id"], say("出入口", "gate"), "gate")
        named = {*edits.move, *edits.close}
        if not named <= self._serving.keys() or set(edits.move) & set(edits.close):
            edited_facilities(inputs.facilities, edits, layer=layer)  # refuses what is wrong
        stand = self._standing(edits)
        placed = [
            (identity, at) for identity, at in stand.items() if self._stood.get(identity) != at
        ]
        ties = self._tied([at for _, at in placed])
        self._require_near(placed, ties)
        ops: list[Op] = [
            ("close", self._number[identity])
            for identity in self._stood
            if identity in self._number and identity not in stand
        ]
        for row, (identity, at) in enumerate(placed):
            number = self._number.get(identity)
            if not ties.usable[row]:
                ops += [] if number is None else [("close", number)]
            else:
                ops.append(("add", at) if number is None else ("move", number, at))
        for wanted, ids in ((True, edits.open_gates), (False, edits.close_gates)):
            rows = sorted({row for identity in ids for row in self._gates[identity]})
            ops += [
                ("gate", row, wanted)
                for row in rows
                if self._is_open[row] != wanted or (not wanted and self._opened(row, edits))
            ]
        return ops, tuple(
            Placed(identity, float(metres), not usable)
            for (identity, _), metres, usable in zip(
                placed, ties.attachments.connector_m, ties.usable, strict=True
            )
        )

    def _require_near(self, placed: list[tuple[str, tuple[float, float]]], ties: Ties) -> None:
        """Refuse places from which the streets are farther than the farthest walk."""
        streets = self._inputs.network.shape_xy
        far = [
            (identity, float(np.hypot(*(streets - at).T).min()))
            for (identity, at), connector_m in zip(
                placed, ties.attachments.connector_m, strict=True
            )
            if not connector_m <= self._reach_m
        ]
        require_near(far, self._limit_min)

    def _standing(self, edits: Edits) -> dict[str, tuple[float, float]]:
        """Return where each facility that counts stands after the edits.

        The same as `edited_facilities` and then `stations_of`, without their tables.
        """
        lonlat = np.array([*(place[:2] for place in edits.add), *edits.move.values()], dtype=float)
        x, y = self._turn.transform(*lonlat.reshape(-1, 2).T)
        free = (identity for n in range(1, len(self._serving) + len(edits.add) + 1)
                if (identity := f"new-{n}") not in self._serving)  # fmt: skip
        ids = [*(identity for _, identity in zip(edits.add, free, strict=False)), *edits.move]
        counts: NDArray[np.bool_] = np.ones(len(ids), dtype=bool)
        if self._question.own_only and ids:
            counts = np.atleast_1d(shapely.covers(self._inputs.areas.own, shapely.points(x, y)))
        gone = {*edits.move, *edits.close}
        stand = {identity: at for identity, at in self._stood.items() if identity not in gone}
        for row, identity in enumerate(ids):
            if counts[row] and self._serving.get(identity, True):
                stand[identity] = (float(x[row]), float(y[row]))
        return stand

    def _opened(self, row: int, edits: Edits) -> bool:
        """Return whether a gate is opened by the same edits; to close it comes later."""
        return any(row in self._gates[identity] for identity in edits.open_gates)

    def _tied(self, at: list[tuple[float, float]]) -> Ties:
        """Tie places to the streets; one too far from all of them to be walked to is on none."""
        xy = np.array(at, dtype=np.float64).reshape(-1, 2)
        near = ((xy >= self._low) & (xy <= self._high)).all(axis=1)
        ties = tied_to(self._inputs.network, np.where(near[:, None], xy, self._low), self._usable)
        metres = np.where(near, ties.attachments.connector_m, np.inf)
        return replace(
            ties,
            attachments=replace(ties.attachments, connector_m=metres),
            usable=ties.usable & near,
        )

    def _bring_to(self, wanted: list[Op]) -> None:
        """Undo what is not wanted any more, do what is wanted and not yet done."""
        same = 0
        while same < min(len(wanted), len(self._done)) and wanted[same] == self._done[same]:
            same += 1
        while len(self._done) > same:
            self._engine.undo()
            self._done.pop()
        for op in wanted[same:]:
            self._do(op)
            self._done.append(op)

    def _do(self, op: Op) -> None:
        match op:
            case ("close", int(number)):
                self._engine.close_facility(number)
            case ("move", int(number), (float(x), float(y))):
                self._engine.move_facility(number, self._tied([(x, y)]).walked)
            case ("add", (float(x), float(y))):
                self._engine.add_facility(self._tied([(x, y)]).walked)
            case ("gate", int(row), bool(wanted)):
                self._engine.set_gate(row, open_=wanted)


def _placed(stations: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Return where each facility stands."""
    xy = shapely.get_coordinates(places(stations))  # type: ignore[arg-type]
    return {
        str(identity): (float(x), float(y))
        for identity, (x, y) in zip(stations["id"], xy, strict=True)
    }


def _positions(gates: pd.Series) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, gate in enumerate(gates):
        if not pd.isna(gate):
            found.setdefault(str(gate), []).append(row)
    return found
