"""A second source made from real places, for learning and measuring: who is who is known.

A share of the places is present, moved, and called a little otherwise: another generic term, a
homophone, a character too few or too many, a former name. Beside them stand distractors: other
places, and names that only resemble a neighbour's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from pypinyin import Style, lazy_pinyin
from pypinyin.pinyin_dict import pinyin_dict

from geo.gazetteer.linkage.records import Record
from geo.gazetteer.rules.kinds import split, standard_characters
from geo.gazetteer.search.letters import fold

DEGREE_M: Final = 111_195.0
_SWAPS: Final[Mapping[str, tuple[str, ...]]] = {
    "镇": ("乡", "街道", ""), "乡": ("镇", ""), "街道": ("镇", "办事处", ""),
    "村": ("庄", "屯", "村委会", "社区", ""), "庄": ("村", "屯", ""), "屯": ("村", ""),
    "寨": ("村", "寨子", ""), "社区": ("居委会", "村", ""), "路": ("街", "大道", "道"),
    "街": ("路", "大街", ""), "巷": ("弄", "胡同", "里"), "大道": ("路", "大街"),
    "小区": ("花园", "家园", "苑", ""), "花园": ("小区", "苑", ""), "大厦": ("大楼", "广场"),
    "大桥": ("桥",), "桥": ("大桥",), "水库": ("水库区", "湖"), "山": ("岭", ""),
    "市": ("",), "县": ("",), "区": ("",),
}  # fmt: skip
_ADDED: Final = ("村", "镇", "乡", "街道")
_MARKS: Final = "东西南北上下新老大小前后"


@dataclass(frozen=True, slots=True)
class Placed:
    """A real place."""

    key: str
    names: tuple[str, ...]
    """The standard name first."""
    class_code: str
    division: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Made:
    """A second source with the key of the place that each record is; "" for a distractor."""

    records: tuple[Record, ...]
    truth: tuple[str, ...]


def second_source(
    places: Sequence[Placed],
    others: Sequence[Placed],
    *,
    seed: int,
    present: float = 0.7,
    jitter_m: float = 1_200.0,
    distractors: int = 2_800,
    unplaced: float = 0.0,
) -> Made:
    """Return a second source on some places; the same seed gives the same.

    Parameters
    ----------
    places
        Those the gazetteer has.
    others
        Real places it has not: half of the distractors are these, a quarter is their names set
        down beside a place of the gazetteer, a quarter are a neighbour's name with 东, 新 or the
        like before it, or with one other character.
    seed
        Of the random numbers.
    present
        Share of the places that the source has too.
    jitter_m
        Standard deviation of how far they are moved, both ways together.
    distractors
        How many.
    unplaced
        Share of the records that have no position.
    """
    draw = np.random.default_rng(seed)
    chosen = np.flatnonzero(draw.random(len(places)) < present).tolist()
    records = [_perturbed(places[at], draw, jitter_m) for at in chosen]
    truth = [places[at].key for at in chosen]
    taken: list[int] = draw.permutation(len(others))[:distractors].tolist()
    for number in range(distractors):
        near = places[int(draw.integers(len(places)))]
        other = others[taken[number % len(taken)]] if len(taken) else near
        kind = number % 4 if len(taken) else 3
        if kind < 2:  # noqa: PLR2004 - half of them
            records.append(_perturbed(other, draw, jitter_m))
        elif kind == 2:  # noqa: PLR2004 - a quarter
            records.append(_values(other.names[0], other.class_code, near, draw, 3_000.0))
        else:
            text = _resembling(near.names[0], draw)
            records.append(_values(text, near.class_code, near, draw, 2_000.0))
        truth.append("")
    for values in records:
        if draw.random() < unplaced:
            del values["lon"], values["lat"]
    order = draw.permutation(len(records))
    made = [records[at] | {"id": f"s{number:06}"} for number, at in enumerate(order)]
    return Made(
        tuple(Record(number, values) for number, values in enumerate(made, start=2)),
        tuple(truth[at] for at in order),
    )


Values = dict[str, object]


def _perturbed(place: Placed, draw: np.random.Generator, jitter_m: float) -> Values:
    text = place.names[0]
    if len(place.names) > 1 and draw.random() < 0.08:  # noqa: PLR2004 - shares of the design
        text = place.names[int(draw.integers(1, len(place.names)))]
    if draw.random() < 0.35:  # noqa: PLR2004
        text = _other_generic(text, draw)
    if draw.random() < 0.2:  # noqa: PLR2004
        text = _homophone(text, draw)
    if draw.random() < 0.03:  # noqa: PLR2004
        text = _slip(text, draw)
    return _values(text, place.class_code, place, draw, jitter_m)


def _values(
    text: str, class_code: str, near: Placed, draw: np.random.Generator, jitter_m: float
) -> Values:
    east, north = draw.normal(0, jitter_m / np.sqrt(2), 2)
    values: Values = {
        "name": text,
        "lon": round(float(near.lon + east / (DEGREE_M * np.cos(np.radians(near.lat)))), 6),
        "lat": round(float(near.lat + north / DEGREE_M), 6),
    }
    told, divided = draw.random(), draw.random()
    if told < 0.7 and class_code:  # noqa: PLR2004
        values["class_code"] = class_code
    elif told < 0.8:  # noqa: PLR2004
        values["class_code"] = str(draw.choice(["21400", "21600", "22200", "23510", "27100"]))
    if divided < 0.6 and near.division:  # noqa: PLR2004
        values["division"] = near.division
    elif divided < 0.65 and near.division:  # noqa: PLR2004
        values["division"] = f"{near.division[:4]}99"
    return values


def _other_generic(text: str, draw: np.random.Generator) -> str:
    specific, generic = split(text)
    ways = _SWAPS.get(generic, ())
    if len(specific) > 1 and ways:
        return specific + str(draw.choice(ways))
    return text if generic else text + str(draw.choice(_ADDED))


def _homophone(text: str, draw: np.random.Generator) -> str:
    """Return a text with one character of its specific part written as another of its sound."""
    at = int(draw.integers(max(1, len(split(text)[0]))))
    said = lazy_pinyin(text, style=Style.TONE)
    if len(said) != len(text):
        return text
    ways = [one for one in _characters().get(said[at], ()) if one != text[at]]
    return text[:at] + str(draw.choice(ways)) + text[at + 1 :] if ways else text


def _slip(text: str, draw: np.random.Generator) -> str:
    """Return a text with a character too few, too many, or two in the other order."""
    at = int(draw.integers(len(text)))
    if len(text) < 3:  # noqa: PLR2004 - nothing left to tell it by
        return text
    way = draw.integers(3)
    if way == 0:
        return text[:at] + text[at + 1 :]
    if way == 1:
        return text[:at] + str(draw.choice(list(_MARKS))) + text[at:]
    at = min(at, len(text) - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _resembling(text: str, draw: np.random.Generator) -> str:
    """Return a name like another that is none of its spellings."""
    specific, generic = split(text)
    if draw.random() < 0.5 or not specific:  # noqa: PLR2004
        return str(draw.choice([mark for mark in _MARKS if mark != text[0]])) + text
    at = int(draw.integers(len(specific)))
    said = set(pinyin_dict.get(ord(specific[at]), "").split(","))
    while True:
        other = str(draw.choice(_common()))
        if not said & set(pinyin_dict[ord(other)].split(",")):
            return specific[:at] + other + specific[at + 1 :] + generic


@cache
def _common() -> tuple[str, ...]:
    """Return characters that stand in many names."""
    text = (
        "山水河江湖海田林石桥沟坝岭坪湾塘井泉龙凤虎马牛羊金银铜铁木竹松柏梅兰李王张刘陈杨黄赵周吴"
    )
    return tuple(text + "东西南北中上下前后大小新老高低长安平和兴盛福寿文武红白青黑花")


@cache
def _characters() -> dict[str, tuple[str, ...]]:
    """Return the standard characters by their usual reading."""
    by_sound: defaultdict[str, list[str]] = defaultdict(list)
    for character in sorted(standard_characters()):
        if fold(character) == character and ord(character) in pinyin_dict:
            by_sound[lazy_pinyin(character, style=Style.TONE)[0]].append(character)
    return {sound: tuple(several) for sound, several in by_sound.items()}
