"""What reading streets into a workspace does: the layer, its faults, the network, its islands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from geo.checks import import_file
from geo.crs import CGCS2000, Datum, datum_hint, parse_datum
from geo.errors import DataError, PlannerError
from geo.faults import FaultTable
from geo.network.build import build
from geo.network.current import CROSSINGS, HEIGHTS, keep_network, raised, renew_network
from geo.network.graph import StreetNetwork
from geo.network.islands import edges_frame, islands
from geo.network.lines import Crossings
from geo.network.segments import StreetImport
from geo.osm.layer import read_streets, source_hash, source_kind
from geo.schema.results import headings
from geo.store import Workspace
from geo.terrain import require_model
from geo.text import say

MOST_STRETCH = 2e-3
"""How much the working plane may stretch a street: 2 m a kilometre, some 400 km off its middle."""


@dataclass(frozen=True, slots=True)
class Brought:
    """Streets as they came into a workspace."""

    imported: StreetImport
    faults: FaultTable
    """Of the file and of the lines."""
    network: StreetNetwork
    datum: Datum


def bring_streets(
    workspace: Workspace,
    path: Path,
    *,
    on: date,
    datum: str | None = None,
    area: shapely.Geometry | None = None,
    crossings: Crossings = "join",
    heights: Path | None = None,
) -> Brought:
    """Read a file of streets into a workspace in place of those it had.

    Parameters
    ----------
    workspace
        Gets the layer ``street``, its network under ``streets/``, and the tables
        ``result_street_network`` and ``result_street_islands`` for QGIS.
    path
        OSM data, a graph of osmnx, or a layer of lines.
    on
        Day of the import.
    datum
        What the coordinates mean. OSM data are ``wgs84`` unless told; lines must say.
    area
        Polygon in degrees; cuts OSM data only.
    crossings
        Whether lines of one level meet where they cross; only for a layer of lines.
    heights
        Elevation model that gives the streets their slopes.

    Raises
    ------
    DataError
        Lines come without a datum, the file is damaged, or no street is walkable.
    """
    if heights is not None:
        require_model(heights)
    if source_kind(path) == "lines":
        brought = _lines(workspace, path, on, datum, crossings, heights)
    else:
        brought = _osm(workspace, path, on, datum or "wgs84", area, heights)
    _show(workspace, brought, on)
    return brought


def read_area(path: Path) -> shapely.Geometry:
    """Return the union of the polygons of a file, in CGCS2000 degrees.

    Raises
    ------
    DataError
        The file cannot be read, has no polygon or no CRS.
    """
    try:
        layers = gpd.list_layers(path)
        kind = layers["geometry_type"].astype("string")
        drawn = layers["name"][kind.str.contains("Polygon|Unknown", na=False)]
        frame = gpd.read_file(path, layer=drawn.iloc[0]) if len(drawn) else gpd.GeoDataFrame()
    except (OSError, ValueError, RuntimeError) as wrong:
        raise DataError(
            say(f"无法读取范围文件“{path}”。", f"the area file {str(path)!r} cannot be read"),
            hint=say("请使用 .gpkg、.geojson 或 .shp。", "use .gpkg, .geojson or .shp"),
        ) from wrong
    areas = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])] if len(frame) else frame
    if not len(areas) or areas.crs is None:
        raise DataError(
            say(
                f"范围文件“{path.name}”没有面，或没有坐标系。",
                f"{path.name!r} has no polygon or no CRS",
            ),
            hint=say("请给出带坐标系的面。", "give polygons with a CRS"),
        )
    return areas.to_crs(CGCS2000).geometry.union_all()


def _lines(  # noqa: PLR0917
    workspace: Workspace,
    path: Path,
    on: date,
    datum: str | None,
    crossings: Crossings,
    heights: Path | None,
) -> Brought:
    if datum is None:
        raise DataError(
            say(
                f"请用 --datum 声明“{path.name}”的坐标基准。",
                f"declare the datum of {path.name!r} with --datum",
            ),
            hint=datum_hint(),
        )
    layer = import_file(workspace, path, "street", datum=datum, on=on)
    with _remembered(workspace, crossings, heights):
        network, found = renew_network(workspace)
    return Brought(found, FaultTable([*layer.faults, *found.faults]), network, layer.datum)


def _osm(  # noqa: PLR0917
    workspace: Workspace,
    path: Path,
    on: date,
    datum: str,
    area: shapely.Geometry | None,
    heights: Path | None,
) -> Brought:
    found, layer = read_streets(path, datum=parse_datum(datum), area=area)
    _require_near(workspace, found)
    workspace.import_layer(layer, on=on)
    with _remembered(workspace, "join", heights):
        network = raised(workspace, build(found.segments, workspace.working_crs))
    keep_network(workspace, network, source_hash=source_hash(layer, area))
    return Brought(found, found.faults, network, layer.datum)


def _require_near(workspace: Workspace, found: StreetImport) -> None:
    """Refuse streets so far from the workspace that its plane would stretch them."""
    crs = workspace.settings.get("working_crs")
    if crs is None:
        return
    lon, lat = np.median(found.segments.xy, axis=0)
    scale = pyproj.Proj(crs).get_factors(lon, lat).meridional_scale
    if abs(scale - 1) > MOST_STRETCH:
        raise DataError(
            say(
                f"街路位于东经 {lon:.2f}°、北纬 {lat:.2f}° 一带，不在工作区（{crs}）所在地区。",
                f"the streets lie about {lon:.2f}° E {lat:.2f}° N, far from this workspace ({crs})",
            ),
            hint=say(
                "请核对文件；换一个地区请用 fuwuquan init 新建工作区。",
                "check the file; make a new workspace for another area: fuwuquan init",
            ),
        )


@contextmanager
def _remembered(workspace: Workspace, crossings: Crossings, heights: Path | None) -> Iterator[None]:
    """Keep how the streets are read, for the day they are edited and the network is renewed."""
    workspace.settings[CROSSINGS] = crossings
    if heights is not None:
        workspace.settings[HEIGHTS] = str(heights.resolve())
    else:
        workspace.settings.pop(HEIGHTS, None)
    try:
        yield
    except PlannerError:
        workspace.settings.pop(HEIGHTS, None)  # the streets lie flat rather than not at all
        raise


def _show(workspace: Workspace, brought: Brought, on: date) -> None:
    """Lay the network and its islands beside the layers, for QGIS to draw."""
    segments = brought.imported.segments
    names = dict(zip(segments.source.tolist(), segments.name, strict=True))
    workspace.write_result(
        "street_network",
        edges_frame(brought.network, names=names),
        on=on,
        title=say("步行路网", "Walking network"),
        titles=headings("street_network"),
    )
    workspace.write_result(
        "street_islands",
        islands(brought.network).iloc[1:],
        on=on,
        title=say("与主路网不连通的街路", "Streets cut off from the main network"),
        titles=headings("street_islands"),
    )
