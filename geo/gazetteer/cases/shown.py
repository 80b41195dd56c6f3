"""A case as people read it: what was filled in, in words; what each step was, and its paper."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.cases.forms import fields_of
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.lying import lies_word
from geo.gazetteer.cases.record import facts_of
from geo.gazetteer.classes import class_of
from geo.gazetteer.division.change import kinds
from geo.gazetteer.divisions import areas, division_word
from geo.gazetteer.lookup import cards
from geo.gazetteer.rules import pack
from geo.gazetteer.tables import CHANGE_SET, EVENT
from geo.gazetteer.words import bracketed
from geo.text import say

_APART: Final = ("title", "applicant")
_COLUMNS: Final = ("place_id", "division_code", "reason_code", "reason")


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken, with what it was and the paper that it left behind."""

    row: Row
    act: str
    """What was done, such as 记入专家论证."""
    paper: str
    """Title of the document that the step registered or attached; empty: none."""


def facts_told(book: Gazetteer, row: Row, *, on: date) -> list[tuple[str, str]]:
    """Return what was filled into the form of a case, each under its heading and in words.

    Names, title and applicant, which have places of their own, are left out.

    Parameters
    ----------
    book, row
        The gazetteer and the case.
    on
        The day whose names of places and divisions are told.
    """
    facts = facts_of(row) | {name: row[name] for name in _COLUMNS if row[name]}
    words = _Words(book, facts, str(row["division_code"]), on)
    told = []
    for field in fields_of(row["kind"]):
        if field.field in _APART or field.target.startswith(("names.", "correction.")):
            continue
        value = facts.get(field.target.removeprefix("facts."))
        if value not in (None, "", [], {}):
            told.append((field.label.removesuffix("代码"), words.of(field.reads, value)))
    return told


def steps_taken(book: Gazetteer, case_id: str, rules: Rulebook) -> list[Taken]:
    """Return the steps of a case in order, each with what was done, by the log."""
    rows = sorted(book.rows("step", case_id=case_id), key=lambda row: row["number"])
    ids = {row["id"] for row in rows}
    log = (
        sa.select(EVENT.c.record, EVENT.c.row_id, EVENT.c.before, EVENT.c.after, CHANGE_SET.c.id,
                  CHANGE_SET.c.reason)
        .join(CHANGE_SET, CHANGE_SET.c.id == EVENT.c.change_set_id)
        .where(
            sa.or_(
                sa.and_(EVENT.c.record == "step", EVENT.c.row_id.in_(ids), EVENT.c.before == ""),
                sa.and_(EVENT.c.record == "case", EVENT.c.row_id == case_id),
            )
        )
        .order_by(EVENT.c.number)
    )  # fmt: skip
    by, papers = {}, dict[str, set[str]]()
    with book.reading() as connection:
        for event in connection.execute(log):
            if event.record == "step":
                by[event.row_id] = event
            else:
                fresh = _documents(event.after).items() - _documents(event.before).items()
                papers.setdefault(event.id, set()).update(identity for _, identity in fresh)
    wanted = {one.id: papers.get(one.id, set()) for one in by.values()}
    titles = {
        identity: str(paper["title"])
        for identity in set().union(*wanted.values())
        for paper in book.rows("document", id=identity)
    }
    return [_taken(row, by, wanted, titles, rules) for row in rows]


def _taken(
    row: Row,
    by: Mapping[str, Any],
    papers: Mapping[str, set[str]],
    titles: Mapping[str, str],
    rules: Rulebook,
) -> Taken:
    """Return a step with what the log has of it; one led along by a campaign has the same act."""
    event = by.get(row["id"])
    if event is None:
        return Taken(row, str(rules.state_words[row["became"]]), "")
    left = sorted(titles[one] for one in papers[event.id] if one in titles)
    return Taken(row, str(event.reason), say("、", ", ").join(left))


def _documents(case: str) -> dict[str, str]:
    facts = json.loads(json.loads(case)["facts"]) if case else {}
    return dict(facts.get("documents", {}))


@dataclass(frozen=True, slots=True)
class _Words:
    book: Gazetteer
    facts: Mapping[str, Any]
    division_code: str
    on: date

    def of(self, reads: str, value: Any) -> str:  # noqa: ANN401 - any fact
        """Return a fact in words, by how its field is read."""
        ways: Mapping[str, Callable[[Any], str]] = {
            "place": lambda one: self._places([one]),
            "places": self._places,
            "line": lambda one: self._called("line", one, "name"),
            "stone": lambda one: self._called("marker", one, "number"),
            "class": _class_word,
            "division": self._division,
            "reason": _reason_word,
            "change": lambda one: str(kinds()[one]["zh"]) if one in kinds() else str(one),
            "list": lambda one: say("、", ", ").join(one),
            "point": lambda one: self._lies({"point": one}),
            "shape": lambda one: self._lies({"shapes": one}),
        }
        return ways.get(reads, str)(value)

    def _places(self, ids: list[str]) -> str:
        found = cards(self.book, ids, on=self.on)
        return say("、", ", ").join(found[one].line if one in found else one for one in ids)

    def _called(self, record: str, identity: str, column: str) -> str:
        rows = self.book.rows(record, id=identity)
        return str(rows[0][column]) if rows else identity

    def _division(self, code: str) -> str:
        with self.book.reading() as connection:
            return division_word(connection, code, on=self.on)

    def _lies(self, facts: Mapping[str, Any]) -> str:
        with self.book.reading() as connection:
            return lies_word(facts, self.division_code, areas(connection, on=self.on))


def _class_word(code: str) -> str:
    known = class_of(code)
    return f"{known.name}{bracketed(known.code)}" if known else code


def _reason_word(code: str) -> str:
    reasons = pack().rules["R13"].reasons
    return next((say(one.zh, one.en) for one in reasons if one.code == code), code)
