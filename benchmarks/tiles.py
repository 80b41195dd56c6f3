"""How long a vector tile takes: our encoder on either store against PostGIS's own.

``python benchmarks/tiles.py postgresql+psycopg://user@host/database [--write]``: an empty database
with PostGIS. Processor time counts, that of the database's process included.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import geopandas as gpd
import mapbox_vector_tile  # type: ignore[import-untyped]
import numpy as np
import shapely
import sqlalchemy as sa
from measure import table

from geo.store import Workspace, conform
from geo.store.features import FeatureTable, feature_tables
from geo.store.layer_tables import Origin
from geo.tiles import Tile
from geo.tiles.source import layer_tile

TILE = Tile(14, 12880, 7072)
"""At the full zoom, where ours leaves out nothing."""
FEATURES, CORNERS, REPEAT = 10_000, 60, 7
ORIGIN = Origin(source="benchmark", written_on=date(2026, 1, 1))
_TICKS = os.sysconf("SC_CLK_TCK")


def layer(shape: str) -> gpd.GeoDataFrame:
    """Return features spread over the tile: points, or outlines of sixty corners."""
    rng = np.random.default_rng(7)
    west, south, east, north = TILE.bounds(0)
    centres = rng.uniform((west, south), (east, north), (FEATURES, 2))
    shapes = np.asarray(shapely.points(centres), dtype=object)
    if shape == "polygons":
        turns = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
        unit = (east - west) / 4096
        far = (
            unit * rng.uniform(8, 14, (FEATURES, 1)) * (1 + 0.05 * rng.random((FEATURES, CORNERS)))
        )
        rings = np.stack(
            [centres[:, :1] + far * np.cos(turns), centres[:, 1:] + far * np.sin(turns)], axis=2
        )
        shapes = np.asarray(shapely.polygons(rings), dtype=object)
    columns = {
        "id": [f"z-{i}" for i in range(FEATURES)],
        "name": [f"小区{i % 3000}" for i in range(FEATURES)],
        "kind": "farmland",
        "source": "benchmark",
    }
    return conform(gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4490"), "zone")


def of_postgis(connection: sa.Connection, features: FeatureTable) -> bytes:
    """Return the tile by ST_AsMVT."""
    columns = ", ".join(f'"{field.name}"' for field in features.fields)
    envelope = f"ST_TileEnvelope({TILE.zoom}, {TILE.column}, {TILE.row}"
    question = (
        f"SELECT ST_AsMVT(q, 'zone', 4096, 'g', 'fid') FROM (SELECT fid, {columns},"  # noqa: S608
        f" ST_AsMVTGeom(ST_Transform(geom, 3857), {envelope}), 4096, 256) AS g FROM zone"
        f" WHERE geom && ST_Transform({envelope}, margin => 0.0625), 4490)) AS q"
    )
    return bytes(connection.exec_driver_sql(question).scalar_one())


def spent(backend: int | None) -> float:
    """Return the processor seconds of this process, and of the database's where there is one."""
    own = time.process_time()
    if backend is None:
        return own
    fields = Path(f"/proc/{backend}/stat").read_text().rsplit(")", 1)[1].split()
    return own + (int(fields[11]) + int(fields[12])) / _TICKS


def rows_of(shape: str, url: str, folder: Path) -> list[list[object]]:
    """Return a row for each way to make the tile."""
    stores = {"GeoPackage": Workspace.create(folder), "PostGIS": Workspace.create(url)}
    for store in stores.values():
        store.write("zone", layer(shape), origin=ORIGIN)
    gc.collect()
    gc.freeze()  # as the server does when it starts
    made: dict[str, bytes] = {}
    seconds: dict[str, list[float]] = {}
    with stores["GeoPackage"].reading() as file, stores["PostGIS"].reading() as server:
        server.exec_driver_sql("SET max_parallel_workers_per_gather = 0")
        backend = server.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        zone = {name: feature_tables(one)["zone"] for name, one in (("f", file), ("s", server))}
        ways: dict[str, tuple[Callable[[], bytes], int | None]] = {
            "ours, GeoPackage": (lambda: layer_tile(file, zone["f"], TILE).content, None),
            "ours, PostGIS": (lambda: layer_tile(server, zone["s"], TILE).content, backend),
            "ST_AsMVT": (lambda: of_postgis(server, zone["s"]), backend),
        }
        for turn in range(REPEAT + 1):
            for name, (make, process) in ways.items():
                began = spent(process)
                made[name] = make()
                if turn:
                    seconds.setdefault(name, []).append(spent(process) - began)
    peer = median(seconds["ST_AsMVT"])
    counts = {
        n: len(mapbox_vector_tile.decode(bytes(t))["zone"]["features"]) for n, t in made.items()
    }
    assert set(counts.values()) == {FEATURES}, counts
    assert made["ours, GeoPackage"] == made["ours, PostGIS"]
    return [
        [shape, name, f"{median(taken) * 1e3:.0f}", f"{peer / median(taken):.1f}×", len(made[name])]
        for name, taken in seconds.items()
    ]


def main() -> None:
    """Measure, print, and with ``--write`` keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    rows = []
    for shape in ("points", "polygons"):
        with TemporaryDirectory() as folder:
            url = f"{asked.database}?workspace=tiles_{shape}"
            rows += rows_of(shape, url, Path(folder) / "city")
    text = table(["10,000 features", "by", "processor ms", "against ST_AsMVT", "bytes"], rows)
    print(text)
    if asked.write:
        path = Path(__file__).parent / "results" / "tiles.md"
        path.write_text(f"# One vector tile\n\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
