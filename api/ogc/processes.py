"""``/processes``: what the server can be asked to do, and the asking (OGC API – Processes)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.body import json_of
from api.jobs import known, queue
from api.jobs.job import Job
from api.jobs.process import Process
from api.jobs.running import running
from api.ogc import job_pages
from api.ogc.asking import file_sent, in_words_of_form, values_of
from api.ogc.execution import Execution, execution, preferences
from api.ogc.job_answers import PARTS, follow, refused, results_of, status_of_job
from api.ogc.parameters import FORMAT, Parameter, asked, whole
from api.ogc.respond import HTML, JSON, Link, address, form_of, json_answer
from api.ogc.sent import File, is_form, led_to, sent_by
from api.ogc.wanted import OUTPUTS, Wanted
from api.openapi import described
from api.people.person import Person, require
from api.store import settings_of, workspace_of
from geo.errors import PlannerError
from geo.text import language, say

router = APIRouter(tags=["处理与任务"])

_SPEC: Final = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf"
CONFORMS: Final = (
    f"{_SPEC}/core",
    f"{_SPEC}/ogc-process-description",
    f"{_SPEC}/json",
    f"{_SPEC}/html",
    f"{_SPEC}/oas30",
    f"{_SPEC}/job-list",
    f"{_SPEC}/dismiss",
)
_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0"
_LIMIT: Final = Parameter(
    "limit", "最多几个。", {"type": "integer", "minimum": 1, "maximum": 100, "default": 100}
)
_AFTER: Final = Parameter("after", "从哪个处理之后起，取自上一页的链接。")
_PROCESS: Final = Parameter("processId", "处理的代号。", example="coverage", place="path")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Have workers do the jobs while the server runs."""
    settings = app.state.settings
    app.state.jobs = None
    known.add(settings.job_modules)
    if settings.workers > 1:  # the process that started this one has them
        yield
        return
    with running(settings, app.state.workspace) as pool:
        app.state.jobs = pool
        yield


def landing_links(request: Request) -> list[Link]:
    """Return what the landing page says of processes and jobs, where there are any."""
    if settings_of(request).public:
        return []
    return [
        Link(address(request, "/processes"), f"{_REL}/processes", JSON, say("处理", "Processes")),
        Link(address(request, "/jobs"), f"{_REL}/job-list", JSON, say("任务", "Jobs")),
    ]


@router.get(
    "/processes",
    **described(
        "processes", "全部处理", "可以请服务器做的计算。", FORMAT, _LIMIT, _AFTER,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["processes", "links"]},
    ),
)  # fmt: skip
def list_processes(request: Request) -> Response:
    """Return everything that can be asked for."""
    form = form_of(request)
    given = asked(request, ("f", "limit", "after"))
    most = whole("limit", given.get("limit", "100"), least=1, most=100)
    every = [one for name, one in sorted(known.processes().items())
             if name > given.get("after", "")]  # fmt: skip
    shown = every[:most]
    asking = {name: text for name, text in given.items() if name != "f"}
    more = {"limit": str(most), "after": shown[-1].id} if len(every) > most else None
    if form == "html":
        return job_pages.processes(request, shown, asking, more)
    links = [
        Link(address(request, "/processes", **asking), "self", JSON),
        Link(address(request, "/processes", **asking, f="html"), "alternate", HTML),
    ]
    if more is not None:
        links.append(Link(address(request, "/processes", **more), "next", JSON))
    body = {
        "processes": [_summary(request, one) for one in shown],
        "links": [link.plain() for link in links],
    }
    return json_answer(body, request=request)


@router.get(
    "/processes/{processId}",
    **described(
        "process", "一个处理", "输入、输出和它们的取值。", _PROCESS, FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["id", "version", "inputs", "outputs"]},
    ),
)  # fmt: skip
def one_process(request: Request) -> Response:
    """Return what a process is told and what it answers."""
    form = form_of(request)
    asked(request, ("f",))
    process = known.process(request.path_params["processId"])
    if form == "html":
        return job_pages.process(request, process)
    body = _summary(request, process) | {
        "inputs": {one.name: one.described() for one in process.inputs},
        "outputs": _outputs(),
    }
    return json_answer(body, request=request)


_PICK: Final = {
    "type": "object",
    "properties": {"transmissionMode": {"type": "string", "enum": ["value"]}},
}
_EXECUTION: Final = described(
    "execute",
    "提出计算",
    "请求头 Prefer: respond-async 时立即返回 201 和任务地址；否则等到算完，"
    "等得太久也返回 201，任务照常进行。同样的数据、同样的问题只算一次。",
    _PROCESS,
    schema={"type": "object", "required": ["jobID", "status"]},
    status=201,
    fails=(400, 401, 403, 404, 409, 413, 415, 422, 503),
    body={
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "properties": {
                        "inputs": {"type": "object"},
                        "outputs": {"type": "object", "properties": dict.fromkeys(OUTPUTS, _PICK)},
                        "response": {"type": "string", "enum": ["raw", "document"]},
                    },
                },
                "example": {"inputs": {"facility": "elder_station", "minutes": [15]}},
            }
        },
    },
)
_EXECUTION["responses"][200] = {
    "description": "已算完，附结果",
    "content": {JSON: {"schema": {"type": "object"}}, PARTS: {}},
}


@router.post("/processes/{processId}/execution", **_EXECUTION)
async def execute(request: Request) -> Response:
    """Take a question; answer at once where it is wanted and does not take too long."""
    asked(request, ())
    process = known.process(request.path_params["processId"])
    person = require(request, process.scope)
    if is_form(request):
        return await _by_form(request, process, person)
    told = execution(process, await json_of(request))
    job = await _submitted(request, process, person, told)
    preferred = preferences(request)
    if "respond-async" in preferred:
        return _accepted(request, job, told.wanted, applied="respond-async")
    seconds = settings_of(request).job_wait_s
    if "wait" in preferred:
        seconds = min(seconds, float(preferred["wait"]))
    job = await _waited(request, job, seconds)
    if not job.is_over:
        return _accepted(request, job, told.wanted)
    if job.state != "successful":
        return refused(request, job)
    answer = await run_in_threadpool(results_of, request, job, told.wanted)
    answer.headers["Link"] = f'<{follow(request, job, told.wanted)}>; rel="monitor"'
    return answer


async def _submitted(request: Request, process: Process, person: Person, told: Execution) -> Job:
    """Put a question into the queue, and wake whoever works at it."""
    ask = partial(
        queue.submit,
        workspace_of(request),
        process,
        process.settle(told.inputs, person),
        uploads=told.files,
        language=language(),
        person=person.id,
    )
    job, _ = await run_in_threadpool(ask)
    if request.app.state.jobs is not None:
        request.app.state.jobs.nudge()
    return job


async def _by_form(request: Request, process: Process, person: Person) -> Response:
    """Take a question from a page; lead it to its job, or show it again with what is wrong."""
    sent = await sent_by(request)
    try:
        told = {
            name: file_sent(value) if isinstance(value, File) else value
            for name, value in values_of(process.inputs, sent).items()
        }
        job = await _submitted(request, process, person, execution(process, {"inputs": told}))
    except PlannerError as error:
        problem = in_words_of_form(error, process.inputs)
        return job_pages.process(request, process, sent=sent, problem=problem)
    return led_to(request, f"/jobs/{job.id}?f=html", done="job-asked")


async def _waited(request: Request, job: Job, seconds: float) -> Job:
    """Return a job when it is over or the time is."""
    workspace, until, pause = workspace_of(request), time.monotonic() + seconds, 0.05

    def look() -> Job:
        with workspace.reading() as connection:
            return queue.job(connection, job.id)

    while not job.is_over and time.monotonic() < until:
        await asyncio.sleep(min(pause, max(0.0, until - time.monotonic())))
        pause = min(0.5, pause * 1.5)
        job = await run_in_threadpool(look)
    return job


def _accepted(request: Request, job: Job, wanted: Wanted, *, applied: str = "") -> Response:
    headers = {"Location": follow(request, job, wanted)}
    if applied:
        headers["Preference-Applied"] = applied
    answer = json_answer(status_of_job(request, job, wanted), headers=headers)
    answer.status_code = 201
    del answer.headers["ETag"]
    return answer


def _summary(request: Request, process: Process) -> dict[str, Any]:
    own = f"/processes/{process.id}"
    links = [
        Link(address(request, own), "self", JSON, process.title),
        Link(address(request, own, f="html"), "alternate", HTML, process.title),
        Link(address(request, f"{own}/execution"), f"{_REL}/execute", JSON, say("提出", "Execute")),
        Link(
            address(request, "/jobs", processID=process.id), f"{_REL}/job-list", JSON,
            say("任务", "Jobs"),
        ),
    ]  # fmt: skip
    return {
        "id": process.id,
        "title": process.title,
        "description": say(process.about_zh, process.about_en),
        "version": process.version,
        "jobControlOptions": ["async-execute", "sync-execute", "dismiss"],
        "outputTransmission": ["value"],
        "links": [link.plain() for link in links],
    }


def _outputs() -> dict[str, Any]:
    link = {"type": "object", "required": ["href"]}
    return {
        "summary": {
            "title": say("数字和出处", "figures and provenance"),
            "schema": {"type": "object", "contentMediaType": JSON},
        },
        "files": {
            "title": say("表格和地图文件", "tables and maps"),
            "schema": {"type": "array", "items": link},
        },
        "collections": {
            "title": say("结果集合", "collections of results"),
            "schema": {"type": "array", "items": link},
        },
    }
