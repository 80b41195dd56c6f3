"""Gates that could be opened as a table: what each does alone, and beside a plan's new sites."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import shapely

from optimization.gate_options import Gates
from optimization.gates import GateGain, GateSiting, gate_gains
from optimization.problem import Problem
from optimization.report import typed


def gate_table(
    problem: Problem,
    gates: Gates,
    plan: GateSiting,
    *,
    weight: str,
    limit_min: float,
    crs: str,
) -> gpd.GeoDataFrame:
    """Return ``siting_gates``: those the plan opens first, then by people newly covered alone.

    Parameters
    ----------
    problem
        The walks of today.
    gates
        What could be opened.
    plan
        The answer.
    weight, limit_min
        Whom to count, and within how many minutes.
    crs
        Working CRS.
    """
    alone = gate_gains(problem, gates, weight=weight, limit_min=limit_min)
    beside = {
        gain.id: gain
        for gain in gate_gains(
            problem, gates, opened=plan.sites, weight=weight, limit_min=limit_min
        )
    }
    opened = set(gates.id[plan.gates].tolist())
    ordered = sorted(alone, key=lambda gain: gain.id not in opened)
    at = {str(identity): k for k, identity in enumerate(gates.id)}
    xy = gates.xy[[at[gain.id] for gain in ordered]].reshape(-1, 2)
    columns: Mapping[str, object] = {
        "id": [gain.id for gain in ordered],
        "demand_id": [problem.demand_id[gain.demand] for gain in ordered],
        "demand_name": [gain.name for gain in ordered],
        "kind": [gain.kind for gain in ordered],
        "chosen": [gain.id in opened for gain in ordered],
        "people": [round(gain.people) for gain in ordered],
        "cost_yuan": [gain.cost_yuan for gain in ordered],
        "before_min": [gain.before_min for gain in ordered],
        "alone_min": [gain.after_min for gain in ordered],
        "alone_saved_min": [gain.saved_min for gain in ordered],
        "alone_covered": [round(gain.covered) for gain in ordered],
        "person_minutes": [gain.person_minutes for gain in ordered],
        **_beside([beside[gain.id] for gain in ordered]),
    }
    return gpd.GeoDataFrame(
        typed("siting_gates", columns, len(ordered)), geometry=shapely.points(xy), crs=crs
    )


def _beside(gains: list[GateGain]) -> Mapping[str, object]:
    return {
        "plan_before_min": np.array([gain.before_min for gain in gains]),
        "plan_min": np.array([gain.after_min for gain in gains]),
        "plan_covered": [round(gain.covered) for gain in gains],
    }
