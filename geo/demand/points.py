"""Say where people live, how many, and by which entrance they reach the street."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.demand.apportion import fill_gaps
from geo.demand.entrances import ENTRANCE_COLUMNS, assumed, street_lines, surveyed
from geo.demand.parts import Parts, from_buildings, from_compounds, from_streets
from geo.demand.units import WEIGHTS, Units, units
from geo.errors import DataError
from geo.faults import Fault, FaultTable
from geo.network.graph import StreetNetwork
from geo.schema import Weight
from geo.text import listed, say

Source = Literal["auto", "compound", "building", "community"]
"""``auto`` takes, community by community, the best there is: compounds, else buildings, else
streets."""

POINT_COLUMNS = (
    "id",
    "name",
    "community_code",
    "township_code",
    "county_code",
    "households",
    "population",
    "elders",
    "children",
    "basis",
    "age_from",
    "origin",
    "geometry",
)

_WEIGHT_LABELS: dict[Weight, tuple[str, str]] = {
    "elders": ("老年人数", "elders"),
    "children": ("儿童数", "children"),
    "households": ("户数", "households"),
    "population": ("人口", "population"),
}


@dataclass(frozen=True, slots=True)
class Places:
    """The layers that say where people live, in one projected CRS; None where there is none."""

    crs: str
    community: gpd.GeoDataFrame | None = None
    township: gpd.GeoDataFrame | None = None
    county: gpd.GeoDataFrame | None = None
    compound: gpd.GeoDataFrame | None = None
    gate: gpd.GeoDataFrame | None = None
    building: gpd.GeoDataFrame | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """Demand points and the entrances through which their people reach the street.

    ``points`` is ordered by ``id`` and has one whole number a weight (``<NA>`` = unknown);
    ``origin`` is ``gate``, ``assumed_gate``, ``building`` or ``community``. ``entrances.point`` is
    the position of the entrance's demand point.
    """

    points: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    faults: FaultTable
    simulated: bool
    """Whether any place or community these rest on is invented."""


def demand_points(
    places: Places, network: StreetNetwork, *, on: date, source: Source = "auto"
) -> Demand:
    """Lay the people of every community on the places where they live.

    A compound's own figures are kept. Where they are empty, what remains of the community's total
    is split over the compounds without figures by households; buildings share it by floor area and
    use, streets by length. Whole numbers by largest remainder add up to the total exactly.

    Parameters
    ----------
    places
        Frames of the workspace, in the CRS of the network.
    network
        Streets; only their main component counts.
    on
        Day on which communities must be in force.
    source
        What to lay people on; see `Source`.

    Raises
    ------
    DataError
        The layers name nobody to reach, or their CRS is not that of the streets.
    """
    _check(places, network, source)
    communities = units(places.community, places.township, on)
    faults = FaultTable()
    lines = street_lines(network)
    parts: list[Parts] = []
    left = np.ones(len(communities), bool)
    if source in ("auto", "compound") and places.compound is not None and len(places.compound):
        parts.append(from_compounds(places.compound, places.gate, communities, faults))
        left[parts[-1].settled] = False
    if source in ("auto", "building") and places.building is not None and len(places.building):
        parts.append(
            from_buildings(places.building, communities, faults, wanted=left, gate=places.gate)
        )
        left[parts[-1].settled] = False
    if source in ("auto", "community") and left.any():
        parts.append(from_streets(communities, lines, left, faults))
    figures = [_figures(part, communities, faults) for part in parts]
    points = _assemble(parts, figures, communities)
    doors = pd.concat(
        [_entrances(part, lines, offset, places.crs) for part, offset in _with_offsets(parts)],
        ignore_index=True,
    )
    return _in_order(
        gpd.GeoDataFrame(points, geometry="geometry", crs=places.crs),
        gpd.GeoDataFrame(doors, geometry="geometry", crs=places.crs),
        faults,
        simulated=_simulated(places),
    )


def _check(places: Places, network: StreetNetwork, source: Source) -> None:
    if source not in get_args(Source):
        raise DataError(
            say(
                f"需求来源“{source}”不存在；可选：{'、'.join(get_args(Source))}。",
                f"there is no demand source {source!r}; one of {', '.join(get_args(Source))}",
            )
        )
    if places.crs != network.crs:
        raise DataError(
            say(
                f"需求层坐标系为 {places.crs}，路网为 {network.crs}，两者必须一致。",
                f"the demand layers are in {places.crs}, the streets in {network.crs}",
            ),
            hint=say("请重新导入路网。", "import the streets again"),
        )


def _figures(
    part: Parts, communities: Units, faults: FaultTable
) -> dict[Weight, NDArray[np.float64]]:
    """Return every weight of the parts, gaps filled from the community totals."""
    figures: dict[Weight, NDArray[np.float64]] = {}
    for weight in WEIGHTS:
        figures[weight], difference = fill_gaps(
            part.given[weight],
            households=part.share,
            group=part.unit,
            totals=communities.totals[weight],
        )
        _report_differences(weight, difference, part, communities, faults)
        _report_unknown(weight, figures[weight], part, faults)
    return figures


def _report_differences(
    weight: Weight,
    difference: NDArray[np.float64],
    part: Parts,
    communities: Units,
    faults: FaultTable,
) -> None:
    zh, en = _WEIGHT_LABELS[weight]
    used = np.unique(part.unit[part.unit >= 0])
    for unit in used[np.nan_to_num(difference[used]) != 0]:
        total = int(communities.totals[weight][unit])
        parts_sum = total + int(difference[unit])
        faults.add(
            Fault(
                layer=part.layer,
                row=None,
                column=weight,
                severity="warning",
                code="parts_differ_from_total",
                message=say(
                    f"“{communities.name[unit]}”各小区{zh}合计 {parts_sum:,}，"
                    f"村居总数为 {total:,}，相差 {abs(parts_sum - total):,}；按小区数字计算。",
                    f"{communities.name[unit]}: {en} of its compounds add up to {parts_sum:,}, "
                    f"the community has {total:,}; the compounds' figures are used",
                ),
                advice=say("请核对两处数字。", "check both figures"),
            )
        )


def _report_unknown(
    weight: Weight, figures: NDArray[np.float64], part: Parts, faults: FaultTable
) -> None:
    zh, en = _WEIGHT_LABELS[weight]
    unknown = int(np.isnan(figures).sum())
    if unknown:
        faults.add(
            Fault(
                layer=part.layer,
                row=None,
                column=weight,
                severity="note",
                code="weight_unknown",
                message=say(
                    f"{unknown:,} 个需求点没有{zh}，村居总数也无可分配；按“未知”统计，不按 0 计。",
                    f"{en} of {unknown:,} demand points: no figure and no total left to split; "
                    "counted as unknown, not as 0",
                ),
                advice=say(f"请补充村居或小区的{zh}。", f"give the {en} of compound or community"),
            )
        )


def _assemble(
    parts: list[Parts], figures: list[dict[Weight, NDArray[np.float64]]], communities: Units
) -> pd.DataFrame:
    if not sum(len(part) for part in parts):
        raise DataError(
            say(
                "没有需求点：小区、楼栋层为空，村居层也没有人口、户数或老年人数。",
                "there is nobody to reach: no compounds, no buildings, and no community has "
                "population, households or elders",
            ),
            hint=say(
                "请先导入“小区”或“社区（村）”层：fuwuquan import compound 文件 --datum …",
                "import compounds or communities first: fuwuquan import compound FILE --datum …",
            ),
        )
    frames = [
        _frame(part, figure, communities)
        for part, figure in zip(parts, figures, strict=True)
        if len(part)
    ]
    return pd.concat(frames, ignore_index=True)


def _with_offsets(parts: list[Parts]) -> list[tuple[Parts, int]]:
    """Return the parts that have places, each with the position of its first."""
    filled = [part for part in parts if len(part)]
    return [(part, sum(map(len, filled[:at]))) for at, part in enumerate(filled)]


def _simulated(places: Places) -> bool:
    layers = (places.community, places.compound, places.gate, places.building)
    return any(
        bool(layer["simulated"].fillna(value=False).to_numpy(bool).any())
        for layer in layers
        if layer is not None
    )


def _frame(
    part: Parts, figures: dict[Weight, NDArray[np.float64]], communities: Units
) -> pd.DataFrame:
    def of_unit(values: NDArray[np.object_]) -> NDArray[np.object_]:
        """Take the value of each part's community, None outside all."""
        return np.append(values, np.array([None], dtype=object))[part.unit]

    basis = np.where(pd.isna(part.basis), of_unit(communities.basis), part.basis)
    unit_ages = np.append(communities.age_from, np.nan)[part.unit]
    age_from = np.where(np.isnan(part.age_from), unit_ages, part.age_from)
    columns: dict[str, object] = {
        "id": pd.array(part.id, dtype="string"),
        "name": pd.array(part.name, dtype="string"),
        "community_code": pd.array(of_unit(communities.code), dtype="string"),
        "township_code": pd.array(of_unit(communities.township_code), dtype="string"),
        "county_code": pd.array(of_unit(communities.county_code), dtype="string"),
        **{weight: _whole(figures[weight]) for weight in sorted(WEIGHTS)},
        "basis": pd.array(basis, dtype="string"),
        "age_from": _whole(age_from),
        "origin": pd.array(part.origin, dtype="string"),
        "geometry": shapely.point_on_surface(part.place),
    }
    return pd.DataFrame(columns)[list(POINT_COLUMNS)]


def _whole(values: NDArray[np.float64]) -> pd.Series:
    return pd.Series(values).astype("Float64").round().astype("Int64")


def _entrances(part: Parts, lines: NDArray[np.object_], offset: int, crs: str) -> pd.DataFrame:
    doors = []
    if part.gates is not None:
        doors.append(surveyed(part.gates, part.gate_of))
    bare = np.setdiff1d(np.arange(len(part)), doors[0]["point"] if doors else [])
    if len(bare):
        doors.append(assumed(part.place[bare], bare, lines, crs=crs))
    frame = pd.concat(doors, ignore_index=True)[list(ENTRANCE_COLUMNS)]
    return frame.assign(point=frame["point"] + offset)


def _in_order(
    points: gpd.GeoDataFrame, doors: gpd.GeoDataFrame, faults: FaultTable, *, simulated: bool
) -> Demand:
    """Order points by id and entrances by point and position: inputs in any order agree."""
    if points["id"].duplicated().any():
        twice = listed(points.loc[points["id"].duplicated(), "id"])
        raise DataError(say(f"需求点编号重复：{twice}。", f"demand point ids repeat: {twice}"))
    order = points["id"].astype(str).argsort(kind="stable").to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    xy = shapely.get_coordinates(doors.geometry.to_numpy())
    moved = doors.assign(point=rank[doors["point"].to_numpy()])
    door_order = np.lexsort((xy[:, 1], xy[:, 0], moved["point"].to_numpy()))
    return Demand(
        points=points.iloc[order].reset_index(drop=True),
        entrances=moved.iloc[door_order].reset_index(drop=True),
        faults=faults,
        simulated=simulated,
    )
