"""What the rules say of the names that cases propose: printed, as JSON, as a table."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli._cases import Desk, told_finding
from api.cli._console import print_line, print_table
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.cases import Judged
    from geo.gazetteer.lookup import Card
    from geo.gazetteer.rules import Conflict, Finding

_SHOWN = 20
_BAD = ("block", "warn", "unknown")
_OPTION = re.compile(r"（[^）]*--[^）]*）| \([^)]*--[^)]*\)")
"""Options of another command that stand in brackets behind what is missing."""


def judged_told(one: Judged, numbers: dict[str, str]) -> dict[str, Any]:
    """Return what the rules say of a name as values that JSON has."""
    return {
        "case": numbers[one.case_id],
        "name": one.report.text,
        "verdict": one.report.verdict,
        "missing": list(one.report.missing),
        "packs": list(one.report.packs),
        "pack_sha256": one.report.pack_sha256,
        "findings": [
            told_finding(finding.plain())
            for finding in one.report.findings
            if finding.verdict in _BAD
        ],
    }


def _conflicting(place: Desk, found: list[Judged]) -> dict[str, Card]:
    """Return the cards of the places that stand in the way."""
    from geo.gazetteer.lookup import cards  # noqa: PLC0415

    ids = [c.place_id for one in found for f in one.report.findings for c in f.conflicts]
    return cards(place.book, ids, on=place.day)


def _where(one: Conflict, known: dict[str, Card]) -> str:
    """Return a name in the way with its division and how far off it is."""
    card = known.get(one.place_id)
    parts = [card.division or card.division_code] if card else []
    if one.distance_m is not None:
        parts.append(say(f"相距 {one.distance_m:,.0f} 米", f"{one.distance_m:,.0f} m away"))
    told = say("，", ", ").join(part for part in parts if part)
    return one.text + (say(f"（{told}）", f" ({told})") if told else "")


def _print_grounds(finding: Finding, known: dict[str, Card]) -> None:
    """Print which places stand in the way, and what the rule lacked."""
    from geo.gazetteer.rules.together import missing_word  # noqa: PLC0415

    if finding.conflicts:
        listed = say("、", ", ").join(_where(one, known) for one in finding.conflicts)
        print_line(say(f"    相关地名：{listed}", f"    places: {listed}"))
    lacking = [_OPTION.sub("", missing_word(one)) for one in finding.missing]
    if lacking and finding.conflicts:
        listed = say("、", ", ").join(lacking)
        print_line(say(f"    判定还缺：{listed}", f"    lacking: {listed}"))


def print_judged(place: Desk, found: list[Judged], numbers: dict[str, str]) -> None:
    """Print what the rules say: of a few names all, of a list what is worst, and a count."""
    from collections import Counter  # noqa: PLC0415

    from geo.gazetteer.rules.model import VERDICTS  # noqa: PLC0415
    from geo.gazetteer.words import word  # noqa: PLC0415

    many = len(found) > _SHOWN
    told = ("block", "warn") if many else _BAD
    known = _conflicting(place, found)
    ordered = sorted(found, key=lambda one: VERDICTS.index(one.report.verdict))
    for one in ordered[:_SHOWN]:
        print_line(
            f"{numbers[one.case_id]}  {one.report.text}：{word('verdict', one.report.verdict)}"
        )
        for finding in one.report.findings:
            if finding.verdict in told:
                level = word("verdict", finding.verdict)
                print_line(f"  {finding.rule}  {level}  {finding.message}（{finding.article}）")
                _print_grounds(finding, known)
                offered = "、".join(other.text for other in finding.alternatives)
                if offered:
                    print_line(say(f"    可改用：{offered}", f"    lawful: {offered}"))
    if not many:
        return
    counted = Counter(one.report.verdict for one in found)
    told_of = say("、", ", ").join(f"{word('verdict', v)} {n}" for v, n in counted.most_common())
    print_line(say(f"……共 {len(found)} 个名称：{told_of}", f"… {len(found)} names: {told_of}"))
    rules = Counter(
        (finding.rule, finding.verdict)
        for one in found
        for finding in one.report.findings
        if finding.verdict in _BAD
    )
    print_table(
        say("规则 结论 名称数", "Rule Verdict Names").split(),
        [(rule, word("verdict", verdict), n) for (rule, verdict), n in rules.most_common()],
    )


def write_judged(path: Path, place: Desk, found: list[Judged], numbers: dict[str, str]) -> None:
    """Write what the rules say of every name as a table, one row a finding that is no pass."""
    import pandas as pd  # noqa: PLC0415

    from geo.gazetteer.words import word  # noqa: PLC0415
    from geo.store.tables import write_table  # noqa: PLC0415

    columns = (
        "case", "name", "verdict", "rule", "level", "message", "conflicts", "article",
        "alternatives",
    )  # fmt: skip
    heads = say(
        "案号 名称 结论 规则 本条结论 说明 相关地名 条文 可改用",
        "Case Name Verdict Rule Finding Why Places Article Lawful",
    ).split()
    known = _conflicting(place, found)
    rows = [
        (
            numbers[one.case_id], one.report.text, word("verdict", one.report.verdict),
            finding.rule, word("verdict", finding.verdict), finding.message,
            "、".join(_where(other, known) for other in finding.conflicts), finding.article,
            "、".join(other.text for other in finding.alternatives),
        )
        for one in found
        for finding in one.report.findings
        if finding.verdict in _BAD
    ]  # fmt: skip
    title = say("规则审查", "Rules")
    frame = pd.DataFrame(rows, columns=list(columns))
    write_table(path, {title: frame}, headings={title: dict(zip(columns, heads, strict=True))})
