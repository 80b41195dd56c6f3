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
GUARD_M: Final = 2000.0
"""Streets reach this far beyond the outline: 1.5 times a walk of 15 minutes and a margin."""
OUTLINE_KM: Final = (
    (225.6, 3371.6), (229.5, 3370.3), (233.2, 3370.2), (236.6, 3371.6), (238.6, 3374.2),
    (239.2, 3377.2), (237.6, 3379.6), (235.6, 3381.6), (232.5, 3382.0), (229.2, 3381.2),
    (226.6, 3379.6), (225.0, 3376.0),
)  # fmt: skip
"""Rough border of the county, from which the true one departs by some hundred metres."""


def outline() -> shapely.Polygon:
    """Return the rough border of the county, in metres."""
    return shapely.Polygon(np.array(OUTLINE_KM) * 1000)


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
            "source": "OpenStreetMap",
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
