"""``/cases`` and ``/cases/due``: which cases there are, and what is to be done by when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.parameters import FORMAT
from api.ogc.respond import HTML, JSON, Link, address, form_of, json_answer
from api.ogc.told import filled
from api.openapi import described
from api.parameters import Parameter, asked, truth, whole
from api.people.person import require
from api.routes import case_pages
from api.routes.case_desk import READ, Desk, looking
from api.routes.case_told import cases_told
from api.routes.norms import ON, day_of
from api.store import settings_of
from geo.errors import DataError
from geo.gazetteer.cases import coming, rulebook
from geo.gazetteer.cases.finding import numbered
from geo.gazetteer.tables import RECORDS
from geo.text import say

router = APIRouter(tags=["案卷"])

_RULES: Final = rulebook()
_CASE_TABLE: Final = RECORDS["case"]
_TASK_TABLE: Final = RECORDS["task"]
_FARTHEST_DAYS: Final = 3_650
_CODE: Final = 12
_LIMIT: Final = Parameter(
    "limit", "一页最多几件。", {"type": "integer", "minimum": 1, "default": 100}
)
_AFTER: Final = Parameter("after", "从哪里接着列，取自上一页的链接。")
_FILTERS: Final = (
    Parameter("state", "只看某状态。", {"type": "string", "enum": list(_RULES.states)}),
    Parameter("kind", "只看某类型。", {"type": "string", "enum": list(_RULES.kinds)}),
    Parameter(
        "division", "只看某政区的：区划代码，左起写几位都行。",
        {"type": "string", "pattern": "^[0-9]{2,12}$"}, "990101001",
    ),
    Parameter("clerk", "只看某人经办的。"),
    Parameter("overdue", "只看有逾期任务的。", {"type": "boolean", "default": False}),
    Parameter(
        "due", "只看这些天内有任务到期或已逾期的。",
        {"type": "integer", "minimum": 0, "maximum": _FARTHEST_DAYS},
    ),
    Parameter("campaign", "看某批量案卷清单上的（案号）；不写则不列清单上的。"),
    ON,
    _LIMIT,
    _AFTER,
)  # fmt: skip


@router.get(
    "/cases",
    **described(
        "cases",
        "案卷",
        "按案号列出；可按状态、类型、政区、经办、期限筛选。涉密地名的案卷不列。",
        FORMAT,
        *_FILTERS,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["cases", "numberMatched", "links"]},
        fails=(304, 400, 401, 403, 404, 406, 503),
    ),
)
def list_cases(request: Request) -> Response:
    """Return a page of cases."""
    form = form_of(request)
    given = filled(asked(request, ("f", *(one.name for one in _FILTERS))), form)
    most, day = _page(request, given), day_of(given)
    c = _CASE_TABLE.c
    with looking(request) as desk, desk.book.reading() as connection:
        conditions = _conditions(desk, given, day)
        matched = connection.scalar(sa.select(sa.func.count()).where(*conditions)) or 0
        beyond = _beyond(connection, given["after"]) if "after" in given else sa.true()
        query = sa.select(_CASE_TABLE).where(*conditions, beyond)
        found = connection.execute(query.order_by(c.number, c.id).limit(most + 1)).mappings()
        rows = [dict(row) for row in found]
        page, more = rows[:most], len(rows) > most
        soonest = _soonest(connection, [row["id"] for row in page])
        listed = [] if form == "html" else cases_told(desk, page)
    following = dict(given)
    further = {**following, "after": page[-1]["id"]} if more else None
    if form == "html":
        return case_pages.listing(desk, page, soonest, following, further)
    links = [
        Link(address(request, "/cases", **following), "self", JSON),
        Link(address(request, "/cases", **following, f="html"), "alternate", HTML),
    ]
    if further is not None:
        links.append(Link(address(request, "/cases", **further), "next", JSON))
    body = {
        "cases": [told | {"due_on": soonest.get(told["id"], "")} for told in listed],
        "numberMatched": matched,
        "numberReturned": len(page),
        "on": day.isoformat(),
        "links": [link.plain() for link in links],
    }
    return json_answer(body, request=request)


@router.get(
    "/cases/due",
    **described(
        "cases_due",
        "期限",
        "逾期的任务在前，再是快到期的，附规定依据；界线联检的期限也在内。",
        Parameter(
            "within", "今后多少天内到期的也列出。",
            {"type": "integer", "minimum": 0, "maximum": _FARTHEST_DAYS, "default": 30},
        ),
        ON, _LIMIT, _AFTER, FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["on", "overdue", "due", "links"]},
        fails=(304, 400, 401, 403, 406, 503),
    ),
)  # fmt: skip
def due(request: Request) -> Response:
    """Return what is overdue and what is due soon."""
    form = form_of(request)
    given = filled(asked(request, ("within", "on", "limit", "after", "f")), form)
    require(request, READ)
    day = day_of(given)
    days = whole("within", given.get("within", "30"), least=0, most=_FARTHEST_DAYS)
    most = _page(request, given)
    with looking(request) as desk:
        found = [
            one
            for one in coming(desk.book, day, until=_later(day, days))
            if one.task_id not in desk.veil.things
        ]
        ids = [one.task_id for one in found]
        begin = ids.index(given["after"]) + 1 if given.get("after") in ids else 0
        page, more = found[begin : begin + most], len(found) > begin + most
        numbers = {
            task["id"]: number
            for case_id in dict.fromkeys(one.case_id for one in page if one.case_id)
            for number, task in numbered(desk.book, "task", desk.book.row("case", case_id)).items()
        }
    links = [Link(address(request, "/cases/due", **given), "self", JSON)]
    further: dict[str, str] = {}
    if more:
        further = {**given, "after": page[-1].task_id}
        links.append(Link(address(request, "/cases/due", **further), "next", JSON))
    body = {
        "on": day.isoformat(),
        "overdue": sum(one.days > 0 for one in found),
        "due": [
            {
                "number": numbers.get(one.task_id),
                "kind": one.kind,
                "title": one.title,
                "due_on": one.due_on.isoformat(),
                "days_late": one.days,
                "rule": one.rule,
            }
            for one in page
        ],
        "links": [link.plain() for link in links],
    }
    if form == "html":
        following = address(request, "/cases/due", **further, f="html") if further else ""
        return case_pages.due(request, body, given, following)
    return json_answer(body, request=request)


def _page(request: Request, given: dict[str, str]) -> int:
    settings = settings_of(request)
    usual = str(settings.limit_default)
    return whole("limit", given.get("limit", usual), least=1, most=settings.limit_most)


def _conditions(desk: Desk, given: dict[str, str], day: date) -> list[sa.ColumnElement[bool]]:
    """Return which cases are meant and may be told of."""
    c, t = _CASE_TABLE.c, _TASK_TABLE.c
    of = desk.find(given["campaign"])["id"] if "campaign" in given else None
    found: list[sa.ColumnElement[bool]] = [
        c.campaign_id == of if of else c.campaign_id.is_(None),
        c.id.not_in(desk.veil.cases),
    ]
    for name, known in (("state", desk.rules.states), ("kind", tuple(desk.rules.kinds))):
        if name in given:
            if given[name] not in known:
                raise DataError(
                    say(f"参数“{name}”没有“{given[name]}”。", f"no {name} {given[name]!r}."),
                    hint=say(f"可用：{'、'.join(known)}", f"There are: {', '.join(known)}"),
                )
            found.append(c[name] == given[name])
    if "clerk" in given:
        found.append(c.clerk == _plain("clerk", given["clerk"]))
    if "division" in given:
        code = given["division"]
        if not (code.isascii() and code.isdecimal() and 2 <= len(code) <= _CODE):  # noqa: PLR2004
            raise DataError(say(f"“{code}”不是区划代码。", f"{code!r} is no code of an area."))
        found.append(c.division_code.startswith(code))
    last = _last_day(given, day)
    if last:
        late = sa.exists().where(
            t.case_id == c.id, t.done_on == "", t.due_on != "", t.due_on <= last
        )
        found.append(late)
    return found


def _last_day(given: dict[str, str], day: date) -> str:
    """Return the day until which something must be due; empty when that does not matter."""
    if truth("overdue", given.get("overdue", "false")):
        return (day - timedelta(days=1)).isoformat() if day > date.min else day.isoformat()
    if "due" in given:
        return _later(day, whole("due", given["due"], least=0, most=_FARTHEST_DAYS)).isoformat()
    return ""


def _later(day: date, days: int) -> date:
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))


def _beyond(connection: sa.Connection, after: str) -> sa.ColumnElement[bool]:
    """Return the condition that a case stands behind another in the list."""
    c = _CASE_TABLE.c
    known = sa.select(c.number).where(c.id == _plain("after", after))
    number = connection.scalar(known)
    if number is None:
        raise DataError(
            say(f"“{after}”不是上一页的链接给出的。", f"{after!r} is from no page before."),
            hint=say("请从第一页的 next 链接接着读。", "Follow the next link of the first page."),
        )
    return sa.or_(c.number > number, sa.and_(c.number == number, c.id > after))


def _plain(name: str, text: str) -> str:
    if "\0" in text:
        raise DataError(say(f"参数“{name}”有不可用的字符。", f"{name} has unfit characters."))
    return text


def _soonest(connection: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return the first day on which something of each case is due."""
    t = _TASK_TABLE.c
    query = sa.select(t.case_id, sa.func.min(t.due_on)).where(
        t.case_id.in_(ids), t.done_on == "", t.due_on != ""
    )
    return {str(one): str(day) for one, day in connection.execute(query.group_by(t.case_id))}
