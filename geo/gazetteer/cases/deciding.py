"""Who may decide over a case, by which document, and over which cases at once."""

from __future__ import annotations

from datetime import date
from typing import Final

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer.book import Change, Row
from geo.gazetteer.cases.acting import handled
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.machine import CLOSED, after_approval
from geo.gazetteer.cases.papers import unfit
from geo.gazetteer.cases.record import Case, Select, case_of, law_class
from geo.gazetteer.cases.ruling import Ruling
from geo.text import say

_NAMED: Final = 5
"""Cases named in a message that refuses a campaign."""


def check_approver(change: Change, case: Case, approver: str) -> None:
    """Refuse an approver who opened, asked for or handled the case."""
    if handled(change.ask, [case.id], approver):
        raise DataError(
            say(
                f"“{approver}”经办过本案，不能由其批准。",
                f"{approver} handled this case and cannot approve it.",
            ),
            hint=say("请由另一人批准。", "Let somebody else approve."),
        )


def decision_of(
    change: Change, case: Case, decision_id: str, today: date, note: str = ""
) -> tuple[Row, date]:
    """Return the document of the decision and the day from which it holds.

    Raises
    ------
    NotFoundError
        There is no such document.
    DataError
        It is no decision over the case; see `geo.gazetteer.cases.papers.unfit`.
    """
    document = change.find("document", decision_id) if decision_id else None
    if document is None:
        raise NotFoundError(
            say("没有决定文件，不能批准。", "without a decision document nothing is approved."),
            hint=say("请先登记批复文件。", "Register the decision document first."),
        )
    faults = unfit(change.select, case, document, today, note)
    if faults:
        raise DataError(
            say(f"“{document['title']}”不能作决定文件：", f"{document['title']} is no decision: ")
            + say("；", "; ").join(faults)
            + say("。", "."),
            hint=say(
                "请核对文件，登记正确的一份：fuwuquan cases document；先批准、后补立案的，"
                "用 --note 写明理由。",
                "Register the right one: fuwuquan cases document. If the case was opened after "
                "the decision, say why: --note.",
            ),
        )
    return document, date.fromisoformat(document["issued_on"])


def check_issuer(document: Row, authority: str, note: str, rules: Rulebook) -> None:
    """Refuse a decision whose issuer is not the authority that decided, unless a note says why.

    Raises
    ------
    DataError
        The issuer's name has none of the words that the authority's name has.
    """
    known = rules.authorities.get(authority)
    issuer = document["issuer"]
    if known is None or not known.issuers or note.strip():
        return
    company = issuer.endswith("公司")
    if not company and any(mark in issuer for mark in known.issuers):
        return
    wanted = "、".join(f"“{mark}”" for mark in known.issuers)
    raise DataError(
        say(
            f"批准机关是{known.word}，“{document['title']}”的发文机关却是“{issuer}”，两者不符；"
            f"发文机关名称应含{wanted}。",
            f"{known.word} decides, but {document['title']} was issued by {issuer!r}; the name of "
            f"its issuer should have {wanted}.",
        ),
        hint=say(
            "请核对批准机关或重新登记决定文件；确属该机关发文的，用 --note 写明理由。",
            "Compare the two, or register the document anew; if it is right, say why: --note.",
        ),
    )


def listed(change: Change, campaign: Case, rules: Rulebook) -> list[Case]:
    """Return the cases that a campaign decides over; each must be ready or out of it."""
    rows = sorted(change.select("case", campaign_id=campaign.id), key=lambda row: row["number"])
    ready = [case_of(row, rules) for row in rows if row["state"] == "deliberation"]
    waiting = [
        row["title"] for row in rows if row["state"] not in ("deliberation", "returned", *CLOSED)
    ]
    if waiting or not ready:
        names = "、".join(waiting[:_NAMED])
        raise ConflictError(
            say(
                f"还有 {len(waiting)} 件没有提请审议：{names}。"
                if waiting
                else "没有提请审议的案卷。",
                f"{len(waiting)} cases are not up for decision: {names}."
                if waiting
                else "no case is up for decision.",
            ),
            hint=say(
                "请办完，或将有争议的退回、撤回。", "Finish them, or return those in dispute."
            ),
        )
    places = [case.row["place_id"] for case in ready if case.row["place_id"]]
    twice = sorted({place for place in places if places.count(place) > 1})
    if twice:
        raise ConflictError(
            say("同一地名列了两次：", "a place is on the list twice: ") + "、".join(twice[:_NAMED])
        )
    return ready


def check_superseded(change: Change, cases: list[Case], rules: Rulebook) -> None:
    """Refuse to supersede a case that another has superseded already."""
    wanted = {case.told["supersedes"] for case in cases if case.told.get("supersedes")}
    if not wanted:
        return
    for row in change.select("case"):
        other = case_of(row, rules)
        if other.told.get("supersedes") in wanted and after_approval(other.kind, row["state"]):
            raise ConflictError(
                say(
                    f"原案已被“{row['title']}”取代。",
                    f"the former case is superseded by {row['title']} already.",
                ),
                hint=say("请取代后一案。", "Supersede that one instead."),
            )


def authorities(select: Select, case: Case, rules: Rulebook) -> tuple[str, ...]:
    """Return who may decide over a case by the approval matrix; none where the law leaves it."""
    if case.kind.approvers:
        return case.kind.approvers
    law = law_class(case, select, rules)
    return rules.approvers(law, case.row["division_code"]) if law else ()


def check_authority(change: Change, ruling: Ruling, authority: str) -> None:
    """Refuse an authority that does not decide over such a case."""
    case, rules = ruling.case, ruling.rules
    if authority not in rules.authorities:
        raise NotFoundError(
            say(f"没有批准机关“{authority}”。", f"there is no authority {authority!r}."),
            hint=say("可用：", "There are: ") + "、".join(rules.authorities),
        )
    allowed = authorities(change.select, case, rules)
    law = None if case.kind.approvers else law_class(case, change.select, rules)
    if not allowed:
        what = law.word if law else say("此类地名", "names of this class")
        why = law.article if law else ""
        raise DataError(
            say(
                f"案卷“{ruling.title}”：不知道{what}由谁批准。{why}",
                f"{ruling.title}: who approves {what} is not laid down. {why}",
            ),
            hint=say(
                "请在案卷写明 law_class，或在本地规则文件写明该类的 approvers。",
                "State its law_class, or put the approvers of your area into a file of your own.",
            ),
        )
    if authority not in allowed:
        words = "、".join(str(rules.authorities[one].word) for one in allowed)
        raise DataError(
            say(
                f"案卷“{ruling.title}”应由{words}批准，不是{rules.authorities[authority].word}。",
                f"{ruling.title} is for {words} to approve, not for "
                f"{rules.authorities[authority].word}.",
            )
        )
