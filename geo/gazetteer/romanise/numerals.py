"""Which number is written in Chinese characters, and which only looks like one (三八, 五四)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

_DIGITS: Final = {one: value for value, one in enumerate("〇一二三四五六七八九")} | {"零": 0}
_UNITS: Final = {"十": 10, "百": 100}
_EVERY: Final = frozenset(_DIGITS) | frozenset(_UNITS)


def number(text: str) -> int | None:
    """Return the number that well-formed numerals write; dates such as 三八 write none.

    Examples
    --------
    >>> number("四十二"), number("十"), number("一百零八"), number("三八"), number("一〇一")
    (42, 10, 108, None, 101)
    """
    if not text or not set(text) <= _EVERY:
        return None
    if "十" not in text and "百" not in text:
        if len(text) == 1:
            return _DIGITS[text] or None
        has_zero = "〇" in text or "零" in text
        return (
            int("".join(str(_DIGITS[one]) for one in text))
            if has_zero and _DIGITS[text[0]]
            else None
        )
    total = 0
    rest = text
    for unit, value in (("百", 100), ("十", 10)):
        if unit not in rest:
            continue
        before, _, rest = rest.partition(unit)
        before = before.lstrip("零〇") if total else before
        if len(before) > 1 or (before and not _DIGITS.get(before)) or (not before and unit == "百"):
            return None
        total += value * (_DIGITS[before] if before else 1)
    rest = rest.lstrip("零〇")
    if len(rest) > 1 or rest in _UNITS:
        return None
    return total + (_DIGITS[rest] if rest else 0)


def trailing(text: str, wholes: Collection[str] = ()) -> str:
    """Return the longest well-formed number that ends a text, without breaking a whole word.

    Numerals that form no number together, such as 三八, are no ordinal: nothing is returned.

    Examples
    --------
    >>> trailing("大川淀一"), trailing("东四十二", ["东四"]), trailing("三八"), trailing("经五")
    ('一', '十二', '', '五')
    """
    start = len(text)
    while start and text[start - 1] in _EVERY:
        start -= 1
    for whole in wholes:
        if whole in text and text.startswith(whole):
            start = max(start, len(whole))
    run = text[start:]
    return run if number(run) is not None else ""
