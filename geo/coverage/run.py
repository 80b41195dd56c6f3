"""Answer who is within the minutes of an open facility, walking over the streets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage import report
from geo.coverage.areas import POINTS, Areas, area_table, denominator
from geo.coverage.facilities import open_on, own, places
from geo.coverage.question import FASTEST_M_S, SLOWEST_M_S, Question
from geo.coverage.reach import Pairs, limit_ms, within
from geo.coverage.result import Coverage, Provenance
from geo.coverage.screening import guard_zone, straight_nearest, straight_table
from geo.coverage.walks import Walks, walk
from geo.demand import Demand
from geo.errors import DataError
from geo.faults import Fault, FaultTable
from geo.network.graph import StreetNetwork
from geo.text import say
from geo.travel.minutes import MS_A_MINUTE


def coverage(
    question: Question,
    demand: Demand,
    network: StreetNetwork,
    facilities: gpd.GeoDataFrame,
    areas: Areas,
    *,
    network_hash: str = "",
    layers: Mapping[str, str] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Coverage:
    """Find the walk from every demand point to the nearest open facility and what follows.

    Facilities of neighbouring counties count unless the question says own only. A place exactly at
    the limit is covered. Demand and facilities are tied to the interior of the nearest street of
    the main network; the leg from door to street is walked at the walker's speed.

    Parameters
    ----------
    question
        Facility type, minutes, walker and day; see `geo.coverage.ask`.
    demand
        Demand points and their entrances.
    network
        Streets, in the CRS of the demand.
    facilities
        The facility layer, in the same CRS; open or not.
    areas
        Area names and boundary.
    network_hash, layers
        Versions of the inputs, for the provenance.
    progress
        Told the share done.

    Raises
    ------
    DataError
        The facility layer or the street network is empty, all demand is on an island, or own
        facilities were asked for and cannot be told from others.
    """
    tell = progress or (lambda _: None)
    faults = FaultTable(list(demand.faults))
    stations, own_county = stations_of(question, facilities, areas, faults)
    walks = walk(question, demand, network, stations, progress=tell)
    covered = {limit: _reached(walks, question, limit) for limit in question.minutes}
    surely = _reached(walks, question, question.main_min, at_m_s=SLOWEST_M_S)
    possible = _reached(walks, question, question.main_min, at_m_s=FASTEST_M_S)
    pairs = within(walks.minutes, _limit_ms(question, question.main_min))
    weight = _main_weight(question, demand.points)
    points = _points(demand, stations, walks, pairs).assign(
        **{f"covered_{limit:g}_min": mask for limit, mask in covered.items()},
        certainty=pd.array(
            np.where(surely, "surely", np.where(possible, "depends", "surely_not")), dtype="string"
        ),
    )
    classes = {f"covered_{limit:g}_min": mask for limit, mask in covered.items()} | {
        "surely": surely,
        "depends": possible & ~surely,
        "surely_not": ~possible,
    }
    weights = report.facility_weights(stations, demand.points, pairs, walks.nearest, weight)
    result = Coverage(
        question=question,
        points=points[report.columns("coverage_points", question.minutes)],
        entrances=demand.entrances,
        facilities=report.facility_table(stations, own_county, weights, weight, walks.stations),
        facility_weights=weights.drop(columns="rank"),
        areas=area_table(demand.points, classes, areas, minutes=question.minutes),
        multiplicity=report.multiplicity_table(demand.points, pairs),
        unserved=report.unserved_table(points, question, weight),
        connectors=report.connector_table(demand, stations, walks),
        islands=report.island_table(demand, stations, walks),
        straight=straight_table(points, covered, speed_m_s=question.walker.speed_m_s),
        guard=guard_zone(
            network,
            areas.own,
            farthest_m=question.farthest_m,
            own_county=own_county,
            own_only=question.own_only,
        ),
        faults=faults,
        weight=weight,
        provenance=Provenance(
            facility=question.kind.name,
            minutes=question.minutes,
            main_min=question.main_min,
            horizon_min=question.horizon_min,
            profile=question.walker.name,
            speed_m_s=question.walker.speed_m_s,
            speed_range_m_s=(SLOWEST_M_S, FASTEST_M_S),
            on=question.on,
            own_only=question.own_only,
            basis=denominator(weight, demand.points),
            network_hash=network_hash,
            layers=dict(layers or {}),
            counts=_counts(demand, stations, walks),
            simulated=demand.simulated
            or bool(stations["simulated"].fillna(value=False).to_numpy(bool).any()),
            as_of=question.as_of,
        ),
        territory=areas,
    )
    tell(1.0)
    return result


def stations_of(
    question: Question, facilities: gpd.GeoDataFrame, areas: Areas, faults: FaultTable
) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Return the open facilities that count, and whether each is the county's own.

    Raises
    ------
    DataError
        The layer is empty, or own facilities were asked for and cannot be told from others.
    """
    stations = open_on(facilities, question.kind, on=question.on, faults=faults)
    own_county = own(stations, areas.own)
    if question.own_only:
        if own_county.isna().any():
            raise DataError(
                say(
                    f"无法判定 {int(own_county.isna().sum()):,} 个{question.kind.zh}是否属本区："
                    "没有填写“本区设施”，也没有边界。",
                    f"cannot tell whether {int(own_county.isna().sum()):,} facilities are the "
                    "county's own: neither stated nor any boundary.",
                ),
                hint=say("请导入区县或社区边界。", "import county or community boundaries."),
            )
        ours = own_county.to_numpy(bool)
        stations = stations[ours].reset_index(drop=True)
        own_county = own_county[ours].reset_index(drop=True)
    if not len(stations):
        faults.add(
            Fault(
                layer=question.kind.name,
                row=None,
                column="status",
                severity="warning",
                code="nothing_open",
                message=say(
                    f"{question.on} 当日没有开放的{question.kind.zh}，覆盖为 0。",
                    f"no facility of {question.kind.name!r} is open on {question.on}; "
                    "nobody is covered",
                ),
                advice=say("请核对日期和状态。", "check the day and their status"),
            )
        )
    return stations, own_county


def _limit_ms(question: Question, limit: float, *, at_m_s: float | None = None) -> int:
    speed_m_s = question.walker.speed_m_s
    return limit_ms(limit, speed_m_s=speed_m_s, at_m_s=speed_m_s if at_m_s is None else at_m_s)


def _reached(
    walks: Walks, question: Question, limit: float, *, at_m_s: float | None = None
) -> NDArray[np.bool_]:
    """Return which points are within a limit, walking at the walker's or another speed."""
    within_limit = walks.nearest_ms <= _limit_ms(question, limit, at_m_s=at_m_s)
    return (walks.nearest_ms >= 0) & within_limit


def _main_weight(question: Question, points: pd.DataFrame) -> str:
    """Return whom the type serves; households, then points, where nobody knows how many."""
    for weight in (question.kind.weight, "households"):
        if points[weight].notna().any():
            return weight
    return POINTS


def _points(
    demand: Demand,
    stations: gpd.GeoDataFrame,
    walks: Walks,
    pairs: Pairs,
) -> gpd.GeoDataFrame:
    found = walks.nearest_ms >= 0
    which = np.where(found, walks.nearest, -1)
    state = np.select(
        [found, ~walks.has_open_door, ~walks.has_street],
        ["reached", "gates_closed", "island"],
        "over_limit",
    )
    minutes = pd.Series(walks.nearest_ms / MS_A_MINUTE).where(found).astype("Float64")
    straight_m, straight = straight_nearest(demand, places(stations))
    surveyed = demand.entrances.loc[~demand.entrances["assumed"], "point"]
    return demand.points.assign(
        nearest_min=minutes,
        nearest_id=_taken(stations["id"], which),
        nearest_name=_taken(stations["name"], which),
        multiplicity=pd.array(pairs.multiplicity, dtype="Int64"),
        state=pd.array(state, dtype="string"),
        connector_m=pd.array(walks.connector_m, dtype="Float64"),
        assumed=~np.isin(np.arange(len(demand.points)), surveyed),
        straight_m=pd.array(straight_m, dtype="Float64"),
        straight_name=_taken(stations["name"], straight),
    )


def _taken(values: pd.Series, which: NDArray[np.int64]) -> pd.api.extensions.ExtensionArray:
    """Return the value of each position, ``<NA>`` for -1."""
    return values.astype("string").array.take(which, allow_fill=True)


def _counts(demand: Demand, stations: gpd.GeoDataFrame, walks: Walks) -> dict[str, int]:
    return {
        "demand_points": len(demand.points),
        "entrances": len(demand.entrances),
        "entrances_assumed": int(demand.entrances["assumed"].sum()),
        "entrances_closed": int((~demand.entrances["open"]).sum()),
        "points_on_island": int((walks.has_open_door & ~walks.has_street).sum()),
        "facilities_open": len(stations),
        "pairs": len(walks.minutes.ms),
    }
