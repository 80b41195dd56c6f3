"""Read a filter into its tree, after making sure that reading it cannot exhaust the program."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from typing import Any, Final, Literal

import cql2

from api.ogc.cql2.refusing import json_told, text_told
from api.ogc.cql2.written import plain
from geo.errors import DataError
from geo.text import say

LONGEST: Final = 60_000
DEEPEST: Final = 64
WIDEST: Final = 500
"""Conditions joined by one operator: beyond some 900 SQLite takes them for too deep."""
_NUMBER: Final = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_LAST_DIGITS: Final = 4
_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_PREFIXES: Final = re.compile(r"(?:(?:\bnot\b|[-+])\s*){5,}", re.IGNORECASE)

Node = Any
"""A part of a filter as JSON has it."""


def parsed(text: str, language: Literal["cql2-text", "cql2-json"], *, example: str) -> Node:
    """Return the tree of a filter.

    Parameters
    ----------
    text
        The filter.
    language
        How it is written.
    example
        A filter in text that could be meant, for who is refused.

    Raises
    ------
    DataError
        It cannot be read, or is too long or too deep.
    """
    if len(text) > LONGEST:
        raise DataError(
            say(f"过滤条件超过 {LONGEST:,} 字。", f"the filter is longer than {LONGEST:,} signs.")
        )
    if language == "cql2-text":
        text = plain(text)
    if _depth(_QUOTED.sub("''", text)) > DEEPEST or _PREFIXES.search(_QUOTED.sub("''", text)):
        raise DataError(say("过滤条件嵌套太深。", "the filter is nested too deeply."))
    try:
        read = cql2.parse_json if language == "cql2-json" else cql2.parse_text
        tree = read(text).to_json()
    except Exception as error:  # the parser raises its own classes and plain ones
        told = json_told(text) if language == "cql2-json" else text_told(text, str(error), example)
        raise told from error
    if _joined(tree) > WIDEST:
        raise DataError(
            say(f"过滤条件超过 {WIDEST} 项。", f"the filter joins more than {WIDEST} conditions."),
            hint=say(
                "同一属性的多个值请写成 IN (…)，或分几次查询。",
                "Write several values of one property as IN (…), or ask in parts.",
            ),
        )
    return _exact(tree, _numbers(text))


def _joined(node: Node) -> int:
    """Return how many operators a tree has; lists of values count as one."""
    if isinstance(node, list):
        return sum(_joined(part) for part in node)
    if not isinstance(node, dict):
        return 0
    return ("op" in node) + sum(_joined(part) for part in node.values())


def _numbers(text: str) -> list[float]:
    """Return the numbers that stand in a filter, each with both signs, in order."""
    found = {float(number) for number in _NUMBER.findall(text)}
    return sorted(found | {-number for number in found})


def _exact(node: Node, numbers: list[float]) -> Node:
    """Return a tree with its numbers as they were written.

    The parser reads coordinates, and all numbers of JSON, wrong by one in the last digit at times;
    a corner of a shape that touches another then no longer does.
    """
    if isinstance(node, dict):
        return {name: _exact(part, numbers) for name, part in node.items()}
    if isinstance(node, list):
        return [_exact(part, numbers) for part in node]
    if not isinstance(node, float):
        return node
    at = bisect_left(numbers, node)
    near = min(
        numbers[max(at - 1, 0) : at + 2], key=lambda number: abs(number - node), default=node
    )
    return near if abs(near - node) <= _LAST_DIGITS * math.ulp(node) else node


def _depth(text: str) -> int:
    """Return how deep brackets are nested."""
    deepest = now = 0
    for sign in text:
        if sign in "([{":
            now += 1
            deepest = max(deepest, now)
        elif sign in ")]}":
            now -= 1
    return deepest
