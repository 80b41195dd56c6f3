"""Processes and jobs as pages for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.jobs import known
from api.jobs.job import STATE_WORDS, Job
from api.jobs.process import Input, Process
from api.ogc.job_answers import outputs_of, status_of_job
from api.ogc.pages import page_of
from api.ogc.respond import address
from geo.text import say


def processes(request: Request, shown: Sequence[Process]) -> Response:
    """Return the page of all processes."""
    rows = [
        {
            "id": one.id,
            "label": one.title,
            "about": say(one.about_zh, one.about_en),
            "href": address(request, f"/processes/{one.id}", f="html"),
        }
        for one in shown
    ]
    return page_of(
        request,
        "processes.html",
        title=say("处理", "Processes"),
        about=say("可以请服务器做的计算。", "What the server can be asked to do."),
        json=address(request, "/processes", f="json"),
        rows=rows,
        jobs=address(request, "/jobs", f="html"),
    )


def process(request: Request, shown: Process) -> Response:
    """Return the page of one process."""
    own = address(request, f"/processes/{shown.id}")
    return page_of(
        request,
        "process.html",
        title=shown.title,
        about=say(shown.about_zh, shown.about_en),
        trail=[(say("处理", "Processes"), address(request, "/processes", f="html"))],
        json=f"{own}?f=json",
        own=own,
        inputs=[_input(one) for one in shown.inputs],
        example=json.dumps({"inputs": _example(shown)}, ensure_ascii=False),
    )


def jobs(request: Request, shown: Sequence[Job], more: Mapping[str, str] | None) -> Response:
    """Return a page of jobs."""
    names = known.processes()
    rows = [
        {
            "id": one.id,
            "href": address(request, f"/jobs/{one.id}", f="html"),
            "label": names[one.process].title if one.process in names else one.process,
            "state": say(*STATE_WORDS[one.state]),
            "percent": one.percent,
            "created": f"{one.created.astimezone():%Y-%m-%d %H:%M:%S}",
        }
        for one in shown
    ]
    return page_of(
        request,
        "jobs.html",
        title=say("任务", "Jobs"),
        about=say("新的在前。", "The newest first."),
        trail=[(say("处理", "Processes"), address(request, "/processes", f="html"))],
        json=address(request, "/jobs", f="json"),
        rows=rows,
        following=None if more is None else address(request, "/jobs", **more, f="html"),
    )


def job(request: Request, shown: Job) -> Response:
    """Return the page of one job, with its results when it has any."""
    named = known.processes().get(shown.process)
    told = status_of_job(request, shown)
    facts = [
        (say("状态", "Status"), say(*STATE_WORDS[shown.state])),
        (say("进度", "Progress"), f"{shown.percent}%"),
        (say("正在做", "Doing"), told["message"]),
        (say("提出", "Asked"), f"{shown.created.astimezone():%Y-%m-%d %H:%M:%S}"),
        (say("输入", "Inputs"), json.dumps(_said(shown), ensure_ascii=False)),
    ]
    if shown.started is not None and shown.finished is not None:
        seconds = (shown.finished - shown.started).total_seconds()
        facts.append((say("用时", "Took"), say(f"{seconds:.1f} 秒", f"{seconds:.1f} s")))
    found: dict[str, Any] = {"files": [], "collections": []}
    if shown.state == "successful":
        found = outputs_of(request, shown)
    problem = shown.problem or {}
    if problem.get("hint"):
        facts.append((say("怎么办", "What to do"), str(problem["hint"])))
    return page_of(
        request,
        "job.html",
        title=shown.process if named is None else named.title,
        about=shown.id,
        trail=[(say("任务", "Jobs"), address(request, "/jobs", f="html"))],
        json=address(request, f"/jobs/{shown.id}", f="json"),
        facts=facts,
        files=found["files"],
        collections=found["collections"],
        summary=json.dumps(shown.summary, ensure_ascii=False, indent=1) if shown.summary else "",
    )


def _said(shown: Job) -> dict[str, Any]:
    return {name: value for name, value in shown.inputs.items() if value is not None}


def _input(one: Input) -> dict[str, Any]:
    schema = one.schema
    kind = str(schema["type"])
    if kind == "array":
        kind = f"[{schema['items']['type']}]"
    return {
        "name": one.name,
        "label": say(one.zh, one.en),
        "kind": kind,
        "about": say(one.about_zh, one.about_en),
        "required": one.required,
        "default": "" if one.default is None else json.dumps(one.default, ensure_ascii=False),
        "choices": [str(value) for value in schema.get("enum", ())],
    }


def _example(shown: Process) -> dict[str, Any]:
    """Return inputs that show how a process is asked."""
    return {one.name: _value(one) for one in shown.inputs if one.required}


def _value(one: Input) -> object:
    if one.is_file:
        return {"value": "…", "encoding": "base64", "name": "file.xlsx"}
    if "enum" in one.schema:
        wanted = "elder_station"
        return wanted if wanted in one.schema["enum"] else one.schema["enum"][0]
    examples: dict[str, object] = {"array": [2026, 2027], "string": "cgcs2000"}
    return examples.get(str(one.schema["type"]), 1)
