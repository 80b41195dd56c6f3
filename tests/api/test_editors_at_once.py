"""Eight editors at once on the rows of a real server, also one that is killed: none is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from itertools import pairwise
from pathlib import Path

import pytest

from geo.store import Workspace
from geo.store.history import entries
from tests.api.conftest import ROOT, RUN, _wait
from tests.api.test_editing import ITEMS, filled

PlaceOf = Callable[[str], str]
EDITORS, ROWS = 8, 20
COUNTED = ("elders", "children", "households")
BEGUN = 50 + 100
"""What the numbers of a row come to before."""


class Server:
    """A server of a workspace, which can be killed and begun again."""

    def __init__(self, place: str, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._where = ["--database" if "://" in place else "-w", place]
        self._log = folder / "log"
        self.begin()

    def begin(self) -> None:
        with self._log.open("a") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-c", RUN, "serve", *self._where, "--port", str(self.port)],
                cwd=self._log.parent,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, *sys.path)))},
                stderr=log,
            )
        _wait(f"http://127.0.0.1:{self.port}/readyz", self.running, self._log)


@pytest.fixture
def served(place: PlaceOf, tmp_path: Path) -> Iterator[tuple[Workspace, Server]]:
    workspace = filled(place("many"), rows=ROWS)
    server = Server(place("many"), tmp_path)
    yield workspace, server
    server.running.send_signal(signal.SIGINT)
    assert server.running.wait(20) is not None


def work(port: int, editor: int, edits: int, done: list[int] | None = None) -> tuple[int, int]:
    """Raise numbers by one, again and again; return what was done, and how often it was stale.

    Each edit that the server confirms is put into ``done``.
    """
    draw, stale = random.Random(editor), 0  # noqa: S311 - of a test
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    field = COUNTED[editor % len(COUNTED)]
    seen: dict[str, tuple[str, int]] = {}

    def ask(method: str, path: str, body: object = None, **headers: str) -> tuple[int, str, object]:
        line.request(method, path, None if body is None else json.dumps(body), headers)
        answer = line.getresponse()
        text = answer.read()
        return answer.status, answer.getheader("ETag", ""), json.loads(text) if text else None

    for _ in range(edits):
        path = f"{ITEMS}/x{draw.randrange(ROWS)}"
        if path not in seen:
            status, tag, read = ask("GET", path)
            assert status == 200
            seen[path] = tag, read["properties"][field] or 0  # type: ignore[index]
        while True:
            tag, value = seen[path]
            change = {"properties": {field: value + 1}}
            headers = {"If-Match": tag, "Content-Type": "application/merge-patch+json"}
            status, tag, told = ask("PATCH", path, change, **headers)
            if status == 204:
                seen[path] = tag, value + 1
                if done is not None:
                    done.append(editor)
                break
            assert status == 412, told
            stale += 1
            current = told["current"]  # type: ignore[index]
            seen[path] = current["etag"], current["feature"]["properties"][field] or 0
    line.close()
    return edits, stale


@pytest.mark.parametrize("edits", [25, pytest.param(500, marks=pytest.mark.slow)])
def test_no_edit_of_eight_editors_is_lost(served: tuple[Workspace, Server], edits: int) -> None:
    workspace, server = served
    with ThreadPoolExecutor(EDITORS) as pool:
        done = list(pool.map(lambda editor: work(server.port, editor, edits), range(EDITORS)))
    assert sum(stale for _, stale in done) > 0  # they did get in each other's way
    assert kept(workspace) == EDITORS * edits


def test_a_server_killed_under_writes_loses_none_that_it_confirmed(
    served: tuple[Workspace, Server],
) -> None:
    workspace, server = served
    confirmed = 0
    for _ in range(2):
        told: list[int] = []
        with ThreadPoolExecutor(EDITORS) as pool:
            asked = [pool.submit(_until_cut_off, server.port, e, told) for e in range(EDITORS)]
            until = time.monotonic() + 60
            while len(told) < 60 and time.monotonic() < until:
                time.sleep(0.01)
            server.running.kill()
            server.running.wait(10)
            for one in asked:
                one.result(60)
        confirmed += len(told)
        assert len(told) >= 60
        assert confirmed <= kept(workspace) <= confirmed + 2 * EDITORS  # each had one on its way
        confirmed = kept(workspace)
        server.begin()
    work(server.port, 0, 5)
    assert kept(workspace) == confirmed + 5


def kept(workspace: Workspace) -> int:
    """Return the edits that the rows show; rows, their versions and their history must agree."""
    frame = workspace.read("compound", "EPSG:4490")
    counted = frame[list(COUNTED)].fillna(0).sum().sum()
    with workspace.reading() as connection:
        for key in frame["id"]:
            history = entries(connection, "compound", key)
            assert [entry.version for entry in history] == list(range(2, len(history) + 2))
            for before, after in pairwise(history):
                assert before.after == after.before
    versions = [workspace.row("compound", key)[1] - 1 for key in frame["id"]]
    assert sum(versions) == int(counted) - BEGUN * ROWS
    return sum(versions)


def _until_cut_off(port: int, editor: int, told: list[int]) -> None:
    with suppress(OSError, HTTPException):
        work(port, editor, 10_000, told)
