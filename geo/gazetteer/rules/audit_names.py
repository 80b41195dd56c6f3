"""R16, R17, R18, R23: one place one name, roads that keep theirs, places within their parents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import shapely

from geo.gazetteer.entries import entries, parents
from geo.gazetteer.rules.asked import Audited, worded
from geo.gazetteer.rules.model import Conflict, Finding
from geo.gazetteer.rules.pack import Rule
from geo.gazetteer.rules.spelling import bearing, misplaced, series_of, turn
from geo.gazetteer.rules.standing import Name, conflict, metres

_DEGREE_M: Final = 111_320.0
_TOUCHES_SHARE: Final = 0.02
"""A road that has less than this share of its length in a division only touches it."""


def one_name(audited: Audited, rule: Rule) -> list[Finding]:
    """R16: no place has two standard names, no name two spellings in one county."""
    frame = entries(audited.book, on=audited.on, kinds=["standard"], shapes=False)
    if audited.veil is not None:
        frame = frame[~frame["place_id"].isin(audited.veil.places)]
    if frame.empty:
        return [worded(rule, "not_applicable", "没有标准地名。", "there are no standard names.")]
    found = []
    for place, rows in frame.groupby("place_id", sort=True):
        texts = sorted(set(rows["text"]))
        if len(texts) > 1:
            listed = "、".join(texts)
            found.append(
                worded(
                    rule,
                    rule.level,
                    f"同一地理实体有 {len(texts)} 个标准名称：{listed}。",
                    f"one place has {len(texts)} standard names: {listed}.",
                    about=str(place),
                    conflicts=tuple(Conflict(text, place_id=str(place)) for text in texts),
                )
            )
    spelled = frame[frame["roman_toned"].fillna("") != ""]
    county = spelled["division_code"].fillna("").str[:6]
    for (text, _), rows in spelled.groupby([spelled["text"], county], sort=True):
        forms = sorted(set(rows["roman_toned"]))
        if len(forms) > 1:
            listed = "、".join(forms)
            found.append(
                worded(
                    rule,
                    rule.level_of("spelling_level"),
                    f"“{text}”有 {len(forms)} 种拼写：{listed}。",
                    f"{text} is spelled in {len(forms)} ways: {listed}.",
                    about=str(rows["place_id"].iloc[0]),
                    conflicts=tuple(
                        Conflict(str(text), place_id=str(place)) for place in rows["place_id"]
                    ),
                )
            )
    return found or [_right(rule)]


def orientation(audited: Audited, rule: Rule) -> list[Finding]:
    """R17: roads named by direction or order lie as they are named."""
    found, compared = [], False
    for name in audited.names.names:
        series = series_of(name.text) if name.place_kind == "street" else None
        if series is None or name.geometry is None or name.kind != "standard":
            continue
        wrong = misplaced(audited.names, name.geometry, series, rule, but=name.place_id)
        compared = compared or wrong is not None
        if wrong:
            others = "、".join(other.text for other in wrong)
            found.append(
                worded(
                    rule,
                    rule.level,
                    f"“{name.text}”与“{others}”的实地方位或次序不符。",
                    f"direction or order of {name.text} does not fit {others} on the ground.",
                    about=name.place_id,
                    conflicts=tuple(conflict(other, name.geometry) for other in wrong),
                )
            )
    if not compared:
        zh, en = "没有成系列的道路。", "there are no series of roads."
        return [worded(rule, "not_applicable", zh, en)]
    return found or [_right(rule)]


def continued(audited: Audited, rule: Rule) -> list[Finding]:
    """R18: a road that goes straight on across a boundary keeps its name."""
    ends = [end for name in audited.names.names for end in _ends(name)]
    if not ends:
        zh, en = "没有画成线的道路。", "no road is drawn as a line."
        return [worded(rule, "not_applicable", zh, en)]
    gap_m, most = float(rule.parameters["gap_m"]), float(rule.parameters["turn_deg"])
    points = [point for _, point, _ in ends]
    latitude = float(np.radians(np.mean([shapely.get_y(point) for point in points])))
    reach = gap_m / _DEGREE_M / max(0.1, float(np.cos(latitude)))
    pairs = shapely.STRtree(points).query(points, predicate="dwithin", distance=reach)
    found = []
    for a, b in sorted({(int(i), int(j)) for i, j in pairs.T if i < j}):
        (one, here, ahead), (other, there, back) = ends[a], ends[b]
        same = one.place_id == other.place_id or one.folded == other.folded
        if same or one.division_code == other.division_code:
            continue
        if (metres(here, there) or 0.0) > gap_m or turn(ahead, back + 180) > most:
            continue
        found.append(
            worded(
                rule,
                rule.level,
                f"道路跨区不应换名：“{one.text}”与“{other.text}”首尾相接。",
                f"one road with two names across a boundary: {one.text} and {other.text}.",
                about=one.place_id,
                conflicts=(conflict(other, one.geometry),),
            )
        )
    return found or [_right(rule)]


def _ends(name: Name) -> Iterator[tuple[Name, shapely.Geometry, float]]:
    """Yield both ends of a street with the bearing in which it runs out."""
    if name.place_kind != "street" or name.kind != "standard" or name.geometry is None:
        return
    line = name.geometry
    if shapely.get_type_id(line) == shapely.GeometryType.MULTILINESTRING:
        line = shapely.line_merge(line)
    if shapely.get_type_id(line) != shapely.GeometryType.LINESTRING:
        return
    points = [shapely.Point(x, y) for x, y in shapely.get_coordinates(line)]
    yield name, points[0], bearing(points[1], points[0])
    yield name, points[-1], bearing(points[-2], points[-1])


def inside_parent(audited: Audited, rule: Rule) -> list[Finding]:
    """R23: a place lies in the parent stated, and the divisions that it crosses are listed."""
    part_of = parents(audited.book, on=audited.on)
    areas = {
        row["place_id"]: row["shape"]
        for row in audited.book.rows("shape", on=audited.on)
        if row["role"] == "area"
    }
    crosses: dict[str, set[str]] = {}
    for row in audited.book.rows("relation", on=audited.on, kind="crosses"):
        crosses.setdefault(row["place_id"], set()).add(row["other_id"])
    named = {name.place_id: name for name in audited.names.names if name.kind == "standard"}
    found, compared = [], False
    for place in sorted(part_of):
        name, area = named.get(place), areas.get(part_of[place])
        if name is None or name.geometry is None or area is None:
            continue
        compared = True
        if not shapely.intersects(area, name.geometry):
            parent = named.get(part_of[place])
            away_m = metres(area, name.geometry) or 0.0
            text = parent.text if parent else part_of[place]
            found.append(
                worded(
                    rule,
                    rule.level,
                    f"“{name.text}”不在所属政区“{text}”范围内，相距约 {away_m:.0f} 米。",
                    f"{name.text} lies outside its parent {text}, by about {away_m:.0f} m.",
                    about=place,
                    conflicts=(Conflict(text, place_id=part_of[place], geometry=area),),
                )
            )
    found += _crossings(rule, named, part_of, areas, crosses)
    if not compared and not found:
        zh, en = "没有可核对的位置与政区范围。", "no positions and areas to compare."
        return [worded(rule, "unknown", zh, en, missing=("parents", "areas"))]
    return found or [_right(rule)]


def _crossings(
    rule: Rule,
    named: Mapping[str, Name],
    part_of: Mapping[str, str],
    areas: Mapping[str, shapely.Geometry],
    crosses: Mapping[str, set[str]],
) -> list[Finding]:
    towns = [place for place in areas if place in named and named[place].place_kind == "town"]
    lines = [
        name
        for name in named.values()
        if name.geometry is not None and shapely.get_dimensions(name.geometry) == 1
    ]
    if not towns or not lines:
        return []
    tree = shapely.STRtree([areas[place] for place in towns])
    shapes: list[Any] = [name.geometry for name in lines]
    met: dict[int, list[str]] = {}
    for line, town in tree.query(shapes, predicate="intersects").T:
        inside = shapely.length(shapely.intersection(shapes[line], areas[towns[town]]))
        if inside > _TOUCHES_SHARE * shapely.length(shapes[line]):
            met.setdefault(int(line), []).append(towns[town])
    found = []
    for line, places in sorted(met.items()):
        name = lines[line]
        stated = crosses.get(name.place_id, set()) | {part_of.get(name.place_id, "")}
        unstated = sorted(set(places) - stated)
        if len(places) > 1 and unstated:
            texts = "、".join(named[place].text for place in unstated)
            found.append(
                worded(
                    rule,
                    rule.level,
                    f"“{name.text}”跨越{texts}，所跨政区未登记。",
                    f"{name.text} crosses {texts}, which is not recorded.",
                    about=name.place_id,
                    conflicts=tuple(
                        Conflict(named[p].text, place_id=p, geometry=areas[p]) for p in unstated
                    ),
                )
            )
    return found


def _right(rule: Rule) -> Finding:
    return worded(rule, "pass", "未发现问题。", "nothing against it.")
