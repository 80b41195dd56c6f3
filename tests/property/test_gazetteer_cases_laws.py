"""Laws of cases that hold whatever officers try, in whatever order."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import (
    Proposal,
    act,
    approve,
    attach,
    audit,
    consult,
    edit_case,
    hear,
    open_case,
    rulebook,
    take_back,
)
from geo.gazetteer.cases.days import due, months_later
from geo.gazetteer.cases.machine import after_approval, possible
from geo.store import Workspace

RULES = rulebook()
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE = ("甲", "乙", "丙")
PLACES = ("街一", "街二")
REPORTS = tuple(json.dumps({"verdict": verdict}) for verdict in ("pass", "pass", "block"))

number = st.integers(0, 11)
move = st.tuples(st.sampled_from("obbbaaPPexuc"), number, number, number)


def laid(folder: Path) -> Gazetteer:
    book = Gazetteer.of(Workspace.create(folder))
    with book.change(author="普查员", reason="普查", at=START) as change:
        change.insert("batch", id="二普", file="二普.xlsx")
        change.insert("document", id="材料", kind="report", title="材料")
        for n in range(3):
            day = (START.date() + timedelta(days=5 * n)).isoformat()
            issuer = "某县人民政府" if n else ""  # the first is no proper decision
            change.insert(
                "document",
                id=f"批复{n}",
                kind="approval",
                title="批复",
                issuer=issuer,
                issued_on=day,
            )
        for place in PLACES:
            change.insert(
                "place",
                id=place,
                class_code="23510",
                lifecycle="existing",
                status="recorded",
                secrecy="public",
                division_code="532501005",
                attributes="{}",
            )
            change.insert(
                "name", place_id=place, text=f"{place}路", kind="standard", language="zh",
                legacy_batch="二普",
            )  # fmt: skip
    return book


def proposal(n: int, m: int) -> Proposal:
    kind = ("renaming", "clean_up", "retiring", "naming")[n % 4]
    return Proposal(
        kind,
        f"案{n}-{m}",
        place_id=PLACES[m % 2] if kind != "naming" else "",
        division_code="532501005",
        reason_code="城乡建设",
        reason="试",
        names=() if kind == "retiring" else [{"text": f"新{m}路"}],
        facts={"fault": "重"} if kind == "clean_up" else {"class_code": "23510"},
    )


STRAIGHT = {
    "draft": "submit",
    "submitted": "accept",
    "formal_check": "check_rules",
    "supplement": "resubmit",
    "rules_checked": "deliberate",
    "reviews": "deliberate",
    "returned": "reopen",
}
"""The shortest way to deliberation, for a case to which all papers are attached."""


def officer_acts(
    book: Gazetteer, case: dict[str, Any], n: int, m: int, at: datetime, *, straight: bool = False
) -> None:
    """Do one of the acts that follow, in a role that may: by anybody."""
    kind = RULES.kind(case["kind"])
    acts = [one for one in possible(RULES, kind, case["state"]) if one.id != "approve"]
    if not acts:
        return
    wanted = acts[0] if n < 7 else acts[n % len(acts)]
    if straight:
        wanted = RULES.acts[STRAIGHT[case["state"]]]
    candidates = book.rows("candidate", case_id=case["id"])
    reports = {row["id"]: REPORTS[m % 3] for row in candidates}
    act(
        book,
        case["id"],
        wanted.id,
        actor=PEOPLE[m % 3],
        role=wanted.roles[0],
        at=at,
        version=case["version"] - (m == 11),
        note="有理由" if m % 4 else "",
        document_id="材料",
        reports=reports if wanted.id == "check_rules" else None,
    )


def brought_up(book: Gazetteer, case_id: str, m: int, at: datetime) -> None:
    """Lead a case to deliberation by acts that anybody but one may do."""
    papers: dict[str, Any] = {"by": PEOPLE[m % 3], "at": at, "document_id": "材料"}
    while (case := book.row("case", case_id))["state"] != "deliberation":
        kind = RULES.kind(case["kind"])
        had = json.loads(case["facts"]).get("documents", {})
        lacking = [one for one in (*kind.documents, *kind.branches) if one not in had]
        if case["state"] in ("draft", "reviews") and lacking:
            attach(book, case_id, version=case["version"], kind=lacking[0], **papers)
            continue
        if case["state"] not in STRAIGHT:
            return
        officer_acts(book, case, 0, m, at, straight=True)


def one_move(book: Gazetteer, step: tuple[str, int, int, int], at: datetime) -> None:
    act_, n, m, k = step
    cases = book.rows("case")
    if act_ == "o" or not cases:
        open_case(book, proposal(n, m), by=PEOPLE[k % 3], at=at)
        return
    case = cases[k % len(cases)]
    who: dict[str, Any] = {"by": PEOPLE[m % 3], "at": at}
    if act_ == "P":
        approve(
            book,
            case["id"],
            approver=PEOPLE[m % 3],
            authority="county_government",
            decision_id=("批复0", "批复1", "批复2", "材料", "")[n % 5],
            at=at,
            version=case["version"],
            note="" if k % 2 else "先批准，后补录",
        )
    elif act_ == "a":
        kind = RULES.kind(case["kind"])
        papers = json.loads(case["facts"]).get("documents", {})
        lacking = [one for one in (*kind.documents, *kind.branches) if one not in papers]
        if lacking and n % 3 == 0:
            attach(
                book,
                case["id"],
                version=case["version"],
                kind=lacking[0],
                document_id="材料",
                **who,
            )
        else:
            officer_acts(book, case, n, m, at)
    elif act_ == "b":
        brought_up(book, case["id"], m, at)
    elif act_ == "u":
        take_back(book, case["id"], reason="有误", **who)
    elif act_ == "c":
        consult(book, case["id"], version=case["version"], note="急" if n % 2 else "", **who)
    elif act_ == "e":
        edit_case(book, case["id"], version=case["version"], reason=f"改{n}", **who)
    else:
        hear(book, case["id"], by="群众", stance="comment", text="知道了", at=at)


def frozen(book: Gazetteer) -> dict[str, dict[str, Any]]:
    """Return what may never change again of each approved case."""
    return {
        row["id"]: {key: row[key] for key in row if key not in ("state", "version")}
        for row in book.rows("case")
        if after_approval(RULES.kind(row["kind"]), row["state"])
    }


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(move, min_size=5, max_size=16))
def test_whatever_officers_try_the_laws_hold(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, int, int, int]]
) -> None:
    book = laid(tmp_path_factory.mktemp("cases") / "county")
    last = START
    for n, step in enumerate(moves):
        before = book.state_sha256() if n % 8 == 0 else ""
        approved = frozen(book)
        last = START + timedelta(days=n)
        try:
            one_move(book, step, last)
        except (ConflictError, DataError, NotFoundError):
            assert before in ("", book.state_sha256())  # what is refused leaves no trace
        now = frozen(book)
        kept = [case for case in approved if step[0] != "u" or case in now]
        assert {case: now[case] for case in kept} == {case: approved[case] for case in kept}
    _hold(book, last.date())
    book.close()


def _hold(book: Gazetteer, on: date) -> None:
    assert audit(book, on) == []
    assert book.first_broken() is None
    assert book.replayed_sha256() == book.state_sha256()
    good = {"批复1", "批复2"}
    for row in book.rows("case"):
        approved = after_approval(RULES.kind(row["kind"]), row["state"])
        assert (row["decision_id"] in good) == approved  # no path to it without a decision
        if approved:
            steps = book.rows("step", case_id=row["id"])
            assert row["approver"] not in {s["actor"] for s in steps if s["role"] == "clerk"}
    for row in book.rows("name"):
        assert bool(row["decision_id"]) != bool(row["legacy_batch"])
    official = {row["id"] for row in book.rows("place") if row["status"] == "official"}
    decided = {row["place_id"] for row in book.rows("name") if row["decision_id"]}
    assert official <= decided


def test_histories_of_this_kind_do_reach_approval(tmp_path: Path) -> None:
    book = laid(tmp_path / "county")
    for n, step in enumerate([("o", 2, 0, 0), ("b", 0, 1, 0), ("P", 1, 2, 0)]):
        one_move(book, step, START + timedelta(days=5 + n))
    assert book.rows("case")[0]["state"] == "approved"
    _hold(book, START.date() + timedelta(days=12))
    book.close()


@given(st.dates(date(2025, 1, 1), date(2026, 12, 1)), st.sampled_from(["filing", "plate_decision"]))
def test_a_later_start_never_ends_sooner_and_a_working_deadline_ends_on_a_working_day(
    start: date, identity: str
) -> None:
    deadline = RULES.deadline(identity, "330203")
    assert deadline is not None
    last = due(start, deadline, RULES.holidays)
    assert start < last <= due(start + timedelta(days=1), deadline, RULES.holidays)
    if deadline.working:
        assert RULES.holidays.working(last)
        days = [start + timedelta(days=n + 1) for n in range((last - start).days)]
        assert sum(RULES.holidays.working(day) for day in days) == deadline.days


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 120))
def test_months_later_is_in_the_right_month_and_never_on_a_later_day(
    day: date, months: int
) -> None:
    found = months_later(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found + timedelta(days=1)).day == 1
