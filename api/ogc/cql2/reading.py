"""Read a filter into its tree, after making sure that reading it cannot exhaust the program."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

import cql2

from geo.errors import DataError
from geo.text import say

LONGEST: Final = 60_000
DEEPEST: Final = 64
_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_PREFIXES: Final = re.compile(r"(?:(?:\bnot\b|[-+])\s*){5,}", re.IGNORECASE)

Node = Any
"""A part of a filter as JSON has it."""


def parsed(text: str, language: Literal["cql2-text", "cql2-json"]) -> Node:
    """Return the tree of a filter.

    Raises
    ------
    DataError
        It cannot be read, or is too long or too deep.
    """
    if len(text) > LONGEST:
        raise DataError(
            say(f"过滤条件超过 {LONGEST:,} 字。", f"the filter is longer than {LONGEST:,} signs.")
        )
    if _depth(_QUOTED.sub("''", text)) > DEEPEST or _PREFIXES.search(_QUOTED.sub("''", text)):
        raise DataError(say("过滤条件嵌套太深。", "the filter is nested too deeply."))
    try:
        read = cql2.parse_json if language == "cql2-json" else cql2.parse_text
        return read(text).to_json()
    except Exception as error:  # the parser raises its own classes and plain ones
        raise DataError(
            say(
                f"过滤条件不能读懂：{_place(error)}", f"the filter cannot be read: {_place(error)}"
            ),
            hint=say(
                "例如：elders > 100 AND name LIKE '和平%'；文字用单引号。",
                "such as: elders > 100 AND name LIKE 'North%'; texts stand in single quotes.",
            ),
        ) from error


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


def _place(error: Exception) -> str:
    """Return what the parser says, in one line."""
    return " ".join(str(error).split())[:200]
