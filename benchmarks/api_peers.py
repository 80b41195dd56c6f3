"""How fast features and tiles are served, beside tipg and pygeoapi on the same PostGIS table.

    python benchmarks/api_table.py FOLDER postgresql://user@host:port/database
    python benchmarks/api_peers.py FOLDER postgresql://user@host:port/database PEERS/bin/python

``PEERS`` is an environment of its own: ``pip install tipg pygeoapi psycopg2-binary uvicorn uvloop
httptools geoalchemy2``. Every server is one process. Each round asks every server for the same
things in turn, over connections that stay open; the time until the last byte counts, and beside it
the processor time of the server and of the database (Linux), which other programs disturb less.
Then ``wrk`` asks from 32 clients, in turn too, all but pygeoapi, whose unfinished work would go on
under the measuring of the others. ``--write`` keeps the tables.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from statistics import median
from urllib.parse import quote

import numpy as np
import orjson
import sqlalchemy as sa
from api_servers import STORED, Server, servers, spent_s
from api_table import HEIGHT, ROWS, SOUTH, WEST, WIDTH
from measure import table

_BOX = (400 / ROWS) ** 0.5
_TILE_ZOOM = 12
_FILTER = "elders > 390 AND households < 100"
_BURST, _WARM, _SLOW = 10, 2, 1
"""Requests to one server before the next has its turn, those before that do not count, and how
many of them a server is asked that takes the better part of a second for each."""
_DEEP = ROWS // 2
_MADE, _KEPT = "tile of about 7,000 points, not kept", "tile of about 7,000 points, as set up"

Line = list[object]
Path_ = Callable[[str, int], str]


def _box(turn: int) -> str:
    west, south = np.random.default_rng(turn).random(2) * (1 - _BOX)
    sides = (west * WIDTH + WEST, south * HEIGHT + SOUTH)
    far = (sides[0] + _BOX * WIDTH, sides[1] + _BOX * HEIGHT)
    return ",".join(f"{side:.6f}" for side in (*sides, *far))


def _items(kind: str, rest: str) -> str:
    name = "million.compound" if kind == "tipg" else "compound"
    form = "&f=geojson" if kind == "tipg" and "?" in rest else ""
    return f"/collections/{name}/items{rest}{form}"


def _one(kind: str, turn: int) -> str:
    row = int(np.random.default_rng(turn).integers(0, ROWS))
    return _items(kind, f"/x{row:07}" if kind == "ours" else f"/{row + 1}")


def _in_box(kind: str, turn: int) -> str:
    # pygeoapi takes a box in the table's own system as it is; else it would turn its axes over.
    own = f"&bbox-crs={quote(STORED, safe='')}" if kind == "pygeoapi" else ""
    return _items(kind, f"?limit=1000&bbox={_box(turn)}{own}")


def _deep(kind: str, turn: int) -> str:
    last = _DEEP + 100 * turn
    if kind == "ours":  # as its link to the next page says
        mark = base64.urlsafe_b64encode(orjson.dumps([last])).rstrip(b"=").decode()
        return _items(kind, f"?limit=100&after={mark}")
    return _items(kind, f"?limit=100&offset={last}")


def _filter(kind: str, turn: int) -> str:
    asked = f"{_FILTER} AND children > {turn % 50}"
    language = {"ours": "cql2-text", "tipg": "cql2-text", "pygeoapi": "cql-text"}[kind]
    return _items(kind, f"?limit=100&filter-lang={language}&filter={quote(asked)}")


def _tile(kind: str, turn: int) -> str:
    lon, lat = np.random.default_rng(turn).random(2) * (0.8 * WIDTH, 0.8 * HEIGHT)
    n = 2**_TILE_ZOOM
    x = int((lon + WEST + 0.1 + 180) / 360 * n)
    north = np.arcsinh(np.tan(np.radians(lat + SOUTH + 0.1)))
    y = int((1 - north / np.pi) / 2 * n)
    name = "million.compound" if kind == "tipg" else "compound"
    own = f"/collections/{name}/tiles/WebMercatorQuad/{_TILE_ZOOM}"
    return f"{own}/{x}/{y}" if kind == "tipg" else f"{own}/{y}/{x}" + "?f=pbf" * (kind != "ours")


ROUTES: dict[str, tuple[Path_, int]] = {
    "single item": (_one, 150),
    "bbox of 400": (_in_box, 50),
    "first 1,000": (lambda kind, turn: _items(kind, f"?limit={1000 + turn % 2}"), 20),
    "page of 100, half a million deep": (_deep, 20),
    "CQL2 filter, page of 100": (_filter, 20),
    _MADE: (_tile, 20),
}
"""What is asked, and how often."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """Milliseconds that one answer took: of the clock, and of processors."""

    clock: float
    processor: float


class _Client:
    """One open connection to a server."""

    def __init__(self, server: Server, database: str) -> None:
        self.server = server
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        self._database = database

    def connect(self) -> None:
        """Connect anew."""
        self._connection.close()
        self._connection.connect()

    def ask(self, path: str) -> tuple[_Taken, bytes]:
        """Return what an answer took, and the answer."""
        processes = [self.server.process, *_backends(self._database)]
        before, begun = spent_s(processes), time.perf_counter()
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        body = answer.read()
        clock = time.perf_counter() - begun
        spent = _Taken(clock * 1_000, (spent_s(processes) - before) * 1_000)
        if answer.status != 200:
            message = f"{self.server.name} {path}: {answer.status} {body[:500]!r}"
            raise RuntimeError(message)
        return spent, body


def _backends(database: str) -> list[int]:
    """Return the processes of PostgreSQL that serve others than this program."""
    question = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    with _asking(database).begin() as connection:
        return [int(pid) for pid in connection.exec_driver_sql(question).scalars()]


@cache
def _asking(database: str) -> sa.Engine:
    return sa.create_engine(database.replace("postgresql:", "postgresql+psycopg:", 1))


def _features(body: bytes) -> int:
    answer = json.loads(body)
    return len(answer["features"]) if "features" in answer else 1


def latencies(running: list[Server], database: str) -> tuple[list[Line], list[Line]]:
    """Return a row for each thing asked: median milliseconds of the clock, and of processors."""
    clients = [_Client(server, database) for server in running]
    clock: list[Line] = []
    processor: list[Line] = []
    for title, (route, repeat) in ROUTES.items():
        taken: dict[str, list[_Taken]] = {client.server.name: [] for client in clients}
        bodies: dict[int, set[int]] = {}
        for first in range(0, repeat, _BURST):
            for client in clients:
                client.connect()  # a server may have closed what lay idle
                for turn in range(first - _WARM, first + _BURST):
                    slow = client.server.kind == "pygeoapi"
                    if slow and (turn % _BURST >= _SLOW or (route is _tile and turn)):
                        continue
                    spent, body = client.ask(route(client.server.kind, turn + _WARM))
                    if route is not _tile:
                        bodies.setdefault(turn, set()).add(_features(body))
                    if turn >= first:
                        taken[client.server.name].append(spent)
        assert all(len(counts) == 1 for counts in bodies.values()), (title, bodies)
        clock.append([title, *_row([[one.clock for one in t] for t in taken.values()])])
        processor.append([title, *_row([[one.processor for one in t] for t in taken.values()])])
        print(clock[-1], processor[-1], flush=True)
    return clock, processor


def _row(taken: list[list[float]]) -> Line:
    middle = [median(figures) for figures in taken]
    ahead = [min(middle[2:]) / figure for figure in middle[:2]]
    return [
        *(f"{figure:.3g}" for figure in middle),
        *(f"{ratio:.1f}×" for ratio in ahead),
        "✔" if min(ahead) > 1 else "**missed**",
    ]


def throughput(running: list[Server], seconds: int, rounds: int) -> list[Line]:
    """Return a row for each thing asked: requests per second at 32 clients, by wrk, in turn."""
    rows: list[Line] = []
    for title, (route, _) in ROUTES.items():
        best = {server.name: 0.0 for server in running if server.kind != "pygeoapi"}
        for turn in range(rounds):
            for server in running:
                if server.kind == "pygeoapi":
                    continue  # what it has not finished would disturb those after it
                path = f"http://127.0.0.1:{server.port}{route(server.kind, 3 + turn)}"
                wait = ["--timeout", "120s"]
                command = ["wrk", "-t1", "-c32", f"-d{seconds}s", *wait, path]
                told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                failed = re.search(r"Non-2xx.*|Socket errors.*", told)
                if failed is not None:
                    print(server.name, title, failed[0])
                found = re.search(r"Requests/sec:\s+([\d.]+)", told)
                assert found is not None, told
                best[server.name] = max(best[server.name], float(found[1]))
        figures = list(best.values())
        most = max(figures[2:]) or float("nan")
        ahead = [figure / most for figure in figures[:2]]
        rows.append([
            title, *(f"{figure:,.3g}" for figure in figures),
            *(f"{ratio:.1f}×" for ratio in ahead), "✔" if min(ahead) > 1 else "**missed**",
        ])  # fmt: skip
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Measure, print, and with ``--write`` keep the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("database")
    parser.add_argument("peers", type=Path)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", default="", help="routes whose title has this")
    parser.add_argument("--without", default="", help="a server to leave out")
    parser.add_argument("--skip-wrk", action="store_true")
    parser.add_argument("--kept", action="store_true", help="ours keep tiles, as they are set up")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    for title in [title for title in ROUTES if asked.only not in title]:
        del ROUTES[title]
    if asked.kept:
        ROUTES[_KEPT] = ROUTES.pop(_MADE)
    before = os.getloadavg()[0]
    with servers(asked.folder, asked.database, asked.peers, kept=asked.kept) as started:
        running = [one for one in started if one.name != asked.without]
        names = [one.name for one in running]
        ahead = ["ahead, GeoPackage", "ahead, PostGIS", ""]
        clock, processor = latencies(running, asked.database)
        parts = [
            table(["milliseconds, median", *names, *ahead], clock),
            table(["processor milliseconds, median", *names, *ahead], processor),
        ]
        if not asked.skip_wrk:
            rows = throughput(running, asked.seconds, asked.rounds)
            names = [name for name in names if name != "pygeoapi"]
            parts.append(table(["requests per second, best", *names, *ahead], rows))
    packages = ", ".join(f"{name} {_version(asked.peers, name)}" for name in ("tipg", "pygeoapi"))
    parts.append(
        f"{packages}; SQLAlchemy {version('sqlalchemy')}, uvicorn {version('uvicorn')};"
        f" {os.cpu_count()} cores, load {before:.1f} before, {os.getloadavg()[0]:.1f} after."
    )
    text = "\n\n".join(parts)
    print(text)
    if asked.write:
        path = Path(__file__).parent / "results" / "api_peers.md"
        path.write_text(f"# Features and tiles over HTTP\n\n{text}\n", encoding="utf-8")


def _version(peers: Path, name: str) -> str:
    asked = f"from importlib.metadata import version; print(version({name!r}))"
    told = subprocess.run([peers, "-c", asked], check=True, capture_output=True, text=True)
    return told.stdout.strip()


if __name__ == "__main__":
    main()
