"""Whether the manual builds, and every link in it leads to something."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]


class _Page(HTMLParser):
    """The ids and the internal links of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(str(given["id"]))
        target = given.get("href") or given.get("src") if tag in ("a", "img") else None
        if target and not urlsplit(target).scheme:
            self.links.add(target)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the manual as it is published."""
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("mkdocs is not installed")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_every_internal_link_and_anchor_resolves(site: Path) -> None:
    pages = {p: _Page(p.read_text("utf-8")) for p in site.rglob("index.html")}
    assert len(pages) == len(list((ROOT / "docs").glob("*.md")))
    broken = []
    for path, page in pages.items():
        for link in page.links:
            place, anchor = unquote(urlsplit(link).path), unquote(urlsplit(link).fragment)
            above = site if place.startswith("/") else path.parent
            target = (above / place.lstrip("/")).resolve() if place else path
            target = target / "index.html" if target.is_dir() else target
            known = pages[target].ids if target in pages else set()
            if not target.is_file() or (anchor and anchor not in known):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


@pytest.mark.slow
def test_no_table_is_left_as_text(site: Path) -> None:
    for path in site.rglob("index.html"):
        assert not re.search(r"<p>\|", path.read_text("utf-8")), path
