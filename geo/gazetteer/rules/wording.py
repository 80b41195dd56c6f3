"""R1, R2, R4, R5, R6, R15: what a name is made of."""

from __future__ import annotations

import re
from typing import Final

from geo.gazetteer.rules.asked import Asked, eased
from geo.gazetteer.rules.kinds import generics_of, standard_characters, variants
from geo.gazetteer.rules.lexicon import Word, shipped
from geo.gazetteer.rules.model import Finding
from geo.gazetteer.rules.pack import Rule

_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇]")
_NUMERALS: Final = re.compile(r"[〇零一二三四五六七八九十百千万亿两]+")
_DIGITS: Final = re.compile(r"[0-9\uff10-\uff19]")
_LETTERS: Final = re.compile(r"[A-Za-z\uff21-\uff3a\uff41-\uff5a]")


def both_parts(asked: Asked, rule: Rule) -> list[Finding]:
    """R1: a specific and a generic part."""
    half = asked.text[: len(asked.text) // 2]
    if not asked.text or (half[1:] and asked.text == half * 2):
        zh, en = f"名称是“{half}”写了两遍。", f"the name is {half} written twice."
        if not half:
            zh, en = "名称为空。", "the name is empty."
        return [asked.found(rule, "warn" if half else rule.level, zh, en)]
    kind = asked.kind
    if not kind:
        zh, en = "未说明地名类别，无法核对通名。", "the class is not told: generic not checked."
        return [asked.found(rule, "unknown", zh, en, missing=("class_code",))]
    specific, generic = asked.parts
    if specific and generic:
        zh, en = f"专名“{specific}”，通名“{generic}”。", f"specific {specific}, generic {generic}."
        return [asked.found(rule, "pass", zh, en)]
    if not generics_of(kind):
        zh, en = "该类地名尚无通名表。", "there is no table of generic terms for this kind."
        return [asked.found(rule, "unknown", zh, en, missing=(f"generics:{kind}",))]
    if generic:
        return [
            asked.found(rule, rule.level, "只有通名，没有专名。", "a generic with no specific.")
        ]
    some = "、".join(generics_of(kind)[:6])
    return [
        asked.found(
            rule,
            rule.level,
            f"“{asked.text}”没有该类地名的通名（如{some}）。",
            f"{asked.text} has no generic term of its kind (such as {some}).",
        )
    ]


def characters(asked: Asked, rule: Rule) -> list[Finding]:
    """R2: standard Chinese characters only; rare ones are warned of."""
    standard, known = standard_characters(), variants()
    odd = sorted({c for c in asked.text if not _HAN.match(c)}, key=asked.text.index)
    outside = [c for c in dict.fromkeys(asked.text) if _HAN.match(c) and c not in standard]
    forms = [c for c in outside if c in known]
    rare = [c for c in outside if c not in known]
    found = []
    if odd:
        marks = " ".join(odd)
        found.append(
            asked.found(
                rule,
                rule.level,
                f"含非汉字字符：{marks}。",
                f"has what is no Chinese character: {marks}.",
            )
        )
    if forms:
        pairs = "、".join(f"{c}（应为{known[c][0]}）" for c in forms)
        found.append(
            asked.found(
                rule,
                rule.level_of("variant_level"),
                f"含繁体字或异体字：{pairs}。",
                f"traditional or variant characters: {pairs}.",
            )
        )
    if rare:
        marks = "、".join(rare)
        found.append(
            asked.found(
                rule,
                rule.level_of("rare_level"),
                f"含《通用规范汉字表》以外的字：{marks}，须审定用字。",
                f"outside the table of 8,105 standard characters: {marks}; have them reviewed.",
            )
        )
    if not found:
        zh, en = "用字均在《通用规范汉字表》内。", "all characters are in the table of 8,105."
        return [asked.found(rule, "pass", zh, en)]
    given = asked.proposal.grounds.get(rule.id, "")
    return [eased(rule, one, given) for one in found]


def persons(asked: Asked, rule: Rule) -> list[Finding]:
    """R4: no names of persons, never those of state leaders."""
    words, text = asked.standing.lexicon, asked.text
    given = asked.proposal.grounds.get(rule.id, "")
    found = []
    for word in words.within(text, "leader"):
        zh = f"含国家领导人的名字“{word.text}”。"
        en = f"has the name of a state leader: {word.text}."
        one = asked.found(rule, rule.level_of("leader_level"), zh, en, source=word.source)
        found.append(eased(rule, one, given) if given == "no_link" else one)
    for word in words.within(text, "person", "fictional"):
        zh = f"含人名或作品人物名“{word.text}”；与该人物没有特定联系的，请说明。"
        en = f"has the name of a person or character: {word.text}; say so if there is no link."
        level = _stricter(word.level, rule.level)
        one = asked.found(rule, level, zh, en, source=word.source, draft=word.draft or rule.draft)
        found.append(eased(rule, one, given))
    if found:
        return found
    lacking = tuple(f"lexicon:{kind}" for kind in ("leader", "person") if not words.has(kind))
    if lacking:
        zh = "未装入人名词表，无法核对；请按模板自建。"
        en = "no list of persons is loaded: not checked; fill in the template."
        return [asked.found(rule, "unknown", zh, en, missing=lacking)]
    return [asked.found(rule, "pass", "不含词表中的人名。", "has no name of the lists of persons.")]


def foreign(asked: Asked, rule: Rule) -> list[Finding]:
    """R5: no foreign persons or places."""
    return _listed(asked, rule, ("foreign",), "外国人名、地名", "a foreign person or place")


def firms(asked: Asked, rule: Rule) -> list[Finding]:
    """R6: no names of firms or brands."""
    found = _listed(asked, rule, ("enterprise",), "企业名称、商标用语", "a firm or brand")
    general = {word.text for word in shipped().of("enterprise")}
    if found[0].verdict == "pass" and general >= {
        word.text for word in asked.standing.lexicon.of("enterprise")
    }:
        zh = "未装入本地企业、商标词表，只核对了“集团”一类用语；请按模板自建。"
        en = "no list of local firms is loaded: only general wording was checked."
        return [asked.found(rule, "unknown", zh, en, missing=("lexicon:enterprise",))]
    return found


def boastful_or_odd(asked: Asked, rule: Rule) -> list[Finding]:
    """R15: the 大 and 怪 of the clean-up of 2018."""
    given = asked.proposal.grounds.get(rule.id, "")
    found = _listed(asked, rule, ("grand", "odd"), "刻意夸大或怪异用语", "boastful or odd wording")
    found = [one for one in found if one.verdict != "pass"]
    specific = asked.parts[0] or asked.text
    patterns = (
        ("letters_level", bool(_LETTERS.search(asked.text)), "含拉丁字母。", "has Latin letters."),
        (
            "mixed_level",
            bool(_DIGITS.search(asked.text) and _HAN.search(specific)),
            "专名由汉字与阿拉伯数字混合而成。",
            "the specific mixes characters and digits.",
        ),
        (
            "number_level",
            _pure_number(specific),
            f"专名“{specific}”只有数字，没有特定含义。",
            f"the specific {specific} is a bare number.",
        ),
    )
    for parameter, broken, zh, en in patterns:
        if broken:
            one = asked.found(rule, rule.level_of(parameter), zh, en)
            found.append(eased(rule, one, given))
    return found or [asked.found(rule, "pass", "未见不规范用语。", "no wording against the rules.")]


def _pure_number(specific: str) -> bool:
    digits = _DIGITS.sub("", specific)
    if specific and not digits:
        return True
    # One numeral before a generic may be an ordinal of a village or lane, such as 三村, 一巷.
    return len(specific) > 1 and _NUMERALS.fullmatch(specific) is not None


def _listed(
    asked: Asked, rule: Rule, kinds: tuple[str, ...], zh_what: str, en_what: str
) -> list[Finding]:
    lexicon = asked.standing.lexicon
    given = asked.proposal.grounds.get(rule.id, "")
    words: list[Word] = lexicon.within(asked.text, *kinds)
    if words:
        return [
            eased(
                rule,
                asked.found(
                    rule,
                    word.level or rule.level,
                    f"含{zh_what}“{word.text}”。",
                    f"has {en_what}: {word.text}.",
                    source=word.source,
                    draft=word.draft or rule.draft,
                ),
                given,
            )
            for word in dict.fromkeys(words)
        ]
    lacking = tuple(f"lexicon:{kind}" for kind in kinds if not lexicon.has(kind))
    if lacking:
        zh, en = "未装入相应词表，无法核对。", "the word list is not loaded: not checked."
        return [asked.found(rule, "unknown", zh, en, missing=lacking)]
    return [
        asked.found(rule, "pass", f"不含词表中的{zh_what}。", f"has no {en_what} of the lists.")
    ]


def _stricter(one: str, other: str) -> str:
    order = {"B": 0, "W": 1, "I": 2}
    return min((one or other, other), key=lambda level: order[level])
