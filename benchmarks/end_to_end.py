"""Time the whole job as a user runs it: files to map, each command a process of its own.

    python benchmarks/end_to_end.py [--wuhan streets.parquet] [--helsinki Helsinki.osm.pbf]

Cold means an empty folder for compiled kernels; warm is the same job again. Compounds and stations
outside the demo city are drawn at random along the streets with a fixed seed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

PROGRAM = [sys.executable, "-c", "from api.cli import main; main()"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def run(*arguments: str, environment: Mapping[str, str]) -> Cost:
    """Run one command of the program; a refusal ends the benchmark."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) == 2:
        sys.exit(f"refused: fuwuquan {' '.join(arguments)}")
    wall_s = time.perf_counter() - began
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def demo(folder: Path, environment: Mapping[str, str]) -> dict[str, Cost]:
    """Run the demo city."""
    return {"demo": run("demo", str(folder / "demo"), environment=environment)}


def city(
    streets: Path, lines: gpd.GeoSeries, n_compound: int, n_station: int
) -> dict[str, list[str]]:
    """Write a city's files beside its streets and return the commands that use them."""
    folder = streets.parent
    rng = np.random.default_rng(7)
    homes = _places(lines, n_compound, rng).assign(
        小区名称=[f"小区{i}" for i in range(n_compound)],
        户数=np.exp(rng.normal(np.log(400), 1.2, n_compound)).astype(int) + 1,
        老年人数=rng.integers(5, 400, n_compound),
    )
    homes.to_csv(folder / "compounds.csv", index=False)
    stations = _places(lines, n_station, rng).assign(名称=[f"站{i}" for i in range(n_station)])
    stations.to_csv(folder / "stations.csv", index=False)
    datum = ["--datum", "epsg:32650"] if streets.suffix == ".gpkg" else []
    return {
        "import compounds": ["import", "compound", str(folder / "compounds.csv"), "--datum=wgs84"],
        "import stations": [
            "import",
            "elder_station",
            str(folder / "stations.csv"),
            "--datum=wgs84",
        ],
        "streets": ["streets", str(streets), *datum],
        "check": ["check"],
        "coverage, 4 limits, map": ["coverage", "-f", "elder_station", "--minutes=5,10,15,30"],
    }


def _places(lines: gpd.GeoSeries, count: int, rng: np.random.Generator) -> pd.DataFrame:
    metres = lines.to_crs(lines.estimate_utm_crs()) if lines.crs.is_geographic else lines
    chosen = metres.to_numpy()[rng.integers(0, len(metres), count)]
    at = shapely.line_interpolate_point(chosen, rng.random(count), normalized=True)
    moved = shapely.get_coordinates(at) + rng.normal(0, 25, (count, 2))
    lonlat = gpd.GeoSeries(shapely.points(moved), crs=metres.crs).to_crs("EPSG:4326")
    return pd.DataFrame({"经度": lonlat.x.round(7), "纬度": lonlat.y.round(7)})


def commands(
    workspace: Path, steps: Mapping[str, list[str]], environment: Mapping[str, str]
) -> dict[str, Cost]:
    """Run the commands of a city in a new workspace."""
    run("init", str(workspace), environment=environment)
    return {
        name: run(*step, "-w", str(workspace), environment=environment)
        for name, step in steps.items()
    }


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wuhan", type=Path)
    parser.add_argument("--helsinki", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        cities = {}
        if asked.wuhan:
            (root / "wuhan").mkdir()
            lines = gpd.read_parquet(asked.wuhan).set_crs("EPSG:32650", allow_override=True)
            named = lines.assign(highway=lines["highway"].astype(str))[["highway", "geometry"]]
            named.to_file(root / "wuhan" / "streets.gpkg")
            cities["Wuhan"] = city(root / "wuhan" / "streets.gpkg", lines.geometry, 20_000, 300)
        if asked.helsinki:
            (root / "helsinki").mkdir()
            pbf = root / "helsinki" / asked.helsinki.name
            pbf.write_bytes(asked.helsinki.read_bytes())
            lines = gpd.read_file(pbf, layer="lines")
            cities["Helsinki"] = city(pbf, lines[lines["highway"].notna()].geometry, 2_000, 30)
        print("| city | command | run | wall s | CPU s | peak MB |\n|---|---|---|---|---|---|")
        for turn, cache in (("cold", root / "kernels"), ("warm", root / "kernels")):
            environment = {"NUMBA_CACHE_DIR": str(cache)}
            _rows("demo", turn, demo(root, environment))
            for title, steps in cities.items():
                _rows(title, turn, commands(root / f"{title}-{turn}", steps, environment))


def _rows(city_name: str, turn: str, costs: Mapping[str, Cost]) -> None:
    for step, cost in costs.items():
        figures = f"{cost.wall_s:.1f} | {cost.cpu_s:.1f} | {cost.peak_mb:,.0f}"
        print(f"| {city_name} | {step} | {turn} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
