"""What is added to open cases over the API: candidates, readings, the choice, documents."""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.errors import TooLargeError
from api.openapi import described
from api.people.person import Person
from api.routes.case_bodies import CANDIDATE, CHOICE, DOCUMENT, MOST_BYTES, READING
from api.routes.case_desk import CASE, EDIT, desk_of
from api.routes.case_sending import acted
from api.routes.case_told import answered
from api.routes.cases import FAILS, SHAPE
from geo.errors import DataError, NotFoundError
from geo.gazetteer.cases import Paper, act, choose, confirm_reading, edit_case, enclose
from geo.gazetteer.cases.finding import picked
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
    return await acted(request, CANDIDATE, _candidate, *EDIT)


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
    return await acted(request, READING, _read, *EDIT)


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
    return await acted(request, CHOICE, _chosen, *EDIT)


@router.post(
    "/cases/{caseId}/documents",
    **described(
        "add_document",
        "登记文件",
        "登记文件并附到案卷：类型、标题、文号、机关、日期和文件的指纹。论证阶段登记论证报告，"
        "即记入该项论证。须写 If-Match。",
        CASE,
        schema={"type": "object", "required": ["case", "document"]},
        fails=FAILS,
        body=DOCUMENT.described(),
    ),
)
async def document(request: Request) -> Response:
    """Register a document with a case."""
    return await acted(request, DOCUMENT, _enclosed, *EDIT)


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
            by=person.id, at=desk.at, rules=desk.rules,
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


def _enclosed(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    kind = picked(desk.rules.documents, told["kind"], "文件类型", "kind of document")
    print_of_file = _sha256(told)
    row = desk.seen()
    paper = Paper(
        kind,
        told["title"] or f"{row['title']}{desk.rules.documents[kind].zh}",
        told["number"] or "",
        told["issuer"] or "",
        told["date"] or "",
        print_of_file,
    )
    common: dict[str, Any] = {"version": row["version"], "at": desk.at, "rules": desk.rules}
    review = next((one for one in desk.rules.acts.values() if one.branch == kind), None)
    with desk.acting(row):
        if row["state"] == "reviews" and review is not None:
            role = desk.role(told["role"], review.roles)
            act(desk.book, row["id"], review.id, actor=person.id, role=role, paper=paper, **common)
        else:
            role = desk.role(told["role"], ("clerk",))
            enclose(desk.book, row["id"], paper, by=person.id, role=role, **common)
    names = ("kind", "title", "number", "issuer", "issued_on", "sha256")
    more = {"document": {name: getattr(paper, name) for name in names}}
    return answered(desk, desk.book.row("case", row["id"]), more=more)


def _sha256(told: dict[str, Any]) -> str:
    """Return the fingerprint of a file: as told, or of the file that was sent along.

    Raises
    ------
    DataError
        What was sent is no base64, or its fingerprint is not the one told.
    TooLargeError
        It is larger than is taken.
    """
    stated = told["sha256"] or ""
    if told["content"] is None:
        return str(stated)
    if not isinstance(told["content"], str):
        raise DataError(say("“content”应是文字（base64）。", "content must be base64 text."))
    if len(told["content"]) > MOST_BYTES * 4 // 3 + 4:
        raise TooLargeError(
            say(f"文件超过 {MOST_BYTES:,} 字节。", f"the file is over {MOST_BYTES:,} bytes."),
            hint=say("大文件请自行算出 SHA-256，写在 sha256 里。", "Send its sha256 instead."),
        )
    try:
        found = sha256(base64.b64decode(told["content"], validate=True)).hexdigest()
    except (binascii.Error, ValueError):
        raise DataError(say("“content”不是 base64。", "content is no base64.")) from None
    if stated not in ("", found):
        raise DataError(
            say("文件的 SHA-256 与所写的不同。", "the file's SHA-256 is not the one told."),
            hint=say(f"算得 {found}。", f"It is {found}."),
        )
    return found
