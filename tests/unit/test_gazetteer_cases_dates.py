"""Days and documents of a case must agree with one another."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from geo.errors import DataError
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import Paper, Proposal, act, audit, enclose, open_case, rulebook
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
