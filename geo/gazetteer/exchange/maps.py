"""Open records as files a map reads: GeoJSON and GeoPackage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import CGCS2000
from geo.errors import DataError
from geo.gazetteer.classes import class_of
from geo.gazetteer.exchange.public import PublicPlace
from geo.store.export import write_map
from geo.text import say

_LAYERS: Final = {
    "placename_point": ("Point", "MultiPoint"),
    "placename_line": ("LineString", "MultiLineString"),
    "placename_area": ("Polygon", "MultiPolygon"),
}
"""Layers of a GeoPackage, by the shapes in them."""
COLUMNS: Final = (
    "id", "place_code", "name", "roman", "class_code", "class_name", "status", "division_code",
    "former", "alias", "valid_from", "valid_to", "origin", "meaning", "history",
)  # fmt: skip


def map_frame(places: Sequence[PublicPlace]) -> gpd.GeoDataFrame:
    """Return the places that have a shape as a frame in EPSG:4490."""
    shaped = [one for one in places if one.shape is not None]
    shapes = np.array([one.shape for one in shaped], dtype=object)
    rows = []
    for one in shaped:
        kind = class_of(one.class_code)
        row = {name: getattr(one, name) for name in COLUMNS if hasattr(one, name)}
        row["class_name"] = kind.zh if kind else ""
        for wanted in ("former", "alias"):
            row[wanted] = "；".join(n.text for n in one.names if n.kind == wanted)
        rows.append(row)
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype="string")
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=CGCS2000)


def write_places(path: Path, places: Sequence[PublicPlace]) -> None:
    """Write places as ``.geojson`` (WGS 84 by definition) or ``.gpkg`` (CGCS2000).

    Raises
    ------
    DataError
        None of them has a shape, or the file cannot be written.
    """
    frame = map_frame(places)
    if frame.empty:
        raise DataError(
            say("没有可公开且有位置的地名。", "no open record has a place on the map."),
            hint=say("请先核对密级和坐标。", "Check the secrecy and the coordinates first."),
        )
    if path.suffix.lower() == ".geojson":
        # Their degrees are taken as equal, as they are at an import.
        write_map(path, {"placename": frame.set_crs("EPSG:4326", allow_override=True)})
        return
    layers = {name: frame[frame.geom_type.isin(kinds)] for name, kinds in _LAYERS.items()}
    write_map(path, {name: layer for name, layer in layers.items() if len(layer)})
