"""Tasks of cases over the API: what is to be done by when, done, and extended."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.jobs.process import Input
from api.ogc.respond import json_answer
from api.openapi import described
from api.parameters import asked
from api.people.person import Person
from api.routes.bodies import TEXT, Body, worked
from api.routes.case_desk import CASE, EDIT, ON, Desk, desk_of, looking
from api.routes.case_hearing import AFTER, LIMIT, NUMBER, paged
from api.routes.case_told import answered, tasks_told
from api.routes.cases import FAILS
from geo.errors import DataError
from geo.gazetteer.book import Row
from geo.gazetteer.cases import complete_task, extend
from geo.gazetteer.cases.finding import find_row
from geo.text import say

router = APIRouter(tags=["案卷"])

_LONGEST: Final = 500
_DONE: Final = Body(
    (
        Input("photo", "照片", "photo", TEXT, "现场照片的文件名或存放地址；标志任务必写。"),
        Input("spec", "规格", "size", TEXT, "标志规格，如 1500×450。"),
        ON,
    ),
    {"photo": "2026/望潮路-01.jpg", "spec": "1500×450"},
)
_LONGER: Final = Body(
    (
        Input("document", "文件", "document", TEXT, "准予延长的文件的文号或标题。", required=True),
        ON,
    ),
    {"document": "示民〔2026〕3号"},
)
_SHAPE: Final = {"type": "object", "required": ["case", "task"]}


@router.get(
    "/cases/{caseId}/tasks",
    **described(
        "case_tasks",
        "任务",
        "一件案卷的各项任务、期限和规定依据；清单上各案的任务在各案里，全部期限见 /cases/due。",
        CASE,
        LIMIT,
        AFTER,
        schema={"type": "object", "required": ["case", "tasks", "links"]},
        fails=(304, 400, 401, 403, 404, 503),
    ),
)
def tasks(request: Request) -> Response:
    """Return the tasks of a case."""
    given = asked(request, ("limit", "after"))
    with looking(request) as desk:
        row = desk.case()
        page, links = paged(desk, row, "tasks", tasks_told(desk, row), given)
    return json_answer({"case": row["number"], "tasks": page, "links": links}, request=request)


@router.post(
    "/cases/{caseId}/tasks/{number}/done",
    **described(
        "complete_task",
        "完成任务",
        "完成一项任务；标志任务须有照片，新牌由此入库。备案、公告在案卷里办。"
        "If-Match 写这项任务的 etag。",
        CASE,
        NUMBER,
        schema=_SHAPE,
        fails=FAILS,
        body=_DONE.described(),
    ),
)
async def done(request: Request) -> Response:
    """Complete a task."""
    return await worked(request, _DONE, _completed, *EDIT)


@router.post(
    "/cases/{caseId}/tasks/{number}/extension",
    **described(
        "extend_task",
        "延长期限",
        "经批准延长一项期限，一次为限。If-Match 写这项任务的 etag。",
        CASE,
        NUMBER,
        schema=_SHAPE,
        fails=FAILS,
        body=_LONGER.described(),
    ),
)
async def extension(request: Request) -> Response:
    """Extend a deadline."""
    return await worked(request, _LONGER, _extended, *EDIT)


def _completed(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    row = desk.case()
    task = desk.within("task", row)
    desk.require_version(task)
    photo, spec = told["photo"] or "", told["spec"] or ""
    if max(len(photo), len(spec)) > _LONGEST:
        raise DataError(
            say(f"照片和规格最多 {_LONGEST} 个字。", f"at most {_LONGEST} characters each.")
        )
    with desk.acting(task):
        complete_task(
            desk.book, task["id"], version=task["version"], by=person.id, at=desk.at,
            photo=photo, spec=spec,
        )  # fmt: skip
    return _answered(desk, row)


def _extended(request: Request, person: Person, told: dict[str, Any]) -> Response:
    desk = desk_of(request, person, told)
    row = desk.case()
    task = desk.within("task", row)
    desk.require_version(task)
    paper = find_row(desk.book, "document", told["document"], "number", "title")
    with desk.acting(task):
        extend(
            desk.book, task["id"], version=task["version"], document_id=paper["id"], by=person.id,
            at=desk.at, rules=desk.rules,
        )  # fmt: skip
    return _answered(desk, row)


def _answered(desk: Desk, row: Row) -> Response:
    number = f"{row['number']}/{int(desk.request.path_params['number'])}"
    task = next(one for one in tasks_told(desk, row) if one["number"] == number)
    return answered(desk, desk.book.row("case", row["id"]), more={"task": task})
