"""Taking back the last thing done to a case over the API: what it is, and who may."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.openapi import described
from api.people.person import Person, require
from api.routes.case_bodies import UNDO
from api.routes.case_desk import CASE, READ, desk_of
from api.routes.case_later_asks import scopes_to_undo
from api.routes.case_sending import acted
from api.routes.case_told import answered
from api.routes.cases import FAILS
from geo.gazetteer.cases import last_step, take_back
from geo.text import say

router = APIRouter(tags=["案卷"])


@router.post(
    "/cases/{caseId}/undo",
    **described(
        "undo_case",
        "撤回最后一步",
        "撤回对案卷办的最后一步；撤回批准须有审批权限且没有经办过本案；已备案的不能撤回。"
        "须写 If-Match。",
        CASE,
        schema={"type": "object", "required": ["case", "change_set_id", "undone"]},
        fails=FAILS,
        body=UNDO.described(),
    ),
)
async def undo(request: Request) -> Response:
    """Take back the last thing done to a case."""
    return await acted(request, UNDO, _undone, READ, done="case-undone")


def _undone(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    row = desk.case()
    last = last_step(desk.book, row["id"], desk.rules)
    require(request, *scopes_to_undo(last))
    desk.require_version(row)
    word = say("撤回批准", "taking the approval back") if last and last.approves else ""
    with desk.acting(row, deciding=word):
        done = take_back(
            desk.book, row["id"], by=person.id, reason=told["reason"], at=desk.at,
            version=row["version"], rules=desk.rules,
        )  # fmt: skip
    names = ("change_set_id", "undone", "reason", "author", "at")
    more = {name: getattr(done, name) for name in names}
    return answered(desk, desk.book.row("case", row["id"]), more=more)
