"""What is wrong with a filter that the parser cannot read, in the reader's own language."""

from __future__ import annotations

import re
from typing import Final

import orjson

from api.ogc.cql2.scope import unfit
from api.ogc.cql2.written import too_large
from geo.errors import DataError
from geo.text import say

_PLACE: Final = re.compile(r"-->\s*(\d+):(\d+)")
_SHOWN: Final = 20
"""Signs of the filter that are repeated to who wrote it."""
_TEXTS: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_WORDS: Final = re.compile(
    "并且|而且|以及|或者|不是|不等于|等于|大于|小于|包含|不含|且|或|&&|\\|\\||(?<![A-Za-z])为(?!空)"
)
"""What people write for the words that join and compare."""


def text_told(text: str, said: str, example: str) -> DataError:
    """Return the refusal of a filter in text.

    Parameters
    ----------
    text
        The filter.
    said
        What the parser says of it.
    example
        A filter that could be meant.
    """
    at = _offset(text, said)
    rest = text[at:].strip()
    if rest:
        short = f"{rest[:_SHOWN]}…" if len(rest) > _SHOWN else rest
        message = say(
            f"过滤条件从第 {at + 1} 个字“{short}”起读不懂。",
            f"the filter cannot be read from sign {at + 1} on: {short}",
        )
    else:
        before = text.strip()
        short = f"…{before[-_SHOWN:]}" if len(before) > _SHOWN else before
        message = say(
            f"过滤条件没有写完，“{short}”后面还缺内容。",
            f"the filter is not complete; something is missing after: {short}",
        )
    return DataError(message, hint=_hint(text, example))


def json_told(text: str) -> DataError:
    """Return the refusal of a filter in JSON."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        number = too_large(text)
        if number:
            return unfit(number, "这个数太大。", "the number is too large.")
        return DataError(
            say(
                f"过滤条件不是完整的 JSON：第 {error.lineno} 行第 {error.colno} 个字起读不懂。",
                f"the filter is no JSON: line {error.lineno}, sign {error.colno}.",
            ),
            hint=_JSON_HINT,
        )
    return DataError(
        say("过滤条件是 JSON，但不是 CQL2 的写法。", "the filter is JSON, but not CQL2."),
        hint=_JSON_HINT,
    )


_JSON_HINT: Final = '{"op": ">", "args": [{"property": "elders"}, 100]}'


def _offset(text: str, said: str) -> int:
    """Return at which sign of a filter the parser stopped; its end where it does not say."""
    found = _PLACE.search(said)
    if found is None:
        return len(text)
    lines = text.split("\n")[: int(found[1]) - 1]
    return sum(len(line) + 1 for line in lines) + int(found[2]) - 1


def _hint(text: str, example: str) -> str:
    """Return what may help: what is wrong as far as it can be seen, and an example."""
    bare = _TEXTS.sub("''", text)
    such = say(f"例如：{example}", f"such as: {example}")
    if bare.count("'") % 2 or bare.count('"') % 2:
        return say(f"引号不成对。{such}", f"a quote is not closed; {such}")
    if bare.count("(") != bare.count(")"):
        return say(f"括号不成对。{such}", f"a bracket is not closed; {such}")
    if _WORDS.search(bare):
        return say(
            f"连接和比较用 AND、OR、NOT、=、<>、>、<、LIKE、IN、IS NULL。{such}",
            f"join and compare by AND, OR, NOT, =, <>, >, <, LIKE, IN, IS NULL; {such}",
        )
    return say(f"文字写在单引号里。{such}", f"texts stand in single quotes; {such}")
