"""Time an assessment against rows and norms: ``python benchmarks/assess.py``.

Compounds, stations and communities are made up by a fixed seed; the norms are those of the
catalogue that read these layers, repeated under other ids until there are enough. Walks are given,
so that what is timed is the evaluation of norms, not the streets.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assess import arrange, assess, rows
from geo.assess.linking import Walked
from geo.assess.reached import Reached, Walk
from geo.norms import Norms, shipped
from geo.store import conform

AREA, ON = "340207", date(2024, 6, 1)
ROWS, NORMS, REPEAT = (2_000, 20_000, 200_000), (10, 60, 130), 3
PER_COMMUNITY, PER_STATION = 50, 10
KINDS = (
    "elder.area100.new",
    "elder.area100.old",
    "elder.station.min_area",
    "elder.station.shared",
    "elder.four_sync",
    "elder.circle15",
    "elder.three_tier",
    "circle.gb50180.15",
    "community.area100",
    "elder.gb50437.tiers.station",
)


def frame(
    layer: str, columns: dict[str, object], n: int, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Return a layer of made-up rows at made-up places."""
    xy = rng.random((n, 2)) * 20_000
    made = gpd.GeoDataFrame(columns, geometry=shapely.points(xy), crs="EPSG:4547")
    return conform(made, layer)


def town(n: int) -> tuple[dict[str, gpd.GeoDataFrame], Reached]:
    """Return layers of a town of ``n`` compounds, and walks of a few minutes."""
    rng = np.random.default_rng(7)
    n_community, n_station = max(n // PER_COMMUNITY, 1), max(n // PER_STATION, 1)
    codes = np.array([f"{AREA}{i // 900 + 1:03d}{i % 900 + 1:03d}" for i in range(n_community)])
    ids = np.array([f"c{i}" for i in range(n)])
    home, place = rng.integers(n_community, size=n), rng.integers(n_community, size=n_station)
    households = rng.integers(50, 3_000, n)
    owner = np.where(rng.random(n_station) < 0.3, ids[rng.integers(n, size=n_station)], None)
    layers = {
        "community": frame(
            "community",
            {"code": codes, "name": codes, "households": 9_000, "population": 9_000, "elders": 900},
            n_community,
            rng,
        ),
        "compound": frame(
            "compound",
            {
                "id": ids,
                "name": ids,
                "community_code": codes[home],
                "households": households,
                "elders": households // 3,
                "build_status": rng.choice(["new", "existing", "unknown"], n),
            },
            n,
            rng,
        ),
        "community_venue": frame(
            "community_venue",
            {"id": codes, "name": codes, "community_code": codes, "floor_area_m2": 900.0},
            n_community,
            rng,
        ),
        "elder_station": frame(
            "elder_station",
            {
                "id": [f"s{i}" for i in range(n_station)],
                "name": [f"s{i}" for i in range(n_station)],
                "compound_id": owner,
                "community_code": codes[place],
                "floor_area_m2": rng.integers(50, 900, n_station).astype(float),
                "usable_area_m2": rng.integers(50, 900, n_station).astype(float),
                "shared": rng.random(n_station) < 0.5,
                "tier": "community",
            },
            n_station,
            rng,
        ),
    }
    points = pd.DataFrame(
        {
            "id": ids,
            "origin": "gate",
            "community_code": codes[home],
            "township_code": [code[:9] for code in codes[home]],
            "county_code": AREA,
            "elders": households // 3,
            "population": households * 3,
            "nearest": rng.random(n) * 30,
            "state": "reached",
        }
    )
    nothing = np.zeros(0, np.int64)
    walk = Walk(points, Walked(nothing, nothing, np.zeros(0)))
    return layers, Reached(lambda *_: walk, ids.astype(object), {})


def catalogue(n: int) -> Norms:
    """Return ``n`` norms: those of `KINDS`, repeated under other ids."""
    known = [shipped()[name] for name in KINDS]
    repeated = [
        replace(known[i % len(known)], id=f"{known[i % len(known)].id}.r{i}") for i in range(n)
    ]
    return Norms({norm.id: norm for norm in repeated})


def measure(n_row: int, n_norm: int) -> tuple[float, int]:
    """Return the median seconds of arranging and assessing, and the number of verdicts."""
    layers, reached = town(n_row)
    norms, seconds, found = catalogue(n_norm), [], 0
    for _ in range(1 if n_row >= ROWS[-1] else REPEAT):
        begun = time.process_time()
        result = assess(
            arrange(layers, area=AREA, on=ON, reached=replace(reached, _walks={})), norms
        )
        found = len(rows(result))
        seconds.append(time.process_time() - begun)
    return median(seconds), found


def main() -> None:
    """Write the table."""
    lines = [
        "# Assessment: time against rows and norms",
        "",
        "Median processor seconds of three runs (one for 200,000) of arranging the layers,",
        "assessing and building the result table; walks given.",
        "`python benchmarks/assess.py` makes this file.",
        "",
        "| compounds | norms | verdicts | seconds | µs a verdict |",
        "|---:|---:|---:|---:|---:|",
    ]
    most = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS[-1]
    for n_row in (n for n in ROWS if n <= most):
        for n_norm in NORMS:
            seconds, found = measure(n_row, n_norm)
            lines.append(
                f"| {n_row:,} | {n_norm} | {found:,} | {seconds:.2f} "
                f"| {seconds / found * 1e6:.2f} |"
            )
            print(lines[-1], flush=True)
    path = Path(__file__).parent / "results" / "assess.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
