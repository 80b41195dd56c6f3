"""Compare with straight-line circles, and say whether streets reach past the boundary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.coverage.areas import POINTS, known_people
from geo.demand import WEIGHTS, Demand
from geo.network.graph import StreetNetwork
from geo.text import say

GUARD_FACTOR = 1.5
"""How many times the farthest walk streets and facilities must reach beyond the boundary."""

# Coordinates come back from degrees with an error far below this.
_MILLIMETRE_M = 1e-3

# Points laid along the edge of the guard zone, to look for streets there.
_EDGE_SAMPLES = 200

# The edge lies a kilometre or more outside: the boundary's finer bends do not matter to it.
_SIMPLIFY_M = 20.0

# Streets this near the edge, as a share of the zone's width, reach it; less than the third by which
# the zone is wider than the farthest walk, so that a full zone holds every such walk.
_NEAR_SHARE = 0.25

# The guard zone counts as full when streets come near this share of its edge, and as missing below.
_FULL_SHARE = 0.8
_MISSING_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Guard:
    """Whether streets and facilities reach far enough beyond the boundary for a true answer."""

    needed_m: float
    """`GUARD_FACTOR` times the farthest walk."""
    streets: Literal["complete", "partial", "ends_at_boundary", "unknown"]
    edge_share: float
    """Share of the guard zone's edge with a street nearby; NaN without a boundary."""
    neighbour_facilities: int | None
    """Open facilities of neighbours; None without a boundary."""
    own_only: bool

    @property
    def statement(self) -> str:
        """One sentence for the user."""
        zone = say(
            f"护栏带需要 {self.needed_m:,.0f} 米（最远步行的 {GUARD_FACTOR:g} 倍）：",
            f"The guard zone must be {self.needed_m:,.0f} m ({GUARD_FACTOR:g} × farthest walk): ",
        )
        streets = {
            "complete": say("路网已延伸到位", "streets reach it"),
            "partial": say(
                f"路网只到其外缘的 {self.edge_share:.0%}，边界附近可能少算",
                f"streets reach {self.edge_share:.0%} of its edge; "
                "coverage near the boundary may be too low",
            ),
            "ends_at_boundary": say(
                "路网止于边界或延伸不足，边界附近的覆盖会少算，请导入邻区道路",
                "the streets end at or soon after the boundary; coverage near it is too low, "
                "import the neighbours' streets",
            ),
            "unknown": say("没有边界，无法判断", "no boundary, cannot tell"),
        }[self.streets]
        if self.own_only:
            facilities = say("；按要求只计本区设施。", "; own facilities only, as asked.")
        elif self.neighbour_facilities is None:
            facilities = say("；无法区分本区与邻区设施。", "; own and neighbours' not told apart.")
        elif self.neighbour_facilities:
            facilities = say(
                f"；已计入邻区设施 {self.neighbour_facilities:,} 个。",
                f"; {self.neighbour_facilities:,} facilities of neighbours count.",
            )
        else:
            facilities = say("；没有邻区设施数据。", "; no facilities of neighbours are known.")
        return zone + streets + facilities


def guard_zone(
    network: StreetNetwork,
    area: shapely.Geometry | None,
    *,
    farthest_m: float,
    own_county: pd.Series,
    own_only: bool,
) -> Guard:
    """Look for streets along the edge of the guard zone and for facilities outside the boundary.

    Parameters
    ----------
    network
        Streets.
    area
        The area the plan is for.
    farthest_m
        Farthest distance walked within the longest limit.
    own_county
        Whether each open facility is the county's own.
    """
    needed_m = GUARD_FACTOR * farthest_m
    if area is None:
        return Guard(needed_m, "unknown", float("nan"), None, own_only)
    edge = shapely.boundary(shapely.buffer(shapely.simplify(area, _SIMPLIFY_M), needed_m))
    places = shapely.line_interpolate_point(
        edge, (np.arange(_EDGE_SAMPLES) + 0.5) / _EDGE_SAMPLES, normalized=True
    )
    nodes = np.asarray(shapely.points(network.node_xy), np.object_)
    near_m = needed_m * _NEAR_SHARE
    found = shapely.STRtree(nodes).query(places, predicate="dwithin", distance=near_m)[0]
    share = len(np.unique(found)) / _EDGE_SAMPLES
    kind: Literal["complete", "partial", "ends_at_boundary"] = "partial"
    if share >= _FULL_SHARE:
        kind = "complete"
    elif share < _MISSING_SHARE:
        kind = "ends_at_boundary"
    return Guard(needed_m, kind, share, int((~own_county.fillna(value=True)).sum()), own_only)


def straight_nearest(
    demand: Demand, facilities: NDArray[np.object_]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the straight distance from each point's best entrance to the nearest facility.

    The walk begins at the same entrances, so that only the streets make the difference; a circle
    knows nothing of closed gates, so they count.

    Returns
    -------
    tuple
        Metres (n,), NaN without any facility; position of the facility (n,), -1 without any.
    """
    n = len(demand.points)
    nearest_m, nearest = np.full(n, np.nan), np.full(n, -1, np.int64)
    if len(facilities) and len(demand.entrances):
        (entrance, facility), distance_m = shapely.STRtree(facilities).query_nearest(
            demand.entrances.geometry.to_numpy(), all_matches=False, return_distance=True
        )
        point = demand.entrances["point"].to_numpy()[entrance]
        # Farthest first, so that the nearest is written last.
        order = np.lexsort((-facility, -distance_m))
        nearest_m[point[order]], nearest[point[order]] = distance_m[order], facility[order]
    return nearest_m, nearest


def straight_table(
    points: gpd.GeoDataFrame,
    covered: dict[float, NDArray[np.bool_]],
    *,
    speed_m_s: float,
) -> pd.DataFrame:
    """Set circle coverage beside network coverage: by how many points circles overstate it."""
    distance_m = points["straight_m"].to_numpy(dtype=float, na_value=np.nan)
    rows = []
    for limit, reached in covered.items():
        radius_m = limit * 60 * speed_m_s
        inside = distance_m <= radius_m + _MILLIMETRE_M
        for weight in (*WEIGHTS, POINTS):
            people, known = known_people(points, weight)
            total = int(people[known].sum())
            network, circle = int(people[reached].sum()), int(people[inside].sum())
            rows.append(
                {
                    "minutes": limit,
                    "radius_m": radius_m,
                    "weight": weight,
                    "total": total if known.any() else None,
                    "network": network if known.any() else None,
                    "circle": circle if known.any() else None,
                    "network_share": network / total if total else None,
                    "circle_share": circle / total if total else None,
                    "overstated_points": 100 * (circle - network) / total if total else None,
                }
            )
    whole = dict.fromkeys(("total", "network", "circle"), "Int64")
    shares = dict.fromkeys(("network_share", "circle_share", "overstated_points"), "Float64")
    return pd.DataFrame(rows).astype(whole | shares)
