"""Cases of the gazetteer: hearings, readings, signs, lists of names, taking back, and the audit."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
import sqlalchemy as sa

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import (
    Paper,
    Proposal,
    TakenBack,
    act,
    answer,
    approve,
    audit,
    coming,
    complete_task,
    confirm_reading,
    consult,
    enclose,
    frozen_reports,
    hear,
    heard,
    judged,
    open_campaign,
    open_case,
    rulebook,
    take_back,
)
from geo.gazetteer.cases.finding import find_case, find_in_case, numbered
from geo.gazetteer.cases.letters import lettered
from geo.gazetteer.cases.notices import notices
from geo.gazetteer.classes import classes
from geo.gazetteer.rules import pack, standing
from geo.store import Workspace

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
RULES = rulebook()
PLACE = {"lifecycle": "existing", "secrecy": "public", "attributes": "{}", "status": "recorded"}
PASS = json.dumps({"verdict": "pass"})
WANTED = {"division_code": "990101001", "reason": "新建"}


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Gazetteer]:
    opened = Gazetteer.of(Workspace.create(tmp_path / "county"))
    with opened.change(author="普查员", reason="普查", at=AT - timedelta(days=9)) as change:
        change.insert("batch", id="普查", file="普查.xlsx")
        change.insert("document", id="材料", kind="report", title="材料")
        change.insert(
            "document", id="批复", kind="approval", title="批复", issuer="示范区人民政府",
            issued_on="2026-05-01",
        )  # fmt: skip
        change.insert("place", id="街道", class_code="21400", **PLACE)
        change.insert("code", place_id="街道", scheme="gbt10114", value="990101001")
        change.insert(
            "name", place_id="街道", text="云麓街道", kind="standard", language="zh",
            legacy_batch="普查",
        )  # fmt: skip
        lies = {"class_code": "23510", "division_code": "990101001"}
        change.insert("place", id="街", **PLACE, **lies)
        change.insert(
            "name", id="旧名", place_id="街", text="建设路", kind="standard", language="zh",
            legacy_batch="普查",
        )  # fmt: skip
        change.insert(
            "shape", place_id="街", role="point", shape=shapely.Point(114.2, 30.4), method=""
        )
    yield opened
    opened.close()


def naming(text: str = "望潮路", **more: Any) -> Proposal:  # noqa: ANN401
    asked: dict[str, Any] = {
        "names": [{"text": text}],
        "facts": {"class_code": "23510", "position": "江边"},
    }
    return Proposal("naming", f"{text}命名", **WANTED | asked | more)


def do(book: Gazetteer, case: str, action: str, role: str = "clerk", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    people = {"clerk": "甲", "reviewer": "乙", "approver": "丙"}
    asked: dict[str, Any] = {"at": AT, "version": book.row("case", case)["version"]}
    return act(book, case, action, actor=people.get(role, role), role=role, **asked | more)


def checked(book: Gazetteer, proposal: Proposal) -> str:
    """Open a case and lead it to the end of the rule check."""
    case = open_case(book, proposal, by="甲", at=AT)
    for kind in RULES.kind(proposal.kind).documents:
        paper = Paper(kind, kind)
        version = book.row("case", case)["version"]
        enclose(book, case, paper, version=version, by="甲", at=AT)
    for action in ("submit", "accept"):
        do(book, case, action)
    do(book, case, "check_rules", reports=frozen_reports(book, [case], lambda *_: PASS))
    return case


def under_review(book: Gazetteer, proposal: Proposal | None = None) -> str:
    case = checked(book, proposal or naming())
    do(book, case, "start_reviews")
    return case


def up_for_decision(book: Gazetteer, proposal: Proposal | None = None) -> str:
    case = under_review(book, proposal)
    for branch in RULES.kind(book.row("case", case)["kind"]).branches:
        do(book, case, f"file_{branch}", paper=Paper(branch, branch))
    do(book, case, "deliberate", "reviewer", note="同意")
    return case


def decide(book: Gazetteer, case: str, **more: Any) -> Any:  # noqa: ANN401
    asked: dict[str, Any] = {
        "approver": "丙", "authority": "county_government", "decision_id": "批复",
        "at": AT + timedelta(days=60), "version": book.row("case", case)["version"],
    }  # fmt: skip
    return approve(book, case, **asked | more)


def term(book: Gazetteer, case: str, **more: Any) -> date:  # noqa: ANN401
    asked: dict[str, Any] = {"by": "甲", "at": AT, "version": book.row("case", case)["version"]}
    return consult(book, case, **asked | more)


# ------------------------------------------------------------------------------------ hearings


def test_a_term_is_thirty_days_unless_a_reason_is_given_and_only_grows(book: Gazetteer) -> None:
    case = under_review(book)
    with pytest.raises(DataError, match="应到 2026-04-01"):
        term(book, case, until=date(2026, 3, 9))
    assert term(book, case, until=date(2026, 3, 9), note="防汛通道急用") == date(2026, 3, 9)
    with pytest.raises(ConflictError, match="只能延长"):
        term(book, case, until=date(2026, 3, 8), note="更急")
    assert term(book, case, until=date(2026, 3, 20)) == date(2026, 3, 20)
    [task] = book.rows("task", case_id=case, kind="consultation")
    assert (task["due_on"], task["done_on"]) == ("2026-03-20", "")
    assert "征求意见" in notices(book, case)["notice"]


def test_who_speaks_after_the_term_is_told_so_and_nobody_reports_before_its_end(
    book: Gazetteer,
) -> None:
    case = under_review(book)
    term(book, case)
    hear(book, case, by="己", stance="object", text="不好", at=AT + timedelta(days=30))
    with pytest.raises(ConflictError, match="2026-04-01 截止"):
        hear(book, case, by="庚", stance="object", text="不好", at=AT + timedelta(days=31))
    with pytest.raises(DataError, match="2026-04-01 才截止"):
        do(book, case, "file_consultation", paper=Paper("consultation", "报告"))
    later: dict[str, Any] = {"at": AT + timedelta(days=31)}
    do(book, case, "file_consultation", paper=Paper("consultation", "报告"), **later)
    [task] = book.rows("task", case_id=case, kind="consultation")
    assert task["done_on"] == "2026-04-02"


def test_an_alternative_names_another_name_and_a_support_names_none(book: Gazetteer) -> None:
    case = under_review(book)
    for stance, name in (("alternative", ""), ("support", "码头路"), ("against", "")):
        with pytest.raises(DataError):
            hear(book, case, by="己", stance=stance, text="x", alternative=name, at=AT)
    one = hear(book, case, by="己", stance="alternative", text="x", alternative="码头路", at=AT)
    with pytest.raises(DataError, match="答复是空的"):
        answer(book, one, version=1, text=" ", by="甲", at=AT)
    answer(book, one, version=1, text="重名", by="甲", at=AT)
    said = heard(book, case)
    assert (said.stances, said.alternatives, said.unanswered) == (
        {"alternative": 1},
        ("码头路",),
        0,
    )
    assert book.row("opinion", one)["answered_by"] == "甲"


def test_a_kind_without_a_hearing_has_none(book: Gazetteer) -> None:
    case = checked(
        book,
        Proposal("protection", "列入名录", place_id="街", facts={"level": "county", "batch": "一"}),
    )
    with pytest.raises(ConflictError):
        term(book, case)


def test_a_case_taken_up_again_is_heard_again(book: Gazetteer) -> None:
    case = under_review(book)
    term(book, case)
    do(book, case, "return", "reviewer", note="重办")
    assert book.rows("task", case_id=case, kind="consultation")[0]["done_on"] == "2026-03-02"
    do(book, case, "reopen")
    assert "consultation" not in json.loads(book.row("case", case)["facts"])


# ------------------------------------------------------------------------------------ readings


def test_a_heteronym_waits_for_an_officer_and_the_sign_shows_what_was_confirmed(
    book: Gazetteer,
) -> None:
    case = open_case(book, naming("重湖路"), by="群众", role="applicant", at=AT)
    for kind in ("application", "situation"):
        version = book.row("case", case)["version"]
        enclose(book, case, Paper(kind, kind), version=version, by="甲", at=AT)
    for action in ("submit", "accept"):
        do(book, case, action)
    reports = frozen_reports(book, [case], lambda *_: PASS)
    with pytest.raises(DataError, match="“重湖路”的读音须审定"):
        do(book, case, "check_rules", reports=reports)
    asked: dict[str, Any] = {"by": "甲", "at": AT}
    version = book.row("case", case)["version"]
    with pytest.raises(DataError, match="3 个字"):
        confirm_reading(book, case, "重湖路", "zhòng hú", version=version, **asked)
    with pytest.raises(NotFoundError, match="没有拟用名称"):
        confirm_reading(book, case, "重湖街", "zhòng hú jiē", version=version, **asked)
    said = confirm_reading(book, case, "重湖路", "zhòng hú lù", version=version, **asked)
    assert said.toned == "Zhònghú Lù"
    do(book, case, "check_rules", reports=reports)
    do(book, case, "start_reviews")
    for branch in RULES.kind("naming").branches:
        do(book, case, f"file_{branch}", paper=Paper(branch, branch))
    do(book, case, "deliberate", "reviewer")
    name = book.row("name", decide(book, case).opened[0])
    assert (name["roman_toned"], name["roman_sign"]) == ("Zhònghú Lù", "ZHONGHU LU")
    assert (name["reading_source"], name["confirmed_by"]) == ("officer", "甲")
    assert json.loads(name["reading"]) == ["zhòng", "hú", "lù"]
    [sign] = book.rows("sign", place_id=name["place_id"])
    assert (sign["state"], sign["roman"]) == ("planned", "ZHONGHU LU")


def test_a_reading_from_the_clerk_is_firm_and_from_an_applicant_is_not(book: Gazetteer) -> None:
    told = naming(names=[{"text": "重湖路", "reading": "chóng hú lù"}])
    mine = open_case(book, told, by="甲", at=AT)
    theirs = open_case(book, told, by="群众", role="applicant", at=AT)
    by_case = {
        c: json.loads(book.row("case", c)["facts"])["names"]["重湖路"] for c in (mine, theirs)
    }
    assert by_case[mine]["confirmed_by"] == "甲"
    assert "confirmed_by" not in by_case[theirs]
    with pytest.raises(DataError, match="3 个字"):
        open_case(book, naming(names=[{"text": "重湖路", "reading": "lù"}]), by="甲", at=AT)


def test_a_spelling_that_is_given_stays_as_it_is() -> None:
    given = lettered("阿勒泰路", {"roman_toned": "Altay Lù"})
    assert (given["roman_toned"], given["reading_source"]) == ("Altay Lù", "given")


# --------------------------------------------------------------------------------------- signs


def test_a_sign_that_was_only_planned_is_given_up_when_the_name_changes(book: Gazetteer) -> None:
    first = up_for_decision(book)
    decide(book, first)
    place = book.row("case", first)["place_id"]
    with book.change(author="甲", reason="登记", at=AT) as change:
        change.insert(
            "document", id="又批", kind="approval", title="又批", issuer="示范区人民政府",
            issued_on="2026-06-05",
        )  # fmt: skip
    again = Proposal(
        "renaming", "改金湖路", place_id=place, reason_code="name_mismatch", reason="群众要求",
        names=[{"text": "金湖路"}], facts={"position": "江边"},
    )  # fmt: skip
    later = AT + timedelta(days=95)
    second = open_case(book, again, by="甲", at=later)
    version = 1
    for kind in ("application", "situation"):
        enclose(book, second, Paper(kind, kind), version=version, by="甲", at=later)
        version += 1
    for action in ("submit", "accept"):
        do(book, second, action, at=later)
    reports = frozen_reports(book, [second], lambda *_: PASS)
    do(book, second, "check_rules", reports=reports, at=later)
    do(book, second, "start_reviews", at=later)
    for branch in RULES.kind("renaming").branches:
        do(book, second, f"file_{branch}", paper=Paper(branch, branch), at=later)
    do(book, second, "deliberate", "reviewer", at=later)
    done = decide(book, second, decision_id="又批", at=later)
    assert done.stale_signs == ()
    signs = {row["text"]: row["state"] for row in book.rows("sign", place_id=place)}
    assert signs == {"望潮路": "removed", "金湖路": "planned"}
    [given_up] = book.rows("task", case_id=first, kind="sign_new")
    assert (given_up["done_on"], given_up["source"]) == ("2026-06-05", "名称已改，不再设置")
    [task] = book.rows("task", case_id=second, kind="sign_new")
    complete_task(book, task["id"], version=1, by="立牌队", at=later, photo="a.jpg", spec="大")
    sign = book.row("sign", task["sign_id"])
    assert (sign["state"], sign["photo"], sign["spec"]) == ("installed", "a.jpg", "大")
    assert audit(book, later.date()) == []


# ------------------------------------------------------------------------------- lists of names


def test_one_list_does_not_give_a_name_twice_in_one_built_up_area(book: Gazetteer) -> None:
    with book.change(author="甲", reason="建成区", at=AT) as change:
        change.insert("scope", kind="建成区", name="城区", shape=shapely.box(114, 30, 115, 31))
    shapes = [[{"role": "point", "wkt": f"POINT (114.{n} 30.{n})"}] for n in (2, 3)]
    names = [
        Proposal(
            "naming", f"第{n}条", **WANTED, names=[{"text": "望潮路"}],
            facts={"class_code": "23510", "shapes": shape},
        )
        for n, shape in enumerate(shapes)
    ]  # fmt: skip
    _, cases = open_campaign(
        book, Proposal("batch", "批量", reason="试", division_code="990101"), names, by="甲", at=AT
    )
    stood = standing(book, on=AT.date())
    found = judged(book, cases, stood, pack(), on=AT.date())
    assert [one.report.verdict for one in found] == ["block", "block"]
    against = [f for f in found[0].report.findings if f.verdict == "block"]
    assert {f.rule for f in against} == {"R8c"}
    assert "同批" in against[0].zh
    alone = open_case(book, naming(), by="甲", at=AT)
    [one] = judged(book, [alone], stood, pack(), on=AT.date())
    assert one.report.of("R8c").verdict != "block"


def test_a_campaign_opens_with_its_list_or_not_at_all(book: Gazetteer) -> None:
    before = book.state_sha256()
    head = Proposal("batch", "批量", reason="试")
    with pytest.raises(NotFoundError):
        open_campaign(book, head, [naming(), naming("x", place_id="没有")], by="甲", at=AT)
    assert book.state_sha256() == before
    campaign, cases = open_campaign(book, head, [naming(), naming("听涛路")], by="甲", at=AT)
    numbers = [book.row("case", one)["number"] for one in (campaign, *cases)]
    assert numbers == ["2026-0001", "2026-0002", "2026-0003"]


# ---------------------------------------------------------------------------------- taking back


def test_steps_are_taken_back_one_by_one_and_an_approval_only_before_it_is_filed(
    book: Gazetteer,
) -> None:
    case = up_for_decision(book)
    before = book.state_sha256()
    decide(book, case)
    asked: dict[str, Any] = {"at": AT + timedelta(days=61)}
    with pytest.raises(DataError, match="理由"):
        take_back(book, case, by="丙", reason=" ", **asked)
    with pytest.raises(DataError, match="经办过"):
        take_back(book, case, by="甲", reason="误批", **asked)
    take_back(book, case, by="丙", reason="误批", **asked)
    assert book.state_sha256() == before
    back = take_back(book, case, by="乙", reason="误提", **asked)
    assert (back.reason, book.row("case", case)["state"]) == ("提请审议", "reviews")
    do(book, case, "deliberate", "reviewer")
    decide(book, case)
    do(book, case, "file", "filing_officer", at=AT + timedelta(days=61))
    with pytest.raises(ConflictError, match="已办到“已备案”"):
        take_back(book, case, by="丙", reason="误批", **asked)
    assert audit(book, date(2026, 6, 1)) == []
    assert book.replayed_sha256() == book.state_sha256()


def test_who_is_overtaken_takes_nothing_back(book: Gazetteer, tmp_path: Path) -> None:
    case = up_for_decision(book)
    seen = book.row("case", case)["version"]
    late: dict[str, Any] = {"by": "乙", "reason": "误提", "at": AT + timedelta(days=61)}

    @contextmanager
    def after_another() -> Iterator[sa.Connection]:
        if not overtaken:
            overtaken.append(take_back(book, case, **late))
        with Workspace.open(tmp_path / "county").writing() as connection:
            yield connection

    overtaken: list[TakenBack] = []
    slow = Gazetteer(book.reading, after_another)
    with pytest.raises(ConflictError, match="刚刚又有人办理"):
        take_back(slow, case, **late)
    assert [one.reason for one in overtaken] == ["提请审议"]
    assert book.row("case", case)["state"] == "reviews"
    with pytest.raises(ConflictError, match=f"您看到的是第 {seen} 版"):
        take_back(book, case, version=seen, **late)
    assert book.replayed_sha256() == book.state_sha256()


def test_what_was_only_opened_is_withdrawn_and_not_taken_back(book: Gazetteer) -> None:
    case = open_case(book, naming(), by="甲", at=AT)
    with pytest.raises(NotFoundError, match="没有可撤回的步骤"):
        take_back(book, case, by="甲", reason="误", at=AT)


# ------------------------------------------------------------------------------------- the audit


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"legacy_batch": ""}, "既无决定也无历史批次"),
        ({"decision_id": "批复"}, "或两者都有"),
        ({"legacy_batch": "没有的批次"}, "不在库中"),
    ],
)
def test_the_audit_finds_an_official_name_that_rests_on_nothing_or_on_two(
    book: Gazetteer, wrong: dict[str, str], said: str
) -> None:
    with book.change(author="甲", reason="试", at=AT) as change:
        change.update("place", "街", 1, status="official")
    assert audit(book, AT.date()) == []
    with book.change(author="甲", reason="试", at=AT) as change:
        change.update("name", "旧名", 1, **wrong)
    [breach] = audit(book, AT.date())
    assert said in breach


def test_the_audit_finds_what_was_done_to_a_case_behind_its_back(
    book: Gazetteer, tmp_path: Path
) -> None:
    case = up_for_decision(book)
    decide(book, case)
    version = book.row("case", case)["version"]
    with closing(sqlite3.connect(tmp_path / "county" / "fuwuquan.gpkg")) as file, file:
        file.execute("DROP TRIGGER gz_case_own_work_update")  # else the file itself refuses it
    with book.change(author="甲", reason="试", at=AT) as change:
        change.update("case", case, version, title="另一标题", approver="甲", decision_id=None)
    breaches = "".join(audit(book, AT.date()))
    for piece in ("没有决定文件", "批准人即经办人", "批准后被修改"):
        assert piece in breaches
    with book.change(author="甲", reason="试", at=AT) as change:
        change.update("case", case, version + 1, state="filed")
        change.insert(
            "name",
            place_id="街",
            text="又一名",
            kind="standard",
            language="zh",
            legacy_batch="普查",
        )
        change.update("place", "街", 1, status="official")
    breaches = "".join(audit(book, AT.date()))
    assert "状态与步骤不符" in breaches
    assert "有 2 个标准名称" in breaches


# ------------------------------------------------------------------------- classes and numbers


def test_every_class_of_places_has_its_place_in_the_approval_matrix() -> None:
    for code in classes():
        assert RULES.law_class("", code) is not None, code
    named = {"城镇街巷": "street", "桥梁": "facility", "县道": "facility", "湖泊": "nature",
             "城镇居民点": "residence", "公园": "park", "2351": "street"}  # fmt: skip
    found = {zh: RULES.law_class("", zh) for zh in named}
    assert {zh: law.id for zh, law in found.items() if law} == named
    assert RULES.law_class("", "99999") is None


def test_an_unknown_class_is_refused_at_submission(book: Gazetteer) -> None:
    case = open_case(book, naming(facts={"class_code": "99999"}), by="甲", at=AT)
    with pytest.raises(DataError, match="没有地名类别“99999”"):
        do(book, case, "submit")


def test_tasks_keep_their_numbers(book: Gazetteer) -> None:
    case = up_for_decision(book)
    decide(book, case)
    row = book.row("case", case)
    before = {number: task["id"] for number, task in numbered(book, "task", row).items()}
    assert list(before) == [f"2026-0001/{n}" for n in range(1, 4)]
    with book.change(author="甲", reason="另立", at=AT - timedelta(days=300)) as change:
        change.insert("task", case_id=case, kind="other", title="补", due_on="2026-04-01")
    after = {number: task["id"] for number, task in numbered(book, "task", row).items()}
    assert before.items() <= after.items()
    assert find_in_case(book, "task", "2026-0001/4")["title"] == "补"
    assert find_case(book, "2026-0001")["id"] == case
    with pytest.raises(NotFoundError, match="没有"):
        find_in_case(book, "task", "2026-0001/9")
    soon = coming(book, date(2026, 3, 31), until=date(2026, 4, 1))
    assert [(one.title, one.days) for one in soon] == [("补", -1)]
