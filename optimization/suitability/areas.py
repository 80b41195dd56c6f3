"""The best ground: connected suitable areas that are large enough, the best first."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from optimization.suitability.criteria import Criteria
from optimization.suitability.grid import Grid, regions
from optimization.suitability.overlay import Overlay, Sensitivity


def best_areas(
    grid: Grid,
    criteria: Criteria,
    found: Overlay,
    steady: Sensitivity,
    unsettled: NDArray[np.bool_],
) -> gpd.GeoDataFrame:
    """Return the connected areas of the two upper classes, ranked by mean score.

    Parameters
    ----------
    grid
        The cells.
    criteria
        Least area and land a place.
    found, steady
        Scores, classes and how firm they are.
    unsettled : (n,)
        Cells on which some rule is still undecided.

    Returns
    -------
    GeoDataFrame
        ``id rank area_m2 places score top_share unsettled_share lon lat`` and the area; ``lon lat``
        is its best cell.
    """
    good = found.level <= 1
    label, count = regions(grid, good)
    rows = np.flatnonzero(good)
    of = label[rows]
    cells = np.bincount(of, minlength=count)
    area_m2 = cells * grid.cell_m2
    score = np.bincount(of, weights=found.score[rows], minlength=count) / np.maximum(cells, 1)
    top = np.bincount(of, weights=np.nan_to_num(steady.top_share[rows]), minlength=count)
    loose = np.bincount(of, weights=unsettled[rows], minlength=count)
    kept = np.flatnonzero(area_m2 >= criteria.least_m2)
    order = kept[np.lexsort((kept, -area_m2[kept], -np.round(score[kept], 6)))]
    order = order[: int(criteria.most)]
    shapes, best = [], []
    for part in order:
        mine = np.zeros(len(grid), bool)
        own = rows[of == part]
        mine[own] = True
        shapes.append(_merged(grid, mine))
        best.append(grid.xy[own[np.argmax(np.round(found.score[own], 6))]])
    middle = gpd.GeoSeries(shapely.points(np.array(best).reshape(-1, 2)), crs=grid.crs)
    lon_lat = shapely.get_coordinates(middle.to_crs("EPSG:4490").to_numpy())
    n = len(order)
    return gpd.GeoDataFrame(
        {
            "id": np.array([f"XZ{rank:02d}" for rank in range(1, n + 1)], object),
            "rank": np.arange(1, n + 1),
            "area_m2": np.round(area_m2[order], 1),
            "places": np.floor(area_m2[order] / criteria.m2_a_place).astype(np.int64),
            "score": np.round(score[order], 2),
            "top_share": np.round(top[order] / np.maximum(cells[order], 1), 4),
            "unsettled_share": np.round(loose[order] / np.maximum(cells[order], 1), 4),
            "lon": np.round(lon_lat[:, 0], 6),
            "lat": np.round(lon_lat[:, 1], 6),
        },
        geometry=np.array(shapes, object),
        crs=grid.crs,
    ).astype({"id": "string"})


def class_polygons(
    grid: Grid, level: NDArray[np.int8], classes: tuple[str, ...]
) -> gpd.GeoDataFrame:
    """Return the ground of every class as one shape, with its area and share."""
    rows = []
    for at, name in enumerate(classes):
        mine = level == at
        if mine.any():
            rows.append(
                {
                    "class": name,
                    "cells": int(mine.sum()),
                    "area_m2": float(mine.sum() * grid.cell_m2),
                    "area_share": float(mine.mean()),
                    "geometry": _merged(grid, mine),
                }
            )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=grid.crs).astype({"class": "string"})


def _merged(grid: Grid, kept: NDArray[np.bool_]) -> shapely.Geometry:
    """Return the union of some cells: first the runs along each row, then all of them."""
    row, column = grid.row[kept], grid.column[kept]
    begins = np.ones(len(row), bool)
    begins[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1] + 1)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(row)) - 1
    top = grid.top_m - row[first] * grid.cell_m
    runs = shapely.box(
        grid.left_m + column[first] * grid.cell_m,
        top - grid.cell_m,
        grid.left_m + (column[last] + 1) * grid.cell_m,
        top,
    )
    return shapely.union_all(runs)
