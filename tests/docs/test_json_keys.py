"""Whether the keys that ``--json`` prints are the keys in the manual."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from openpyxl import load_workbook

from api.jobs import known, queue
from geo.store import Workspace, bundled

ROOT = Path(__file__).parents[2]


def _printed(folder: Path, *words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", *words, "--json"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _keys(value: object, path: str = "") -> Iterator[str]:
    """Yield the path of everything that is no object; a list is ``[]``."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _keys(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for inner in value:
            yield from _keys(inner, f"{path}[]")
    elif value not in ({}, []):
        yield path


_FIGURES = """
[[figure]]
key = "beds"
value = 40
source = "a"
[[figure]]
key = "beds"
value = 41
source = "b"
"""


def _changed(folder: Path, demo: Path) -> Path:
    """Return a census that says otherwise than the demo what its county is called."""
    book = load_workbook(demo / "gazetteer.xlsx")
    book["地名"]["B2"] = "另一名称"
    book["地名"].delete_rows(3, book["地名"].max_row)
    book.save(folder / "changed.xlsx")
    return folder / "changed.xlsx"


def _with_stranger(folder: Path) -> Path:
    """Put a table of somebody else into a workspace; return the name of its backup."""
    with closing(sqlite3.connect(folder / "own" / "fuwuquan.gpkg")) as file, file:
        file.execute("CREATE TABLE stranger (a)")
    return folder / "own.gpkg"


def _accounts(folder: Path) -> list[dict[str, Any]]:
    def told(*words: str) -> dict[str, Any]:
        return _printed(folder, "accounts", *words, "-w", "own")

    made = told("add", "boss", "--role", "admin", "--once")
    key = told("keys", "add", "boss", "--scope", "read")
    revoked = told("keys", "revoke", key["id"])
    lists = [told("list"), told("keys", "list"), told("audit"), told("verify")]
    return [made, key, revoked, *lists]


def _with_job(folder: Path) -> tuple[str, str]:
    """Ask for a job in a workspace; return the workspace and the job."""
    workspace = Workspace.create(folder / "asked")
    process = known.process("coverage")
    inputs = process.checked({"facility": "elder_station"}, today=date(2026, 5, 1))
    return "asked", queue.submit(workspace, process, inputs)[0].id


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Run every command in a demo workspace."""
    folder = tmp_path_factory.mktemp("json")
    demo = bundled.bundled("demo")
    homes = demo / "faulty" / "compounds.xlsx"
    lines = demo / "streets.gpkg"
    city = ("-w", "fuwuquan-demo")
    what = ("--facility", "elder_station", "--minutes", "15")
    (folder / "figures.toml").write_text(_FIGURES, "utf-8")
    (folder / "norms").mkdir()
    (folder / "norms" / "own.toml").write_text("[[norm]]\nid = 1\n", "utf-8")
    asked, job = _with_job(folder)
    here, days = ("--area", "340207"), ("--on", "2022-07-19", "--to", "2022-07-20")
    return {
        "demo": [_printed(folder, "demo")],
        "norms": [
            _printed(folder, "norms", "list", *here, *days[:2]),
            _printed(folder, "norms", "show", "elder.station.min_area"),
            _printed(folder, "norms", "diff", *here, *days),
            _printed(folder, "norms", "check", "--dir", "norms"),
            _printed(folder, "norms", "use", "340207", *city),
        ],
        "assess": [
            _printed(folder, "assess", "--figures", "figures.toml",
                     "--norms-as-of", "2021-01-01", *city)
        ],
        "coverage": [_printed(folder, "coverage", *what, "--no-map", *city)],
        "ageing": [_printed(folder, "ageing", "2030", *city)],
        "candidates": [_printed(folder, "candidates", "-f", "elder_station", *here, *city)],
        "plan": [
            _printed(folder, "plan", "--facility", "elder_station", "--years", "2026-2027",
                     "--per-year", "1", *city),
            _printed(folder, "plan", "-f", "cemetery", "--years", "2026", "--per-year", "1",
                     "--deaths", "7", "--niches", "all=500", *city),
        ],
        "whatif": [_printed(folder, "whatif", *what, "--close", "YL001", "--out", "w.xlsx", *city)],
        "scenario": [
            _printed(folder, "scenario", "new", "a", "-f", "elder_station",
                     "--add", "114.3,30.5,350", "--close", "YL001", *city),
            _printed(folder, "scenario", "list", *city),
            _printed(folder, "scenario", "compare", "--norm", "elder.area100",
                     "--area", "340207", *city),
        ],
        "suitability": [
            _printed(folder, "suitability", "--zones", "shandong", "--cell", "200",
                     "--deaths", "7", *city)
        ],
        "check": [_printed(folder, "check", "--faults", "c.xlsx", *city)],
        "init": [_printed(folder, "init", "own")],
        "template": [_printed(folder, "template", "compound")],
        "import": [
            _printed(folder, "import", "compound", str(homes), "--datum", "cgcs2000",
                     "--faults", "f.xlsx", "-w", "own")
        ],
        "streets": [_printed(folder, "streets", str(lines), "--datum", "epsg:32650", "-w", "own")],
        "site": [
            _printed(folder, "site", "-f", "elder_station", "--budget", "1000000", "--alternatives",
                     "--stability", "--pareto", "--why-not", "DK041", *city),
            _printed(folder, "site", "elder_station", "-m", "changes", "--closable", "all",
                     "--rent", "all=60000", *city),
            _printed(folder, "site", "elder_station", "-m", "gates", "--gates", "1", *city),
        ],
        "layers": [_printed(folder, "layers", "-w", "own"), _printed(folder, "layers", *city)],
        "names": [
            _printed(folder, "names", "import", str(demo / "gazetteer.xlsx"), "--author", "a",
                     "-w", "own"),
            _printed(folder, "names", "import", str(_changed(folder, demo)), "--author", "a",
                     "--differences", "d.xlsx", "-w", "own"),
            *(_printed(folder, "names", "export", "n.json", "--format", form, "-w", "own")
              for form in ("census", "lpf", "feed")),
        ],
        "export": [_printed(folder, "export", "o.xlsx", "compound", *city)],
        "backup": [_printed(folder, "backup", str(_with_stranger(folder)), "-w", "own")],
        "restore": [_printed(folder, "restore", "own.gpkg", "-w", "restored")],
        "move": [_printed(folder, "move", "-w", "own", "--to", "moved")],
        "migrate": [_printed(folder, "migrate", "-w", "own")],
        "jobs": [
            _printed(folder, "jobs", "list", "-w", asked),
            _printed(folder, "jobs", "dismiss", job, "-w", asked),
        ],
        "accounts": _accounts(folder),
    }  # fmt: skip


@pytest.mark.slow
def test_every_command_answers_in_json(answers: dict[str, object], generated: ModuleType) -> None:
    assert set(answers) == set(generated.commands.names())


@pytest.mark.slow
def test_keys_printed_are_keys_in_the_manual_and_the_reverse(
    answers: dict[str, list[dict[str, Any]]], generated: ModuleType
) -> None:
    for command, given in answers.items():
        rows = generated.commands.rows_of("json")
        described = [row["key"] for row in rows if command in row["command"].split()]
        patterns = {key: _pattern(key) for key in described}
        printed = {key for answer in given for key in _keys(answer)}
        undescribed = [k for k in printed if not any(p.fullmatch(k) for p in patterns.values())]
        assert undescribed == [], command
        stale = [key for key, p in patterns.items() if not any(map(p.fullmatch, printed))]
        assert stale == [], command


def _pattern(key: str) -> re.Pattern[str]:
    parts = re.split(r"<\w+>", key)
    return re.compile("[^.]+".join(map(re.escape, parts)))
