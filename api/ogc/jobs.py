"""``/jobs``: what was asked for, how far it is, what came of it, and letting go of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from api.errors import ForbiddenError, GoneError
from api.jobs import files, known, queue
from api.jobs.job import STATES, Job, job_of
from api.ogc import job_pages
from api.ogc.job_answers import PARTS, follow, may_see, refused, results_of, status_of_job
from api.ogc.job_conditions import conditions
from api.ogc.outdated import STALE, outdated_figures
from api.ogc.parameters import FORMAT, Parameter, asked, whole
from api.ogc.respond import HTML, JSON, Link, address, form_of, json_answer, knows
from api.ogc.sent import is_form, led_to, sent_by
from api.ogc.wanted import Wanted, told_in
from api.openapi import described
from api.people.person import person_of, require
from api.store import settings_of, workspace_of
from geo.errors import NotFoundError
from geo.store.jobs import JOB, now_ms
from geo.text import say

router = APIRouter(tags=["处理与任务"])

_JOB: Final = Parameter(
    "jobId",
    "任务编号；提出时另说了要哪些结果、怎么给的，编号后面带着，如 -raw-summary。",
    example="0123456789abcdef",
    place="path",
)
_FILE: Final = Parameter("name", "文件名，取自结果的链接。", example="覆盖.xlsx", place="path")
_LIMIT: Final = Parameter(
    "limit", "一页最多几个。", {"type": "integer", "minimum": 1, "default": 100}
)
_SECONDS: Final = {"type": "integer", "minimum": 0}
_WORDS: Final = {"type": "array", "items": {"type": "string"}}
_FILTERS: Final = (
    Parameter(
        "type",
        "只有 process。",
        {"type": "array", "items": {"type": "string", "enum": ["process"]}},
        repeated=True,
    ),
    Parameter("processID", "只列这些处理的；几个的写几次，或用逗号隔开。", _WORDS, repeated=True),
    Parameter(
        "status",
        "只列这些状态的；几个的写几次，或用逗号隔开。",
        {"type": "array", "items": {"type": "string", "enum": list(STATES)}},
        repeated=True,
    ),
    Parameter("datetime", "提出的时间，或时间段“起/止”，一头可写“..”。"),
    Parameter("minDuration", "至少用了多少秒。", _SECONDS),
    Parameter("maxDuration", "至多用了多少秒。", _SECONDS),
    _LIMIT,
    Parameter("after", "从哪里接着列，取自上一页的链接。"),
)
_REFRESH_S: Final = "3"
MAP_POLICY: Final = (
    "sandbox allow-scripts allow-popups allow-downloads; default-src 'none'; "
    "script-src 'unsafe-inline' 'unsafe-eval' blob:; style-src 'unsafe-inline'; "
    "img-src data: blob: https:; font-src data:; connect-src 'none'; worker-src blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""A map of ours brings its scripts along; it may run them, and knows nothing of this server."""


@router.get(
    "/jobs",
    **described(
        "jobs", "全部任务", "新的在前。", FORMAT, *_FILTERS, gives=(JSON, HTML),
        schema={"type": "object", "required": ["jobs", "links"]},
        fails=(400, 401, 403, 406, 503),
    ),
)  # fmt: skip
def list_jobs(request: Request) -> Response:
    """Return the jobs that the reader may see, the newest first."""
    form = form_of(request)
    lists = [one.name for one in _FILTERS if one.repeated]
    given = asked(request, ("f", *(one.name for one in _FILTERS)), repeated=lists)
    person = person_of(request)
    if not any(person.may(one.scope) for one in known.processes().values()):
        person = require(request, "plan")
    settings = settings_of(request)
    most = whole(
        "limit", given.get("limit", str(settings.limit_default)), least=1, most=settings.limit_most
    )
    with workspace_of(request).reading() as connection:
        query = sa.select(JOB).where(*conditions(given, person, now_ms(connection)))
        found = connection.execute(query.order_by(JOB.c.number.desc()).limit(most + 1)).all()
    jobs = [job_of(row) for row in found[:most]]
    asking = {name: text for name, text in given.items() if name != "f"}
    more = {**asking, "after": str(jobs[-1].number)} if len(found) > most else None
    if form == "html":
        return job_pages.jobs(request, jobs, asking, more)
    links = [
        Link(address(request, "/jobs", **asking), "self", JSON),
        Link(address(request, "/jobs", **asking, f="html"), "alternate", HTML),
    ]
    if more is not None:
        links.append(Link(address(request, "/jobs", **more), "next", JSON))
    body = {
        "jobs": [status_of_job(request, job) for job in jobs],
        "links": [link.plain() for link in links],
    }
    return json_answer(body, request=request)


@router.get(
    "/jobs/{jobId}",
    **described(
        "job", "一个任务", "状态、进度和链接；算完的还有 stale：算出以后改过的图层。", _JOB, FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["jobID", "status", "type"],
                "properties": {"stale": STALE}},
        fails=(400, 401, 403, 404, 406, 503),
    ),
)  # fmt: skip
def one_job(request: Request) -> Response:
    """Return how far a job is."""
    form = form_of(request)
    asked(request, ("f",))
    job = _job(request)
    if form == "html":
        page = job_pages.job(request, job)
        if not job.is_over:
            page.headers["Refresh"] = _REFRESH_S
        return page
    told = status_of_job(request, job, _wanted(request))
    if job.state == "successful":
        told["stale"] = outdated_figures(request, job.summary)
    return json_answer(told, request=request)


@router.get(
    "/jobs/{jobId}/results",
    **described(
        "results", "结果", "数字和出处、文件、结果集合；失败的任务给出原因。", _JOB, FORMAT,
        gives=(JSON, HTML, PARTS), schema={"type": "object"},
        fails=(400, 401, 403, 404, 406, 409, 410, 422, 503),
    ),
)  # fmt: skip
def results(request: Request) -> Response:
    """Return what a job found, or why it found nothing."""
    form = form_of(request, also=(PARTS,))
    asked(request, ("f",))
    job = _job(request)
    if job.state != "successful":
        return refused(request, job)
    if form == "html":
        return job_pages.job(request, job)
    return results_of(request, job, _wanted(request))


@router.get(
    "/jobs/{jobId}/files/{name:path}",
    **described(
        "job_file", "结果文件", "表格、图层、地图网页。", _JOB, _FILE,
        gives=("application/octet-stream",),
        fails=(304, 400, 401, 403, 404, 410, 503),
    ),
)  # fmt: skip
def one_file(request: Request) -> Response:
    """Return a file of a job: only one that the job itself kept, by its exact name."""
    asked(request, ())
    job, name = _job(request), request.path_params["name"]
    workspace = workspace_of(request)
    if job.state == "dismissed":
        return refused(request, job)
    with workspace.reading() as connection:
        found = [one for one in files.files_of(connection, job.id) if one.name == name]
        if not found:
            raise NotFoundError(
                say(f"任务没有文件“{name}”。", f"the job has no file {name!r}."),
                hint=say("文件见任务的结果。", "its files stand among its results."),
            )
        content = files.content_of(workspace, connection, found[0])
    page = found[0].media_type.startswith("text/html")
    own = quote(Path(name).name)
    headers = {
        "ETag": f'"{found[0].sha256[:32]}"',
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f"{'inline' if page else 'attachment'}; filename*=utf-8''{own}",
        **({"Content-Security-Policy": MAP_POLICY} if page else {}),
    }
    if knows(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if isinstance(content, Path):
        return FileResponse(content, media_type=found[0].media_type, headers=headers)
    return Response(content, media_type=found[0].media_type, headers=headers)


@router.delete(
    "/jobs/{jobId}",
    **described(
        "dismiss", "取消任务",
        "没有完成的停下；已完成的删去结果。再取消一次返回 410。只能取消自己提出的，管理员都可以。",
        _JOB, schema={"type": "object", "required": ["jobID", "status"]},
        fails=(400, 401, 403, 404, 409, 410, 503),
    ),
)  # fmt: skip
def dismiss(request: Request) -> Response:
    """Stop a job, or let go of its results."""
    asked(request, ())
    _dismissed(request)
    job, wanted = _job(request), _wanted(request)
    up = f'<{follow(request, job, wanted)}>; rel="monitor"'
    return json_answer(status_of_job(request, job, wanted), headers={"Link": up})


@router.post(
    "/jobs/{jobId}/dismissal",
    **described(
        "dismiss_by_form", "取消任务（网页表单）",
        "同 DELETE /jobs/{jobId}；网页的表单只能发 POST。",
        _JOB, schema={"type": "object", "required": ["jobID", "status"]},
        fails=(303, 400, 401, 403, 404, 409, 410, 503),
    ),
)  # fmt: skip
async def dismiss_by_form(request: Request) -> Response:
    """Stop a job as its page asks."""
    if not is_form(request):
        return await run_in_threadpool(dismiss, request)
    await sent_by(request)
    job = await run_in_threadpool(_dismissed, request)
    return led_to(request, f"/jobs/{job.id}?f=html", done="job-dismissed")


def _dismissed(request: Request) -> Job:
    """Stop a job, or let go of its results, and return it as it was.

    Raises
    ------
    GoneError
        That was done before.
    ForbiddenError
        It is another's.
    """
    job = _job(request)
    person = may_see(request, job)
    if job.person != person.id and not person.may("admin"):
        raise ForbiddenError(
            say(
                "这个任务是别人提出的，只有提出的人和管理员能取消。",
                "Somebody else asked for this job: only he and administrators may dismiss it.",
            ),
            hint=say("请联系提出的人，或请管理员取消。", "Ask him, or an administrator."),
        )
    workspace = workspace_of(request)
    before = queue.dismiss(workspace, job.id)
    if before.state == "dismissed":
        raise GoneError(say(f"任务“{job.id}”早已取消。", f"job {job.id} was dismissed before."))
    if before.state != "running":  # a worker that is at it removes what it wrote itself
        files.sweep(workspace, job.id)
    return job


def _job(request: Request) -> Job:
    with workspace_of(request).reading() as connection:
        job = queue.job(connection, told_in(request.path_params["jobId"])[0])
    may_see(request, job)
    return job


def _wanted(request: Request) -> Wanted:
    return told_in(request.path_params["jobId"])[1]
