"""Time ``POST /whatif`` at a city's size: processor time of the server for each request.

    python benchmarks/api_whatif.py streets.parquet [--requests 200] [--mirrored]

The application is asked in this process, so the time is that of reading the body, checking who
asks, the marks of the layers, the repair of the walks, the sums and the JSON, and of the client
besides. Compounds, gates and stations are drawn at random along the streets with a fixed seed;
communities are squares. ``--mirrored`` lays the city beside its mirror images, four of it in all,
with streets from one to the next, for a larger network. Each request tries something else than the
one before.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from end_to_end import run
from fastapi.testclient import TestClient
from measure import table

from api.app import create_app
from api.settings import Settings
from geo.network.current import open_network
from geo.store import Origin, Workspace, conform

DAY = date(2026, 5, 1)
ORIGIN = Origin("benchmark", DAY)
MACHINE = "http://127.0.0.1:8620"
N_COMPOUND, N_GATE, N_STATION, N_SQUARE = 20_000, 5_000, 300, 40
LIMITS = [5, 10, 15, 30]


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("streets", type=Path)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--mirrored", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _lay(folder, asked.streets, mirrored=asked.mirrored)
        workspace = Workspace.open(folder / "w")
        network = open_network(workspace)
        sys.stderr.write(f"{network.n_node:,} nodes, {network.n_edge:,} streets\n")
        app = create_app(Settings(workspace=folder / "w"))
        with TestClient(app, MACHINE, client=("127.0.0.1", 50_000)) as client:
            rows = [
                [title, *_figures(client, kind, asked.requests)]
                for title, kind in (
                    ("add", "add"), ("move", "move"), ("close", "close"),
                    ("open a gate", "gate"), ("one of these, on top of ten edits", "many"),
                )
            ]  # fmt: skip
            held = app.state.whatif.n_bytes / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(table(["edit", "median ms", "p95 ms", "most ms"], rows))
    print(f"\n{network.n_node:,} nodes, {N_COMPOUND:,} demand points, {N_STATION} facilities.")
    print(f"An answer kept ready holds {held:.0f} MB by its own count; peak {peak:,.0f} MB.")


def _figures(client: TestClient, kind: str, n_request: int) -> list[str]:
    question = {"facility": "elder_station", "minutes": LIMITS, "on": DAY.isoformat()}
    session = client.post("/whatif", json=question).json()["session"]
    rng = np.random.default_rng(11)
    taken = []
    for number, edits in zip(range(n_request + 3), _edits(kind, rng), strict=False):
        begin = time.process_time()
        answer = client.post("/whatif", json={"session": session, **edits})
        spent = time.process_time() - begin
        assert answer.status_code == 200, answer.text
        if number >= 3:
            taken.append(spent * 1000)
    return [f"{figure:.1f}" for figure in np.percentile(taken, [50, 95, 100])]


def _edits(kind: str, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    def place() -> list[float]:
        return [float(one) for one in np.round(PLACES[rng.integers(0, len(PLACES))], 7)]

    def one(which: str) -> dict[str, object]:
        station = f"S{rng.integers(20, N_STATION):05}"
        match which:
            case "add":
                return {"add": [place()]}
            case "move":
                return {"move": {station: place()}}
            case "close":
                return {"close": [station]}
            case _:
                return {"open_gate": [f"G{rng.integers(0, N_GATE):05}"]}

    standing = {
        "close": [f"S{n:05}" for n in range(4)],
        "move": {f"S{n:05}": place() for n in range(4, 7)},
        "add": [place() for _ in range(3)],
    }
    kinds = ("add", "move", "close", "gate")
    while True:
        if kind != "many":
            yield one(kind)
            continue
        more = one(kinds[rng.integers(0, 4)])
        both = dict(standing)
        for name, value in more.items():
            before = standing.get(name)
            both[name] = {**before, **value} if isinstance(before, dict) else [  # type: ignore[dict-item]
                *(before or []), *value,  # type: ignore[misc]
            ]  # fmt: skip
        yield both


PLACES = np.zeros((0, 2))
"""Places along the streets, longitude and latitude; drawn when the city is laid out."""


def _lay(folder: Path, streets: Path, *, mirrored: bool) -> None:
    """Make a workspace with the streets, compounds, gates, stations and square communities."""
    global PLACES  # noqa: PLW0603 - drawn once
    lines = gpd.read_parquet(streets).set_crs("EPSG:32650", allow_override=True)
    for axis in (0, 1) if mirrored else ():
        lines = _beside_its_mirror_image(lines, axis)
    named = lines.assign(highway=lines["highway"].astype(str))[["highway", "geometry"]]
    named.to_file(folder / "streets.gpkg")
    run("init", str(folder / "w"), environment={})
    given = [str(folder / "streets.gpkg"), "--datum", "epsg:32650", "-w", str(folder / "w")]
    run("streets", *given, environment={})
    workspace = Workspace.open(folder / "w")
    rng = np.random.default_rng(7)
    homes, stations = _places(lines, N_COMPOUND, rng), _places(lines, N_STATION, rng)
    PLACES = shapely.get_coordinates(_places(lines, 2_000, rng).to_numpy())
    ids = [f"X{n:05}" for n in range(N_COMPOUND)]
    cells = {
        "id": ids, "name": ids, "households": rng.integers(20, 900, N_COMPOUND),
        "elders": rng.integers(5, 400, N_COMPOUND),
    }  # fmt: skip
    _write(workspace, "compound", cells, homes)
    ids = [f"S{n:05}" for n in range(N_STATION)]
    _write(workspace, "elder_station", {"id": ids, "name": ids}, stations)
    moved = gpd.GeoSeries(homes[:N_GATE].translate(0.0008, 0.0004), crs=homes.crs)
    gates = {
        "id": [f"G{n:05}" for n in range(N_GATE)], "compound_id": cells["id"][:N_GATE],
        "open": np.zeros(N_GATE, dtype=bool),
    }  # fmt: skip
    own = {**gates, "id": [f"H{n:05}" for n in range(N_GATE)], "open": np.ones(N_GATE, dtype=bool)}
    both = {name: [*gates[name], *own[name]] for name in gates}
    _write(workspace, "gate", both, pd.concat([moved, homes[:N_GATE]]))
    west, south, east, north = homes.total_bounds
    x, y = np.linspace(west, east, N_SQUARE + 1), np.linspace(south, north, N_SQUARE + 1)
    boxes = [
        shapely.box(x[i], y[j], x[i + 1], y[j + 1])
        for i in range(N_SQUARE)
        for j in range(N_SQUARE)
    ]
    codes = [f"4201060{n // 100:02}{n % 100 + 1:03}" for n in range(len(boxes))]
    _write(workspace, "community", {"code": codes, "name": codes}, gpd.GeoSeries(boxes, crs=4490))


def _beside_its_mirror_image(lines: gpd.GeoDataFrame, axis: int) -> gpd.GeoDataFrame:
    """Return streets and their image in the east or north, joined at the nodes next to it."""
    shapes = lines.geometry.to_numpy()
    edge = shapely.get_coordinates(shapes).max(axis=0)[axis]

    def mirror(xy: np.ndarray) -> np.ndarray:
        turned = xy.copy()
        turned[:, axis] = 2 * edge - turned[:, axis]
        return turned

    ends = shapely.get_coordinates(shapely.get_point(shapes, 0))
    near = ends[np.argsort(ends[:, axis])[-200:]]
    joints = shapely.linestrings(np.stack([near, mirror(near)], axis=1))
    image = shapely.transform(shapes, mirror)
    kinds = pd.concat([lines["highway"], lines["highway"], lines["highway"].iloc[: len(joints)]])
    both = np.concatenate([shapes, image, joints])
    return gpd.GeoDataFrame({"highway": kinds.to_numpy()}, geometry=both, crs=lines.crs)


def _write(
    workspace: Workspace, layer: str, cells: dict[str, object], shapes: gpd.GeoSeries
) -> None:
    frame = gpd.GeoDataFrame(cells, geometry=shapes.to_numpy(), crs=4490)
    workspace.write(layer, conform(frame, layer), origin=ORIGIN)


def _places(lines: gpd.GeoDataFrame, count: int, rng: np.random.Generator) -> gpd.GeoSeries:
    chosen = lines.geometry.to_numpy()[rng.integers(0, len(lines), count)]
    at = shapely.line_interpolate_point(chosen, rng.random(count), normalized=True)
    moved = shapely.get_coordinates(at) + rng.normal(0, 25, (count, 2))
    return gpd.GeoSeries(shapely.points(moved), crs=lines.crs).to_crs(4490)


if __name__ == "__main__":
    main()
