"""What ``names check`` prints and writes: one report for an officer, or a workbook of verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli._console import Steps, emit_json, print_line
from api.cli._gazetteer import print_filled
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.rules import Finding, Report
    from geo.gazetteer.rules.proposals import Asked
    from geo.gazetteer.rules.together import Checked

_SHOWN = 40
_LISTED = [
    "row", "name", "verdict", "rules", "conflict", "alternatives", "twins", "warnings",
]  # fmt: skip


def report_json(asked: Asked, report: Report) -> dict[str, Any]:
    """Return a report as values that JSON has."""
    return {
        "name": report.text,
        "verdict": report.conclusion,
        "warnings": list(asked.warnings),
        "class_code": asked.proposal.class_code,
        "division": asked.division,
        "division_code": asked.proposal.division_code,
        "toned": asked.spelled.toned,
        "sign": asked.spelled.sign,
        "must_confirm": asked.spelled.must_confirm,
        "missing": list(report.missing),
        "packs": list(report.packs),
        "pack_sha256": report.pack_sha256,
        "on": report.on,
        "findings": [found.plain() for found in report.findings],
    }


def print_report(asked: Asked, report: Report, *, every: bool) -> None:
    """Print a report for an officer: the verdict, then what stands in the way, worst first."""
    from geo.gazetteer.rules.model import VERDICTS  # noqa: PLC0415
    from geo.gazetteer.rules.together import missing_word  # noqa: PLC0415
    from geo.gazetteer.words import bracketed, class_word, joined, word  # noqa: PLC0415

    proposal, spelled = asked.proposal, asked.spelled
    where = asked.division or proposal.division_code or say("政区未知", "division unknown")
    kind = class_word(proposal.class_code) or say("类别未知", "class unknown")
    print_line(f"{report.text}  {kind}  {where}  {word('act', proposal.act)}  {report.on}")
    for warning in asked.warnings:
        print_line(say(f"注意：{warning}", f"Note: {warning}"))
    print_line(_verdict(report))
    sure = say("须核定读音", "confirm the reading") if spelled.must_confirm else ""
    print_line(
        say(f"拼写：{spelled.toned}  {spelled.sign}", f"Spelling: {spelled.toned}  {spelled.sign}")
        + (bracketed(sure) if sure else "")
    )
    shown = VERDICTS if every else VERDICTS[:4]
    for verdict in shown:
        found = [one for one in report.findings if one.verdict == verdict]
        if found:
            print_line(word("verdict", verdict))
        for one in found:
            _print_finding(one)
    if report.missing:
        print_line(say("还缺：", "Lacking: ") + joined(map(missing_word, report.missing)))
    print_line(say(f"规则：{'、'.join(report.packs)}", f"Rules: {', '.join(report.packs)}"))


def _print_finding(found: Finding) -> None:
    from geo.gazetteer.words import bracketed, joined  # noqa: PLC0415

    article = say(f"  （{found.article}）", f" ({found.article})")
    draft = say("（待核条文）", " (draft)") if found.draft else ""
    print_line(f"  {found.rule}  {found.message}{article}{draft}")
    if found.conflicts:
        told = joined(
            c.text
            if c.distance_m is None
            else say(f"{c.text} {c.distance_m:,.0f} 米", f"{c.text} {c.distance_m:,.0f} m")
            for c in found.conflicts
        )
        print_line(say(f"    冲突：{told}", f"    conflicts: {told}"))
    if found.alternatives:
        told = joined(f"{a.text}{bracketed(a.reason)}" for a in found.alternatives)
        print_line(say(f"    可改用：{told}", f"    lawful: {told}"))


def _verdict(report: Report) -> str:
    from geo.gazetteer.rules.model import VERDICTS  # noqa: PLC0415
    from geo.gazetteer.rules.together import verdict_word  # noqa: PLC0415
    from geo.gazetteer.words import word  # noqa: PLC0415

    counts = [
        f"{word('verdict', verdict)} {number}"
        for verdict in VERDICTS[:5]
        if (number := sum(one.verdict == verdict for one in report.findings))
    ]
    told = {
        "block": say("不通过", "blocked"),
        "warn": say("可用，但须说明理由", "may be used, with a justification"),
        "unknown": say("未发现问题，但资料不全", "nothing against it, but something is lacking"),
    }.get(report.verdict, say("通过", "passes"))
    head = verdict_word(report) if report.undecided else told
    return say(f"结论：{head}（{'，'.join(counts)}）", f"Verdict: {head} ({', '.join(counts)})")


def write_list(path: Path, checked: list[Checked], packs: tuple[str, ...]) -> list[Path]:
    """Write the verdicts of a list, and what every rule says."""
    from geo.gazetteer.rules.together import findings, verdicts  # noqa: PLC0415
    from geo.store.tables import write_table  # noqa: PLC0415

    words = {
        "row": say("行", "Row"),
        "name": say("名称", "Name"),
        "verdict": say("结论", "Verdict"),
        "class": say("类别", "Class"),
        "division": say("政区", "Division"),
        "roman": say("拼写", "Spelling"),
        "confirm": say("须核定读音", "Confirm the reading"),
        "rules": say("规则", "Rules"),
        "rule": say("规则", "Rule"),
        "article": say("条款", "Article"),
        "why": say("说明", "Why"),
        "conflict": say("最近的冲突", "Nearest conflict"),
        "distance_m": say("距离（米）", "Distance (m)"),
        "alternatives": say("可改用", "Lawful instead"),
        "missing": say("还缺", "Lacking"),
        "warnings": say("注意", "Note"),
        "twins": say("同批重名、同音", "Alike in this list"),
    }
    sheets = {
        say("结论", "Verdicts"): verdicts(checked),
        say("逐条", "Rule by rule"): findings(checked),
    }
    notes = [say(f"规则：{'、'.join(packs)}", f"Rules: {', '.join(packs)}")]
    return write_table(path, sheets, headings=dict.fromkeys(sheets, words), notes=notes)


def answer_list(checked: list[Checked], files: list[Path], steps: Steps, *, json: bool) -> None:
    """Answer for a list of names."""
    from geo.gazetteer.rules.together import verdicts  # noqa: PLC0415

    counts: dict[str, int] = {}
    for one in checked:
        counts[one.report.conclusion] = counts.get(one.report.conclusion, 0) + 1
    if json:
        emit_json(
            {
                "checked": [
                    {
                        "row": one.row,
                        "name": one.report.text,
                        "verdict": one.report.conclusion,
                        "warnings": list(one.asked.warnings),
                        "rules": [f.rule for f in one.report.findings
                                  if f.verdict in ("block", "warn")],
                        "alternatives": list(
                            dict.fromkeys(a.text for f in one.report.findings
                                          for a in f.alternatives)
                        ),
                        "twins": [number for number, _ in one.twins],
                    }
                    for one in checked
                ],
                "verdicts": counts,
                "files": [str(path) for path in files],
                "seconds": steps.seconds,
            }
        )  # fmt: skip
        return
    table = verdicts(checked)
    print_filled(
        say(
            "行 名称 结论 规则 最近的冲突 可改用 同批 注意",
            "Row Name Verdict Rules Conflict Instead Alike Note",
        ).split(),
        list(table[_LISTED].head(_SHOWN).itertuples(index=False)),
    )
    blocked, warned = counts.get("block", 0), counts.get("warn", 0)
    untold = sum(one.report.undecided for one in checked)
    print_line(
        say(
            f"共 {len(checked):,} 个名称，不通过 {blocked:,} 个，提醒 {warned:,} 个，"
            f"无法判定 {untold:,} 个。",
            f"{len(checked):,} names: {blocked:,} blocked, {warned:,} warned of, "
            f"{untold:,} that cannot be told.",
        )
    )
    for path in files:
        print_line(say(f"逐条结果：{path}", f"Rule by rule: {path}"))
