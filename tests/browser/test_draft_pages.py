"""An editor hands a draft in and an approver takes it over, in real browsers without scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import geopandas as gpd
import pytest
import shapely

from api.people import accounts, credentials
from api.people.accounts import By
from geo.store import Origin, Workspace, conform
from tests.api.conftest import DAY
from tests.browser.conftest import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
PASSWORD = "石榴 curtain 7 ferry"  # noqa: S105 - of a test


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Return the address of a served workspace, and an editor's key for QGIS."""
    workspace = Workspace.create(tmp_path / "w")
    cells = {"id": ["x1", "x2"], "name": ["和平里", "建设里"], "households": [100, 100],
             "elders": [50, 50]}  # fmt: skip
    frame = gpd.GeoDataFrame(cells, geometry=shapely.points([(114, 30), (114.1, 30)]), crs=4490)
    workspace.write("compound", conform(frame, "compound"), origin=Origin("town", DAY))
    with workspace.writing() as connection:
        for name, roles in (("管家", ["admin"]), ("张编", ["officer"]), ("王批", ["approver"])):
            accounts.add(connection, name, roles, by=By("test"), password=PASSWORD)
        _, key = credentials.make_key(
            connection, "张编", label="QGIS", scopes=["read", "edit"], days=1, by=By("test")
        )
    workspace.close()
    with serving(tmp_path / "w") as address:
        yield address, key


def someone(browser: Browser, address: str, who: str) -> Page:
    page = browser.new_context(locale="zh-CN", java_script_enabled=False).new_page()
    page.goto(f"{address}/login")
    page.get_by_label("账户名").fill(who)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.goto(address)
    return page


def edited(draft: str, key: str, row: str, cells: dict[str, Any]) -> None:
    """Change a row in a draft, as QGIS does."""
    request = Request(  # noqa: S310 - our own loopback
        f"{draft}collections/compound/items/{row}",
        json.dumps({"properties": cells}).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/merge-patch+json"},
        method="PATCH",
    )
    with urlopen(request, timeout=20) as answer:  # noqa: S310
        assert answer.status == 204


def fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_draft_is_handed_in_rejected_and_approved_by_forms_alone(
    offline_browser: Browser, served: tuple[str, str]
) -> None:
    address, key = served
    editor = someone(offline_browser, address, "张编")
    editor.get_by_role("link", name="草稿").click()
    editor.get_by_label("名称").fill("五月补测")
    editor.get_by_role("button", name="新建草稿").click()
    draft = editor.locator("code").first.inner_text()
    assert re.fullmatch(rf"{address}/ws/[0-9a-f]{{16}}/", draft)
    edited(draft, key, "x1", {"elders": 66, "name": "和平新里"})
    edited(draft, key, "x2", {"elders": 77})
    editor.reload()
    row = editor.get_by_label("小区 和平新里 x1").get_by_role("row", name="老年人数")
    assert row.inner_text().split() == ["老年人数", "50", "66"]
    second = editor.get_by_label("小区 建设里 x2")
    second.get_by_role("button", name="放弃这一行的改动").click()
    assert editor.get_by_label("小区 建设里 x2").count() == 0
    assert "这一行的改动已撤销。" in editor.content()
    editor.get_by_label("说明").fill("现场核实")
    editor.get_by_role("button", name="报送审批").click()
    assert "已报送，等待审批。" in editor.content()
    editor.reload()
    assert "已报送，等待审批。" not in editor.content()
    assert editor.get_by_role("button", name="批准并入").count() == 0
    approver = someone(offline_browser, address, "王批")
    assert "1 份待审批" in approver.content()
    approver.get_by_role("link", name="报送与审批").click()
    approver.get_by_role("link", name="五月补测").click()
    approver.get_by_text("退回", exact=True).first.click()
    approver.get_by_label("退回的理由").fill("户数呢？")
    approver.get_by_role("button", name="退回").click()
    assert "已退回" in approver.content()
    assert (
        approver.get_by_label("小区 和平新里 x1").get_by_role("row", name="老年人数").is_visible()
    )
    editor.goto(f"{address}/ws")
    assert "王批退回：户数呢？" in editor.content()
    editor.goto(draft)
    assert "王批退回：户数呢？改好以后再报送。" in editor.content()
    fits_a_phone(editor)
    editor.get_by_role("button", name="报送审批").click()
    proposal = editor.url
    approver.goto(proposal)
    approver.get_by_role("button", name="批准并入").click()
    assert "已批准，改动已并入。" in approver.content()
    fits_a_phone(approver)
    approver.goto(f"{address}/collections/compound/items/x1")
    assert "和平新里" in approver.content()
    approver.goto(f"{address}/collections/nie")
    assert approver.get_by_role("link", name="回首页").is_visible()
