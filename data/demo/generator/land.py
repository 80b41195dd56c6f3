"""How the county is divided: cells around the streets, grown into townships and communities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import KDTree, Voronoi

from generator import COMMUNITIES, TOWNSHIPS, VILLAGES, Floats, Ints, apportion
from generator.clip import outline
from generator.streets import STEP_M, Streets

_GRID_M: Final = 150.0
_MARGIN_M: Final = 900.0
_UNLINKED: Final = 4.0
"""Growing over ground without a street costs this many times its length: borders run there."""
_LIVED_M: Final = 90.0
"""Units grow from cells with at least this much street."""
_ROUNDS: Final = 12


@dataclass(frozen=True, slots=True)
class Cells:
    """Small pieces of ground that tile the plane, one about each bit of street."""

    xy: Floats
    """(n, 2) a point in each cell."""
    street_m: Floats
    """(n,) walkable street in each cell; big roads and ramps, where few live, count for less."""
    pairs: Ints
    """(m, 2) neighbouring cells, ..."""
    borders: Floats
    """(m, 2, 2) ... the two ends of their common border, ..."""
    cost: Floats
    """(m,) ... and what growing across it costs."""
    inside: NDArray[np.bool_]
    """(n,) cells of the county: in one piece and without holes."""


@dataclass(frozen=True, slots=True)
class Land:
    """The county, its townships and communities, in metres."""

    county: shapely.Polygon
    townships: NDArray[np.object_]
    """(11,) polygons."""
    units: NDArray[np.object_]
    """(119,) polygons, township after township."""
    unit_township: Ints
    """(119,) township of each unit."""
    unit_urban: NDArray[np.bool_]
    """(119,) the 53 units densest in streets are communities, the others villages."""
    unit_street_m: Floats
    """(119,)"""
    cells: Cells
    cell_unit: Ints
    """(n_cell,) unit of each cell, -1 outside the county."""


def divide(streets: Streets, rng: Generator) -> Land:
    """Divide the ground of the county; neighbours share every vertex of their border."""
    cells = _cells(streets, rng)
    everywhere = np.flatnonzero(cells.inside)
    seeds = _seeds(cells, everywhere, TOWNSHIPS, power=0.6, rng=rng)
    cell_township = _grow(cells, everywhere, seeds)
    mass = np.bincount(
        cell_township[everywhere], weights=cells.street_m[everywhere] + 60, minlength=TOWNSHIPS
    )
    counts = apportion(COMMUNITIES + VILLAGES, mass, least=5)
    cell_unit = np.full(len(cells.xy), -1)
    first = 0
    for township, count in enumerate(counts):
        own = np.flatnonzero(cell_township == township)
        grown = _grow(cells, own, _seeds(cells, own, int(count), power=1.3, rng=rng))
        cell_unit[own] = grown[own] + first
        first += int(count)
    units = np.array([_outline(cells, cell_unit == unit) for unit in range(first)], dtype=object)
    street_m = np.bincount(cell_unit[everywhere], weights=cells.street_m[everywhere])
    density = street_m / shapely.area(units)
    urban = np.zeros(first, dtype=bool)
    urban[np.argsort(-density, kind="stable")[:COMMUNITIES]] = True
    return Land(
        county=_outline(cells, cells.inside),
        townships=np.array(
            [_outline(cells, cell_township == t) for t in range(TOWNSHIPS)], dtype=object
        ),
        units=units,
        unit_township=np.repeat(np.arange(TOWNSHIPS), counts),
        unit_urban=urban,
        unit_street_m=street_m,
        cells=cells,
        cell_unit=cell_unit,
    )


def _cells(streets: Streets, rng: Generator) -> Cells:
    west, south, east, north = outline().buffer(_MARGIN_M).bounds
    columns, rows = int((east - west) // _GRID_M) + 1, int((north - south) // _GRID_M) + 1
    place = ((streets.xy - (west, south)) // _GRID_M).astype(np.int64)
    held = ((place >= 0) & (place < (columns, rows))).all(axis=1)
    square = place[held, 0] * rows + place[held, 1]
    n = np.bincount(square, minlength=columns * rows)
    middle = (
        np.column_stack(
            [
                np.bincount(square, weights=streets.xy[held, axis], minlength=columns * rows)
                for axis in (0, 1)
            ]
        )
        / np.maximum(n, 1)[:, None]
    )
    centre = np.stack(np.divmod(np.arange(columns * rows), rows), axis=1) + 0.5
    empty = centre * _GRID_M + (west, south) + rng.uniform(-45, 45, (columns * rows, 2))
    xy = np.where(n[:, None] > 0, middle, empty)
    voronoi = Voronoi(xy)
    bounded = np.array([min(ends) >= 0 for ends in voronoi.ridge_vertices])
    pairs = np.sort(voronoi.ridge_points[bounded], axis=1).astype(np.int64)
    ends = np.array([e for e in voronoi.ridge_vertices if min(e) >= 0])
    borders = np.round(voronoi.vertices[ends], 1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pairs, borders = pairs[order], borders[order]
    gap = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    cost = gap * np.where(_linked(streets, KDTree(xy), pairs, len(xy)), 1.0, _UNLINKED)
    wide = np.hypot(*(borders[:, 0] - borders[:, 1]).T) > 5  # noqa: PLR2004 - metres
    cost[~wide] = np.inf
    inside = _in_one_piece(shapely.contains_xy(outline(), xy), pairs[wide])
    lived = np.minimum(streets.housing[held], 1.0) * STEP_M
    street_m = np.bincount(square, weights=lived, minlength=len(xy))
    return Cells(xy, street_m, pairs, borders, cost, inside)


def _linked(streets: Streets, tree: KDTree, pairs: Ints, n_cell: int) -> NDArray[np.bool_]:
    """Return which neighbours a street joins."""
    cell = tree.query(streets.xy)[1]
    on = (streets.line[1:] == streets.line[:-1]) & (cell[1:] != cell[:-1])
    step = np.sort(np.column_stack([cell[:-1], cell[1:]])[on], axis=1)
    found: NDArray[np.bool_] = np.isin(
        pairs[:, 0] * n_cell + pairs[:, 1], step[:, 0] * n_cell + step[:, 1]
    )
    return found


def _in_one_piece(inside: NDArray[np.bool_], pairs: Ints) -> NDArray[np.bool_]:
    """Return the greatest connected part of the cells, with its holes filled."""
    for wanted in (True, False):
        kept = pairs[(inside[pairs] == wanted).all(axis=1)]
        graph = sparse.coo_matrix(
            (np.ones(len(kept)), (kept[:, 0], kept[:, 1])), shape=(len(inside),) * 2
        )
        part = sparse.csgraph.connected_components(graph, directed=False)[1]
        greatest = np.bincount(part[inside == wanted]).argmax()
        inside = (inside == wanted) & (part == greatest)
        if not wanted:
            inside = ~inside
    return inside


def _seeds(cells: Cells, own: Ints, count: int, *, power: float, rng: Generator) -> Ints:
    """Return cells around which a part of the county is divided: weighted k-means on streets.

    Parameters
    ----------
    cells
        All cells.
    own
        Cells of the part.
    count
        Seeds wanted.
    power
        Above 1, seeds crowd where streets are dense; below, they spread.
    rng
        Chooses where to begin.
    """
    xy, weight = cells.xy[own], (cells.street_m[own] / 100 + 0.1) ** power
    centres = xy[rng.choice(len(own), count, replace=False, p=weight / weight.sum())]
    for _ in range(_ROUNDS):
        nearest = KDTree(centres).query(xy)[1]
        total = np.bincount(nearest, weights=weight, minlength=count)
        sums = [np.bincount(nearest, weights=weight * xy[:, a], minlength=count) for a in (0, 1)]
        some = total > 0
        centres = np.where(
            some[:, None], np.column_stack(sums) / np.maximum(total, 1e-9)[:, None], centres
        )
    lived = own[cells.street_m[own] > _LIVED_M]
    taken: list[int] = []
    for centre in centres:
        nearest_first = lived[np.argsort(np.hypot(*(cells.xy[lived] - centre).T), kind="stable")]
        taken.append(next(int(cell) for cell in nearest_first if int(cell) not in taken))
    return np.array(taken)


def _grow(cells: Cells, own: Ints, seeds: Ints) -> Ints:
    """Return the number of the seed from which each cell is cheapest to reach, -1 elsewhere."""
    member = np.zeros(len(cells.xy), dtype=bool)
    member[own] = True
    used = member[cells.pairs].all(axis=1) & np.isfinite(cells.cost)
    pairs = cells.pairs[used]
    graph = sparse.coo_matrix(
        (cells.cost[used], (pairs[:, 0], pairs[:, 1])), shape=(len(member),) * 2
    )
    _, _, source = sparse.csgraph.dijkstra(
        graph.tocsr(), directed=False, indices=seeds, min_only=True, return_predecessors=True
    )
    number = np.full(len(member), -1)
    number[seeds] = np.arange(len(seeds))
    return np.where(member & (source >= 0), number[np.maximum(source, 0)], -1)


def _outline(cells: Cells, member: NDArray[np.bool_]) -> shapely.Polygon:
    """Return the polygon of a connected set of cells: the borders with one side in it."""
    rim = member[cells.pairs[:, 0]] != member[cells.pairs[:, 1]]
    ends = cells.borders[rim]
    real = (ends[:, 0] != ends[:, 1]).any(axis=1)
    faces = shapely.get_parts(shapely.polygonize(shapely.linestrings(ends[real])))
    inner = cells.xy[np.flatnonzero(member)[0]]
    (face,) = faces[shapely.contains_xy(faces, *inner)]
    return shapely.Polygon(shapely.normalize(face))
