"""The heights of an area on a square grid in metres, cut from a digital elevation model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
from numpy.typing import NDArray

from geo.errors import DataError
from geo.terrain.raster import cell_m, opened
from geo.text import say

Floats = NDArray[np.float64]

MOST_CELLS = 16_000_000
"""A finer model is read in larger cells, so that the grid stays below this size."""

_MARGIN_CELLS = 2


@dataclass(frozen=True, slots=True)
class Elevation:
    """Heights at the centres of square cells; row 0 is the northernmost."""

    height_m: Floats
    """(n_row, n_column) NaN where the model has none."""
    left_m: float
    top_m: float
    """Outer corner of the north-western cell."""
    cell_m: float
    crs: str
    name: str
    """Of the file the heights come from."""

    def at(self, xy: Floats) -> tuple[Floats, Floats]:
        """Return places in columns and rows: the centre of the first cell is (0, 0)."""
        column = (xy[:, 0] - self.left_m) / self.cell_m - 0.5
        row = (self.top_m - xy[:, 1]) / self.cell_m - 0.5
        return column, row

    def heights(self, xy: Floats) -> Floats:
        """Return the height at each place, weighed between the four nearest cells, (n,).

        NaN beyond the outermost centres, and where one of the four that weigh has no height.
        """
        column, row = self.at(np.asarray(xy, np.float64))
        rows, columns = self.height_m.shape
        near = 1e-9
        inside = (column >= -near) & (row >= -near)
        inside &= (column <= columns - 1 + near) & (row <= rows - 1 + near)
        column, row = np.clip(column, 0, columns - 1), np.clip(row, 0, rows - 1)
        left, top = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
        right, low = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
        across, down = column - left, row - top
        total = np.zeros(len(column))
        for at_row, share_down in ((top, 1 - down), (low, down)):
            for at_column, share in ((left, 1 - across), (right, across)):
                weight = share_down * share
                part = self.height_m[at_row, at_column]
                total += np.where(weight > 0, weight * part, 0.0)
        return np.where(inside, total, np.nan)

    def slope_degrees(self) -> Floats:
        """Return the steepness of every cell by central differences (Horn 1981), NaN at holes.

        References
        ----------
        Horn, B. K. P. (1981), Hill shading and the reflectance map, Proc. IEEE 69(1).
        """
        z = np.pad(self.height_m, 1, mode="reflect", reflect_type="odd")
        west = z[:-2, :-2] + 2 * z[1:-1, :-2] + z[2:, :-2]
        east = z[:-2, 2:] + 2 * z[1:-1, 2:] + z[2:, 2:]
        north = z[:-2, :-2] + 2 * z[:-2, 1:-1] + z[:-2, 2:]
        south = z[2:, :-2] + 2 * z[2:, 1:-1] + z[2:, 2:]
        rise = np.hypot(east - west, south - north) / (8 * self.cell_m)
        degrees: Floats = np.degrees(np.arctan(rise))
        return degrees


def read_elevation(
    dem: Path,
    crs: str,
    bounds: tuple[float, float, float, float],
    *,
    finest_m: float = 0.0,
) -> Elevation:
    """Cut the part of a model that covers an area, on square cells of the area's CRS.

    Parameters
    ----------
    dem
        A raster with heights in metres in its first band and a CRS.
    crs
        A projected CRS in metres.
    bounds
        West, south, east and north of the area in that CRS. What the model does not cover is NaN.
    finest_m
        Cells are at least this large; by default as large as those of the model.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        rasterio is not installed, the file is no raster with a CRS, or it lies elsewhere.
    """
    with opened(dem) as raster:
        from rasterio.enums import Resampling  # noqa: PLC0415  (an extra)
        from rasterio.transform import Affine  # noqa: PLC0415
        from rasterio.warp import reproject  # noqa: PLC0415

        west, south, east, north = bounds
        least = float(np.sqrt(max((east - west) * (north - south), 1.0) / MOST_CELLS))
        side = max(cell_m(raster), finest_m, least)
        left = np.floor(west / side - _MARGIN_CELLS) * side
        top = np.ceil(north / side + _MARGIN_CELLS) * side
        columns = int(np.ceil((east - left) / side)) + _MARGIN_CELLS
        rows = int(np.ceil((top - south) / side)) + _MARGIN_CELLS
        box = (left, top - rows * side, left + columns * side, top)
        window = _window(raster, crs, box)
        if window is None:
            raise _elsewhere(dem)
        first_row, first_column = window[0][0], window[1][0]
        cells = raster.read(1, window=window, masked=True).astype(np.float64).filled(np.nan)
        at = raster.transform
        moved = Affine(
            at.a,
            at.b,
            at.c + at.a * first_column + at.b * first_row,
            at.d,
            at.e,
            at.f + at.d * first_column + at.e * first_row,
        )
        height_m = np.full((rows, columns), np.nan)
        reproject(
            cells,
            height_m,
            src_transform=moved,
            src_crs=raster.crs,
            src_nodata=np.nan,
            dst_transform=Affine(side, 0.0, left, 0.0, -side, top),
            dst_crs=crs,
            dst_nodata=np.nan,
            init_dest_nodata=True,
            resampling=Resampling.bilinear,
        )
    if np.isnan(height_m).all():
        raise _elsewhere(dem)
    return Elevation(height_m, float(left), float(top), float(side), crs, dem.name)


def _window(
    raster: object, crs: str, box: tuple[float, float, float, float]
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return the rows and columns of a raster that an area needs, None where it needs none."""
    from rasterio.io import DatasetReader  # noqa: PLC0415  (an extra)

    assert isinstance(raster, DatasetReader)
    change = pyproj.Transformer.from_crs(crs, raster.crs.to_wkt(), always_xy=True)
    low_x, low_y, high_x, high_y = change.transform_bounds(*box)
    corners_x = np.array([low_x, low_x, high_x, high_x])
    corners_y = np.array([low_y, high_y, low_y, high_y])
    if not np.isfinite([low_x, low_y, high_x, high_y]).all():
        return None
    cell = ~raster.transform
    column = cell.a * corners_x + cell.b * corners_y + cell.c
    row = cell.d * corners_x + cell.e * corners_y + cell.f
    first_row = max(int(np.floor(row.min())) - _MARGIN_CELLS, 0)
    last_row = min(int(np.ceil(row.max())) + _MARGIN_CELLS, raster.height)
    first_column = max(int(np.floor(column.min())) - _MARGIN_CELLS, 0)
    last_column = min(int(np.ceil(column.max())) + _MARGIN_CELLS, raster.width)
    if first_row >= last_row or first_column >= last_column:
        return None
    return (first_row, last_row), (first_column, last_column)


def _elsewhere(dem: Path) -> DataError:
    return DataError(
        say(
            f"高程文件“{dem.name}”不覆盖本地，可能是别处的数据，或坐标系不对。",
            f"{dem.name!r} does not cover this area: it is of elsewhere, or its CRS is wrong",
        ),
        hint=say("请检查高程文件的范围和坐标系。", "check its extent and CRS"),
    )
