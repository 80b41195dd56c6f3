"""R14, R17: whether the Roman spelling and the words of direction and order are right."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Final

import shapely

from geo.errors import DataError
from geo.gazetteer.romanise import romanise
from geo.gazetteer.romanise.lexicon import wholes
from geo.gazetteer.rules.asked import Asked
from geo.gazetteer.rules.kinds import split
from geo.gazetteer.rules.model import Finding
from geo.gazetteer.rules.pack import Rule
from geo.gazetteer.rules.standing import Name, Standing, metres

BEARINGS: Final = {"东": 90.0, "西": 270.0, "南": 180.0, "北": 0.0}
_OPPOSITE: Final = {"东": "西", "西": "东", "南": "北", "北": "南"}
_ORDINALS: Final = "一二三四五六七八九十"


def roman(asked: Asked, rule: Rule) -> list[Finding]:
    """R14: the spelling proposed is that of the reading, by the rule of 1984."""
    given = unicodedata.normalize("NFC", asked.proposal.roman.strip()).replace("'", "’")
    if not given:
        zh, en = "未给出罗马字母拼写。", "no Roman spelling is given."
        return [asked.found(rule, "unknown", zh, en, missing=("roman",))]
    words = {word.lower() for word in re.findall(r"[A-Za-z]+", given)}
    foreign = sorted(words & set(rule.parameters["foreign_words"]))
    if foreign:
        some = ", ".join(foreign)
        return [
            asked.found(
                rule,
                rule.level_of("foreign_word_level"),
                f"通名须用汉语拼音，不得译成外文：{some}。",
                f"generic terms are spelled in Pinyin, not translated: {some}.",
            )
        ]
    return [_compared(asked, rule, given)]


def _compared(asked: Asked, rule: Rule, given: str) -> Finding:
    try:
        right = romanise(
            asked.text,
            class_code=asked.proposal.class_code,
            division_code=asked.proposal.division_code,
            confirmed=asked.proposal.reading or None,
        )
    except DataError as error:
        zh, en = f"读音与名称对不上：{error}", f"the reading does not fit the name: {error}"
        return asked.found(rule, "unknown", zh, en, missing=("reading",))
    if right.must_confirm:
        zh, en = "读音尚未审定，无法核对拼写。", "the reading is not confirmed: not compared."
        return asked.found(rule, "unknown", zh, en, missing=("reading",))
    if given in (right.toned, right.sign):
        return asked.found(rule, "pass", "拼写与读音一致。", "spelled as it is read.")
    if _letters(given) == _letters(right.toned):
        zh = f"字母相同，但声调、隔音、大写或分写不符，应为 {right.toned}。"
        en = f"right letters; tones, apostrophes, capitals or spaces are not: {right.toned}."
        return asked.found(rule, rule.level, zh, en)
    zh = f"拼写与读音不符，应为 {right.toned}。"
    return asked.found(rule, rule.level, zh, f"not spelled as it is read: {right.toned}.")


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in plain if c.isalnum())


def orientation(asked: Asked, rule: Rule) -> list[Finding]:
    """R17 for a proposal: east is east of west, and the second follows the first."""
    specific, generic = asked.parts
    word = specific[-1:]
    directed, ordered = word in BEARINGS and len(specific) > 1, word in tuple(_ORDINALS)
    if specific in wholes() or not generic or not (directed or (ordered and len(specific) > 1)):
        zh, en = "名称不含方位或序数。", "no word of direction or order."
        return [asked.found(rule, "not_applicable", zh, en)]
    if asked.shape is None:
        zh, en = "未给出位置，无法核对方位、序数。", "no position: not compared."
        return [asked.found(rule, "unknown", zh, en, missing=("geometry",))]
    base, but = specific[:-1], asked.proposal.place_id
    wrong = misplaced(asked.standing, asked.shape, (base, word, generic), rule, but=but)
    if wrong is None:
        zh, en = "没有同系列的道路可供核对。", "no road of the same series to compare with."
        return [asked.found(rule, "unknown", zh, en, missing=("sibling_roads",))]
    if wrong:
        texts = "、".join(name.text for name in wrong)
        return [
            asked.found(
                rule,
                rule.level,
                f"“{asked.text}”与“{texts}”的实地方位或次序不符。",
                f"direction or order of {asked.text} does not fit {texts} on the ground.",
                conflicts=asked.conflicts(wrong),
            )
        ]
    return [asked.found(rule, "pass", "方位、序数与实地一致。", "fits the ground.")]


def misplaced(
    standing: Standing,
    shape: shapely.Geometry,
    named: tuple[str, str, str],
    rule: Rule,
    *,
    but: str = "",
) -> list[Name] | None:
    """Return the roads of a series that contradict a word; None when there are none to compare."""
    base, word, generic = named
    reach = float(rule.parameters["within_m"])

    def series(text: str) -> list[Name]:
        return [
            name
            for name in standing.same(text, "street", but=but)
            if name.place_kind
            and name.geometry is not None
            and (metres(shape, name.geometry) or 0.0) <= reach
        ]

    if word in BEARINGS:
        others = [
            name
            for sign in (_OPPOSITE[word], "中", "")
            for name in series(f"{base}{sign}{generic}")
        ]
        tolerance = float(rule.parameters["tolerance_deg"])
        return (
            [
                name
                for name in others
                if name.geometry is not None
                and turn(bearing(name.geometry, shape), BEARINGS[word]) > tolerance
            ]
            if others
            else None
        )
    number = _ORDINALS.index(word)
    wrong, compared = [], False
    for step in (-1, 1):
        if not 0 <= number + 2 * step < len(_ORDINALS):
            continue
        next_ones = series(f"{base}{_ORDINALS[number + step]}{generic}")
        after = series(f"{base}{_ORDINALS[number + 2 * step]}{generic}")
        for one in next_ones:
            for other in after:
                compared = True
                if (metres(shape, one.geometry) or 0.0) > (metres(shape, other.geometry) or 0.0):
                    wrong.append(other)
    return wrong if compared else None


def bearing(start: shapely.Geometry, end: shapely.Geometry) -> float:
    """Return degrees clockwise from north between the middles of two shapes."""
    (x1, y1), (x2, y2) = shapely.get_coordinates(shapely.centroid([start, end]))
    east = (x2 - x1) * math.cos(math.radians(y1))
    return math.degrees(math.atan2(east, y2 - y1)) % 360


def turn(one: float, other: float) -> float:
    """Return the degrees between two bearings, 0 to 180."""
    return abs((one - other + 180) % 360 - 180)


def series_of(text: str) -> tuple[str, str, str] | None:
    """Return base, word and generic of a street named by direction or order.

    Examples
    --------
    >>> series_of("金湖西路"), series_of("建设路")
    (('金湖', '西', '路'), None)
    """
    specific, generic = split(text, "street")
    word = specific[-1:]
    directed = word in BEARINGS or word in tuple(_ORDINALS)
    if not generic or len(specific) < 2 or not directed or specific in wholes():  # noqa: PLR2004
        return None
    return specific[:-1], word, generic
