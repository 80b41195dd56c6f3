"""How the streets of the demo were cut from the source distribution of neatnet 0.1.6.

Run once, with that file at hand: ``python data/demo/generate.py --streets original.parquet``.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from scipy import sparse

from generator import CRS, Floats

SOURCE_SHA256: Final = "aeadb891a146320d617de30b7df552818b200e9372cfeaf50535300b8bd8d244"
"""Of ``data/wuhan_8989/original.parquet`` in neatnet-0.1.6.tar.gz."""
GUARD_M: Final = 2900.0
"""Streets reach this far beyond the outline: 1.5 times a walk of 30 minutes and a margin."""
OUTLINE_KM: Final = (
    (230.3, 3371.7), (232.5, 3370.3), (236.0, 3370.4), (238.4, 3371.1),
    (240.1, 3374.3), (240.1, 3376.2), (239.7, 3377.7), (238.0, 3380.2),
    (235.1, 3379.9), (232.1, 3379.7), (229.9, 3377.5), (229.1, 3375.0),
)  # fmt: skip
"""Rough border of the county, from which the true one departs by some hundred metres."""
RIVER_KM: Final = (
    (230.4, 3370.6), (232.0, 3373.4), (234.2, 3375.9), (236.2, 3378.4), (237.6, 3380.4),
)  # fmt: skip
"""Where the streets leave the Yangtze free."""
CHANNEL_M: Final = 600.0
"""Streets this close to the middle of the river are bridges."""


def outline() -> shapely.Polygon:
    """Return the rough border of the county, in metres."""
    return shapely.Polygon(np.array(OUTLINE_KM) * 1000)


def river() -> shapely.LineString:
    """Return the middle of the river, in metres."""
    return shapely.LineString(np.array(RIVER_KM) * 1000)


def cut(source: Path) -> gpd.GeoDataFrame:
    """Return the connected streets around the county, whole segments, in the order of their ids.

    Raises
    ------
    ValueError
        The source is not the recorded file.
    """
    found = hashlib.sha256(source.read_bytes()).hexdigest()
    if found != SOURCE_SHA256:
        raise ValueError(f"{source}: SHA-256 {found}, wanted {SOURCE_SHA256}")
    every = gpd.read_parquet(source)
    near = every[every.intersects(outline().buffer(GUARD_M)).to_numpy()]
    ends, position = np.unique(near[["u", "v"]].to_numpy(), return_inverse=True)
    pairs: Floats = position.reshape(-1, 2)
    graph = sparse.coo_matrix(
        (np.ones(len(near)), (pairs[:, 0], pairs[:, 1])), shape=(len(ends), len(ends))
    )
    part = sparse.csgraph.connected_components(graph)[1][pairs[:, 0]]
    whole = near[part == np.bincount(part).argmax()].sort_values(["u", "v", "key"], kind="stable")
    lines = shapely.set_precision(whole.geometry.to_numpy(), 0.01, mode="pointwise")
    drawn_before = gpd.GeoSeries(shapely.normalize(lines)).duplicated().to_numpy()
    whole, lines = whole[~drawn_before], lines[~drawn_before]
    return gpd.GeoDataFrame(
        {
            "id": np.arange(1, len(whole) + 1),
            "highway": whole["highway"].to_numpy(),
            "source": "OSM",
        },
        geometry=lines,
        crs=CRS,
    )


def write_streets(streets: gpd.GeoDataFrame, target: Path) -> None:
    """Write streets as a GeoPackage without a spatial index and with a fixed date."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2025-01-01T00:00:00.000Z"})
    target.unlink(missing_ok=True)
    pyogrio.write_dataframe(
        streets, target, driver="GPKG", layer="streets", layer_options={"SPATIAL_INDEX": "NO"}
    )
