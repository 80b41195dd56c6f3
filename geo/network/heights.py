"""How much each street climbs and descends, from a digital elevation model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyproj
from numpy.typing import NDArray

from geo.errors import DataError
from geo.network.arrays import runs
from geo.network.graph import StreetNetwork
from geo.terrain import cell_m, opened
from geo.text import say

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

Floats = NDArray[np.float64]

SPACING_M = 10.0
"""Heights are read along a street every so many metres, or every cell of a coarser model."""


def with_heights(network: StreetNetwork, dem: Path) -> tuple[StreetNetwork, float]:
    """Return the network with climb and descent of every edge filled from an elevation model.

    Heights are interpolated between the four nearest cells at even distances along the drawn
    line. A model is the ground, so a bridge gets the dip of the valley beneath it. An edge that
    is not covered from end to end keeps what it had.

    Parameters
    ----------
    network
        The network.
    dem
        A raster with heights in metres in its first band and a CRS, such as a GeoTIFF.

    Returns
    -------
    network
        A new network.
    unknown_share
        Share of the street length that is not covered.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        rasterio is not installed, the file is no raster with a CRS, or it covers no street.
    """
    with opened(dem) as raster:
        start = _samples(network, max(SPACING_M, cell_m(raster)))
        height_m = _heights(raster, network.crs, _places(network, start))
    edge = np.repeat(np.arange(network.n_edge), np.diff(start))
    rise_m = np.diff(height_m, append=np.nan)
    rise_m[start[1:] - 1] = 0.0  # nothing follows the last sample of an edge
    known = np.bincount(edge, weights=np.isnan(height_m), minlength=network.n_edge) == 0
    if not known.any():
        raise DataError(
            say(f"高程文件“{dem.name}”不覆盖任何街路。", f"{dem.name!r} covers no street"),
            hint=say("请检查高程文件的范围和坐标系。", "check its extent and CRS"),
        )
    up_m = np.bincount(edge, weights=np.nan_to_num(np.maximum(rise_m, 0.0)))
    down_m = np.bincount(edge, weights=np.nan_to_num(np.maximum(-rise_m, 0.0)))
    unknown = float(network.edge_length_m[~known].sum() / network.edge_length_m.sum())
    heighted = replace(
        network,
        edge_climb_m=np.where(known, up_m, network.edge_climb_m).astype(np.float32),
        edge_descent_m=np.where(known, down_m, network.edge_descent_m).astype(np.float32),
    )
    return heighted, unknown


def _heights(raster: DatasetReader, crs: str, xy: Floats) -> Floats:
    """Return the height at each place, NaN where the model has none, (n,)."""
    change = pyproj.Transformer.from_crs(crs, raster.crs.to_wkt(), always_xy=True)
    x, y = change.transform(xy[:, 0], xy[:, 1])
    cell = ~raster.transform
    column = cell.a * x + cell.b * y + cell.c - 0.5  # heights stand at the centres of cells
    row = cell.d * x + cell.e * y + cell.f - 0.5
    inside = (column > -1) & (row > -1) & (column < raster.width) & (row < raster.height)
    height_m = np.full(len(xy), np.nan)
    if inside.any():
        column = np.clip(column[inside], 0, raster.width - 1)
        row = np.clip(row[inside], 0, raster.height - 1)
        height_m[inside] = _interpolated(raster, column, row)
    return height_m


def _interpolated(raster: DatasetReader, column: Floats, row: Floats) -> Floats:
    """Weigh the four cells around each place, reading only the part of the raster in use."""
    left, top = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
    low_x, low_y = int(left.min()), int(top.min())
    high_x, high_y = int(left.max()) + 2, int(top.max()) + 2
    window = ((low_y, min(high_y, raster.height)), (low_x, min(high_x, raster.width)))
    cells = raster.read(1, window=window, masked=True).astype(np.float64).filled(np.nan)
    x, y = left - low_x, top - low_y
    right, bottom = np.minimum(x + 1, cells.shape[1] - 1), np.minimum(y + 1, cells.shape[0] - 1)
    across, down = column - left, row - top
    upper = cells[y, x] * (1 - across) + cells[y, right] * across
    lower = cells[bottom, x] * (1 - across) + cells[bottom, right] * across
    mixed: Floats = upper * (1 - down) + lower * down
    return mixed


def _samples(network: StreetNetwork, spacing_m: float) -> NDArray[np.int64]:
    """Return where the samples of each edge begin: both ends and even steps between."""
    steps = np.maximum(np.ceil(network.edge_length_m / spacing_m), 1).astype(np.int64)
    return np.append(0, np.cumsum(steps + 1))


def _places(network: StreetNetwork, start: NDArray[np.int64]) -> Floats:
    """Return the coordinates of every sample, (n_sample, 2)."""
    xy = network.shape_xy
    run_m = np.append(0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T)))
    begin_m, end_m = run_m[network.shape_start[:-1]], run_m[network.shape_start[1:] - 1]
    count = np.diff(start)
    share = runs(np.zeros_like(count), count) / np.repeat(count - 1, count)
    along_m = np.repeat(begin_m, count) + share * np.repeat(end_m - begin_m, count)
    # The step from the end of one edge to the begin of the next has a length too, so that a
    # sample at an end may fall on either side of a shared vertex; its place is the same.
    return np.column_stack([np.interp(along_m, run_m, xy[:, axis]) for axis in (0, 1)])
