"""Whether the gazetteer still keeps the laws of its cases; what does not is named."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from itertools import pairwise

import sqlalchemy as sa

from geo.gazetteer.book import Gazetteer
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.machine import after_approval
from geo.gazetteer.cases.record import reading
from geo.gazetteer.cases.rulebook import rulebook
from geo.gazetteer.tables import EVENT
from geo.text import say


def audit(book: Gazetteer, on: date, rules: Rulebook | None = None) -> list[str]:
    """Return every breach of these laws, in words; none is an empty list.

    * Every name of an official place rests on one decision or one legacy batch, not on both, and
      what it rests on is kept.
    * A place has at most one standing standard name.
    * An approved case has a decision document, and its approver is not its clerk.
    * The state of a case is where its steps led, each step from where the last one ended
      and not on an earlier day.
    * An approved case was never edited after its approval, but for its state.

    Parameters
    ----------
    book, on
        The gazetteer, and the day on which names are looked at.
    rules
        The tables; None: those that ship.
    """
    rules = rules or rulebook()
    return [*_names(book, on), *_cases(book, rules), *_edited(book, rules)]


def _names(book: Gazetteer, on: date) -> list[str]:
    with reading(book) as select:
        official = {row["id"] for row in select("place") if row["status"] == "official"}
        decisions = {row["id"] for row in select("document")}
        batches = {row["id"] for row in select("batch")}
        names = [row for row in select("name") if row["place_id"] in official]
    faults = []
    for row in names:
        decision, batch = row["decision_id"], row["legacy_batch"]
        if row["kind"] in ("standard", "former") and bool(decision) == bool(batch):
            faults.append(
                say(
                    f"“{row['text']}”既无决定也无历史批次，或两者都有",
                    f"{row['text']} rests on no decision and no legacy batch, or on both",
                )
            )
        elif (decision and decision not in decisions) or (batch and batch not in batches):
            faults.append(
                say(
                    f"“{row['text']}”所依据的决定或历史批次不在库中",
                    f"the decision or legacy batch of {row['text']} is not kept",
                )
            )
    standard = [row for row in names if row["kind"] == "standard"]
    day = on.toordinal()
    count = Counter(r["place_id"] for r in standard if r["from_day"] <= day < r["end_day"])
    return faults + [
        say(f"地名 {place} 有 {n} 个标准名称", f"place {place} has {n} standard names")
        for place, n in count.items()
        if n > 1
    ]


def _cases(book: Gazetteer, rules: Rulebook) -> list[str]:
    faults = []
    with reading(book) as select:
        documents = {row["id"] for row in select("document")}
        steps: dict[str, list[tuple[int, str, str, str, str, str]]] = {}
        for row in select("step"):
            whole = (
                row["number"], row["was"], row["became"], row["on_day"], row["actor"], row["role"],
            )  # fmt: skip
            steps.setdefault(row["case_id"], []).append(whole)
        rows = select("case")
    for row in rows:
        way = sorted(steps.get(row["id"], []))
        days = [day for *_, day, _, _ in way]
        faults += [
            say(
                f"“{row['title']}”的步骤日期倒退：{before} 之后又记 {after}",
                f"{row['title']}: a step of {after} follows one of {before}",
            )
            for before, after in pairwise(days)
            if after < before
        ]
        here = "draft"
        for number, (counted, was, became, *_) in enumerate(way, start=1):
            if counted != number or (number > 1 and was != here):
                faults.append(say(f"“{row['title']}”步骤不连续", f"{row['title']}: steps broken"))
            here = became
        if here != row["state"]:
            faults.append(
                say(f"“{row['title']}”状态与步骤不符", f"{row['title']}: state is not its steps'")
            )
        if not after_approval(rules.kind(row["kind"]), row["state"]):
            continue
        if row["decision_id"] not in documents:
            faults.append(
                say(f"“{row['title']}”没有决定文件", f"{row['title']}: no decision document")
            )
        handled = {actor for *_, actor, role in way if role in ("clerk", "applicant")}
        if not row["approver"] or row["approver"] in handled | {row["clerk"]}:
            faults.append(
                say(f"“{row['title']}”批准人即经办人", f"{row['title']}: its clerk approved it")
            )
    return faults


def _edited(book: Gazetteer, rules: Rulebook) -> list[str]:
    """Read the log itself: after approval only the state may have moved."""
    found = sa.select(EVENT.c.before, EVENT.c.after).where(EVENT.c.record == "case")
    with book.reading() as connection:
        events = connection.execute(found.order_by(EVENT.c.number)).all()
    faults = []
    for event in events:
        before = json.loads(event.before) if event.before else {}
        after = json.loads(event.after) if event.after else {}
        if not before or not after_approval(rules.kind(before["kind"]), before["state"]):
            continue
        touched = {key for key in before if before[key] != after.get(key)} - {"state", "version"}
        undone = not after_approval(rules.kind(before["kind"]), after.get("state", ""))
        if touched and not undone:
            faults.append(
                say(f"“{before['title']}”批准后被修改", f"{before['title']}: edited once approved")
            )
    return faults
