"""``/audit``: the log of access, and the proof that nobody altered it; for auditors."""

from __future__ import annotations

from typing import Any, Final

import orjson
import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc import pages
from api.ogc.parameters import FORMAT
from api.ogc.respond import HTML, JSON, address, form_of
from api.ogc.told import Control, Form, told_page
from api.openapi import described
from api.parameters import Parameter, asked, whole
from api.people import events
from api.people.event_words import detail_told, subject_told
from api.people.person import called, require
from api.routes.forms import answer, reading
from geo.text import say

router = APIRouter(tags=["账户"])

_BEFORE: Final = Parameter("before", "只要编号比它小的。", {"type": "integer", "minimum": 1})
_LIMIT: Final = Parameter(
    "limit", "每页多少条。", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
)
_KIND: Final = Parameter("kind", "只要这一种。", {"type": "string", "enum": list(events.KINDS)})
_WHO: Final = Parameter("who", "只要此人做的或针对此人的。", example="张三")
_NUMBER: Final = Parameter("number", "以前抄下的那一条的编号。", {"type": "integer", "minimum": 1})
_HASH: Final = Parameter("hash", "以前抄下的那一条的指纹。")
_FAILS: Final = (400, 401, 403, 406, 503)


@router.get(
    "/audit",
    **described(
        "audit", "访问日志", "登录、失败、角色、密钥、审批，新的在前。要 audit 权限。",
        _BEFORE, _LIMIT, _KIND, _WHO, FORMAT, gives=(JSON, HTML), fails=_FAILS,
    ),
)  # fmt: skip
async def audit(request: Request) -> Response:
    """Return a page of the log of access."""
    form = form_of(request)
    given = asked(request, ("before", "limit", "kind", "who", "f"))
    require(request, "audit")
    limit = whole("limit", given.get("limit", "100"), least=1, most=1000)
    before = given.get("before")

    def ask(connection: sa.Connection) -> list[dict[str, Any]]:
        rows = events.entries(
            connection,
            before=None if before is None else whole("before", before, least=1, most=2**31 - 1),
            limit=limit,
            kind=given.get("kind", ""),
            who=given.get("who", ""),
        )
        return [
            {**{str(name): row[name] for name in row}, "detail": orjson.loads(row["detail"])}
            for row in rows
        ]

    found = await reading(request, ask)
    following = None
    if len(found) == limit:
        onward = {**given, "before": str(found[-1]["number"])}
        following = address(request, "/audit", **onward)
    if form == "json":
        links = [{"rel": "next", "href": following, "type": JSON}] if following else []
        return answer({"entries": found, "links": links})
    page = pages.page_of(
        request,
        "audit.html",
        title=say("访问日志", "Log of access"),
        trail=[(say("我的账户", "My account"), address(request, "/account", f="html"))],
        json=address(request, "/audit", **{**given, "f": "json"}),
        entries=[
            one
            | {
                "what": say(*events.KINDS[one["kind"]]),
                "who": called(one["actor"]),
                "whom": subject_told(one["kind"], one["subject"]),
                "more": detail_told(one["detail"]),
            }
            for one in found
        ],
        following=following,
    )
    page.headers["Cache-Control"] = "no-store"
    return page


@router.get(
    "/audit/verification",
    **described(
        "verify_audit",
        "核验访问日志",
        "逐条核对指纹链；给出以前抄下的编号和指纹，还能查出末尾被截断或整本重写。",
        _NUMBER,
        _HASH,
        FORMAT,
        gives=(JSON, HTML),
        fails=_FAILS,
    ),
)
async def verification(request: Request) -> Response:
    """Look through the whole log."""
    form = form_of(request)
    given = asked(request, ("number", "hash", "f"))
    if form == "html":  # a form sends what is left open as empty
        given = {name: text for name, text in given.items() if text.strip()}
    require(request, "audit")
    number = whole("number", given.get("number", "0"), least=0, most=2**31 - 1)
    found = await reading(
        request,
        lambda connection: events.verified(connection, number=number, head=given.get("hash", "")),
    )
    body = {
        "entries": found.entries,
        "whole": found.first_broken is None,
        "first_broken": found.first_broken,
        "head": found.head,
    }
    if form == "json":
        return answer(body)
    told = say("完好：每一条都与前一条接得上。", "whole: each entry follows from the one before.")
    broken = say(
        f"从第 {found.first_broken} 条起对不上。", f"broken from entry {found.first_broken} on."
    )
    page = told_page(
        request,
        title=say("核验访问日志", "The log verified"),
        about=say(
            "请把条数和末条指纹抄到别处，以后在这里填写核对。",
            "Write number and hash down elsewhere, and compare them here later.",
        ),
        trail=[(say("访问日志", "Log of access"), address(request, "/audit", f="html"))],
        json=address(request, "/audit/verification", **{**given, "f": "json"}),
        says=told if found.first_broken is None else broken,
        facts=[(say("条数", "Entries"), found.entries), (say("末条指纹", "Hash"), found.head)],
        ask=[_comparing(request, given)],
    )
    page.headers["Cache-Control"] = "no-store"
    return page


def _comparing(request: Request, given: dict[str, str]) -> Form:
    """Return the form in which one fills in what was written down before."""
    number = Control(
        "number", "number", say("以前抄下的编号", "Number"), value=given.get("number", ""),
        limits=(("min", "1"),),
    )  # fmt: skip
    mark = Control("text", "hash", say("以前抄下的指纹", "Hash"), value=given.get("hash", ""))
    where = address(request, "/audit/verification")
    word = say("核对", "Compare")
    return Form("", where, word, (number, mark), hidden=(("f", "html"),), method="get")
