"""What is seen, against a brute force in plain Python and against GDAL's own viewshed."""

from __future__ import annotations

import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import Affine

from geo.terrain import SEEN, Elevation, Sight, viewshed

CELL_M = 30.0


def hills(seed: int, size: int) -> Elevation:
    """Return smooth hills: a sum of random waves, about 60 m from valley to top."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[0:size, 0:size]
    height = np.zeros((size, size))
    for _ in range(25):
        turn, wave = rng.uniform(0, 2 * np.pi), rng.uniform(8, 40)
        along = (np.cos(turn) * column + np.sin(turn) * row) / wave
        height += wave / 4 * np.sin(2 * np.pi * along + rng.uniform(0, 6))
    return Elevation(height, 0.0, size * CELL_M, CELL_M, "EPSG:4547", "waves")


def sees(ground: Elevation, a: tuple[int, int], b: tuple[int, int], sight: Sight) -> bool:
    """Follow one line of sight over every row and column of centres it crosses."""
    (ar, ac), (br, bc) = a, b
    height = ground.height_m
    start, end = height[a] + sight.eye_m, height[b] + sight.target_m
    length_m = math.hypot(ar - br, ac - bc) * ground.cell_m
    crossings = [(c - ac) / (bc - ac) for c in range(min(ac, bc) + 1, max(ac, bc))]
    crossings += [(r - ar) / (br - ar) for r in range(min(ar, br) + 1, max(ar, br))]
    for t in crossings:
        r, c = ar + t * (br - ar), ac + t * (bc - ac)
        r0, c0 = math.floor(round(r, 9)), math.floor(round(c, 9))
        dr, dc = max(r - r0, 0.0), max(c - c0, 0.0)
        r1, c1 = min(r0 + (dr > 1e-9), len(height) - 1), min(c0 + (dc > 1e-9), len(height) - 1)
        ground_m = height[r0, c0] + dr * (height[r1, c0] - height[r0, c0])
        if dc > 1e-9:
            ground_m = height[r0, c0] + dc * (height[r0, c1] - height[r0, c0])
        bulge = (1 - sight.refraction) * length_m**2 * t * (1 - t) / (2 * 6_371_008.8)
        if ground_m + bulge * sight.curved > start + t * (end - start) + 1e-6:
            return False
    return True


@pytest.mark.parametrize("seed", range(3))
def test_every_cell_agrees_with_a_line_of_sight_followed_by_hand(seed: int) -> None:
    ground, sight = hills(seed, 61), Sight()
    row, column = np.random.default_rng(seed).integers(0, 61, 2)
    place = shapely.Point((column + 0.5) * CELL_M, (61 - row - 0.5) * CELL_M)
    state = viewshed(ground, np.array([place]), sight=sight).state
    expected = [
        [sees(ground, (int(row), int(column)), (r, c), sight) for c in range(61)] for r in range(61)
    ]
    assert ((state == SEEN) == np.array(expected)).all()
    assert 0.02 < np.mean(state == SEEN) < 0.98


@pytest.mark.parametrize("seed", range(3))
def test_nearly_every_cell_agrees_with_gdal(tmp_path: Path, seed: int) -> None:
    """GDAL carries horizons from cell to cell, which is not exact: a few cells at rims differ."""
    tool = shutil.which("gdal_viewshed")
    if tool is None:
        pytest.skip("gdal_viewshed is not installed")
    ground, size = hills(seed, 301), 301
    with rasterio.open(
        tmp_path / "dem.tif", "w", driver="GTiff", width=size, height=size, count=1,
        dtype="float32", crs="EPSG:4547", transform=Affine(CELL_M, 0, 0, 0, -CELL_M, size * CELL_M),
    ) as file:  # fmt: skip
        file.write(ground.height_m.astype(np.float32), 1)
    x, y = 150.5 * CELL_M, 150.5 * CELL_M
    subprocess.run(
        [tool, "-q", "-md", "0", "-ox", str(x), "-oy", str(y), "-oz", "25",
         "-tz", "1.5", "-cc", str(6 / 7), str(tmp_path / "dem.tif"), str(tmp_path / "seen.tif")],
        check=True, capture_output=True,
    )  # fmt: skip
    with rasterio.open(tmp_path / "seen.tif") as file:
        theirs = file.read(1) == 255
        left, top = file.transform.c, file.transform.f
    assert (left, top) == (0.0, size * CELL_M)
    rounded = ground.height_m.astype(np.float32).astype(np.float64)
    same_ground = Elevation(rounded, 0.0, size * CELL_M, CELL_M, ground.crs, "rounded")
    ours = (
        viewshed(same_ground, np.array([shapely.Point(x, y)]), sight=Sight(eye_m=25)).state == SEEN
    )
    assert theirs.shape == ours.shape
    assert np.mean(theirs == ours) > 0.98
    assert 0.05 < ours.mean() < 0.98
