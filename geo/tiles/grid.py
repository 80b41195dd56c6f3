"""Which part of the world a tile shows, and where a place lies on it.

The grid is WebMercatorQuad of OGC 17-083r4: 256-pixel tiles in EPSG:3857, rows counted from the
north. Longitude and latitude are taken as they stand: CGCS2000 and WGS 84 differ by centimetres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import say

EXTENT = 4096
"""Units along the side of a tile."""
BUFFER = 256
"""Units beyond each side up to which shapes are kept, so that lines join across tiles."""
DEEPEST = 24
"""Deepest zoom: a unit is then under a millimetre."""
FULL_ZOOM = 14
"""Zoom from which on tiles hold every feature as it is; the deepest that a map asks for."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile of WebMercatorQuad.

    Raises
    ------
    DataError
        There is no such tile.
    """

    zoom: int
    column: int
    row: int

    def __post_init__(self) -> None:
        across = 1 << max(0, min(self.zoom, DEEPEST))
        whole = 0 <= self.zoom <= DEEPEST
        if not (whole and 0 <= self.column < across and 0 <= self.row < across):
            raise DataError(
                say(
                    f"没有这块瓦片：级别 {self.zoom}，行 {self.row}，列 {self.column}。",
                    f"there is no tile at zoom {self.zoom}, row {self.row}, column {self.column}",
                ),
                hint=say(
                    f"第 {self.zoom} 级的行号、列号是 0～{across - 1}。",
                    f"rows and columns of zoom {self.zoom} are 0 to {across - 1}",
                )
                if whole
                else say(f"级别是 0～{DEEPEST}。", f"zoom is 0 to {DEEPEST}"),
            )

    def bounds(self, buffer: int = BUFFER) -> tuple[float, float, float, float]:
        """Return west, south, east, north in degrees, widened by ``buffer`` units on each side."""
        share = buffer / EXTENT
        across = float(1 << self.zoom)
        west = (self.column - share) / across * 360 - 180
        east = (self.column + 1 + share) / across * 360 - 180
        return (
            west,
            _latitude((self.row + 1 + share) / across),
            east,
            _latitude((self.row - share) / across),
        )

    def places(self, lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where places lie on the tile, in its units from the top left corner.

        Parameters
        ----------
        lon_lat
            Degrees, (n, 2). Beyond 85.06° north or south a place lies on the edge of the world.
        """
        units = float(EXTENT << self.zoom)
        result = np.empty_like(lon_lat)
        result[:, 0] = (lon_lat[:, 0] / 360 + 0.5) * units - self.column * EXTENT
        sine = np.sin(np.radians(np.clip(lon_lat[:, 1], -_FARTHEST, _FARTHEST)))
        result[:, 1] = (0.5 - np.arctanh(sine) / (2 * np.pi)) * units - self.row * EXTENT
        return result


_FARTHEST = 85.0511287798066
"""Latitude of the northern edge of EPSG:3857."""


def _latitude(share: float) -> float:
    """Return the latitude at a share of the way from the northern edge to the southern."""
    return float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * share)))))
