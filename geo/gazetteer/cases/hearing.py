"""Hear the public on a proposal: a term in which to speak, and an answer to everybody who did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from geo.errors import ConflictError, DataError
from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.cases.days import due
from geo.gazetteer.cases.law import Rulebook, Word
from geo.gazetteer.cases.order import HEARD, SAID, STEP, must_follow
from geo.gazetteer.cases.record import (
    OFFICERS,
    Case,
    branches,
    case_of,
    facts_of,
    in_hand,
    must_be_open,
    must_be_role,
    reading,
    spelled_facts,
    taken,
)
from geo.gazetteer.cases.rulebook import rulebook
from geo.text import say

STANCES: Final[Mapping[str, Word]] = {
    "support": Word("支持", "support"),
    "object": Word("反对", "object"),
    "alternative": Word("另提名称", "alternative"),
    "comment": Word("其他", "comment"),
}
_HEARING: Final = ("submitted", "formal_check", "rules_checked", "reviews")
_ANSWERING: Final = (*_HEARING, "supplement")


@dataclass(frozen=True, slots=True)
class Heard:
    """What the public said of a proposal."""

    opened_on: str
    """Empty when no term was set."""
    until: str
    stances: Mapping[str, int]
    """Submissions of each stance."""
    alternatives: tuple[str, ...]
    unanswered: int
    rows: tuple[Row, ...]
    """The submissions in the order in which they came."""


def consult(
    book: Gazetteer,
    case_id: str,
    *,
    version: int,
    by: str,
    role: str = "clerk",
    at: datetime,
    until: date | None = None,
    note: str = "",
    rules: Rulebook | None = None,
) -> date:
    """Set the term in which everybody may speak, or a longer one, and return its last day.

    Parameters
    ----------
    book, case_id, version
        The gazetteer, the case, and its version as the clerk saw it.
    by, role, at, rules
        As in `geo.gazetteer.cases.opening.open_cases`.
    until
        The last day; None: the shortest term that the rules allow.
    note
        Why the term is shorter than that.

    Raises
    ------
    ConflictError
        The case was changed meanwhile or is not under review, or a term would be cut short.
    DataError
        Its kind is decided without a consultation, the term is too short and no reason given, or
        the day lies before the last step.
    """
    rules = rules or rulebook()
    with in_hand(
        book, case_id, version=version, by=by, role=role, allowed=OFFICERS, at=at,
        reason=say("开始征求意见", "open the consultation"), rules=rules,
    ) as (change, case):  # fmt: skip
        must_be_open(case, rules, ("reviews",))
        if "consultation" not in branches(case, change.select, rules):
            raise DataError(
                say(
                    f"案卷“{case.row['title']}”不须征求意见。",
                    f"{case.row['title']} is decided without a consultation.",
                )
            )
        began = max(step["on_day"] for step in change.select("step", case_id=case_id))
        must_follow(case.row, STEP, began, at.date().isoformat())
        last = _last_day(case, at.date(), until, note, rules)
        facts = facts_of(case.row)
        opened = facts.get("consultation", {}).get("opened_on", at.date().isoformat())
        facts["consultation"] = {"opened_on": opened, "until": last.isoformat(), "note": note}
        change.update("case", case_id, version, facts=spelled_facts(facts))
        tasks = change.select("task", case_id=case_id, kind="consultation", done_on="")
        for task in tasks:
            change.update("task", task["id"], task["version"], due_on=last.isoformat())
        rule = rules.deadline("consultation", case.row["division_code"])
        if not tasks and rule is not None:
            change.insert(
                "task",
                case_id=case_id,
                place_id=case.row["place_id"],
                kind="consultation",
                title=f"{rule.word}：{case.row['title']}",
                due_on=last.isoformat(),
                rule=rule.rule,
            )
        return last


def _last_day(case: Case, today: date, until: date | None, note: str, rules: Rulebook) -> date:
    rule = rules.deadline("consultation", case.row["division_code"])
    least = due(today, rule, rules.holidays) if rule else today
    last = until or least
    set_before = case.told.get("consultation", {}).get("until", "")
    if set_before:
        if last.isoformat() <= set_before:
            raise ConflictError(
                say(
                    f"征求意见已定到 {set_before} 截止，只能延长。",
                    f"the consultation runs until {set_before} and can only be made longer.",
                )
            )
        return last
    if last < least and not note.strip():
        raise DataError(
            say(
                f"征求意见到 {last} 截止，少于规定的期限（应到 {least}）。",
                f"a consultation until {last} is shorter than the rules want (until {least}).",
            ),
            hint=say("确须缩短的，请写明理由。", "Give the reason if it must be so short."),
        )
    return last


def hear(
    book: Gazetteer,
    case_id: str,
    *,
    by: str,
    stance: str,
    text: str,
    at: datetime,
    alternative: str = "",
    author: str = "",
    rules: Rulebook | None = None,
) -> str:
    """Write down what somebody says of a proposal, and return the id of the opinion.

    Parameters
    ----------
    book, case_id, at, rules
        As in `consult`.
    by, stance, text, alternative
        Who says it, for or against, what, and the name put forward instead.
    author
        Who writes it down, for the log; empty: who says it.

    Raises
    ------
    DataError
        The stance is none of `STANCES`, nothing is said, an alternative names no other name, or
        the day lies before the consultation.
    ConflictError
        The case is not open for opinions, or the term has ended.
    """
    rules = rules or rulebook()
    if stance not in STANCES or not text.strip():
        raise DataError(
            say("意见须有态度和内容。", "an opinion needs a stance and a text."),
            hint=say("态度：", "Stances: ") + "、".join(STANCES),
        )
    if (stance == "alternative") != bool(alternative.strip()):
        raise DataError(
            say(
                "态度为“另提名称”的，须写明另提的名称；其他态度不写。",
                "an alternative names the other name; other stances name none.",
            )
        )
    reason = say("征求意见", "opinion")
    with book.change(author=author or by, reason=reason, at=at, case_id=case_id) as change:
        case = taken(change, case_id, None, rules)
        must_be_open(case, rules, _HEARING)
        term = case.told.get("consultation", {})
        until, day = term.get("until", ""), at.date().isoformat()
        must_follow(case.row, HEARD, term.get("opened_on", ""), day)
        if until and day > until:
            raise ConflictError(
                say(f"征求意见已于 {until} 截止。", f"the consultation ended on {until}."),
                hint=say("确须听取的，请先延长期限。", "Make the term longer to hear more."),
            )
        return change.insert(
            "opinion",
            case_id=case_id,
            by=by,
            stance=stance,
            text=text,
            alternative=alternative.strip(),
            on_day=day,
        )


def answer(
    book: Gazetteer,
    opinion_id: str,
    *,
    version: int,
    text: str,
    by: str,
    role: str = "clerk",
    at: datetime,
    rules: Rulebook | None = None,
) -> None:
    """Answer an opinion.

    Raises
    ------
    DataError
        The answer is empty or dated before the opinion, or the role may not answer.
    NotFoundError
        There is none of this id.
    ConflictError
        It was changed meanwhile, or the case is decided.
    """
    rules = rules or rulebook()
    must_be_role(role, OFFICERS, rules)
    if not text.strip():
        raise DataError(say("答复是空的。", "the answer is empty."))
    opinion = book.row("opinion", opinion_id)
    case_id, day = opinion["case_id"], at.date().isoformat()
    with book.change(author=by, reason=say("答复", "answer"), at=at, case_id=case_id) as change:
        case = taken(change, case_id, None, rules)
        must_be_open(case, rules, _ANSWERING)
        must_follow(case.row, SAID, opinion["on_day"], day)
        change.update("opinion", opinion_id, version, answer=text, answered_by=by, answered_on=day)


def heard(book: Gazetteer, case_id: str, rules: Rulebook | None = None) -> Heard:
    """Return what was said of a proposal, and how much of it is answered.

    Raises
    ------
    NotFoundError
        There is no such case.
    """
    rules = rules or rulebook()
    case = case_of(book.row("case", case_id), rules)
    with reading(book) as select:
        rows = tuple(select("opinion", case_id=case_id))
    counted = Counter(row["stance"] for row in rows)
    term = case.told.get("consultation", {})
    return Heard(
        term.get("opened_on", ""),
        term.get("until", ""),
        {stance: counted[stance] for stance in STANCES if counted[stance]},
        tuple(dict.fromkeys(row["alternative"] for row in rows if row["alternative"])),
        sum(not row["answer"] for row in rows),
        rows,
    )
