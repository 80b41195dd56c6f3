"""What is added to open cases over the API: candidates, readings, the choice."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.openapi import described
from api.people.person import Person
from api.routes.case_bodies import CANDIDATE, CHOICE, READING
from api.routes.case_desk import CASE, EDIT, desk_of
from api.routes.case_sending import acted
from api.routes.case_told import answered
from api.routes.cases import FAILS, SHAPE
from geo.errors import DataError, NotFoundError
from geo.gazetteer.cases import choose, confirm_reading, edit_case
from geo.text import say

router = APIRouter(tags=["案卷"])


@router.post(
    "/cases/{caseId}/candidates",
    **described(
        "add_candidate",
        "加拟用名称",
        "草稿或要补正的案卷可以再提名称；原有的名称和报告不动。须写 If-Match。",
        CASE,
        schema=SHAPE,
        fails=FAILS,
        body=CANDIDATE.described(),
    ),
)
async def add_candidate(request: Request) -> Response:
    """Propose another name."""
    return await acted(request, CANDIDATE, _candidate, *EDIT, done="case-named")


@router.post(
    "/cases/{caseId}/readings",
    **described(
        "confirm_reading",
        "审定读音",
        "审定拟用名称的读音，拼写随之而定；规则审查之前办。须写 If-Match。",
        CASE,
        schema={"type": "object", "required": ["case", "toned", "sign"]},
        fails=FAILS,
        body=READING.described(),
    ),
)
async def confirm(request: Request) -> Response:
    """Confirm how a candidate is read."""
    return await acted(request, READING, _read, *EDIT, done="case-read")


@router.post(
    "/cases/{caseId}/choice",
    **described(
        "choose_name",
        "选定名称",
        "几个拟用名称中选定一个。须写 If-Match。",
        CASE,
        schema=SHAPE,
        fails=FAILS,
        body=CHOICE.described(),
    ),
)
async def choice(request: Request) -> Response:
    """Choose one of the candidates."""
    return await acted(request, CHOICE, _chosen, *EDIT, done="case-chosen")


def _candidate(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    row = desk.seen()
    kept = {"text": told["name"].strip()}
    kept |= {name: told[name] for name in ("reading", "origin", "meaning") if told[name]}
    if not desk.rules.kind(row["kind"]).names:
        raise DataError(say("这类案卷不提拟用名称。", "this kind of case takes no names."))
    with desk.acting(row):
        now = edit_case(
            desk.book, row["id"], version=row["version"], by=person.id, at=desk.at, names=[kept],
            rules=desk.rules,
        )  # fmt: skip
    return answered(desk, now)


def _read(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    row = desk.seen()
    with desk.acting(row):
        said = confirm_reading(
            desk.book, row["id"], told["name"], told["reading"], version=row["version"],
            by=person.id, at=desk.at, special=told["special"] or "", rules=desk.rules,
        )  # fmt: skip
    letters = {
        "name": told["name"], "toned": said.toned, "plain": said.plain, "sign": said.sign
    }  # fmt: skip
    return answered(desk, desk.book.row("case", row["id"]), more=letters)


def _chosen(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    row = desk.seen()
    known = {one["text"]: one["id"] for one in desk.book.rows("candidate", case_id=row["id"])}
    if told["name"] not in known:
        there = say("、", ", ").join(known) or say("无", "none")
        raise NotFoundError(
            say(f"本案没有拟用名称“{told['name']}”。", f"no candidate {told['name']!r} here."),
            hint=say(f"拟用名称：{there}", f"Candidates: {there}"),
        )
    with desk.acting(row):
        now = choose(
            desk.book, row["id"], known[told["name"]], version=row["version"], by=person.id,
            at=desk.at, rules=desk.rules,
        )  # fmt: skip
    return answered(desk, now)
