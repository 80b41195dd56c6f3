"""Read Linked Places Format, and refuse what does not follow it, place by place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from geo.errors import DataError, NotFoundError
from geo.gazetteer.exchange.faulty import FaultyCell, FaultyFileError
from geo.text import say

Found = Iterator[tuple[str, object, str]]
"""Where in a feature, what was found, and what is wanted."""

_GEOMETRIES: Final = (
    "GeometryCollection", "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon",
    "MultiPolygon",
)  # fmt: skip
_LINKS: Final = ("closeMatch", "exactMatch", "primaryTopicOf", "subjectOf", "seeAlso")
_COUNTRY: Final = re.compile(r"[a-zA-Z]{2}")
_LONGEST: Final = 60


def read_linked(path: Path) -> list[dict[str, Any]]:
    """Return the features of a FeatureCollection, or of a file with a feature a line.

    Raises
    ------
    FaultyFileError
        Some features break Linked Places Format 1.2.2; every fault is named.
    DataError, NotFoundError
        The file is no JSON, or is not there.
    """
    if not path.is_file():
        raise NotFoundError(say(f"没有文件“{path}”。", f"there is no file {path}."))
    features = _features(path)
    faults = [
        FaultyCell(
            path.name,
            number,
            where,
            json.dumps(found, ensure_ascii=False)[:_LONGEST],
            wanted,
            say("请按 LPF 1.2.2 改写", "write it as LPF 1.2.2 asks"),
        )
        for number, one in enumerate(features, start=1)
        for where, found, wanted in faults_of(one)
    ]
    if faults:
        raise FaultyFileError(path.name, faults)
    return features


def _features(path: Path) -> list[Any]:
    try:
        text = path.read_text("utf-8-sig")
        try:
            whole = json.loads(text)
        except json.JSONDecodeError:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(
            say(f"“{path.name}”不是 JSON：{error}。", f"{path.name} is no JSON: {error}."),
            hint=say("请导出为 UTF-8 的 LPF 文件。", "Export it as LPF in UTF-8."),
        ) from None
    if isinstance(whole, dict) and whole.get("type") == "FeatureCollection":
        listed = whole.get("features")
        return listed if isinstance(listed, list) else [whole]
    return [whole]


def faults_of(one: object) -> Found:
    """Yield what in a feature breaks Linked Places Format."""
    if not isinstance(one, dict):
        yield "", one, _an("object")
        return
    for key in ("@id", "type", "properties", "names"):
        if key not in one:
            yield key, None, say("必填", "required")
    for key in sorted(set(one) - set(_PARTS)):
        yield key, one[key], say("没有这一项", "no such member")
    for key, check in _PARTS.items():
        if key in one:
            yield from ((f"{key}{at}", found, wanted) for at, found, wanted in check(one[key]))


def _an(kind: str) -> str:
    zh = {"object": "对象", "array": "数组", "string": "文字"}[kind]
    return say(zh, f"an {kind}" if kind in ("object", "array") else f"a {kind}")


def _string(value: object) -> Found:
    if not isinstance(value, str):
        yield "", value, _an("string")


def _one_of(value: object, allowed: tuple[str, ...]) -> Found:
    if value not in allowed:
        yield "", value, say("、", ", ").join(allowed)


def _each(value: object, check: Callable[[dict[str, Any]], Found]) -> Found:
    """Check an array of objects."""
    if not isinstance(value, list):
        yield "", value, _an("array")
        return
    for number, one in enumerate(value):
        if not isinstance(one, dict):
            yield f"/{number}", one, _an("object")
            continue
        yield from ((f"/{number}{at}", found, wanted) for at, found, wanted in check(one))


def _members(one: dict[str, Any], required: tuple[str, ...], optional: tuple[str, ...]) -> Found:
    """Check members that are texts."""
    for key in required:
        if key not in one:
            yield f"/{key}", None, say("必填", "required")
    for key in (*required, *optional):
        if key in one and not isinstance(one[key], str):
            yield f"/{key}", one[key], _an("string")


def _when(one: dict[str, Any]) -> Found:
    if "when" not in one:
        return
    yield from ((f"/when{at}", found, wanted) for at, found, wanted in _time(one["when"]))


def _time(when: object) -> Found:
    if not isinstance(when, dict):
        yield "", when, _an("object")
        return
    if "timespans" in when:
        spans = _each(when["timespans"], _timespan)
        yield from ((f"/timespans{at}", found, wanted) for at, found, wanted in spans)
    yield from _members(when, (), ("label", "duration"))


def _timespan(one: dict[str, Any]) -> Found:
    if "start" not in one:
        yield "/start", None, say("必填", "required")
    for key in ("start", "end"):
        if key in one and not isinstance(one[key], dict):
            yield (
                f"/{key}",
                one[key],
                say(
                    '含 "in"、"earliest" 或 "latest" 的对象',
                    'an object with "in", "earliest", "latest"',
                ),
            )
        elif key in one:
            for part, value in one[key].items():
                empty = part == "in" and key == "end" and value is None
                if part in ("in", "earliest", "latest") and not (isinstance(value, str) or empty):
                    yield f"/{key}/{part}", value, _an("string")


def _properties(value: object) -> Found:
    if not isinstance(value, dict):
        yield "", value, _an("object")
        return
    yield from _members(value, ("title",), ())
    codes = value.get("ccodes", [])
    if not isinstance(codes, list):
        yield "/ccodes", codes, _an("array")
        return
    for number, code in enumerate(codes):
        if not (isinstance(code, str) and _COUNTRY.fullmatch(code)):
            yield f"/ccodes/{number}", code, say("两个字母的国家代码", "two letters of a country")


def _name(one: dict[str, Any]) -> Found:
    if ("toponym" in one) == ("ethnonym" in one):
        yield "/toponym", None, say("toponym 与 ethnonym 之一", "one of toponym and ethnonym")
    yield from _members(one, (), ("toponym", "ethnonym"))
    if not isinstance(one.get("lang"), str | None):
        yield "/lang", one["lang"], _an("string")
    yield from _when(one)


def _type(one: dict[str, Any]) -> Found:
    yield from _members(one, (), ("label", "identifier", "sourceLabel"))
    yield from _when(one)


def _geometry(value: object) -> Found:
    if not isinstance(value, dict):
        yield "", value, _an("object")
        return
    kind = value.get("type")
    yield from (("/type", found, wanted) for _, found, wanted in _one_of(kind, _GEOMETRIES))
    if "geometries" in value:
        for at, found, wanted in _each(value["geometries"], _part):
            yield f"/geometries{at}", found, wanted


def _part(one: dict[str, Any]) -> Found:
    if "type" in one:
        for _, found, wanted in _one_of(one["type"], _GEOMETRIES[1:]):
            yield "/type", found, wanted
    yield from _members(one, (), ("geowkt", "source"))
    yield from _when(one)


def _relation(one: dict[str, Any]) -> Found:
    yield from _members(one, ("relationType", "relationTo", "label"), ())
    yield from _when(one)


def _link(one: dict[str, Any]) -> Found:
    if "type" in one:
        for _, found, wanted in _one_of(one["type"], _LINKS):
            yield "/type", found, wanted
    yield from _members(one, (), ("identifier",))


def _description(one: dict[str, Any]) -> Found:
    yield from _members(one, ("value",), ("@id",))


def _depiction(one: dict[str, Any]) -> Found:
    yield from _members(one, ("@id", "title", "license"), ())


_PARTS: Final[dict[str, Callable[[Any], Found]]] = {
    "@id": _string,
    "type": lambda value: _one_of(value, ("Feature",)),
    "properties": _properties,
    "names": lambda value: _each(value, _name),
    "types": lambda value: _each(value, _type),
    "geometry": _geometry,
    "relations": lambda value: _each(value, _relation),
    "links": lambda value: _each(value, _link),
    "when": _time,
    "descriptions": lambda value: _each(value, _description),
    "depictions": lambda value: _each(value, _depiction),
}
