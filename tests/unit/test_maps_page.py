"""What the page of a coverage map says, and what it must never contain."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import pytest

from geo.coverage import Areas, Coverage, areas_of
from geo.demand import Places
from geo.maps import coverage_map, draw
from geo.network import StreetNetwork
from geo.text import speak

Town = Callable[..., StreetNetwork]
Lay = Callable[..., gpd.GeoDataFrame]
Page = Callable[..., str]

DAY = date(2026, 5, 1)
WEST, EAST = "420101001001", "420101001002"
E0, N0 = 500_000.0, 3_380_000.0
EVIL = "</script><script>alert(1)</script>&<img src=x onerror=alert(2)>"


def at(x: float, y: float) -> tuple[float, float]:
    return E0 + x, N0 + y


@pytest.fixture
def page(town: Town, lay: Lay, coverage_of: Callable[..., Coverage]) -> Page:
    """A street of 6 km with a station in the west, one across the border and one not yet open."""

    def build(
        *,
        simulated: bool = False,
        name: str = "西站",
        drawn: bool = True,
        source: str | None = None,
        sources: Sequence[str] = ("街路：自绘",),
    ) -> str:
        network = town([at(0, 0), at(6000, 0)], [(0, 1)])
        communities = lay(
            "community",
            {"code": WEST, "name": "西社区", "at": (*at(-100, -200), *at(2000, 200))},
            {"code": EAST, "name": "东社区", "at": (*at(2000, -200), *at(4000, 200))},
        )
        compounds = lay(
            "compound",
            {"id": "a", "name": name, "households": 50, "elders": 30, "at": at(600, 20)},
            {"id": "b", "name": "乙", "households": 50, "elders": 20, "at": at(1480, 0)},
            {"id": "c", "name": "丙", "households": 50, "elders": 50, "at": at(3000, 10)},
            {"id": "d", "name": "丁", "households": 50, "elders": 10, "at": at(2500, 10)},
        )
        gates = lay("gate", {"id": "g", "compound_id": "d", "open": False, "at": at(2500, 5)})
        stations = lay(
            "elder_station",
            {
                "id": "s1",
                "name": name,
                "floor_area_m2": 350.4,
                "at": at(500, 0),
                "simulated": simulated,
            },
            {"id": "s2", "name": "邻站", "source": source, "at": at(4500, 0)},
            {"id": "s3", "name": "筹建站", "status": "planned", "at": at(3000, 0)},
        )
        layers = {"community": communities, "compound": compounds, "gate": gates}
        answer = coverage_of(network, stations, minutes=(5, 15), on=DAY, **layers)
        areas: Areas = areas_of(Places(crs=network.crs, **layers), DAY)
        return coverage_map(
            answer,
            facilities=stations,
            areas=areas,
            network=network,
            drawings=draw(answer, network) if drawn else None,
            place="试验区",
            sources=sources,
        )

    return build


@pytest.fixture
def english() -> Iterator[None]:
    speak("en")
    yield
    speak("zh")


def content(page: str) -> dict[str, Any]:
    found = re.search(r'id="map-content">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return dict(json.loads(found.group(1)))


def test_the_page_names_no_file_outside_itself(page: Page) -> None:
    html = page()
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"(?!data:)", html)
    assert "url(" not in html.replace("url(#default#VML)", "")
    assert "cdn" not in html.lower()
    assert "default-src 'none'" in html


def test_the_same_answer_gives_the_same_bytes(page: Page) -> None:
    assert page() == page()


def test_a_name_full_of_markup_stays_a_name(page: Page) -> None:
    plain, evil = page(), page(name=EVIL)
    assert evil.lower().count("<script") == plain.lower().count("<script")
    assert evil.lower().count("<img") == plain.lower().count("<img")
    assert content(evil)["facilities"][0][2] == EVIL
    assert EVIL in content(evil)["points"]["name"]


def test_points_have_their_class_minutes_and_nearest_facility(page: Page) -> None:
    points = content(page())["points"]
    by_name = {name: i for i, name in enumerate(points["name"])}
    assert [points["kind"][by_name[n]] for n in ("西站", "乙", "丙", "丁")] == [0, 1, 2, 3]
    assert points["tenths"][by_name["乙"]] == math.ceil(10 * 980 / 60)
    assert points["tenths"][by_name["丁"]] is None
    assert points["nearest"][by_name["西站"]] == 0
    assert points["people"] == [50, 30, 20, 10]


def test_neighbours_and_facilities_not_counted_are_told_apart(page: Page) -> None:
    own, neighbour, idle = content(page())["facilities"]
    assert (own[2:6], own[6]) == (["西站", 0, "开放", 350], [30, 30, 0])
    assert neighbour[3] == 1
    assert idle[3:5] == [2, "规划"]
    assert idle[6] is None


def test_communities_carry_their_share_and_unknown_is_not_zero(page: Page) -> None:
    west, east = content(page())["communities"]
    assert west[:4] == ["西社区", 50, 30, 600]
    assert east[:4] == ["东社区", 60, 0, 0]


def test_the_conditions_of_the_figures_stand_on_the_page(page: Page) -> None:
    said = content(page())
    text = "".join([said["title"], said["headline"], *said["notes"], *said["words"].values()])
    for wanted in ("试验区", "示意图", "1 米/秒", "2026-05-01", "分母", "0.8", "来源：街路：自绘"):
        assert wanted in text
    assert "110 人，15 分钟内覆盖 30 人（27.3%）" in said["headline"]


def test_mismatch_is_printed_with_every_drawing(page: Page) -> None:
    assert any("4 个点中有" in note for note in content(page())["notes"])
    bare = content(page(drawn=False))
    assert bare["areas"] == []
    assert not any("等时圈" in note for note in bare["notes"])


def test_every_limit_drawn_has_its_mismatch(page: Page) -> None:
    assert any("5 分钟 0.0%、15 分钟 0.0%" in note for note in content(page())["notes"])


def test_sources_come_from_the_layer_or_are_said_to_be_missing(page: Page) -> None:
    assert content(page(source="民政局台账", sources=()))["notes"][-1] == (
        "来源：社区养老服务站：民政局台账"
    )
    assert content(page(sources=()))["notes"][-1] == "来源：未注明"


def test_openstreetmap_is_credited_in_full_however_a_layer_names_it(page: Page) -> None:
    assert content(page(sources=("OSM", "民政局台账")))["notes"][-1] == (
        "来源：© OpenStreetMap contributors, ODbL；民政局台账"
    )


def test_simulated_rows_are_announced_and_only_they(page: Page) -> None:
    assert content(page(simulated=True))["simulated"] is True
    assert content(page(simulated=True))["facilities"][0][7] == 1
    assert content(page())["simulated"] is False


def test_isochrones_lie_widest_first_so_that_narrow_ones_stay_visible(page: Page) -> None:
    assert [minutes for minutes, _ in content(page())["areas"]] == [15, 5]


@pytest.mark.usefixtures("english")
def test_the_english_page_speaks_english(page: Page) -> None:
    said = content(page(name="West"))
    assert '<html lang="en">' in page()
    assert not re.search(r"[\u4e00-\u9fff]", "".join(said["words"].values()) + said["headline"])
