"""A person at the machine makes the first account and comes in by it, in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from geo.store import Workspace
from tests.browser.conftest import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
PASSWORD = "石榴 curtain 7 ferry"  # noqa: S105 - of a test


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    Workspace.create(tmp_path / "w").close()
    with serving(tmp_path / "w") as address:
        yield address


def test_the_first_account_is_made_and_used_in_a_browser(
    offline_browser: Browser, address: str
) -> None:
    context = offline_browser.new_context(locale="zh-CN")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    page.goto(f"{address}/account?f=html")
    assert "您坐在这台电脑前" in page.content()
    page.get_by_role("link", name="设管理员").click()
    page.get_by_label("账户名").fill("张三")
    page.get_by_label("密码（至少").fill(PASSWORD)
    page.get_by_label("再输一次密码").fill(PASSWORD)
    page.get_by_role("button", name="建立管理员").click()
    page.wait_for_url(f"{address}/account")
    assert "管理员" in page.content()
    page.get_by_role("button", name="新建密钥").scroll_into_view_if_needed()
    page.get_by_label("用途").fill("QGIS")
    page.get_by_role("button", name="新建密钥").click()
    key = re.search(r"fwq_\w{12}_[\w-]{43}", page.content())
    assert key is not None
    page.get_by_role("button", name="退出", exact=True).click()
    page.wait_for_url(f"{address}/login")
    time.sleep(1.1)  # until the server looks for accounts again
    page.goto(f"{address}/collections?f=html")
    assert page.url.startswith(f"{address}/login?next=")
    page.get_by_label("账户名").fill("张三")
    page.get_by_label("密码").fill("wrong wrong wrong")
    page.get_by_role("button", name="登录").click()
    assert "账户名或密码不对" in page.content()
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{address}/collections?f=html")
    page.goto(f"{address}/accounts?f=html")
    page.get_by_label("账户名").fill("李四")
    page.locator("form.enter").get_by_label("地名员").check()
    page.get_by_role("button", name="新建").click()
    assert "一次性密码" in page.content()
    assert [one for one in said if not one.startswith("Failed to load resource")] == []
    context.close()
