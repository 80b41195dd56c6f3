"""Streets climb as the ground beneath them does."""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString

from geo.errors import DataError, NotFoundError
from geo.network import StreetNetwork, build, segments_from_lines
from geo.network.heights import with_heights

rasterio = pytest.importorskip("rasterio", reason="the extra dem is not installed")

CRS = "EPSG:4543"
WEST, NORTH, CELL = 400_000.0, 2_600_000.0, 25.0


def streets(*lines: list[tuple[float, float]]) -> StreetNetwork:
    """Lines given in metres from the north-west corner of the model, y to the south."""
    placed = [LineString([(WEST + x, NORTH - y) for x, y in line]) for line in lines]
    return build(segments_from_lines(gpd.GeoDataFrame(geometry=placed, crs=CRS)).segments)


def model(path: Path, heights: np.ndarray, *, crs: str | None = CRS) -> Path:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=heights.shape[1],
        height=heights.shape[0],
        count=1,
        dtype="float32",
        crs=crs,
        nodata=-9999,
        transform=rasterio.Affine(CELL, 0, WEST, 0, -CELL, NORTH),
    ) as file:
        file.write(heights.astype(np.float32), 1)
    return path


def slope(columns: int = 40, rows: int = 40) -> np.ndarray:
    """Rise 1 m in 10 m to the east; heights stand at the centres of cells."""
    return np.tile((np.arange(columns) + 0.5) * CELL / 10, (rows, 1))


def test_a_street_up_an_even_slope_climbs_a_tenth_of_its_length(tmp_path: Path) -> None:
    network, unknown = with_heights(
        streets([(100, 100), (400, 100)]), model(tmp_path / "dem.tif", slope())
    )
    eastward = network.shape_xy[0, 0] < network.shape_xy[-1, 0]
    found = [float(network.edge_climb_m[0]), float(network.edge_descent_m[0])]
    assert found == pytest.approx([30, 0] if eastward else [0, 30], abs=0.01)
    assert unknown == 0


def test_a_street_along_the_slope_is_level(tmp_path: Path) -> None:
    network, _ = with_heights(
        streets([(100, 100), (100, 700)]), model(tmp_path / "dem.tif", slope())
    )
    assert network.edge_climb_m[0] == pytest.approx(0, abs=1e-3)


def test_a_street_over_a_hill_climbs_and_descends(tmp_path: Path) -> None:
    hill = np.minimum(slope(), slope()[:, ::-1])  # the ridge runs at 500 m
    network, _ = with_heights(streets([(300, 100), (700, 100)]), model(tmp_path / "dem.tif", hill))
    assert network.edge_climb_m[0] == pytest.approx(20, abs=1.5)
    assert network.edge_descent_m[0] == pytest.approx(20, abs=1.5)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # rasterio's own use of affine
def test_a_model_in_degrees_gives_the_same_slope(tmp_path: Path) -> None:
    from rasterio.warp import Resampling, calculate_default_transform, reproject  # noqa: PLC0415

    source = rasterio.open(model(tmp_path / "dem.tif", slope()))
    transform, width, height = calculate_default_transform(
        source.crs, "EPSG:4490", source.width, source.height, *source.bounds
    )
    turned = np.full((height, width), -9999, dtype=np.float32)
    reproject(
        rasterio.band(source, 1),
        turned,
        dst_transform=transform,
        dst_crs="EPSG:4490",
        dst_nodata=-9999,
        resampling=Resampling.bilinear,
    )
    source.close()
    path = tmp_path / "degrees.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=width,
        height=height,
        count=1,
        dtype="float32",
        crs="EPSG:4490",
        nodata=-9999,
        transform=transform,
    ) as file:
        file.write(turned, 1)
    network, _ = with_heights(streets([(200, 400), (600, 400)]), path)
    rise_m = network.edge_climb_m[0] - network.edge_descent_m[0]
    assert abs(rise_m) == pytest.approx(40, abs=0.5)


def test_a_street_beyond_the_model_keeps_what_it_had(tmp_path: Path) -> None:
    before = streets([(100, 100), (400, 100)], [(100, 5000), (400, 5000)])
    network, unknown = with_heights(before, model(tmp_path / "dem.tif", slope()))
    assert unknown == pytest.approx(0.5)
    assert sorted(network.edge_climb_m + network.edge_descent_m) == pytest.approx([0, 30], abs=0.01)
    assert not before.edge_climb_m.any()


def test_cells_without_height_are_unknown(tmp_path: Path) -> None:
    holed = slope()
    holed[:, 10] = -9999
    _, unknown = with_heights(
        streets([(100, 100), (400, 100)], [(500, 100), (800, 100)]),
        model(tmp_path / "dem.tif", holed),
    )
    assert unknown == pytest.approx(0.5)


def test_a_model_of_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="不覆盖任何街路"):
        with_heights(streets([(0, 90_000), (100, 90_000)]), model(tmp_path / "dem.tif", slope()))


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_model_without_a_crs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="没有坐标系"):
        with_heights(streets([(0, 0), (100, 0)]), model(tmp_path / "dem.tif", slope(), crs=None))


def test_a_file_that_is_no_raster_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dem.tif").write_bytes(b"not a raster")
    with pytest.raises(DataError, match="不是栅格文件"):
        with_heights(streets([(0, 0), (100, 0)]), tmp_path / "dem.tif")


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"none\.tif"):
        with_heights(streets([(0, 0), (100, 0)]), tmp_path / "none.tif")


def test_without_rasterio_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(DataError, match="rasterio") as refusal:
        with_heights(streets([(0, 0), (100, 0)]), tmp_path / "dem.tif")
    assert "fuwuquan[dem]" in refusal.value.hint
