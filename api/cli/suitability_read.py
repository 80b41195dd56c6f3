"""What ``fuwuquan suitability`` reads of a workspace, and the question it makes of the options."""

from __future__ import annotations

import math
from datetime import date

import geopandas as gpd

from geo.errors import DataError, NotFoundError
from geo.network.current import open_network
from geo.network.graph import StreetNetwork
from geo.norms import Norms
from geo.store import Workspace
from geo.terrain import Sight
from geo.text import say
from optimization.suitability import (
    Criteria,
    Question,
    formula,
    priority_set,
    to_read_again,
    zone_set,
)

LAYERS = ("county", "township", "community", "compound", "zone", "cemetery", "columbarium")


def read_layers(workspace: Workspace) -> tuple[dict[str, gpd.GeoDataFrame], StreetNetwork | None]:
    """Return the layers and the streets, all in one CRS."""
    try:
        network = open_network(workspace)
    except NotFoundError:
        network = None
    crs = workspace.working_crs if network is None else network.crs
    return {n: workspace.read(n, crs) for n in LAYERS if workspace.has(n)}, network


def question_of(
    criteria: Criteria,
    norms: Norms,
    zones: str,
    *,
    area: str,
    on: date,
    cell_m: float,
    years: float | None,
    deaths: float | None,
    sight_km: float | None,
    seed: int,
) -> Question:
    """Return the question that the options make.

    Raises
    ------
    DataError
        A number is not above 0.
    """
    for name, value in (("--deaths", deaths), ("--sight-km", sight_km)):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise DataError(say(f"{name} 应为正数。", f"{name} must be a positive number"))
    kept = zone_set(zones, norms, area=area, on=on, facility=criteria.facility)
    return Question(
        criteria=criteria,
        zones=kept,
        priority=priority_set(kept, norms, area=area, on=on),
        formula=formula(norms, area=area, on=on, years=years),
        notices=to_read_again(norms, area=area, on=on),
        on=on,
        cell_m=cell_m,
        sight=Sight(farthest_m=math.inf if sight_km is None else 1000 * sight_km),
        deaths_permille=deaths,
        seed=seed,
    )
