"""How streets of OpenStreetMap become the layer ``street`` of a workspace, and its network."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import CGCS2000, Datum, to_cgcs2000
from geo.layers import LayerImport
from geo.layers.files import sha256_of
from geo.network.segments import Segments, StreetImport
from geo.osm.graphs import is_graphml, read_graphml
from geo.osm.read import WGS84, read_osm
from geo.store import conform

SourceKind = Literal["osm", "graphml", "lines"]

OSM_CREDIT = "© OpenStreetMap contributors, ODbL"
"""What a map drawn from OpenStreetMap must say."""

_LINE_SUFFIXES = frozenset({".gpkg", ".shp", ".geojson", ".json", ".kml", ".kmz", ".zip"})


def source_kind(path: Path) -> SourceKind:
    """Return what a file of streets is: OSM data, a graph of osmnx, or a layer of lines."""
    if path.suffix.lower() in _LINE_SUFFIXES:
        return "lines"
    return "graphml" if path.is_file() and is_graphml(path) else "osm"


def read_streets(
    path: Path, *, datum: Datum, area: shapely.Geometry | None = None
) -> tuple[StreetImport, LayerImport]:
    """Read OSM data or a graph of osmnx as segments to build on and as a layer to keep.

    Parameters
    ----------
    path
        An OSM file (:func:`geo.osm.read_osm`) or a GraphML file (:func:`geo.osm.read_graphml`).
    datum
        What the coordinates mean: ``wgs84`` unless someone shifted the file.
    area
        Polygon in degrees; OSM ways that touch it are kept.

    Returns
    -------
    imported
        Walkable segments.
    layer
        The same streets as rows of the layer ``street``; those closed to walkers have ``foot``
        false. Ways without nodes are quarantined, ways outside the area are not counted.

    Raises
    ------
    NotFoundError, DataError
        As the two readers.
    """
    graph = source_kind(path) == "graphml"
    imported = read_graphml(path) if graph else read_osm(path, area=area)
    imported = replace(
        imported,
        segments=_placed(imported.segments, datum),
        closed=None if imported.closed is None else _placed(imported.closed, datum),
    )
    return imported, _layer(imported, path, datum)


def source_hash(layer: LayerImport, area: shapely.Geometry | None) -> str:
    """Return what identifies a file together with the area that was cut out of it."""
    parts = [layer.sha256, str(layer.datum), "" if area is None else shapely.to_wkb(area, hex=True)]
    return "osm-" + hashlib.sha256("/".join(parts).encode()).hexdigest()[:32]


def _placed(segments: Segments, datum: Datum) -> Segments:
    """Return lines in CGCS2000 degrees; WGS 84 is taken as equal."""
    if segments.crs == WGS84 and not datum.offset:
        return replace(segments, crs=CGCS2000)
    if datum.offset:
        return replace(segments, crs=CGCS2000, xy=to_cgcs2000(segments.xy, datum))
    return segments.to_crs(CGCS2000)


def _layer(imported: StreetImport, path: Path, datum: Datum) -> LayerImport:
    lines = imported.segments.frame(source=OSM_CREDIT)
    if imported.closed is not None and len(imported.closed):
        closed = imported.closed.frame(source=OSM_CREDIT).assign(
            foot=pd.array([False] * len(imported.closed), dtype="boolean")
        )
        lines = gpd.GeoDataFrame(pd.concat([lines, closed], ignore_index=True), crs=lines.crs)
    broken = imported.left_out.get("broken", np.empty(0, dtype=np.int64))
    quarantined = pd.DataFrame({"source_row": broken, "fault": "way_without_nodes"})
    return LayerImport(
        layer="street",
        frame=conform(lines, "street"),
        faults=imported.faults,
        quarantined=quarantined,
        set_aside=pd.DataFrame(columns=["source_row", "kind"]),
        mapping={},
        given=frozenset(lines.columns),
        rows_in=len(lines) + len(quarantined),
        path=path,
        sha256=sha256_of(path),
        datum=datum,
        sheet="",
    )
