"""How far a drawing and the minutes disagree: the minutes decide, a polygon only shows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import say


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Places that a polygon shows on the wrong side."""

    n_place: int
    """Places looked at."""
    n_drawn_only: int
    """Inside the polygon, though their walk is too long."""
    n_reached_only: int
    """Outside the polygon, though their walk is short enough."""

    @property
    def share(self) -> float:
        """Share of the places on the wrong side, 0 to 1; 0 when there is no place."""
        return (self.n_drawn_only + self.n_reached_only) / self.n_place if self.n_place else 0.0

    @property
    def sentence(self) -> str:
        """What to print under every drawing."""
        n_wrong = self.n_drawn_only + self.n_reached_only
        return say(
            f"等时圈仅为示意：{self.n_place:,} 个点中有 {n_wrong:,} 个"
            f"（{self.share:.1%}）与逐点计算不一致，其中未达而画入 {self.n_drawn_only:,} 个、"
            f"已达而未画入 {self.n_reached_only:,} 个；以逐点计算为准。",
            f"Isochrones are drawings: {n_wrong:,} of {self.n_place:,} points ({self.share:.1%}) "
            f"differ from the minutes computed for each point ({self.n_drawn_only:,} drawn but "
            f"not reached, {self.n_reached_only:,} reached but not drawn); the minutes decide.",
        )


def mismatch(
    area: shapely.Geometry,
    xy: NDArray[np.float64],
    reached: NDArray[np.bool_],
    *,
    place: NDArray[np.int64] | None = None,
) -> Mismatch:
    """Compare a polygon with who is reached by the minutes.

    Parameters
    ----------
    area
        The polygon as it is drawn, simplified or not.
    xy : (n, 2)
        Addresses in the polygon's CRS.
    reached : (n_place,)
        Whether the minutes of each place are within the polygon's limit.
    place : (n,)
        Position of the place that each address belongs to, such as the compound of a gate; a place
        is drawn when any of its addresses is. Every address is its own place when None.

    Raises
    ------
    DataError
        ``xy`` and ``place``, or else ``reached``, differ in length.
    """
    if len(xy) != len(reached if place is None else place):
        raise DataError(
            say(
                f"地址有 {len(xy):,} 个，归属或到达标记的个数与此不等。",
                f"{len(xy):,} addresses do not match their places or marks",
            )
        )
    shapely.prepare(area)
    inside = shapely.intersects_xy(area, xy)
    if place is not None:
        inside = np.bincount(place, weights=inside, minlength=len(reached)) > 0
    return Mismatch(
        n_place=len(reached),
        n_drawn_only=int((inside & ~reached).sum()),
        n_reached_only=int((~inside & reached).sum()),
    )
