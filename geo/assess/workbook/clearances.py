"""Distances from zones, recomputed from the coordinates between which they are measured."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.assess.place import label
from geo.assess.scene import Scene
from geo.assess.spatial import nearest_zones
from geo.assess.verdicts import Block
from geo.assess.words import zone_label
from geo.assess.workbook.cells import Lines, every_one, found, met, same, sheet, text
from geo.demand.units import texts
from geo.norms.model import Exclusion
from geo.text import say

COLUMNS: Final = (
    "norm",
    "id",
    "name",
    "zone_kind",
    "zone",
    "x",
    "y",
    "zone_x",
    "zone_y",
    "distance_m",
    "keep_m",
    "kept",
    "recomputed",
    "found",
    "same",
)


def clearances(scene: Scene, blocks: tuple[Block, ...]) -> pd.DataFrame:
    """Return one line a subject and kind of zone, the nearest zone of the kind."""
    parts = [
        part
        for block in blocks
        if isinstance(block.norm.measure, Exclusion)
        and block.norm.measure.method == "distance"
        and block.layer
        and scene.place.has("zone")
        for part in _of(scene, block)
    ]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(parts, ignore_index=True)
    group, _ = pd.factorize(table["norm"] + " " + table["id"].astype(str))
    order = np.argsort(group, kind="stable")
    table, group = table.iloc[order].reset_index(drop=True), group[order]
    lines = Lines(COLUMNS, group)
    names = ("norm", "id", "name", "zone_kind", "zone")
    unmeasured = '[zone]="' + _no_zone() + '"'
    return sheet(
        COLUMNS,
        {
            **{name: text(table[name].to_list()) for name in names},
            **{name: table[name] for name in ("x", "y", "zone_x", "zone_y", "keep_m")},
            "distance_m": lines(
                f'=IF({unmeasured},"",ROUND(SQRT(([x]-[zone_x])^2+([y]-[zone_y])^2),6))'
            ),
            "kept": lines(
                f"=IF({unmeasured},{met(-1)},IF([distance_m]<=N([keep_m]),{met(0)},"
                f'IF([keep_m]="",{met(-1)},{met(1)})))'
            ),
            "recomputed": lines(every_one("kept")),
            "found": found(table["finding"].to_numpy(np.int8)),
            "same": lines(same()),
        },
    )


def _of(scene: Scene, block: Block) -> list[pd.DataFrame]:
    """Return the lines of one block, kind by kind; the rule that decides may differ by subject."""
    place, parts = scene.place, []
    frame = place.frames[block.layer]
    shapes = frame.geometry.to_numpy()
    zones = gpd.GeoDataFrame(place.frames["zone"])
    names = label(place, "zone")
    for position, rule in enumerate(block.rules):
        mine = np.flatnonzero(block.rule == position)
        rows = block.rows[mine]
        for zone in rule.value.zones if len(mine) else ():
            near = nearest_zones(zones, zone.kind, shapes[rows])
            blank = np.full(len(rows), np.nan)
            parts.append(
                pd.DataFrame(
                    {
                        "norm": block.norm.id,
                        "id": texts(frame, "id")[rows],
                        "name": label(place, block.layer)[rows],
                        "zone_kind": zone_label(zone.kind),
                        "zone": _no_zone() if near is None else names[near.zone],
                        "x": blank if near is None else near.from_xy[:, 0],
                        "y": blank if near is None else near.from_xy[:, 1],
                        "zone_x": blank if near is None else near.to_xy[:, 0],
                        "zone_y": blank if near is None else near.to_xy[:, 1],
                        "keep_m": np.nan if zone.distance_m is None else zone.distance_m,
                        "finding": block.finding[mine],
                    }
                )
            )
    return parts


def _no_zone() -> str:
    return say("（图层里没有这类区域）", "(the layer has none of this kind)")
