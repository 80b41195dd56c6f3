"""Every page that one gets to from the first: plain words, and fit for keyboards and readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

import api.ogc
from api.app import create_app
from api.people import accounts
from api.people.accounts import By
from api.people.scopes import ROLES
from geo.store import Workspace
from tests.api.conftest import DAY, MACHINE, fill, served
from tests.api.test_routes_cases import SITE, open_office, papers, proposed

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
MOST = 220
PASSWORD = "石榴 curtain 7 ferry"  # noqa: S105 - of a test
_UNPLAIN = re.compile(
    r"fuwuquan |Bearer|\bNone\b|\bnull\b|\bundefined\b|\bnan\b|base64|--[a-z]|[{}]"
)
_FOR_PROGRAMS = ("code", "pre", "script", "style", "textarea")
_VOID = ("input", "br", "meta", "link", "hr", "img")


@dataclass
class Read(HTMLParser):
    """What stands on a page."""

    text: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    fields: list[tuple[str, bool]] = field(default_factory=list)
    regions: list[bool] = field(default_factory=list)
    lang: str = ""
    open: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.lang = given.get("lang", "")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "label" and "for" in given:
            self.labels.add(given["for"])
        if tag == "div" and given.get("class") == "table":
            named = {"tabindex", "role", "aria-label"} <= set(given)
            self.regions.append(named)
        if "id" in given:
            self.ids.append(given["id"])
        shown = given.get("type") not in ("hidden", "submit") and "hidden" not in given
        if tag in ("input", "select", "textarea") and shown:
            inside = any(one == "label" for one, _ in self.open)
            self.fields.append((given.get("id", ""), inside or "aria-label" in given))
        if tag not in _VOID:
            self.open.append((tag, given.get("class", "")))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(tag in _FOR_PROGRAMS for tag, _ in self.open):
            self.text.append(data)


def read(page: str) -> Read:
    found = Read()
    found.feed(page)
    return found


@pytest.fixture(scope="module", params=["at the machine", "logged in"])
def pages(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Return every page that one who may do everything gets to by links, a result among them."""
    place = str(tmp_path_factory.mktemp("pages") / "w")
    workspace = Workspace.create(place)
    fill(workspace)
    floats = pd.DataFrame({"walk_min": [12.3456], "covered_15_min_share": [0.669386]})
    workspace.write_result("coverage_elder_station_points", floats, on=DAY, title="覆盖")
    workspace.record_run(
        "coverage", on=DAY, inputs={"compound": "else"},
        parameters={"facility": "elder_station", "minutes": [15.0], "as_of": None},
        results={"totals": {}},
    )  # fmt: skip
    app = create_app(served(place))
    with TestClient(app, MACHINE, client=("127.0.0.1", 50_000)) as client:
        if request.param == "logged in":
            with workspace.writing() as connection:
                accounts.add(connection, "万能", sorted(ROLES), by=By("test"), password=PASSWORD)
            sent = client.post("/login", json={"name": "万能", "password": PASSWORD})
            assert sent.status_code == 200
        yield crawled(client.get)
    workspace.close()


@pytest.fixture(scope="module", params=["双职", "局长"])
def pages_of_cases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Return every page of an office with a case at work, as those see it who handle or decide."""
    with open_office(str(tmp_path_factory.mktemp("office") / "w")) as office:
        case = proposed(office)
        papers(office, case, 0, "申请书", "situation")
        office.act("林岚", case, "submit", 0)
        yield crawled(lambda path, headers: office.ask(request.param, "GET", path, headers=headers))


def crawled(get: Callable[..., Any]) -> dict[str, str]:
    """Return the pages by their addresses; of items and names, a few stand for all."""
    found: dict[str, str] = {}
    waiting, seen, like = ["/?f=html"], {"/?f=html"}, {}
    while waiting and len(found) < MOST:
        path = waiting.pop(0)
        answer = get(path, headers=PAGE)
        assert answer.status_code < 500, path
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        found[path] = answer.text
        for href in re.findall('<a [^>]*href="([^"]+)"', answer.text):
            further = href.replace("&amp;", "&").removeprefix(MACHINE).removeprefix(SITE)
            kind = re.sub(
                r"/items/[^/?]+|/names/[0-9a-f-]{8,}[^/?]*", "/one", further.split("?")[0]
            )
            like[kind] = like.get(kind, 0) + 1
            if further.startswith("/") and further not in seen and like[kind] <= 3:
                seen.add(further)
                waiting.append(further)
    return found


def test_pages_speak_to_people_in_plain_words(pages: dict[str, str]) -> None:
    assert unplain_of(pages) == {}


def test_pages_of_cases_speak_in_plain_words_and_are_fit_too(
    pages_of_cases: dict[str, str],
) -> None:
    assert "/cases/2026-0001?f=html" in pages_of_cases
    assert unplain_of(pages_of_cases) == {}
    for path, page in pages_of_cases.items():
        hold_fit(path, page)


def unplain_of(pages: dict[str, str]) -> dict[str, list[str]]:
    """Return what stands on pages in words of programs."""
    assert len(pages) > 40
    found = {}
    for path, page in pages.items():
        if path.startswith("/api?"):
            continue  # the description for programs
        own = page.partition("<summary>给程序用")[0]
        text = " ".join(" ".join(read(own).text).split())
        unplain = [text[max(0, m.start() - 30) : m.end() + 30] for m in _UNPLAIN.finditer(text)]
        if unplain:
            found[path] = unplain
    return found


def test_pages_are_fit_for_keyboards_and_readers_of_screens(pages: dict[str, str]) -> None:
    for path, page in pages.items():
        hold_fit(path, page)


def hold_fit(path: str, page: str) -> None:
    told = read(page)
    assert told.lang == "zh-CN", path
    assert told.headings[0] == 1, path
    assert told.headings.count(1) == 1, path
    steps = zip(told.headings, told.headings[1:], strict=False)
    assert all(after - before <= 1 for before, after in steps), (path, told.headings)
    unnamed = [one for one, named in told.fields if not named and one not in told.labels]
    assert unnamed == [], (path, unnamed)
    assert len(told.ids) == len(set(told.ids)), path
    assert all(told.regions), path


def test_the_title_of_the_first_page_does_not_repeat_itself(pages: dict[str, str]) -> None:
    assert "<title>服务圈</title>" in pages["/?f=html"]


def test_shares_stand_in_per_cent_and_minutes_to_the_tenth(pages: dict[str, str]) -> None:
    rows = next(
        text for path, text in pages.items()
        if "result_coverage_elder_station_points/items" in path and "/one" not in path
    )  # fmt: skip
    assert ">66.9%<" in rows
    assert ">12.3<" in rows


def luminance(colour: str) -> float:
    full = "".join(c * 2 for c in colour) if len(colour) == 3 else colour
    parts = [int(full[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_colour_of_text_is_read_on_white_and_on_the_wash() -> None:
    style = (Path(api.ogc.__file__).parent / "templates" / "base.html").read_text("utf-8")
    named = dict(re.findall(r"--(\w+): #([0-9a-f]{3,6})", style))
    plain = style
    for name, colour in named.items():
        plain = plain.replace(f"var(--{name})", f"#{colour}")
    colours = set(re.findall(r"[ ;{]color: #([0-9a-f]{3,6})", plain)) - {"fff"}
    assert {named["ink"], named["soft"], named["teal"]} <= colours
    for colour in colours:
        for ground in ("fff", named["wash"]):
            light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (colour, ground)
