"""Classes of streets are told in words, and found by the word as by the value that stands there."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from fastapi.testclient import TestClient

from api.app import create_app
from geo.network.classes import street_classes
from geo.schema import layer
from geo.schema.results import result_columns
from geo.store import Workspace, conform
from tests.api.conftest import DAY, MACHINE, ORIGIN, served

CLASSES = ["residential", "居住区道路", "living_street", "自造路", None]


@pytest.fixture(scope="module", params=["geopackage", "postgis"])
def asking(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """Return a client of streets of OSM's classes, of the bureau's own, and of none."""
    folder = tmp_path_factory.mktemp("streets")
    where = str(folder / "w")
    if request.param == "postgis":
        where = f"{request.getfixturevalue('shared_database')}?workspace=street_words"
    workspace = Workspace.create(where, folder=folder / "files")
    frame = gpd.GeoDataFrame(
        {"id": [f"s{n}" for n in range(5)], "class": CLASSES},
        geometry=[shapely.LineString([(114, 30 + n / 500), (114.01, 30 + n / 500)])
                  for n in range(5)],
        crs=4490,
    )  # fmt: skip
    workspace.write("street", conform(frame, "street"), origin=ORIGIN)
    network = pd.DataFrame({"edge": [0], "class": ["living_street"], "length_m": [12.5]})
    workspace.write_result("street_network", network, on=DAY)  # as before it was headed
    workspace.close()
    with TestClient(create_app(served(where)), MACHINE, client=("127.0.0.1", 50_000)) as client:
        yield client


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        ({"class": "居住区道路"}, {"s0", "s1"}),
        ({"class": "residential"}, {"s0"}),
        ({"道路等级": "里弄"}, {"s2"}),
        ({"class": "自造路"}, {"s3"}),
        ({"class": "没有的路"}, set()),
        ({"filter": "道路等级 = '居住区道路'"}, {"s0", "s1"}),
        ({"filter": "道路等级 <> '居住区道路'"}, {"s2", "s3"}),
        ({"filter": "CASEI(class) = CASEI('Residential')"}, {"s0"}),
        ({"filter": "class IN ('里弄', '自造路')"}, {"s2", "s3"}),
        ({"filter": "class LIKE '居住%'"}, {"s0", "s1"}),
        ({"filter": "class LIKE '没有%'"}, set()),
    ],
)
def test_a_street_is_found_by_the_word_for_its_class(
    asking: TestClient, narrowed: dict[str, str], found: set[str]
) -> None:
    answer = asking.get("/collections/street/items", params=narrowed)
    assert answer.status_code == 200, answer.text
    assert {one["id"] for one in answer.json()["features"]} == found


def test_a_page_tells_the_class_in_words_and_what_it_does_not_know_as_it_stands(
    asking: TestClient,
) -> None:
    page = asking.get("/collections/street/items", params={"f": "html"}).text
    assert "residential" not in page
    for word in ("居住区道路", "里弄", "自造路"):
        assert f">{word}<" in page
    told = asking.get("/collections/street/schema").json()["properties"]["class"]
    assert told["x-labels"]["living_street"] == "里弄"
    assert "enum" not in told  # a bureau's own classes are taken as well


def test_the_table_of_the_walking_network_is_headed_in_words(asking: TestClient) -> None:
    told = asking.get("/collections/result_street_network/schema").json()["properties"]
    assert [told[name]["title"] for name in ("edge", "class", "length_m")] == [
        "路段号", "道路等级", "长度",
    ]  # fmt: skip
    page = asking.get("/collections/result_street_network/items", params={"f": "html"}).text
    assert "里弄" in page
    assert "length_m" not in page


def test_every_class_of_street_has_one_word_wherever_it_is_told() -> None:
    words = {
        name: kind.label_zh for name, kind in street_classes().items() if name == kind.street_class
    }
    (result,) = (one for one in result_columns("street_network") if one.name == "class")
    assert {one.value: one.labels[0] for one in layer("street")["class"].words} == words
    assert {one.value: one.labels[0] for one in result.kinds} == words
