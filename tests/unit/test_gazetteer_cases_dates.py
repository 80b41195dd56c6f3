"""Days and documents of a case must agree with one another."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from geo.errors import DataError
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import Proposal, act, audit, open_case
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
