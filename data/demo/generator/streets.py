"""Where the streets of the demo run: lines one may walk, and points every ten metres on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from generator import Floats, Ints
from generator.clip import CHANNEL_M, river

STEP_M: Final = 10.0
_NOT_WALKED: Final = ("motorway", "motorway_link")
_LIVED_ON: Final = {
    "residential": 3.0,
    "living_street": 3.0,
    "unclassified": 1.5,
    "tertiary": 1.2,
    "pedestrian": 1.0,
    "secondary": 0.5,
}
"""How much likelier than on other streets one finds housing there."""
_ELSEWHERE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Streets:
    """Points every ten metres along the walkable streets."""

    lines: NDArray[np.object_]
    """(n_line,)"""
    classes: NDArray[np.str_]
    """(n_line,) OSM highway values."""
    xy: Floats
    """(n, 2) metres, line after line."""
    line: Ints
    """(n,) line of each point, ascending."""
    normal: Floats
    """(n, 2) unit vector to the left of the street."""
    housing: Floats
    """(n,) how likely housing stands at each point; 0 on bridges over the river."""
    tree: KDTree


def read_streets(path: Path) -> Streets:
    """Read the clip and lay points along its walkable lines."""
    frame = gpd.read_file(path, engine="pyogrio")
    frame = frame[~frame["highway"].isin(_NOT_WALKED)]
    lines = frame.geometry.to_numpy()
    length = shapely.length(lines)
    count = np.maximum(np.round(length / STEP_M).astype(np.int64), 1)
    line = np.repeat(np.arange(len(lines)), count)
    rank = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    along = (rank + 0.5) * (length / count)[line]
    xy = shapely.get_coordinates(shapely.line_interpolate_point(lines[line], along))
    before = shapely.get_coordinates(
        shapely.line_interpolate_point(lines[line], np.maximum(along - 1, 0))
    )
    after = shapely.get_coordinates(
        shapely.line_interpolate_point(lines[line], np.minimum(along + 1, length[line]))
    )
    ahead = after - before
    ahead = ahead / np.maximum(np.hypot(*ahead.T), 1e-9)[:, None]
    normal = np.column_stack([-ahead[:, 1], ahead[:, 0]])
    classes = frame["highway"].to_numpy().astype(str)
    housing = np.array([_LIVED_ON.get(str(name), _ELSEWHERE) for name in classes])[line]
    housing[shapely.dwithin(shapely.points(xy), river(), CHANNEL_M)] = 0
    return Streets(lines, classes, xy, line, normal, housing, KDTree(xy))
