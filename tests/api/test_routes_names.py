"""Checking names, histories, isochrones and maps over the API, on both stores."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient

import api
from api.app import create_app
from api.ogc.jobs import MAP_POLICY
from api.routes.names_asked import MOST_NAMES, PACKS
from geo.coverage.around import around
from geo.gazetteer.rules import pack_names
from geo.network.current import open_network
from geo.store import Workspace
from geo.travel import profile
from tests.api.conftest import DAY, MACHINE, Town, served
from tests.api.test_whatif import SOUTH, WEST, place

__all__ = ["place"]


def test_the_package_itself_gives_the_application() -> None:
    assert api.create_app is create_app
    with pytest.raises(AttributeError, match="no_such"):
        api.no_such  # noqa: B018


def check(client: TestClient, status: int = 200, **told: Any) -> Any:  # noqa: ANN401
    answer = client.post("/names/check", json={"on": DAY.isoformat(), **told})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_secret_name_stands_in_nobodys_way_over_the_api(client: TestClient) -> None:
    told = check(client, **{"name": "机密洞", "class": "22200", "at": [114.06, 30.02], "all": True})
    assert not any(one["conflicts"] for one in told["names"][0]["findings"])
    assert "涉密" in told["provenance"]["basis"]
    assert check(client, 400, name="新洞", place="机密洞", kind="更名")["detail"].count("没有")


def test_a_list_is_checked_together_and_says_which_names_are_alike(client: TestClient) -> None:
    names: list[dict[str, Any]] = [{"name": "听涛路"}, {"name": "听涛路"}, {"name": "望山桥"}]
    told = check(client, **{"names": names, "class": "22200"})["names"]
    assert [one["twins"] for one in told] == [
        [{"number": 2, "name": "听涛路"}], [{"number": 1, "name": "听涛路"}], [],
    ]  # fmt: skip
    many = check(client, 400, names=[{"name": "甲路"}] * (MOST_NAMES + 1))
    assert str(MOST_NAMES) in many["detail"]


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({}, ["name"]),
        ({"name": "甲", "names": [{"name": "乙"}]}, ["names"]),
        ({"name": "甲", "x": 1, "y": 2, "at": "q"}, ["“x”", "“y”", "“at”"]),
        ({"names": [{"nam": 1}, {"name": "甲", "q": 2}]}, ["第 1 个", "“nam”", "第 2 个", "“q”"]),
        ({"names": []}, ["“names”", "至少 1 项"]),
        ({"name": "甲", "at": [1]}, ["“at”", "应有 2 项"]),
        ({"name": "甲", "at": [500, 3]}, ["经度"]),
        ({"name": "甲", "geometry": {"type": "Polygon", "coordinates": 3}}, ["GeoJSON"]),
        ({"name": "甲", "at": [1, 2], "geometry": {"type": "Point"}}, ["at"]),
        ({"name": "甲", "pack": ["../x.toml"]}, ["pack"]),
        ({"name": "甲", "class": "没有"}, ["没有"]),
        ({"name": "甲", "figure": {"x": 1}}, ["x"]),
        ({"name": "甲", "cause": "x"}, ["x"]),
        ({"name": "字" * 101}, ["100"]),
    ],
)  # fmt: skip
def test_unfit_members_are_refused_and_all_named(
    client: TestClient, told: dict[str, Any], named: list[str]
) -> None:
    detail = check(client, 400, **told)["detail"]
    assert all(part in detail for part in named), detail


def test_packs_that_may_be_asked_for_are_those_that_ship() -> None:
    assert set(PACKS) == set(pack_names()) - {"national"}


def test_the_history_of_a_place_says_who_when_and_why(client: TestClient) -> None:
    found = client.get("/names/search", params={"q": "建设路"}).json()["names"][0]["place_id"]
    told = client.get(f"/names/{found}/history", params={"limit": 2}).json()
    assert {(one["author"], one["reason"]) for one in told["events"]} == {("甲", "登记")}
    following = next(one["href"] for one in told["links"] if one["rel"] == "next")
    rest = client.get(following.removeprefix(MACHINE)).json()["events"]
    numbers = [one["number"] for one in (*told["events"], *rest)]
    assert numbers == sorted(set(numbers))
    assert client.get("/names/nobody/history").status_code == 404
    assert client.get(f"/names/{found}/history?x=1").status_code == 400


@pytest.fixture(scope="module")
def walking(place: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = create_app(served(place))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("walking"))  # where PostGIS has its folder
        with TestClient(app, MACHINE, client=("127.0.0.1", 50_000)) as asking:
            yield asking


def test_an_isochrone_of_a_facility_is_drawn_with_what_it_rests_on(
    walking: TestClient, place: str
) -> None:
    asked = {"facility": "elder_station", "id": "e0", "minutes": "10,5", "on": DAY.isoformat()}
    answer = walking.get("/isochrone", params=asked)
    assert answer.headers["content-type"] == "application/geo+json"
    told = answer.json()
    assert [one["properties"]["minutes"] for one in told["features"]] == [5, 10]
    small, large = (shapely.geometry.shape(one["geometry"]) for one in told["features"])
    assert 0 < small.area < large.area
    assert small.difference(large).area < 1e-3 * small.area
    spot = shapely.Point(told["place"]["coordinates"])
    assert large.distance(spot) < 1e-3
    basis = told["provenance"]
    assert (basis["speed_m_s"], basis["profile"], basis["on"]) == (1.0, "elder", DAY.isoformat())
    assert set(basis["layers"]) == {"elder_station"}
    workspace = Workspace.open(place)
    again = around(
        open_network(workspace), (spot.x, spot.y), minutes=[5, 10], walker=profile("elder")
    )
    workspace.close()
    areas = [one["properties"]["area_m2"] for one in told["features"]]
    assert np.allclose(areas, again.areas["area_m2"])
    same = walking.get(
        "/isochrone", params=asked, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert same.status_code == 304


def test_a_place_far_from_every_street_has_no_isochrone_and_says_why(walking: TestClient) -> None:
    for lon, lat, why in ((WEST + 0.3, SOUTH, "分钟走不到"), (0, 0, "米|太远")):
        far = walking.get("/isochrone", params={"lon": lon, "lat": lat, "minutes": 15})
        assert far.status_code == 400, far.text
        assert re.search(why, far.json()["detail"])
        assert far.json()["hint"]
    near = {"lon": WEST + 0.011, "lat": SOUTH + 0.009, "minutes": 5}
    slow = walking.get("/isochrone", params={**near, "speed_m_s": 0.5}).json()["features"][0]
    fast = walking.get("/isochrone", params={**near, "speed_m_s": 2}).json()["features"][0]
    assert slow["properties"]["area_m2"] < fast["properties"]["area_m2"]


@pytest.mark.parametrize(
    "query",
    ["", "lon=1", "facility=elder_station", "lon=1&lat=2&id=x", "lon=nan&lat=2", "lon=1&lat=91",
     "lon=1&lat=2&minutes=0", "lon=1&lat=2&minutes=241", "lon=1&lat=2&minutes=1,x",
     "lon=1&lat=2&datum=moon", "lon=1&lat=2&profile=bird", "lon=1&lat=2&speed_m_s=0",
     "lon=1&lat=2&direction=up", "facility=elder_station&id=e0&datum=bd09", "x=1"],
)  # fmt: skip
def test_unfit_questions_for_isochrones_are_refused(walking: TestClient, query: str) -> None:
    assert walking.get(f"/isochrone?{query}").status_code == 400
    assert walking.get("/isochrone?facility=elder_station&id=none").status_code == 404


def test_maps_are_listed_and_sent_into_a_sandbox(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "w")
    folder = workspace.output / "coverage_elder_station"
    folder.mkdir(parents=True)
    (folder / "覆盖图.html").write_text("<p>图</p>", "utf-8")
    outside = tmp_path / "outside.html"
    outside.write_text("secret", "utf-8")
    (workspace.output / "leak.html").symlink_to(outside)
    workspace.close()
    app = create_app(served(str(tmp_path / "w")))
    with TestClient(app, MACHINE, client=("127.0.0.1", 50_000)) as client:
        told = client.get("/maps").json()["maps"]
        assert [(one["kind"], one["facility"], one["name"]) for one in told] == [
            ("coverage", "elder_station", "覆盖图.html")
        ]
        page = client.get(told[0]["links"][0]["href"].removeprefix(MACHINE))
        assert page.text == "<p>图</p>"
        assert page.headers["content-security-policy"] == MAP_POLICY
        assert page.headers["content-security-policy"].startswith("sandbox ")
        assert "allow-same-origin" not in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
        seen = {"If-None-Match": page.headers["etag"]}
        assert client.get(f"/maps/{told[0]['id']}", headers=seen).status_code == 304
        assert client.get("/maps?kind=site").json()["maps"] == []
        listed = client.get("/maps?f=html").text
        assert "覆盖图.html" in listed
        assert "社区养老服务站" in listed
        for path in ("/maps/0", "/maps/..%2f..%2foutside.html", "/maps/leak.html"):
            assert client.get(path).status_code == 404
        assert client.get("/maps?kind=castle").status_code == 400


def test_a_town_without_runs_has_no_maps(client: TestClient, town: Town) -> None:
    assert town.place
    assert client.get("/maps").json()["maps"] == []
