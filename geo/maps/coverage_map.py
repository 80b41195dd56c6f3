"""The interactive map of a coverage answer: one HTML file to open, send and print."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from geo.coverage import Areas, Coverage
from geo.maps import contents, words
from geo.maps.drawings import Drawings
from geo.maps.encode import STEPS_A_DEGREE, Grid, in_degrees
from geo.maps.offline import offline_page
from geo.network.graph import StreetNetwork
from geo.text import say

_MARGIN_SHARE = 0.03


def coverage_map(
    coverage: Coverage,
    *,
    facilities: gpd.GeoDataFrame,
    areas: Areas,
    network: StreetNetwork | None = None,
    drawings: Drawings | None = None,
    place: str = "",
    sources: Sequence[str] = (),
) -> str:
    """Draw a coverage answer as one self-contained HTML page.

    The page opens from disk with the network off and asks for nothing outside. Names from users'
    files are shown as text, never as markup. The same answer gives the same bytes.

    Parameters
    ----------
    coverage
        The answer.
    facilities
        The facility layer it was found with: status and floor area, and those not counted.
    areas
        Outlines of communities and of the county.
    network
        Streets for the background; none are drawn without.
    drawings
        Isochrones, from ``geo.maps.draw``; none are drawn without.
    place
        Name of the area, for the title; by default that of the only county.
    sources
        Where the layers come from, such as "街路：© OpenStreetMap contributors（ODbL）"; by default
        what the facility layer states.

    Returns
    -------
    str
        The page, to be written as UTF-8.
    """
    place = place or _only_county(areas)
    points, outlines = in_degrees(coverage.points), in_degrees(areas.outlines)
    stations = contents.all_stations(coverage, facilities)
    bounds = _bounds(points, outlines, in_degrees(stations))
    grid = Grid.around(bounds)
    said = words.page_words(coverage)
    minutes = contents.isochrone_areas(drawings, grid)
    payload = {
        "words": said,
        "title": words.title(coverage, place),
        "headline": words.headline(coverage),
        "notes": words.notes(coverage, drawings, sources or _stated(coverage, facilities)),
        "simulated": coverage.provenance.simulated,
        "grid": [grid.west, grid.south, STEPS_A_DEGREE],
        "bounds": [[bounds[1], bounds[0]], [bounds[3], bounds[2]]],
        "kinds": list(words.class_labels().values()),
        "mark": [coverage.question.kind.symbol, coverage.question.kind.colour],
        "communities": contents.communities(coverage, outlines, areas, grid),
        "boundary": contents.boundary(areas, str(coverage.points.crs), grid),
        "streets": contents.streets(network, grid, _with_margin(bounds)),
        "areas": minutes,
        "points": contents.points(coverage, points, areas, stations, grid),
        "facilities": contents.facilities(in_degrees(stations), drawings, grid),
    }
    groups = {
        "communities": (said["communities"], True),
        "streets": (said["streets"], True),
        **{
            f"area{at}": (words.area_label(limit), limit == coverage.question.main_min)
            for at, (limit, _) in enumerate(minutes)
        },
        "boundary": (said["boundary"], True),
        "points": (said["points"], True),
        "facilities": (said["facilities"], True),
    }
    return offline_page(payload, title=words.title(coverage, place), groups=groups)


def _stated(coverage: Coverage, facilities: gpd.GeoDataFrame) -> list[str]:
    """Return the sources that the facility layer names, as one entry."""
    named = sorted(set(facilities["source"].dropna()))
    if not named:
        return []
    label = coverage.question.kind.label
    return [say(f"{label}：{'、'.join(named)}", f"{label}: {', '.join(named)}")]


def _only_county(areas: Areas) -> str:
    names = list(areas.names.get("county", {}).values())
    return names[0] if len(names) == 1 else ""


def _bounds(*frames: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """Return west, south, east and north of everything drawn but the streets, in degrees."""
    boxes = np.array([frame.total_bounds for frame in frames if len(frame)])
    low, high = np.nanmin(boxes[:, :2], axis=0), np.nanmax(boxes[:, 2:], axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _with_margin(bounds: tuple[float, float, float, float]) -> shapely.Polygon:
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    dx, dy = _MARGIN_SHARE * width, _MARGIN_SHARE * height
    return shapely.box(bounds[0] - dx, bounds[1] - dy, bounds[2] + dx, bounds[3] + dy)
