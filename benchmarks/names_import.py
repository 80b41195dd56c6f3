"""What a large import costs: time, memory and file, its fingerprints, and taking it back.

``PYTHONPATH=. python benchmarks/names_import.py --write``
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

import numpy as np
import shapely
from measure import table

from geo.gazetteer import Gazetteer
from geo.gazetteer.exchange import export_census, import_names
from geo.gazetteer.search import Search
from geo.store import Workspace, bundled

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
SEED = 20260501
ROWS_A_PLACE = 4
REPEAT = 3
AT_ONCE = 20_000
"""Places that the caller hands over at a time."""
Row = dict[str, object]
Figures = dict[str, float]


def timed(figures: Figures, name: str, run: Callable[[], object]) -> object:
    """Note the processor seconds of a piece of work."""
    start = time.process_time()
    done = run()
    figures[name] = time.process_time() - start
    return done


def rows(count: int) -> Iterator[dict[str, list[Row]]]:
    """Yield places with a name, a code and a point each, some thousands at a time."""
    draw = np.random.default_rng(SEED)
    letters = np.array(
        list("建金锦银新老东西南北中上下前后石水山河湖江海云风春秋红明华兴安平和顺康福庆丰茂")
    )
    for start in range(0, count // ROWS_A_PLACE, AT_ONCE):
        number = range(start, min(start + AT_ONCE, count // ROWS_A_PLACE))
        text = draw.choice(letters, (len(number), 3))
        x, y = draw.uniform((102.6, 22.8), (103.8, 24.0), (len(number), 2)).T.round(6)
        at = shapely.points(x, y)
        yield {
            "place": [
                {
                    "id": f"p{n:07}",
                    "class_code": "22200",
                    "lifecycle": "existing",
                    "status": "recorded",
                    "secrecy": "public",
                    "division_code": "532501101",
                    "attributes": "{}",
                }
                for n in number
            ],
            "name": [
                {
                    "place_id": f"p{n:07}",
                    "text": "".join(word) + "村",
                    "kind": "standard",
                    "language": "zh",
                    "legacy_batch": "一",
                }
                for n, word in zip(number, text, strict=True)
            ],
            "code": [
                {"place_id": f"p{n:07}", "scheme": "dmdm20", "value": f"53250110122200{n:06}"}
                for n in number
            ],
            "shape": [
                {"place_id": f"p{n:07}", "role": "point", "shape": point}
                for n, point in zip(number, at, strict=True)
            ],
        }


def opened(folder: Path, url: str) -> Gazetteer:
    """Return an empty gazetteer."""
    return Gazetteer.at(url) if url else Gazetteer.of(Workspace.create(folder / "county"))


def after(book: Gazetteer, change_set: str, figures: Figures, folder: Path) -> None:
    """Measure what is asked of the gazetteer once the rows are in."""
    state = timed(figures, "fingerprint of the rows", book.state_sha256)
    figures["peak MB"] = peak_mb()
    replayed = timed(figures, "fingerprint by replaying the log", book.replayed_sha256)
    assert state == replayed
    assert timed(figures, "chain checked", book.first_broken) is None
    figures["peak MB, with replay and chain"] = peak_mb()
    file = folder / "county" / "fuwuquan.gpkg"
    figures["file MB"] = file.stat().st_size / 1e6 if file.exists() else float("nan")
    timed(figures, "undone", lambda: book.undo(change_set, author="甲", reason="撤回", at=AT))
    figures["peak MB, with undo"] = peak_mb()
    assert not book.rows("place")


def peak_mb() -> float:
    """Return the most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def census(folder: Path, url: str) -> Figures:
    """Import the demo's census workbook."""
    book, figures = opened(folder, url), Figures()
    figures["peak MB before"] = peak_mb()
    path = bundled.bundled("demo") / "gazetteer.xlsx"
    start = time.process_time()
    done = import_names(book, path, author="甲", at=AT)
    figures["imported"] = time.process_time() - start
    timed(figures, "search index from the gazetteer", Search(book, folder).index)
    timed(figures, "census written", lambda: export_census(book, folder / "out.xlsx"))
    after(book, done.change_set_id, figures, folder)
    return figures


def through_the_book(folder: Path, url: str, count: int) -> Figures:
    """Insert rows in one change set."""
    book, figures = opened(folder, url), Figures()
    figures["peak MB before"] = peak_mb()
    start = time.process_time()
    with book.change(author="甲", reason="导入", at=AT) as change:
        for some in rows(count):
            for record, part in some.items():
                change.insert_all(record, part)
    figures["imported"] = time.process_time() - start
    figures["peak MB of the import"] = peak_mb()
    figures["bare rows, no log, sqlite3"] = bare(folder, count)
    after(book, change.id, figures, folder)
    return figures


def bare(folder: Path, count: int) -> float:
    """Return the seconds that SQLite alone takes for the same rows, without a log or hashes."""
    database = sqlite3.connect(folder / "bare.db")
    start = time.process_time()
    for some in rows(count):
        for record, part in some.items():
            keys = list(part[0])
            marks = ",".join("?" * len(keys))
            database.execute(f"CREATE TABLE IF NOT EXISTS {record} ({','.join(keys)})")
            plain = (
                [v.wkb if isinstance(v, shapely.Point) else v for v in row.values()] for row in part
            )
            database.executemany(f"INSERT INTO {record} VALUES ({marks})", plain)  # noqa: S608
    database.commit()
    return time.process_time() - start


def measured(what: str, url: str) -> Figures:
    """Measure one import in a process of its own; the short one three times, for medians."""
    command = [sys.executable, __file__, "--one", what, "--postgis", url]
    runs: list[Figures] = []
    for _ in range(REPEAT if what == "census" and not url else 1):
        told = subprocess.run(command, check=True, capture_output=True, text=True)
        runs.append(json.loads(told.stdout))
    return {name: median(run[name] for run in runs) for name in runs[0]}


def main() -> None:
    """Measure and print; ``--write`` keeps it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, nargs="+", default=[50_000, 1_000_000])
    arguments.add_argument("--postgis", default="", help="URL of an empty PostGIS database")
    arguments.add_argument("--one", default="", help=argparse.SUPPRESS)
    arguments.add_argument("--write", action="store_true")
    asked = arguments.parse_args()
    if asked.one:
        with tempfile.TemporaryDirectory() as kept:
            folder = Path(kept)
            if asked.one == "census":
                figures = census(folder, asked.postgis)
            else:
                figures = through_the_book(folder, asked.postgis, int(asked.one))
        print(json.dumps(figures))
        return
    columns = ["census", *map(str, asked.rows)]
    found = {what: measured(what, asked.postgis) for what in columns}
    lines = list(dict.fromkeys(name for figures in found.values() for name in figures))
    head = ["processor seconds, or MB", "census of 5,613 records, .xlsx"]
    head += [f"{count:,} rows through the book" for count in asked.rows]
    body: list[list[object]] = [
        [name, *(_shown(figures.get(name)) for figures in found.values())] for name in lines
    ]
    told = table(head, body)
    print(told)
    if asked.write:
        store = "PostGIS" if asked.postgis else "GeoPackage"
        sizes = " ".join(map(str, asked.rows))
        text = (
            "# Importing names\n\n"
            f"`PYTHONPATH=.:benchmarks python benchmarks/names_import.py --rows {sizes} "
            f"--write`\n\n{date.today().isoformat()}, Python {platform.python_version()}, "  # noqa: DTZ011
            f"two shared cores, processor time, {store}, each column in a process "
            "of its own (the census three times: medians). "
            f"A place is {ROWS_A_PLACE} rows: itself, a name, a code, a point. Every row is also "
            "an event of the log, with its hash.\n\n"
        )
        path = Path(__file__).parent / "results" / "names_import.md"
        path.write_text(text + told + "\n", encoding="utf-8")


def _shown(value: float | None) -> str:
    return "" if value is None or np.isnan(value) else f"{value:,.1f}"


if __name__ == "__main__":
    main()
