"""The servers that are compared: ours on either store, tipg and pygeoapi, one process each.

The peers are started with the Python of another environment, as they are shipped: tipg and
pygeoapi by uvicorn, with uvloop and httptools as ours has. All answer from the same table of the
same database.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from api_table import HEIGHT, NAME, SOUTH, WEST, WIDTH

_WAIT_S = 60
_OWN = "from api.cli import main; main()"
STORED = "http://www.opengis.net/def/crs/EPSG/0/4490"
"""Reference system of the table."""
_ROOT = str(Path(__file__).parents[1])


@dataclass(frozen=True)
class Server:
    """One server that runs.

    Attributes
    ----------
    name
        What it is called in the table.
    port
        Where it answers.
    kind
        ``ours``, ``tipg`` or ``pygeoapi``: how it is asked.
    process
        Its number.
    """

    name: str
    port: int
    kind: str
    process: int


def spent_s(processes: Iterable[int]) -> float:
    """Return the processor seconds of processes, all threads that live together (Linux)."""
    nanoseconds = 0
    for process in processes:
        for task in Path(f"/proc/{process}/task").glob("*/schedstat"):
            with suppress(FileNotFoundError, ProcessLookupError):
                nanoseconds += int(task.read_text().split()[0])
    return nanoseconds / 1e9


@contextmanager
def servers(folder: Path, database: str, peers: Path, *, kept: bool) -> Iterator[list[Server]]:
    """Give all servers, started and ready; ours keep tiles or not. They are stopped afterwards."""
    url = urlsplit(database)
    _bring_into_memory(folder / NAME / "fuwuquan.gpkg")
    with ExitStack() as stack:
        found = []
        plain = {
            "FUWUQUAN_LOG_LEVEL": "warning",
            "PYTHONPATH": _ROOT,
        } | ({} if kept else {"FUWUQUAN_TILE_CACHE_BYTES": "0"})
        places = {"GeoPackage": str(folder / NAME), "PostGIS": f"{database}?workspace={NAME}"}
        for store, place in places.items():
            port = _free_port()
            command = [sys.executable, "-c", _OWN, "serve", "-w", place, "--port", str(port)]
            own = stack.enter_context(_running(command, plain, port, "/readyz", cwd=folder))
            found.append(Server(f"ours, {store}", port, "ours", own))
        uvicorn = [str(peers), "-m", "uvicorn", "--no-access-log", "--loop", "uvloop"]
        uvicorn += ["--timeout-keep-alive", "120"]
        settings = {
            "DATABASE_URL": database,
            "TIPG_DB_SCHEMAS": json.dumps([NAME]),
            "TIPG_TABLE_CONFIG": json.dumps({f"{NAME}_compound": {"geomcol": "geom"}}),
        }
        port = _free_port()
        command = [*uvicorn, "--port", str(port), "tipg.main:app"]
        own = stack.enter_context(_running(command, settings, port, "/collections", cwd=folder))
        found.append(Server("tipg", port, "tipg", own))
        port = _free_port()
        told = folder / "pygeoapi.yml"
        told.write_text(json.dumps(_pygeoapi(port, url.hostname, url.port, url)), "utf-8")
        settings = {
            "PYGEOAPI_CONFIG": str(told),
            "PYGEOAPI_OPENAPI": str(folder / "openapi.json"),
        }
        make = [
            str(peers.with_name("pygeoapi")), "openapi", "generate", str(told), "--format", "json",
            "--output-file", settings["PYGEOAPI_OPENAPI"],
        ]  # fmt: skip
        subprocess.run(make, check=True, env={**os.environ, **settings}, capture_output=True)
        command = [*uvicorn, "--port", str(port), "pygeoapi.starlette_app:APP"]
        own = stack.enter_context(_running(command, settings, port, "/collections", cwd=folder))
        found.append(Server("pygeoapi", port, "pygeoapi", own))
        yield found


def _bring_into_memory(file: Path) -> None:
    """Read a file once, as the peers' counting reads their table, so that no disk is measured."""
    with file.open("rb") as opened:
        while opened.read(1 << 24):
            pass


@contextmanager
def _running(
    command: list[str], settings: Mapping[str, str], port: int, ready: str, *, cwd: Path
) -> Iterator[int]:
    log = cwd / f"server-{port}.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, env={**os.environ, **settings}, cwd=cwd, stdout=written, stderr=written
        )
    try:
        until = time.monotonic() + _WAIT_S
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}{ready}", timeout=5) as answer:
                    answer.read()
                    break
            except (URLError, OSError):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(log.read_text("utf-8")[-3_000:]) from None
                time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:  # it still answers who asked before
            process.kill()


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _pygeoapi(port: int, host: str | None, db_port: int | None, url: object) -> dict[str, object]:
    """Return the configuration of pygeoapi, with its own words for the same table."""
    user = getattr(url, "username", None) or "postgres"
    password = getattr(url, "password", None) or ""
    lon_lat = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
    table = {
        "data": {
            "host": host, "port": db_port or 5432, "dbname": str(getattr(url, "path", ""))[1:],
            "user": user, "password": password, "search_path": [NAME, "public"],
        },
        "id_field": "fid", "table": "compound", "geom_field": "geom",
        "storage_crs": STORED, "crs": [lon_lat, STORED],
    }  # fmt: skip
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port}, "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8", "encoding": "utf-8", "gzip": False,
            "languages": ["en-US"], "cors": False, "pretty_print": False,
            "limits": {"default_items": 100, "max_items": 10_000},
            "map": {"url": "https://example.org/{z}/{x}/{y}.png", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "million", "description": "million", "keywords": ["million"],
                "keywords_type": "theme", "terms_of_service": "", "url": "https://example.org",
            },
            "license": {"name": "CC0", "url": "https://example.org"},
            "provider": {"name": "benchmark", "url": "https://example.org"},
            "contact": {"name": "benchmark"},
        },
        "resources": {
            "compound": {
                "type": "collection", "title": "compound", "description": "compound",
                "keywords": ["compound"], "links": [],
                "extents": {"spatial": {
                    "bbox": [WEST, SOUTH, WEST + WIDTH, SOUTH + HEIGHT], "crs": lon_lat,
                }},
                "providers": [
                    {"type": "feature", "name": "PostgreSQL", **table},
                    {
                        "type": "tile", "name": "MVT-postgresql", **table,
                        "options": {"zoom": {"min": 0, "max": 22}},
                        "format": {
                            "name": "pbf", "mimetype": "application/vnd.mapbox-vector-tile",
                        },
                    },
                ],
            }
        },
    }  # fmt: skip
