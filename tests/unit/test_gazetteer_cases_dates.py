"""Days and documents of a case must agree with one another."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from geo.errors import DataError
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import (
    Paper,
    Proposal,
    act,
    answer,
    approve,
    audit,
    consult,
    enclose,
    hear,
    open_case,
    rulebook,
)
from geo.gazetteer.cases.deciding import check_issuer
from geo.store import Workspace

AT = datetime(2026, 4, 15, 9, tzinfo=UTC)
EARLIER = AT - timedelta(days=5)
NAMING = Proposal(kind="naming", title="望潮路命名", division_code="990101001")


@pytest.fixture
def book(tmp_path: Path) -> Gazetteer:
    return Gazetteer.of(Workspace.create(tmp_path / "county"))


def test_a_step_before_the_last_one_is_refused_with_both_days(book: Gazetteer) -> None:
    case = open_case(book, NAMING, by="经办甲", at=AT)
    with pytest.raises(DataError, match=r"2026-04-15.*2026-04-10"):
        act(book, case, "withdraw", actor="经办甲", role="clerk", at=EARLIER, version=1)
    act(book, case, "withdraw", actor="经办甲", role="clerk", at=AT, version=1)
    assert audit(book, date(2026, 4, 15)) == []


def test_an_audit_finds_a_history_that_runs_backwards(book: Gazetteer) -> None:
    case = open_case(book, NAMING, by="经办甲", at=AT)
    act(book, case, "withdraw", actor="经办甲", role="clerk", at=AT, version=1)
    last = max(book.rows("step", case_id=case), key=lambda row: row["number"])
    with book.change(author="甲", reason="误改", at=AT) as change:
        change.update("step", last["id"], last["version"], on_day="2026-04-10")
    assert audit(book, date(2026, 4, 15)) == [
        "“望潮路命名”的步骤日期倒退：2026-04-15 之后又记 2026-04-10"
    ]


def test_a_document_of_a_day_to_come_is_not_attached(book: Gazetteer) -> None:
    case = open_case(book, NAMING, by="经办甲", at=AT)
    paper = Paper("application", "申请书", issued_on="2026-04-16")
    with pytest.raises(DataError, match=r"2026-04-16.*2026-04-15"):
        enclose(book, case, paper, version=1, by="经办甲", at=AT)


def test_a_company_does_not_issue_the_decision_of_a_government() -> None:
    paper = {"title": "批复", "issuer": "某某公司"}
    rules = rulebook()
    with pytest.raises(DataError, match=r"“某某公司”.*“人民政府”") as refused:
        check_issuer(paper, "county_government", "", rules)
    assert "--note" in refused.value.hint
    check_issuer(paper, "county_government", "示范区人民政府授权", rules)
    check_issuer(paper | {"issuer": "示范区人民政府"}, "county_government", "", rules)


def _led(book: Gazetteer, case: str, action: str, role: str, at: datetime, **more: str) -> None:
    version = book.row("case", case)["version"]
    act(book, case, action, actor=role, role=role, at=at, version=version, **more)


def _with_paper(book: Gazetteer, case: str, kind: str, at: datetime, issuer: str = "") -> str:
    paper = Paper(kind, kind, issuer=issuer, issued_on=at.date().isoformat())
    version = book.row("case", case)["version"]
    return enclose(book, case, paper, version=version, by="经办甲", at=at)


RETIRING = Proposal(
    kind="retiring", title="望潮路销名", place_id="街", division_code="990101001", reason="拆除"
)
"""A case without names, so that nothing is asked of the rules."""
LATER = AT + timedelta(days=5)
LAST = AT + timedelta(days=40)


def _opened(book: Gazetteer) -> str:
    """Open the case of a street that a census has."""
    place = {"lifecycle": "existing", "status": "recorded", "secrecy": "public", "attributes": "{}"}
    known = {"kind": "standard", "language": "zh", "legacy_batch": "普查"}
    with book.change(author="甲", reason="普查", at=EARLIER) as change:
        change.insert("batch", id="普查", file="普查.xlsx")
        change.insert("place", id="街", class_code="23510", division_code="990101001", **place)
        change.insert("name", place_id="街", text="望潮路", **known)
    return open_case(book, RETIRING, by="经办甲", at=AT)


@pytest.fixture
def under_review(book: Gazetteer) -> str:
    """A case under review, whose papers are of the day on which it was opened."""
    case = _opened(book)
    for kind in rulebook().kind("retiring").documents:
        _with_paper(book, case, kind, AT)
    for action in ("submit", "accept", "check_rules", "start_reviews"):
        _led(book, case, action, "clerk", AT)
    return case


def test_a_step_does_not_rest_on_a_paper_of_a_later_day(book: Gazetteer) -> None:
    case = _opened(book)
    for kind in rulebook().kind("retiring").documents:
        _with_paper(book, case, kind, LATER)
    with pytest.raises(DataError, match=r"成文于 2026-04-20，在办理日期 2026-04-15 之后"):
        _led(book, case, "submit", "clerk", AT)
    _led(book, case, "submit", "clerk", LATER)


def test_a_hearing_keeps_the_order_of_its_days(book: Gazetteer, under_review: str) -> None:
    case = under_review
    version = book.row("case", case)["version"]
    with pytest.raises(DataError, match=r"上一步办于 2026-04-15.*2026-04-10"):
        consult(book, case, version=version, by="经办甲", at=EARLIER)
    consult(book, case, version=version, by="经办甲", at=LATER)
    said = {"by": "居民", "stance": "support", "text": "好"}
    with pytest.raises(DataError, match=r"征求意见始于 2026-04-20.*2026-04-15"):
        hear(book, case, at=AT, **said)
    opinion = hear(book, case, at=LATER + timedelta(days=1), **said)
    with pytest.raises(DataError, match=r"意见提于 2026-04-21.*2026-04-20"):
        answer(book, opinion, version=1, text="谢谢", by="经办甲", at=LATER)
    answer(book, opinion, version=1, text="谢谢", by="经办甲", at=LAST)
    for kind in rulebook().kind("retiring").branches:
        paper = _with_paper(book, case, kind, LAST - timedelta(days=1))
        _led(book, case, f"file_{kind}", "clerk", LAST - timedelta(days=1), document_id=paper)
    with pytest.raises(DataError, match=r"居民”的意见 2026-05-25 才答复"):
        _led(book, case, "deliberate", "reviewer", LAST - timedelta(days=1))


def test_a_decision_before_the_case_was_put_up_needs_a_reason(
    book: Gazetteer, under_review: str
) -> None:
    case = under_review
    for kind in rulebook().kind("retiring").branches:
        paper = _with_paper(book, case, kind, AT)
        _led(book, case, f"file_{kind}", "clerk", AT, document_id=paper)
    _led(book, case, "deliberate", "reviewer", LAST)
    decision = _with_paper(book, case, "approval", LATER, issuer="示范区人民政府")
    with pytest.raises(DataError, match=r"批准日期 2026-04-20 早于提请审议的日期 2026-05-25"):
        _approved(book, case, decision)
    _approved(book, case, decision, note="先批后补")


def _approved(book: Gazetteer, case: str, decision: str, note: str = "") -> None:
    version = book.row("case", case)["version"]
    approve(
        book, case, approver="局长丙", authority="county_government", decision_id=decision,
        at=LAST, version=version, note=note,
    )  # fmt: skip


def test_what_the_clerk_does_for_want_of_a_reviewer_is_the_clerks(
    book: Gazetteer, under_review: str
) -> None:
    for kind in rulebook().kind("retiring").branches:
        paper = _with_paper(book, under_review, kind, AT)
        _led(book, under_review, f"file_{kind}", "clerk", AT, document_id=paper)
    version = book.row("case", under_review)["version"]
    act(book, under_review, "deliberate", actor="经办甲", role="reviewer", at=AT, version=version)
    last = max(book.rows("step", case_id=under_review), key=lambda row: row["number"])
    assert (last["became"], last["actor"], last["role"]) == ("deliberation", "经办甲", "clerk")
