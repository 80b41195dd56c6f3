"""Which streets people walk: the classes and the tags of OpenStreetMap that decide it."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from _parts.tables import code, table
from geo.network.classes import street_classes
from geo.text import Language, say

_RULES = {
    "never": ("一律不走", "Never"),
    "foot": ("由 foot 标签决定", "The tag foot decides"),
    "closed": ("除非 foot 另有说明，不走", "Closed unless foot says otherwise"),
}


def street_class_table(_: Language) -> str:
    """Return every class name a street layer may use, those of one meaning together."""
    headings = say(
        "道路等级的写法|归为（OSM）|行人|依据", "Class as written|Taken as (OSM)|Walkers|Basis"
    )
    written: dict[tuple[str, bool], list[str]] = {}
    basis: dict[tuple[str, bool], list[str]] = {}
    for name, street in street_classes().items():
        meaning = (street.street_class, street.walkable)
        written.setdefault(meaning, []).append(code(name))
        basis.setdefault(meaning, []).append(street.basis)
    rows = [
        (
            "、".join(names),
            code(meaning[0]),
            _walkers(walkable=meaning[1]),
            "；".join(dict.fromkeys(basis[meaning])),
        )
        for meaning, names in written.items()
    ]
    return table(headings.split("|"), rows)


def osm_tags(_: Language) -> str:
    """Return the rules on OpenStreetMap tags, in the order in which they are tried."""
    headings = say("规则|标签|取值", "Rule|Tag|Values")
    text = (files("geo.osm") / "walkable.toml").read_text("utf-8")
    rows = [
        (
            say(*_RULES[rule]),
            _tag(rule, key),
            "、".join(code(value) for value in values),
        )
        for rule, tags in tomllib.loads(text).items()
        for key, values in tags.items()
    ]
    return table(headings.split("|"), rows)


def _tag(rule: str, key: str) -> str:
    if rule != "foot":
        return code(key)
    then = _walkers(walkable=key == "yes")
    return code("foot") + say(f"（{then}）", f" ({then})")


def _walkers(*, walkable: bool) -> str:
    return say("可走", "may walk") if walkable else say("不走", "closed")
