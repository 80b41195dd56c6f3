"""Lead a case, or all cases of a campaign, from one state to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from geo.errors import DataError, NotFoundError
from geo.gazetteer.book import Change, Gazetteer, Row
from geo.gazetteer.cases.ahead import led_to
from geo.gazetteer.cases.clocks import settle_tasks
from geo.gazetteer.cases.conditions import Moment, check, verdict_of
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.machine import after_approval
from geo.gazetteer.cases.papers import Paper, check_paper, register
from geo.gazetteer.cases.record import (
    Case,
    candidates,
    case_of,
    facts_of,
    reading,
    spelled_facts,
    taken,
    write_step,
)
from geo.gazetteer.cases.rulebook import rulebook
from geo.gazetteer.tables import RECORDS
from geo.text import say

Check = Callable[[Row, Row], str]
"""Judges a candidate (second) of a case (first) and returns the report as JSON text."""
Ask = Callable[[sa.Select[Any]], Sequence[sa.Row[Any]]]
"""Answers a query."""


def act(
    book: Gazetteer,
    case_id: str,
    action: str,
    *,
    actor: str,
    role: str,
    at: datetime,
    version: int,
    note: str = "",
    document_id: str = "",
    paper: Paper | None = None,
    reports: Mapping[str, str] | None = None,
    rules: Rulebook | None = None,
) -> Row:
    """Lead a case to its next state and return its row.

    Parameters
    ----------
    book, case_id, version
        The gazetteer, the case, and its version as the actor saw it.
    action
        An act of machine.toml, but not ``approve``: that is `approve`.
    actor, role, at
        Who acts, as what, and when.
    note
        Why, where a reason is wanted.
    document_id, paper
        The document that a review leaves behind: one that is kept, or one to be registered.
    reports
        Reports on the candidates as JSON text by the candidate's id, frozen from here on; see
        `frozen_reports`.
    rules
        The tables; None: those that ship.

    Raises
    ------
    ConflictError
        The case was changed meanwhile, or the act does not follow from its state.
    DataError
        The role may not do it, or something is missing; all that is missing is named.
    NotFoundError
        There is no such case or document.
    """
    rules = rules or rulebook()
    reason = _reason(action, rules)
    if paper is not None:
        check_paper(paper, rules, at.date())
    with book.change(author=actor, reason=reason, at=at, case_id=case_id) as change:
        case = taken(change, case_id, version, rules)
        kept = register(change, paper) if paper is not None else document_id
        by = _By(action, actor, role, at, note, kept)
        return _led(change, case, by, dict(reports or {}), rules).row


def act_all(
    book: Gazetteer,
    campaign_id: str,
    action: str,
    *,
    actor: str,
    role: str,
    at: datetime,
    note: str = "",
    reports: Mapping[str, str] | None = None,
    with_campaign: bool = False,
    rules: Rulebook | None = None,
) -> int:
    """Lead all cases of a campaign to which an act is open, all or none, and return how many.

    Parameters and errors are those of `act`; cases in another state are left alone.
    ``with_campaign`` leads the campaign itself along, if the act follows from its state.
    """
    rules = rules or rulebook()
    by = _By(action, actor, role, at, note)
    reason = _reason(action, rules)
    wanted = rules.acts.get(action)
    with book.change(author=actor, reason=reason, at=at, case_id=campaign_id) as change:
        campaign = taken(change, campaign_id, None, rules)
        listed = change.select("case", campaign_id=campaign_id)
        count = 0
        for row in [*listed, *([campaign.row] if with_campaign else [])]:
            case = case_of(row, rules)
            if wanted is None or wanted.sources == "path" or row["state"] not in wanted.sources:
                continue
            own = {
                one["id"]: (reports or {})[one["id"]]
                for one in candidates(change.select, case)
                if one["id"] in (reports or {})
            }
            _led(change, case, by, own, rules)
            count += 1
        if not count:
            led_to(change.select, campaign, rules, action, role=role, on=at.date())
        return count


def frozen_reports(book: Gazetteer, cases: Sequence[str], check_name: Check) -> dict[str, str]:
    """Return reports on all candidates of cases, for `act` and `act_all` to freeze.

    Parameters
    ----------
    book, cases
        The gazetteer and the ids of the cases.
    check_name
        Judges one candidate; it may read the gazetteer, and holds up nobody while it does.
    """
    with reading(book) as select:
        pairs = [
            (case, candidate)
            for case_id in cases
            for case in select("case", id=case_id)
            for candidate in select("candidate", case_id=case_id)
        ]
    return {candidate["id"]: check_name(case, candidate) for case, candidate in pairs}


@dataclass(frozen=True, slots=True)
class _By:
    action: str
    actor: str
    role: str
    at: datetime
    note: str
    document_id: str = ""


def _reason(action: str, rules: Rulebook) -> str:
    if action == "approve":
        raise DataError(
            say("批准须用 approve()，并附决定文件。", "approve with approve() and a document.")
        )
    return str(rules.acts[action].word) if action in rules.acts else action


def _led(change: Change, case: Case, by: _By, reports: dict[str, str], rules: Rulebook) -> Case:
    became = led_to(change.select, case, rules, by.action, role=by.role, on=by.at.date())
    wanted = rules.acts[by.action]
    _keep_apart(change, case, by)
    if reports:
        _freeze(change, case, reports, by.action)
    facts = facts_of(case.row)
    if wanted.branch:
        if change.find("document", by.document_id) is None:
            raise NotFoundError(
                say(
                    f"{wanted.word}须附文件；没有文件“{by.document_id}”。",
                    f"{wanted.word} needs its document; there is no document {by.document_id!r}.",
                )
            )
        facts["documents"] = dict(case.documents) | {wanted.branch: by.document_id}
    if by.action == "reopen":
        reviews = {act.branch for act in rules.acts.values() if act.branch}
        facts["documents"] = {k: v for k, v in case.documents.items() if k not in reviews}
        facts.pop("consultation", None)
    check(Moment(case, wanted, change.select, rules, by.note, by.at.date()))
    write_step(change, case, became, actor=by.actor, role=by.role, at=by.at, note=by.note)
    changed = {"state": became}
    if not after_approval(case.kind, became):
        changed["facts"] = spelled_facts(facts)
    change.update("case", case.id, case.row["version"], **changed)
    started = "consultation" if wanted.branch == "consultation" else became
    settle_tasks(change, case, started, on=by.at.date(), rules=rules)
    if case.kind.children and after_approval(case.kind, became):
        _lead_children(change, case, became, by, rules)
    return taken(change, case.id, None, rules)


def _lead_children(change: Change, campaign: Case, became: str, by: _By, rules: Rulebook) -> None:
    """Let what was decided with a campaign go along with it."""
    for row in change.select("case", campaign_id=campaign.id, state=campaign.row["state"]):
        child = case_of(row, rules)
        write_step(change, child, became, actor=by.actor, role=by.role, at=by.at, note=by.note)
        change.update("case", child.id, row["version"], state=became)


def _keep_apart(change: Change, case: Case, by: _By) -> None:
    """Refuse one person in two roles that must be apart.

    Raises
    ------
    DataError
        The clerk decides, or who decided is clerk.
    """
    if by.role == "approver" and handled(change.ask, [case.id], by.actor):
        raise DataError(
            say(
                f"“{by.actor}”经办过本案，不能由其决定。",
                f"{by.actor} handled this case and cannot decide over it.",
            ),
            hint=say("请由另一人决定。", "Let somebody else decide."),
        )
    if by.role in ("clerk", "applicant") and by.actor == case.row["approver"]:
        raise DataError(
            say(
                f"“{by.actor}”批准了本案，不能再经办。",
                f"{by.actor} approved this case and cannot be its clerk.",
            )
        )


def handled(ask: Ask, cases: Sequence[str], person: str) -> frozenset[str]:
    """Return which cases a person opened, asked for or handled, or one on their lists.

    Parameters
    ----------
    ask
        Answers a query: in a change, or in a reader's connection.
    cases, person
        Ids of the cases, and who is meant.
    """
    if not person:
        return frozenset()
    c, s = RECORDS["case"].c, RECORDS["step"].c
    step = sa.exists().where(
        s.case_id == c.id, s.actor == person, s.role.in_(("clerk", "applicant"))
    )
    meant = sa.or_(c.id.in_(cases), c.campaign_id.in_(cases))
    own = sa.or_(c.clerk == person, c.applicant == person, step)
    found = ask(sa.select(c.id, c.campaign_id).where(meant, own))
    return frozenset(cases) & {one for row in found for one in row}


def _freeze(change: Change, case: Case, reports: dict[str, str], action: str) -> None:
    """Keep the reports with the candidates; once kept, a report never changes.

    Raises
    ------
    DataError
        Reports come with another act, or one is not the JSON wanted.
    NotFoundError
        A report is for a candidate of another case.
    """
    if action != "check_rules":
        raise DataError(
            say("规则审查报告只在“记入规则审查”时收。", "reports are taken by check_rules only.")
        )
    rows = {row["id"]: row for row in candidates(change.select, case)}
    strange = set(reports) - set(rows)
    if strange:
        raise NotFoundError(
            say("本案没有拟用名称 ", "no candidate here: ") + "、".join(sorted(strange))
        )
    for identity, report in reports.items():
        verdict_of(report)
        if not rows[identity]["report"]:
            only = len(rows) == 1
            change.update(
                "candidate", identity, rows[identity]["version"], report=report, chosen=only
            )
