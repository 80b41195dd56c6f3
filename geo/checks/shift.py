"""Whether points were declared in the right datum: compounds and gates lie beside streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.crs import Datum, from_cgcs2000, to_cgcs2000
from geo.faults import Fault
from geo.text import say

LEAST_POINTS: Final = 30
"""With fewer points the test stays silent."""
MOST_POINTS: Final = 2000
"""More points than this are thinned evenly: the answer no longer changes."""
_FAR_M: Final = 100.0
_LEAST_SIGMA: Final = 4.0
_LEAST_GAIN: Final = 0.15
_CANDIDATES: Final = (Datum("cgcs2000"), Datum("gcj02"), Datum("bd09"))


class DrawnStreets(Protocol):
    """What a street network says about where its streets run."""

    @property
    def crs(self) -> str:
        """Projected system of the coordinates."""
        ...

    @property
    def shape_xy(self) -> NDArray[np.float64]:
        """(n_vertex, 2) vertices, street after street."""
        ...

    @property
    def shape_start(self) -> NDArray[np.int64]:
        """(n_street + 1,) where each street begins."""
        ...


@dataclass(frozen=True, slots=True)
class DatumTest:
    """How well points lie along the streets under each datum they might be in."""

    declared: Datum
    likely: Datum
    """The declared datum, unless another fits clearly better."""
    n_point: int
    """Points that were tested."""
    distance_m: dict[str, float]
    """Candidate datum to the mean distance from the nearest street, each capped at 100 m."""
    shift_m: float
    """Median distance between the places under the declared and under the likely datum."""
    sigma: float
    """How many standard errors the likely datum is better than the declared one; 0 when same."""

    @property
    def suspicious(self) -> bool:
        """Whether another datum than the declared one is likely."""
        return self.likely != self.declared

    def fault(self, layer: str) -> Fault | None:
        """Return the warning for a layer, or None when the declaration looks right."""
        if not self.suspicious:
            return None
        declared_m, likely_m = (
            self.distance_m[_same(datum).name] for datum in (self.declared, self.likely)
        )
        return Fault(
            layer=layer,
            row=None,
            column="geometry",
            severity="warning",
            code="datum_suspicious",
            message=say(
                f"声明的坐标基准是 {self.declared.label}，但更像 {self.likely.label}："
                f"按后者点位平均离街路 {likely_m:.0f} 米，按前者 {declared_m:.0f} 米"
                f"（{self.n_point} 个点），"
                f"位置相差约 {self.shift_m:,.0f} 米",
                f"declared as {self.declared.label}, but looks like {self.likely.label}: the "
                f"points then lie {likely_m:.0f} m from a street on average instead of "
                f"{declared_m:.0f} m ({self.n_point} points); they move by {self.shift_m:,.0f} m",
            ),
            advice=say(
                f"请在地图上核对；若确实如此，请用 --datum {self.likely} 重新导入",
                f"check on a map; if so, import again with --datum {self.likely}",
            ),
        )


def likely_datum(
    lonlat: ArrayLike, declared: Datum, streets: gpd.GeoDataFrame | gpd.GeoSeries | DrawnStreets
) -> DatumTest:
    """Return which datum a set of points is likely to be in, judged by the streets.

    Parameters
    ----------
    lonlat : (n, 2)
        Places as imported: CGCS2000 degrees, after the conversion from ``declared``. NaN is left
        out. Gates and compounds fit best; for polygons give a point inside.
    declared
        The datum under which they were imported. A projected or local system is taken as CGCS2000.
    streets
        Lines in a projected system, or a street network.

    Notes
    -----
    Under the true datum most places are within 60 m of a street; under a wrong one they are
    scattered over the blocks. Paired differences of distances capped at 100 m decide: another
    datum is named when it is better by 4 standard errors and by 15 %. Between 30 and 50 points the
    test is weak, below 30 it is silent. When the *streets* are the shifted ones the points will
    seem shifted the other way: from these two alone nobody can tell which is wrong.
    """
    points = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    points = points[np.isfinite(points).all(axis=1)]
    if len(points) > MOST_POINTS:
        points = points[np.linspace(0, len(points) - 1, MOST_POINTS).astype(np.int64)]
    same = _same(declared)
    raw = from_cgcs2000(points, declared) if declared.offset else points
    crs, tree = _tree(streets)
    if len(points) < LEAST_POINTS or not len(tree.geometries):
        return DatumTest(declared, declared, len(points), {}, 0.0, 0.0)
    project = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    distance: dict[str, NDArray[np.float64]] = {}
    metric: dict[str, NDArray[np.float64]] = {}
    for candidate in _CANDIDATES:
        place = to_cgcs2000(raw, candidate)
        metric[candidate.name] = np.column_stack(project.transform(place[:, 0], place[:, 1]))
        distance[candidate.name] = _to_street_m(metric[candidate.name], tree)
    mean = {name: float(found.mean()) for name, found in distance.items()}
    best = min(_CANDIDATES, key=lambda candidate: mean[candidate.name])
    gain = distance[same.name] - distance[best.name]
    error = float(gain.std(ddof=1)) / np.sqrt(len(gain))
    sigma = float(gain.mean()) / error if error > 0 else 0.0
    clear = sigma >= _LEAST_SIGMA and mean[best.name] <= (1 - _LEAST_GAIN) * mean[same.name]
    if best == same or not clear:
        return DatumTest(declared, declared, len(points), mean, 0.0, 0.0)
    moved = metric[best.name] - metric[same.name]
    shift_m = float(np.median(np.hypot(moved[:, 0], moved[:, 1])))
    return DatumTest(declared, best, len(points), mean, shift_m, sigma)


def _same(datum: Datum) -> Datum:
    """Return the candidate a datum coincides with."""
    return datum if datum.offset else Datum("cgcs2000")


def _tree(
    streets: gpd.GeoDataFrame | gpd.GeoSeries | DrawnStreets,
) -> tuple[pyproj.CRS, shapely.STRtree]:
    if isinstance(streets, gpd.GeoDataFrame | gpd.GeoSeries):
        lines = streets.geometry.to_numpy()
        return pyproj.CRS(streets.crs), shapely.STRtree(lines[~shapely.is_missing(lines)])
    street = np.repeat(np.arange(len(streets.shape_start) - 1), np.diff(streets.shape_start))
    lines = np.asarray(shapely.linestrings(streets.shape_xy, indices=street), dtype=object)
    return pyproj.CRS(streets.crs), shapely.STRtree(lines)


def _to_street_m(xy: NDArray[np.float64], tree: shapely.STRtree) -> NDArray[np.float64]:
    """Return the distance to the nearest street: (n,) metres, capped at 100 m."""
    found = np.full(len(xy), _FAR_M)
    (point, _), near = tree.query_nearest(
        shapely.points(xy), max_distance=_FAR_M, return_distance=True, all_matches=False
    )
    found[point] = near
    return found
