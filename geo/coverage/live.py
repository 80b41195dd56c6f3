"""Keep one question answered while facilities and gates are tried out, milliseconds an answer."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from geo.coverage.edits import Edits
from geo.coverage.live_sums import AreaSums, Sums
from geo.coverage.live_town import Town
from geo.coverage.placed import Placed
from geo.coverage.question import FASTEST_M_S, SLOWEST_M_S, Question
from geo.coverage.reach import limit_ms
from geo.coverage.result import CERTAINTIES, Provenance
from geo.coverage.workspace import Inputs, answer
from geo.crs import CGCS2000
from geo.travel.minutes import MS_A_MINUTE

_FAR: Final = np.iinfo(np.int64).max
_SHAPE_BYTES: Final = 400
"""Of a geometry in memory, with the object around it."""


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
    placed
        The facilities that were added or moved.
    """

    before_min: NDArray[np.float64]
    after_min: NDArray[np.float64]
    after_ms: NDArray[np.int64]
    change: NDArray[np.str_]
    changed: NDArray[np.int64]
    placed: tuple[Placed, ...]


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
        demand = inputs.demand
        self.question, self.weight, self.denominator = (
            question,
            stood.weight,
            str(stood.headline()["denominator"]),
        )
        self.provenance: Provenance = stood.provenance
        self.conditions = stood.conditions
        self._inputs = inputs
        self._town = Town(question, inputs)
        self._before_min = self._town.minutes
        self._before_ms = _ms(self._before_min)
        limits = [(limit, self._limit_ms(limit)) for limit in question.minutes]
        self._sums = Sums(inputs, limits, self._before_ms)
        self.points = _table(demand.points, inputs.network.crs)

    @property
    def n_bytes(self) -> int:
        """Bytes that all of this holds in memory, about."""
        network, demand = self._inputs.network, self._inputs.demand
        arrays = [getattr(network, one.name) for one in fields(network)]
        frames = (demand.points, demand.entrances, self._inputs.facilities, self.points)
        shapes = sum(len(frame) for frame in frames) + len(self._inputs.areas.outlines)
        return (
            sum(one.nbytes for one in arrays if isinstance(one, np.ndarray))
            + self._town.n_bytes
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
            One facility is both moved and closed, or placed where no walk leads.
        NotFoundError
            A facility or gate named is not there.
        """
        after_min, placed = self._town.walked(edits)
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
        return Tried(self._before_min, after_min, after_ms, change, which[order], placed)

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


def _ms(minutes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return whole milliseconds; more than any limit where nothing is reached."""
    ms: NDArray[np.int64] = np.rint(np.where(np.isnan(minutes), 0.0, minutes) * MS_A_MINUTE).astype(
        np.int64
    )
    ms[np.isnan(minutes)] = _FAR
    return ms


def _table(points: pd.DataFrame, crs: str) -> pd.DataFrame:
    """Return what is told of a point: id, name, community, longitude and latitude."""
    xy = shapely.get_coordinates(shapely.point_on_surface(points.geometry.to_numpy()))
    turn = Transformer.from_crs(crs, CGCS2000, always_xy=True)
    lon, lat = turn.transform(xy[:, 0], xy[:, 1])
    columns = ("id", "name", "community_code")
    table = pd.DataFrame({name: points[name].astype(object) for name in columns})
    table = table.where(table.notna(), None)
    return table.assign(lon=np.round(lon, 7), lat=np.round(lat, 7))
