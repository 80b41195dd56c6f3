"""What the norm model of ``fuwuquan site`` must be told: what estates lack, and rooms on offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from api.cli.site_asked import Asked
from geo.assess import assess, read_place
from geo.assess.jurisdiction import of_place
from geo.boundaries import locate
from geo.errors import DataError
from geo.norms import load
from geo.norms.areas import area_label
from geo.store import Workspace
from geo.text import say
from optimization.compliance import needs_of, requirement, size_options
from optimization.compliance.requirement import AREA_NORMS
from optimization.problem import Problem
from optimization.workspace import SitingInputs

NORM = "norm"
"""Name of the model."""


def told(
    workspace: Workspace, asked: Asked, read: SitingInputs
) -> tuple[Callable[[Problem], dict[str, Any]], tuple[str, ...]]:
    """Return what to tell the model of each problem, and the estates whose shortfall is unknown.

    Estates are assessed as ``fuwuquan assess`` does; what they lack by the norms on floor area in
    force is to be closed by whole rooms, none smaller than a station may be.

    Raises
    ------
    DataError
        No norm on floor area for estates is in force, or no estate lacks any.
    """
    norms = load()
    place = read_place(workspace, on=asked.on, as_of=asked.as_of)
    law = of_place(place, workspace, asked.area)
    result = assess(place, norms, ids=(AREA_NORMS,), area=law.rules)
    if not result.blocks:
        raise DataError(
            say(
                f"{asked.on} 在{area_label(law.rules)}没有施行中的每百户用房面积规范。",
                f"no norm on floor area is in force in {area_label(law.rules)} on {asked.on}.",
            ),
            hint=say(
                "可用 --area 按别处的规范试算，如 --area 340207；"
                "施行了哪些见 fuwuquan norms list。",
                "Try the norms of another area: --area 340207; see fuwuquan norms list.",
            ),
        )
    communities = workspace.read("community", str(read.existing.crs))
    standing = locate(read.existing.geometry, communities)
    offered = read.candidates["community_code"]
    code = [None if pd.isna(one) else str(one) for one in [*standing, *offered]]
    needs, unknown = needs_of(result, read.problem, site_community=code)
    if not (needs.need_m2 > 0).any():
        raise DataError(
            say("没有小区缺用房面积，不必选址。", "no estate lacks floor area: nothing to site."),
            hint=say(
                f"面积未知的小区有 {len(unknown)} 个；请先看 fuwuquan assess。",
                f"{len(unknown)} estates are unknown; see fuwuquan assess first.",
            ),
        )
    compounds = place.frames["compound"]
    households = compounds["households"].astype("Float64").to_numpy(np.float64, na_value=np.nan)
    least = requirement(
        norms,
        area=law.rules,
        on=asked.on,
        households=np.asarray(households, np.float64),
        build_status=compounds["build_status"].to_numpy(object),
    ).station_m2

    def given(problem: Problem) -> dict[str, Any]:
        return {
            "needs": needs,
            "options": size_options(problem, classes_m2=np.zeros(0), yuan_m2=0.0, least_m2=least),
            "unmet": "report",
        }

    return given, unknown
