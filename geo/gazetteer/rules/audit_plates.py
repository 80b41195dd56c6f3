"""R20: door numbers of a road: none twice, none skipped, odd and even where the city puts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import shapely

from geo.gazetteer.rules.asked import Audited, worded
from geo.gazetteer.rules.model import Finding
from geo.gazetteer.rules.pack import Rule
from geo.gazetteer.rules.spelling import bearing

Plate = Mapping[str, Any]

_ENOUGH: Final = 3
_AXES: Final = {"east": (1.0, 0.0), "west": (-1.0, 0.0), "north": (0.0, 1.0), "south": (0.0, -1.0)}
_SIDES_ZH: Final = {"east": "东", "west": "西", "north": "北", "south": "南"}


def plates(audited: Audited, rule: Rule) -> list[Finding]:
    """R20: the plates of every road."""
    roads: dict[str, list[Plate]] = {}
    for row in audited.book.rows("plate", on=audited.on):
        roads.setdefault(row["road_id"] or "", []).append(row)
    if not roads:
        return [worded(rule, "not_applicable", "没有门牌。", "there are no door plates.")]
    known = {name.place_id: name for name in audited.names.names if name.kind == "standard"}
    found = []
    for road, rows in sorted(roads.items()):
        name = known.get(road)
        text = name.text if name else road
        found += _doubled(rule, road, text, rows)
        found += _skipped(rule, road, text, rows)
        found += _mixed(rule, road, text, rows)
        if name is not None and name.geometry is not None:
            found += _laid(rule, road, text, rows, name.geometry)
    if "east_west_from" not in rule.parameters:
        zh = "未装入本市门牌编排规则，起编方向和单双号侧别未核对。"
        en = "no door-number rules of the city are loaded: direction and sides not checked."
        found.append(worded(rule, "unknown", zh, en, missing=("door_number_rules",)))
    return found or [worded(rule, "pass", "未发现问题。", "nothing against it.")]


def _doubled(rule: Rule, road: str, text: str, rows: Sequence[Plate]) -> list[Finding]:
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = (row["number"], row["sub_number"], row["unit"])
        if row["number"] is not None:
            seen[key] = seen.get(key, 0) + 1
    return [
        worded(
            rule,
            rule.level_of("duplicate_level"),
            f"“{text}”{_worded(key)} 有 {count} 块门牌。",
            f"{text}: {_worded(key)} is there {count} times.",
            about=road,
        )
        for key, count in sorted(seen.items(), key=str)
        if count > 1
    ]


def _worded(key: tuple[Any, ...]) -> str:
    return "-".join(str(part) for part in key if part not in ("", None)) + " 号"


def _skipped(rule: Rule, road: str, text: str, rows: Sequence[Plate]) -> list[Finding]:
    never = [int(one) for one in rule.parameters.get("never_skipped", ())]
    largest = int(rule.parameters["largest_gap"])
    found = []
    numbers = sorted({row["number"] for row in rows if row["number"] is not None})
    for parity in (1, 0):
        side = [number for number in numbers if number % 2 == parity]
        for before, after in pairwise(side):
            if after - before > largest:
                zh = f"“{text}”由 {before} 号跳到 {after} 号，中间没有预留号。"
                en = f"{text}: from {before} to {after} with none in reserve."
                found.append(worded(rule, rule.level, zh, en, about=road))
            missed = [n for n in never if before < n < after and n % 2 == parity]
            if missed and after - before <= largest:
                zh = f"“{text}”跳过了 {'、'.join(map(str, missed))} 号。"
                en = f"{text}: {', '.join(map(str, missed))} is skipped."
                found.append(worded(rule, rule.level, zh, en, about=road))
    return found


def _mixed(rule: Rule, road: str, text: str, rows: Sequence[Plate]) -> list[Finding]:
    sides: dict[str, set[int]] = {}
    for row in rows:
        if row["side"] and row["number"] is not None:
            sides.setdefault(row["side"], set()).add(row["number"] % 2)
    return [
        worded(
            rule,
            rule.level,
            f"“{text}”{side} 侧单双号混编。",
            f"{text}: odd and even numbers on the {side} side.",
            about=road,
        )
        for side, parities in sorted(sides.items())
        if len(parities) > 1
    ]


def _laid(
    rule: Rule, road: str, text: str, rows: Sequence[Plate], line: shapely.Geometry
) -> list[Finding]:
    """Check where numbers begin and on which side the odd ones are."""
    placed = [row for row in rows if row["shape"] is not None and row["number"] is not None]
    if "east_west_from" not in rule.parameters or len(placed) < _ENOUGH:
        return []
    if shapely.get_dimensions(line) != 1:
        return []
    west, south, east, north = shapely.bounds(line)
    across = bearing(shapely.Point(west, south), shapely.Point(east, north))
    way = "east_west" if 45 < across < 135 else "north_south"  # noqa: PLR2004 - degrees
    numbers = np.array([row["number"] for row in placed], dtype=np.float64)
    at = shapely.get_coordinates(shapely.centroid([row["shape"] for row in placed]))
    found = []
    begins = str(rule.parameters[f"{way}_from"])
    along = at @ np.array(_AXES[begins])
    if np.ptp(numbers) > 0 and float(np.cov(numbers, along)[0, 1]) > 0:
        zh = f"“{text}”门牌应由{_SIDES_ZH[begins]}端起编。"
        en = f"{text}: numbers begin at the {begins} end."
        found.append(worded(rule, rule.level, zh, en, about=road))
    odd_side = str(rule.parameters[f"{way}_odd_side"])
    middles = [shapely.Point(x, y) for x, y in at]
    to_line = shapely.shortest_line(line, middles)
    off = (at - shapely.get_coordinates(to_line)[::2]) @ np.array(_AXES[odd_side])
    wrong = sorted(
        int(n) for n, side in zip(numbers, off, strict=True) if (side > 0) != (n % 2 == 1)
    )
    if wrong and np.any(off != 0):
        zh = f"“{text}”单号应在{_SIDES_ZH[odd_side]}侧；不符：{'、'.join(map(str, wrong[:5]))}。"
        en = f"{text}: odd numbers belong on the {odd_side} side; not so: {wrong[:5]}."
        found.append(worded(rule, rule.level, zh, en, about=road))
    return found
