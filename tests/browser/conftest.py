"""A browser with the network off, what a page did that it should not have done, and a server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.api.conftest import ROOT, RUN, _wait

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PROGRAMS = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _lacking(reason: str) -> NoReturn:
    if os.environ.get("FUWUQUAN_NO_SKIP") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def offline_browser() -> Iterator[Browser]:
    """Chromium; the test skips without it."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - may be absent
    except ImportError:
        _lacking("no Playwright: install the extra 'test'")
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        _lacking("no Chromium: install the package chromium")
    with sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=program, args=_QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def open_offline(offline_browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a file, in a window of so many pixels if asked.

    Afterwards it may have asked for nothing else and complained about nothing.
    """
    context = offline_browser.new_context(offline=True, reduced_motion="reduce")
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    opened: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda one: said.append(f"{one.type}: {one.text}"))
    page.on("pageerror", lambda fault: said.append(str(fault)))

    def visit(path: Path, size: tuple[int, int] = (1366, 768)) -> Page:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        opened.append(path.as_uri())
        page.goto(path.as_uri())
        page.wait_for_selector(".leaflet-overlay-pane canvas")
        return page

    yield visit
    context.close()
    assert asked == opened
    assert said == []


@contextmanager
def serving(workspace: Path) -> Iterator[str]:
    """Give the address of a server of a workspace, started as people start it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = workspace.with_name("log")
    with log.open("w") as told:
        server = subprocess.Popen(
            [sys.executable, "-c", RUN, "serve", "-w", str(workspace), "--port", str(port)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, *sys.path)))},
            cwd=workspace.parent,
            stderr=told,
        )
        try:
            _wait(f"http://127.0.0.1:{port}/readyz", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
