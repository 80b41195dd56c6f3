"""R21, R22: what is overdue, and boundary markers numbered or grouped wrongly."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any, Final

from geo.errors import DataError
from geo.gazetteer.book import Gazetteer
from geo.gazetteer.calendar import span
from geo.gazetteer.rules.asked import Audited, worded
from geo.gazetteer.rules.model import Finding
from geo.gazetteer.rules.pack import Rule

_GROUPS: Final = (frozenset("Q"), frozenset("AB"), frozenset("CDE"))
"""A single marker, a pair, a group of three."""


def clocks(audited: Audited, rule: Rule) -> list[Finding]:
    """R21: filing, announcing, signs and joint inspections on time."""
    tasks, lines = audited.book.rows("task"), audited.book.rows("line", on=audited.on)
    if not tasks and not lines:
        zh, en = "没有待办期限，也没有界线。", "there are no deadlines and no boundary lines."
        return [worded(rule, "not_applicable", zh, en)]
    decided = {row["id"]: row["decided_on"] for row in audited.book.rows("case")}
    found = [
        finding
        for task in tasks
        for finding in _task(rule, task, decided.get(task["case_id"] or "", ""), audited.on)
    ]
    last: dict[str, str] = {}
    for row in audited.book.rows("inspection"):
        if row["inspected_on"]:
            line = row["line_id"] or ""
            last[line] = max(last.get(line, ""), row["inspected_on"])
    for line in lines:
        found += _inspection(rule, line, last.get(line["id"], ""), audited.on)
    return found or [worded(rule, "pass", "各项期限均未逾期。", "nothing is overdue.")]


def _task(rule: Rule, task: dict[str, Any], decided_on: str, on: date) -> list[Finding]:
    due = _last_day(task["due_on"])
    if due is None and task["kind"].startswith("sign") and not task["done_on"]:
        if "sign_days" not in rule.parameters:
            zh = f"“{task['title']}”没有期限，本地规则包也未规定设标天数。"
            en = f"{task['title']}: no deadline, and no local rule of days for signs."
            return [worded(rule, "unknown", zh, en, about=task["id"], missing=("sign_days",))]
        start = _last_day(decided_on)
        due = start + timedelta(days=int(rule.parameters["sign_days"])) if start else None
    if due is None:
        return []
    done = _last_day(task["done_on"])
    if done is None and due < on:
        days = (on - due).days
        zh = f"“{task['title']}”应于 {due} 前完成，已逾期 {days} 天。"
        en = f"{task['title']} was due on {due}: {days} days overdue."
        return [worded(rule, rule.level, zh, en, about=task["id"])]
    if done is not None and done > due:
        zh = f"“{task['title']}”应于 {due} 前完成，实际于 {done} 完成。"
        en = f"{task['title']} was due on {due} and done on {done}."
        return [worded(rule, "info", zh, en, about=task["id"])]
    return []


def _inspection(rule: Rule, line: dict[str, Any], inspected: str, on: date) -> list[Finding]:
    years = int(rule.parameters["inspection_years"])
    due, last = _last_day(line["next_due"]), _last_day(inspected)
    if last is not None:
        lawful = last.replace(year=last.year + years, day=min(last.day, 28))
        due = lawful if due is None else min(due, lawful)
    if due is None:
        zh = f"界线“{line['name']}”没有联检记录，也没有下次联检日期。"
        en = f"line {line['name']}: neither an inspection nor the date of the next."
        missing = ("inspection",)
        return [worded(rule, "unknown", zh, en, about=line["id"], missing=missing)]
    if due < on:
        zh = f"界线“{line['name']}”应于 {due} 前联检，已逾期。"
        en = f"line {line['name']}: the joint inspection was due on {due}."
        return [worded(rule, rule.level, zh, en, about=line["id"])]
    return []


def markers(audited: Audited, rule: Rule) -> list[Finding]:
    """R22: markers are numbered well, stand in whole groups, and every line is inspected."""
    rows = audited.book.rows("marker", on=audited.on)
    lines = {line["id"]: line for line in audited.book.rows("line", on=audited.on)}
    if not rows:
        return [worded(rule, "not_applicable", "没有界桩。", "there are no markers.")]
    line_digits = int(rule.parameters["line_digits"])
    sequence_digits = int(rule.parameters["sequence_digits"])
    wellformed = re.compile(rf"(\d{{{line_digits}}})(\d{{{sequence_digits}}})([QABCDE])")
    found: list[Finding] = []
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in rows:
        written = wellformed.fullmatch(row["number"])
        if written is None:
            places = line_digits + sequence_digits + 1
            zh = f"界桩号“{row['number']}”不合规：应为 {places} 位，末位为 Q 或 A—E。"
            en = f"marker {row['number']}: {places} places are wanted, the last Q or A to E."
            found.append(worded(rule, rule.level, zh, en, about=row["id"]))
            continue
        line = lines.get(row["line_id"] or "")
        if line and line["code"].isdigit() and line["code"] != written[1]:
            zh = f"界桩“{row['number']}”的线号与界线“{line['code']}”不符。"
            en = f"marker {row['number']} is not numbered after its line {line['code']}."
            found.append(worded(rule, rule.level, zh, en, about=row["id"]))
        groups.setdefault((written[1], written[2]), []).append((written[3], row["id"]))
    for (line_code, sequence), members in sorted(groups.items()):
        types = sorted(kind for kind, _ in members)
        if frozenset(types) not in _GROUPS or len(types) != len(set(types)):
            zh = f"界桩 {line_code}{sequence} 类型为 {'、'.join(types)}，不成组。"
            en = f"markers {line_code}{sequence} have types {', '.join(types)}: no whole group."
            found.append(worded(rule, rule.level, zh, en, about=members[0][1]))
    found += _rounds(audited.book, rule, lines)
    return found or [worded(rule, "pass", "未发现问题。", "nothing against it.")]


def _rounds(book: Gazetteer, rule: Rule, lines: dict[str, dict[str, Any]]) -> list[Finding]:
    """Return the lines that the last round of inspections left out."""
    done: dict[str, set[str]] = {}
    for row in book.rows("inspection"):
        done.setdefault(row["round"], set()).add(row["line_id"] or "")
    if not done:
        return []
    last = max(done)
    return [
        worded(
            rule,
            "warn",
            f"第 {last} 轮联检缺界线“{line['name']}”。",
            f"round {last} of inspections left out line {line['name']}.",
            about=identity,
        )
        for identity, line in sorted(lines.items())
        if identity not in done[last]
    ]


def _last_day(written: str) -> date | None:
    """Return the last day that a written date may mean; None when there is none."""
    try:
        return date.fromordinal(span(written).last) if written else None
    except DataError:
        return None
