"""What is told of a job: its status, its results, why it has none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.errors import PROBLEM, ApiError, GoneError
from api.jobs import files, known
from api.jobs.job import Job
from api.jobs.question import standing_contents
from api.ogc.respond import HTML, JSON, Link, address, json_answer
from api.ogc.wanted import ALL, Wanted, id_for
from api.people.person import Person, require
from api.people.published import is_shown
from api.store import workspace_of
from geo.errors import NotFoundError
from geo.store.features import feature_tables
from geo.text import say

PARTS: Final = "multipart/related"
_EXCEPTIONS: Final = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0"


class NotReadyError(ApiError, NotFoundError):
    """The job is not over yet."""


def follow(request: Request, job: Job, wanted: Wanted = ALL) -> str:
    """Return the address under which a job gives its results as they are wanted."""
    return address(request, f"/jobs/{id_for(job.id, wanted)}")


def may_see(request: Request, job: Job) -> Person:
    """Return who asks, who may see a job: whoever may ask for the same.

    Raises
    ------
    ForbiddenError, UnauthorizedError
        The person may not.
    """
    process = known.processes().get(job.process)
    return require(request, "admin" if process is None else process.scope)


def status_of_job(request: Request, job: Job, wanted: Wanted = ALL) -> dict[str, Any]:
    """Return how far a job is, as ``statusInfo`` of the standard."""
    identity = id_for(job.id, wanted)
    own = f"/jobs/{identity}"
    links = [
        Link(address(request, own), "self", JSON),
        Link(address(request, own, f="html"), "alternate", HTML),
        Link(address(request, f"/processes/{job.process}"), f"{_REL}/processes", JSON, job.process),
    ]
    if job.state in ("successful", "failed"):
        rel, word = (
            ("results", say("结果", "Results"))
            if job.state == "successful"
            else ("exceptions", say("失败原因", "Why it failed"))
        )
        links.append(Link(address(request, f"{own}/results"), f"{_REL}/{rel}", JSON, word))
    told: dict[str, Any] = {
        "jobID": identity,
        "processID": job.process,
        "type": "process",
        "status": job.state,
        "message": _message(job),
        "progress": job.percent,
        "created": _moment(job.created),
        "started": _moment(job.started),
        "finished": _moment(job.finished),
        "updated": _moment(job.updated),
        "links": [link.plain() for link in links],
    }
    return {name: value for name, value in told.items() if value is not None}


def results_of(request: Request, job: Job, wanted: Wanted) -> Response:
    """Return what a successful job found.

    Parameters
    ----------
    request
        The request.
    job
        The job.
    wanted
        Which outputs; several that are wanted by themselves come as parts of one answer.
    """
    found = outputs_of(request, job)
    if not wanted.raw:
        return json_answer({name: found[name] for name in wanted.outputs}, request=request)
    plain = {
        name: orjson.dumps(found[name]["value"] if name == "summary" else found[name])
        for name in wanted.outputs
    }
    if len(plain) == 1:
        return json_answer(plain[wanted.outputs[0]], request=request)
    body, kind = _parts(plain)
    return json_answer(body, media_type=kind, request=request)


def _parts(contents: Mapping[str, bytes]) -> tuple[bytes, str]:
    """Return several pieces of JSON as one body (RFC 2387), each named by its Content-ID.

    No line of JSON as it is written here begins anew, so none is taken for the mark between them;
    the same contents have the same mark.
    """
    mark = blake2b(b"\n".join(contents.values()), digest_size=12).hexdigest()
    body = b"".join(
        f"--{mark}\r\nContent-Type: {JSON}\r\nContent-ID: <{name}>\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, content in contents.items()
    )
    kind = f'{PARTS}; type="{JSON}"; boundary={mark}'
    return body + f"--{mark}--\r\n".encode(), kind


def outputs_of(request: Request, job: Job) -> dict[str, Any]:
    """Return every output of a successful job.

    Collections that were written over since are left out: they show another answer.
    """
    workspace = workspace_of(request)
    with workspace.reading() as connection:
        kept = files.files_of(connection, job.id)
        standing = standing_contents(connection, job.tables)
        tables = feature_tables(connection)
        collections = [
            Link(address(request, f"/collections/{name}"), "item", JSON, tables[name].label).plain()
            for name, content in job.tables.items()
            if standing.get(name) == content and name in tables and is_shown(name)
        ]
    return {
        "summary": {"value": job.summary, "mediaType": JSON},
        "files": [_file_told(request, one) for one in kept],
        "collections": collections,
    }


def files_told(request: Request, job: Job) -> list[dict[str, Any]]:
    """Return the files of a job as links."""
    with workspace_of(request).reading() as connection:
        return [_file_told(request, one) for one in files.files_of(connection, job.id)]


def _file_told(request: Request, file: files.JobFile) -> dict[str, Any]:
    """Return a file of a job as a link."""
    return {
        **Link(file_address(request, file), "item", file.media_type, file.name).plain(),
        "length": file.bytes,
        "sha256": file.sha256,
    }


def file_address(request: Request, file: files.JobFile) -> str:
    """Return the address of a file of a job."""
    return address(request, f"/jobs/{file.job}/files/{quote(file.name, safe='/')}")


def refused(request: Request, job: Job) -> Response:
    """Return why a job has no results.

    Raises
    ------
    GoneError
        It was dismissed.
    NotReadyError
        It is not over.
    """
    if job.state == "dismissed":
        raise GoneError(
            say(f"任务“{job.id}”已取消，没有结果。", f"job {job.id} was dismissed."),
            hint=say("请重新提出。", "ask again."),
        )
    if job.problem is None:
        raise NotReadyError(
            say(
                f"任务“{job.id}”还没有完成（{job.percent}%）。",
                f"job {job.id} is not done ({job.percent}%).",
            ),
            hint=say("请稍后再取，进度见任务的状态。", "come again; see its status."),
            headers={"Retry-After": "2"},
            type=f"{_EXCEPTIONS}/result-not-ready",
        )
    kept = files_told(request, job)
    body = {**job.problem, "instance": request.url.path, "jobID": job.id}
    body |= {"files": kept} if kept else {}
    return Response(orjson.dumps(body), int(body["status"]), media_type=PROBLEM)


def _message(job: Job) -> str:
    if job.state == "failed" and job.problem is not None:
        return str(job.problem.get("detail", job.message))
    return job.message


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
