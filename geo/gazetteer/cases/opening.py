"""Open cases: one, many, or a campaign with all that is on its list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer.book import Change, Gazetteer, Row
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.lying import all_must_lie_here
from geo.gazetteer.cases.machine import after_approval
from geo.gazetteer.cases.record import (
    BEFORE_DECISION,
    EDITORS,
    NAME_FIELDS,
    Proposal,
    must_be_open,
    must_be_role,
    spelled_facts,
    taken,
)
from geo.gazetteer.cases.rulebook import rulebook
from geo.gazetteer.divisions import areas, division_meant
from geo.gazetteer.romanise.fitting import fitted
from geo.gazetteer.rules.sound import syllables_of
from geo.text import say


def open_case(
    book: Gazetteer,
    proposal: Proposal,
    *,
    by: str,
    role: str = "clerk",
    at: datetime,
    rules: Rulebook | None = None,
) -> str:
    """Open a case as a draft and return its id; see `open_cases`."""
    return open_cases(book, [proposal], by=by, role=role, at=at, rules=rules)[0]


def open_cases(
    book: Gazetteer,
    proposals: Sequence[Proposal],
    *,
    by: str,
    role: str = "clerk",
    at: datetime,
    rules: Rulebook | None = None,
) -> list[str]:
    """Open cases as drafts, all or none, and return their ids.

    Parameters
    ----------
    book, proposals
        The gazetteer, and what is asked for.
    by, role
        Who opens: ``applicant`` or ``clerk``; a clerk who opens a case is its clerk.
    at
        The moment.
    rules
        The tables; None: those that ship.

    Raises
    ------
    DataError
        A title is empty, a proposal has names although its kind takes none, it lies elsewhere, or
        there is no such division.
    NotFoundError
        No such kind, place, campaign or superseded case.
    ConflictError
        The campaign is decided, or what is superseded was never approved.
    """
    rules = rules or rulebook()
    must_be_role(role, EDITORS, rules)
    by_whom = _By(by, role, at)
    placed = placed_here(book, proposals, on=at.date())
    with book.change(author=by, reason=say("立案", "open a case"), at=at) as change:
        numbers = _numbers(change, at.year)
        return [_opened(change, one, next(numbers), by_whom, rules) for one in placed]


def open_campaign(
    book: Gazetteer,
    campaign: Proposal,
    proposals: Sequence[Proposal],
    *,
    by: str,
    role: str = "clerk",
    at: datetime,
    rules: Rulebook | None = None,
) -> tuple[str, list[str]]:
    """Open a campaign with the cases on its list, all or none, and return their ids.

    Parameters and errors are those of `open_cases`; ``campaign_id`` of the proposals is filled in.
    """
    rules = rules or rulebook()
    must_be_role(role, EDITORS, rules)
    by_whom = _By(by, role, at)
    first, *placed = placed_here(book, [campaign, *proposals], on=at.date())
    with book.change(author=by, reason=say("立案", "open a case"), at=at) as change:
        numbers = _numbers(change, at.year)
        head = _opened(change, first, next(numbers), by_whom, rules)
        listed = [replace(one, campaign_id=head) for one in placed]
        return head, [_opened(change, one, next(numbers), by_whom, rules) for one in listed]


def placed_here(book: Gazetteer, proposals: Sequence[Proposal], *, on: date) -> list[Proposal]:
    """Return proposals with the codes of their divisions, each in a place that can be one of here.

    Raises
    ------
    DataError
        A place cannot be one of here, there is no such division, or several have one name.
    """
    with book.reading() as connection:
        drawn = areas(connection, on=on)
        codes = {
            written: division_meant(connection, written, on=on)
            for written in {one.division_code for one in proposals}
        }
    for one in proposals:
        all_must_lie_here(one.facts, drawn)
    return [replace(one, division_code=codes[one.division_code]) for one in proposals]


@dataclass(frozen=True, slots=True)
class _By:
    actor: str
    role: str
    at: datetime


def _numbers(change: Change, year: int) -> Iterator[str]:
    """Yield the next numbers of cases, such as ``2026-0007``; nobody else opens one meanwhile."""
    given = [row["number"].rpartition("-") for row in change.select("case")]
    last = max((int(n) for of, _, n in given if of == str(year)), default=0)
    return (f"{year}-{n:04d}" for n in count(last + 1))


def _opened(change: Change, asked: Proposal, number: str, by: _By, rules: Rulebook) -> str:
    _check_proposal(change, asked, rules)
    facts = dict(asked.facts) | seen_name(change, asked.place_id, by.at.date())
    if asked.supersedes:
        facts["supersedes"] = asked.supersedes
    facts["names"] = name_facts(asked.names, by.actor if by.role == "clerk" else "", by.at)
    case_id = change.insert(
        "case",
        number=number,
        kind=asked.kind,
        state="draft",
        title=asked.title,
        place_id=asked.place_id or None,
        division_code=asked.division_code or _division_of(change, asked.place_id),
        applicant=asked.applicant or (by.actor if by.role == "applicant" else ""),
        clerk=asked.clerk or (by.actor if by.role == "clerk" else ""),
        reason_code=asked.reason_code,
        reason=asked.reason,
        opened_on=by.at.date().isoformat(),
        campaign_id=asked.campaign_id or None,
        facts=spelled_facts(facts),
    )
    change.insert(
        "step",
        case_id=case_id,
        number=1,
        was="",
        became="draft",
        actor=by.actor,
        role=by.role,
        on_day=by.at.date().isoformat(),
    )
    propose(change, case_id, asked.names, facts["names"])
    return case_id


def _check_proposal(change: Change, asked: Proposal, rules: Rulebook) -> None:
    kind = rules.kind(asked.kind)
    if not asked.title.strip():
        raise DataError(say("案卷必须有标题。", "a case must have a title."))
    if asked.names and not kind.names:
        raise DataError(say(f"“{kind.word}”不提拟用名称。", f"{kind.word} takes no names."))
    for record, identity in (("place", asked.place_id), ("case", asked.supersedes)):
        if identity and change.find(record, identity) is None:
            raise NotFoundError(say(f"没有记录 {identity}。", f"there is no {record} {identity}."))
    if asked.supersedes:
        old = taken(change, asked.supersedes, None, rules)
        if not after_approval(old.kind, old.row["state"]):
            raise ConflictError(
                say(
                    f"案卷“{old.row['title']}”没有批准过，不用取代。",
                    f"the case {old.row['title']} was never approved: nothing to supersede.",
                )
            )
    if asked.campaign_id:
        campaign = taken(change, asked.campaign_id, None, rules)
        if asked.kind not in campaign.kind.children:
            raise DataError(
                say(
                    f"“{kind.word}”不能列入“{campaign.kind.word}”。",
                    f"{kind.word} cannot be part of {campaign.kind.word}.",
                )
            )
        must_be_open(campaign, rules, BEFORE_DECISION)


def standing_name(change: Change, place_id: str, day: date) -> list[Row]:
    """Return the standard names that a place has on a day."""
    ordinal = day.toordinal()
    return [
        row
        for row in change.select("name", place_id=place_id, kind="standard")
        if row["from_day"] <= ordinal < row["end_day"]
    ]


def seen_name(change: Change, place_id: str, day: date) -> dict[str, str]:
    """Return which name the proposal is about, so that a decision never closes another one."""
    rows = standing_name(change, place_id, day) if place_id else []
    return {"old_name_id": rows[0]["id"], "old_name": rows[0]["text"]} if len(rows) == 1 else {}


def name_facts(
    names: Sequence[Mapping[str, str]], clerk: str, at: datetime
) -> dict[str, dict[str, str]]:
    """Return what is known of each candidate, by its text; a reading that a clerk gives is firm.

    Raises
    ------
    DataError
        A name has no text, a field that names do not have, or a reading that does not fit it.
    """
    found = {}
    for name in names:
        strange = set(name) - {"text", *NAME_FIELDS}
        if strange or not name.get("text", "").strip():
            raise DataError(
                say(
                    "拟用名称缺文字，或有不认识的项：",
                    "a name without text or with unknown fields: ",
                )
                + "、".join(sorted(strange) or ["text"])
            )
        told = {key: value for key, value in name.items() if key != "text"}
        if told.get("reading"):
            told["reading"] = _fitted(name["text"], told["reading"])
            if clerk:
                told = {"confirmed_by": clerk, "confirmed_on": at.date().isoformat()} | told
        found[name["text"]] = told
    return found


def _fitted(text: str, reading: str) -> str:
    """Return a reading with the tones that are without doubt, or refuse one that is unfit."""
    try:
        return fitted(text, " ".join(syllables_of(reading)))
    except DataError as unfit:
        if "--special" not in unfit.hint:
            raise
        hint = say(
            "请改正读音；方言或特例的，读音一栏留空，立案后用 fuwuquan cases read --special。",
            "Mend it; a dialect's is left out here and given by fuwuquan cases read --special.",
        )
        raise DataError(unfit.message, hint=hint) from unfit


def propose(
    change: Change,
    case_id: str,
    names: Sequence[Mapping[str, str]],
    known: Mapping[str, Mapping[str, str]],
) -> None:
    """Add candidates to a case, each read as its facts (see `name_facts`) have it."""
    change.insert_all(
        "candidate",
        [
            {
                "case_id": case_id,
                "text": name["text"],
                "reading": known[name["text"]].get("reading", ""),
            }
            for name in names
        ],
    )


def _division_of(change: Change, place_id: str) -> str:
    place = change.find("place", place_id) if place_id else None
    return "" if place is None else str(place["division_code"])
