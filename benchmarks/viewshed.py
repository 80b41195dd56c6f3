"""Time viewsheds against GDAL's: ``python benchmarks/viewshed.py [--write]``.

Hills are made up by a fixed seed, 30 m cells. GDAL carries a horizon from cell to cell, which is
fast and approximate, one observer a run; ours follows every line of sight exactly and stops at the
first observer that sees a cell. Both in processor time (GDAL's as a child process, one read of the
file included); without limit of distance, curvature and refraction on.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio
import shapely
from measure import table
from rasterio.transform import Affine

from geo.terrain import SEEN, Elevation, Sight, viewshed

CELL_M, SEED = 30.0, 1
CASES = ((301, 1), (301, 40), (601, 1), (601, 40))
"""Cells a side, and observers along a line across the middle."""


def hills(size: int) -> Elevation:
    """Return smooth hills, a sum of random waves."""
    rng = np.random.default_rng(SEED)
    row, column = np.mgrid[0:size, 0:size]
    height = np.zeros((size, size))
    for _ in range(25):
        turn, wave = rng.uniform(0, 2 * np.pi), rng.uniform(8, 60)
        along = (np.cos(turn) * column + np.sin(turn) * row) / wave
        height += wave / 4 * np.sin(2 * np.pi * along + rng.uniform(0, 6))
    rounded = height.astype(np.float32).astype(np.float64)
    return Elevation(rounded, 0.0, size * CELL_M, CELL_M, "EPSG:4547", "waves")


def gdal(tool: str, folder: Path, xy: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the cells GDAL sees from any observer, and its processor seconds."""
    seen, seconds = None, 0.0
    for x, y in xy:
        begin = os.times()
        subprocess.run(
            [tool, "-q", "-md", "0", "-ox", str(x), "-oy", str(y), "-oz", "1.6", "-tz", "1.5",
             "-cc", str(6 / 7), str(folder / "dem.tif"), str(folder / "seen.tif")],
            check=True, capture_output=True,
        )  # fmt: skip
        end = os.times()
        seconds += end.children_user + end.children_system
        seconds -= begin.children_user + begin.children_system
        with rasterio.open(folder / "seen.tif") as file:
            own = file.read(1) == 255
        seen = own if seen is None else seen | own
    assert seen is not None
    return seen, seconds


def case(tool: str, folder: Path, size: int, observers: int) -> list[object]:
    """Return one row of the table."""
    ground = hills(size)
    with rasterio.open(
        folder / "dem.tif", "w", driver="GTiff", width=size, height=size, count=1, dtype="float32",
        crs="EPSG:4547", transform=Affine(CELL_M, 0, 0, 0, -CELL_M, size * CELL_M),
    ) as file:  # fmt: skip
        file.write(ground.height_m.astype(np.float32), 1)
    columns = np.linspace(0, size - 1, observers + 2)[1:-1].astype(int)
    xy = np.column_stack([(columns + 0.5) * CELL_M, np.full(observers, (size // 2 + 0.5) * CELL_M)])
    points = np.asarray(shapely.points(xy), object)
    begin = time.process_time()
    ours = viewshed(ground, points, sight=Sight()).state == SEEN
    seconds = time.process_time() - begin
    theirs, theirs_s = gdal(tool, folder, xy)
    return [
        f"{size} × {size}", observers, f"{seconds:.2f}", f"{theirs_s:.2f}",
        f"{theirs_s / seconds:.2f}×", f"{ours.mean():.1%}", f"{np.mean(ours == theirs):.2%}",
    ]  # fmt: skip


def main() -> None:
    """Print the table, and keep it when asked to."""
    tool = shutil.which("gdal_viewshed")
    if tool is None:
        sys.exit("gdal_viewshed is not installed")
    with tempfile.TemporaryDirectory() as folder:
        case(tool, Path(folder), 301, 40)  # compiles both kernels
        rows = [case(tool, Path(folder), size, observers) for size, observers in CASES]
    header = ["cells", "observers", "ours, s", "GDAL, s", "GDAL / ours", "seen", "cells that agree"]
    text = table(header, rows)
    print(text)
    if "--write" in sys.argv:
        named = subprocess.run(
            [shutil.which("gdalinfo") or tool, "--version"], capture_output=True, text=True,
            check=False,
        ).stdout.strip()  # fmt: skip
        about = (
            "# Viewsheds against GDAL\n\nProcessor seconds, one run after a warm-up, other work on "
            f"the same two cores; seed {SEED}; {named}.\n"
            "`PYTHONPATH=. python benchmarks/viewshed.py --write` makes this file.\n\n"
        )
        path = Path(__file__).parent / "results" / "viewshed.md"
        path.write_text(f"{about}{text}\n", "utf-8")


if __name__ == "__main__":
    main()
