"""A million compounds in both stores: the table that the servers of `api_peers` answer from.

``python benchmarks/api_table.py FOLDER postgresql://user@host/database``: makes the workspace
``FOLDER/million`` and the workspace ``million`` of the database, of equal rows.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.store import Origin, Workspace, conform

ROWS = 1_000_000
NAME = "million"
WEST, SOUTH, WIDTH, HEIGHT = 113.8, 29.9, 1.0, 0.9
"""The rectangle over which the compounds are spread, in degrees."""
_ORIGIN = Origin("benchmark", date(2026, 1, 1))
_DAY_0 = pd.Timestamp("1985-01-01")


def frame(rows: int = ROWS) -> gpd.GeoDataFrame:
    """Return compounds spread evenly, drawn with a fixed seed."""
    rng = np.random.default_rng(7)
    number = np.arange(rows)
    syllables = np.array(["和平", "建设", "人民", "红旗", "新华", "解放", "光明", "东湖"])
    kinds = np.array(["里", "村", "苑", "小区", "花园"])
    names = pd.Series(syllables[rng.integers(0, 8, rows)]) + kinds[rng.integers(0, 5, rows)]
    cells = {
        "id": [f"x{n:07}" for n in number],
        "name": names + pd.Series(number % 997).astype(str),
        "community_code": [f"4201060{n % 100:02}{n % 7 + 1:03}" for n in number],
        "kind": "estate",
        "households": rng.integers(20, 900, rows),
        "population": rng.integers(60, 2_700, rows),
        "elders": rng.integers(5, 400, rows),
        "children": rng.integers(0, 300, rows),
        "delivered": _DAY_0 + pd.to_timedelta(rng.integers(0, 14_000, rows), unit="D"),
        "address": [f"{n % 89}路{n % 311}号" for n in number],
        "simulated": True,
    }
    xy = np.round(rng.random((rows, 2)) * (WIDTH, HEIGHT) + (WEST, SOUTH), 7)
    return conform(gpd.GeoDataFrame(cells, geometry=shapely.points(xy), crs=4490), "compound")


def main() -> None:
    """Make both workspaces."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("database")
    asked = parser.parse_args()
    rows = frame()
    for place in (str(asked.folder / NAME), f"{asked.database}?workspace={NAME}"):
        Workspace.create(place, folder=asked.folder / NAME).write("compound", rows, origin=_ORIGIN)
        print(place)


if __name__ == "__main__":
    main()
