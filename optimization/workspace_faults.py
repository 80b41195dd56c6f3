"""What the reader of a siting problem must know: unknown costs, places off streets, stale lists."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.coverage.walks import Walks
from geo.faults import Fault, FaultTable, Severity
from geo.norms.areas import area_label
from geo.schema import FacilityType, layer
from geo.store import Workspace
from geo.text import listed, say


def report_sites(
    kind: FacilityType,
    walks: Walks,
    existing: gpd.GeoDataFrame,
    offered: gpd.GeoDataFrame,
    faults: FaultTable,
) -> None:
    """Report facilities and candidates that hang on no main street."""
    off = ~walks.stations.usable
    for of_layer, what, frame, lost in (
        (kind.name, say("现有设施", "existing facilities"), existing, off[: len(existing)]),
        ("parcel", say("候选点", "candidates"), offered, off[len(existing) :]),
    ):
        if lost.any():
            names = listed(frame["name"].fillna(frame["id"])[lost])
            faults.add(
                Fault(
                    layer=of_layer,
                    row=None,
                    column="",
                    severity="warning",
                    code="site_off_streets",
                    message=say(
                        f"{int(lost.sum()):,} 个{what}接不到主路网（{names}），无人走得到。",
                        f"{int(lost.sum()):,} {what} are off the main streets ({names}); "
                        "nobody walks there",
                    ),
                    advice=say("请检查位置和路网。", "check their place and the streets"),
                )
            )


def report_cost(unknown: NDArray[np.str_], faults: FaultTable, *, forbidden: bool) -> None:
    """Report candidates without a build cost, and whether a budget leaves them out."""
    if not len(unknown):
        return
    severity: Severity = "warning" if forbidden else "note"
    fate_zh, fate_en = (
        ("不参与有预算的选址", "they cannot be chosen under a budget")
        if forbidden
        else ("费用按 0 计，合计偏低", "they count as 0, totals are too low")
    )
    faults.add(
        Fault(
            layer="parcel",
            row=None,
            column="build_cost_yuan",
            severity=severity,
            code="cost_unknown",
            message=say(
                f"{len(unknown):,} 个候选点没有建设费用（{listed(unknown)}），{fate_zh}。",
                f"{len(unknown):,} candidates have no build cost ({listed(unknown)}); {fate_en}",
            ),
            advice=say(
                "请填写“建设费用”，或用 fuwuquan candidates --yuan-per-m2 估算。",
                "give the build cost, or estimate it: fuwuquan candidates --yuan-per-m2",
            ),
        )
    )


def report_norms(
    workspace: Workspace, kind: FacilityType, own: Collection[str], faults: FaultTable
) -> None:
    """Report whose norms candidates were held to where not the county's, and if none is on area."""
    runs = [r for r in workspace.runs("candidates") if r.parameters.get("facility") == kind.name]
    if not runs:
        return
    found = runs[-1].parameters
    area = str(found.get("area", ""))
    if area and area not in own:
        faults.add(
            Fault(
                layer="parcel",
                row=None,
                column="",
                severity="note",
                code="norms_of_elsewhere",
                message=say(
                    f"候选点按{area_label(area)}的规范筛选，不是当地自己的规范。",
                    f"candidates were held to the norms of {area_label(area)}, not the place's own",
                ),
                advice="",
            )
        )
    wished = (found.get("criteria") or {}).get("min_area_m2")
    if "area" not in (found.get("asked") or {}) and wished is None:
        faults.add(
            Fault(
                layer="parcel",
                row=None,
                column="area_m2",
                severity="warning",
                code="no_area_norm",
                message=say(
                    f"候选点没有核对面积：{area_label(area)}没有施行中的面积规范。",
                    f"the area of candidates was not checked: no norm on floor area is in force in "
                    f"{area_label(area)}",
                ),
                advice=say(
                    f"请用 fuwuquan candidates -f {kind.name} 加 --min-area 或 --area 重新查找。",
                    f"find them again: fuwuquan candidates -f {kind.name} with --min-area or "
                    "--area",
                ),
            )
        )


def report_age(
    workspace: Workspace, kind: FacilityType, network_hash: str, faults: FaultTable
) -> None:
    """Report candidates found on layers or streets that have changed since."""
    runs = [r for r in workspace.runs("candidates") if r.parameters.get("facility") == kind.name]
    if not runs:
        return
    found_on = dict(runs[-1].inputs)
    changed = [] if found_on.pop("streets", network_hash) == network_hash else ["street"]
    changed += [
        name
        for name, digest in sorted(found_on.items())
        if not workspace.has(name) or workspace.content_sha256(name) != digest
    ]
    if changed:
        labels = listed((layer(name).label for name in changed), None)
        faults.add(
            Fault(
                layer="parcel",
                row=None,
                column="",
                severity="warning",
                code="candidates_outdated",
                message=say(
                    f"候选点找出之后，这些图层有改动：{labels}。",
                    f"layers changed since candidates were found: {labels}",
                ),
                advice=say(
                    f"请重新运行：fuwuquan candidates -f {kind.name}",
                    f"find them again: fuwuquan candidates -f {kind.name}",
                ),
            )
        )
