"""Whether the keys that ``--json`` prints are the keys in the manual."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from openpyxl import load_workbook

from geo.store import bundled

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


def _officer(folder: Path, demo: Path, *city: str) -> Iterator[dict[str, Any]]:
    """Do in the demo city what a placename officer does, once each."""
    (folder / "l.csv").write_text("名称,类别\n丰源大道,城镇街巷\n丰原大道,城镇街巷\n", "utf-8")
    here, who = ("--at", "114.2167,30.5028"), ("--author", "a")
    both = ("--signed-by", "a", "--signed-by", "b")
    _printed(folder, "cases", "open", "更名", "--by", "a", "--set", "地名=丰源大道",
             "--set", "name=金湖大道", *city)  # fmt: skip
    for words in (
        ("search", "大桥", "--limit", "2"),
        ("check", "丰源大道", "--class", "23510", *here),
        ("check", "--file", "l.csv", *here),
        ("audit", "--division", "990101001"),
        ("romanise", "长乐路"),
        ("confirm", "丰源大道", "--agree", *who),
        ("plan", "reserve", "金湖西路", "--plan", "G1", *here, *who),
        ("plan", "list"),
        ("protect", "add", "丰源大道", "--level", "市级", "--batch", "一", "--document", "1", *who),
        ("protect", "list"),
        ("borders", "lines"),
        ("borders", "stones", "--line", "9901"),
        ("borders", "inspect", "9901", *both, "--findings", "c", *who),
        ("borders", "repair", "9901001Q", *both, *who),
        ("division", "change", "禾光镇", "--to", "禾光街道", "--code", "990101004",
         "--on", "2026-12-01", "--document", "2", *who),
        ("show", "禾光街道"),
        ("show", "禾光镇"),
        ("show", "丰源大道"),
        ("show", "金湖西路"),
        ("plan", "release", "G1", *who),
        ("signs", "list"),
        ("signs", "mark", "BZ0001", "--state", "损坏", *who),
        ("scopes", "list"),
        ("scopes", "add", str(demo / "zones.geojson"), "--name", "城镇规划建设用地", *who),
        ("locks",),
        ("as-of", "2026-05-01"),
        ("history", "丰源大道"),
        ("changes",),
        ("undo", "last", *who),
        ("verify",),
    ):  # fmt: skip
        yield _printed(folder, "names", *words, *city)


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
            *_officer(folder, demo, *city),
            _printed(folder, "names", "import", str(demo / "gazetteer.xlsx"), "--author", "a",
                     "-w", "own"),
            _printed(folder, "names", "import", str(_changed(folder, demo)), "--author", "a",
                     "--differences", "d.xlsx", "-w", "own"),
            *(_printed(folder, "names", "export", "n.json", "--format", form, "-w", "own")
              for form in ("census", "lpf", "feed")),
            _printed(folder, "names", "publish", "gazetteer", "l.xlsx", "--draft", "-w", "own"),
        ],
        "export": [_printed(folder, "export", "o.xlsx", "compound", *city)],
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
