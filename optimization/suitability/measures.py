"""What each criterion measures of every cell: slope, distances, people around, land, rasters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.demand.units import numbers
from geo.terrain import Elevation, read_elevation
from optimization.suitability.criteria import OTHER, Criterion
from optimization.suitability.exclusion import zones_of
from optimization.suitability.grid import Grid

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything a criterion may look at, in the CRS of the grid."""

    frames: Mapping[str, gpd.GeoDataFrame]
    streets: NDArray[np.object_] | None
    """Lines of the walking network; None without streets."""
    elevation: Elevation | None


@dataclass(frozen=True, slots=True)
class Measured:
    """One criterion on every cell."""

    criterion: Criterion
    value: Floats
    """(n,) what was measured, NaN where unknown; for land, its score."""
    score: Floats
    """(n,) from 0 to 100, NaN where unknown."""
    lack: str
    """Key of the layer without which nothing could be measured; empty where it could."""


def measure(grid: Grid, ground: Ground, criterion: Criterion) -> Measured:
    """Return one criterion on every cell.

    Raises
    ------
    NotFoundError, DataError
        A raster of the user's own does not exist, is damaged or lies elsewhere.
    """
    nothing = np.full(len(grid), np.nan)
    lack = _lack(ground, criterion)
    if lack:
        return Measured(criterion, nothing, nothing, lack)
    if criterion.measure == "land":
        score = _land(grid, ground.frames.get("zone"), criterion)
        return Measured(criterion, score, score, "")
    value = _value(grid, ground, criterion)
    return Measured(criterion, value, criterion.score(value), "")


def nearest_m(xy: Floats, shapes: NDArray[np.object_]) -> Floats:
    """Return the straight distance from each point to the nearest shape, 0 inside an area.

    Examples
    --------
    >>> road = np.array([shapely.LineString([(-9, 0), (9, 0)])])
    >>> nearest_m(np.array([[0.0, 3.0]]), road).tolist()
    [3.0]
    """
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    if not len(shapes):
        return np.full(len(xy), np.nan)
    away_m = np.full(len(xy), np.inf)
    points = np.asarray(shapely.points(xy), object)
    areal = shapely.get_dimensions(shapes) == 2  # noqa: PLR2004 - dimensions of an area
    pieces = _pieces(np.where(areal, shapely.boundary(shapes), shapes))
    at, distance_m = shapely.STRtree(pieces).query_nearest(
        points, all_matches=False, return_distance=True
    )
    away_m[at[0]] = distance_m
    if areal.any():
        away_m[shapely.STRtree(points).query(shapes[areal], predicate="intersects")[1]] = 0.0
    return away_m


def people_within(grid: Grid, xy: Floats, people: Floats, within_m: float) -> Floats:
    """Return how many people live within a straight distance of each cell's centre.

    People are moved to the centre of the cell they live in. Those outside the picture count too,
    as far as the distance reaches beyond it.
    """
    reach = int(np.floor(within_m / grid.cell_m))
    rows, columns = grid.n_row + 2 * reach, grid.n_column + 2 * reach
    column = np.floor((xy[:, 0] - grid.left_m) / grid.cell_m).astype(np.int64) + reach
    row = np.floor((grid.top_m - xy[:, 1]) / grid.cell_m).astype(np.int64) + reach
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns) & ~np.isnan(people)
    flat = np.bincount(
        row[inside] * columns + column[inside], weights=people[inside], minlength=rows * columns
    )
    summed = np.zeros((rows, columns + 1))
    np.cumsum(flat.reshape(rows, columns), axis=1, out=summed[:, 1:])
    total = np.zeros(len(grid))
    for down in range(-reach, reach + 1):
        across = int(np.floor(np.sqrt((within_m / grid.cell_m) ** 2 - down**2) + 1e-9))
        line = grid.row + reach + down
        middle = grid.column + reach
        total += summed[line, middle + across + 1] - summed[line, middle - across]
    return np.round(total, 6)


def _pieces(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return lines as their single steps, points as they are: a tree finds steps fast."""
    points = lines[shapely.get_dimensions(lines) == 0]
    parts = shapely.get_parts(lines[shapely.get_dimensions(lines) == 1])
    xy, of = shapely.get_coordinates(parts, return_index=True)
    on = of[1:] == of[:-1]
    steps = shapely.linestrings(np.stack([xy[:-1][on], xy[1:][on]], axis=1))
    return np.concatenate([points, steps])


def _lack(ground: Ground, criterion: Criterion) -> str:
    """Return the key of what is missing before anything can be measured."""
    zones, to = ground.frames.get("zone"), criterion.to
    match criterion.measure:
        case "slope_degrees" | "height_m":
            there, key = ground.elevation is not None, "layer:elevation"
        case "distance_m" if to == "street":
            there, key = ground.streets is not None, "layer:street"
        case "distance_m" if to.startswith("zone:"):
            key = to
            there = zones is not None and len(zones_of(zones, to.removeprefix("zone:"))) > 0
        case "distance_m":
            there, key = len(ground.frames.get(to, ())) > 0, f"layer:{to}"
        case "population":
            there, key = _residents(ground) is not None, "people"
        case "land":
            there, key = zones is not None, "layer:zone"
        case _:
            there, key = True, ""
    return "" if there else key


def _value(grid: Grid, ground: Ground, criterion: Criterion) -> Floats:
    elevation = ground.elevation
    match criterion.measure:
        case "slope_degrees":
            assert elevation is not None
            return _at_cells(elevation, elevation.slope_degrees(), grid.xy)
        case "height_m":
            assert elevation is not None
            return elevation.heights(grid.xy)
        case "raster":
            own = read_elevation(Path(criterion.file), grid.crs, grid.bounds)
            return own.heights(grid.xy)
        case "population":
            found = _residents(ground)
            assert found is not None
            return people_within(grid, *found, criterion.within_m)
        case _:
            return nearest_m(grid.xy, _targets(ground, criterion.to))


def _at_cells(elevation: Elevation, values: Floats, xy: Floats) -> Floats:
    column, row = elevation.at(xy)
    at_row, at_column = np.rint(row).astype(np.int64), np.rint(column).astype(np.int64)
    rows, columns = values.shape
    inside = (at_row >= 0) & (at_row < rows) & (at_column >= 0) & (at_column < columns)
    found = np.full(len(xy), np.nan)
    found[inside] = values[at_row[inside], at_column[inside]]
    return found


def _targets(ground: Ground, to: str) -> NDArray[np.object_]:
    if to == "street":
        assert ground.streets is not None
        return ground.streets
    if to.startswith("zone:"):
        zones = ground.frames["zone"]
        shapes: NDArray[np.object_] = zones.geometry.to_numpy()
        return shapes[zones_of(zones, to.removeprefix("zone:"))]
    return ground.frames[to].geometry.to_numpy()


def _residents(ground: Ground) -> tuple[Floats, Floats] | None:
    """Return where people live: at their estates, else in the middle of their community."""
    for layer in ("compound", "community"):
        frame = ground.frames.get(layer)
        people = np.zeros(0) if frame is None else numbers(frame, "population")
        if frame is not None and not np.isnan(people).all():
            middle = shapely.point_on_surface(frame.geometry.to_numpy())
            kept = ~(np.isnan(people) | shapely.is_missing(middle))
            return shapely.get_coordinates(middle[kept]), people[kept]
    return None


def _land(grid: Grid, zones: gpd.GeoDataFrame | None, criterion: Criterion) -> Floats:
    """Return the lowest score of the zones whose area holds the centre of each cell."""
    assert zones is not None
    given = dict(criterion.scores)
    score = np.full(len(grid), given[OTHER])
    tree = shapely.STRtree(np.asarray(shapely.points(grid.xy), object))
    touched = np.zeros(len(grid), bool)
    for kind in sorted(set(given) - {OTHER}, key=lambda kind: given[kind]):
        shapes = zones.geometry.to_numpy()[zones_of(zones, kind)]
        inside = np.zeros(len(grid), bool)
        inside[tree.query(shapes, predicate="intersects")[1]] = True
        score[inside & ~touched] = given[kind]
        touched |= inside
    return score
