"""Measure rivals fairly: one process, in turn, processor time, medians."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median


def interleaved(rivals: Mapping[str, Callable[[], object]], repeat: int) -> dict[str, float]:
    """Return the median processor seconds of each rival, run A B C, A B C, … after one warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for turn in range(repeat + 1):
        for name, run in rivals.items():
            begin = time.process_time()
            run()
            if turn > 0:
                seconds[name].append(time.process_time() - begin)
    return {name: median(taken) for name, taken in seconds.items()}


def table(header: list[str], rows: list[list[object]]) -> str:
    """Return a markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
