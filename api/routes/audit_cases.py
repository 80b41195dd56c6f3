"""``/audit/cases``: whether the gazetteer keeps the laws of its cases, and its log is whole."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.parameters import FORMAT
from api.ogc.respond import HTML, JSON, address, form_of
from api.ogc.told import Table, filled, told_page
from api.openapi import described
from api.parameters import asked
from api.people.person import require
from api.routes.forms import answer
from api.routes.norms import ON, day_of
from api.routes.standing import one_state, veil_of
from api.store import workspace_of
from geo.text import say

router = APIRouter(tags=["账户"])

_SCHEMA: Final = {
    "type": "object",
    "required": ["on", "breaches", "whole", "first_broken"],
    "properties": {
        "breaches": {"type": "array", "items": {"type": "string"}},
        "whole": {"type": "boolean"},
        "first_broken": {"type": ["integer", "null"]},
    },
}


@router.get(
    "/audit/cases",
    **described(
        "audit_cases",
        "核验案卷",
        "逐条核对案卷的规矩（每个标准名称都有决定或历史批次、批准人不是经办人、步骤前后相接、"
        "批准后没有改动等），并验证地名库的日志没有被改动过。要 audit 权限；涉密地名不写名字。",
        ON,
        FORMAT,
        gives=(JSON, HTML),
        schema=_SCHEMA,
        fails=(400, 401, 403, 404, 406, 503),
    ),
)
def audit_cases(request: Request) -> Response:
    """Return every breach of the laws of cases, and where the log of names was altered."""
    from geo.gazetteer.cases import audit, rulebook_of  # noqa: PLC0415

    form = form_of(request)
    given = filled(asked(request, ("on", "f")), form)
    require(request, "audit")
    day = day_of(given)
    with one_state(request) as book:
        rules = rulebook_of(workspace_of(request).folder)
        breaches = [veil_of(request, book).over(one) for one in audit(book, day, rules)]
        broken = book.first_broken()
    if form == "json":
        told = {"on": day.isoformat(), "breaches": breaches}
        return answer(told | {"whole": broken is None, "first_broken": broken})
    log = (
        say("完好", "whole")
        if broken is None
        else say(f"从第 {broken} 号起被改动过", f"broken at {broken}")
    )
    page = told_page(
        request,
        title=say("核验案卷", "Cases verified"),
        trail=[(say("访问日志", "Log of access"), address(request, "/audit", f="html"))],
        json=address(request, "/audit/cases", **given, f="json"),
        facts=[
            (say("截至", "As of"), day.isoformat()),
            (say("违反", "Breaches"), len(breaches)),
            (say("地名库的日志", "Log of names"), log),
        ],
        tables=[
            Table(
                (say("违反了什么", "What is broken"),),
                [(one,) for one in breaches],
                nothing=say("没有违反。", "No breach."),
            )
        ],
    )
    page.headers["Cache-Control"] = "no-store"
    return page
