"""Whether people may walk an OpenStreetMap way, and what its tags say about walking it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import isfinite, nan, radians, tan
from types import MappingProxyType

from geo.network.classes import street_classes

_INCLINE = re.compile(r"^\s*([+-]?\d+(?:\.\d+)?)\s*(%|°)")
_STEEPEST_SHARE = 1.0
"""Inclines beyond this are slips of the pen."""


def walkable(tags: Mapping[str, str]) -> bool:
    """Return whether people may walk a way with these tags; a class not in the table is closed.

    Examples
    --------
    >>> walkable({"highway": "cycleway"}), walkable({"highway": "cycleway", "foot": "yes"})
    (False, True)
    """
    rules = _rules()
    if _any(rules["never"], tags):
        return False
    foot = tags.get("foot")
    if foot in rules["foot"]["yes"]:
        return True
    if foot in rules["foot"]["no"] or _any(rules["closed"], tags):
        return False
    street_class = street_classes().get(tags.get("highway", ""))
    return street_class is not None and street_class.walkable


def incline_share(text: str | None) -> float:
    """Return an ``incline`` tag as rise over run; NaN for words such as ``up``.

    Examples
    --------
    >>> incline_share("-5%"), incline_share("45°"), incline_share("up")
    (-0.05, 1.0, nan)
    """
    found = _INCLINE.match(text or "")
    if not found:
        return nan
    value = float(found[1])
    share = value / 100 if found[2] == "%" else tan(radians(value))
    return round(share, 6) if isfinite(share) and abs(share) <= _STEEPEST_SHARE else nan


def level(text: str | None) -> int:
    """Return a ``layer`` tag as a level between -10 and 10; 0 where it is no number."""
    try:
        return max(-10, min(10, int(text or 0)))
    except ValueError:
        return 0


def flag(text: str | None) -> bool:
    """Return whether a tag such as ``bridge`` is set to anything but ``no``."""
    return text is not None and text != "no"


@cache
def _rules() -> Mapping[str, Mapping[str, frozenset[str]]]:
    text = (files("geo.osm") / "walkable.toml").read_text("utf-8")
    return MappingProxyType(
        {
            rule: {key: frozenset(values) for key, values in entries.items()}
            for rule, entries in tomllib.loads(text).items()
        }
    )


def _any(rule: Mapping[str, frozenset[str]], tags: Mapping[str, str]) -> bool:
    return any(tags.get(key) in values for key, values in rule.items())
