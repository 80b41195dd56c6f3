"""What a rule finds of each subject by line of sight: which zones see it, and from where."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.assess.bounds import FAIL, PASS, UNKNOWN, Bounds
from geo.assess.place import label
from geo.assess.scene import Outcome, Scene
from geo.crs import CGCS2000
from geo.norms import Norm, Rule
from geo.terrain import SEEN, UNSEEN, Looks, Sight, who_sees

OUT_OF_SIGHT: Final = "sight"
"""Key of what is missing where the heights do not cover the lines of sight."""

_PARTS = 4


@dataclass(frozen=True, slots=True)
class Seen:
    """The nearest zone that sees a subject, as the detail of a verdict keeps it."""

    kind: str
    zone: str
    distance_m: float
    lon_lat: str

    @property
    def key(self) -> str:
        """The detail."""
        zone = self.zone.replace("|", "／")
        return f"seen:{self.kind}|{zone}|{self.distance_m:.1f}|{self.lon_lat}"


def seen_of(detail: str) -> Seen | None:
    """Read the detail of a verdict again; None where it is of another kind.

    Examples
    --------
    >>> seen_of("seen:rail|甲线|350.0|114.1,30.2").distance_m
    350.0
    """
    kind, _, rest = detail.partition(":")
    parts = rest.split("|")
    if kind != "seen" or len(parts) != _PARTS:
        return None
    return Seen(parts[0], parts[1], float(parts[2]), parts[3])


def in_sight(scene: Scene, norm: Norm, rule: Rule) -> Outcome:
    """Return which subjects are seen from any zone of a rule.

    The number compared is how many zones see the subject: none may. Zones the layer lacks, and
    lines of sight over heights that are missing, leave it unknown unless another zone sees it.
    """
    place = scene.place
    ground = place.elevation
    assert ground is not None
    shapes = place.frames[norm.subject].geometry.to_numpy()
    zones = gpd.GeoDataFrame(place.frames["zone"])
    kinds = [zone.kind for zone in rule.value.zones]
    rows = np.flatnonzero(zones["kind"].isin(kinds).fillna(value=False).to_numpy(bool))
    looks = who_sees(ground, shapes, zones.geometry.to_numpy()[rows], _sight(rule))
    seen, unseen = (looks.state == SEEN).sum(axis=1), (looks.state == UNSEEN).sum(axis=1)
    there = set(zones["kind"].iloc[rows])
    absent = next((f"zone:{kind}" for kind in kinds if kind not in there), "")
    open_ = (unseen > 0) | bool(absent)
    finding = np.where(seen > 0, FAIL, np.where(open_, UNKNOWN, PASS)).astype(np.int8)
    lacks = np.where(finding != UNKNOWN, "", absent or OUT_OF_SIGHT).astype(object)
    most = np.where(bool(absent), np.inf, seen + unseen)
    return Outcome(
        Bounds(seen.astype(np.float64), most.astype(np.float64), lacks),
        np.zeros(len(shapes)),
        finding,
        lacks,
        detail=_details(looks, zones, rows, label(place, "zone")),
    )


def _sight(rule: Rule) -> Sight:
    """Return how one looks: the value's own parameters, else the usual ones."""
    own, usual = dict(rule.value.parameters), Sight()
    return Sight(
        eye_m=own.get("eye_m", usual.eye_m),
        target_m=own.get("target_m", usual.target_m),
        farthest_m=own.get("sight_m", math.inf),
    )


def _details(
    looks: Looks, zones: gpd.GeoDataFrame, rows: NDArray[np.int64], names: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Return of each subject the nearest zone that sees it, as a key."""
    detail = np.full(len(looks.state), "", object)
    by = np.flatnonzero((looks.state == SEEN).any(axis=1))
    if not len(by):
        return detail
    nearest = np.nanargmin(looks.distance_m[by], axis=1)
    points = gpd.GeoSeries(shapely.points(looks.from_xy[by, nearest]), crs=zones.crs)
    lon_lat = shapely.get_coordinates(points.to_crs(CGCS2000).to_numpy())
    for at, zone, (lon, lat) in zip(by, nearest, lon_lat, strict=True):
        row = rows[zone]
        detail[at] = Seen(
            kind=str(zones["kind"].iloc[row]),
            zone=str(names[row]),
            distance_m=float(looks.distance_m[at, zone]),
            lon_lat=f"{lon:.6f},{lat:.6f}",
        ).key
    return detail
