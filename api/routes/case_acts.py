"""Steps of cases over the API: checks of the rules, acts, approval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.openapi import described
from api.people.person import Person
from api.routes.case_bodies import ACT, APPROVAL, CHECK
from api.routes.case_desk import CASE, EDIT, READ, Desk, desk_of
from api.routes.case_sending import acted
from api.routes.case_told import answered, report_told
from api.routes.cases import FAILS, SHAPE
from api.routes.names_asked import MOST_NAMES
from api.routes.standing import laid_of
from geo.errors import DataError
from geo.gazetteer.cases import act, act_all, approve
from geo.gazetteer.cases.deciding import authorities
from geo.gazetteer.cases.finding import find_row, picked
from geo.gazetteer.cases.machine import target
from geo.gazetteer.cases.record import case_of, reading, recorded_role
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row
    from geo.gazetteer.cases import Judged

router = APIRouter(tags=["案卷"])

_SHOWN: Final = 20


@router.post(
    "/cases/{caseId}/actions",
    **described(
        "act_on_case",
        "办一步",
        "状态机允许的各步：提交、受理、补正、启动论证、提请审议、不予批准、退回、撤回、备案、公告、"
        "归档等。现在能办哪些、由谁办，案卷的 actions 里列着；不能办的 409，缺东西的 400，"
        "并全部列出。"
        "办理人是登录的人。须写 If-Match。",
        CASE,
        schema=SHAPE,
        fails=FAILS,
        body=ACT.described(),
    ),
)
async def act_on(request: Request) -> Response:
    """Lead a case to its next state."""
    return await acted(request, ACT, _acted, READ, done="case-changed")


@router.post(
    "/cases/{caseId}/check",
    **described(
        "check_case",
        "规则审查",
        "对拟用名称逐条对照法规，报告就此冻结在案卷里；keep 为 false 只看。批量案卷连同清单一起查，"
        f"一次最多 {MOST_NAMES} 个名称。记入时须写 If-Match。",
        CASE,
        schema={"type": "object", "required": ["case", "kept", "names"]},
        fails=FAILS,
        body=CHECK.described(),
    ),
)
async def check(request: Request) -> Response:
    """Check the candidates of a case, or of all cases on a campaign's list."""
    return await acted(request, CHECK, _checked, *EDIT, done="case-checked")


@router.post(
    "/cases/{caseId}/approval",
    **described(
        "approve_case",
        "批准",
        "须有决定文件；批准人是登录的人，经办过本案的人不能批准（403）。一次关旧名、启新名、"
        "派标志任务、起期限、拟公告，要么全部成、要么全不成。须写 If-Match。",
        CASE,
        schema={"type": "object", "required": ["case", "change_set_id", "names", "former"]},
        fails=FAILS,
        body=APPROVAL.described(),
    ),
)
async def approval(request: Request) -> Response:
    """Approve a case, or a campaign with all that is on its list."""
    return await acted(request, APPROVAL, _approved, "approve", done="case-approved")


def _acted(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    words = {key: one.word for key, one in desk.rules.acts.items()}
    wanted = picked(words, told["action"], "步骤", "act")
    step = desk.rules.acts[wanted]
    row = desk.case()
    role = desk.role(told["role"], desk.roles_in(row, step.roles) or step.roles)
    desk.require_version(row)
    if wanted in ("approve", "check_rules"):
        target(desk.rules, desk.rules.kind(row["kind"]), row["state"], wanted, step.roles[0])
        own = "approval" if wanted == "approve" else "check"
        raise DataError(
            say(f"这一步请发到 /cases/{row['number']}/{own}。", f"use …/{own} for this."),
            hint=say("见案卷的 actions。", "see the actions of the case."),
        )
    document = told["document"] or ""
    if document:
        document = find_row(desk.book, "document", document, "number", "title")["id"]
    common: dict[str, Any] = {
        "actor": person.id, "role": role, "at": desk.at, "note": told["note"] or "",
        "rules": desk.rules,
    }  # fmt: skip
    with desk.acting(row, deciding=str(step.word) if role == "approver" else ""):
        if told["all"]:
            count = act_all(desk.book, row["id"], wanted, with_campaign=True, **common)
        else:
            act(
                desk.book, row["id"], wanted, version=row["version"], document_id=document, **common
            )
            count = 1
    more = {"action": wanted, "role": recorded_role(row, person.id, role), "cases": count}
    return answered(desk, desk.book.row("case", row["id"]), more=more)


def _checked(request: Request, person: Person, told: dict[str, Any]) -> Response:
    from geo.gazetteer.cases import judged  # noqa: PLC0415
    from geo.gazetteer.rules import pack as rules_of  # noqa: PLC0415

    desk = desk_of(request, person, told)
    row = desk.seen() if told["keep"] else desk.case()
    pack = rules_of(*(told["pack"] or ()))
    campaign = bool(desk.rules.kind(row["kind"]).children)
    rows = desk.book.rows("case", campaign_id=row["id"]) if campaign else [row]
    if campaign and told["keep"]:
        rows = [one for one in rows if one["state"] == "formal_check"]
    rows = sorted((one for one in rows if not desk.is_secret(one)), key=lambda one: one["number"])
    if len(rows) > MOST_NAMES:
        raise DataError(
            say(
                f"清单有 {len(rows)} 件，一次最多查 {MOST_NAMES} 件。",
                f"{len(rows)} cases are on the list; {MOST_NAMES} are checked at once.",
            ),
            hint=say("请用命令行 fuwuquan cases check。", "Use fuwuquan cases check."),
        )
    stood, mark = laid_of(request).standing(desk.book, desk.day, secret=True)
    found = judged(desk.book, [one["id"] for one in rows], stood, pack, on=desk.day)
    if told["keep"]:
        _freeze(desk, row, found, note=told["note"] or "", campaign=campaign)
    numbers = {one["id"]: one["number"] for one in rows}
    more = {
        "kept": told["keep"],
        "names": [_judged(desk, one, numbers) for one in found],
        "provenance": {
            "on": desk.day.isoformat(),
            "packs": list(pack.names),
            "layers": {"names": mark},
        },
    }
    return answered(desk, desk.book.row("case", row["id"]), more=more)


def _freeze(desk: Desk, row: Row, found: list[Judged], *, note: str, campaign: bool) -> None:
    """Keep the reports with the case, or with all cases of a campaign."""
    common: dict[str, Any] = {
        "actor": desk.person.id, "role": "clerk", "at": desk.at, "note": note,
        "reports": {one.candidate_id: one.report.worded() for one in found}, "rules": desk.rules,
    }  # fmt: skip
    with desk.acting(row):
        if campaign:
            act_all(desk.book, row["id"], "check_rules", with_campaign=True, **common)
        else:
            act(desk.book, row["id"], "check_rules", version=row["version"], **common)


def _judged(desk: Desk, one: Judged, numbers: dict[str, str]) -> dict[str, Any]:
    plain = {
        "verdict": one.report.verdict,
        "on": one.report.on,
        "missing": list(one.report.missing),
        "packs": list(one.report.packs),
        "pack_sha256": one.report.pack_sha256,
        "findings": [found.plain() for found in one.report.findings],
    }
    return {
        "case": numbers[one.case_id],
        "name": one.report.text,
        **report_told(desk, plain),
    }


def _approved(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    row = desk.seen()
    with desk.acting(row, deciding=str(desk.rules.acts["approve"].word)):
        done = approve(
            desk.book,
            row["id"],
            approver=person.id,
            authority=_authority(desk, row, told["authority"] or ""),
            decision_id=_decision(desk, row, told["document"] or ""),
            at=desk.at,
            version=row["version"],
            note=told["note"] or "",
            rules=desk.rules,
        )
    more = {
        "change_set_id": done.change_set_id,
        "cases": len(done.cases),
        "names_opened": len(done.opened),
        "names_closed": len(done.closed),
        "names": [desk.book.row("name", one)["text"] for one in done.opened[:_SHOWN]],
        "former": [desk.book.row("name", one)["text"] for one in done.closed[:_SHOWN]],
        "stale_signs": len(done.stale_signs),
        "tasks": done.tasks,
        "missing": list(done.missing),
    }
    return answered(desk, desk.book.row("case", row["id"]), more=more)


def _decision(desk: Desk, row: Row, written: str) -> str:
    """Return the id of the decision: by its number, else the one attached to the case."""
    if written:
        return str(find_row(desk.book, "document", written, "number", "title")["id"])
    case = case_of(row, desk.rules)
    attached = [case.documents[kind] for kind in case.kind.decision if kind in case.documents]
    return attached[0] if attached else ""


def _authority(desk: Desk, row: Row, written: str) -> str:
    """Return who decides: as written, else the only one that may.

    Raises
    ------
    DataError
        Several may, and none is written.
    """
    words = {key: one.word for key, one in desk.rules.authorities.items()}
    if written:
        return picked(words, written, "批准机关", "authority")
    with reading(desk.book) as select:
        rows = select("case", campaign_id=row["id"]) or [row]
        allowed = {
            one
            for each in rows
            for one in authorities(select, case_of(each, desk.rules), desk.rules)
        }
    if len(allowed) == 1:
        return next(iter(allowed))
    listed = "、".join(f"{words[one]} ({one})" for one in sorted(allowed or set(words)))
    raise DataError(
        say("有权批准的机关不止一个，请写明批准机关。", "several may decide: say who does."),
        hint=say(f"批准机关（authority）可写：{listed}。", f"authority may be: {listed}."),
    )
