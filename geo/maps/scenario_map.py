"""The map of differences between a scenario and today: who gains, who loses, by which facility."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.coverage import Coverage
from geo.maps.plan_map import Wording, plan_map
from geo.maps.words import unit
from geo.network.graph import StreetNetwork
from geo.text import say


def scenario_map(
    base: Coverage,
    other: Coverage,
    *,
    name: str,
    network: StreetNetwork | None = None,
    sources: Sequence[str] = (),
) -> str:
    """Draw who gains and who loses in a scenario, as one HTML page for a closed network.

    Parameters
    ----------
    base, other
        The answers for today and for the scenario, on the same demand points.
    name
        Name of the scenario.
    network
        Streets for the background.
    sources
        Where the rows come from.
    """
    limit_min = base.question.main_min
    minutes = f"covered_{limit_min:g}_min"
    demand = _demand(base, other, minutes)
    people = (
        base.points[base.weight].fillna(0).to_numpy(float)
        if base.weight in base.points
        else np.ones(len(demand))
    )
    changed = demand["state"].value_counts()
    before, after = (one.headline() for one in (base, other))
    return plan_map(
        _facilities(base, other),
        demand,
        kind=base.question.kind,
        people=people.tolist(),
        who=unit(base),
        limit_min=limit_min,
        areas=base.territory,
        network=network,
        title=say(f"情景“{name}”与现状", f"Scenario {name!r} against today"),
        headline=say(
            f"{limit_min:g} 分钟内覆盖{unit(base)} {before[minutes]:,} → {after[minutes]:,}"
            f"（{after[minutes] - before[minutes]:+,}）；新覆盖 {changed.get('gained', 0):,} 处，"
            f"失去覆盖 {changed.get('lost', 0):,} 处",
            f"{unit(base)} within {limit_min:g} min {before[minutes]:,} → {after[minutes]:,} "
            f"({after[minutes] - before[minutes]:+,}); {changed.get('gained', 0):,} points gained, "
            f"{changed.get('lost', 0):,} lost",
        ),
        notes=[base.conditions],
        sources=sources,
        simulated=base.provenance.simulated,
        wording=Wording(
            new=say("新增或迁来", "added or moved here"),
            closed=say("关闭或迁走", "closed or moved away"),
            map=say("情景图", "Map of the scenario"),
            after=say("情景步行", "Walk in the scenario"),
        ),
    )


def _demand(base: Coverage, other: Coverage, minutes: str) -> gpd.GeoDataFrame:
    """Return ``siting_assignment``: each point's walk today and in the scenario."""
    old, new = (one.points[minutes].to_numpy(bool) for one in (base, other))
    nearer = other.points["nearest_min"].lt(base.points["nearest_min"]).fillna(value=False)
    state = np.select(
        [new & ~old, old & ~new, new & nearer.to_numpy(bool), new],
        ["gained", "lost", "nearer", "covered"],
        "uncovered",
    )
    return gpd.GeoDataFrame(
        {
            "id": base.points["id"],
            "name": base.points["name"],
            "before_min": base.points["nearest_min"],
            "after_min": other.points["nearest_min"],
            "site_id": other.points["nearest_id"].where(new),
            "state": state,
        },
        geometry=base.points.geometry.representative_point(),
        crs=base.points.crs,
    )


def _facilities(base: Coverage, other: Coverage) -> gpd.GeoDataFrame:
    """Return ``siting_sites``: facilities that stay, those that come, those that go."""
    today = base.facilities.set_index("id").geometry
    same = [
        identity in today.index and place.equals(today[identity])
        for identity, place in zip(other.facilities["id"], other.facilities.geometry, strict=True)
    ]
    stay = other.facilities.assign(role=np.where(same, "kept", "new"))
    gone = base.facilities[~base.facilities["id"].isin(other.facilities["id"][same])]
    gone = gone.assign(role="closed", id=gone["id"] + say("（原址）", " (was)"))
    both = pd.concat([stay, gone], ignore_index=True)
    new = both["role"] == "new"
    order = both["marginal"].where(new).rank(ascending=False, method="first")
    frame = both[["id", "name", "role", "reached", "unique", "marginal"]].assign(
        rank=order.astype("Int64"), cost_yuan=None, explanation=None
    )
    places = both.geometry.representative_point().to_numpy()
    return gpd.GeoDataFrame(frame, geometry=places, crs=other.facilities.crs)
