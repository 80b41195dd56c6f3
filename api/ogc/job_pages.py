"""Processes and jobs as pages for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.errors import status_of
from api.jobs import known
from api.jobs.job import STATE_WORDS, Job
from api.jobs.process import Input, Process
from api.ogc.asking import EMPTY, controls_of
from api.ogc.choice_words import choice_words
from api.ogc.job_answers import files_told, outputs_of, status_of_job
from api.ogc.job_figures import figures
from api.ogc.moments import zone
from api.ogc.outdated import outdated_figures, warned
from api.ogc.pages import page_of
from api.ogc.respond import address
from api.ogc.sent import Sent
from api.ogc.told import Cell, Form, link, token_of
from api.people.person import called, person_of
from api.people.scopes import SCOPE_WORDS
from geo.errors import PlannerError
from geo.text import say

_KINDS: Final = {
    "string": ("文字", "text"),
    "number": ("数", "number"),
    "integer": ("整数", "whole number"),
    "boolean": ("是或否", "yes or no"),
    "array": ("列表", "list"),
    "object": ("名称和值", "names and values"),
}
_FIRST: Final = frozenset(
    {"minutes", "sites", "budget_yuan", "per_year", "profile", "on", "model", "map", "format"}
)
"""Inputs that stand open in a form though they may be left open."""
_FEW: Final = 8
"""Inputs of a form in which nothing is folded."""


def processes(
    request: Request,
    shown: Sequence[Process],
    given: Mapping[str, str],
    more: Mapping[str, str] | None,
) -> Response:
    """Return a page of processes, as they were asked for, with the way to the next."""
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
        json=address(request, "/processes", **given, f="json"),
        rows=rows,
        following=None if more is None else address(request, "/processes", **more, f="html"),
        jobs=address(request, "/jobs", f="html"),
    )


def process(
    request: Request,
    shown: Process,
    *,
    sent: Sent = EMPTY,
    problem: PlannerError | None = None,
) -> Response:
    """Return the page of one process, with a form for those who may ask for it.

    Parameters
    ----------
    request, shown
        The request, and the process.
    sent, problem
        What was filled in before, and why it was refused.
    """
    own, person = address(request, f"/processes/{shown.id}"), person_of(request)
    page = page_of(
        request,
        "process.html",
        title=shown.title,
        about=say(shown.about_zh, shown.about_en),
        trail=[(say("处理", "Processes"), address(request, "/processes", f="html"))],
        json=f"{own}?f=json",
        own=own,
        form=_form(request, shown, sent, problem) if person.may(shown.scope) else None,
        refused=say(*SCOPE_WORDS[shown.scope]),
        known=person.known != "nobody",
        inputs=[_input(one) for one in shown.inputs],
        example=json.dumps({"inputs": _example(shown)}, ensure_ascii=False),
    )
    if problem is not None:
        page.status_code = status_of(problem)
    return page


def _form(request: Request, shown: Process, sent: Sent, problem: PlannerError | None) -> Form:
    """Return the form of a process: what is mostly told stands open, the rest is folded."""
    first = [one for one in shown.inputs if one.required or one.name in _FIRST]
    if len(shown.inputs) <= _FEW:
        first = list(shown.inputs)
    rest = [one for one in shown.inputs if one not in first]
    return Form(
        "",
        address(request, f"/processes/{shown.id}/execution"),
        say("提出", "Ask"),
        controls_of(first, sent),
        controls_of(rest, sent),
        token_of(request),
        problem=problem,
    )


def jobs(
    request: Request,
    shown: Sequence[Job],
    given: Mapping[str, str],
    more: Mapping[str, str] | None,
) -> Response:
    """Return a page of jobs, as they were asked for, with the way to the next."""
    names = known.processes()
    rows = [
        {
            "id": one.id,
            "href": address(request, f"/jobs/{one.id}", f="html"),
            "label": names[one.process].title if one.process in names else one.process,
            "state": say(*STATE_WORDS[one.state]),
            "percent": one.percent,
            "created": _moment(one.created),
        }
        for one in shown
    ]
    return page_of(
        request,
        "jobs.html",
        title=say("任务", "Jobs"),
        about=say("新的在前。", "The newest first."),
        trail=[(say("处理", "Processes"), address(request, "/processes", f="html"))],
        json=address(request, "/jobs", **given, f="json"),
        rows=rows,
        following=None if more is None else address(request, "/jobs", **more, f="html"),
    )


def job(request: Request, shown: Job) -> Response:
    """Return the page of one job, with its results when it has any."""
    named = known.processes().get(shown.process)
    told, person = status_of_job(request, shown), person_of(request)
    facts: list[tuple[str, Cell]] = [
        (say("状态", "Status"), say(*STATE_WORDS[shown.state])),
        (say("正在做", "Doing") if not shown.is_over else say("说明", "Note"), told["message"]),
        (say("提出", "Asked"), _moment(shown.created)),
        (say("提出人", "By"), called(shown.person)),
    ]
    if shown.started is not None and shown.finished is not None:
        seconds = (shown.finished - shown.started).total_seconds()
        facts.append((say("用时", "Took"), say(f"{seconds:.1f} 秒", f"{seconds:.1f} s")))
    found: dict[str, Any] = {"files": [], "collections": []}
    if shown.state == "successful":
        found = outputs_of(request, shown)
    elif shown.state == "failed":
        found["files"] = files_told(request, shown)
    draft = (shown.summary or {}).get("draft")
    if draft and person.id == shown.person:
        own = address(request, f"/ws/{draft}/changes", f="html")
        words = say("看改了什么，再报送", "See what it changes, then hand it in")
        facts.append((say("草稿", "Draft"), link(words, own)))
    problem = shown.problem or {}
    if problem.get("hint"):
        facts.append((say("怎么办", "What to do"), str(problem["hint"])))
    may_stop = shown.state != "dismissed" and (person.id == shown.person or person.may("admin"))
    again = address(request, f"/processes/{shown.process}", f="html")
    return page_of(
        request,
        "job.html",
        title=shown.process if named is None else named.title,
        about=shown.id,
        trail=[(say("任务", "Jobs"), address(request, "/jobs", f="html"))],
        json=address(request, f"/jobs/{shown.id}", f="json"),
        over=shown.is_over,
        percent=shown.percent,
        facts=[(name, value) for name, value in facts if value],
        inputs=_told(shown),
        tables=figures(shown.process, shown.summary) if shown.summary else [],
        outdated=warned(outdated_figures(request, shown.summary)),
        files=found["files"],
        collections=found["collections"],
        summary=json.dumps(shown.summary, ensure_ascii=False, indent=1) if shown.summary else "",
        stop=_stop(request, shown) if may_stop else None,
        again=again if named is not None and person.may(named.scope) else "",
    )


def _stop(request: Request, shown: Job) -> Form:
    """Return the form that stops a job, or lets go of its results."""
    done = shown.is_over
    return Form(
        say("删去这个任务和它的结果", "Delete the job and its results")
        if done
        else say("取消任务", "Stop"),
        address(request, f"/jobs/{shown.id}/dismissal"),
        say("删去结果", "Delete the results") if done else say("取消任务", "Stop the job"),
        hidden=token_of(request),
        about=say("文件和数字一并删去，不能恢复；结果图层留着。", "Files and figures go for good.")
        if done
        else "",
        quiet=True,
    )


def _told(shown: Job) -> list[tuple[str, Cell]]:
    """Return what a job was told, as its form says it."""
    named = known.processes().get(shown.process)
    inputs = {} if named is None else {one.name: one for one in named.inputs}
    names = [*inputs, *(name for name in shown.inputs if name not in inputs)]
    return [
        (say(inputs[name].zh, inputs[name].en) if name in inputs else name,
         _words(inputs.get(name), shown.inputs[name]))
        for name in names
        if shown.inputs.get(name) is not None
    ]  # fmt: skip


def _words(one: Input | None, value: object) -> str:
    if isinstance(value, bool):
        return say("是", "yes") if value else say("否", "no")
    if isinstance(value, list):
        return say("、", ", ").join(_words(one, part) for part in value)
    if isinstance(value, Mapping):
        if set(value) == {"name", "sha256"}:
            return str(value["name"])
        return say("；", "; ").join(f"{name}={part}" for name, part in value.items())
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if one is None else choice_words(one, str(value))


def _moment(at: datetime) -> str:
    local = at.astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S}{zone(local)}"


def _input(one: Input) -> dict[str, Any]:
    schema = one.schema
    kind = say(*_KINDS[str(schema["type"])])
    if one.is_file:
        kind = say("文件", "file")
    elif one.is_day:
        kind = say("日期", "date")
    elif schema["type"] == "array":
        inner = say(*_KINDS[str(schema["items"]["type"])])
        kind = say(f"几个{inner}", f"list of {inner}")
    return {
        "name": one.name,
        "label": say(one.zh, one.en),
        "kind": kind,
        "about": say(one.about_zh, one.about_en),
        "required": one.required,
        "default": "" if one.default is None else json.dumps(one.default, ensure_ascii=False),
        "choices": [
            (str(value), choice_words(one, str(value)))
            for value in schema.get("items", schema).get("enum", ())
        ],
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
