"""``/processes``: what the server can be asked to do, and the asking (OGC API – Processes)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.body import json_of
from api.jobs import known, queue
from api.jobs.job import Job
from api.jobs.process import Input, Process
from api.jobs.queue import Upload
from api.jobs.running import running
from api.ogc import job_pages
from api.ogc.job_answers import follow, refused, results_of, status_of_job
from api.ogc.parameters import FORMAT, Parameter, asked, whole
from api.ogc.respond import HTML, JSON, Link, address, form_of, json_answer
from api.openapi import described
from api.people.person import require
from api.store import settings_of, workspace_of
from geo.errors import DataError
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
OUTPUTS: Final = ("summary", "files", "collections")
_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0"
_LIMIT: Final = Parameter(
    "limit", "最多几个。", {"type": "integer", "minimum": 1, "maximum": 100, "default": 100}
)
_AFTER: Final = Parameter("after", "从哪个处理之后起，取自上一页的链接。")
_PROCESS: Final = Parameter("processId", "处理的代号。", example="coverage", place="path")
_PREFERENCE: Final = re.compile(r"\s*([\w-]+)\s*(?:=\s*\"?([\w.]+)\"?)?\s*")
_ENDINGS: Final = {
    "text/csv": ".csv",
    "application/geo+json": ".geojson",
    "application/geopackage+sqlite3": ".gpkg",
    "application/vnd.google-earth.kml+xml": ".kml",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/zip": ".zip",
}
_LONGEST_NAME: Final = 120
_QUALIFIED: Final = {"value", "mediaType", "encoding", "schema", "format", "name"}


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
    if form == "html":
        return job_pages.processes(request, shown)
    links = [
        Link(address(request, "/processes"), "self", JSON),
        Link(address(request, "/processes", f="html"), "alternate", HTML),
    ]
    if len(every) > most:
        following = {"limit": str(most), "after": shown[-1].id}
        links.append(Link(address(request, "/processes", **following), "next", JSON))
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
                        "outputs": {"type": "object"},
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
    "content": {JSON: {"schema": {"type": "object"}}},
}


@router.post("/processes/{processId}/execution", **_EXECUTION)
async def execute(request: Request) -> Response:
    """Take a question; answer at once where it is wanted and does not take too long."""
    asked(request, ())
    process = known.process(request.path_params["processId"])
    person = require(request, process.scope)
    body = await json_of(request)
    inputs, uploads, wanted, raw = _read(process, body)
    workspace = workspace_of(request)
    ask = partial(
        queue.submit,
        workspace,
        process,
        inputs,
        uploads=uploads,
        language=language(),
        person=person.id,
    )
    job, _ = await run_in_threadpool(ask)
    if request.app.state.jobs is not None:
        request.app.state.jobs.nudge()
    preferred = _preferences(request)
    if "respond-async" in preferred:
        return _accepted(request, job, applied="respond-async")
    seconds = settings_of(request).job_wait_s
    if "wait" in preferred:
        seconds = min(seconds, float(preferred["wait"]))
    job = await _waited(request, job, seconds)
    if not job.is_over:
        return _accepted(request, job)
    if job.state != "successful":
        return refused(request, job)
    answer = await run_in_threadpool(results_of, request, job, wanted, raw=raw)
    answer.headers["Link"] = f'<{follow(request, job)}>; rel="monitor"'
    return answer


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


def _accepted(request: Request, job: Job, *, applied: str = "") -> Response:
    headers = {"Location": follow(request, job)}
    if applied:
        headers["Preference-Applied"] = applied
    answer = json_answer(status_of_job(request, job), headers=headers)
    answer.status_code = 201
    del answer.headers["ETag"]
    return answer


def _preferences(request: Request) -> dict[str, str]:
    """Return what the header ``Prefer`` asks for (RFC 7240); what is unknown is passed over."""
    found: dict[str, str] = {}
    for text in request.headers.getlist("prefer"):
        for part in text.split(","):
            match = _PREFERENCE.fullmatch(part)
            if match is None:
                continue
            name, value = match[1].lower(), match[2] or ""
            if name == "respond-async" or (name == "wait" and value.isdecimal()):
                found.setdefault(name, value[:6])
    return found


def _read(
    process: Process, body: object
) -> tuple[dict[str, Any], dict[str, Upload], tuple[str, ...], bool]:
    """Return inputs, files, outputs wanted, and whether one output is wanted by itself.

    Raises
    ------
    DataError
        The question is not put as it should be.
    """
    if not isinstance(body, dict):
        raise DataError(say("内容应是一个 JSON 对象。", "the body must be a JSON object."))
    unknown = sorted(set(body) - {"inputs", "outputs", "response"})
    if unknown:
        raise DataError(
            say(f"不支持“{'、'.join(unknown)}”。", f"{', '.join(unknown)} is not supported."),
            hint=say("可用：inputs、outputs、response。", "known: inputs, outputs, response."),
        )
    given, outputs = body.get("inputs", {}), body.get("outputs", {})
    if not isinstance(given, dict) or not isinstance(outputs, dict):
        raise DataError(say("inputs 和 outputs 应是对象。", "inputs and outputs are objects."))
    wrong = sorted(set(outputs) - set(OUTPUTS))
    if wrong or body.get("response", "document") not in ("document", "raw"):
        raise DataError(
            say(f"没有输出“{'、'.join(wrong)}”或这种 response。", "unknown output or response."),
            hint=say(f"输出：{'、'.join(OUTPUTS)}。", f"outputs: {', '.join(OUTPUTS)}."),
        )
    kinds = {one.name: one for one in process.inputs}
    plain = {name: _plain(value, kinds.get(name)) for name, value in given.items()}
    checked = process.checked(plain, today=datetime.now().astimezone().date())
    uploads = {
        name: _upload(name, checked[name])
        for name, one in kinds.items()
        if one.is_file and checked[name] is not None
    }
    inputs = checked | {
        name: {"name": upload.name, "sha256": upload.sha256} for name, upload in uploads.items()
    }
    wanted = tuple(name for name in OUTPUTS if not outputs or name in outputs)
    return inputs, uploads, wanted, body.get("response") == "raw"


def _plain(value: object, one: Input | None) -> object:
    """Return a value that may be wrapped with its type."""
    if one is None or not isinstance(value, dict):
        return value
    if "href" in value:
        raise DataError(
            say(f"“{one.name}”不能写成网址。", f"{one.name} cannot be a reference."),
            hint=say("请把内容放在 value 里。", "Send the value itself."),
        )
    wrapped = "value" in value and set(value) <= _QUALIFIED and not one.is_file
    return value["value"] if wrapped else value


def _upload(name: str, given: object) -> Upload:
    """Return a file that was sent in Base64.

    Raises
    ------
    DataError
        It is not sent as it should be.
    """
    told = given if isinstance(given, Mapping) else {}
    text, called = told.get("value"), told.get("name") or ""
    kind = told.get("mediaType") or ""
    if not isinstance(text, str) or not isinstance(called, str) or not isinstance(kind, str):
        raise _no_file(name)
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _no_file(name) from None
    own = Path(called.replace("\\", "/")).name[-_LONGEST_NAME:]
    if "\0" in own or not Path(own).suffix:
        ending = _ENDINGS.get(kind.partition(";")[0].strip().lower())
        if ending is None:
            raise _no_file(name)
        own = f"file{ending}"
    return Upload(own, kind or "application/octet-stream", content)


def _no_file(name: str) -> DataError:
    return DataError(
        say(f"“{name}”不是 Base64 的文件。", f"{name} is no file in Base64."),
        hint=say(
            '请写成 {"value": "…", "encoding": "base64", "name": "小区.xlsx"}。',
            'Write {"value": "…", "encoding": "base64", "name": "compounds.xlsx"}.',
        ),
    )


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
        "outputTransmission": ["value", "reference"],
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
