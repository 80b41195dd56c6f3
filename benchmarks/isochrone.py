"""How well and how fast isochrones are drawn, against the usual recipes.

Run from the checkout: ``python benchmarks/isochrone.py [--repeat 5] [--write]``. Streets are those
of the Wuhan network of the tests on real data (``FUWUQUAN_REAL_DATA``). Everyone draws the same
facilities in one process, in turn; seconds are processor time and include the sweep of the streets.
A drawing is judged by the minutes computed for 200,000 addresses that lie 30 m (standard deviation)
from the streets.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from measure import interleaved, table
from numpy.typing import NDArray
from shapely.ops import substring

from geo.isochrone import CellOwnership, coverage_area, isochrones, mismatch, own_cells
from geo.network import StreetNetwork, build, segments_from_lines
from geo.network.snap import Attachments, attach
from geo.travel import UNREACHED, minutes_matrix, nearest, node_ms, profile

HERE = Path(__file__).resolve()
RESULTS = HERE.parent / "results" / "isochrone.md"
DATA = Path(os.environ.get("FUWUQUAN_REAL_DATA", HERE.parents[2] / "shared" / "data"))
ELDER = profile("elder")
LIMIT_MIN = 15
REACH_M = 900.0
N_ADDRESS, N_FACILITY, N_DISSOLVED = 200_000, 100, 1000
OSMNX_NODE_M, OSMNX_EDGE_M = 50.0, 25.0
WIDE_EDGE_M = 60.0
Draw = Callable[[], list[shapely.Geometry]]


class Town:
    """The streets, facilities and addresses everyone works on."""

    def __init__(self, network: StreetNetwork) -> None:
        random = np.random.default_rng(1)
        self.network = network
        edge_of_vertex = np.repeat(np.arange(network.n_edge), np.diff(network.shape_start))
        self.lines = shapely.linestrings(network.shape_xy, indices=edge_of_vertex)
        self.facility_xy = self._beside_streets(random, N_FACILITY, 15.0)
        self.address_xy = self._beside_streets(random, N_ADDRESS, 30.0)
        self.dissolved_xy = self._beside_streets(random, N_DISSOLVED, 15.0)
        self.facilities = attach(network, self.facility_xy)
        self.addresses = attach(network, self.address_xy)
        self.dissolved = attach(network, self.dissolved_xy)

    def _beside_streets(
        self, random: np.random.Generator, n: int, away_m: float
    ) -> NDArray[np.float64]:
        length_m = self.network.edge_length_m
        edge = random.choice(self.network.n_edge, n, p=length_m / length_m.sum())
        on = shapely.line_interpolate_point(self.lines[edge], random.random(n) * length_m[edge])
        return shapely.get_coordinates(on) + random.normal(0, away_m, (n, 2))

    def facility(self, i: int) -> Attachments:
        """Return one facility."""
        one = {name: getattr(self.facilities, name)[i : i + 1] for name in _FIELDS}
        return replace(self.facilities, **one)

    def reached_nodes(self, i: int) -> NDArray[np.bool_]:
        """Return the nodes within the limit of one facility."""
        ms = node_ms(self.network, self.facility(i), ELDER, LIMIT_MIN)
        return ms != UNREACHED


_FIELDS = ("edge", "along_m", "connector_m", "island_m", "on_island")


def main() -> None:
    """Measure everything and print or write the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    asked = options.parse_args()
    text = report(asked.repeat)
    print(text)
    if asked.write:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text, encoding="utf-8")


def report(repeat: int) -> str:
    """Return the whole report as markdown."""
    lines = gpd.read_parquet(DATA / "wuhan" / "streets.parquet")
    n_source = len(np.unique(lines[["u", "v"]]))
    town = Town(build(segments_from_lines(lines[["geometry"]], crossings="pass").segments))
    own_cells(town.network, cell_m=100)
    begin = time.process_time()
    cells = own_cells(town.network)
    owning_s = time.process_time() - begin
    return f"""# Isochrones

`python benchmarks/isochrone.py --repeat {repeat} --write`, Python {platform.python_version()},
{os.cpu_count()} cores. Wuhan: {n_source:,} nodes, {len(lines):,} lines, joined to
{town.network.n_node:,} junctions and {town.network.n_edge:,} streets; {LIMIT_MIN} minutes at
{ELDER.speed_m_s:g} m/s; medians of {repeat} in turn, processor time, {N_FACILITY} facilities.

Cells of {cells.cell_m:g} m: {cells.segment.size:,} ({cells.segment.nbytes / 2**20:.0f} MiB) were
given to their nearest street in {owning_s:.2f} s, once for all facilities, profiles and limits.

## One facility

{single(town, cells, repeat)}

A drawing errs by addresses drawn though not reached (over) and reached though not drawn (under).
Shares are of all addresses that the facility reaches, and of all within {REACH_M:g} m of it as the
crow flies (near).

## All of {N_DISSOLVED:,} facilities, dissolved

{together(town, cells, repeat)}
"""


def single(town: Town, cells: CellOwnership, repeat: int) -> str:
    """Compare drawings of single facilities."""
    coarse = cells.coarser(2)
    rivals: dict[str, Draw] = {
        "ours: 10 m cells, 3 × 3 points": lambda: ours(town, cells, 3),
        "ours: 10 m cells, 2 × 2 points": lambda: ours(town, cells, 2),
        "ours: 20 m cells, 2 × 2 points": lambda: ours(town, coarse, 2),
        "ours: 20 m cells, 1 point": lambda: ours(town, coarse, 1),
        "buffered streets, osmnx recipe": lambda: buffered(
            town, OSMNX_EDGE_M, OSMNX_NODE_M, infill=True
        ),
        f"buffered streets, {WIDE_EDGE_M:g} m, holes kept": lambda: buffered(
            town, WIDE_EDGE_M, WIDE_EDGE_M, infill=False
        ),
        f"streets cut at the limit, buffered {WIDE_EDGE_M:g} m": lambda: cut_and_buffered(
            town, WIDE_EDGE_M
        ),
        "concave hull of reached nodes": lambda: hull(town, 0.3),
        "convex hull of reached nodes": lambda: hull(town, 1.0),
    }
    seconds = interleaved(rivals, repeat)
    reached = minutes_matrix(
        town.network, town.addresses, town.facilities, profile=ELDER, limit_min=LIMIT_MIN
    )
    row = np.repeat(np.arange(N_ADDRESS), np.diff(reached.indptr))
    members = [row[reached.indices == i] for i in range(N_FACILITY)]
    rows = []
    for name, draw in rivals.items():
        over, under, n_reached, n_near = 0, 0, 0, 0
        for i, area in enumerate(draw()):
            away = np.abs(town.address_xy - town.facility_xy[i]).max(axis=1)
            around = np.flatnonzero(away < 2 * REACH_M)
            inside = np.isin(around, members[i])
            found = mismatch(area, town.address_xy[around], inside)
            over += found.n_drawn_only
            under += found.n_reached_only
            n_reached += int(inside.sum())
            flight = np.hypot(*(town.address_xy[around] - town.facility_xy[i]).T)
            n_near += int((flight <= REACH_M).sum())
        wrong = over + under
        rows.append(
            [
                name,
                f"{1000 * seconds[name] / N_FACILITY:.1f}",
                f"{wrong / n_reached:.2%}",
                f"{wrong / n_near:.2%}",
                f"{over:,}",
                f"{under:,}",
            ]
        )
    header = ["drawing", "ms a facility", "wrong / reached", "wrong / near", "over", "under"]
    return table(header, rows)


def together(town: Town, cells: CellOwnership, repeat: int) -> str:
    """Measure the dissolved area of many facilities."""
    rivals = {"20 m": cells.coarser(2), "10 m": cells}
    drawn = {
        name: lambda raster=raster: coverage_area(
            town.network, raster, town.dissolved, minutes=[LIMIT_MIN], profile=ELDER
        )
        for name, raster in rivals.items()
    }
    seconds = interleaved(drawn, repeat)
    minutes = nearest(
        town.network, town.addresses, town.dissolved, profile=ELDER, limit_min=LIMIT_MIN
    ).minutes[:, 0]
    rows = []
    for name, draw in drawn.items():
        area = draw().geometry.iloc[0]
        found = mismatch(area, town.address_xy, minutes <= LIMIT_MIN)
        raster = rivals[name]
        square_km = raster.segment.size * raster.cell_m**2 / 1e6
        rows.append([name, f"{square_km:,.0f}", f"{seconds[name]:.2f}", f"{found.share:.2%}"])
    return table(["cells", "km²", "seconds", "addresses wrong"], rows)


def ours(town: Town, cells: CellOwnership, detail: int) -> list[shapely.Geometry]:
    """Draw every facility by the cells its streets own."""
    frame = isochrones(
        town.network, cells, town.facilities, minutes=[LIMIT_MIN], profile=ELDER, detail=detail
    )
    return list(frame.geometry)


def buffered(town: Town, edge_m: float, node_m: float, *, infill: bool) -> list[shapely.Geometry]:
    """Draw reached streets and nodes as wide strokes, as the osmnx example of isolines does."""
    areas = []
    for i in range(N_FACILITY):
        reached = town.reached_nodes(i)
        edges = reached[town.network.edge_nodes].all(axis=1)
        nodes = shapely.points(town.network.node_xy[reached])
        strokes = [shapely.buffer(nodes, node_m), shapely.buffer(town.lines[edges], edge_m)]
        area = shapely.union_all(np.concatenate(strokes))
        if infill:
            parts = [shapely.Polygon(part.exterior) for part in shapely.get_parts(area)]
            area = shapely.union_all(parts)
        areas.append(area)
    return areas


def cut_and_buffered(town: Town, edge_m: float) -> list[shapely.Geometry]:
    """Draw streets as wide strokes, each only as far as it is reached."""
    length_m, ends = town.network.edge_length_m, town.network.edge_nodes
    areas = []
    for i in range(N_FACILITY):
        one = town.facility(i)
        ms = node_ms(town.network, one, ELDER, LIMIT_MIN)
        left_m = np.maximum(REACH_M - ms[ends] / 1000 * ELDER.speed_m_s, 0)
        own = int(one.edge[0])
        around_m = REACH_M - one.connector_m[0]
        along_m = float(one.along_m[0])
        parts = [substring(town.lines[own], max(along_m - around_m, 0), along_m + around_m)]
        for edge in np.flatnonzero(left_m.any(axis=1)):
            line, (start_m, end_m) = town.lines[edge], left_m[edge]
            if start_m + end_m >= length_m[edge]:
                parts.append(line)
                continue
            if start_m > 0:
                parts.append(substring(line, 0, start_m))
            if end_m > 0:
                parts.append(substring(line, length_m[edge] - end_m, length_m[edge]))
        areas.append(shapely.union_all(shapely.buffer(parts, edge_m)))
    return areas


def hull(town: Town, ratio: float) -> list[shapely.Geometry]:
    """Draw hulls of the reached nodes; a ratio of 1 is the convex one."""
    areas = []
    for i in range(N_FACILITY):
        nodes = shapely.multipoints(town.network.node_xy[town.reached_nodes(i)])
        areas.append(
            shapely.convex_hull(nodes) if ratio == 1 else shapely.concave_hull(nodes, ratio)
        )
    return areas


if __name__ == "__main__":
    main()
