"""Cases of the gazetteer: who may do what when, what approval does, which day is the last."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
import sqlalchemy as sa

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import (
    Proposal,
    act,
    act_all,
    answer,
    approve,
    attach,
    audit,
    choose,
    complete_task,
    drafts,
    edit_case,
    extend,
    frozen_reports,
    hear,
    open_case,
    open_cases,
    overdue,
    progress,
    rulebook,
)
from geo.gazetteer.cases.conditions import CONDITIONS
from geo.gazetteer.cases.days import due, extended, months_later, unannounced
from geo.gazetteer.cases.effects import EFFECTS
from geo.gazetteer.cases.machine import possible, target
from geo.gazetteer.entries import entries
from geo.gazetteer.tables import CHANGE_SET
from geo.store import Workspace

AT = datetime(2026, 9, 24, 9, tzinfo=UTC)
TODAY = AT.date()
RULES = rulebook()
PLACE = {"lifecycle": "existing", "secrecy": "public", "attributes": "{}"}
STREET = {"class_code": "23510", "division_code": "532501005", "status": "recorded", **PLACE}
PASS = json.dumps({"text": "", "verdict": "pass"})
GOLDEN_LAKE = {
    "text": "金湖路",
    "specific": "金湖",
    "generic": "路",
    "roman_toned": "Jīnhú Lù",
    "roman_plain": "Jinhu Lu",
}


@pytest.fixture(params=["geopackage", "postgis"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gazetteer]:
    if request.param == "postgis":
        opened = Gazetteer.at(request.getfixturevalue("postgis"))
    else:
        opened = Gazetteer.of(Workspace.create(tmp_path / "county"))
    lay(opened)
    yield opened
    opened.close()


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Gazetteer]:
    opened = Gazetteer.of(Workspace.create(tmp_path / "county"))
    lay(opened)
    yield opened
    opened.close()


def lay(book: Gazetteer) -> None:
    """Lay down one street of a census, its sub-district and county, and papers."""
    with book.change(author="普查员", reason="普查", at=AT - timedelta(days=900)) as change:
        paper = {"kind": "report", "title": "材料"}
        change.insert("document", id="材料", **paper)
        change.insert(
            "document",
            id="批复",
            kind="approval",
            number="个政复2026年12号",
            title="关于更名的批复",
            issuer="个旧市人民政府",
            issued_on="2026-09-24",
        )
        change.insert("batch", id="二普", file="二普.xlsx")
        named = {"532501": "个旧市", "532501005": "大屯街道"}
        for code, text in named.items():
            change.insert("place", id=code, **STREET | {"class_code": "21000"})
            change.insert("code", place_id=code, scheme="gbt10114", value=code)
            change.insert(
                "name",
                place_id=code,
                text=text,
                kind="standard",
                language="zh",
                legacy_batch="二普",
            )
        change.insert("place", id="街", **STREET)
        change.insert(
            "name",
            id="旧名",
            place_id="街",
            text="建设路",
            kind="standard",
            language="zh",
            legacy_batch="二普",
        )
        change.insert(
            "sign",
            id="牌",
            place_id="街",
            name_id="旧名",
            kind="street",
            text="建设路",
            state="installed",
            shape=shapely.Point(103.1, 23.3),
        )


def renaming(**more: Any) -> Proposal:  # noqa: ANN401
    asked: dict[str, Any] = {
        "kind": "renaming",
        "title": "建设路更名",
        "place_id": "街",
        "reason_code": "城乡建设",
        "reason": "与城区道路重名",
        "names": [GOLDEN_LAKE],
        "facts": {"position": "东起人民路，西至环城西路"},
    }
    return Proposal(**asked | more)


def do(book: Gazetteer, case: str, action: str, role: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    version = book.row("case", case)["version"]
    people = {"clerk": "经办甲", "reviewer": "科长乙", "approver": "局长丙"}
    actor = more.pop("actor", people.get(role, role))
    at = more.pop("at", AT)
    return act(book, case, action, actor=actor, role=role, at=at, version=version, **more)


def add_papers(book: Gazetteer, case: str, *kinds: str) -> None:
    for kind in kinds:
        version = book.row("case", case)["version"]
        attach(book, case, version=version, kind=kind, document_id="材料", by="经办甲", at=AT)


def bring_up(book: Gazetteer, case: str, verdict: str = PASS, at: datetime = AT) -> None:
    """Lead a case to deliberation."""
    kind = RULES.kinds[book.row("case", case)["kind"]]
    add_papers(book, case, *kind.documents)
    do(book, case, "submit", "clerk", at=at)
    do(book, case, "accept", "clerk", at=at)
    reports = frozen_reports(book, [case], lambda _, __: verdict)
    do(book, case, "check_rules", "clerk", reports=reports, at=at)
    if kind.branches:
        do(book, case, "start_reviews", "clerk", at=at)
    for branch in kind.branches:
        do(book, case, f"file_{branch}", "clerk", document_id="材料", at=at)
    do(book, case, "deliberate", "reviewer", note="同意", at=at)


def decide(book: Gazetteer, case: str, **more: Any) -> Any:  # noqa: ANN401
    asked: dict[str, Any] = {
        "approver": "局长丙",
        "authority": "county_government",
        "decision_id": "批复",
        "at": AT,
        "version": book.row("case", case)["version"],
    }
    return approve(book, case, **asked | more)


def by_clerk(book: Gazetteer, proposal: Proposal) -> str:
    return open_case(book, proposal, by="经办甲", at=AT)


# The way of a naming case: state -> act -> state. What is not here is refused.
WAY = {
    "draft": {"submit": "submitted", "withdraw": "withdrawn"},
    "submitted": {"accept": "formal_check", "return": "returned", "withdraw": "withdrawn"},
    "formal_check": {
        "ask_supplement": "supplement",
        "check_rules": "rules_checked",
        "return": "returned",
        "withdraw": "withdrawn",
    },
    "supplement": {"resubmit": "formal_check", "withdraw": "withdrawn"},
    "rules_checked": {
        "start_reviews": "reviews",
        "deliberate": "deliberation",
        "return": "returned",
        "withdraw": "withdrawn",
    },
    "reviews": {
        "file_expert_review": "reviews",
        "file_consultation": "reviews",
        "file_dept_opinion": "reviews",
        "file_risk_assessment": "reviews",
        "deliberate": "deliberation",
        "return": "returned",
        "withdraw": "withdrawn",
    },
    "deliberation": {
        "approve": "approved",
        "reject": "rejected",
        "return": "returned",
        "withdraw": "withdrawn",
    },
    "approved": {"file": "filed"},
    "filed": {"announce": "announced"},
    "announced": {"finish_signs": "signs_done"},
    "signs_done": {"archive": "archived"},
    "archived": {},
    "rejected": {},
    "returned": {"reopen": "draft", "withdraw": "withdrawn"},
    "withdrawn": {},
}
WHO = {
    "submit": {"applicant", "clerk"},
    "accept": {"clerk"},
    "ask_supplement": {"clerk", "reviewer"},
    "resubmit": {"applicant", "clerk"},
    "check_rules": {"clerk"},
    "start_reviews": {"clerk", "reviewer"},
    "file_expert_review": {"expert", "clerk"},
    "file_consultation": {"clerk"},
    "file_dept_opinion": {"consulted", "clerk"},
    "file_risk_assessment": {"clerk"},
    "deliberate": {"reviewer"},
    "approve": {"approver"},
    "reject": {"approver"},
    "return": {"clerk", "reviewer", "approver"},
    "reopen": {"applicant", "clerk"},
    "withdraw": {"applicant", "clerk"},
    "file": {"filing_officer", "clerk"},
    "announce": {"publisher"},
    "finish_signs": {"sign_crew", "clerk"},
    "archive": {"archivist"},
}


def test_every_act_of_the_table_is_in_the_way_and_has_its_people() -> None:
    assert set(WAY) == set(RULES.states)
    assert set(WHO) == set(RULES.acts)


@pytest.mark.parametrize("state", WAY)
@pytest.mark.parametrize("action", WHO)
def test_a_case_goes_on_only_as_the_table_says(state: str, action: str) -> None:
    kind = RULES.kind("naming")
    for role in RULES.roles:
        if action in WAY[state] and role in WHO[action]:
            assert target(RULES, kind, state, action, role) == WAY[state][action]
        elif action in WAY[state]:
            with pytest.raises(DataError, match="不能"):
                target(RULES, kind, state, action, role)
        else:
            with pytest.raises(ConflictError):
                target(RULES, kind, state, action, role)


def test_an_unknown_act_is_refused_with_those_there_are() -> None:
    with pytest.raises(DataError, match="没有“sign_off”这一步") as refused:
        target(RULES, RULES.kind("naming"), "draft", "sign_off", "clerk")
    assert "submit" in refused.value.hint


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        ("renaming", ["filed", "announced", "signs_done", "archived"]),
        ("protection", ["announced", "archived"]),
        ("plate", ["signs_done", "archived"]),
        ("joint_inspection", ["filed", "archived"]),
        ("stone_repair", ["archived"]),
        ("correction", ["archived"]),
    ],
)
def test_each_kind_has_its_own_way_after_approval(kind: str, way: list[str]) -> None:
    state, found = "approved", []
    while acts := possible(RULES, RULES.kind(kind), state):
        assert len(acts) == 1
        state = acts[0].target
        found.append(state)
    assert found == way


def test_auditors_and_administrators_act_on_no_case() -> None:
    for state in RULES.states:
        for role in ("auditor", "admin"):
            assert possible(RULES, RULES.kind("naming"), state, role) == ()


def test_approval_closes_the_old_name_and_opens_the_new_in_one_change_set(book: Gazetteer) -> None:
    case = by_clerk(book, renaming())
    bring_up(book, case)
    assert entries(book, on=TODAY, kinds=["standard"])["text"].tolist().count("建设路") == 1
    before = book.state_sha256()
    done = decide(book, case)

    old = book.row("name", "旧名")
    assert (old["kind"], old["valid_to"], old["legacy_batch"]) == ("former", "2026-09-23", "二普")
    new = book.row("name", done.opened[0])
    assert (new["text"], new["valid_from"], new["decision_id"]) == ("金湖路", "2026-09-24", "批复")
    assert new["roman_toned"] == "Jīnhú Lù"
    assert book.row("place", "街")["status"] == "official"
    assert book.row("sign", "牌")["state"] == "stale"
    assert book.row("case", case)["state"] == "approved"
    tasks = {row["kind"]: row for row in book.rows("task", case_id=case)}
    assert set(tasks) == {"filing", "announcement", "sign_renewal"}
    assert tasks["filing"]["due_on"] == tasks["announcement"]["due_on"] == "2026-10-09"
    assert tasks["sign_renewal"]["sign_id"] == "牌"
    assert done.tasks == 3
    assert audit(book, TODAY) == []

    book.undo(done.change_set_id, author="丁", reason="批复撤销", at=AT)
    assert book.state_sha256() == before == book.replayed_sha256()


def test_the_announcement_has_the_six_fields(county: Gazetteer) -> None:
    case = by_clerk(county, renaming())
    bring_up(county, case)
    done = decide(county, case)
    text, missing = drafts(county, case)["announcement"]
    for field in (
        "标准名称：金湖路",
        "罗马字母拼写：Jīnhú Lù",
        "所属政区：个旧市大屯街道",
        "位置描述：东起人民路，西至环城西路",
        "批准机关：个旧市人民政府",
        "批准时间：2026年9月24日",
        "原名称：建设路",
    ):
        assert field in text
    assert missing == done.missing == ()
    report, _ = drafts(county, case)["filing"]
    assert "个政复2026年12号" in report
    assert "专家论证报告" in report
    kept = county.rows("task", case_id=case, kind="announcement")[0]
    assert kept["draft"] == text


def test_a_field_that_is_not_known_is_named_and_not_invented(county: Gazetteer) -> None:
    case = by_clerk(county, renaming(facts={}, names=[{"text": "金湖路"}]))
    bring_up(county, case)
    done = decide(county, case)
    assert done.missing == ("金湖路：位置描述",)
    text, _ = drafts(county, case)["announcement"]
    assert "缺：位置描述" in text
    with pytest.raises(DataError, match="位置描述"):
        do(county, case, "file", "filing_officer")
    place = county.row("place", "街")
    with county.change(author="甲", reason="补登", at=AT) as change:
        change.update("place", "街", place["version"], attributes='{"position": "人民路以东"}')
    assert do(county, case, "file", "filing_officer")["state"] == "filed"
    filed = county.rows("task", case_id=case, kind="filing")[0]
    assert filed["done_on"] == "2026-09-24"
    assert "人民路以东" in filed["draft"]


def test_a_case_runs_to_the_archive_with_photo_proof_of_its_signs(book: Gazetteer) -> None:
    case = by_clerk(book, renaming())
    bring_up(book, case)
    decide(book, case)
    do(book, case, "file", "filing_officer")
    do(book, case, "announce", "publisher")
    with pytest.raises(DataError, match="1 项标志任务"):
        do(book, case, "finish_signs", "sign_crew")
    task = book.rows("task", case_id=case, kind="sign_renewal")[0]
    with pytest.raises(DataError, match="照片"):
        complete_task(book, task["id"], version=task["version"], by="施工队", at=AT)
    complete_task(
        book, task["id"], version=task["version"], by="施工队", at=AT, photo="牌/金湖路.jpg"
    )
    with pytest.raises(ConflictError, match="已经完成"):
        complete_task(book, task["id"], version=task["version"] + 1, by="施工队", at=AT, photo="x")
    signs = {row["text"]: row for row in book.rows("sign", place_id="街")}
    assert signs["建设路"]["state"] == "removed"
    assert (signs["金湖路"]["state"], signs["金湖路"]["photo"]) == ("installed", "牌/金湖路.jpg")
    assert signs["金湖路"]["shape"] == shapely.Point(103.1, 23.3)
    do(book, case, "finish_signs", "sign_crew")
    assert do(book, case, "archive", "archivist")["state"] == "archived"
    assert overdue(book, date(2030, 1, 1)) == []
    assert audit(book, TODAY) == []
    assert book.replayed_sha256() == book.state_sha256()


@pytest.mark.parametrize("who", ["经办甲", "开案丁", "申请戊"])
def test_who_opened_asked_for_or_handled_a_case_never_decides_it(
    county: Gazetteer, who: str
) -> None:
    case = open_case(county, renaming(clerk="经办甲", applicant="申请戊"), by="开案丁", at=AT)
    bring_up(county, case)
    before = county.state_sha256()
    with pytest.raises(DataError, match=f"“{who}”经办过本案"):
        decide(county, case, approver=who)
    with pytest.raises(DataError, match=f"“{who}”经办过本案"):
        do(county, case, "reject", "approver", actor=who, note="不同意")
    assert county.state_sha256() == before


def test_the_database_itself_refuses_the_clerk_as_approver(book: Gazetteer) -> None:
    case = by_clerk(book, renaming())
    approved = {"case_id": case, "number": 90, "was": "deliberated", "became": "approved",
                "role": "approver", "on_day": "2026-09-24"}  # fmt: skip
    refused = pytest.raises((ConflictError, sa.exc.DBAPIError), match=r"author|经办人")
    with refused, book.rehearsal(at=AT) as change:
        change.insert("step", actor="经办甲", **approved)
    with refused, book.rehearsal(at=AT) as change:
        change.update("case", case, 1, approver="经办甲")
    with book.rehearsal(at=AT) as change:
        change.insert("step", actor="局长丙", **approved)
        change.update("case", case, 1, approver="局长丙")


def test_the_approver_cannot_be_clerk_afterwards(county: Gazetteer) -> None:
    case = by_clerk(county, renaming())
    bring_up(county, case)
    decide(county, case)
    with pytest.raises(DataError, match="批准了本案"):
        do(county, case, "file", "clerk", actor="局长丙")


@pytest.mark.parametrize(
    ("paper", "said"),
    [
        ({"kind": "report"}, "不是决定"),
        ({"issuer": ""}, "没有批准机关"),
        ({"issued_on": "2026-09"}, "批准日期"),
        ({"issued_on": "2026-09-25"}, "今天之后"),
        ({"issued_on": "2026-09-23"}, "早于立案"),
        ({"issuer": "某某公司"}, "发文机关"),
    ],
)
def test_a_decision_document_must_be_one(
    county: Gazetteer, paper: dict[str, str], said: str
) -> None:
    case = by_clerk(county, renaming())
    bring_up(county, case)
    with county.change(author="甲", reason="登记", at=AT) as change:
        change.update("document", "批复", 1, **paper)
    before = county.state_sha256()
    with pytest.raises(DataError, match=said):
        decide(county, case)
    with pytest.raises(NotFoundError, match="没有决定文件"):
        decide(county, case, decision_id="")
    assert county.state_sha256() == before


def test_act_never_approves(county: Gazetteer) -> None:
    case = by_clerk(county, renaming())
    bring_up(county, case)
    with pytest.raises(DataError, match=r"approve\(\)"):
        do(county, case, "approve", "approver")


def test_a_street_is_for_the_government_to_decide(county: Gazetteer) -> None:
    case = by_clerk(county, renaming())
    bring_up(county, case)
    with pytest.raises(DataError, match="应由县级人民政府、市人民政府批准，不是住房"):
        decide(county, case, authority="housing_authority")
    with pytest.raises(NotFoundError, match="没有批准机关“mayor”"):
        decide(county, case, authority="mayor")


def test_a_building_needs_the_opinion_of_departments_and_is_announced_after_filing(
    county: Gazetteer,
) -> None:
    proposal = Proposal(
        "naming",
        "金湖大厦命名",
        division_code="532501005",
        reason="新建",
        facts={"class_code": "26100", "position": "金湖路 1 号"},
        names=[{"text": "金湖大厦", "roman_toned": "Jīnhú Dàshà"}],
    )
    case = by_clerk(county, proposal)
    with pytest.raises(DataError, match="部门意见"):
        bring_up(county, case)
    do(county, case, "file_dept_opinion", "consulted", document_id="材料")
    do(county, case, "deliberate", "reviewer")
    done = decide(county, case, authority="housing_authority")
    announcement = county.rows("task", case_id=case, kind="announcement")[0]
    assert announcement["due_on"] == ""
    do(county, case, "file", "filing_officer", at=AT + timedelta(days=5))
    announcement = county.rows("task", case_id=case, kind="announcement")[0]
    assert announcement["due_on"] == "2026-10-14"
    place = county.row("case", case)["place_id"]
    assert county.row("place", place)["status"] == "official"
    assert county.row("name", done.opened[0])["place_id"] == place
    assert [t["kind"] for t in county.rows("task", case_id=case) if t["kind"][:4] == "sign"] == [
        "sign_new"
    ]


def test_where_the_law_leaves_it_to_the_province_the_province_must_be_asked(
    county: Gazetteer, tmp_path: Path
) -> None:
    proposal = Proposal(
        "naming",
        "老阴山命名",
        division_code="532501005",
        reason="普查新增",
        facts={"class_code": "13400", "shapes": [{"role": "point", "wkt": "POINT (103 23)"}]},
        names=[{"text": "老阴山"}],
    )
    case = by_clerk(county, proposal)
    bring_up(county, case)
    with pytest.raises(DataError, match="其他自然地理实体由谁批准"):
        decide(county, case)
    own = tmp_path / "yunnan.toml"
    own.write_text(
        '[[approvers]]\narea = "53"\nlaw_class = "nature"\n'
        'approvers = ["county_government"]\nsource = "本省规定"\n',
        "utf-8",
    )
    decide(county, case, rules=rulebook(own))
    shapes = county.rows("shape", place_id=county.row("case", case)["place_id"])
    assert shapes[0]["shape"] == shapely.Point(103, 23)


def test_an_approved_case_is_never_edited_only_superseded(county: Gazetteer) -> None:
    case = by_clerk(county, renaming())
    bring_up(county, case)
    decide(county, case)
    row = county.row("case", case)
    common: dict[str, Any] = {"version": row["version"], "by": "经办甲", "at": AT}
    with pytest.raises(ConflictError, match="已经批准，不能修改"):
        edit_case(county, case, **common, title="另一标题")
    with pytest.raises(ConflictError, match="已经批准"):
        attach(county, case, **common, kind="application", document_id="材料")
    with pytest.raises(ConflictError, match="已经批准"):
        choose(county, case, county.rows("candidate", case_id=case)[0]["id"], **common)
    with pytest.raises(ConflictError, match="已经批准"):
        hear(county, case, by="群众", stance="object", text="不同意", at=AT)
    for action in WHO:
        if action not in ("file", "approve"):
            with pytest.raises(ConflictError):
                do(county, case, action, "clerk")
    assert county.row("case", case) == row

    later = AT + timedelta(days=30)
    with county.change(author="甲", reason="登记", at=later) as change:
        change.insert(
            "document", id="新批复", kind="approval", title="更正", issuer="个旧市人民政府",
            issued_on="2026-10-24",
        )  # fmt: skip
    again = renaming(title="金湖路更名", names=[{"text": "锦湖路"}], supersedes=case)
    newer = open_case(county, again, by="经办甲", at=later)
    bring_up(county, newer, at=later)
    decide(county, newer, decision_id="新批复", at=later)
    called = entries(county, on=later.date(), kinds=["standard"])
    assert "锦湖路" in called["text"].tolist()
    assert county.row("case", case) == row
    assert audit(county, later.date()) == []
    third = open_case(county, again, by="经办甲", at=later)
    bring_up(county, third, at=later)
    with pytest.raises(ConflictError, match="已被“金湖路更名”取代"):
        decide(county, third, decision_id="新批复", at=later)


def test_only_what_was_approved_is_superseded(county: Gazetteer) -> None:
    case = by_clerk(county, renaming())
    with pytest.raises(ConflictError, match="没有批准过"):
        by_clerk(county, renaming(supersedes=case))


def test_a_name_that_changed_meanwhile_is_not_closed_unseen(county: Gazetteer) -> None:
    first, second = (by_clerk(county, renaming(title=title)) for title in ("一", "二"))
    for case in (first, second):
        bring_up(county, case)
    decide(county, first)
    with pytest.raises(ConflictError, match="立案后名称已改为“金湖路”"):
        decide(county, second)


def test_two_officers_on_one_case_lose_nothing(book: Gazetteer) -> None:
    case = by_clerk(book, renaming())
    bring_up(book, case)
    version = book.row("case", case)["version"]
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def reject() -> None:
        gate.wait()
        try:
            act(
                book,
                case,
                "reject",
                actor="局长丙",
                role="approver",
                at=AT,
                version=version,
                note="缓",
            )
            outcomes.append("rejected")
        except ConflictError:
            outcomes.append("refused")

    def grant() -> None:
        gate.wait()
        try:
            decide(book, case, approver="副局长", version=version)
            outcomes.append("approved")
        except ConflictError:
            outcomes.append("refused")

    officers = [threading.Thread(target=one) for one in (reject, grant)]
    for officer in officers:
        officer.start()
    for officer in officers:
        officer.join()
    assert "refused" in outcomes
    state = book.row("case", case)["state"]
    assert state in outcomes
    assert (book.row("name", "旧名")["kind"] == "former") == (state == "approved")
    assert audit(book, TODAY) == []


def test_an_officer_who_saw_an_older_version_is_told(county: Gazetteer) -> None:
    case = by_clerk(county, renaming())
    edit_case(county, case, version=1, by="经办甲", at=AT, title="新标题")
    with pytest.raises(ConflictError, match="您看到的是第 1 版，现为第 2 版"):
        edit_case(county, case, version=1, by="经办乙", at=AT, title="又一标题")
    with pytest.raises(ConflictError, match="第 2 版"):
        act(county, case, "withdraw", actor="经办乙", role="clerk", at=AT, version=1)
    assert county.row("case", case)["title"] == "新标题"


def test_everything_that_is_missing_is_named_at_once(county: Gazetteer) -> None:
    bare = Proposal("renaming", "建设路更名", place_id="街")
    case = by_clerk(county, bare)
    with pytest.raises(DataError) as refused:
        do(county, case, "submit", "clerk")
    for piece in ("更名原因", "理由", "没有拟用名称", "申请书", "地理实体基本情况"):
        assert piece in refused.value.message
    assert county.row("case", case)["state"] == "draft"


def test_a_frozen_report_never_changes_and_a_blocked_name_goes_no_further(
    county: Gazetteer,
) -> None:
    case = by_clerk(county, renaming())
    add_papers(county, case, "application", "situation")
    do(county, case, "submit", "clerk")
    do(county, case, "accept", "clerk")
    with pytest.raises(DataError, match="没有规则审查报告"):
        do(county, case, "check_rules", "clerk")
    candidate = county.rows("candidate", case_id=case)[0]["id"]
    with pytest.raises(DataError, match="JSON"):
        do(county, case, "check_rules", "clerk", reports={candidate: "通过"})
    blocked = json.dumps({"verdict": "block", "text": "金湖路"})
    do(county, case, "check_rules", "clerk", reports={candidate: blocked})
    with pytest.raises(DataError, match="只在"):
        do(county, case, "start_reviews", "clerk", reports={candidate: PASS})
    assert county.row("candidate", candidate)["report"] == blocked
    do(county, case, "start_reviews", "clerk")
    for branch in RULES.kind("renaming").branches:
        do(county, case, f"file_{branch}", "clerk", document_id="材料")
    with pytest.raises(DataError, match="“金湖路”违反规则"):
        do(county, case, "deliberate", "reviewer", note="请予批准")


def test_a_warning_wants_a_justification(county: Gazetteer) -> None:
    case = by_clerk(county, renaming())
    warned = json.dumps({"verdict": "warn"})
    add_papers(county, case, "application", "situation")
    do(county, case, "submit", "clerk")
    do(county, case, "accept", "clerk")
    reports = frozen_reports(county, [case], lambda *_: warned)
    do(county, case, "check_rules", "clerk", reports=reports)
    do(county, case, "start_reviews", "clerk")
    for branch in RULES.kind("renaming").branches:
        do(county, case, f"file_{branch}", "clerk", document_id="材料")
    with pytest.raises(DataError, match="说明理由"):
        do(county, case, "deliberate", "reviewer")
    assert do(county, case, "deliberate", "reviewer", note="老地名")["state"] == "deliberation"


def test_every_submission_is_answered_before_the_decision(county: Gazetteer) -> None:
    case = by_clerk(county, renaming())
    add_papers(county, case, "application", "situation")
    do(county, case, "submit", "clerk")
    opinion = hear(county, case, by="群众己", stance="object", text="叫惯了", at=AT)
    do(county, case, "accept", "clerk")
    reports = frozen_reports(county, [case], lambda *_: PASS)
    do(county, case, "check_rules", "clerk", reports=reports)
    do(county, case, "start_reviews", "clerk")
    for branch in RULES.kind("renaming").branches:
        do(county, case, f"file_{branch}", "clerk", document_id="材料")
    with pytest.raises(DataError, match="“群众己”的意见没有答复"):
        do(county, case, "deliberate", "reviewer")
    with pytest.raises(DataError, match="“专家”不能"):
        answer(county, opinion, version=1, text="谢谢", by="专家庚", role="expert", at=AT)
    answer(county, opinion, version=1, text="原名列入曾用名", by="经办甲", at=AT)
    do(county, case, "deliberate", "reviewer")


def test_two_candidates_need_a_choice(county: Gazetteer) -> None:
    case = by_clerk(county, renaming(names=[{"text": "金湖路"}, {"text": "锦湖路"}]))
    with pytest.raises(DataError, match="没有选定名称"):
        bring_up(county, case)
    second = next(r["id"] for r in county.rows("candidate", case_id=case) if r["text"] == "锦湖路")
    version = county.row("case", case)["version"]
    choose(county, case, second, version=version, by="科长乙", role="reviewer", at=AT)
    do(county, case, "deliberate", "reviewer")
    done = decide(county, case)
    assert county.row("name", done.opened[0])["text"] == "锦湖路"


def test_what_is_returned_is_reviewed_anew(county: Gazetteer) -> None:
    case = by_clerk(county, renaming())
    bring_up(county, case)
    do(county, case, "return", "reviewer", note="公示不足")
    do(county, case, "reopen", "clerk")
    kept = json.loads(county.row("case", case)["facts"])["documents"]
    assert set(kept) == {"application", "situation"}
    bring_up(county, case)
    decide(county, case)
    assert audit(county, TODAY) == []


def test_a_protected_name_is_not_taken_away_without_measures(county: Gazetteer) -> None:
    protect = Proposal(
        "protection", "建设路列入名录", place_id="街", facts={"level": "county", "batch": "第一批"}
    )
    listed = by_clerk(county, protect)
    bring_up(county, listed)
    decide(county, listed, authority="placename_authority")
    assert county.rows("protection")[0]["place_id"] == "街"
    case = by_clerk(county, renaming())
    bring_up(county, case)
    with pytest.raises(DataError, match="保护措施"):
        decide(county, case)
    do(county, case, "return", "reviewer", note="补保护措施")
    do(county, case, "reopen", "clerk")
    add_papers(county, case, "protection_measures")
    bring_up(county, case)
    decide(county, case)


def test_a_retired_name_takes_place_and_signs_with_it(county: Gazetteer) -> None:
    case = by_clerk(county, Proposal("retiring", "建设路销名", place_id="街", reason="道路已拆除"))
    bring_up(county, case)
    done = decide(county, case)
    assert done.opened == ()
    assert county.row("place", "街")["lifecycle"] == "vanished"
    assert "建设路" not in entries(county, on=TODAY)["text"].tolist()
    task = county.rows("task", case_id=case, kind="sign_removal")[0]
    complete_task(county, task["id"], version=1, by="施工队", at=AT, photo="拆.jpg")
    assert [row["state"] for row in county.rows("sign")] == ["removed"]


def test_a_recorded_name_becomes_official_without_a_new_row(county: Gazetteer) -> None:
    case = by_clerk(
        county,
        Proposal(
            "clean_up",
            "建设路标准化",
            place_id="街",
            reason="历史地名，保留",
            facts={"fault": "重"},
            names=[{"text": "建设路", "roman_toned": "Jiànshè Lù"}],
        ),
    )
    bring_up(county, case)
    done = decide(county, case)
    row = county.row("name", "旧名")
    assert done.opened == ("旧名",)
    assert (row["decision_id"], row["legacy_batch"]) == ("批复", "")
    assert county.row("sign", "牌")["state"] == "installed"
    assert audit(county, TODAY) == []


def test_a_clean_up_must_say_which_fault_it_mends(county: Gazetteer) -> None:
    wrong = Proposal(
        "clean_up",
        "x",
        place_id="街",
        reason="r",
        facts={"fault": "长"},
        names=[{"text": "金湖路"}],
    )
    case = by_clerk(county, wrong)
    with pytest.raises(DataError, match="大、洋、怪、重"):
        do(county, case, "submit", "clerk")


def test_a_door_gets_its_number_once(county: Gazetteer) -> None:
    with county.change(author="普查员", reason="普查", at=AT) as change:
        change.insert("place", id="白云街道", **STREET | {"class_code": "21000"})
        change.insert("code", place_id="白云街道", scheme="gbt10114", value="330203001")
    asked = Proposal(
        "plate",
        "建设路 3 号",
        division_code="330203001",
        facts={"road_id": "街", "number": 3, "method": "sequence", "point": [103.1, 23.3]},
    )
    cases = [by_clerk(county, asked) for _ in "12"]
    for case in cases:
        bring_up(county, case)
    clock = county.rows("task", case_id=cases[0])[0]
    assert (clock["kind"], clock["due_on"]) == ("plate_decision", "2026-10-15")
    decide(county, cases[0], authority="placename_authority")
    row = county.rows("plate")[0]
    assert (row["number"], row["certificate"]) == (3, "个政复2026年12号")
    assert county.row("task", clock["id"])["done_on"] == "2026-09-24"
    with pytest.raises(ConflictError, match="门牌号 3 已被使用"):
        decide(county, cases[1], authority="placename_authority")


def test_a_division_change_is_decided_and_undone_as_one(book: Gazetteer) -> None:
    with book.change(author="甲", reason="普查", at=AT) as change:
        change.insert("place", id="镇", **STREET | {"class_code": "21000"})
        change.insert("code", place_id="镇", scheme="gbt10114", value="532501101")
        change.insert(
            "name",
            place_id="镇",
            text="沙甸镇",
            kind="standard",
            language="zh",
            legacy_batch="二普",
        )
    facts = {"change": "town_to_subdistrict", "name": "沙甸街道", "code": "532501006"}
    asked = Proposal(
        "division_change",
        "沙甸撤镇设街道",
        place_id="镇",
        reason="城镇化",
        facts={**facts, "law_class": "division_town", "reading": "shā diàn jiē dào"},
    )
    case = by_clerk(book, asked)
    bring_up(book, case)
    before = book.state_sha256()
    with pytest.raises(DataError, match="省级人民政府"):
        decide(book, case)
    done = decide(book, case, authority="province_government")
    tasks = {row["kind"]: row["due_on"] for row in book.rows("task", case_id=case)}
    assert tasks == {
        "division_done": "2027-09-24",
        "code_published": "2026-10-24",
        "filing": "2026-10-09",
        "announcement": "2026-10-09",
    }
    task = book.rows("task", case_id=case, kind="division_done")[0]
    last = extend(book, task["id"], version=task["version"], document_id="批复", by="甲", at=AT)
    assert last == date(2028, 3, 24)
    with pytest.raises(DataError, match="已经延长过"):
        extend(book, task["id"], version=task["version"] + 1, document_id="批复", by="甲", at=AT)
    text, missing = drafts(book, case)["announcement"]
    assert "标准名称：沙甸街道" in text
    assert "原名称：沙甸镇" in text
    assert "罗马字母拼写：Shādiàn Jiēdào" in text
    assert missing == ("沙甸街道：位置描述",)
    extension = next(s for s in _changes(book) if s[1] == "延长期限")
    book.undo(extension[0], author="甲", reason="有误", at=AT)
    book.undo(done.change_set_id, author="甲", reason="有误", at=AT)
    assert book.state_sha256() == before


def _changes(book: Gazetteer) -> list[tuple[str, str]]:
    with book.reading() as connection:
        return [(r.id, r.reason) for r in connection.execute(sa.select(CHANGE_SET))]


def test_a_line_is_inspected_by_both_sides_and_again_in_five_years(county: Gazetteer) -> None:
    with county.change(author="甲", reason="勘界", at=AT) as change:
        change.insert("line", id="线", code="5325", name="个旧蒙自线")
    facts = {
        "line_id": "线",
        "round": "第五轮",
        "inspected_on": "2024-02-29",
        "findings": "界桩完好",
        "signed_by": ["个旧市"],
    }
    asked = Proposal("joint_inspection", "个蒙线联检", facts=facts)
    case = by_clerk(county, asked)
    bring_up(county, case)
    with pytest.raises(ConflictError, match="双方签署"):
        decide(county, case, authority="joint_governments")
    signed = Proposal(
        "joint_inspection", "个蒙线联检", facts=facts | {"signed_by": ["个旧市", "蒙自市"]}
    )
    case = by_clerk(county, signed)
    bring_up(county, case)
    decide(county, case, authority="joint_governments")
    assert county.row("line", "线")["next_due"] == "2029-02-28"
    assert overdue(county, date(2029, 2, 28)) == []
    late = overdue(county, date(2029, 3, 1))
    assert [(one.kind, one.days) for one in late] == [("next_inspection", 1)]
    assert county.rows("inspection")[0]["signed_by"] == "个旧市、蒙自市"


def test_a_stone_is_repaired_with_the_neighbour_present(county: Gazetteer) -> None:
    with county.change(author="甲", reason="勘界", at=AT) as change:
        change.insert("line", id="线", code="5325", name="个旧蒙自线")
        change.insert("marker", id="桩", line_id="线", number="5325001Q", condition="倾斜")
    asked = Proposal("stone_repair", "1 号桩修复", facts={"marker_id": "桩", "condition": "完好"})
    case = by_clerk(county, asked)
    with pytest.raises(DataError, match="毗邻方在场证明"):
        do(county, case, "submit", "clerk")
    bring_up(county, case)
    decide(county, case)
    assert county.row("marker", "桩")["condition"] == "完好"


def test_the_public_corrects_what_is_told_but_never_the_name(county: Gazetteer) -> None:
    def asked(changes: dict[str, str]) -> Proposal:
        one = {"record": "name", "id": "旧名", "version": 1, "changes": changes}
        return Proposal("correction", "来历更正", facts={"corrections": [one]})

    case = open_case(county, asked({"origin": "1958年修建"}), by="群众", role="applicant", at=AT)
    bring_up(county, case)
    with pytest.raises(DataError, match="“群众”经办过"):
        decide(county, case, approver="群众", authority="placename_authority")
    decide(county, case, authority="placename_authority")
    assert county.row("name", "旧名")["origin"] == "1958年修建"
    for changes in ({"text": "新路"}, {"decision_id": "批复"}, {"kind": "alias"}):
        bad = by_clerk(county, asked(changes))
        bring_up(county, bad)
        with pytest.raises(DataError, match="纠错不能改"):
            decide(county, bad, authority="placename_authority")


def test_nobody_but_applicant_and_clerk_edits(county: Gazetteer) -> None:
    case = by_clerk(county, renaming())
    for role in set(RULES.roles) - {"applicant", "clerk"}:
        with pytest.raises(DataError, match="不能这样做"):
            edit_case(county, case, version=1, by="某", role=role, at=AT, title="x")
    with pytest.raises(DataError, match="不能这样改"):
        edit_case(county, case, version=1, by="某", at=AT, state="approved")


# ---------------------------------------------------------------------------------- campaigns

CAMPAIGN = {"532501001": 139, "532501005": 280, "532501006": 87}


def campaign_of(book: Gazetteer, sizes: dict[str, int]) -> tuple[str, list[str]]:
    """Open a campaign with recorded streets of sub-districts, all up for decision."""
    with book.change(author="普查员", reason="普查", at=AT) as change:
        places = [(code, n) for code, size in sizes.items() for n in range(size)]
        change.insert_all(
            "place",
            [STREET | {"id": f"{c}-{n}", "division_code": c} for c, n in places],
        )
        change.insert_all(
            "name",
            [
                {
                    "place_id": f"{c}-{n}",
                    "text": f"第{n}巷",
                    "kind": "standard",
                    "language": "zh",
                    "legacy_batch": "二普",
                }
                for c, n in places
            ],
        )
    campaign = by_clerk(
        book, Proposal("batch", "街路巷标准化", reason="清理", division_code="532501")
    )
    children = open_cases(
        book,
        [
            Proposal(
                "standardising",
                f"{c} 第{n}巷",
                place_id=f"{c}-{n}",
                names=[{"text": f"金湖{n}巷", "roman_toned": f"Jīnhú {n} Xiàng"}],
                facts={"position": "待建", "division": "个旧市"},
                campaign_id=campaign,
            )
            for c, n in places
        ],
        by="经办甲",
        at=AT,
    )
    add_papers(book, campaign, "list")
    lead: dict[str, Any] = {"actor": "经办甲", "role": "clerk", "at": AT}
    for action in ("submit", "accept"):
        assert act_all(book, campaign, action, **lead) == len(children)
        do(book, campaign, action, "clerk")
    reports = frozen_reports(book, children, lambda *_: PASS)
    act_all(book, campaign, "check_rules", **lead, reports=reports)
    do(book, campaign, "check_rules", "clerk")
    act_all(book, campaign, "deliberate", actor="科长乙", role="reviewer", at=AT)
    do(book, campaign, "start_reviews", "clerk")
    for branch in ("consultation", "dept_opinion"):
        do(book, campaign, f"file_{branch}", "clerk", document_id="材料")
    do(book, campaign, "deliberate", "reviewer")
    return campaign, children


@pytest.mark.slow
def test_506_streets_are_standardised_by_one_decision(county: Gazetteer) -> None:
    campaign, children = campaign_of(county, CAMPAIGN)
    assert [(s.division_code, s.total, s.approved) for s in progress(county, campaign)] == [
        (code, size, 0) for code, size in CAMPAIGN.items()
    ]
    with pytest.raises(ConflictError, match="随其一并批准"):
        decide(county, children[0])
    done = decide(county, campaign)
    assert len(done.opened) == len(done.closed) == len(done.cases) == 506
    stretches = progress(county, campaign)
    assert [(s.approved, s.signs, s.signs_open) for s in stretches] == [
        (size, size, size) for size in CAMPAIGN.values()
    ]
    text, missing = drafts(county, campaign)["announcement"]
    assert missing == ()
    assert "506条地名" in text
    assert len(county.rows("task", kind="filing")) == 1
    do(county, campaign, "file", "filing_officer")
    assert {row["state"] for row in county.rows("case")} == {"filed"}
    assert audit(county, TODAY) == []


def test_a_campaign_waits_for_each_case_unless_it_is_taken_out(book: Gazetteer) -> None:
    campaign, children = campaign_of(book, {"532501001": 3})
    late = Proposal(
        "standardising", "晚到", place_id="街", names=[{"text": "金湖路"}], campaign_id=campaign
    )
    with pytest.raises(ConflictError, match="审议"):
        by_clerk(book, late)
    do(book, campaign, "return", "reviewer", note="补一条")
    do(book, campaign, "reopen", "clerk")
    extra = by_clerk(book, late)
    for action in ("submit", "accept", "check_rules", "start_reviews"):
        do(book, campaign, action, "clerk")
    for branch in ("consultation", "dept_opinion"):
        do(book, campaign, f"file_{branch}", "clerk", document_id="材料")
    do(book, campaign, "deliberate", "reviewer")
    before = book.state_sha256()
    with pytest.raises(ConflictError, match="还有 1 件没有提请审议：晚到"):
        decide(book, campaign)
    assert book.state_sha256() == before
    do(book, extra, "withdraw", "clerk")
    done = decide(book, campaign)
    assert set(done.cases) == set(children)
    assert book.row("name", "旧名")["kind"] == "standard"
    assert progress(book, campaign)[-1].dropped == 1


def test_one_bad_name_stops_the_whole_batch(book: Gazetteer) -> None:
    campaign, children = campaign_of(book, {"532501001": 4})
    spoilt = book.rows("name", place_id="532501001-2")[0]
    with book.change(author="丁", reason="另案更名", at=AT) as change:
        change.end("name", spoilt["id"], 1, on="2026-09-01")
        change.insert(
            "name", place_id="532501001-2", text="新巷", kind="standard", language="zh",
            valid_from="2026-09-01", legacy_batch="补",
        )  # fmt: skip
    before = book.state_sha256()
    with pytest.raises(ConflictError, match="立案后名称已改为“新巷”"):
        decide(book, campaign)
    assert book.state_sha256() == before
    do(book, children[2], "return", "reviewer", note="重办")
    assert len(decide(book, campaign).opened) == 3


def test_the_approver_of_a_batch_handled_none_of_its_cases(county: Gazetteer) -> None:
    campaign, children = campaign_of(county, {"532501001": 2})
    do(county, children[0], "return", "clerk", actor="副手", note="笔误")
    do(county, children[0], "reopen", "clerk", actor="副手")
    do(county, children[0], "withdraw", "clerk", actor="副手")
    with pytest.raises(DataError, match="“副手”经办过"):
        decide(county, campaign, approver="副手")


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
import sqlalchemy as sa
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import approve
from geo.store import Workspace

where, campaign, version, moment = sys.argv[1:]
book = Gazetteer.at(where) if "://" in where else Gazetteer.of(Workspace.open(where))
seen = 0

@sa.event.listens_for(sa.engine.Engine, "before_cursor_execute")
def count(connection, cursor, statement, *rest):
    global seen
    seen += "UPDATE gz_case" in statement
    if moment == "middle" and seen == 6:
        print("killed", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

@sa.event.listens_for(sa.engine.Engine, "commit")
def before_commit(connection):
    if moment == "before_commit" and seen:
        print("killed", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

approve(book, campaign, approver="局长丙", authority="county_government", decision_id="批复",
        at=datetime(2026, 9, 24, 9, tzinfo=UTC), version=int(version))
print("killed", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["middle", "before_commit", "after"])
@pytest.mark.parametrize("store", ["geopackage", "postgis"])
def test_kill_9_in_a_batch_approval_leaves_all_or_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, store: str, moment: str
) -> None:
    where = request.getfixturevalue("postgis") if store == "postgis" else str(tmp_path / "county")
    book = (
        Gazetteer.at(where) if store == "postgis" else Gazetteer.of(Workspace.create(Path(where)))
    )
    lay(book)
    campaign, _ = campaign_of(book, {"532501001": 8, "532501005": 4})
    before = book.state_sha256()
    version = str(book.row("case", campaign)["version"])
    book.close()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, where, campaign, version, moment],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "killed\n"), killed.stderr
    book = Gazetteer.at(where) if store == "postgis" else Gazetteer.of(Workspace.open(Path(where)))
    states = {row["state"] for row in book.rows("case")}
    if moment == "after":
        assert states == {"approved"}
        assert len(book.rows("name", decision_id="批复")) == 12
    else:
        assert book.state_sha256() == before
        assert states == {"deliberation"}
    assert book.first_broken() is None
    assert book.replayed_sha256() == book.state_sha256()
    assert audit(book, TODAY) == []
    if moment != "after":
        assert len(decide(book, campaign).opened) == 12
    book.close()


# ---------------------------------------------------------------------------------- deadlines


def deadline(identity: str, area: str = "") -> Any:  # noqa: ANN401
    found = RULES.deadline(identity, area)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("start", "last"),
    [
        ("2026-01-31", "2026-02-15"),
        ("2024-02-20", "2024-03-06"),
        ("2026-09-24", "2026-10-09"),
        ("2026-12-20", "2027-01-04"),
    ],
)
def test_fifteen_calendar_days_do_not_count_the_first(start: str, last: str) -> None:
    filing = deadline("filing", "532501")
    assert due(date.fromisoformat(start), filing, RULES.holidays).isoformat() == last


@pytest.mark.parametrize(
    ("start", "last"),
    [
        ("2026-09-24", "2026-10-15"),  # over Mid-Autumn, National Day and the 10 October worked
        ("2026-02-13", "2026-03-05"),  # over Spring Festival; 14 and 28 February are worked
        ("2026-04-30", "2026-05-18"),  # over Labour Day; Saturday 9 May is worked
        ("2026-07-03", "2026-07-17"),  # two plain weeks
    ],
)
def test_ten_working_days_leave_holidays_out_and_count_worked_weekends(
    start: str, last: str
) -> None:
    plate = deadline("plate_decision", "330203")
    assert due(date.fromisoformat(start), plate, RULES.holidays).isoformat() == last


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-03-31", 1, "2026-04-30"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2024-02-29", 60, "2029-02-28"),
    ],
)
def test_a_month_ends_on_the_same_number_or_the_last_of_the_month(
    start: str, months: int, last: str
) -> None:
    assert months_later(date.fromisoformat(start), months).isoformat() == last


def test_a_deadline_on_a_holiday_rolls_only_where_the_rules_say_so(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[[deadline]]\nid = "filing"\nzh = "报送备案"\nen = "file"\narea = "53"\n'
        'from = "approved"\nuntil = "filed"\ndays = 15\ncounted = "calendar"\nroll = true\n'
        'rule = "本省规定"\nsource = "本省规定"\n',
        "utf-8",
    )
    start = date(2026, 9, 17)  # 15 days later is 2 October
    here = rulebook(own).deadline("filing", "532501")
    elsewhere = rulebook(own).deadline("filing", "11")
    assert here is not None
    assert elsewhere is not None
    assert due(start, here, RULES.holidays) == date(2026, 10, 8)
    assert due(start, elsewhere, RULES.holidays) == date(2026, 10, 2)


def test_a_year_without_announced_holidays_is_counted_by_weekends_and_says_so() -> None:
    plate = deadline("plate_decision", "330203")
    start = date(2027, 9, 27)
    last = due(start, plate, RULES.holidays)
    assert last == date(2027, 10, 11)
    assert "2027" in unannounced(start, last, plate, RULES.holidays)
    assert unannounced(start, last, deadline("filing", "53"), RULES.holidays) == ""


def test_a_city_has_its_own_clocks_and_others_have_none() -> None:
    assert deadline("decision", "310101").days == 30
    assert extended(date(2026, 3, 2), deadline("decision", "31"), RULES.holidays) == date(
        2026, 4, 1
    )
    assert RULES.deadline("decision", "532501") is None
    assert deadline("signs", "330203").days == 60


def test_what_is_late_is_listed_by_how_late_it_is(county: Gazetteer) -> None:
    case = by_clerk(county, renaming())
    bring_up(county, case)
    decide(county, case)
    assert overdue(county, date(2026, 10, 9)) == []
    late = overdue(county, date(2026, 10, 10))
    assert sorted(one.kind for one in late) == ["announcement", "filing"]
    assert {one.days for one in late} == {1}
    do(county, case, "file", "filing_officer")
    assert [one.kind for one in overdue(county, date(2026, 10, 10))] == ["announcement"]


def test_an_own_file_with_mistakes_names_them_all(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[[deadline]]\nid = "filing"\ntage = 3\n[[law]]\nx = 1\n', "utf-8")
    with pytest.raises(DataError) as refused:
        rulebook(own)
    for piece in ("law", "tage", "zh", "source"):
        assert piece in refused.value.message
    with pytest.raises(DataError, match="读不了"):
        rulebook(tmp_path / "none.toml")


def test_the_tables_agree_with_each_other() -> None:
    known = {one.id for one in RULES.deadlines}
    for act_ in RULES.acts.values():
        assert set(act_.needs) <= set(CONDITIONS)
        assert set(act_.roles) <= set(RULES.roles)
    for kind in RULES.kinds.values():
        assert kind.effect in {*EFFECTS, "batch"}
        assert set(kind.documents) | set(kind.branches) <= set(RULES.documents)
        assert set(kind.facts) <= set(RULES.facts)
        assert set(kind.after) <= set(RULES.states)
        assert set(kind.deadlines) <= known
        assert set(kind.approvers) <= set(RULES.authorities)
        assert set(kind.children) <= set(RULES.kinds)
    for law in RULES.law_classes.values():
        assert set(law.approvers) <= set(RULES.authorities)
