"""What a reader of candidates must know: whose norms, what could not be checked, from what."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import geopandas as gpd

from geo.assess.jurisdiction import Jurisdiction
from geo.faults import Fault, FaultTable
from geo.network.current import HEIGHTS
from geo.norms.areas import area_label
from geo.text import say
from optimization.candidates.criteria import Asked
from optimization.candidates.rules import Facts
from optimization.candidates.search import Search


def report_norms(search: Search, law: Jurisdiction, faults: FaultTable) -> None:
    """Say whose norms were taken where they are not the place's own, and whether any is on area."""
    if law.words:
        faults.add(
            Fault(
                layer="parcel",
                row=None,
                column="",
                severity="note",
                code="norms_of_elsewhere",
                message=law.words,
                advice="",
            )
        )
    if search.held.area is None and search.wanted.min_area_m2 is None:
        where = area_label(search.area)
        faults.add(
            Fault(
                layer="parcel",
                row=None,
                column="area_m2",
                severity="warning",
                code="no_area_norm",
                message=say(
                    f"{where}没有施行中的面积规范，未按面积筛选。",
                    f"no norm on floor area is in force in {where}; places were held to none",
                ),
                advice=say(
                    "可用 --min-area 指定，或用 --area 换地区。", "give --min-area or --area"
                ),
            )
        )


def report_unchecked(
    search: Search, table: gpd.GeoDataFrame, known: Facts, faults: FaultTable
) -> None:
    """Say what could not be checked, once for all places."""
    no_heights = search.workspace.settings.get(HEIGHTS) is None
    cost = int(table["build_cost_yuan"].isna().sum())
    outside = int(known.outside_communities.sum())
    if outside:
        faults.add(
            Fault(
                layer="parcel",
                row=None,
                column="",
                severity="note",
                code="county_unknown",
                message=say(
                    f"{outside:,} 处在已导入的社区边界之外（没有区县边界），未据此剔除。",
                    f"{outside:,} places lie outside the communities imported; without the "
                    "boundary of the county this rejects nothing",
                ),
                advice=say(
                    "导入区县边界后重新运行。", "import the county's boundary and run again"
                ),
            )
        )
    if no_heights:
        faults.add(
            Fault(
                layer="parcel",
                row=None,
                column="",
                severity="note",
                code="slope_unknown",
                message=say(
                    "没有高程，坡度未知，未据此剔除。",
                    "no elevation model: slopes are unknown and reject nothing",
                ),
                advice=say(
                    "导入街路时加 --dem 高程文件。", "give one when reading the streets: --dem"
                ),
            )
        )
    if cost:
        faults.add(
            Fault(
                layer="parcel",
                row=None,
                column="build_cost_yuan",
                severity="note",
                code="candidate_cost_unknown",
                message=say(f"{cost:,} 处没有建设费用。", f"{cost:,} places have no build cost"),
                advice=say(
                    "请填写，或用 --yuan-per-m2 估算。", "give it, or estimate it: --yuan-per-m2"
                ),
            )
        )


def provenance(search: Search, table: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return from what the candidates were found, as plain values."""
    workspace, question, wanted = search.workspace, search.question, search.wanted
    used = sorted(set(table["layer"].dropna()) | ({"zone"} if workspace.has("zone") else set()))
    return {
        "facility": question.kind.name,
        "limit_min": question.main_min,
        "profile": question.walker.name,
        "speed_m_s": question.walker.speed_m_s,
        "on": question.on.isoformat(),
        "area": search.area,
        "sources": list(wanted.sources),
        "criteria": {k: v for k, v in asdict(wanted).items() if k != "sources"},
        "asked": {
            name: asdict(one)
            for name in ("area", "shared", "lift_from", "lowest_floor")
            if isinstance(one := getattr(search.held, name), Asked)
        },
        "zones": [asdict(zone) for zone in search.held.zones],
        "weight": search.now.weight,
        "network_hash": search.inputs.network_hash,
        "layers": dict(search.inputs.layers)
        | {layer: workspace.content_sha256(layer) for layer in used},
        "simulated": search.now.provenance.simulated
        or bool(table["simulated"].fillna(value=False).to_numpy(bool).any()),
    }
