"""A planner opens the map of a plan from disk with the network off and asks it why not here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest

from geo.coverage import areas_of
from geo.demand import Places
from geo.maps.plan_map import plan_map
from geo.network import StreetNetwork
from geo.schema import facility_type
from geo.schema.results import result_columns

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

E0, N0 = 500_000.0, 3_380_000.0
EVIL = "<img src=https://example.org/x onerror=document.title='broken'>"
WHY_NOT = "“角楼”15 分钟内的人都已有别的点覆盖，建在这里不新增覆盖。"

Town = Callable[..., StreetNetwork]
Lay = Callable[..., gpd.GeoDataFrame]


def rows(table: str, *given: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return rows of a result table; what is not given is unknown."""
    names = [column.name for column in result_columns(table)]
    places = [row["at"] for row in given]
    return gpd.GeoDataFrame(
        [{name: row.get(name) for name in names} for row in given],
        geometry=gpd.points_from_xy(*zip(*places, strict=True)),
        crs="EPSG:4547",
    )


@pytest.fixture(scope="module")
def map_file(town: Town, lay: Lay, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two streets that cross; two chosen sites, a station, two candidates, twenty estates."""
    network = town(
        [(E0, N0), (E0 + 3_000, N0), (E0 + 1_500, N0 - 1_500), (E0 + 1_500, N0 + 1_500)],
        [(0, 1), (2, 3)],
    )
    community = lay(
        "community",
        {"code": "1" * 12, "name": "西社区", "at": (E0, N0 - 1_600, E0 + 3_000, N0 + 1_600)},
    )
    sites = rows(
        "siting_sites",
        {
            "id": "a",
            "name": EVIL,
            "role": "new",
            "rank": 1,
            "reached": 900,
            "unique": 300,
            "marginal": 500,
            "cost_yuan": 300_000.0,
            "explanation": "建在这里，新增覆盖 500 位老年人。",
            "at": (E0 + 600, N0),
        },
        {"id": "b", "name": "南站", "role": "new", "rank": 2, "reached": 400, "unique": 200,
         "marginal": 200, "at": (E0 + 1_500, N0 - 900)},
        {"id": "s", "name": "老站", "role": "kept", "reached": 700, "unique": 100,
         "at": (E0 + 2_400, N0)},
        {"id": "c", "name": "角楼", "role": "candidate", "reached": 300, "explanation": WHY_NOT,
         "at": (E0 + 1_500, N0 + 900)},
        {"id": "d", "name": "水厂", "role": "barred", "reached": 0, "at": (E0 + 2_900, N0)},
    )  # fmt: skip
    rng = np.random.default_rng(3)
    states = ("gained", "covered", "uncovered", "nearer")
    demand = rows(
        "siting_assignment",
        *(
            {
                "id": f"x{i:02d}",
                "name": EVIL if i == 0 else f"小区{i}",
                "before_min": 14.99 if states[i % 4] == "covered" else None,
                "after_min": 12.0,
                "site_id": None if states[i % 4] == "uncovered" else "a",
                "state": states[i % 4],
                "at": (E0 + rng.uniform(0, 3_000), N0 + rng.uniform(-1_400, 1_400)),
            }
            for i in range(20)
        ),
    )
    html = plan_map(
        sites,
        demand,
        kind=facility_type("elder_station"),
        people=rng.integers(5, 400, 20).tolist(),
        who="老年人",
        limit_min=15,
        areas=areas_of(Places(crs=network.crs, community=community), date(2026, 5, 1)),
        network=network,
        title="试验区选址图：最大覆盖",
        headline="新建 2 处；理论上限（已证明）1,200 位老年人；已证明最优",
        notes=["步速 1 米/秒（老年人）；2026-05-01 当日；分母：老年人（人）"],
        sources=["街路：自绘", "OSM"],
        simulated=True,
    )
    path = tmp_path_factory.mktemp("map") / "选址图 1.html"
    path.write_text(html, encoding="utf-8")
    return path


@pytest.fixture
def page(open_offline: Callable[..., Page], map_file: Path) -> Page:
    """Open the map with the network off."""
    return open_offline(map_file)


def place_of(page: Page, color: str) -> tuple[float, float]:
    """Return where on the screen the first dot of a colour lies."""
    find = (
        "(colour) => { const map = Object.values(window).find((v) => v instanceof L.Map);"
        "let at = null; map.eachLayer((one) => { if (one instanceof L.CircleMarker && !at &&"
        " one.options.color === colour) at = map.latLngToContainerPoint(one.getLatLng()); });"
        "return [at.x, at.y]; }"
    )
    x, y = page.evaluate(find, color)
    box = page.locator(".leaflet-container").bounding_box()
    assert box is not None
    return box["x"] + x, box["y"] + y


def test_figures_bound_and_conditions_stand_around_the_map(page: Page) -> None:
    assert page.title() == "试验区选址图：最大覆盖"
    text = page.inner_text("body")
    for wanted in ("理论上限（已证明）", "已证明最优", "步速", "分母", "示意图", "含模拟数据",
                   "© OpenStreetMap contributors"):  # fmt: skip
        assert wanted in text


def test_the_legend_names_what_is_on_the_map_and_no_more(page: Page) -> None:
    legend = page.inner_text(".legend")
    for wanted in (
        "新选定（数字为",
        "现有社区养老服务站，保留",
        "未选",
        "不允许",
        "新覆盖",
        "仍未覆盖",
    ):
        assert wanted in legend
    assert "建议关闭" not in legend
    assert "失去覆盖" not in legend


def test_a_chosen_site_tells_why_here_with_its_name_as_text(page: Page) -> None:
    plates = page.locator(".leaflet-marker-icon")
    assert plates.count() == 3
    page.get_by_role("button").filter(has_text="1").first.click()
    popup = page.locator(".leaflet-popup-content")
    assert popup.locator("h2").inner_text() == EVIL
    assert popup.locator("img").count() == 0
    for wanted in ("新增覆盖", "500", "唯一覆盖", "300,000 元", "建在这里"):
        assert wanted in popup.inner_text()
    page.keyboard.press("Escape")
    popup.wait_for(state="detached")


def test_a_candidate_not_chosen_answers_why_not_here(page: Page) -> None:
    page.mouse.click(*place_of(page, "#6a3d9a"))
    popup = page.locator(".leaflet-popup-content")
    popup.wait_for()
    assert WHY_NOT in popup.inner_text()


def test_pointing_at_an_estate_tells_its_walks(page: Page) -> None:
    x, y = place_of(page, "#5d7ea6")
    page.mouse.move(x - 1, y)
    page.mouse.move(x, y)
    tip = page.locator(".leaflet-tooltip")
    tip.wait_for()
    for wanted in ("现状步行：15.0 分钟", "方案步行：12.0 分钟", "原已覆盖"):
        assert wanted in tip.inner_text()


def test_everything_fits_the_window(page: Page) -> None:
    width, height, wide, high = page.evaluate(
        """() => [window.innerWidth, window.innerHeight,
                  document.documentElement.scrollWidth, document.documentElement.scrollHeight]"""
    )
    assert (wide, high) == (width, height)
