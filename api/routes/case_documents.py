"""Documents of cases over the API: registered with their files, and the files fetched again."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.errors import TooLargeError
from api.ogc.respond import knows
from api.openapi import described
from api.parameters import Parameter, asked
from api.people.person import Person, require
from api.routes.case_bodies import DOCUMENT, MOST_BYTES
from api.routes.case_desk import CASE, EDIT, READ, desk_of, looking
from api.routes.case_opening import kind_of
from api.routes.case_sending import acted
from api.routes.case_told import answered, documents_told
from api.routes.cases import FAILS, KIND
from geo.errors import DataError, NotFoundError
from geo.gazetteer.cases import Paper, act, enclose
from geo.gazetteer.cases.finding import picked
from geo.gazetteer.cases.forms_files import write_form
from geo.gazetteer.cases.paper_files import attached, file_of
from geo.text import say

router = APIRouter(tags=["案卷"])

_KIND: Final = Parameter(
    "kind",
    "文件类型，如 application；案卷的 documents 里列着。",
    example="application",
    place="path",
)
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_STRANGE: Final = "default-src 'none'; sandbox"
"""What a file that somebody sent may do in a browser: nothing."""


@router.post(
    "/cases/{caseId}/documents",
    **described(
        "add_document",
        "登记文件",
        "登记文件并附到案卷：类型、标题、文号、机关、日期，连同文件或文件的指纹。论证阶段登记论证报告，"
        "即记入该项论证。须写 If-Match。",
        CASE,
        schema={"type": "object", "required": ["case", "document"]},
        fails=FAILS,
        body=DOCUMENT.described(),
    ),
)
async def document(request: Request) -> Response:
    """Register a document with a case."""
    return await acted(request, DOCUMENT, _enclosed, *EDIT, done="case-enclosed")


@router.get(
    "/cases/{caseId}/documents/{kind}",
    **described(
        "case_document",
        "取文件",
        "案卷所附文件的原件，与登记时一字节不差；只登记了指纹的没有原件，404。",
        CASE,
        _KIND,
        gives=("application/octet-stream",),
        fails=(304, 400, 401, 403, 404, 503),
    ),
)
def document_file(request: Request) -> Response:
    """Return the file of a document of a case."""
    asked(request, ())
    with looking(request) as desk:
        there = {one.kind: one for one in attached(desk.book, desk.case())}
        paper = there.get(request.path_params["kind"])
        if paper is None:
            known = say("、", ", ").join(there) or say("无", "none")
            raise NotFoundError(
                say("本案没有这份文件。", "the case has no such document."),
                hint=say(f"已附的文件：{known}。", f"Attached: {known}."),
            )
        headers = {
            "ETag": f'"{paper.row["sha256"][:32]}"',
            "Cache-Control": "private, no-cache",
            "Content-Disposition": f"attachment; filename*=utf-8''{quote(paper.file_name)}",
            "Content-Security-Policy": _STRANGE,
        }
        if paper.file is not None and knows(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        content = file_of(desk.book, paper)
    media_type = paper.file.media_type if paper.file else "application/octet-stream"
    return Response(content, media_type=media_type, headers=headers)


@router.get(
    "/cases/kinds/{kindId}/form",
    **described(
        "case_form",
        "下载空表",
        "一类案卷的空表（.xlsx），各项的标题和填法在表内；批量案卷的表另有一张清单。",
        KIND,
        gives=(_XLSX,),
        fails=(400, 401, 403, 404, 503),
    ),
)
def empty_form(request: Request) -> Response:
    """Return the empty form of a kind of case as an Excel file."""
    asked(request, ())
    desk = desk_of(request, require(request, READ))
    kind = kind_of(desk, request.path_params["kindId"])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "form.xlsx"
        write_form(path, kind, desk.rules)
        content = path.read_bytes()
    name = quote(f"{desk.rules.kinds[kind].word}.xlsx".replace("/", " "))
    headers = {"Content-Disposition": f"attachment; filename*=utf-8''{name}"}
    return Response(content, media_type=_XLSX, headers=headers)


def _enclosed(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    kind = picked(desk.rules.documents, told["kind"], "文件类型", "kind of document")
    content = _content(told)
    row = desk.seen()
    paper = Paper(
        kind,
        told["title"] or f"{row['title']}{desk.rules.documents[kind].zh}",
        told["number"] or "",
        told["issuer"] or "",
        told["date"] or "",
        told["sha256"] or "",
        content,
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
    now = desk.book.row("case", row["id"])
    registered = next(one for one in documents_told(desk, now) if one["kind"] == kind)
    return answered(desk, now, more={"document": registered})


def _content(told: dict[str, Any]) -> bytes | None:
    """Return the file that was sent along; None: there is none.

    Raises
    ------
    DataError
        What was sent is no base64.
    TooLargeError
        It is larger than is taken.
    """
    if told["content"] is None:
        return None
    if not isinstance(told["content"], str):
        raise DataError(say("“content”应是文字（base64）。", "content must be base64 text."))
    if len(told["content"]) > MOST_BYTES * 4 // 3 + 4:
        raise TooLargeError(
            say(f"文件超过 {MOST_BYTES:,} 字节。", f"the file is over {MOST_BYTES:,} bytes."),
            hint=say(
                "请压缩扫描件；或只写它的 SHA-256（sha256），文件另行保管。",
                "Scan it smaller; or send its sha256 alone and keep the file yourself.",
            ),
        )
    try:
        return base64.b64decode(told["content"], validate=True)
    except (binascii.Error, ValueError):
        raise DataError(say("“content”不是 base64。", "content is no base64.")) from None
