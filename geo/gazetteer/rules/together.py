"""Names proposed together: a list checked row by row, and its names against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from geo.errors import DataError, PlannerError
from geo.gazetteer.listed import ListedRow
from geo.gazetteer.rules.check import check_name
from geo.gazetteer.rules.model import Finding, Report
from geo.gazetteer.rules.pack import Pack
from geo.gazetteer.rules.proposals import Asked, Asking
from geo.gazetteer.rules.standing import Standing
from geo.gazetteer.search.letters import fold
from geo.gazetteer.words import class_word, word
from geo.text import say

_WORST: Final = ("block", "warn")


@dataclass(frozen=True, slots=True)
class Checked:
    """One row of a list with its report."""

    row: int
    asked: Asked
    report: Report
    twins: tuple[tuple[int, str], ...]
    """Other rows whose names are the same or sound the same: their numbers and names."""


def check_list(
    rows: Sequence[ListedRow],
    asking: Asking,
    standing: Standing,
    pack: Pack,
    *,
    on: date,
    usual: Mapping[str, Any],
    progress: Callable[[float], None] | None = None,
) -> list[Checked]:
    """Check every name of a list.

    Parameters
    ----------
    rows
        The list.
    asking
        Makes the proposals.
    standing, pack, on
        As for `check_name`.
    usual
        What a row does not tell itself: the keyword arguments of `Asking.asked`.
    progress
        Told the share that is done.

    Raises
    ------
    DataError
        Rows that cannot be understood; all are named.
    """
    asked: list[Asked] = []
    faults = []
    for row in rows:
        if not row.cells.get("name"):
            faults.append(say(f"第 {row.number} 行没有名称", f"row {row.number} has no name"))
            continue
        try:
            asked.append(asking.from_row(row, usual))
        except PlannerError as error:
            told = error.message.rstrip("。.")
            faults.append(say(f"第 {row.number} 行：{told}", f"row {row.number}: {told}"))
    if faults:
        raise DataError(
            say(
                f"有 {len(faults)} 行看不懂：{'；'.join(faults)}。",
                f"{len(faults)} rows are not understood: {'; '.join(faults)}.",
            ),
            hint=say("一条也没有检查，请改正后重来。", "None was checked: mend them, try again."),
        )
    twins = _twins(rows, asked)
    checked = []
    for done, (row, one) in enumerate(zip(rows, asked, strict=True), start=1):
        report = check_name(one.proposal, standing, pack, on=on)
        checked.append(Checked(row.number, one, report, twins.get(row.number, ())))
        if progress is not None:
            progress(done / len(rows))
    return checked


def verdicts(checked: Sequence[Checked]) -> pd.DataFrame:
    """Return one row a name: verdict, why, nearest conflict, alternatives, what lacks or is odd."""
    return pd.DataFrame(
        [
            {
                "row": one.row,
                "name": one.report.text,
                "verdict": verdict_word(one.report),
                "class": class_word(one.asked.proposal.class_code),
                "division": one.asked.division or one.asked.proposal.division_code,
                "roman": one.asked.spelled.toned,
                "confirm": one.asked.spelled.must_confirm,
                "rules": "、".join(f.rule for f in _bad(one.report)),
                "why": "".join(f.message for f in _bad(one.report)),
                **nearest(_bad(one.report)),
                "alternatives": "、".join(
                    dict.fromkeys(a.text for f in _bad(one.report) for a in f.alternatives)
                ),
                "missing": "、".join(map(missing_word, one.report.missing)),
                "warnings": "".join(one.asked.warnings),
                "twins": "、".join(say(f"第{n}行{t}", f"row {n} {t}") for n, t in one.twins),
            }
            for one in checked
        ]
    ).astype({"row": "Int64", "distance_m": "Float64", "confirm": "boolean"})


def findings(checked: Sequence[Checked]) -> pd.DataFrame:
    """Return one row a finding."""
    return pd.DataFrame(
        [
            {
                "row": one.row,
                "name": one.report.text,
                "rule": found.rule,
                "verdict": word("verdict", found.verdict),
                "article": found.article,
                "why": found.message,
                **nearest([found]),
                "alternatives": "、".join(a.text for a in found.alternatives),
                "missing": "、".join(map(missing_word, found.missing)),
            }
            for one in checked
            for found in one.report.findings
            if found.verdict != "not_applicable"
        ]
    ).astype({"row": "Int64", "distance_m": "Float64"})


def nearest(found: Sequence[Finding]) -> dict[str, Any]:
    """Return the nearest conflict of findings and its distance."""
    conflicts = [c for f in found for c in f.conflicts]
    far = float("inf")
    first = min(
        conflicts, key=lambda c: far if c.distance_m is None else c.distance_m, default=None
    )
    return {
        "conflict": "" if first is None else first.text,
        "distance_m": None if first is None else first.distance_m,
    }


def verdict_word(report: Report) -> str:
    """Return the conclusion of a report in words."""
    if report.undecided:
        return say("无法判定：可能重名、同音", "cannot be told: perhaps taken already")
    return word("verdict", report.verdict)


def missing_word(key: str) -> str:
    """Return in words what a rule lacks."""
    told = word("missing", key)
    head, _, tail = key.partition(":")
    if told == key and tail:
        return f"{word('missing', head)} {tail}"
    return told


def _bad(report: Report) -> list[Finding]:
    return [found for found in report.findings if found.verdict in _WORST]


def _twins(
    rows: Sequence[ListedRow], asked: Sequence[Asked]
) -> dict[int, tuple[tuple[int, str], ...]]:
    """Return, by row, the other rows of the same class whose names are or sound the same."""
    alike: dict[tuple[str, ...], list[int]] = {}
    texts: dict[int, str] = {}
    for row, one in zip(rows, asked, strict=True):
        texts[row.number] = one.proposal.text
        kind = one.proposal.class_code[:3]
        keys: list[tuple[str, ...]] = [(kind, "text", fold(one.proposal.text))]
        if one.spelled.reading:
            keys.append((kind, "sound", *one.spelled.reading))
        for key in keys:
            alike.setdefault(key, []).append(row.number)
    found: dict[int, dict[int, str]] = {}
    for numbers in alike.values():
        for number in numbers:
            others = {other: texts[other] for other in numbers if other != number}
            found.setdefault(number, {}).update(others)
    return {number: tuple(sorted(others.items())) for number, others in found.items() if others}
