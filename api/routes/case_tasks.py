"""Tasks of cases over the API: what is to be done by when, done, and extended."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.parameters import FORMAT
from api.ogc.respond import HTML, JSON, form_of, json_answer
from api.openapi import described
from api.parameters import asked
from api.people.person import Person
from api.routes import case_pages
from api.routes.case_bodies import DONE, LONGER
from api.routes.case_desk import CASE, EDIT, Desk, desk_of, looking
from api.routes.case_hearing import AFTER, LIMIT, NUMBER, following, paged
from api.routes.case_sending import acted
from api.routes.case_told import answered, tasks_told
from api.routes.cases import FAILS
from geo.errors import DataError
from geo.gazetteer.book import Row
from geo.gazetteer.cases import complete_task, extend
from geo.gazetteer.cases.finding import find_row, numbered
from geo.text import say

router = APIRouter(tags=["案卷"])

_LONGEST: Final = 500
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
        FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["case", "tasks", "links"]},
        fails=(304, 400, 401, 403, 404, 406, 503),
    ),
)
def tasks(request: Request) -> Response:
    """Return the tasks of a case."""
    form = form_of(request)
    given = asked(request, ("limit", "after", "f"))
    with looking(request) as desk:
        row = desk.case()
        page, links = paged(desk, row, "tasks", tasks_told(desk, row), given)
    if form == "html":
        return case_pages.tasks(desk, row, page, following(links))
    return json_answer({"case": row["number"], "tasks": page, "links": links}, request=request)


@router.post(
    "/cases/{caseId}/tasks/{number:path}/done",
    **described(
        "complete_task",
        "完成任务",
        "完成一项任务；标志任务须有照片，新牌由此入库。备案、公告在案卷里办。"
        "If-Match 写这项任务的 etag。",
        CASE,
        NUMBER,
        schema=_SHAPE,
        fails=FAILS,
        body=DONE.described(),
    ),
)
async def done(request: Request) -> Response:
    """Complete a task."""
    return await acted(request, DONE, _completed, *EDIT, done="case-task-done")


@router.post(
    "/cases/{caseId}/tasks/{number:path}/extension",
    **described(
        "extend_task",
        "延长期限",
        "经批准延长一项期限，一次为限。If-Match 写这项任务的 etag。",
        CASE,
        NUMBER,
        schema=_SHAPE,
        fails=FAILS,
        body=LONGER.described(),
    ),
)
async def extension(request: Request) -> Response:
    """Extend a deadline."""
    return await acted(request, LONGER, _extended, *EDIT, done="case-extended")


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
    return _answered(desk, row, task)


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
    return _answered(desk, row, task)


def _answered(desk: Desk, row: Row, task: Row) -> Response:
    rows = numbered(desk.book, "task", row)
    number = next(one for one, found in rows.items() if found["id"] == task["id"])
    told = next(one for one in tasks_told(desk, row) if one["number"] == number)
    return answered(desk, desk.book.row("case", row["id"]), more={"task": told})
