"""Open a digital elevation model, or say what is missing; the only importer of rasterio."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import DataError, NotFoundError
from geo.text import say

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

METRES_A_DEGREE = 111_195.0
"""Along a meridian of the mean sphere."""


@contextmanager
def opened(dem: Path) -> Iterator[DatasetReader]:
    """Open a raster with a CRS.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        rasterio is not installed, or the file is no raster with a CRS.
    """
    try:
        import rasterio  # noqa: PLC0415  (an extra)
    except ImportError:
        raise DataError(
            say("读取高程文件需要 rasterio，当前没有安装。", "reading heights needs rasterio"),
            hint=say("请运行：pip install 'fuwuquan[dem]'", "run: pip install 'fuwuquan[dem]'"),
        ) from None
    if not dem.is_file():
        raise NotFoundError(
            say(f"没有高程文件“{dem}”。", f"there is no elevation file {str(dem)!r}"),
            hint=say("请检查路径。", "check the path"),
        )
    try:
        with rasterio.open(dem) as raster:
            if raster.crs is None:
                raise DataError(
                    say(f"高程文件“{dem.name}”没有坐标系。", f"{dem.name!r} has no CRS"),
                    hint=say("请在 GIS 软件中为它指定坐标系。", "assign one in a GIS"),
                )
            yield raster
    except rasterio.errors.RasterioError as wrong:
        raise DataError(
            say(
                f"“{dem.name}”不是栅格文件，或已损坏。", f"{dem.name!r} is no raster or is damaged"
            ),
            hint=say("请使用 GeoTIFF 格式的高程文件。", "use an elevation model as GeoTIFF"),
        ) from wrong


def require_model(dem: Path) -> None:
    """Check that an elevation model can be read, before other work is done.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        rasterio is not installed, or the file is no raster with a CRS.
    """
    with opened(dem):
        pass


def cell_m(raster: DatasetReader) -> float:
    """Return the height of a cell in metres."""
    cell = abs(float(raster.transform.e))
    return cell * METRES_A_DEGREE if raster.crs.is_geographic else cell
