"""Open a digital elevation model, or say what is missing; write rasters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

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
        raise _without_rasterio(say("读取高程文件", "reading heights")) from None
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


def write_raster(
    path: Path,
    bands: Mapping[str, NDArray[np.float32]],
    *,
    left_m: float,
    top_m: float,
    cell_m: float,
    crs: str,
) -> None:
    """Write pictures of one size as the bands of a GeoTIFF; NaN is no data.

    Parameters
    ----------
    path
        The file.
    bands
        (n_row, n_column) each, by the name it gets; row 0 is the northernmost.
    left_m, top_m
        Outer corner of the north-western cell.
    cell_m
        Side of a cell.
    crs
        CRS of those metres.

    Raises
    ------
    DataError
        rasterio is not installed, or the file cannot be written.
    """
    try:
        import rasterio  # noqa: PLC0415  (an extra)
        from rasterio.transform import Affine  # noqa: PLC0415
    except ImportError:
        raise _without_rasterio(say("写出栅格文件", "writing a raster")) from None
    rows, columns = next(iter(bands.values())).shape
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with rasterio.open(
            part,
            "w",
            driver="GTiff",
            width=columns,
            height=rows,
            count=len(bands),
            dtype="float32",
            crs=crs,
            nodata=float("nan"),
            transform=Affine(cell_m, 0.0, left_m, 0.0, -cell_m, top_m),
            compress="deflate",
        ) as file:
            for number, (name, picture) in enumerate(bands.items(), start=1):
                file.write(picture.astype(np.float32), number)
                file.set_band_description(number, name)
        part.replace(path)
    except (OSError, rasterio.errors.RasterioError) as wrong:
        part.unlink(missing_ok=True)
        raise DataError(
            say(f"“{path}”不能写入：{wrong}", f"{path} cannot be written: {wrong}"),
            hint=say("请换一个文件夹，或先关闭它。", "choose another folder, or close it first"),
        ) from wrong


def _without_rasterio(what: str) -> DataError:
    return DataError(
        say(f"{what}需要 rasterio，当前没有安装。", f"{what} needs rasterio"),
        hint=say("请运行：pip install 'fuwuquan[dem]'", "run: pip install 'fuwuquan[dem]'"),
    )
