"""A reader opens the map from disk with the network off: it asks for nothing and answers clicks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest

from geo.coverage import Coverage, areas_of
from geo.demand import Places
from geo.maps import coverage_map, draw
from geo.network import StreetNetwork

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

DAY = date(2026, 5, 1)
E0, N0 = 500_000.0, 3_380_000.0
EVIL = "<img src=https://example.org/x onerror=document.title='broken'>"
SIDE = 9

Town = Callable[..., StreetNetwork]
Lay = Callable[..., gpd.GeoDataFrame]


@pytest.fixture(scope="module")
def map_file(
    town: Town,
    lay: Lay,
    coverage_of: Callable[..., Coverage],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A grid town of nine by nine corners, two communities, forty compounds, four stations."""
    rng = np.random.default_rng(5)
    corner = [(E0 + 300 * c, N0 + 300 * r) for r in range(SIDE) for c in range(SIDE)]
    across = [(r * SIDE + c, r * SIDE + c + 1) for r in range(SIDE) for c in range(SIDE - 1)]
    up = [(r * SIDE + c, r * SIDE + c + SIDE) for r in range(SIDE - 1) for c in range(SIDE)]
    network = town(corner, across + up)
    side = 300 * (SIDE - 1)
    communities = lay(
        "community",
        {"code": "420101001001", "name": "西社区", "at": (E0, N0, E0 + side / 2, N0 + side)},
        {"code": "420101001002", "name": "东社区", "at": (E0 + side / 2, N0, E0 + side, N0 + side)},
    )
    compounds = [
        {
            "id": f"c{i:02d}",
            "name": EVIL if i == 0 else f"小区{i}",
            "households": 100,
            "elders": int(rng.integers(5, 400)),
            "at": (E0 + rng.uniform(50, side - 50), N0 + rng.uniform(50, side - 50)),
        }
        for i in range(40)
    ]
    stations = lay(
        "elder_station",
        {"id": "s1", "name": EVIL, "floor_area_m2": 320, "at": (E0 + 600, N0 + 600)},
        {"id": "s2", "name": "南苑站", "simulated": True, "at": (E0 + 1500, N0 + 900)},
        {"id": "s3", "name": "邻区站", "own_county": False, "at": (E0 + 2400, N0 + 2400)},
        {"id": "s4", "name": "筹建站", "status": "planned", "at": (E0 + 300, N0 + 2100)},
    )
    layers = {"community": communities, "compound": lay("compound", *compounds)}
    answer = coverage_of(network, stations, minutes=(5, 10, 15), on=DAY, **layers)
    html = coverage_map(
        answer,
        facilities=stations,
        areas=areas_of(Places(crs=network.crs, **layers), DAY),
        network=network,
        drawings=draw(answer, network),
        place="试验区",
        sources=["街路：自绘"],
    )
    path = tmp_path_factory.mktemp("map") / "覆盖图 1.html"
    path.write_text(html, encoding="utf-8")
    return path


@pytest.fixture
def page(open_offline: Callable[..., Page], map_file: Path) -> Page:
    """Open the map."""
    return open_offline(map_file)


def painted(page: Page) -> str:
    """Return the picture on the canvas."""
    page.wait_for_timeout(150)
    return str(page.evaluate("document.querySelector('canvas').toDataURL()"))


def on_map(page: Page, script: str) -> Any:  # noqa: ANN401 - whatever the script returns
    """Run a script that may use the Leaflet map as ``map``."""
    find = "const map = Object.values(window).find((value) => value instanceof L.Map);"
    return page.evaluate(f"() => {{ {find} {script} }}")


def count_shapes(page: Page) -> int:
    """Return how many polygons are on the map."""
    return int(
        on_map(
            page,
            """let n = 0;
            map.eachLayer((layer) => { n += layer instanceof L.Polygon; });
            return n;""",
        )
    )


def test_the_map_opens_from_disk_and_paints(page: Page) -> None:
    assert page.title() == "试验区社区养老服务站 15 分钟步行覆盖图"
    colours = page.evaluate(
        """() => {
          const canvas = document.querySelector("canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const seen = new Set();
          for (let i = 0; i < data.length; i += 4) if (data[i + 3]) seen.add(data[i]);
          return seen.size;
        }"""
    )
    assert colours > 20


def test_title_figures_and_notes_stand_around_the_map(page: Page) -> None:
    text = page.inner_text("body")
    for wanted in (
        "示意图",
        "含模拟数据",
        "分母",
        "1 米/秒",
        "2026-05-01",
        "来源：街路：自绘",
        "个点中有",
    ):
        assert wanted in text
    assert page.locator(".leaflet-control-scale-line").inner_text().endswith("m")
    assert page.locator(".north").inner_text().strip() == "北"


def test_the_legend_names_every_class_and_mark(page: Page) -> None:
    legend = page.inner_text(".legend")
    for wanted in (
        "一定覆盖",
        "视步速而定",
        "一定不覆盖",
        "无法到达",
        "80–100",
        "未知",
        "本区，计入",
        "邻区，计入",
        "未计入",
        "10 分钟",
        "本区边界",
        "街路",
    ):
        assert wanted in legend


def test_a_facility_opens_its_popup_with_the_name_as_text(page: Page) -> None:
    markers = page.locator(".leaflet-marker-icon")
    assert markers.count() == 4
    shapes = count_shapes(page)
    markers.first.click()
    popup = page.locator(".leaflet-popup-content")
    assert popup.locator("h2").inner_text() == EVIL
    assert popup.locator("img").count() == 0
    for wanted in ("开放", "320 平方米", "15 分钟可达老年人", "其中唯一覆盖", "其中重叠覆盖"):
        assert wanted in popup.inner_text()
    assert count_shapes(page) == shapes + 1  # its own catchment is shown
    page.keyboard.press("Escape")
    popup.wait_for(state="detached")
    assert count_shapes(page) == shapes


def test_a_facility_can_be_opened_from_the_keyboard(page: Page) -> None:
    page.locator(".leaflet-marker-icon[title='南苑站']").focus()
    page.keyboard.press("Enter")
    popup = page.locator(".leaflet-popup-content")
    assert popup.locator("h2").inner_text() == "南苑站"
    assert "模拟数据" in popup.inner_text()


def test_facilities_not_counted_say_so_instead_of_zero(page: Page) -> None:
    page.locator(".leaflet-marker-icon[title='筹建站']").click()
    text = page.inner_text(".leaflet-popup-content")
    assert "规划" in text
    assert "未计入" in text
    assert "可达" not in text


def test_pointing_at_a_compound_tells_its_minutes(page: Page) -> None:
    tip = page.locator(".leaflet-tooltip")
    spots = on_map(
        page,
        """const found = [];
        map.eachLayer((layer) => {
          if (layer instanceof L.CircleMarker) found.push(layer.getLatLng());
        });
        return found.map((at) => map.latLngToContainerPoint(at)).map((at) => [at.x, at.y]);""",
    )
    assert len(spots) == 40
    box = page.locator(".leaflet-container").bounding_box()
    assert box is not None
    x, y = spots[-1]
    page.mouse.move(box["x"] + x - 1, box["y"] + y)
    page.mouse.move(box["x"] + x, box["y"] + y)
    tip.wait_for()
    for wanted in ("步行：", "分钟", "老年人：", "最近设施：", "社区（村）："):
        assert wanted in tip.inner_text()


def test_groups_can_be_switched_off_and_on_again(page: Page) -> None:
    whole = painted(page)
    labels = page.locator(".leaflet-control-layers-overlays label")
    names = [name.strip() for name in labels.all_inner_texts()]
    assert names == [
        "社区（村）15 分钟覆盖率",
        "街路",
        "15 分钟等时圈（示意）",
        "10 分钟等时圈（示意）",
        "5 分钟等时圈（示意）",
        "本区边界",
        "小区与自然村",
        "社区养老服务站",
    ]
    for name in (names[0], names[2], names[6]):
        box = labels.filter(has_text=name).locator("input")
        box.uncheck()
        assert painted(page) != whole, name
        box.check()
        assert painted(page) == whole, name  # in its old place, not on top of the others
    stations = labels.filter(has_text=names[-1]).locator("input")
    stations.uncheck()
    assert page.locator(".leaflet-marker-icon").count() == 0


def test_zoom_buttons_go_in_and_back_to_the_whole(page: Page) -> None:
    scale = page.locator(".leaflet-control-scale-line")
    whole = scale.inner_text()
    page.get_by_role("button", name="放大").click()
    page.get_by_role("button", name="放大").click()
    page.wait_for_timeout(400)
    assert scale.inner_text() != whole
    page.get_by_role("button", name="全图").click()
    page.wait_for_timeout(600)
    assert scale.inner_text() == whole


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
def test_everything_fits_the_window(
    open_offline: Callable[..., Page], map_file: Path, size: tuple[int, int]
) -> None:
    page = open_offline(map_file, size)
    width, height, wide, high = page.evaluate(
        """() => [window.innerWidth, window.innerHeight,
                  document.documentElement.scrollWidth, document.documentElement.scrollHeight]"""
    )
    assert (wide, high) == (width, height)
    box = page.locator(".leaflet-container").bounding_box()
    assert box is not None
    assert box["height"] > height / 2
    legend = page.locator(".legend").bounding_box()
    assert legend is not None
    assert legend["y"] >= box["y"]


def test_the_printed_page_keeps_figures_and_legend(page: Page) -> None:
    page.emulate_media(media="print")
    assert page.locator(".legend").is_visible()
    assert page.locator("footer").is_visible()
    assert not page.locator(".leaflet-control-layers").is_visible()
