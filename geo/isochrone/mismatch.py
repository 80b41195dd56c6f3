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
    area: shapely.Geometry, xy: NDArray[np.float64], reached: NDArray[np.bool_]
) -> Mismatch:
    """Compare a polygon with who is reached by the minutes.

    Parameters
    ----------
    area
        The polygon as it is drawn, simplified or not.
    xy : (n, 2)
        Places in the polygon's CRS.
    reached : (n,)
        Whether the minutes of each place are within the polygon's limit.

    Raises
    ------
    DataError
        ``xy`` and ``reached`` differ in length.
    """
    if len(xy) != len(reached):
        raise DataError(
            say(
                f"点有 {len(xy):,} 个，是否到达的标记有 {len(reached):,} 个，两者应相等。",
                f"{len(xy):,} places but {len(reached):,} marks of whether they are reached",
            )
        )
    shapely.prepare(area)
    inside = shapely.intersects_xy(area, xy)
    return Mismatch(
        n_place=len(xy),
        n_drawn_only=int((inside & ~reached).sum()),
        n_reached_only=int((~inside & reached).sum()),
    )
