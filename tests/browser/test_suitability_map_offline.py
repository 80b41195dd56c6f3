"""A reader opens the map of burial ground from disk: classes, areas, existing sites, villages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
import shapely

from geo.maps.suitability_map import suitability_map
from geo.schema import facility_type
from geo.store import conform

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

CRS = "EPSG:4547"
E0, N0 = 500_000.0, 3_380_000.0
EVIL = "<img src=https://example.org/x onerror=document.title='broken'>"


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(E0 + west, N0 + south, E0 + east, N0 + north)


@pytest.fixture(scope="module")
def map_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of ground, a railway, one best area, a cemetery that breaks a rule, a village."""
    cells = gpd.GeoDataFrame(
        {"class": ["适宜", "禁建"], "area_m2": [4e6, 6e6], "area_share": [0.4, 0.6]},
        geometry=[box(0, 0, 2000, 2000), box(2000, 0, 5000, 2000)],
        crs=CRS,
    )
    areas = gpd.GeoDataFrame(
        {"rank": [1], "score": [88.5], "area_m2": [40_000.0], "places": [10_000],
         "top_share": [0.97], "unsettled_share": [0.0], "lon": [114.0], "lat": [30.5]},
        geometry=[box(200, 200, 400, 400)], crs=CRS,
    )  # fmt: skip
    middle = gpd.GeoSeries(areas.geometry.centroid, crs=CRS).to_crs("EPSG:4490")
    areas = areas.assign(lon=middle.x, lat=middle.y)
    sites = gpd.GeoDataFrame(
        {"id": ["g", "g"], "name": [EVIL, EVIL], "finding": ["违反", "未知"],
         "binding": [True, True], "kind": ["铁路", "林地"], "method": ["距离", "距离"],
         "zone_name": ["甲线", None], "distance_m": [300.0, None], "short_m": [200.0, None],
         "lacks": ["", "管控区域“林地”"]},
        geometry=[shapely.Point(E0 + 3000, N0 + 900)] * 2, crs=CRS,
    )  # fmt: skip
    villages = gpd.GeoDataFrame(
        {"name": ["西村"], "priority": [True], "zones": ["铁路"], "population": [2000],
         "needed": [140], "place_name": ["推荐地块1"], "distance_m": [800.0]},
        geometry=[box(0, 0, 2500, 2000)], crs=CRS,
    )  # fmt: skip
    rail = shapely.LineString([(E0 + 3300, N0 - 900), (E0 + 3300, N0 + 2900)])
    zones = conform(
        gpd.GeoDataFrame({"name": ["甲线"], "kind": ["rail"]}, geometry=[rail], crs=CRS), "zone"
    )
    html = suitability_map(
        {"suitability_cells": cells, "suitability_areas": areas, "suitability_sites": sites,
         "suitability_villages": villages},
        zones,
        kind=facility_type("cemetery"),
        title="甲县公墓选址适宜性图",
        headline="禁建 60.0%",
        notes=["格子 50 米"],
        sources=["OSM"],
        simulated=True,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("map") / "适宜性图 1.html"
    path.write_text(html, encoding="utf-8")
    return path


Open = Callable[..., "Page"]


def test_title_legend_and_notes_stand_around_the_map(open_offline: Open, map_file: Path) -> None:
    page = open_offline(map_file)
    assert page.title() == "甲县公墓选址适宜性图"
    legend = page.inner_text(".legend")
    for wanted in ("适宜", "4.00 km²，40.0%", "禁建", "铁路", "推荐地块", "违反", "优先的村"):
        assert wanted in legend
    body = page.inner_text("body")
    for wanted in ("含模拟数据", "禁建 60.0%", "格子 50 米", "© OpenStreetMap contributors"):
        assert wanted in body


def test_a_legend_with_little_room_leaves_the_buttons_free(
    open_offline: Open, map_file: Path
) -> None:
    page = open_offline(map_file, (1366, 480))
    legend, north = (page.locator(one).bounding_box() for one in (".legend", ".north"))
    assert legend is not None
    assert north is not None
    assert legend["y"] >= north["y"] + north["height"]


def test_an_existing_site_tells_which_rule_it_breaks_with_its_name_as_text(
    open_offline: Open, map_file: Path
) -> None:
    page = open_offline(map_file)
    page.locator(".leaflet-marker-icon").last.click()
    popup = page.locator(".leaflet-popup-content")
    assert popup.locator("b").inner_text() == EVIL
    assert popup.locator("img").count() == 0
    text = popup.inner_text()
    assert "违反：铁路（距离），甲线，300 米，差 200 米" in text
    assert "缺资料：管控区域“林地”" in text


def test_a_best_area_tells_its_score_and_villages_can_be_shown(
    open_offline: Open, map_file: Path
) -> None:
    page = open_offline(map_file)
    page.locator(".leaflet-marker-icon[title='推荐地块 1']").click()
    popup = page.locator(".leaflet-popup-content").inner_text()
    assert "88.5" in popup
    assert "97.0%" in popup
    page.keyboard.press("Escape")
    page.locator(".leaflet-control-layers-overlays label", has_text="村").first.click()
    middle = page.locator(".leaflet-container").bounding_box()
    assert middle is not None
    spot = page.evaluate(
        """() => {
          const map = Object.values(window).find((value) => value instanceof L.Map);
          let found = null;
          map.eachLayer((one) => {
            if (one instanceof L.Polygon && one.options.color === "#4a1486") found = one;
          });
          const at = map.latLngToContainerPoint(found.getBounds().getCenter());
          return [at.x, at.y];
        }"""
    )
    page.mouse.move(middle["x"] + spot[0], middle["y"] + spot[1])
    page.wait_for_selector(".leaflet-tooltip")
    tip = page.locator(".leaflet-tooltip").inner_text()
    assert "西村" in tip
    assert "推荐地块1" in tip
