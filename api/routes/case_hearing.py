"""Hearing the public over the API: the term, opinions, answers, and the texts that are drafted."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.parameters import FORMAT
from api.ogc.respond import HTML, JSON, Link, address, form_of, json_answer
from api.openapi import described
from api.parameters import Parameter, asked, whole
from api.people.person import Person
from api.routes import case_pages
from api.routes.bodies import day_in
from api.routes.case_bodies import ANSWER, OPINION, TERM
from api.routes.case_desk import CASE, EDIT, Desk, desk_of, looking
from api.routes.case_sending import acted
from api.routes.case_told import after, answered, hearing_told
from api.routes.cases import FAILS, SHAPE
from api.store import settings_of
from geo.gazetteer.book import Row
from geo.gazetteer.cases import answer, consult, drafts, hear
from geo.gazetteer.cases.finding import picked
from geo.gazetteer.cases.hearing import STANCES
from geo.gazetteer.cases.notices import notices
from geo.text import say

router = APIRouter(tags=["案卷"])

NUMBER: Final = Parameter(
    "number", "案内序号，如 2026-0001/3，或只写 3。", example="1", place="path"
)
LIMIT: Final = Parameter(
    "limit", "一页最多几条。", {"type": "integer", "minimum": 1, "default": 100}
)
AFTER: Final = Parameter("after", "从哪一号之后接着列。", example="2026-0001/3")
_DRAFTS: Final = {
    "notice": ("征求意见公告", "notice"),
    "hearing": ("征求意见汇总", "hearing"),
    "filing": ("备案报告", "filing"),
    "announcement": ("公告", "announcement"),
}


@router.get(
    "/cases/{caseId}/opinions",
    **described(
        "opinions",
        "意见",
        "征求意见的期限和收到的意见，按收到的次序；每条附答复和它的 etag。",
        CASE,
        LIMIT,
        AFTER,
        FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["case", "opinions", "links"]},
        fails=(304, 400, 401, 403, 404, 406, 503),
    ),
)
def opinions(request: Request) -> Response:
    """Return what was said of a case."""
    form = form_of(request)
    given = asked(request, ("limit", "after", "f"))
    with looking(request) as desk:
        row = desk.case()
        told = hearing_told(desk, row)
        page, links = paged(desk, row, "opinions", told["opinions"], given)
    body = {"case": row["number"], **told, "opinions": page, "links": links}
    if form == "html":
        return case_pages.opinions(desk, row, body, following(links))
    return json_answer(body, request=request)


@router.post(
    "/cases/{caseId}/consultation",
    **described(
        "consult",
        "征求意见",
        "公开征求意见，定下或延长截止日；期间人人可提意见，件件须答复。须写 If-Match。",
        CASE,
        schema={"type": "object", "required": ["case", "until"]},
        fails=FAILS,
        body=TERM.described(),
    ),
)
async def consultation(request: Request) -> Response:
    """Open the consultation on a case, or make its term longer."""
    return await acted(request, TERM, _consulted, *EDIT, done="case-consulted")


@router.post(
    "/cases/{caseId}/opinions",
    **described(
        "add_opinion",
        "记下意见",
        "记下一条意见：支持、反对、另提名称、其他。",
        CASE,
        schema={"type": "object", "required": ["case", "opinion"]},
        status=201,
        fails=(400, 401, 403, 404, 409, 413, 415, 503),
        body=OPINION.described(),
    ),
)
async def opinion(request: Request) -> Response:
    """Write down what somebody says of a proposal."""
    return await acted(request, OPINION, _heard, *EDIT, done="case-heard")


@router.post(
    "/cases/{caseId}/opinions/{number:path}/answer",
    **described(
        "answer_opinion",
        "答复意见",
        "答复一条意见。If-Match 写这条意见的 etag。",
        CASE,
        NUMBER,
        schema=SHAPE,
        fails=FAILS,
        body=ANSWER.described(),
    ),
)
async def answer_one(request: Request) -> Response:
    """Answer an opinion."""
    return await acted(request, ANSWER, _replied, *EDIT, done="case-answered")


@router.get(
    "/cases/{caseId}/drafts",
    **described(
        "case_drafts",
        "文稿",
        "按地名库现状起草的征求意见公告、意见汇总、备案报告、公告，缺什么写明；还没有的不列。",
        CASE,
        FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["case", "drafts"]},
        fails=(304, 400, 401, 403, 404, 406, 503),
    ),
)
def case_drafts(request: Request) -> Response:
    """Return the texts that can be drafted of a case."""
    form = form_of(request)
    asked(request, ("f",))
    texts: dict[str, tuple[str, tuple[str, ...]]] = {}
    with looking(request) as desk:
        row = desk.case()
        for kind, text in notices(desk.book, row["id"], desk.rules).items():
            texts[kind] = (text, ())
        texts |= drafts(desk.book, row["id"], desk.rules)
        found = [
            {
                "kind": kind,
                "label": say(*_DRAFTS.get(kind, (kind, kind))),
                "text": desk.veil.over(text),
                "missing": desk.veil.over_all(missing),
            }
            for kind, (text, missing) in texts.items()
        ]
    if form == "html":
        return case_pages.drafts(desk, row, found)
    return json_answer({"case": row["number"], "drafts": found}, request=request)


def paged(
    desk: Desk, row: Row, what: str, found: list[dict[str, Any]], given: dict[str, str]
) -> tuple[list[Any], list[dict[str, str]]]:
    """Return a page of what belongs to a case, and the links of the page."""
    given = {name: text for name, text in given.items() if name != "f"}
    settings = settings_of(desk.request)
    usual = str(settings.limit_default)
    most = whole("limit", given.get("limit", usual), least=1, most=settings.limit_most)
    page, last = after(found, given.get("after", ""), most)
    own = f"/cases/{row['number'] or row['id']}"
    links = [
        Link(address(desk.request, f"{own}/{what}", **given), "self", JSON),
        Link(address(desk.request, own), "up", JSON),
    ]
    if last:
        further = address(desk.request, f"{own}/{what}", **{**given, "after": last})
        links.append(Link(further, "next", JSON))
    return page, [link.plain() for link in links]


def following(links: list[dict[str, str]]) -> str:
    """Return the address of the page after one of which these are the links; empty if none."""
    found = [one["href"] for one in links if one["rel"] == "next"]
    return f"{found[0]}&f=html" if found else ""


def _consulted(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    row = desk.seen()
    with desk.acting(row):
        last = consult(
            desk.book, row["id"], version=row["version"], by=person.id, at=desk.at,
            until=day_in(told, "until"), note=told["note"] or "", rules=desk.rules,
        )  # fmt: skip
    now = desk.book.row("case", row["id"])
    return answered(desk, now, more={"until": last.isoformat()})


def _heard(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    row = desk.case()
    made = hear(
        desk.book,
        row["id"],
        by=(told["said_by"] or "").strip() or person.id,
        stance=picked(STANCES, told["stance"], "态度", "stance"),
        text=told["text"],
        alternative=told["name"] or "",
        author=person.id,
        at=desk.at,
        rules=desk.rules,
    )
    every = hearing_told(desk, row)["opinions"]
    version = desk.book.row("opinion", made)["version"]
    more = {"opinion": {**every[-1], "etag": f'"{version}"'}}
    return answered(desk, desk.book.row("case", row["id"]), status=201, more=more)


def _replied(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    row = desk.case()
    said = desk.within("opinion", row)
    desk.require_version(said)
    with desk.acting(said):
        answer(
            desk.book, said["id"], version=said["version"], text=told["text"], by=person.id,
            at=desk.at, rules=desk.rules,
        )  # fmt: skip
    return answered(desk, desk.book.row("case", row["id"]))
