"""How long one name takes to check among thousands of names, and what else was tried.

``PYTHONPATH=. python benchmarks/name_check.py --write``
"""

from __future__ import annotations

import argparse
import platform
import re
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pypinyin import lazy_pinyin
from rapidfuzz import fuzz, process

from geo.gazetteer.rules import Proposal, Standing, check_name, laid_out, pack

DAY = date(2026, 5, 1)
SEED = 20260501
HEADS = "建金锦银大小新老东西南北中上下前后龙凤虎马牛羊石水火木山河湖江海天地日月星云风雨春夏秋冬红"
TAILS = "设湖社山阳明华兴盛安平和顺康乐福寿庆丰茂林泉溪桥门庙塘湾坪坝屯寨营堡关口井洞岩岭坡冲沟庄"
KINDS = {
    "23200": ("路", "街", "巷", "大道"),
    "22100": ("小区", "花园", "苑", "新村"),
    "26000": ("大厦", "广场", "大楼", "中心"),
    "21600": ("村", "社区"),
    "22200": ("村", "寨", "屯"),
}


def names(count: int, seed: int = SEED) -> gpd.GeoDataFrame:
    """Return generated names of places in a square of 1.2 degrees."""
    draw = np.random.default_rng(seed)
    heads, tails = np.array(list(HEADS)), np.array(list(TAILS))
    first = draw.choice(heads, count)
    second = draw.choice(tails, count)
    third = np.where(draw.random(count) < 0.4, draw.choice(tails, count), "")
    codes = draw.choice(list(KINDS), count, p=[0.35, 0.2, 0.1, 0.1, 0.25])
    generic = [draw.choice(KINDS[code]) for code in codes]
    text = [f"{a}{b}{c}{g}" for a, b, c, g in zip(first, second, third, generic, strict=True)]
    number = [f"{at:07}" for at in range(count)]
    frame = pd.DataFrame(
        {
            "name_id": [f"n{at}" for at in number],
            "place_id": [f"p{at}" for at in number],
            "text": text,
            "kind": "standard",
            "class_code": codes,
            "division_code": draw.choice([f"5325010{k:02}" for k in range(1, 20)], count),
            "reading": "",
            "reading_source": "",
        }
    )
    at = shapely.points(draw.uniform([102.6, 22.8], [103.8, 24.0], (count, 2)))
    return gpd.GeoDataFrame(frame, geometry=at, crs="EPSG:4490")


def candidates(frame: gpd.GeoDataFrame, count: int) -> list[Proposal]:
    """Return proposals: a third of them taken, a third homophones or near, a third fresh."""
    draw = np.random.default_rng(SEED + 1)
    fresh = names(count, SEED + 2)
    proposals = []
    for k in range(count):
        row = (frame if k % 3 < 2 else fresh).iloc[int(draw.integers(count))]
        text = str(row["text"])
        if k % 3 == 1:
            text = {"金": "锦", "设": "社", "明": "名"}.get(text[0], text[0]) + text[1:]
        proposals.append(
            Proposal(
                text,
                str(row["class_code"]),
                row.geometry,
                str(row["division_code"]),
                attributes={"floors": 12, "site_area_m2": 30_000, "floor_area_m2": 9_000},
            )
        )
    return proposals


def seconds(answer: Callable[[Proposal], object], proposals: list[Proposal]) -> np.ndarray:
    """Return processor seconds a proposal."""
    taken = []
    for proposal in proposals:
        start = time.process_time()
        answer(proposal)
        taken.append(time.process_time() - start)
    return np.array(taken)


def built_up() -> list[shapely.Geometry]:
    """Return nine built-up areas."""
    return [
        shapely.box(102.65 + i * 0.4, 22.85 + j * 0.4, 102.95 + i * 0.4, 23.15 + j * 0.4)
        for i in range(3)
        for j in range(3)
    ]


def scan(frame: gpd.GeoDataFrame) -> Callable[[Proposal], object]:
    """Return the scan of a table: equal text, equal sound, distance, by pandas."""
    sound = pd.Series([" ".join(lazy_pinyin(text)) for text in frame["text"]], index=frame.index)
    areas = built_up()

    def answer(proposal: Proposal) -> object:
        like = frame["text"].str.contains(re.escape(proposal.text), regex=True)
        alike = sound == " ".join(lazy_pinyin(proposal.text))
        found = frame[like | alike]
        here = [area for area in areas if area.intersects(proposal.geometry)]
        return [bool(found.intersects(area).any()) for area in here]

    return answer


def brute(frame: gpd.GeoDataFrame) -> Callable[[Proposal], object]:
    """Return rapidfuzz over all texts and all sounds."""
    texts = list(frame["text"])
    sounds = [" ".join(lazy_pinyin(text)) for text in texts]

    def answer(proposal: Proposal) -> object:
        sound = " ".join(lazy_pinyin(proposal.text))
        return (
            process.extract(proposal.text, texts, scorer=fuzz.ratio, limit=20),
            process.extract(sound, sounds, scorer=fuzz.ratio, limit=20),
        )

    return answer


def line(name: str, taken: np.ndarray, peer: np.ndarray) -> str:
    """Return a row of the table."""
    p50, p95 = np.percentile(taken * 1000, [50, 95])
    return f"| {name} | {p50:.2f} | {p95:.2f} | {np.median(taken) / np.median(peer):.1f} |"


def main() -> None:
    """Measure and print a table; ``--write`` keeps it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sizes", type=int, nargs="+", default=[5_000, 50_000])
    arguments.add_argument("--count", type=int, default=300)
    arguments.add_argument("--write", action="store_true")
    asked = arguments.parse_args()
    rules = pack("large_city")
    rows = []
    for size in asked.sizes:
        frame = names(size)
        proposals = candidates(frame, asked.count)
        start = time.process_time()
        stood: Standing = laid_out(frame, built_up=built_up())
        built_s = time.process_time() - start

        def ours(proposal: Proposal, stood: Standing = stood) -> object:
            return check_name(proposal, stood, rules, on=DAY)

        def bare(proposal: Proposal, stood: Standing = stood) -> object:
            return check_name(proposal, stood, rules, on=DAY, suggest=False)

        few = proposals[:40]
        ours(proposals[0])
        whole = seconds(ours, proposals)
        rows += [
            f"\n**{size:,} names**: laid out in {built_s:.2f} s\n",
            "| what | p50 ms | p95 ms | median, times ours |",
            "|---|---|---|---|",
            line("all rules, with lawful alternatives", whole, whole),
            line("all rules, without alternatives", seconds(bare, proposals), whole),
            line("pandas scan: substring or equal sound, scope", seconds(scan(frame), few), whole),
            line("rapidfuzz over all texts and sounds", seconds(brute(frame), few), whole),
        ]
    table = "\n".join(rows)
    print(table)
    if asked.write:
        today = date.today().isoformat()  # noqa: DTZ011
        sizes = " ".join(map(str, asked.sizes))
        command = f"PYTHONPATH=. python benchmarks/name_check.py --sizes {sizes} --write"
        head = (
            "# Checking a name\n\n"
            f"`{command}`\n\n{today}, Python {platform.python_version()}, "
            f"two shared cores, processor time, seed {SEED}, {asked.count} candidates: a third "
            "taken, a third homophones, a third fresh; the two scans answer 40, and only on "
            "duplicates and homophones.\n"
        )
        path = Path(__file__).parent / "results" / "name_check.md"
        path.write_text(head + table + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
