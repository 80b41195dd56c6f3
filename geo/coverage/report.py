"""Lay an answer out in tables: facilities, multiplicity, the unserved, connectors, islands."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.areas import POINTS, known_people
from geo.coverage.question import Question
from geo.coverage.reach import Pairs, facility_shares
from geo.coverage.walks import LONG_CONNECTOR_M, Ties, Walks
from geo.demand import WEIGHTS, Demand
from geo.schema.results import headings
from geo.text import say

SHARES = ("reached", "unique", "overlapping", "marginal", "nearest")


def columns(table: str, minutes: Sequence[float] = (), *, drawn: bool = True) -> list[str]:
    """Return the columns of a result table, with the geometry last when it has one."""
    return [*headings(table, minutes), *(["geometry"] if drawn else [])]


def facility_weights(
    stations: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    pairs: Pairs,
    nearest: NDArray[np.int64],
    weight: str,
) -> pd.DataFrame:
    """Return what every facility reaches, alone and with others, in every weight."""
    weights = (*WEIGHTS, POINTS)
    people = np.column_stack([known_people(points, name)[0] for name in weights])
    shares = facility_shares(pairs, people, nearest, rank_by=people[:, weights.index(weight)])
    numbers = {name: getattr(shares, name) for name in SHARES}
    tables = [
        pd.DataFrame(
            {
                "id": stations["id"].astype("string"),
                "name": stations["name"].astype("string"),
                "weight": name,
                **{
                    share: _if_known(array[:, column], points, name)
                    for share, array in numbers.items()
                },
                "rank": shares.rank,
            }
        )
        for column, name in enumerate(weights)
    ]
    return pd.concat(tables, ignore_index=True)


def facility_table(
    stations: gpd.GeoDataFrame,
    own_county: pd.Series,
    weights: pd.DataFrame,
    weight: str,
    ties: Ties,
) -> gpd.GeoDataFrame:
    """Return the open facilities with their numbers in the main weight."""
    main = weights[weights["weight"] == weight].reset_index(drop=True)
    table = gpd.GeoDataFrame(
        {
            **{name: main[name] for name in ("id", "name", "rank", *SHARES)},
            "own_county": own_county.to_numpy(),
            "connector_m": ties.attachments.connector_m,
            "on_island": ties.attachments.on_island,
            "simulated": stations["simulated"].fillna(value=False).to_numpy(bool),
        },
        geometry=stations.geometry.to_numpy(),
        crs=stations.crs,
    ).astype({"own_county": "boolean"})
    return table[columns("coverage_facilities")]


def multiplicity_table(points: gpd.GeoDataFrame, pairs: Pairs) -> pd.DataFrame:
    """Return how many people are reached by no facility, by one, by two and so on."""
    times = pairs.multiplicity
    length = int(times.max(initial=0)) + 1
    table: dict[str, object] = {"facilities": np.arange(length)}
    for weight in (POINTS, *WEIGHTS):
        people, _ = known_people(points, weight)
        counted = np.bincount(times, people, minlength=length).astype(np.int64)
        table[weight] = _if_known(counted, points, weight)
    return pd.DataFrame(table)[columns("coverage_multiplicity", drawn=False)]


def unserved_table(points: gpd.GeoDataFrame, question: Question, weight: str) -> pd.DataFrame:
    """Return the points not reached within the main minutes, most people first."""
    missed = points[~points[f"covered_{question.main_min:g}_min"]]
    people, _ = known_people(missed, weight)
    order = np.lexsort((np.arange(len(missed)), -people))
    table = pd.DataFrame(missed.drop(columns="geometry")).iloc[order].reset_index(drop=True)
    words = {
        "gates_closed": say("出入口全部关闭", "all gates closed"),
        "island": say("不可达：孤岛路网", "unreachable: street island"),
        "over_limit": say(
            f"超过 {question.horizon_min:g} 分钟", f"over {question.horizon_min:g} min"
        ),
    }
    # Rounded up, so that nobody reads 15.0 beside a place that is not within 15.
    tenths = np.ceil(table["nearest_min"].to_numpy(dtype=float, na_value=np.nan) * 10) / 10
    walk = [
        words.get(state, f"{minutes:.1f}")
        for state, minutes in zip(table["state"], tenths, strict=True)
    ]
    named = table.assign(walk=pd.array(walk, dtype="string"))
    return named[columns("coverage_unserved", drawn=False)]


def connector_table(demand: Demand, stations: gpd.GeoDataFrame, walks: Walks) -> pd.DataFrame:
    """Return every open entrance and facility more than 50 m from the main streets."""
    doors = demand.entrances.reset_index(drop=True)
    far = (walks.doors.attachments.connector_m > LONG_CONNECTOR_M) & doors["open"].to_numpy(bool)
    at = doors.loc[far, "point"].to_numpy()
    of_demand = pd.DataFrame(
        {
            "kind": "demand",
            "id": demand.points["id"].to_numpy()[at],
            "name": demand.points["name"].to_numpy()[at],
            "gate_id": doors.loc[far, "gate_id"].to_numpy(),
            "connector_m": walks.doors.attachments.connector_m[far],
            "assumed": doors.loc[far, "assumed"].to_numpy(),
        }
    )
    remote = walks.stations.attachments.connector_m > LONG_CONNECTOR_M
    of_facilities = pd.DataFrame(
        {
            "kind": "facility",
            "id": stations.loc[remote, "id"].to_numpy(),
            "name": stations.loc[remote, "name"].to_numpy(),
            "gate_id": pd.NA,
            "connector_m": walks.stations.attachments.connector_m[remote],
            "assumed": False,
        }
    )
    table = _stack(of_demand, of_facilities)
    return table.sort_values(
        ["kind", "connector_m", "id"], ascending=[True, False, True], kind="stable"
    ).reset_index(drop=True)[columns("coverage_connectors", drawn=False)]


def island_table(demand: Demand, stations: gpd.GeoDataFrame, walks: Walks) -> pd.DataFrame:
    """Return the people and facilities whose nearest street is on an island.

    A demand point stands with its entrance nearest to the main streets, and only when every
    open entrance is on an island.
    """
    doors = demand.entrances
    tied = pd.DataFrame(
        {
            "point": doors["point"],
            "on_island": walks.doors.attachments.on_island,
            "connector_m": walks.doors.attachments.connector_m,
            "island_m": walks.doors.attachments.island_m,
            "connected": walks.doors.usable,
        }
    )[doors["open"].to_numpy(bool)]
    ashore = tied.loc[~tied["on_island"], "point"]
    cut_off = tied[~tied["point"].isin(ashore)].sort_values("connector_m", kind="stable")
    nearest = cut_off.drop_duplicates("point").sort_values("point").reset_index(drop=True)
    at = nearest["point"].to_numpy()
    people = demand.points.iloc[at][["id", "name", *WEIGHTS]].reset_index(drop=True)
    of_demand = pd.concat([people, nearest.drop(columns=["point", "on_island"])], axis=1)
    of_demand.insert(0, "kind", "demand")
    ties = walks.stations
    on_island = ties.attachments.on_island
    of_facilities = pd.DataFrame(
        {
            "kind": "facility",
            "id": stations.loc[on_island, "id"].to_numpy(),
            "name": stations.loc[on_island, "name"].to_numpy(),
            "island_m": ties.attachments.island_m[on_island],
            "connector_m": ties.attachments.connector_m[on_island],
            "connected": ties.usable[on_island],
        }
    )
    whole = dict.fromkeys(map(str, WEIGHTS), "Int64")
    named = columns("coverage_islands", drawn=False)
    return _stack(of_demand, of_facilities.reindex(columns=named).astype(whole))[named]


def _if_known(
    counted: NDArray[np.int64], points: gpd.GeoDataFrame, weight: str
) -> pd.api.extensions.ExtensionArray:
    """Return counts, all unknown where no demand point has a figure."""
    unknown = not known_people(points, weight)[1].any()
    return pd.arrays.IntegerArray(counted, np.full(len(counted), unknown))


def _stack(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Put two tables of the same columns under each other; an empty one adds nothing."""
    filled = [table for table in (first, second) if len(table)]
    stacked = pd.concat(filled, ignore_index=True) if filled else first
    texts = [column for column in ("kind", "id", "name", "gate_id") if column in stacked]
    return stacked.astype(dict.fromkeys(texts, "string"))
