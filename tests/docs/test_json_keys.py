"""Whether the keys that ``--json`` prints are the keys in the manual."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import chdir, closing, redirect_stdout
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from openpyxl import load_workbook

from api.cli import run
from api.jobs import known, queue
from geo.gazetteer import Gazetteer
from geo.store import Workspace, bundled

ROOT = Path(__file__).parents[2]


def _printed(folder: Path, *words: str) -> dict[str, Any]:
    told = StringIO()
    with chdir(folder), redirect_stdout(told):
        status = run([*words, "--json"])
    assert status in (0, 1), words
    answer: dict[str, Any] = json.loads(told.getvalue())
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


def _officer(folder: Path, demo: Path, *city: str) -> Iterator[dict[str, Any]]:
    """Do in the demo city what a placename officer does, once each."""
    rows = (
        "名称,类别,经度,纬度",
        "丰源大道,城镇街巷,,",
        "丰原大道,城镇街巷,,",
        "远方路,城镇街巷,100,30",
    )
    (folder / "l.csv").write_text("\n".join(rows), "utf-8")
    here, who = ("--at", "114.2167,30.5028"), ("--author", "a")
    both = ("--signed-by", "a", "--signed-by", "b")
    _printed(folder, "cases", "open", "更名", "--by", "a", "--set", "地名=丰源大道",
             "--set", "name=金湖大道", "--on", "2025-06-01", *city)  # fmt: skip
    for words in (
        ("search", "大桥", "--limit", "2"),
        ("check", "丰源大道", "--class", "23510", *here),
        ("check", "远方路", "--class", "23510", "--at", "100,30"),
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


def _linking(folder: Path, demo: Path) -> Iterator[dict[str, Any]]:
    """Yield what linking a second source prints, from the file to a match taken back."""
    census = load_workbook(demo / "gazetteer.xlsx", read_only=True)
    head, *rows = census["地名"].iter_rows(values_only=True)
    census.close()
    name, lon, lat = (head.index(one) for one in ("标准名称", "东经", "北纬"))
    placed = [row for row in rows if len(row) > lat and row[lon] and row[lat]][::40]
    lines = ["编号,名称,类型,经度,纬度", "z,远处的村,没有的类别,110.0,25.0"]
    lines += [
        f"{at},{row[name][:-1]}庄,,{float(row[lon]) + 0.004:.6f},{row[lat]}"
        for at, row in enumerate(placed)
    ]
    (folder / "second.csv").write_text("\n".join(lines), "utf-8")
    own = ("-w", "own")

    def link(*words: str) -> dict[str, Any]:
        return _printed(folder, "names", "link", *words, *own)

    yield link("second.csv", "--author", "a", "--datum", "cgcs2000")
    waiting = link("queue", "--out", "q.xlsx")
    yield waiting
    filled = load_workbook(folder / "q.xlsx")
    seen = set()
    for row in filled.worksheets[0].iter_rows(min_row=2):
        row[0].value = "不同" if row[1].value in seen else "同一"
        seen.add(row[1].value)
    filled.save(folder / "q.xlsx")
    yield link("decide", "--from", "q.xlsx", "--by", "b")
    yield link("apply", "--author", "a")
    yield link("retrain", "--author", "a")
    yield link("undo", waiting["queue"][0]["match"], "--author", "a")


def _cases(folder: Path, *city: str) -> Iterator[dict[str, Any]]:
    """Yield what cases of names print, from a form to a sign put up, and what an audit finds."""
    own = folder / "fuwuquan-demo" / "rules"
    own.mkdir()
    (own / "own.toml").write_text(_LONGER, "utf-8")
    (folder / "list.toml").write_text(_LIST, "utf-8")
    (folder / "sign.jpg").write_bytes(b"jpg")

    def told(*words: str, by: str = "", on: str = "2026-03-02") -> dict[str, Any]:
        who = ("--by", by, "--on", on) if by else ()
        return _printed(folder, "cases", *words, *who, *city)

    yield _printed(folder, "cases", "template", "naming", "form.xlsx")
    fill = ("place=丰源大道", "name=丰湖街", "name2=望·潮路", "reading2=wàng cháo lù",
            "name3=望潮路", "reason=重名", "reason_code=name_mismatch",
            "applicant=街道办")  # fmt: skip
    yield told("open", "renaming", *(w for f in fill for w in ("--set", f)), by="甲")
    case = "2026-0001"
    yield told("edit", case, "--set", "reason=与他路重名", by="甲")
    yield told("read", case, "望潮路", "wàng cháo lù", by="甲")
    for paper in ("application", "situation"):
        yield told("document", case, paper, by="甲")
    for step in ("submit", "accept"):
        yield told("act", case, step, by="甲")
    yield told("check", case, "--out", "c.xlsx", by="甲")
    yield told("choose", case, "望潮路", by="甲")
    yield told("act", case, "start_reviews", by="甲")
    yield told("consult", case, by="甲")
    yield told("opinion", case, "好", "--stance", "alternative", "--name", "码头路", by="乙")
    yield told("answer", f"{case}/1", "重名", by="甲")
    for paper in ("expert_review", "risk_assessment", "consultation"):
        told("document", case, paper, by="甲", on="2026-04-10")
    yield told("act", case, "deliberate", "--note", "核过", by="乙", on="2026-04-10")
    decided = ("--number", "文1", "--issuer", "示范区人民政府", "--date", "2026-04-10")
    yield told("document", case, "approval", *decided, by="甲", on="2026-04-10")
    yield told("approve", case, "--authority", "county_government", by="丙", on="2026-04-11")
    yield told("undo", case, "--reason", "误", by="丙", on="2026-04-11")
    yield told("approve", case, "--authority", "county_government", by="丙", on="2026-04-11")
    yield told("code", case, by="甲", on="2026-04-11")
    tasks = told("tasks", case)
    yield tasks
    numbers = {one["kind"]: one["number"] for one in tasks["tasks"]}
    sign = next(number for kind, number in numbers.items() if kind.startswith("sign_"))
    yield told("done", sign, "--photo", "sign.jpg", by="队", on="2026-04-12")
    yield told("extend", numbers["filing"], "--document", "文1", by="甲", on="2026-04-12")
    yield told("due", "--on", "2026-06-30")
    yield told("drafts", case, "--out", "drafts")
    yield told("show", case)
    yield told("open", "batch", "--file", "list.toml", by="甲")
    yield told("progress", "2026-0002")
    yield told("show", "2026-0002")
    yield told("list", "--on", "2026-04-12")
    book = Gazetteer.of(Workspace.open(folder / "fuwuquan-demo"))
    with book.change(author="甲", reason="试", at=datetime(2026, 4, 13, tzinfo=UTC)) as change:
        name = next(row for row in book.rows("name") if row["decision_id"])
        change.update("name", name["id"], name["version"], legacy_batch="两者都有")
    yield told("audit", "--on", "2026-04-13")


_LONGER = """
[[deadline]]
id = "filing"
zh = "报送备案"
en = "file the name"
area = "9901"
from = "approved"
until = "filed"
days = 10
extension_days = 5
counted = "working"
rule = "a"
source = "a"
"""
_LIST = """
title = "批量"
reason = "标准化"
[[case]]
place = "丰湖街"
name = "丰湖街"
"""


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
        "whatif": [
            _printed(folder, "whatif", *what, "--close", "YL001", "--out", "w.xlsx", *city),
            _printed(folder, "whatif", *what, "--move", "YL001=114.25,30.40", *city),
        ],
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
            *_linking(folder, demo),
        ],
        "cases": [*_cases(folder, *city)],
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
    assert set(answers) == set(generated.commands.names()) - {"serve"}  # it answers by HTTP


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
