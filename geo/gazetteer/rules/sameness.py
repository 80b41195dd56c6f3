"""R7, R8, R9, R19: names that are taken, sound alike, or were given up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from geo.gazetteer.rules.asked import MOST_CONFLICTS, Asked
from geo.gazetteer.rules.kinds import national_divisions, split
from geo.gazetteer.rules.model import VERDICTS, Conflict, Finding
from geo.gazetteer.rules.pack import Rule
from geo.gazetteer.rules.sound import EXACT, HETERONYM, TONELESS, Ways, alike, ways
from geo.gazetteer.rules.standing import FIRM, Name
from geo.gazetteer.search.letters import fold

SCOPES: Final = {
    "town": "province",
    "village": "county",
    "street": "built_up",
    "estate": "built_up",
    "building": "built_up",
    "square": "built_up",
}
"""Scope of names by kind of place: 地名管理条例 第九条（八）."""
_SCOPE_ZH: Final = {"province": "同一省", "county": "同一县", "built_up": "同一建成区"}
_SCOPE_EN: Final = {"province": "province", "county": "county", "built_up": "built-up area"}
_LIKENESS: Final = {
    EXACT: ("读音、声调全同", "the same in sound and tone"),
    TONELESS: ("读音相同、声调不同", "the same in sound, not in tone"),
    HETERONYM: ("因多音字可能同音", "perhaps the same, for a character has several readings"),
}


def unique_in_country(asked: Asked, rule: Rule) -> list[Finding]:
    """R7: divisions from county up, and famous natural features."""
    if asked.kind == "nature":
        return [_famous(asked, rule)]
    table = national_divisions()
    own = asked.proposal.division_code
    renamed = asked.proposal.act != "naming" and bool(own)
    others = [
        (code, name)
        for code, name in table.get(fold(asked.text), ())
        if name == asked.text and not (renamed and code == own[: len(code)])
    ]
    if others:
        return [
            asked.found(
                rule,
                rule.level,
                f"全国已有{_named(others)}。",
                f"there is {_named(others)} in the country already.",
                conflicts=_elsewhere(others),
            )
        ]
    if asked.same:
        return [
            asked.found(
                rule,
                rule.level,
                f"地名库中已有“{asked.text}”。",
                f"the gazetteer has {asked.text} already.",
                conflicts=asked.conflicts(asked.same),
            )
        ]
    specific = asked.parts[0]
    akin = [
        row for row in table.get(specific, ()) if not (renamed and row[0] == own[: len(row[0])])
    ]
    if akin and len(specific) > 1:
        return [
            asked.found(
                rule,
                rule.level_of("same_specific_level"),
                f"专名与{_named(akin)}相同。",
                f"shares its specific part with {_named(akin)}.",
                conflicts=_elsewhere(akin),
            )
        ]
    spoken = ways(fold(specific), asked.proposal.reading[: len(specific)])
    sounding = [
        row
        for other, rows in _spoken_divisions().get(len(specific), ())
        if alike(spoken, other) in (EXACT, TONELESS)
        for row in rows
    ]
    if sounding and len(specific) > 1:
        return [
            asked.found(
                rule,
                rule.level_of("homophone_level"),
                f"专名与{_named(sounding)}同音。",
                f"its specific part sounds like {_named(sounding)}.",
                conflicts=_elsewhere(sounding),
            )
        ]
    zh, en = (
        "与全国县级以上区划名不重不同音。",
        "unlike any division of the country from county up.",
    )
    return [asked.found(rule, "pass", zh, en)]


@cache
def _spoken_divisions() -> Mapping[int, list[tuple[Ways, tuple[tuple[str, str], ...]]]]:
    """Return how the specific parts of divisions are read, by their length."""
    found: dict[int, list[tuple[Ways, tuple[tuple[str, str], ...]]]] = {}
    for specific, rows in national_divisions().items():
        if split(rows[0][1], "division")[0] == specific:
            found.setdefault(len(specific), []).append((ways(specific), rows))
    return found


def _famous(asked: Asked, rule: Rule) -> Finding:
    words = asked.standing.lexicon
    if not words.has("nature"):
        zh, en = "未装入著名自然实体名录。", "no list of famous features is loaded."
        return asked.found(rule, "unknown", zh, en, missing=("lexicon:nature",))
    known = next((word for word in words.of("nature") if word.text == asked.text), None)
    if known and asked.proposal.act == "naming":
        return asked.found(
            rule,
            rule.level,
            f"与著名自然地理实体“{known.text}”重名。",
            f"{known.text} is a famous natural feature.",
            source=known.source,
            draft=known.draft,
        )
    zh, en = "不与名录中的著名自然地理实体重名。", "no famous feature of the list has this name."
    return asked.found(rule, "pass", zh, en, draft=True)


def unique_in_scope(asked: Asked, rule: Rule) -> list[Finding]:
    """R8: the same name in the same province, county or built-up area."""
    scope = str(rule.parameters["scope"])
    by_scope: dict[bool | None, list[Name]] = {True: [], False: [], None: []}
    for name in asked.same:
        by_scope[asked.in_scope(name, scope)].append(name)
    firm = [name for name in by_scope[True] if name.kind in FIRM]
    taken = firm or by_scope[True]
    zh_scope, en_scope = _SCOPE_ZH[scope], _SCOPE_EN[scope]
    if taken:
        level = "W" if rule.level == "B" and not firm else rule.level
        what, thing = ("", "") if firm else ("别名、简称", " as alias or short name")
        return [
            asked.found(
                rule,
                level,
                f"{zh_scope}已有{what}“{asked.text}”。",
                f"the same {en_scope} has {asked.text} already{thing}.",
                conflicts=asked.conflicts(taken),
            )
        ]
    if by_scope[None]:
        lacking = asked.lacking(by_scope[None], scope)
        return [
            asked.found(
                rule,
                "unknown",
                f"已有同名“{asked.text}”，无法判定是否在{zh_scope}。",
                f"{asked.text} stands already; whether in the same {en_scope} cannot be told.",
                conflicts=asked.conflicts(by_scope[None]),
                missing=lacking,
            )
        ]
    short = _uncovered(asked, scope)
    if short:
        return [
            asked.found(
                rule,
                "unknown",
                f"地名库内无同名，但未收全{zh_scope}的地名。",
                f"no such name here, but not every name of the {en_scope} is at hand.",
                missing=short,
            )
        ]
    if by_scope[False]:
        return [
            asked.found(
                rule,
                "info",
                f"有同名“{asked.text}”，但不在{zh_scope}。",
                f"{asked.text} stands elsewhere, not in the same {en_scope}.",
                conflicts=asked.conflicts(by_scope[False]),
            )
        ]
    return [asked.found(rule, "pass", f"{zh_scope}无重名。", f"unique in its {en_scope}.")]


def _uncovered(asked: Asked, scope: str) -> tuple[str, ...]:
    """Return what is lacking to say that a name is not taken."""
    if scope == "built_up":
        return () if asked.standing.names else ("standing_names",)
    code = asked.proposal.division_code[: {"province": 2, "county": 6}[scope]]
    if len(code) < {"province": 2, "county": 6}[scope]:
        return ("division_code",)
    return () if asked.standing.covered(code) else (f"names_of:{code}",)


def homophones(asked: Asked, rule: Rule) -> list[Finding]:
    """R9: names that sound alike in the same scope."""
    scope = SCOPES.get(asked.kind)
    if not asked.kind:
        zh, en = (
            "未说明地名类别，无法确定比较范围。",
            "the class is not told: no scope to compare in.",
        )
        return [asked.found(rule, "unknown", zh, en, missing=("class_code",))]
    if scope is None:
        zh = "该类地名没有规定同音比较范围（县级以上区划见 R7）。"
        en = "no scope for homophones is laid down for this kind (divisions: see R7)."
        return [asked.found(rule, "not_applicable", zh, en)]
    levels = {
        EXACT: rule.level,
        TONELESS: rule.level_of("toneless_level"),
        HETERONYM: rule.level_of("heteronym_level"),
    }
    found: list[Finding] = []
    for likeness, (zh_like, en_like) in _LIKENESS.items():
        alike_names = [name for like, name in asked.homophones if like == likeness]
        here = [name for name in alike_names if asked.in_scope(name, scope)]
        untold = [name for name in alike_names if asked.in_scope(name, scope) is None]
        if here:
            texts = "、".join(dict.fromkeys(name.text for name in here[:MOST_CONFLICTS]))
            firm = all(name.confirmed for name in here) and bool(asked.proposal.reading)
            note = ("", "") if firm else ("读音尚未全部审定。", " Not every reading is confirmed.")
            found.append(
                asked.found(
                    rule,
                    levels[likeness],
                    f"与{_SCOPE_ZH[scope]}的“{texts}”{zh_like}。{note[0]}",
                    f"{en_like}: {texts}.{note[1]}",
                    conflicts=asked.conflicts(here),
                )
            )
        elif untold:
            found.append(
                asked.found(
                    rule,
                    "unknown",
                    f"有{zh_like}的名称，无法判定是否在{_SCOPE_ZH[scope]}。",
                    f"there are names {en_like}; whether in the same scope cannot be told.",
                    conflicts=asked.conflicts(untold),
                    missing=asked.lacking(untold, scope),
                )
            )
    if found:
        return sorted(found, key=lambda one: VERDICTS.index(one.verdict))
    short = _uncovered(asked, scope)
    if short:
        zh, en = "未收全比较范围内的地名。", "not every name of the scope is at hand."
        return [asked.found(rule, "unknown", zh, en, missing=short)]
    return [asked.found(rule, "pass", f"{_SCOPE_ZH[scope]}无同音。", "no homophone in its scope.")]


def given_up(asked: Asked, rule: Rule) -> list[Finding]:
    """R19: a name that was cancelled in the same scope."""
    scope = SCOPES.get(asked.kind, "county")
    old = asked.standing.formerly(asked.text, asked.kind, but=asked.proposal.place_id)
    if scope == "built_up":  # former names keep a place, not its built-up areas
        inside = [asked.standing.areas(name.geometry) & asked.areas for name in old]
        near = [name for name, shared in zip(old, inside, strict=True) if shared]
        if old and not near and asked.lacking(old, scope):
            return [
                asked.found(
                    rule,
                    "unknown",
                    f"“{asked.text}”曾是地名，无法判定是否在同一建成区。",
                    f"{asked.text} was a name once; whether in the same area cannot be told.",
                    conflicts=asked.conflicts(old),
                    missing=asked.lacking(old, scope),
                )
            ]
    else:
        near = [name for name in old if asked.in_scope(name, scope) is not False]
    if not near:
        zh, en = "同一范围内未见注销或曾用的同名。", "no such name was given up in the same scope."
        return [asked.found(rule, "pass", zh, en)]
    return [
        asked.found(
            rule,
            rule.level,
            f"“{asked.text}”是同一范围内注销或曾用的地名。",
            f"{asked.text} was given up as a name in the same scope.",
            conflicts=asked.conflicts(near),
        )
    ]


def _named(rows: list[tuple[str, str]]) -> str:
    return "、".join(f"{name}（{code}）" for code, name in rows[:MOST_CONFLICTS])


def _elsewhere(rows: list[tuple[str, str]]) -> tuple[Conflict, ...]:
    return tuple(Conflict(name, place_id=code, kind="standard") for code, name in rows)[
        :MOST_CONFLICTS
    ]
