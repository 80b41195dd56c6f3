"""Which gates could be opened: closed ones, and new ones where a street runs along the wall."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.coverage.facilities import places
from geo.coverage.walks import Ties, tie
from geo.errors import DataError
from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments
from geo.text import say
from geo.travel import Minutes, minutes_matrix
from geo.travel.profiles import Profile
from optimization.workspace import SitingInputs

GateKind = Literal["closed", "assumed", "new"]
"""``closed``: surveyed and shut today; ``assumed``: counted as open though nobody surveyed it;
``new``: to be broken into the wall."""

_WALL_STREET_M: Final = 20.0
"""A street this near to the wall is one that a gate can open onto."""


@dataclass(frozen=True, slots=True)
class Gates:
    """Gates that could be other than they are, with the walks through each; arrays are (n_gate,).

    `doors`, `owner` and `open` hold every entrance of the demand, those of today first.
    """

    id: NDArray[np.str_]
    kind: NDArray[np.str_]
    demand: NDArray[np.int64]
    """Demand point whose gate it is."""
    cost_yuan: NDArray[np.float64]
    xy: NDArray[np.float64]
    """(n_gate, 2) metres in the working CRS."""
    minutes: Minutes
    """Gates by sites, as far as the problem's horizon."""
    door: NDArray[np.int64]
    """Position in `doors`."""
    doors: Attachments
    owner: NDArray[np.int64]
    """(n_door,) demand point."""
    open: NDArray[np.bool_]
    """(n_door,) whether it is walked through today."""
    stations: Attachments
    """The sites of the problem on the streets."""
    network: StreetNetwork
    profile: Profile

    def __len__(self) -> int:
        return len(self.id)


def gate_options(
    read: SitingInputs,
    *,
    cost_yuan: float,
    new_cost_yuan: float | None = None,
    walls: Mapping[str, shapely.Geometry] | None = None,
    spacing_m: float = 60.0,
    only: Collection[str] = (),
) -> Gates:
    """Return the gates that could be opened, and those that are only assumed to be open.

    Parameters
    ----------
    read
        The problem with what it was read from.
    cost_yuan
        Of opening a gate that is there: a lock, a guard, a ramp.
    new_cost_yuan
        Of breaking a new one into the wall; None offers none.
    walls
        Id of a demand point → the outline of its compound in the working CRS, along which new
        gates are tried where a street passes within 20 m.
    spacing_m
        New gates stand this far apart and from every gate of today.
    only
        Ids of demand points to look at; all when empty.

    Raises
    ------
    DataError
        A cost is negative or no number.
    """
    for cost in (cost_yuan, new_cost_yuan or 0.0):
        if not (np.isfinite(cost) and cost >= 0):
            raise DataError(
                say(f"开门费用应为非负数，现为 {cost}。", f"a gate cannot cost {cost} yuan.")
            )
    entrances, question = read.inputs.demand.entrances, read.question
    today_xy = shapely.get_coordinates(entrances.geometry.to_numpy())
    owner = entrances["point"].to_numpy(np.int64)
    is_open, assumed = (entrances[name].to_numpy(bool) for name in ("open", "assumed"))
    new_xy, new_owner = np.zeros((0, 2)), np.zeros(0, np.int64)
    if new_cost_yuan is not None:
        new_xy, new_owner = _along_walls(read, walls or {}, today_xy, owner, spacing_m)
    xy, owner = np.concatenate([today_xy, new_xy]), np.concatenate([owner, new_owner])
    doors = tie(read.inputs.network, _points(xy), question.walker)
    kind = np.concatenate(
        [np.where(~is_open, "closed", np.where(assumed, "assumed", "")), ["new"] * len(new_xy)]
    )
    door = np.flatnonzero((kind != "") & doors.usable & _wanted(read, owner, only))
    kind, names = kind[door], entrances["gate_id"].fillna("").to_numpy(str)
    price = {"closed": cost_yuan, "assumed": 0.0, "new": new_cost_yuan or 0.0}
    stations = _stations(read)
    problem = read.problem
    return Gates(
        id=_named(problem.demand_id[owner[door]], kind, np.append(names, [""] * len(new_xy))[door]),
        kind=kind,
        demand=owner[door],
        cost_yuan=np.array([price[str(k)] for k in kind]),
        xy=xy[door],
        minutes=minutes_matrix(
            read.inputs.network,
            _taken(doors.walked, door),
            stations,
            profile=question.walker,
            limit_min=problem.horizon_min,
            direction="to_facility",
        ),
        door=door,
        doors=doors.walked,
        owner=owner,
        open=np.concatenate([is_open, np.zeros(len(new_xy), dtype=bool)]),
        stations=stations,
        network=read.inputs.network,
        profile=question.walker,
    )


def _stations(read: SitingInputs) -> Attachments:
    """Tie the sites of a problem to the streets, in its order."""
    points = np.concatenate([places(frame) for frame in (read.existing, read.candidates)])
    return tie(read.inputs.network, points, read.question.walker).walked


def _wanted(
    read: SitingInputs, owner: NDArray[np.int64], only: Collection[str]
) -> NDArray[np.bool_]:
    if not only:
        return np.ones(len(owner), dtype=bool)
    return np.isin(read.problem.demand_id[owner], list(only))


def _named(
    demand: NDArray[np.str_], kind: NDArray[np.str_], names: NDArray[np.str_]
) -> NDArray[np.str_]:
    """Return an id for every gate: its own, or its compound's with a number."""
    seen: dict[str, int] = {}
    ids = []
    for of, what, name in zip(demand, kind, names, strict=True):
        base = f"{of}-{what}"
        seen[base] = seen.get(base, 0) + 1
        ids.append(str(name) or f"{base}-{seen[base]}")
    return np.array(ids, dtype=np.str_)


def _along_walls(
    read: SitingInputs,
    walls: Mapping[str, shapely.Geometry],
    today_xy: NDArray[np.float64],
    owner: NDArray[np.int64],
    spacing_m: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return places along walls where a street passes, and the demand point of each."""
    found, found_owner = [np.zeros((0, 2))], [np.zeros(0, np.int64)]
    for point, identity in enumerate(read.problem.demand_id):
        wall = walls.get(str(identity))
        if wall is None or shapely.get_dimensions(wall) != 2:  # noqa: PLR2004 - an area
            continue
        ring = shapely.boundary(wall)
        steps = np.arange(spacing_m / 2, shapely.length(ring), spacing_m)
        rings = np.full(len(steps), ring, dtype=object)
        xy = shapely.get_coordinates(shapely.line_interpolate_point(rings, steps))
        spots = _points(xy)
        ties: Ties = tie(read.inputs.network, spots, read.question.walker)
        gates = today_xy[owner == point]
        away = np.hypot(*(xy[:, None, :] - gates[None, :, :]).transpose(2, 0, 1))
        fits = ties.usable & (ties.attachments.connector_m <= _WALL_STREET_M)
        fits &= away.min(axis=1, initial=np.inf) >= spacing_m
        found.append(xy[fits])
        found_owner.append(np.full(int(fits.sum()), point))
    return np.concatenate(found), np.concatenate(found_owner)


def _points(xy: NDArray[np.float64]) -> NDArray[np.object_]:
    return np.asarray(shapely.points(xy), dtype=object)


def _taken(ties: Attachments, rows: NDArray[np.int64]) -> Attachments:
    return replace(ties, **{name: getattr(ties, name)[rows] for name in Attachments.__slots__})


def walls_of(compounds: gpd.GeoDataFrame) -> dict[str, shapely.Geometry]:
    """Return the outline of every compound by id, in the CRS of the frame."""
    ids = compounds["id"].astype("string").fillna("")
    return dict(zip(ids, compounds.geometry, strict=True))
