"""How people write a filter by hand: with the marks of a Chinese keyboard, too."""

from __future__ import annotations

import re
from typing import Final

LARGEST: Final = 1e300
"""Numbers beyond it are refused: sums of them overflow."""
_NUMBER: Final = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_SHOWN: Final = 20

_FULL_WIDTH: Final = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_MARKS: Final = _FULL_WIDTH | {
    "\u3000": " ", "、": ",", "≥": ">=", "≤": "<=", "≠": "<>", "×": "*", "÷": "/", "−": "-",
}  # fmt: skip
_CLOSERS: Final = {
    **dict.fromkeys("‘’", "‘’"),
    **dict.fromkeys("“”", "“”"),
    "\uff07": "\uff07",  # the full-width apostrophe
    "\uff02": "\uff02",  # the full-width quotation mark
    "「": "」",
}
"""Quotes that begin a text, with those that end it."""


def plain(text: str) -> str:
    """Return a filter with the marks of CQL2 in place of full-width ones; texts stay as they are.

    >>> plain("类别=“小区” AND（户数≥100）")
    "类别='小区' AND(户数>=100)"
    >>> plain("name = '（一）'")
    "name = '（一）'"
    """
    pieces: list[str] = []
    at = 0
    while at < len(text):
        sign = text[at]
        if sign in "'\"":
            end = _end(text, at, sign)
            pieces.append(text[at:end])
        elif sign in _CLOSERS:
            end = _end(text, at, _CLOSERS[sign])
            inner = text[at + 1 : end - 1].replace("'", "''")
            closed = end <= len(text) and text[end - 1] in _CLOSERS[sign] and end - 1 > at
            pieces.append(f"'{inner}'" if closed else text[at:end])
        elif text.startswith("==", at):
            pieces.append("=")
            end = at + 2
        else:
            pieces.append(_MARKS.get(sign, sign))
            end = at + 1
        at = end
    return "".join(pieces)


def too_large(text: str) -> str:
    """Return the first number of a filter that is too large, as written; nothing without one.

    >>> too_large("elders > 1e999 AND name = '1e9999'"), too_large("elders > 100")
    ('1e999', '')
    """
    numbers = _NUMBER.findall(_QUOTED.sub("''", text))
    found = next((number for number in numbers if float(number) > LARGEST), "")
    return f"{found[:_SHOWN]}…" if len(found) > _SHOWN else found


def _end(text: str, begin: int, closers: str) -> int:
    """Return where a quoted text ends; the end of the filter when it is never closed.

    A doubled quote stands for itself and is met as the begin of another text, which leaves all as
    it is.
    """
    for at in range(begin + 1, len(text)):
        if text[at] in closers:
            return at + 1
    return len(text)
