"""Where facilities stand: beside streets, in their community, near the people they serve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.random import Generator

from generator import CRS, SOURCE, Floats, Ints
from generator.land import Land
from generator.streets import Streets

_OFF_STREET_M: Final = (9.0, 18.0)
_NEAR_M: Final = 400.0
NEIGHBOURS_M: Final = (250.0, 1200.0)
"""How far beyond the county the neighbours' facilities stand."""


@dataclass(frozen=True, slots=True)
class City:
    """What facilities are placed in; chances are drawn from ``rng`` in the order of the calls."""

    land: Land
    streets: Streets
    communities: gpd.GeoDataFrame
    compounds: gpd.GeoDataFrame
    rng: Generator

    def people(self) -> pd.DataFrame:
        """Return elders and the largest compound of each community, by community code."""
        by_size = self.compounds.sort_values("households", ascending=False, kind="stable")
        largest = by_size.drop_duplicates("community_code").set_index("community_code")["id"]
        elders = self.compounds.groupby("community_code")["elders"].sum()
        return pd.DataFrame({"elders": elders, "largest": largest}).loc[self.communities["code"]]

    def beside(self, code: str, near: Floats) -> Floats:
        """Return a place beside a street of a community, as near as may be to another place."""
        unit = self.communities.set_index("code").geometry[code].buffer(-8)
        walked = np.array(self.streets.tree.query_ball_point(near, _NEAR_M, return_sorted=True))
        walked = walked[self.streets.housing[walked] > 0]
        walked = walked[shapely.contains_xy(unit, self.streets.xy[walked])]
        if len(walked) < 3:  # noqa: PLR2004 - points
            walked = self._walked(unit)
        closeness = np.exp(-np.hypot(*(self.streets.xy[walked] - near).T) / 120)
        at = self.rng.choice(walked, 40, p=closeness / closeness.sum())
        spots = self.off_street(at)
        return next(spot for spot in spots if unit.contains(shapely.Point(spot)))

    def inside(self, code: str) -> Floats:
        """Return a place beside any lived-on street of a community."""
        unit = self.communities.set_index("code").geometry[code].buffer(-25)
        walked = self._walked(unit)
        weight = self.streets.housing[walked]
        spots = self.off_street(self.rng.choice(walked, 40, p=weight / weight.sum()))
        return next(spot for spot in spots if unit.contains(shapely.Point(spot)))

    def _walked(self, area: shapely.Polygon) -> Ints:
        """Return the points of streets in an area, bridges left out."""
        west, south, east, north = area.bounds
        x, y = self.streets.xy.T
        near = np.flatnonzero((x > west) & (x < east) & (y > south) & (y < north))
        near = near[self.streets.housing[near] > 0]
        return near[shapely.contains_xy(area, self.streets.xy[near])]

    def beyond(self, count: int) -> Floats:
        """Return places beside streets of the neighbouring districts."""
        away = shapely.distance(shapely.points(self.streets.xy), self.land.county)
        near, far = NEIGHBOURS_M
        at = np.flatnonzero((away > near) & (away < far) & (self.streets.housing > 1))
        chosen = [int(self.rng.choice(at))]
        while len(chosen) < count:
            gap = np.min(
                [np.hypot(*(self.streets.xy[at] - self.streets.xy[c]).T) for c in chosen], axis=0
            )
            apart = at[gap > 2500]  # noqa: PLR2004 - metres
            chosen.append(int(self.rng.choice(apart)))
        return self.off_street(np.array(chosen))

    def off_street(self, at: np.ndarray) -> Floats:
        """Return places a few metres off points of streets."""
        away = self.rng.uniform(*_OFF_STREET_M, len(at)) * self.rng.choice((-1.0, 1.0), len(at))
        places: Floats = self.streets.xy[at] + self.streets.normal[at] * away[:, None]
        return places

    def home_of(self, compound: str) -> Floats:
        """Return the middle of a compound."""
        point = self.compounds.set_index("id").geometry[compound]
        return np.array([point.x, point.y])

    def chance(self, share: float, count: int) -> np.ndarray:
        """Return which of ``count`` things happen with a chance."""
        drawn: np.ndarray = self.rng.random(count) < share
        return drawn

    def days(self, first: int, last: int, count: int) -> list[date]:
        """Return days between two years, both included."""
        span = 365 * (last - first + 1)
        drawn = self.rng.integers(span, size=count).tolist()
        return [date(first, 1, 1) + timedelta(days=offset) for offset in drawn]


def layer(prefix: str, rows: dict[str, object], xy: list[Floats] | Floats) -> gpd.GeoDataFrame:
    """Return a layer with numbered, simulated rows."""
    places = np.asarray(xy)
    frame = gpd.GeoDataFrame(rows, geometry=shapely.points(places), crs=CRS)
    ids = [f"{prefix}{i + 1:03d}" for i in range(len(frame))]
    return frame.assign(id=ids, source=SOURCE, simulated=True)


def with_neighbours(own: gpd.GeoDataFrame, beyond: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return own facilities and, after them, those of neighbouring districts."""
    marked = [own.assign(own_county=True), beyond.assign(own_county=False)]
    frames = [frame.astype(object).drop(columns="geometry") for frame in marked]
    together = pd.concat(frames, ignore_index=True)
    shapes = np.concatenate([own.geometry.to_numpy(), beyond.geometry.to_numpy()])
    return gpd.GeoDataFrame(together, geometry=shapes, crs=CRS)
