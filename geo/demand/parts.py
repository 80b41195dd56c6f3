"""Choose on what the people of a community are laid: compounds, buildings or streets."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.demand.units import WEIGHTS, Units, numbers, texts
from geo.faults import Fault, FaultTable
from geo.schema import Weight
from geo.text import listed, say

# Share of a building's floor area that is lived in, by its use; an empty use counts as residential.
LIVED_IN_SHARE = {"residential": 1.0, "mixed": 0.5}

# Metres of street for which one demand point stands when people are split over streets.
STREET_SPACING_M = 100.0


@dataclass(frozen=True, slots=True)
class Parts:
    """Places of one kind, before the community totals are split over them."""

    layer: str
    id: NDArray[np.object_]
    name: NDArray[np.object_]
    unit: NDArray[np.int64]
    """(n,) position of the community; -1 outside all."""
    given: dict[Weight, NDArray[np.float64]]
    """(n,) figures the places carry themselves; NaN where empty."""
    share: NDArray[np.float64]
    """(n,) weight by which a total is split."""
    basis: NDArray[np.object_]
    age_from: NDArray[np.float64]
    origin: NDArray[np.object_]
    place: NDArray[np.object_]
    """(n,) point or outline."""
    gates: gpd.GeoDataFrame | None
    gate_of: NDArray[np.int64]
    """(n_gate,) place each gate opens; -1 for none of these."""

    def __len__(self) -> int:
        return len(self.id)

    @property
    def settled(self) -> NDArray[np.int64]:
        """Communities whose people these places hold."""
        return np.unique(self.unit[self.unit >= 0])


def from_compounds(
    compound: gpd.GeoDataFrame,
    gate: gpd.GeoDataFrame | None,
    communities: Units,
    faults: FaultTable,
) -> Parts:
    """Take every compound as a demand point, entered through its gates."""
    frame = compound.sort_values("id", kind="stable").reset_index(drop=True)
    gates, gate_of = _gates_of(gate, frame["id"], faults)
    has_gate = np.isin(np.arange(len(frame)), gate_of)
    return Parts(
        layer="compound",
        id=texts(frame, "id"),
        name=texts(frame, "name"),
        unit=_unit_of(frame, communities, "compound", faults),
        given={weight: numbers(frame, weight) for weight in WEIGHTS},
        share=numbers(frame, "households"),
        basis=texts(frame, "elders_basis"),
        age_from=numbers(frame, "elders_age_from"),
        origin=np.where(has_gate, "gate", "assumed_gate").astype(object),
        place=frame.geometry.to_numpy(),
        gates=gates,
        gate_of=gate_of,
    )


def from_buildings(
    building: gpd.GeoDataFrame,
    communities: Units,
    faults: FaultTable,
    *,
    wanted: NDArray[np.bool_],
    gate: gpd.GeoDataFrame | None = None,
) -> Parts:
    """Take the lived-in buildings of the wanted communities, weighted by floor area and use.

    A building whose compound has gates is entered through them; any other from the street.
    """
    frame = building.sort_values("id", kind="stable").reset_index(drop=True)
    unit = _unit_of(frame, communities, "building", faults)
    area_m2 = _floor_area_m2(frame, faults)
    use = pd.Series(texts(frame, "use")).fillna("residential")
    lived_m2 = area_m2 * use.map(LIVED_IN_SHARE).fillna(0.0).to_numpy(float)
    keep = (lived_m2 > 0) & (unit >= 0)
    keep[keep] = wanted[unit[keep]]
    frame = frame[keep].reset_index(drop=True)
    gates, gate_of = _gates_of_buildings(gate, frame)
    nothing = np.full(len(frame), np.nan)
    return Parts(
        layer="building",
        id=np.array([f"building:{key}" for key in frame["id"]], dtype=object),
        name=texts(frame, "id"),
        unit=unit[keep],
        given=dict.fromkeys(WEIGHTS, nothing),
        share=lived_m2[keep],
        basis=np.full(len(frame), None, dtype=object),
        age_from=nothing,
        origin=np.full(len(frame), "building", dtype=object),
        place=frame.geometry.to_numpy(),
        gates=gates,
        gate_of=gate_of,
    )


def from_streets(
    communities: Units, lines: NDArray[np.object_], wanted: NDArray[np.bool_], faults: FaultTable
) -> Parts:
    """Spread the people of the wanted communities along the streets inside them.

    One point stands for about `STREET_SPACING_M` of street and is weighted by the length it stands
    for. A community without streets is one point inside its outline.
    """
    counted = np.any([~np.isnan(communities.totals[weight]) for weight in WEIGHTS], axis=0)
    chosen = np.flatnonzero(wanted & counted)
    point, share_m, unit = _along_streets(communities.polygon[chosen], lines)
    bare = np.setdiff1d(np.arange(len(chosen)), unit)
    place = np.concatenate([point, shapely.point_on_surface(communities.polygon[chosen][bare])])
    unit = chosen[np.concatenate([unit, bare])]
    share_m = np.concatenate([share_m, np.ones(len(bare))])
    order = np.argsort(unit, kind="stable")
    unit = unit[order]
    number = np.arange(len(unit)) - np.searchsorted(unit, unit)
    _report_streets(communities, chosen, bare, faults)
    nothing = np.full(len(unit), np.nan)
    ids = [f"street:{communities.code[u]}:{n:05d}" for u, n in zip(unit, number, strict=True)]
    return Parts(
        layer="community",
        id=np.array(ids, dtype=object),
        name=communities.name[unit],
        unit=unit,
        given=dict.fromkeys(WEIGHTS, nothing),
        share=share_m[order],
        basis=np.full(len(unit), None, dtype=object),
        age_from=nothing,
        origin=np.full(len(unit), "community", dtype=object),
        place=place[order],
        gates=None,
        gate_of=np.empty(0, np.int64),
    )


def _along_streets(
    polygons: NDArray[np.object_], lines: NDArray[np.object_]
) -> tuple[NDArray[np.object_], NDArray[np.float64], NDArray[np.int64]]:
    """Return points along the streets inside polygons, metres each stands for, its polygon."""
    area, line = shapely.STRtree(lines).query(polygons, predicate="intersects")
    shapely.prepare(polygons)
    whole = shapely.covers(polygons[area], lines[line])
    inside = lines[line]
    inside[~whole] = shapely.intersection(polygons[area[~whole]], inside[~whole])
    pieces, pair = shapely.get_parts(inside, return_index=True)
    length_m = shapely.length(pieces)
    street = length_m > 0
    pieces, length_m, area = pieces[street], length_m[street], area[pair[street]]
    # Streets come in the network's order, which follows from their positions alone.
    count = np.maximum(1, np.round(length_m / STREET_SPACING_M)).astype(np.int64)
    piece = np.repeat(np.arange(len(pieces)), count)
    step = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
    place_m = (step + 0.5) / count[piece] * length_m[piece]
    return (
        np.asarray(shapely.line_interpolate_point(pieces[piece], place_m), dtype=object),
        length_m[piece] / count[piece],
        area[piece],
    )


def _unit_of(
    frame: gpd.GeoDataFrame, communities: Units, layer: str, faults: FaultTable
) -> NDArray[np.int64]:
    """Return the community of each row: by its code, else by its position."""
    unit = communities.index_of(frame["community_code"])
    lost = unit < 0
    unit[lost] = communities.holding(shapely.point_on_surface(frame.geometry.to_numpy()[lost]))
    wrong = int((lost & frame["community_code"].notna().to_numpy()).sum())
    if wrong and len(communities):
        faults.add(
            Fault(
                layer=layer,
                row=None,
                column="community_code",
                severity="repaired",
                code="community_code_unknown",
                message=say(
                    f"{wrong:,} 行的社区代码不在当日有效的村居层中，已按位置判定。",
                    f"the community code of {wrong:,} rows is not in force; "
                    "found from their position",
                ),
                advice=say("请更正社区代码。", "correct the community codes"),
            )
        )
    outside = int((unit < 0).sum())
    if outside and len(communities):
        faults.add(
            Fault(
                layer=layer,
                row=None,
                column="community_code",
                severity="warning",
                code="outside_communities",
                message=say(
                    f"{outside:,} 行不在任何村居内；仍计入总数，列在“不在任何村居内”。",
                    f"{outside:,} rows lie in no community; they count under “no community”",
                ),
                advice=say("请检查坐标和村居边界。", "check positions and boundaries"),
            )
        )
    return unit


def _gates_of(
    gate: gpd.GeoDataFrame | None, compound_ids: pd.Series, faults: FaultTable
) -> tuple[gpd.GeoDataFrame | None, NDArray[np.int64]]:
    if gate is None or not len(gate):
        return None, np.empty(0, np.int64)
    index = pd.Index(texts(compound_ids.to_frame("id"), "id"))
    owner = np.asarray(index.get_indexer(pd.Index(texts(gate, "compound_id"))), np.int64)
    lost = int((owner < 0).sum())
    if lost:
        faults.add(
            Fault(
                layer="gate",
                row=None,
                column="compound_id",
                severity="warning",
                code="gate_without_compound",
                message=say(
                    f"{lost:,} 个出入口的小区编号找不到，未使用。",
                    f"the compound of {lost:,} gates is not in the compound layer; not used",
                ),
                advice=say("请更正小区编号。", "correct the compound ids"),
            )
        )
    return gate.reset_index(drop=True), owner


def _gates_of_buildings(
    gate: gpd.GeoDataFrame | None, buildings: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame | None, NDArray[np.int64]]:
    """Give each building a copy of every gate of its compound."""
    if gate is None or not len(gate) or not len(buildings):
        return None, np.empty(0, np.int64)
    own = pd.DataFrame(
        {"compound_id": buildings["compound_id"].astype("string"), "at": np.arange(len(buildings))}
    )
    own = own[own["compound_id"].notna()]
    doors = pd.DataFrame(
        {"compound_id": gate["compound_id"].astype("string"), "gate": np.arange(len(gate))}
    )
    pairs = own.merge(doors, on="compound_id")
    copies = gate.iloc[pairs["gate"].to_numpy()].reset_index(drop=True)
    return copies, pairs["at"].to_numpy(np.int64)


def _floor_area_m2(frame: gpd.GeoDataFrame, faults: FaultTable) -> NDArray[np.float64]:
    """Return gross floor area; footprint times floors where it is empty, else 0 and a fault."""
    footprint_m2 = frame.geometry.area.to_numpy()
    floors = np.nan_to_num(numbers(frame, "floors"), nan=1.0)
    stated_m2 = numbers(frame, "floor_area_m2")
    area_m2 = np.where(np.isnan(stated_m2), footprint_m2 * floors, stated_m2)
    empty = int((area_m2 == 0).sum())
    if empty:
        faults.add(
            Fault(
                layer="building",
                row=None,
                column="floor_area_m2",
                severity="warning",
                code="floor_area_unknown",
                message=say(
                    f"{empty:,} 栋楼没有建筑面积，也没有轮廓可量算；未分配人口。",
                    f"{empty:,} buildings have no floor area and no footprint; nobody laid on them",
                ),
                advice=say("请补充建筑面积。", "give their floor area"),
            )
        )
    return area_m2


def _report_streets(
    communities: Units, chosen: NDArray[np.int64], bare: NDArray[np.int64], faults: FaultTable
) -> None:
    if len(chosen):
        faults.add(
            Fault(
                layer="community",
                row=None,
                column="",
                severity="note",
                code="people_on_streets",
                message=say(
                    f"{len(chosen):,} 个村居没有小区和楼栋，其人口按街路长度分摊。",
                    f"{len(chosen):,} communities have no compounds and no buildings; "
                    "their people are spread along their streets",
                ),
                advice=say("导入小区层可得更准的结果。", "compounds would give a truer answer"),
            )
        )
    if len(bare):
        names = listed(communities.name[chosen[bare]])
        faults.add(
            Fault(
                layer="community",
                row=None,
                column="",
                severity="warning",
                code="no_street_inside",
                message=say(
                    f"{len(bare):,} 个村居内没有街路（{names}），人口置于其内一点。",
                    f"{len(bare):,} communities have no street inside ({names}); "
                    "their people stand at one point",
                ),
                advice=say("请检查路网和边界。", "check streets and boundaries"),
            )
        )
