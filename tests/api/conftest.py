"""A small town served from a GeoPackage and from PostGIS, with awkward values on purpose."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.request import urlopen

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from api.app import create_app
from api.settings import Settings
from geo.gazetteer import Gazetteer
from geo.store import Origin, Workspace, conform

RUN = "from api.cli import main; main()"
ROOT = Path(__file__).parents[2]
DAY = date(2026, 5, 1)
MACHINE = "http://127.0.0.1:8620"
"""Address of a server for the one who sits at its machine."""
ORIGIN = Origin("town", DAY)
NAMES = [
    "和平里",
    "和平一村",
    "O'Brien",
    '引"号',
    "50%折",
    "a_b",
    "ABC",
    "abc",
    "*星?",
    "[括]",
    None,
]


@dataclass(frozen=True)
class Town:
    """A served workspace, and what went into it."""

    place: str
    app: FastAPI
    frames: dict[str, gpd.GeoDataFrame]


def compounds() -> gpd.GeoDataFrame:
    draw = np.random.default_rng(7)
    count = 60
    children: list[int | None] = [int(n) for n in draw.integers(0, 90, count)]
    children[3] = children[17] = None
    days = [date(2000, 1, 1).toordinal() + int(n) for n in draw.integers(0, 9000, count)]
    cells = {
        "id": [f"x{n:02}" for n in range(count)],
        "name": [NAMES[n % len(NAMES)] or "无名" for n in range(count)],
        "address": [NAMES[n % len(NAMES)] for n in range(count)],
        "households": [int(n) for n in draw.integers(0, 900, count)],
        "children": children,
        "elders": [int(n) for n in draw.integers(0, 300, count)],
        "build_status": [("existing", "new", None)[n % 3] for n in range(count)],
        "delivered": pd.to_datetime([date.fromordinal(day) for day in days]),
        "simulated": [(True, False, None)[n % 3] for n in range(count)],
    }
    shapes = shapely.points(114 + draw.random(count) / 10, 30 + draw.random(count) / 10)
    return conform(gpd.GeoDataFrame(cells, geometry=shapes, crs=4490), "compound")


def communities() -> gpd.GeoDataFrame:
    boxes = [shapely.box(114 + x / 30, 30 + y / 30, 114 + (x + 1) / 30, 30 + (y + 1) / 30)
             for x in range(3) for y in range(3)]  # fmt: skip
    cells = {
        "code": [f"42010600{n:04}" for n in range(1, 10)],
        "name": [f"第{n}社区" for n in range(1, 10)],
        "urban": [n % 2 == 0 for n in range(9)],
        "valid_from": pd.to_datetime([f"{2000 + n}-01-01" for n in range(9)]),
        "valid_to": pd.to_datetime([None, None, "2015-06-30", *[None] * 6]),
    }
    return conform(gpd.GeoDataFrame(cells, geometry=boxes, crs=4490), "community")


def streets() -> gpd.GeoDataFrame:
    lines = [shapely.LineString([(114, 30 + n / 100), (114.1, 30 + n / 100)]) for n in range(8)]
    cells = {"id": [f"s/{n}" for n in range(8)], "name": [f"第{n}大街" for n in range(8)]}
    return conform(gpd.GeoDataFrame(cells, geometry=lines, crs=4490), "street")


def fill(workspace: Workspace) -> dict[str, gpd.GeoDataFrame]:
    frames = {"community": communities(), "compound": compounds(), "street": streets()}
    for layer, frame in frames.items():
        workspace.write(layer, frame, origin=ORIGIN)
    with workspace.writing() as connection:  # as another program may
        connection.exec_driver_sql("UPDATE compound SET geom = NULL WHERE id = 'x05'")
    frames["compound"].loc[5, "geometry"] = None
    plain = pd.DataFrame({"what": pd.array(["甲", "乙"], dtype="string"), "share": [0.5, 0.25]})
    workspace.write_result("shares", plain, on=DAY, title="比例", titles={"what": "名目"})
    book = Gazetteer.of(workspace)
    with book.change(author="甲", reason="登记", at=datetime(2026, 5, 1, tzinfo=UTC)) as change:
        for n, (text, secrecy, status, until) in enumerate(
            [
                ("人民广场", "public", "official", ""),
                ("建设路", "public", "official", ""),
                ("红旗路", "public", "official", "1999"),
                ("机密洞", "secret", "official", ""),
                ("俗称桥", "public", "nonstandard", ""),
                ("和平村", "public", "recorded", "1999"),
            ]
        ):
            place = change.insert(
                "place", class_code="22200", lifecycle="existing", status=status, secrecy=secrecy,
                attributes="{}",
            )  # fmt: skip
            change.insert(
                "name", place_id=place, text=text, kind="standard", language="zh",
                valid_from="1984", valid_to=until,
            )  # fmt: skip
            shape = shapely.Point(114 + n / 50, 30.02)
            west, south, east, north = shape.bounds
            change.insert(
                "shape", place_id=place, role="point", shape=shape, west=west, south=south,
                east=east, north=north,
            )  # fmt: skip
    return frames


@pytest.fixture(scope="session", params=["geopackage", "postgis"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Return the town in one of the two stores."""
    folder = tmp_path_factory.mktemp("town")
    place = str(folder / "town")
    if request.param == "postgis":
        url = request.getfixturevalue("shared_database")
        place = f"{url}?workspace=town_{uuid.uuid4().hex[:8]}"
    workspace = Workspace.create(place, folder=folder / "files")
    frames = fill(workspace)
    workspace.close()
    settings = served(place)
    return Town(place, create_app(settings), frames)


def served(place: str, **chosen: object) -> Settings:
    """Return the settings that serve a workspace."""
    where = {"database": place} if "://" in place else {"workspace": Path(place)}
    return Settings(**where, **chosen)  # type: ignore[arg-type]


def at_the_machine(app: FastAPI) -> ASGIApp:
    """Return an application that takes every request for one of the person at its machine."""

    async def passed_on(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [pair for pair in scope["headers"] if pair[0] != b"host"]
            host = (b"host", MACHINE.removeprefix("http://").encode())
            scope = {**scope, "client": ("127.0.0.1", 50_000), "headers": [host, *headers]}
        await app(scope, receive, send)

    return passed_on


@pytest.fixture(scope="session")
def local_app(town: Town) -> ASGIApp:
    """Return the served town as an application, asked from its own machine."""
    return at_the_machine(town.app)


@pytest.fixture(scope="session")
def client(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Return a client of the served town."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("serving"))
        with TestClient(
            town.app, MACHINE, client=("127.0.0.1", 50_000), raise_server_exceptions=False
        ) as asking:
            yield asking


@pytest.fixture(scope="session")
def address(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server started as people start it, for clients that are programs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = ["--database", town.place] if "://" in town.place else ["-w", town.place]
    folder = tmp_path_factory.mktemp("server")
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", RUN, "serve", *where, "--port", str(port)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, *sys.path)))},
            stderr=log,
        )
        try:
            _wait(f"http://127.0.0.1:{port}/readyz", server, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(20) is not None


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 180  # the engine may have to be compiled first
    while time.monotonic() < until and server.poll() is None:
        with suppress(OSError), urlopen(url, timeout=5):  # noqa: S310 - our own loopback
            return
        time.sleep(0.1)
    pytest.fail(f"the server did not start: {log.read_text()}")
