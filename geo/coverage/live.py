"""Keep one question answered while facilities and gates are tried out, milliseconds an answer."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from threading import Lock
from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from geo.coverage.edits import Edits, edited_facilities, require
from geo.coverage.facilities import in_service, places
from geo.coverage.live_sums import AreaSums, Sums
from geo.coverage.question import FASTEST_M_S, SLOWEST_M_S, Question
from geo.coverage.reach import limit_ms
from geo.coverage.result import CERTAINTIES, Provenance
from geo.coverage.run import stations_of
from geo.coverage.walks import Ties, passable, tie, tied_to
from geo.coverage.workspace import Inputs, answer
from geo.crs import CGCS2000
from geo.faults import FaultTable
from geo.text import say
from geo.travel.minutes import MS_A_MINUTE
from geo.travel.whatif import WhatIf

_FAR: Final = np.iinfo(np.int64).max
_SHAPE_BYTES: Final = 400
"""Of a geometry in memory, with the object around it."""

Op = tuple[object, ...]
"""One edit as the engine makes it: what, which number, and where."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What an edited town would be like.

    Attributes
    ----------
    before_min, after_min : (n_point,)
        Minutes to the nearest open facility; NaN beyond the horizon.
    after_ms : (n_point,)
        The same in whole milliseconds; more than any limit beyond the horizon.
    change : (n_point,)
        ``gained``, ``lost``, ``nearer``, ``farther`` or empty.
    changed
        Positions of the points whose walk changed: those gained and lost first, most people first.
    off_streets
        Ids of facilities placed where no street can be reached.
    """

    before_min: NDArray[np.float64]
    after_min: NDArray[np.float64]
    after_ms: NDArray[np.int64]
    change: NDArray[np.str_]
    changed: NDArray[np.int64]
    off_streets: tuple[str, ...]


class Live:
    """A question on the workspace as it is, ready for edits.

    Parameters
    ----------
    question
        What is asked.
    inputs
        What it is asked of.

    Raises
    ------
    DataError
        There are no facilities or streets, or all demand is on an island.
    """

    def __init__(self, question: Question, inputs: Inputs) -> None:
        stood = answer(question, inputs)
        demand, network, walker = inputs.demand, inputs.network, question.walker
        stations, _ = stations_of(question, inputs.facilities, inputs.areas, FaultTable())
        doors = tie(network, demand.entrances.geometry.to_numpy(), walker)
        ties = tie(network, places(stations), walker)
        self.question, self.weight, self.denominator = (
            question,
            stood.weight,
            str(stood.headline()["denominator"]),
        )
        self.provenance: Provenance = stood.provenance
        self.conditions = stood.conditions
        self._inputs = inputs
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
        reach_m = limit_min * 60 * walker.speed_m_s
        self._low = network.shape_xy.min(axis=0) - reach_m
        self._high = network.shape_xy.max(axis=0) + reach_m
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
        self._before_min = self._engine.minutes
        self._before_ms = _ms(self._before_min)
        limits = [(limit, self._limit_ms(limit)) for limit in question.minutes]
        self._sums = Sums(inputs, limits, self._before_ms)
        self.points = _table(demand.points, network.crs)

    @property
    def n_bytes(self) -> int:
        """Bytes that all of this holds in memory, about."""
        network, demand = self._inputs.network, self._inputs.demand
        arrays = [getattr(network, one.name) for one in fields(network)]
        frames = (demand.points, demand.entrances, self._inputs.facilities, self.points)
        shapes = sum(len(frame) for frame in frames) + len(self._inputs.areas.outlines)
        return (
            sum(one.nbytes for one in arrays if isinstance(one, np.ndarray))
            + self._engine.n_bytes
            + sum(int(frame.memory_usage(deep=True).sum()) for frame in frames)
            + shapes * _SHAPE_BYTES
        )

    def tried(self, edits: Edits) -> Tried:
        """Return what the town would be like with these edits, and no others.

        Parameters
        ----------
        edits
            What to try out, all of it; without any the town is as it stands.

        Raises
        ------
        DataError
            One facility is both moved and closed.
        NotFoundError
            A facility or gate named is not there.
        """
        with self._lock:
            wanted, off_streets = self._ops(edits)
            self._bring_to(wanted)
            after_min = self._engine.minutes
        before_ms, after_ms = self._before_ms, _ms(after_min)
        main = self._limit_ms(self.question.main_min)
        old, new = before_ms <= main, after_ms <= main
        change = np.select(
            [new & ~old, old & ~new, after_ms < before_ms, after_ms > before_ms],
            ["gained", "lost", "nearer", "farther"],
            "",
        )
        which = np.flatnonzero(change != "")
        second = ~np.isin(change[which], ["gained", "lost"])
        order = np.lexsort((which, -self.people(self.weight)[which], second))
        return Tried(self._before_min, after_min, after_ms, change, which[order], off_streets)

    def sums(
        self, tried: Tried, weight: str, *, level: str = "all", changed_only: bool = False
    ) -> list[AreaSums]:
        """Return who is reached within each limit in each area of a level, before and after.

        Parameters
        ----------
        tried
            An answer of this question.
        weight
            Who counts, such as ``elders`` or ``points``.
        level
            ``all``, ``county``, ``township`` or ``community``.
        changed_only
            Leave out areas where nobody is gained or lost within any limit.
        """
        return self._sums.of(
            weight, level, tried.changed, tried.after_ms, changed_only=changed_only
        )

    def certainty(self, tried: Tried) -> dict[str, tuple[int, int]]:
        """Return people of the main weight by how surely they are reached, before and after."""
        people, main = self.people(self.weight), self.question.main_min
        surely, possible = (self._limit_ms(main, at_m_s=s) for s in (SLOWEST_M_S, FASTEST_M_S))
        found = []
        for ms in (self._before_ms, tried.after_ms):
            sure, may = ms <= surely, ms <= possible
            found.append([int(people[mask].sum()) for mask in (sure, may & ~sure, ~may)])
        return {name: (found[0][at], found[1][at]) for at, name in enumerate(CERTAINTIES)}

    @property
    def weights(self) -> tuple[str, ...]:
        """Whom the points count: elders, households and so on, and points themselves."""
        return tuple(self._sums.people)

    def people(self, weight: str) -> NDArray[np.int64]:
        """Return (n_point,) whole people of a weight, 0 where unknown."""
        return self._sums.people[weight]

    def _limit_ms(self, limit: float, *, at_m_s: float | None = None) -> int:
        own_m_s = self.question.walker.speed_m_s
        return limit_ms(limit, speed_m_s=own_m_s, at_m_s=own_m_s if at_m_s is None else at_m_s)

    def _ops(self, edits: Edits) -> tuple[list[Op], tuple[str, ...]]:
        """Return what the engine has to do, and the new places that touch no street."""
        inputs, layer = self._inputs, self.question.kind.name
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
        tied = self._tied([at for _, at in placed]).walked
        ops: list[Op] = [
            ("close", self._number[identity])
            for identity in self._stood
            if identity in self._number and identity not in stand
        ]
        off_streets = []
        for row, (identity, at) in enumerate(placed):
            number = self._number.get(identity)
            if tied.edge[row] < 0:
                off_streets.append(identity)
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
        return ops, tuple(off_streets)

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
        if self.question.own_only and ids:
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
        return replace(ties, usable=ties.usable & near)

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


def _ms(minutes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return whole milliseconds; more than any limit where nothing is reached."""
    ms: NDArray[np.int64] = np.rint(np.where(np.isnan(minutes), 0.0, minutes) * MS_A_MINUTE).astype(
        np.int64
    )
    ms[np.isnan(minutes)] = _FAR
    return ms


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


def _table(points: pd.DataFrame, crs: str) -> pd.DataFrame:
    """Return what is told of a point: id, name, community, longitude and latitude."""
    xy = shapely.get_coordinates(shapely.point_on_surface(points.geometry.to_numpy()))
    turn = Transformer.from_crs(crs, CGCS2000, always_xy=True)
    lon, lat = turn.transform(xy[:, 0], xy[:, 1])
    columns = ("id", "name", "community_code")
    table = pd.DataFrame({name: points[name].astype(object) for name in columns})
    table = table.where(table.notna(), None)
    return table.assign(lon=np.round(lon, 7), lat=np.round(lat, 7))
