"""``/cases``: names from proposal to sign; look at one, open one, edit one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.parameters import FORMAT
from api.ogc.respond import HTML, JSON, Link, address, form_of, json_answer
from api.ogc.sent import is_form
from api.openapi import described
from api.parameters import Parameter, asked
from api.people.person import Person, person_of, require
from api.routes import case_opening, case_page, case_pages
from api.routes.bodies import worked
from api.routes.case_desk import CASE, EDIT, READ, desk_of, looking
from api.routes.case_fields import changed_fields, fields_sent
from api.routes.case_forms import EDITED, OPEN, columns_of, kinds_told, proposal_told
from api.routes.case_sending import acted
from api.routes.case_told import answered, whole_told
from api.store import draft_id
from geo.errors import DataError
from geo.gazetteer.cases import edit_case, open_cases, progress
from geo.gazetteer.cases.finding import picked
from geo.text import say

router = APIRouter(tags=["案卷"])

FAILS: Final = (400, 401, 403, 404, 409, 412, 413, 415, 428, 503)
"""How acts on a case may fail."""
SHAPE: Final[dict[str, Any]] = {"type": "object", "required": ["case"]}
KIND: Final = Parameter("kindId", "案卷类型的代号或名称。", example="naming", place="path")
_MERGE: Final = "application/merge-patch+json"


def landing_links(request: Request) -> list[Link]:
    """Return what the landing page links to, for those who may see cases."""
    if not person_of(request).may(READ) or draft_id(request):
        return []
    return [Link(address(request, "/cases"), "cases", JSON, say("案卷", "Cases"))]


@router.get(
    "/cases/kinds",
    **described(
        "case_kinds",
        "案卷类型",
        "各类案卷的名称、依据、须附的材料和论证、表上各项及填法。",
        FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["kinds", "authorities", "documents"]},
        fails=(304, 400, 401, 403, 406, 503),
    ),
)
def case_kinds(request: Request) -> Response:
    """Return the kinds of cases with the fields of their forms."""
    form = form_of(request)
    asked(request, ("f",))
    rules = desk_of(request, require(request, READ)).rules
    body = {
        "kinds": kinds_told(rules),
        "authorities": {key: str(one.word) for key, one in rules.authorities.items()},
        "documents": {key: str(word) for key, word in rules.documents.items()},
        "states": {key: str(word) for key, word in rules.state_words.items()},
        "roles": {key: str(word) for key, word in rules.roles.items()},
    }
    if form == "html":
        return case_pages.kinds(request, body)
    return json_answer(body, request=request)


@router.get(
    "/cases/kinds/{kindId}",
    **described(
        "case_kind",
        "一类案卷",
        "名称、依据、须附的材料和论证、表上各项及填法；网页上可以照表立案。",
        KIND,
        FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["kind", "fields"]},
        fails=(304, 400, 401, 403, 404, 406, 503),
    ),
)
def case_kind(request: Request) -> Response:
    """Return one kind of case with the fields of its form."""
    form = form_of(request)
    asked(request, ("f",))
    desk = desk_of(request, require(request, READ))
    kind = case_opening.kind_of(desk, request.path_params["kindId"])
    if form == "html":
        return case_opening.page(desk, kind)
    told = next(one for one in kinds_told(desk.rules) if one["kind"] == kind)
    return json_answer(told, request=request)


@router.post(
    "/cases",
    **described(
        "open_case",
        "立案",
        "按表立一件草稿；有一处不对就不立，并列出全部不对的项。经办人是登录的人。",
        schema=SHAPE,
        status=201,
        fails=(400, 401, 403, 404, 409, 413, 415, 503),
        body=OPEN.described(),
    ),
)
async def open_one(request: Request) -> Response:
    """Open a case as a draft."""
    if is_form(request):
        return await case_opening.opened(request, _open)
    return await worked(request, OPEN, _open, *EDIT)


@router.get(
    "/cases/{caseId}",
    **described(
        "case",
        "一件案卷",
        "步骤、拟用名称和冻结的审查报告、意见、文件、任务，和现在能办的各步（actions："
        "往哪里发、发什么、您能不能办）。ETag 是案卷的版本，办理时写进 If-Match。",
        CASE,
        FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["number", "state", "actions", "links"]},
        fails=(400, 401, 403, 404, 406, 503),
    ),
)
def one_case(request: Request) -> Response:
    """Return all of a case."""
    form = form_of(request)
    asked(request, ("f",))
    with looking(request) as desk:
        row = desk.case()
        told = whole_told(desk, row)
        if form == "html":
            return case_page.page(desk, row, told)
    headers = {"ETag": told["etag"], "Cache-Control": "no-store", "Vary": "Accept"}
    return Response(orjson.dumps(told), media_type=JSON, headers=headers)


@router.patch(
    "/cases/{caseId}",
    **described(
        "edit_case",
        "修改案卷",
        "改草稿或要补正的案卷：只写要改的项，其余不动。须写 If-Match。",
        CASE,
        schema=SHAPE,
        fails=FAILS,
        body=EDITED.described(),
    ),
)
async def edit(request: Request) -> Response:
    """Edit a case that is a draft or to be supplemented."""
    return await worked(request, EDITED, _edit, *EDIT, types=(JSON, _MERGE))


@router.post(
    "/cases/{caseId}",
    **described(
        "edit_case_by_form",
        "修改案卷（网页表单）",
        "网页的表单改草稿或要补正的案卷；程序请用 PATCH。",
        CASE,
        schema=SHAPE,
        fails=FAILS,
        body=EDITED.described(),
    ),
)
async def edit_by_form(request: Request) -> Response:
    """Edit a case as its page asks."""
    return await acted(
        request, EDITED, _edit_filled, *EDIT, done="case-changed",
        filled=lambda sent: {"fields": fields_sent(sent)},
    )  # fmt: skip


@router.get(
    "/cases/{caseId}/progress",
    **described(
        "case_progress",
        "批量案卷的进度",
        "清单上的案卷逐街道、乡镇各在什么状态，标志换了多少。",
        CASE,
        FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["case", "divisions"]},
        fails=(304, 400, 401, 403, 404, 406, 503),
    ),
)
def case_progress(request: Request) -> Response:
    """Return how far a campaign is."""
    form = form_of(request)
    asked(request, ("f",))
    with looking(request) as desk:
        row = desk.case()
        divisions = [
            {
                "division_code": one.division_code,
                "cases": one.total,
                "approved": one.approved,
                "dropped": one.dropped,
                "signs": one.signs,
                "signs_open": one.signs_open,
                "states": dict(one.states),
            }
            for one in progress(desk.book, row["id"], desk.rules)
        ]
    if form == "html":
        return case_pages.progress(desk, row, divisions)
    return json_answer({"case": row["number"], "divisions": divisions}, request=request)


def _open(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    words = {key: one.word for key, one in desk.rules.kinds.items()}
    kind = picked(words, told["kind"], "案卷类型", "kind of case")
    wanted = replace(
        proposal_told(desk, kind, told["fields"], opening=True),
        campaign_id=desk.find(told["campaign"])["id"] if told["campaign"] else "",
        supersedes=desk.find(told["supersedes"])["id"] if told["supersedes"] else "",
    )
    made = open_cases(desk.book, [wanted], by=person.id, at=desk.at, rules=desk.rules)
    return answered(desk, desk.book.row("case", made[0]), status=201)


def _edit_filled(request: Request, person: Person, told: dict[str, Any]) -> Response:
    """Edit a case by a form that was filled in as it stood; a program sends what changes."""
    if not is_form(request):
        return _edit(request, person, told)
    desk = desk_of(request, person, told)
    changes = changed_fields(desk, desk.seen(), told["fields"])
    return _edit(request, person, told | {"fields": changes})


def _edit(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    row = desk.seen()
    if not told["fields"]:
        raise DataError(say("没有要改的项。", "nothing to change."))
    wanted = proposal_told(desk, row["kind"], told["fields"])
    with desk.acting(row):
        now = edit_case(
            desk.book,
            row["id"],
            version=row["version"],
            by=person.id,
            at=desk.at,
            facts=wanted.facts,
            names=wanted.names,
            rules=desk.rules,
            **columns_of(wanted, told["fields"]),
        )
    return answered(desk, now)
