"""Place codes over the API: the places that an approved case named get their 20 digits."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.openapi import described
from api.people.person import Person
from api.routes.case_bodies import CODES
from api.routes.case_desk import CASE, EDIT, desk_of
from api.routes.case_sending import acted
from api.routes.case_told import answered
from api.routes.cases import FAILS
from geo.gazetteer.cases import assign_codes

router = APIRouter(tags=["案卷"])

_KEPT: Final = ("name", "place_id", "code", "new")


@router.post(
    "/cases/{caseId}/codes",
    **described(
        "assign_codes",
        "编定地名代码",
        "已批准的案卷：给所命名的地名编 20 位代码，取该乡级、该类别的下一个顺序号，批量案卷一次"
        "编完；已有代码的不动。code 写别处（如国家地名信息库）给的代码，只能给一个地名，"
        "换掉原有的。"
        "编代码的任务随之完成。须写 If-Match。",
        CASE,
        schema={"type": "object", "required": ["case", "codes"]},
        fails=FAILS,
        body=CODES.described(),
    ),
)
async def codes(request: Request) -> Response:
    """Give the places of an approved case their codes."""
    return await acted(request, CODES, _coded, *EDIT, done="case-coded")


def _coded(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    row = desk.seen()
    with desk.acting(row):
        found = assign_codes(
            desk.book, row["id"], version=row["version"], by=person.id, at=desk.at,
            role=desk.role(told["role"], ("clerk",)), code=(told["code"] or "").strip(),
            note=told["note"] or "", rules=desk.rules,
        )  # fmt: skip
    shown = [one for one in found if one.place_id not in desk.hidden]
    more = {"codes": [{name: getattr(one, name) for name in _KEPT} for one in shown]}
    return answered(desk, desk.book.row("case", row["id"]), more=more)
