"""Keep a plan of years in the workspace: tables, its sites as a layer for QGIS, what was asked."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from api.cli.plan_asked import Asked
from geo.schema.results import headings
from geo.store import Workspace
from optimization.workspace import SitingInputs


def keep_plan(
    workspace: Workspace,
    read: SitingInputs,
    asked: Asked,
    tables: Mapping[str, tuple[pd.DataFrame, str]],
    *,
    parameters: Mapping[str, object],
    results: Mapping[str, object],
) -> None:
    """Keep tables and what was asked.

    Parameters
    ----------
    workspace
        Where they are kept.
    read
        What was planned.
    asked
        The question.
    tables
        Rows and title by the table's name without ``plan_``; rows with an ``id`` are sites.
    parameters, results
        Of this plan, beside what every plan is asked.
    """
    kind, provenance = read.question.kind, read.problem.provenance
    for part, (frame, label) in tables.items():
        workspace.write_result(
            f"plan_{kind.name}_{part}",
            _placed(frame, read) if "id" in frame else frame,
            on=asked.on,
            title=f"{kind.label} {label}",
            titles=headings(f"plan_{part}"),
        )
    workspace.record_run(
        "plan",
        on=asked.on,
        inputs=dict(provenance["layers"]) | {"streets": str(provenance["network_hash"])},
        parameters={
            "facility": kind.name,
            "years": list(asked.years),
            "budgets_yuan": None if asked.budgets_yuan is None else list(asked.budgets_yuan),
            "per_year": None if asked.per_year is None else list(asked.per_year),
            "limit_min": read.question.main_min,
            "seed": asked.seed,
        }
        | dict(parameters),
        results=dict(results),
    )


def _placed(frame: pd.DataFrame, read: SitingInputs) -> gpd.GeoDataFrame:
    """Return rows of sites with the points where they stand."""
    sites = read.problem.sites
    at = {str(identity): n for n, identity in enumerate(sites.id)}
    order = np.array([at[str(identity)] for identity in frame["id"]], dtype=np.int64)
    points = gpd.points_from_xy(*sites.xy[order].T)
    return gpd.GeoDataFrame(frame, geometry=points, crs=read.inputs.network.crs)
