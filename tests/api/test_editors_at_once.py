"""Eight editors at once on the same twenty rows, by HTTP, on a real server: no edit is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path

import pytest

from geo.store import Workspace
from geo.store.history import entries
from tests.api.conftest import ROOT, RUN, _wait
from tests.api.test_editing import ITEMS, filled

PlaceOf = Callable[[str], str]
EDITORS, ROWS = 8, 20


@pytest.fixture
def served(place: PlaceOf, tmp_path: Path) -> Iterator[tuple[Workspace, int]]:
    workspace = filled(place("many"), rows=ROWS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = ["--database" if "://" in place("many") else "-w", place("many")]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", RUN, "serve", *where, "--port", str(port)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, *sys.path)))},
            stderr=log,
        )
        try:
            _wait(f"http://127.0.0.1:{port}/readyz", server, tmp_path / "log")
            yield workspace, port
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(20) is not None


def work(port: int, editor: int, edits: int) -> tuple[int, int]:
    """Raise numbers by one, again and again; return what was done, and how often it was stale."""
    draw, stale = random.Random(editor), 0  # noqa: S311 - of a test
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    field = ("elders", "children", "population")[editor % 3]
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
                break
            assert status == 412, told
            stale += 1
            current = told["current"]  # type: ignore[index]
            seen[path] = current["etag"], current["feature"]["properties"][field] or 0
    line.close()
    return edits, stale


@pytest.mark.parametrize("edits", [25, pytest.param(500, marks=pytest.mark.slow)])
def test_no_edit_of_eight_editors_is_lost(served: tuple[Workspace, int], edits: int) -> None:
    workspace, port = served
    with ThreadPoolExecutor(EDITORS) as pool:
        done = list(pool.map(lambda editor: work(port, editor, edits), range(EDITORS)))
    assert sum(stale for _, stale in done) > 0  # they did get in each other's way
    frame = workspace.read("compound", "EPSG:4490")
    counted = frame[["elders", "children", "population"]].fillna(0).sum().sum()
    assert int(counted) == 50 * ROWS + EDITORS * edits
    with workspace.reading() as connection:
        for key in frame["id"]:
            history = entries(connection, "compound", key)
            assert [entry.version for entry in history] == list(range(2, len(history) + 2))
            for before, after in pairwise(history):
                assert before.after == after.before
    versions = [workspace.row("compound", key)[1] - 1 for key in frame["id"]]
    assert sum(versions) == EDITORS * edits
