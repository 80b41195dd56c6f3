"""R3, R10, R11, R12, R13, R24: whether a name fits its place, and whether it may be changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import shapely
from pyproj import Geod

from geo.gazetteer.rules.asked import Asked
from geo.gazetteer.rules.kinds import national_divisions, split
from geo.gazetteer.rules.model import Conflict, Finding
from geo.gazetteer.rules.pack import Rule, Threshold

_CHANGES: Final = frozenset({"renaming", "standardising"})
_LOCAL: Final = frozenset(
    {"division", "town", "village", "hamlet", "district", "street", "estate", "nature", "park"}
)
"""Kinds of places whose names a facility may bear."""
_GEOD: Final = Geod(ellps="GRS80")
_FIGURES: Final[Mapping[str, tuple[str, str]]] = {
    "floors": ("层数", "floors"),
    "site_area_m2": ("用地面积（平方米）", "site area in m²"),
    "floor_area_m2": ("建筑面积（平方米）", "floor area in m²"),
    "open_ground_m2": ("集中露天公共场地（平方米）", "open public ground in m²"),
    "open_share": ("露天公共场地占比", "share of open ground"),
    "green_share": ("绿地率", "share of green"),
}


def figures(asked: Asked) -> dict[str, float]:
    """Return the figures that are told of a place; its site area, if not told, from its shape."""
    told: dict[str, float] = {}
    for name, value in asked.proposal.attributes.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            told[name] = float(value)
    shape = asked.shape
    if "site_area_m2" not in told and shape is not None and shapely.area(shape) > 0:
        told["site_area_m2"] = abs(_GEOD.geometry_area_perimeter(shape)[0])
    return told


def met(threshold: Threshold, told: Mapping[str, float]) -> bool | tuple[str, ...]:
    """Return whether a threshold is met, or the figures that are lacking to tell."""
    lacking: dict[str, None] = {}
    for choice in threshold.any:
        missing = [name for name in choice if name not in told]
        known = [told[name] >= least for name, least in choice.items() if name in told]
        if all(known) and not missing:
            return True
        if all(known):
            lacking |= dict.fromkeys(missing)
    return tuple(lacking) if lacking else False


def size(asked: Asked, rule: Rule) -> list[Finding]:
    """R3 and R24: what generic terms ask of floors, areas and open ground."""
    generic = asked.parts[1]
    if not generic:
        zh, en = "没有通名，见 R1。", "no generic term: see R1."
        return [asked.found(rule, "not_applicable", zh, en)]
    if not rule.thresholds and rule.applies:
        zh = "未装入本地通名标准，请选用或编写省、市规则包。"
        en = "no local thresholds are loaded: choose or write an overlay pack."
        return [asked.found(rule, "unknown", zh, en, missing=("local_thresholds",))]
    asks = [one for one in rule.thresholds if one.generic == generic]
    if not asks:
        zh = f"对通名“{generic}”没有规模要求。"
        return [asked.found(rule, "not_applicable", zh, f"nothing is asked of {generic}.")]
    told = figures(asked)
    found = []
    for one in asks:
        state = met(one, told)
        if state is True:
            zh, en = f"达到“{generic}”的规模要求。", f"large enough for {generic}."
            found.append(asked.found(rule, "pass", zh, en))
        elif state is False:
            zh, en = _asked_for(one)
            found.append(
                asked.found(
                    rule,
                    rule.level,
                    f"达不到“{generic}”的要求：{zh}。",
                    f"too small for {generic}, which asks {en}.",
                    source=one.source,
                )
            )
        else:
            names = "、".join(_FIGURES.get(name, (name, name))[0] for name in state)
            en = ", ".join(_FIGURES.get(name, (name, name))[1] for name in state)
            found.append(
                asked.found(
                    rule,
                    "unknown",
                    f"缺 {names}，无法核对“{generic}”。",
                    f"{generic} not checked for want of {en}.",
                    missing=tuple(f"attributes:{name}" for name in state),
                )
            )
    return found


def _asked_for(threshold: Threshold) -> tuple[str, str]:
    zh, en = [], []
    for choice in threshold.any:
        zh.append("且".join(f"{_FIGURES.get(k, (k, k))[0]}≥{v:g}" for k, v in choice.items()))
        en.append(" and ".join(f"{_FIGURES.get(k, (k, k))[1]} ≥ {v:g}" for k, v in choice.items()))
    return "，或".join(zh), ", or ".join(en)


def division_specific(asked: Asked, rule: Rule) -> list[Finding]:
    """R10: no division named after famous features, heritage sites or features outside it."""
    if asked.proposal.act == "recording":
        zh, en = "登记现有名称，不属命名更名。", "a standing name is recorded, not given."
        return [asked.found(rule, "not_applicable", zh, en)]
    words, specific = asked.standing.lexicon, asked.parts[0]
    code = asked.proposal.division_code
    if not words.has("nature", "heritage"):
        zh, en = "未装入著名自然实体和遗产遗址名录。", "no list of famous features and sites."
        return [asked.found(rule, "unknown", zh, en, missing=("lexicon:nature",))]
    for word in (*words.of("nature"), *words.of("heritage")):
        if word.text != specific:
            continue
        inside = bool(code) and any(code.startswith(area) for area in word.area)
        level = rule.level_of("inside_level") if inside else rule.level
        return [
            asked.found(
                rule,
                level,
                f"专名“{specific}”是著名自然地理实体或历史文化遗产遗址。",
                f"{specific} is a famous natural feature or heritage site.",
                source=word.source,
                draft=word.draft or rule.draft,
            )
        ]
    if asked.kind == "town":
        others = [
            row
            for row in national_divisions().get(specific, ())
            if not (code and code.startswith(row[0])) and split(row[1], "division")[0] == specific
        ]
        if others:
            if len(code) < 6:  # noqa: PLR2004 - digits of a county
                zh, en = "未说明所在政区。", "the division it lies in is not told."
                return [asked.found(rule, "unknown", zh, en, missing=("division_code",))]
            names = "、".join(f"{name}（{number}）" for number, name in others[:5])
            return [
                asked.found(
                    rule,
                    rule.level_of("outside_division_level"),
                    f"专名与本行政区域以外的{names}相同。",
                    f"its specific part is that of {names}, outside this division.",
                    conflicts=tuple(Conflict(n, place_id=c) for c, n in others[:5]),
                )
            ]
    zh, en = "专名不在名录中。", "its specific part is on no list."
    return [asked.found(rule, "pass", zh, en)]


def local_name(asked: Asked, rule: Rule) -> list[Finding]:
    """R11: a facility bears the name of its place."""
    specific, code = asked.parts[0], asked.proposal.division_code
    mine = {
        split(name, "division")[0]
        for key, rows in national_divisions().items()
        if specific.startswith(key) and key
        for number, name in rows
        if code.startswith(number)
    }
    if any(len(one) > 1 and specific.startswith(one) for one in mine):
        zh, en = "与所在政区名称一致。", "agrees with the division it lies in."
        return [asked.found(rule, "pass", zh, en)]
    if asked.shape is None:
        zh, en = "未给出位置，无法核对所在地地名。", "no position: names around not compared."
        return [asked.found(rule, "unknown", zh, en, missing=("geometry",))]
    near = asked.standing.near(asked.shape, float(rule.parameters["near_m"]), _LOCAL)
    local = [one for one in near if _agrees(specific, split(one.text, one.place_kind)[0])]
    if local:
        zh, en = f"与所在地“{local[0].text}”一致。", f"agrees with {local[0].text} nearby."
        return [asked.found(rule, "pass", zh, en)]
    if not near:
        zh, en = "附近没有已登记的地名可供核对。", "no name is known nearby to compare with."
        return [asked.found(rule, "unknown", zh, en, missing=("names_nearby",))]
    return [
        asked.found(
            rule,
            rule.level,
            f"专名“{specific}”与所在地地名不一致，附近有下列地名。",
            f"{specific} agrees with none of the names nearby.",
            conflicts=asked.conflicts(near),
        )
    ]


def _agrees(specific: str, local: str) -> bool:
    return len(local) > 1 and (specific.startswith(local) or local.startswith(specific))


def protected(asked: Asked, rule: Rule) -> list[Finding]:
    """R12: a name on the protection list."""
    if asked.proposal.act not in _CHANGES:
        return [asked.found(rule, "not_applicable", "不是更名。", "nothing is renamed.")]
    place = asked.proposal.place_id
    if not place:
        zh, en = "未指明更名的地理实体。", "the place to be renamed is not told."
        return [asked.found(rule, "unknown", zh, en, missing=("place_id",))]
    if place not in asked.standing.protected:
        return [asked.found(rule, "pass", "未列入保护名录。", "not on the protection list.")]
    if place in asked.standing.measured or asked.proposal.attributes.get("protection_measures"):
        zh = "列入地名保护名录，已附保护措施；一般不得更名，请从严论证。"
        en = "on the protection list, with measures attached; as a rule it is not renamed."
        return [asked.found(rule, "warn", zh, en)]
    zh = "列入地名保护名录，未附保护措施，不得更名。"
    en = "on the protection list, and no measures are attached: not to be renamed."
    return [asked.found(rule, rule.level, zh, en)]


def reason(asked: Asked, rule: Rule) -> list[Finding]:
    """R13: a change of name has a reason of the law."""
    if asked.proposal.act not in _CHANGES:
        return [asked.found(rule, "not_applicable", "不是更名。", "nothing is renamed.")]
    known = {one.code: one for one in rule.reasons}
    given = known.get(asked.proposal.reason_code)
    if given:
        return [asked.found(rule, "pass", f"事由：{given.zh}。", f"reason: {given.en}.")]
    zh = f"更名须写明事由：{'、'.join(one.zh for one in known.values())}。"
    en = f"a change needs a reason: {', '.join(known)}."
    return [asked.found(rule, rule.level, zh, en)]
