"""Place codes of decided cases, what the next step lacks, short forms, undoing, titles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import (
    Coded,
    Proposal,
    act,
    approve,
    assign_codes,
    attach,
    complete_task,
    confirm_reading,
    drafts,
    frozen_reports,
    judged,
    open_campaign,
    open_case,
    rulebook,
    take_back,
)
from geo.gazetteer.cases.ahead import ahead
from geo.gazetteer.cases.finding import picked
from geo.gazetteer.cases.record import case_of, reading
from geo.gazetteer.rules import pack, standing
from geo.store import Workspace

AT = datetime(2026, 4, 15, 9, tzinfo=UTC)
DAY = AT.date()
PASS = json.dumps({"verdict": "pass"})
PREFIX = "99010100123510"
"""County 990101, township 001, class 23510."""

OWN = """
[[deadline]]
id = "place_code"
zh = "编定地名代码"
en = "assign the place code"
area = "9901"
from = "approved"
until = ""
days = 30
counted = "calendar"
rule = "示范市地名代码办法"
source = "示范"
"""


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Gazetteer]:
    """A street with a code of which the last number is 7, one without, and a decision."""
    opened = Gazetteer.of(Workspace.create(tmp_path / "county"))
    place = {"class_code": "23510", "lifecycle": "existing", "status": "recorded",
             "secrecy": "public", "attributes": "{}", "division_code": "990101001"}  # fmt: skip
    with opened.change(author="普查员", reason="普查", at=AT) as change:
        change.insert("batch", id="普查", file="普查.xlsx")
        for street in ("安平路", "文光路"):
            change.insert("place", id=street, **place)
            change.insert(
                "name", id=f"{street}名", place_id=street, text=street, kind="standard",
                language="zh", legacy_batch="普查", roman_toned="X",
            )  # fmt: skip
        change.insert("code", place_id="安平路", scheme="dmdm20", value=f"{PREFIX}000007")
        change.insert("document", id="材料", kind="report", title="材料")
        change.insert(
            "document", id="批复", kind="approval", title="批复", number="示政复〔2026〕7号",
            issuer="示范区人民政府", issued_on="2026-04-15",
        )  # fmt: skip
    yield opened
    opened.close()


def proposal(street: str = "文光路", name: str = "文虹街") -> Proposal:
    return Proposal(
        "standardising", f"{street}标准化", place_id=street, division_code="990101001",
        names=[{"text": name, "roman_toned": "Y"}],
    )  # fmt: skip


def naming(name: str = "望潮路") -> Proposal:
    facts = {"class_code": "23510", "position": "江边"}
    return Proposal(
        "naming", f"{name}命名", division_code="990101001", reason="新建", facts=facts,
        names=[{"text": name, "roman_toned": "Y"}],
    )  # fmt: skip


def lead(book: Gazetteer, case: str, action: str, role: str = "clerk", **more: Any) -> None:  # noqa: ANN401
    version = book.row("case", case)["version"]
    act(book, case, action, actor=role, role=role, at=AT, version=version, **more)


def bring_up(book: Gazetteer, case: str) -> None:
    """Lead a case to deliberation."""
    kind = rulebook().kind(book.row("case", case)["kind"])
    for paper in kind.documents:
        version = book.row("case", case)["version"]
        attach(book, case, version=version, kind=paper, document_id="材料", by="经办甲", at=AT)
    lead(book, case, "submit")
    lead(book, case, "accept")
    lead(book, case, "check_rules", reports=frozen_reports(book, [case], lambda _, __: PASS))
    if kind.branches:
        lead(book, case, "start_reviews")
    for branch in kind.branches:
        lead(book, case, f"file_{branch}", document_id="材料")
    lead(book, case, "deliberate", "reviewer", note="同意")


def decided(book: Gazetteer, wanted: Proposal, **more: Any) -> str:  # noqa: ANN401
    case = open_case(book, wanted, by="经办甲", at=AT)
    bring_up(book, case)
    version = book.row("case", case)["version"]
    approve(
        book, case, approver="局长丙", authority="county_government", decision_id="批复", at=AT,
        version=version, **more,
    )  # fmt: skip
    return case


def coded(book: Gazetteer, case: str, **more: Any) -> tuple[Coded, ...]:  # noqa: ANN401
    version = book.row("case", case)["version"]
    return assign_codes(book, case, version=version, by="经办甲", at=AT, **more)


def test_a_place_that_was_named_gets_the_next_code_of_its_division_and_class(
    book: Gazetteer,
) -> None:
    case = decided(book, naming())
    [one] = coded(book, case)
    assert (one.name, one.code, one.new) == ("望潮路", f"{PREFIX}000008", True)
    [row] = book.rows("code", place_id=one.place_id)
    assert (row["value"], row["scheme"], row["valid_from"]) == (one.code, "dmdm20", "2026-04-15")
    assert [again.new for again in coded(book, case)] == [False]
    assert len(book.rows("code", place_id=one.place_id)) == 1


def test_a_code_that_a_place_once_had_is_not_given_again(book: Gazetteer) -> None:
    [row] = book.rows("code")
    with book.change(author="甲", reason="注销", at=AT) as change:
        change.update("code", row["id"], row["version"], valid_to="2026-01-01")
    [one] = coded(book, decided(book, proposal()))
    assert one.code == f"{PREFIX}000008"


def test_a_place_whose_township_is_not_told_is_coded_under_its_county(book: Gazetteer) -> None:
    with book.change(author="甲", reason="跨街道", at=AT) as change:
        change.update("place", "文光路", 1, division_code="990101")
    [one] = coded(book, decided(book, proposal()))
    assert one.code == "99010100023510000001"


def test_a_campaign_is_coded_at_once_and_keeps_the_codes_there_are(book: Gazetteer) -> None:
    head = Proposal("batch", "街路巷标准化", division_code="990101", reason="标准化")
    listed = [proposal("安平路", "安平路"), proposal("文光路", "文光路")]
    campaign, rest = open_campaign(book, head, listed, by="经办甲", at=AT)
    for case in (*rest, campaign):
        bring_up(book, case)
    version = book.row("case", campaign)["version"]
    approve(
        book, campaign, approver="局长丙", authority="county_government", decision_id="批复",
        at=AT, version=version,
    )  # fmt: skip
    with pytest.raises(DataError, match=r"有 2 个地名，--code 只能写给一个"):
        coded(book, campaign, code=f"{PREFIX}000009")
    assert [(one.name, one.code[14:], one.new) for one in coded(book, campaign)] == [
        ("安平路", "000007", False),
        ("文光路", "000008", True),
    ]


def test_codes_come_after_approval_and_to_named_places_only(book: Gazetteer) -> None:
    case = open_case(book, naming(), by="经办甲", at=AT)
    with pytest.raises(ConflictError, match="现为“草稿”，批准以后才编地名代码") as refused:
        coded(book, case)
    assert "cases approve" in refused.value.hint
    repair = Proposal("protection", "保护", place_id="文光路")
    case = open_case(book, repair, by="经办甲", at=AT)
    with pytest.raises(DataError, match="不编地名代码"):
        coded(book, case)


def test_a_given_code_must_fit_and_be_free_and_replaces_the_other(book: Gazetteer) -> None:
    case = decided(book, proposal())
    with pytest.raises(DataError, match=r"有 3 个字符，应为 20 位数字"):
        coded(book, case, code="123")
    strange = "99010100122100000001"
    with pytest.raises(DataError, match=rf"前 14 位是 {strange[:14]}，应为 {PREFIX}") as refused:
        coded(book, case, code=strange)
    assert "--note" in refused.value.hint
    with pytest.raises(ConflictError, match=r"已属于“安平路”，不能再给“文虹街”"):
        coded(book, case, code=f"{PREFIX}000007")
    assert coded(book, case)[0].code == f"{PREFIX}000008"
    assert coded(book, case, code=f"{PREFIX}009001")[0].new
    assert coded(book, case, code=strange, note="国家地名信息库所给")[0].code == strange
    assert [row["value"] for row in book.rows("code", place_id="文光路", on=DAY)] == [strange]
    assert book.replayed_sha256() == book.state_sha256()


def test_the_clock_of_an_area_runs_until_the_code_is_there(book: Gazetteer, tmp_path: Path) -> None:
    own = tmp_path / "代码.toml"
    own.write_text(OWN, "utf-8")
    rules = rulebook(own)
    kept = decided(book, proposal("安平路", "安平街"), rules=rules)
    assert book.rows("task", case_id=kept, kind="place_code") == []  # it has a code
    case = decided(book, proposal(), rules=rules)
    [task] = book.rows("task", case_id=case, kind="place_code")
    assert (task["due_on"], task["rule"]) == ("2026-05-15", "示范市地名代码办法")
    with pytest.raises(DataError, match="编了代码") as refused:
        complete_task(book, task["id"], version=1, by="经办甲", at=AT)
    assert "cases code" in refused.value.hint
    coded(book, case, rules=rules)
    assert book.row("task", task["id"])["done_on"] == "2026-04-15"


def test_what_a_case_lacks_for_its_next_step_is_told_beforehand(book: Gazetteer) -> None:
    rules = rulebook()
    case = open_case(book, naming(), by="经办甲", at=AT)

    def told() -> tuple[str, tuple[str, ...]]:
        with reading(book) as select:
            found = ahead(select, case_of(book.row("case", case), rules), rules, on=DAY)
        assert found is not None
        return found.act.id, found.lacking

    assert told() == ("submit", ("缺材料“申请书”", "缺材料“地理实体基本情况”"))
    attach(book, case, version=1, kind="application", document_id="材料", by="甲", at=AT)
    assert told() == ("submit", ("缺材料“地理实体基本情况”",))
    attach(book, case, version=2, kind="situation", document_id="材料", by="甲", at=AT)
    assert told() == ("submit", ())
    lead(book, case, "submit")
    lead(book, case, "accept")
    assert told() == ("check_rules", ())
    lead(book, case, "check_rules", reports=frozen_reports(book, [case], lambda _, __: PASS))
    assert told() == ("start_reviews", ())
    lead(book, case, "start_reviews")
    assert "缺“专家论证报告”" in told()[1]
    for branch in rules.kind("naming").branches:
        lead(book, case, f"file_{branch}", document_id="材料")
    lead(book, case, "deliberate", "reviewer", note="同意")
    assert told() == ("approve", ("缺决定文件“决定”或“批复”",))
    version = book.row("case", case)["version"]
    with book.change(author="甲", reason="错件", at=AT) as change:
        change.insert("document", id="旧", kind="approval", title="旧", issued_on="2026-01-01")
    attach(book, case, version=version, kind="approval", document_id="旧", by="甲", at=AT)
    assert told()[1] == ("没有批准机关", "批准日期 2026-01-01 早于立案日期 2026-04-15")


def test_deliberation_too_soon_is_refused_with_all_that_it_lacks(book: Gazetteer) -> None:
    case = open_case(book, naming(), by="经办甲", at=AT)
    with pytest.raises(ConflictError, match="不能提请审议") as refused:
        lead(book, case, "deliberate", "reviewer", note="同意")
    for wanted in ("提交 (submit)", "缺材料“申请书”", "没有规则审查报告", "缺“专家论证报告”"):
        assert wanted in refused.value.hint
    with pytest.raises(DataError, match="缺材料“申请书”") as amiss:
        lead(book, case, "submit")
    assert "cases document" in amiss.value.hint


def test_a_clerk_takes_back_what_followed_an_approval_but_not_the_approval(
    book: Gazetteer,
) -> None:
    case = decided(book, proposal())
    coded(book, case)
    back = take_back(book, case, by="经办甲", reason="编错", at=AT)
    assert back.reason == "编定地名代码"
    assert book.rows("code", place_id="文光路") == []
    with pytest.raises(DataError, match="“经办甲”经办过本案，不能由其撤回批准。"):
        take_back(book, case, by="经办甲", reason="误批", at=AT)
    assert take_back(book, case, by="局长丙", reason="误批", at=AT).reason == "批准"


def test_a_short_form_means_one_thing_or_lists_what_it_may_mean() -> None:
    words = rulebook().documents
    for short, kind in {
        "专家": "expert_review", "基本情况": "situation", "risk": "risk_assessment",
        "批复": "approval", "Appro": "approval", "report on": "consultation",
    }.items():  # fmt: skip
        assert picked(words, short, "文件类型", "kind of document") == kind
    with pytest.raises(DataError, match="“报告”可以是 4 项") as refused:
        picked(words, "报告", "文件类型", "kind of document")
    assert "专家论证报告 (expert_review)" in refused.value.hint
    assert "申请书" not in refused.value.hint
    for unknown in ("", "护照"):
        with pytest.raises(NotFoundError, match="没有文件类型"):
            picked(words, unknown, "文件类型", "kind of document")


def test_a_reading_without_tones_is_kept_with_them(book: Gazetteer) -> None:
    case = open_case(book, proposal(), by="经办甲", at=AT)
    said = confirm_reading(book, case, "文虹街", "wen hong jie", version=1, by="经办甲", at=AT)
    assert said.toned == "Wénhóng Jiē"
    [row] = book.rows("candidate", case_id=case)
    assert json.loads(row["reading"]) == ["wén", "hóng", "jiē"]
    with pytest.raises(DataError, match=r"“街”没有 lù 这个读音（有 jiē）"):
        confirm_reading(book, case, "文虹街", "wén hóng lù", version=2, by="经办甲", at=AT)
    told = {"version": 2, "by": "经办甲", "at": AT, "special": "当地方言"}
    confirm_reading(book, case, "文虹街", "wén hóng gāi", **told)


def test_a_reading_given_with_a_proposal_must_fit_too(book: Gazetteer) -> None:
    wanted = replace(naming("文虹街"), names=[{"text": "文虹街", "reading": "wen hong jie"}])
    case = open_case(book, wanted, by="经办甲", at=AT)
    [row] = book.rows("candidate", case_id=case)
    assert row["reading"] == "wén hóng jiē"
    for strange, what in (("wén hóng lù", "cases read --special"), ("jie jia wan", "jie3")):
        text = "文虹街" if "lù" in strange else "解家湾"
        wanted = replace(naming(text), names=[{"text": text, "reading": strange}])
        with pytest.raises(DataError, match="读音") as refused:
            open_case(book, wanted, by="经办甲", at=AT)
        assert what in refused.value.hint


def test_a_reading_of_a_division_to_be_must_fit(book: Gazetteer) -> None:
    facts = {"change": "town_to_subdistrict", "name": "文虹街道", "code": "990101009",
             "reading": "wén hóng lù dào"}  # fmt: skip
    wanted = Proposal("division_change", "撤镇", place_id="文光路", reason="城镇化", facts=facts)
    case = open_case(book, wanted, by="经办甲", at=AT)
    with pytest.raises(DataError, match=r"“街”没有 lù 这个读音"):
        lead(book, case, "submit")


def test_a_homophone_is_told_with_its_place_by_where_the_case_says_it_lies(
    book: Gazetteer,
) -> None:
    with book.change(author="甲", reason="建成区", at=AT) as change:
        change.insert("scope", kind="built_up", name="城区", shape=shapely.box(114, 30, 115, 31))
        change.insert("shape", place_id="文光路", role="point", shape=shapely.Point(114.5, 30.5))
    facts = {"class_code": "23510", "position": "江边"}
    found = {}
    for where in ("POINT (114.51 30.5)", "POINT (116 30.5)"):
        shapes = {"shapes": [{"role": "point", "wkt": where}]}
        wanted = Proposal(
            "naming", where, division_code="990101001", reason="新建", facts=facts | shapes,
            names=[{"text": "文广路"}],
        )  # fmt: skip
        case = open_case(book, wanted, by="经办甲", at=AT)
        [one] = judged(book, [case], standing(book, on=DAY), pack(), on=DAY)
        found[where] = one.report.of("R9")
    near, far = found.values()
    assert near.verdict == "warn"
    assert [(c.text, c.place_id) for c in near.conflicts] == [("文光路", "文光路")]
    assert near.conflicts[0].distance_m == pytest.approx(960, abs=5)
    assert (far.verdict, far.conflicts) == ("pass", ())


def test_a_shape_that_is_no_longer_kept_does_not_say_where_a_case_lies(book: Gazetteer) -> None:
    with book.change(author="甲", reason="改线", at=AT) as change:
        change.insert("scope", kind="built_up", name="城区", shape=shapely.box(114, 30, 115, 31))
        change.insert(
            "shape", place_id="文光路", role="point", shape=shapely.Point(114.5, 30.5),
            valid_to="2025-12-31",
        )  # fmt: skip
        change.insert("shape", place_id="安平路", role="point", shape=shapely.Point(114.5, 30.5))
    case = open_case(book, proposal(name="安平路"), by="经办甲", at=AT)
    [one] = judged(book, [case], standing(book, on=DAY), pack(), on=DAY)
    assert one.report.of("R8c").verdict == "unknown"
    assert "geometry" in one.report.of("R8c").missing


def test_the_papers_of_a_case_are_called_after_what_was_decided(book: Gazetteer) -> None:
    texts = drafts(book, decided(book, proposal()))
    assert texts["announcement"][0].startswith("关于文光路标准化为文虹街的公告\n")
    assert texts["filing"][0].startswith("关于文光路标准化为文虹街的备案报告\n")
    texts = drafts(book, decided(book, naming()))
    assert texts["announcement"][0].startswith("关于命名望潮路的公告\n")


def test_a_decision_of_another_than_the_authority_needs_a_reason(book: Gazetteer) -> None:
    with book.change(author="甲", reason="改", at=AT) as change:
        change.update("document", "批复", 1, issuer="示范区住房和城乡建设局")
    with pytest.raises(DataError, match=r"县级人民政府.*发文机关却是“示范区住房和城乡建设局”"):
        decided(book, proposal())
    [case] = book.rows("case")
    approve(
        book, case["id"], approver="局长丙", authority="county_government", decision_id="批复",
        at=AT, version=case["version"], note="区政府授权住建局代章",
    )  # fmt: skip
    assert book.row("case", case["id"])["decided_on"] == date(2026, 4, 15).isoformat()


def test_a_decision_before_the_case_was_opened_needs_a_reason(book: Gazetteer) -> None:
    with book.change(author="甲", reason="改", at=AT) as change:
        change.update("document", "批复", 1, issued_on="2026-04-01")
    with pytest.raises(DataError, match=r"2026-04-01 早于立案日期 2026-04-15") as refused:
        decided(book, proposal())
    assert "--note" in refused.value.hint
    case = decided(book, proposal("安平路", "安平街"), note="先批后录")
    assert book.row("case", case)["decided_on"] == "2026-04-01"
