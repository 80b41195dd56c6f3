"""Opening a case on a page: the form of its kind, filled in and sent."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.errors import status_of
from api.jobs.process import Input
from api.ogc.asking import EMPTY, controls_of, in_words_of_form
from api.ogc.respond import address
from api.ogc.sent import Sent, led_to, sent_by
from api.ogc.told import Control, Form, Table, token_of, told_page
from api.parameters import asked
from api.people.person import require
from api.routes.bodies import TEXT, Work
from api.routes.case_desk import EDIT, ON, Desk, desk_of
from api.routes.case_fields import field_controls, fields_sent
from api.routes.case_forms import OPEN, kinds_told
from geo.errors import PlannerError
from geo.gazetteer.cases.finding import picked
from geo.gazetteer.cases.forms import fields_of
from geo.text import say

_KIND: Final = "kind"
_BESIDE: Final = ("campaign", "supersedes", "on")
"""Members beside the fields of the form."""
_CAMPAIGN: Final = Input(
    "campaign", "批量案卷", "campaign", TEXT, "列入哪件批量案卷的清单（案号）。"
)
_SUPERSEDES: Final = Input(
    "supersedes", "取代", "supersedes", TEXT, "批准后发现有误的，写它要取代的案卷（案号）。"
)
_FEW: Final = 12
"""Fields that stand open; of a kind with more, those that need not be filled in are folded."""


def kind_of(desk: Desk, written: str) -> str:
    """Return the kind of case that is meant.

    Raises
    ------
    NotFoundError
        There is none.
    """
    words = {key: one.word for key, one in desk.rules.kinds.items()}
    return picked(words, written, "案卷类型", "kind of case")


def page(
    desk: Desk, kind: str, *, sent: Sent = EMPTY, problem: PlannerError | None = None
) -> Response:
    """Return the page of a kind of case with its form, for those who may open one."""
    request, told = desk.request, next(k for k in kinds_told(desk.rules) if k["kind"] == kind)
    may = all(desk.person.may(scope) for scope in EDIT)
    papers = say("、", ", ").join(one["label"] for one in told["documents"])
    made = told_page(
        request,
        title=say(f"立案：{told['label']}", f"Open a case: {told['label']}"),
        trail=[
            (say("案卷", "Cases"), address(request, "/cases", f="html")),
            (say("类型", "Kinds"), address(request, "/cases/kinds", f="html")),
        ],
        json=address(request, f"/cases/kinds/{kind}", f="json"),
        ask=[_form(desk, kind, sent, problem)] if may else (),
        says="" if may else say("您可以看，不能立案。", "You may look, not open cases."),
        facts=[
            (say("依据", "Article"), told["article"]),
            (say("提交前须附", "To be enclosed"), papers),
            (
                say("论证", "Reviews"),
                say("、", ", ").join(one["label"] for one in told["reviews"]),
            ),
        ],
        tables=() if may else [_fields(told)],
        further=[
            (
                say("下载空表（.xlsx）", "Empty form (.xlsx)"),
                address(request, f"/cases/kinds/{kind}/form"),
            ),
        ],
    )
    made.headers["Cache-Control"] = "no-store"
    made.status_code = 200 if problem is None else status_of(problem)
    return made


async def opened(request: Request, work: Work) -> Response:
    """Open a case as its form says; lead to it, or show the form again with what is wrong."""
    asked(request, ())
    person = require(request, *EDIT)
    sent = await sent_by(request)
    told: dict[str, Any] = {"kind": sent.text(_KIND), "fields": fields_sent(sent)}
    told |= {name: sent.text(name) for name in _BESIDE if sent.text(name)}
    try:
        done = await run_in_threadpool(partial(work, request, person, OPEN.checked(told)))
    except PlannerError as error:
        desk = desk_of(request, person)
        kind, shown = kind_of(desk, sent.text(_KIND)), in_words_of_form(error, OPEN.members)
        return await run_in_threadpool(partial(page, desk, kind, sent=sent, problem=shown))
    number = orjson.loads(done.body)["case"]["number"]
    return led_to(request, f"/cases/{number}?f=html", done="case-opened")


def _form(desk: Desk, kind: str, sent: Sent, problem: PlannerError | None) -> Form:
    fields, rule = fields_of(kind), desk.rules.kind(kind)
    controls = [
        _helped(made, wanted=one.wanted(rule))
        for one, made in zip(fields, field_controls(fields, sent), strict=True)
    ]
    rest = [] if len(controls) <= _FEW else [one for one in controls if not _first(one)]
    more = [*(() if rule.children else (_CAMPAIGN,)), _SUPERSEDES, ON]
    return Form(
        "",
        address(desk.request, "/cases"),
        say("立案（存为草稿）", "Open it as a draft"),
        tuple(one for one in controls if one not in rest),
        (*rest, *controls_of(more, sent)),
        (*token_of(desk.request), (_KIND, kind)),
        about=say(
            "带 * 的，提交前须填；先存草稿，以后再补也可以。",
            "What has a star is wanted before it is submitted; a draft may be filled in later.",
        ),
        problem=problem,
    )


def _helped(one: Control, *, wanted: bool) -> Control:
    """Return a control with a star where its field is wanted."""
    return replace(one, label=f"{one.label} *") if wanted else one


def _first(one: Control) -> bool:
    return one.label.endswith("*") or one.name.removeprefix("field.") in {
        "name", "reading", "place", "class", "division", "reason", "reason_code", "shape",
        "position", "road", "number", "point", "change", "new_name",
    }  # fmt: skip


def _fields(told: dict[str, Any]) -> Table:
    rows = [[one["label"], one["field"], one["hint"]] for one in told["fields"]]
    return Table(say("项 代号 填法", "Field Id Meaning").split(), rows, say("表上各项", "Fields"))
