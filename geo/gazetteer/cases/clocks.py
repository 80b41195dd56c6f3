"""Deadlines and other tasks of cases: raised, done, extended, overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer.book import Change, Gazetteer, Row
from geo.gazetteer.cases.coding import TASK, may_code, uncoded
from geo.gazetteer.cases.days import due, extended, unannounced
from geo.gazetteer.cases.drafts import draft_of
from geo.gazetteer.cases.law import Deadline, Rulebook
from geo.gazetteer.cases.record import Case, case_of, law_class, reading
from geo.gazetteer.cases.rulebook import rulebook
from geo.gazetteer.cases.signs import set_up
from geo.text import say

_DRAFTED: Final = ("filing", "announcement")
_DECIDED: Final = ("approved", "rejected", "returned", "withdrawn")
_DAY: Final = len("2026-05-01")


@dataclass(frozen=True, slots=True)
class Late:
    """A task that is not done although its day has passed."""

    task_id: str
    """Id of the task, or of the boundary line whose inspection is due."""
    case_id: str
    kind: str
    title: str
    due_on: date
    days: int
    rule: str


def settle_tasks(change: Change, case: Case, became: str, *, on: date, rules: Rulebook) -> None:
    """Start the clocks that a new state starts, and stop those that it stops."""
    day = on.isoformat()
    for task in change.select("task", case_id=case.id, done_on=""):
        deadline = rules.deadline(task["kind"], case.row["division_code"])
        if deadline is None:
            continue
        decided = deadline.until == "decided" and became in _DECIDED
        decided |= deadline.until == "consultation" and became in (*_DECIDED, "deliberation")
        if deadline.until == became or decided:
            text = task["draft"]
            if task["kind"] in _DRAFTED:
                draft = draft_of(change.select, case, task["kind"], rules)
                text = draft.text if draft else ""
            change.update("task", task["id"], task["version"], done_on=day, draft=text)
        elif deadline.start == "authority" and became == "filed" and not task["due_on"]:
            last = due(on, deadline, rules.holidays)
            change.update("task", task["id"], task["version"], due_on=last.isoformat())
    if became == "submitted" and not case.in_campaign:
        raise_deadlines(change, case, became, on=on, rules=rules)


def raise_deadlines(
    change: Change,
    case: Case,
    started: str,
    *,
    on: date,
    rules: Rulebook,
    authority: str = "",
    drafts: bool = False,
) -> int:
    """Raise the tasks whose clock starts with a state, and return how many.

    Parameters
    ----------
    change, case
        The change set and the case.
    started
        The state that starts the clock, or ``inspected``.
    on
        The day it starts, itself not counted.
    rules, authority
        The tables, and who approved.
    drafts
        Whether texts of the filing report and the announcement are drafted.
    """
    count = 0
    coded = (TASK,) if may_code(case.kind) else ()
    for identity in (*case.kind.deadlines, *coded):
        deadline = rules.deadline(identity, case.row["division_code"])
        if deadline is None or not _concerns(change, case, deadline, on, rules):
            continue
        start = deadline.start
        later = ""
        if start == "authority":
            start = "approved"
            later = rules.authorities[authority].announced_after if authority else ""
        if start != started:
            continue
        last = due(on, deadline, rules.holidays)
        draft = (
            draft_of(change.select, case, identity, rules)
            if drafts and identity in _DRAFTED
            else None
        )
        lacking = "；".join(draft.missing) if draft else ""
        change.insert(
            "task",
            case_id=case.id,
            place_id=case.row["place_id"],
            kind=identity,
            title=f"{deadline.word}：{case.row['title']}"
            + (say(f"（缺：{lacking}）", f" (lacking: {lacking})") if lacking else ""),
            due_on="" if later == "filed" else last.isoformat(),
            rule=deadline.rule + unannounced(on, last, deadline, rules.holidays),
            draft=draft.text if draft else "",
        )
        count += 1
    return count


def _concerns(change: Change, case: Case, deadline: Deadline, on: date, rules: Rulebook) -> bool:
    if deadline.id == TASK and not uncoded(change.select, case, on, rules):
        return False
    if not deadline.only:
        return True
    law = law_class(case, change.select, rules)
    area = case.row["division_code"]
    who = case.kind.approvers or (rules.approvers(law, area) if law else ())
    return bool(set(who) & set(deadline.only))


def complete_task(
    book: Gazetteer,
    task_id: str,
    *,
    version: int,
    by: str,
    at: datetime,
    photo: str = "",
    spec: str = "",
) -> None:
    """Complete a task; a sign task sets the sign up or takes it down, with a photo as proof.

    Raises
    ------
    DataError
        A sign task comes without a photo, or the task is completed by an act on its case.
    ConflictError
        It was changed meanwhile, or is done.
    NotFoundError
        There is no such task.
    """
    task = book.row("task", task_id)
    if task["kind"] in _DRAFTED:
        raise DataError(
            say("备案、公告请在案卷里办理。", "filing and announcing are acts on the case."),
            hint=say("用 fuwuquan cases act", "Use fuwuquan cases act"),
        )
    if task["kind"] == TASK:
        raise DataError(
            say("编了代码，这项任务就随之完成。", "this task ends when the code is assigned."),
            hint=say("用 fuwuquan cases code", "Use fuwuquan cases code"),
        )
    signs = task["kind"].startswith("sign_")
    if signs and not photo:
        raise DataError(say("标志任务须附照片。", "a sign task needs a photo as proof."))
    day = at.date().isoformat()
    with book.change(
        author=by, reason=task["title"], at=at, case_id=task["case_id"] or ""
    ) as change:
        _must_be_undone(change.find("task", task_id))
        if signs:
            set_up(change, task, day, photo, spec)
        change.update("task", task_id, version, done_on=day)


def extend(
    book: Gazetteer,
    task_id: str,
    *,
    version: int,
    document_id: str,
    by: str,
    at: datetime,
    rules: Rulebook | None = None,
) -> date:
    """Extend a deadline once, by leave of who may give it, and return its new last day.

    Raises
    ------
    DataError
        No rule lets it be extended, or it was extended before.
    NotFoundError
        There is no such task or document.
    ConflictError
        It was changed meanwhile, or is done.
    """
    rules = rules or rulebook()
    task = book.row("task", task_id)
    document = book.row("document", document_id)
    place = book.row("place", task["place_id"]) if task["place_id"] else None
    case = book.row("case", task["case_id"]) if task["case_id"] else None
    area = (case or place or {"division_code": ""})["division_code"]
    deadline = rules.deadline(task["kind"], area)
    if deadline is None or not (deadline.extension_days or deadline.extension_months):
        raise DataError(say("此期限不能延长。", "no rule lets this deadline be extended."))
    if task["source"]:
        raise DataError(say("此期限已经延长过。", "this deadline was extended before."))
    last = extended(date.fromisoformat(task["due_on"]), deadline, rules.holidays)
    with book.change(
        author=by, reason=say("延长期限", "extend"), at=at, case_id=task["case_id"] or ""
    ) as change:
        _must_be_undone(change.find("task", task_id))
        named = document["number"] or document["title"]
        change.update("task", task_id, version, due_on=last.isoformat(), source=named)
    return last


def overdue(book: Gazetteer, on: date) -> list[Late]:
    """Return what is late on a day, the latest first: tasks, and lines not inspected."""
    return coming(book, on, until=on - timedelta(days=1))


def coming(book: Gazetteer, on: date, *, until: date) -> list[Late]:
    """Return what is due until a day, the latest first; ``days`` are negative while there is time.

    Parameters
    ----------
    book
        The gazetteer.
    on
        The day from which days are counted.
    until
        The last day looked at.
    """
    last = until.isoformat()
    late = [
        Late(
            row["id"], row["case_id"] or "", row["kind"], row["title"],
            date.fromisoformat(row["due_on"]),
            (on - date.fromisoformat(row["due_on"])).days,
            row["rule"],
        )
        for row in book.rows("task", done_on="")
        if row["due_on"] and row["due_on"] <= last and row["kind"] != "next_inspection"
    ]  # fmt: skip
    rule = rulebook().deadline("next_inspection", "")
    assert rule is not None
    for line in book.rows("line", on=on):
        if len(line["next_due"]) == _DAY and line["next_due"] <= last:
            day = date.fromisoformat(line["next_due"])
            title = f"{rule.word}：{line['name']}"
            late.append(
                Late(line["id"], "", "next_inspection", title, day, (on - day).days, rule.rule)
            )
    return sorted(late, key=lambda one: (-one.days, one.task_id))


def drafts(
    book: Gazetteer, case_id: str, rules: Rulebook | None = None
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the drafts of an approved case as the gazetteer now stands: text and what it lacks.

    Raises
    ------
    NotFoundError
        There is no such case.
    """
    rules = rules or rulebook()
    case = case_of(book.row("case", case_id), rules)
    if not case.row["decision_id"]:
        return {}
    with reading(book) as select:
        made = {kind: draft_of(select, case, kind, rules) for kind in _DRAFTED}
    return {kind: (draft.text, draft.missing) for kind, draft in made.items() if draft}


def _must_be_undone(task: Row | None) -> None:
    if task is None:
        raise NotFoundError(say("没有这项任务。", "there is no such task."))
    if task["done_on"]:
        raise ConflictError(
            say(f"任务“{task['title']}”已经完成。", f"the task {task['title']} is done.")
        )
