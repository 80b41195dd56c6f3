"""Whether a job finds what the command of the same name finds, and tells how far it is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.jobs import claims, files, known, queue
from api.jobs.child import perform
from api.jobs.claims import Claim
from geo.store import Workspace
from geo.store.held import HeldWorkspace

ROOT = Path(__file__).parents[2]
ON = "2026-05-01"
ASKED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "coverage": (
        {"facility": "elder_station", "minutes": [10, 15], "map": False},
        ["--facility", "elder_station", "--minutes", "10,15", "--no-map"],
    ),
    "assess": ({"norm": ["elder.area100"]}, ["--norm", "elder.area100"]),
    "candidates": ({"facility": "elder_station"}, ["--facility", "elder_station"]),
    "site": (
        {"facility": "elder_station", "sites": 2, "why_not": ["DK041"], "map": False},
        ["-f", "elder_station", "--sites", "2", "--why-not", "DK041", "--no-map"],
    ),
    "plan": (
        {"facility": "elder_station", "years": [2026, 2027], "per_year": {"*": 1}, "map": False},
        ["-f", "elder_station", "--years", "2026-2027", "--per-year", "1", "--no-map"],
    ),
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    printed(folder, "demo", "city")
    return folder / "city"


def printed(folder: Path, *words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", *words, "--on", ON, "--json"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def timeless(value: object) -> object:
    if isinstance(value, Mapping):
        left_out = ("seconds", "files", "figures")
        return {name: timeless(one) for name, one in value.items() if name not in left_out}
    return [timeless(one) for one in value] if isinstance(value, list) else value


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKED)
def test_a_job_finds_what_the_command_finds(name: str, demo: Path, tmp_path: Path) -> None:
    given, words = ASKED[name]
    for copy in ("by_command", "by_job"):
        shutil.copytree(demo, tmp_path / copy)
    told = printed(tmp_path, name, *words, "-w", "by_command")
    workspace = Workspace.open(tmp_path / "by_job")
    process = known.process(name)
    before = set(workspace.results())
    asked = process.checked({**given, "on": ON}, today=date(2026, 5, 1))
    job, _ = queue.submit(workspace, process, asked)
    taken = claims.claim(workspace, "here", lease_ms=600_000)
    assert taken is not None
    heard: list[tuple[Any, ...]] = []
    perform(HeldWorkspace(workspace.database), Claim(job.id, "here", 1), heard.append)
    shares = [word[1] for word in heard if word[0] == "progress"]
    assert shares == sorted(shares)
    assert len({round(share, 1) for share in shares}) >= 3
    with workspace.reading() as connection:
        done = queue.job(connection, job.id)
        kept = files.files_of(connection, job.id)
    assert timeless(done.summary) == timeless(told)
    assert any(one.name.endswith(".xlsx") for one in kept)
    commanded = Workspace.open(tmp_path / "by_command")
    assert set(workspace.results()) == set(commanded.results())
    assert set(workspace.results()) - before <= {t.removeprefix("result_") for t in done.tables}
    assert queue.submit(workspace, process, asked) == (done, False)
