"""Why a place is no candidate: every rule it breaks, with the figure found and the one asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.schema import layer
from geo.text import say
from optimization.candidates.criteria import Asked, Asking, Criteria

RULES: Final = (
    "unavailable",
    "outside_county",
    "off_streets",
    "zone",
    "small",
    "small_shared",
    "upper_floor",
    "below_ground",
    "steep",
    "near_existing",
    "nobody_in_reach",
)
"""In the order in which the first one is named as the reason."""

_MILLIMETRE_M: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found out about every place on offer; arrays are (n,)."""

    inside: NDArray[np.bool_]
    """In the county, or without a boundary to tell."""
    on_streets: NDArray[np.bool_]
    """Hangs on the main streets."""
    slope_percent: NDArray[np.float64]
    """Of the ground; NaN = unknown."""
    nearest_min: NDArray[np.float64]
    """Walk to the nearest open facility of the type; NaN = none within the horizon."""
    anybody: NDArray[np.bool_]
    """Whether somebody it would serve, or a place of whom nobody knows, is within the limit."""
    zones: gpd.GeoDataFrame | None
    """The layer ``zone``; None when the workspace has none."""
    outside_communities: NDArray[np.bool_]
    """Outside every community, where no boundary of the county can tell."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What each rule says of each place."""

    broken: dict[str, NDArray[np.bool_]]
    """By rule, (n,) whether the place breaks it."""
    reasons: dict[str, NDArray[np.object_]]
    """By rule, (n,) the sentence; "" where it is not broken."""
    unchecked: NDArray[np.object_]
    """(n,) what could not be checked for want of data, in words; "" when all was."""


def judge(offered: gpd.GeoDataFrame, facts: Facts, asking: Asking, criteria: Criteria) -> Judged:
    """Hold every place on offer to every rule; what is unknown breaks none and is told."""
    n = len(offered)
    book = _Book(n)
    available = offered["available"].fillna(value=True).to_numpy(bool)
    book.add("unavailable", ~available, say("登记为不可用", "registered as not available"))
    book.add("outside_county", ~facts.inside, say("不在本区县内", "outside the county"))
    book.unknown(facts.outside_communities, say("是否在本区县内", "whether in the county"))
    book.add(
        "off_streets",
        ~facts.on_streets,
        say("接不到主路网，走不到", "off the main streets: nobody can walk there"),
    )
    _zones(book, offered, facts, asking)
    _areas(book, offered, asking)
    _floors(book, offered, asking)
    if criteria.max_slope_percent is not None:
        slope = facts.slope_percent
        most = criteria.max_slope_percent
        book.add(
            "steep",
            slope > most,
            [
                say(f"坡度 {s:.1f}%，超过 {most:g}%", f"slope {s:.1f} %, over {most:g} %")
                for s in slope
            ],
        )
        book.unknown(np.isnan(slope), say("坡度", "slope"))
    if criteria.apart_min > 0:
        near = facts.nearest_min
        book.add(
            "near_existing",
            near < criteria.apart_min,
            [
                say(
                    f"步行 {m:.1f} 分钟就有现有设施，要求至少 {criteria.apart_min:g} 分钟",
                    f"{m:.1f} min from an open facility, at least {criteria.apart_min:g} asked",
                )
                for m in near
            ],
        )
    book.add(
        "nobody_in_reach",
        facts.on_streets & ~facts.anybody,
        say("时限内没有服务对象走得到", "nobody it would serve is within the limit"),
    )
    return book.judged()


class _Book:
    """Collects what rules find."""

    def __init__(self, n: int) -> None:
        self._broken = {rule: np.zeros(n, bool) for rule in RULES}
        self._reasons = {rule: np.full(n, "", dtype=object) for rule in RULES}
        self._unchecked = np.full(n, "", dtype=object)

    def add(self, rule: str, broken: NDArray[np.bool_], reason: str | list[str]) -> None:
        at = np.flatnonzero(broken)
        self._broken[rule][at] = True
        for i in at:
            sentence = reason if isinstance(reason, str) else reason[i]
            before = self._reasons[rule][i]
            self._reasons[rule][i] = before + say("；", "; ") + sentence if before else sentence

    def unknown(self, which: NDArray[np.bool_], what: str) -> None:
        for i in np.flatnonzero(which):
            before = self._unchecked[i]
            self._unchecked[i] = before + say("、", ", ") + what if before else what

    def judged(self) -> Judged:
        return Judged(self._broken, self._reasons, self._unchecked)


def _zones(book: _Book, offered: gpd.GeoDataFrame, facts: Facts, asking: Asking) -> None:
    if not asking.zones:
        return
    if facts.zones is None:
        book.unknown(np.ones(len(offered), bool), say("管控区域", "zones"))
        return
    kinds = {c.value: say(c.labels[0], c.value) for c in layer("zone")["kind"].choices}
    shapes = offered.geometry.to_numpy()
    source = offered["source"].to_numpy(str)
    for asked in asking.zones:
        rows = facts.zones[(facts.zones["kind"] == asked.kind).fillna(value=False).to_numpy(bool)]
        concerned = np.isin(source, asked.sources)
        if not len(rows) or not concerned.any():
            continue
        away_m, which = _nearest(shapes, rows.geometry.to_numpy())
        most_m = 0.0 if asked.distance_m is None else asked.distance_m
        names = rows["name"].astype("string").fillna(rows["id"]).to_numpy(str)
        word = kinds[asked.kind]
        book.add(
            "zone",
            concerned & (away_m <= most_m + _MILLIMETRE_M),
            [
                say(f"位于{word}“{names[w]}”内", f"inside {word} {names[w]!r}")
                + _by(asked.by, asked.source)
                if m <= _MILLIMETRE_M
                else say(
                    f"距{word}“{names[w]}”{m:,.0f} 米，要求大于 {most_m:g} 米",
                    f"{m:,.0f} m from {word} {names[w]!r}, more than {most_m:g} m asked",
                )
                + _by(asked.by, asked.source)
                for m, w in zip(away_m, which, strict=True)
            ],
        )
        if asked.distance_m is None:
            book.unknown(concerned & (away_m > 0), say(f"距{word}的距离", f"distance from {word}"))


def _nearest(
    shapes: NDArray[np.object_], zones: NDArray[np.object_]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the distance from each place to the nearest zone, and which it is."""
    pairs, away_m = shapely.STRtree(zones).query_nearest(
        shapes, all_matches=False, return_distance=True
    )
    distance, which = np.full(len(shapes), np.inf), np.zeros(len(shapes), np.int64)
    distance[pairs[0]], which[pairs[0]] = away_m, pairs[1]
    return distance, which


def _areas(book: _Book, offered: gpd.GeoDataFrame, asking: Asking) -> None:
    """Hold premises to the least area; a street point has none until premises are found there."""
    placed = (offered["source"] != "street").to_numpy(bool)
    gross, usable = _figures(offered["floor_area_m2"]), _figures(offered["usable_area_m2"])
    shared = offered["shared"].fillna(value=False).to_numpy(bool)
    relieved = shared & (asking.shared is not None)
    if asking.area is not None:
        held = placed & ~relieved
        word = say("建筑面积", "floor area")
        book.add("small", held & (gross < asking.area.figure), _too_small(gross, asking.area, word))
        book.unknown(held & np.isnan(gross), say("建筑面积", "floor area"))
    if asking.shared is not None:
        held = placed & relieved
        # The usable area is never more than the gross one: too little of that is enough to know.
        most = np.where(np.isnan(usable), gross, usable)
        word = say("共用场所的使用面积", "usable area of shared premises")
        small = held & (most < asking.shared.figure)
        book.add("small_shared", small, _too_small(most, asking.shared, word))
        doubtful = np.isnan(usable) & ~(gross < asking.shared.figure)
        book.unknown(held & doubtful, say("使用面积", "usable area"))


def _too_small(area_m2: NDArray[np.float64], asked: Asked, word: str) -> list[str]:
    by = _by(asked.by, asked.source)
    return [
        say(
            f"{word} {m:,.0f} 平方米，不足 {asked.figure:,.0f} 平方米",
            f"{word} {m:,.0f} m², below {asked.figure:,.0f} m²",
        )
        + by
        for m in area_m2
    ]


def _floors(book: _Book, offered: gpd.GeoDataFrame, asking: Asking) -> None:
    floor = _figures(offered["floor"])
    built = offered["source"].isin(["premises", "room", "venue"]).to_numpy(bool)
    lift = offered["lift"].astype("boolean")
    if asking.lift_from is not None:
        upper = built & (floor >= asking.lift_from.figure)
        none = (~lift).fillna(value=False).to_numpy(bool)
        by = _by(asking.lift_from.by, asking.lift_from.source)
        book.add(
            "upper_floor",
            upper & none,
            [
                say(f"在 {f:.0f} 层，没有电梯", f"on floor {f:.0f} without a lift") + by
                for f in floor
            ],
        )
        book.unknown(upper & lift.isna().to_numpy(bool), say("电梯", "lift"))
    if asking.lowest_floor is not None:
        low = asking.lowest_floor
        by = _by(low.by, low.source)
        book.add(
            "below_ground",
            built & (floor < low.figure),
            [
                say(f"在 {f:.0f} 层，低于地面", f"on floor {f:.0f}, below ground") + by
                for f in floor
            ],
        )
    if asking.lift_from is not None or asking.lowest_floor is not None:
        book.unknown(built & np.isnan(floor), say("楼层", "floor"))


def _by(norm: str, source: str) -> str:
    """Return who asks, for the end of a sentence."""
    who = f"{norm}，{source}" if norm else source
    return say(f"（{who}）", f" ({who})")


def _figures(values: pd.Series) -> NDArray[np.float64]:
    return np.asarray(
        values.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan), np.float64
    )
