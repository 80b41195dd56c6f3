"""Coordinates come in the order that each reference system's authority gives its axes."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from fastapi.testclient import TestClient

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
PATH = "/collections/compound/items"


def xy(client: TestClient, key: str = "x07", **asked: str) -> tuple[list[float], str]:
    answer = client.get(f"{PATH}/{key}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["geometry"]["coordinates"], answer.headers["content-crs"]


def test_longitude_comes_first_unless_another_system_is_asked_for(client: TestClient) -> None:
    point, told = xy(client)
    assert 114 <= point[0] <= 114.1
    assert told == f"<{CRS84}>"
    assert xy(client, crs=CRS84) == (point, told)


@pytest.mark.parametrize("code", [4490, 4326])
def test_latitude_comes_first_in_the_geographic_systems_of_epsg(
    client: TestClient, code: int
) -> None:
    point, _ = xy(client)
    turned, told = xy(client, crs=f"{EPSG}{code}")
    assert turned == point[::-1]
    assert told == f"<{EPSG}{code}>"


@pytest.mark.parametrize("code", [4547, 4526, 3857])
def test_projected_coordinates_are_those_of_proj_with_the_axes_of_the_authority(
    client: TestClient, code: int
) -> None:
    lon_lat, _ = xy(client)
    turned, told = xy(client, crs=f"{EPSG}{code}")
    by_authority = pyproj.Transformer.from_crs(4490, code)  # latitude first in, its own axes out
    assert turned == pytest.approx(by_authority.transform(*lon_lat[::-1]), abs=1e-6)
    assert told == f"<{EPSG}{code}>"
    north_first = code != 3857
    assert (turned[0] > 3_000_000) == north_first or code == 3857


@pytest.mark.parametrize(
    "spelled",
    ["EPSG:4490", "[EPSG:4490]", "urn:ogc:def:crs:EPSG::4490", f"{EPSG}4490"],
)
def test_a_reference_system_may_be_spelled_in_each_usual_way(
    client: TestClient, spelled: str
) -> None:
    assert xy(client, crs=spelled)[1] == f"<{EPSG}4490>"


@pytest.mark.parametrize("code", [4490, 4326, 4547, 3857])
def test_a_box_finds_the_same_in_every_reference_system(client: TestClient, code: int) -> None:
    west, south, east, north = 114.02, 30.02, 114.07, 30.06
    plain = client.get(PATH, params={"bbox": f"{west},{south},{east},{north}", "limit": 100})
    wanted = {one["id"] for one in plain.json()["features"]}
    assert wanted
    to = pyproj.Transformer.from_crs(4490, code)
    edge = shapely.segmentize(shapely.box(south, west, north, east), 0.001)  # latitude first
    around = shapely.transform(edge, lambda yx: np.column_stack(to.transform(yx[:, 0], yx[:, 1])))
    box = ",".join(map(repr, around.bounds))
    answer = client.get(PATH, params={"bbox": box, "bbox-crs": f"{EPSG}{code}", "limit": 100})
    found = {one["id"] for one in answer.json()["features"]}
    assert wanted <= found
    # The box around a curved one is a little larger, by metres at this size.
    assert len(found) <= len(wanted) + 2


def test_a_box_in_a_projected_system_is_the_true_shape_and_not_its_bounds(
    client: TestClient,
) -> None:
    to = pyproj.Transformer.from_crs(4490, 4547, always_xy=True)
    lon_lat, _ = xy(client)
    easting, northing = to.transform(*lon_lat)
    near = f"{northing - 0.01},{easting - 0.01},{northing + 0.01},{easting + 0.01}"
    beside = f"{northing + 0.02},{easting - 0.01},{northing + 0.03},{easting + 0.01}"
    for box, wanted in ((near, {"x07"}), (beside, set())):
        answer = client.get(PATH, params={"bbox": box, "bbox-crs": f"{EPSG}4547"})
        assert {one["id"] for one in answer.json()["features"]} == wanted


def test_a_filter_gives_shapes_in_its_own_reference_system(client: TestClient) -> None:
    (lon, lat), _ = xy(client)
    small = f"S_INTERSECTS(geometry, BBOX({lat - 1e-6},{lon - 1e-6},{lat + 1e-6},{lon + 1e-6}))"
    answer = client.get(PATH, params={"filter": small, "filter-crs": f"{EPSG}4490"})
    assert [one["id"] for one in answer.json()["features"]] == ["x07"]


def test_a_box_over_the_date_line_is_two_boxes(client: TestClient) -> None:
    over = client.get(PATH, params={"bbox": "114.05,29,-170,31", "limit": 100}).json()
    east = client.get(PATH, params={"bbox": "114.05,29,180,31", "limit": 100}).json()
    assert 0 < len(over["features"]) < 59
    assert [one["id"] for one in over["features"]] == [one["id"] for one in east["features"]]


def test_heights_in_a_box_are_left_out(client: TestClient) -> None:
    flat = client.get(PATH, params={"bbox": "114.02,30.02,114.07,30.06"}).json()["features"]
    tall = client.get(PATH, params={"bbox": "114.02,30.02,-5,114.07,30.06,99"}).json()["features"]
    assert flat == tall
