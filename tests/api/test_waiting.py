"""The first page tells each reader how much waits for him on cases, as their own pages list it."""

from __future__ import annotations

import re

from tests.api.test_routes_cases import Office, after, office, papers, proposed

__all__ = ["office"]


def number_of(office: Office, who: str, path: str) -> str:
    """Return what stands beside a card of the first page."""
    page = office.ask(who, "GET", "/?f=html").text
    card = re.search(rf'<a href="[^"]*{path}\?f=html">(.*?)</a>', page, re.DOTALL)
    assert card is not None, page
    number = re.search('class="number">([^<]*)<', card[1])
    return number[1] if number else ""


def test_cases_at_work_and_deadlines_are_counted_on_the_first_page(office: Office) -> None:
    assert (number_of(office, "林岚", "/cases"), number_of(office, "林岚", "/cases/due")) == (
        "",
        "",
    )
    case = proposed(office)
    assert number_of(office, "林岚", "/cases") == "1 件在办"
    assert number_of(office, "局长", "/cases") == ""
    papers(office, case, 0, "申请书", "situation")
    office.act("林岚", case, "submit", 0)
    office.act("林岚", case, "accept", 1)
    office.send("林岚", case, "check", {"on": after(1)})
    office.act("林岚", case, "start_reviews", 2)
    office.send("林岚", case, "consultation", {"on": after(2)})
    papers(office, case, 41, "专家论证报告", "risk_assessment", "征求意见报告")
    office.act("科长", case, "deliberate", 42, note="人工核对")
    assert number_of(office, "局长", "/cases") == "1 件待审批"
    decision = {"kind": "批复", "issuer": "示范区人民政府", "date": after(43), "on": after(43)}
    office.send("林岚", case, "documents", decision)
    office.send("局长", case, "approval", {"authority": "县级人民政府", "on": after(44)})
    listed = office.ask("林岚", "GET", "/cases/due").json()
    late = listed["overdue"]
    soon = len(listed["due"]) - late
    told = [f"{late} 项逾期"] * bool(late) + [f"{soon} 项 30 天内到期"] * bool(soon)
    assert told
    assert number_of(office, "林岚", "/cases/due") == "，".join(told)


def test_what_one_handled_does_not_wait_for_his_own_decision(office: Office) -> None:
    case = proposed(office)
    papers(office, case, 0, "申请书", "situation")
    office.act("双职", case, "submit", 0)
    office.act("双职", case, "accept", 1)
    office.send("双职", case, "check", {"on": after(1)})
    office.act("双职", case, "start_reviews", 2)
    papers(office, case, 3, "专家论证报告", "risk_assessment", "征求意见报告")
    office.act("科长", case, "deliberate", 4, note="人工核对")
    assert number_of(office, "双职", "/cases") == "1 件在办"
    assert number_of(office, "局长", "/cases") == "1 件待审批"
