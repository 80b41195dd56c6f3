"""``/names/{placeId}/history``: what happened to a place: who, when, why, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.parameters import FORMAT
from api.ogc.respond import HTML, JSON, Link, address, form_of, json_answer
from api.openapi import described
from api.parameters import Parameter, asked, whole
from api.people.person import require
from api.routes import name_pages
from api.routes.standing import SHOWN, one_state, secret_places, veil_of
from api.store import settings_of
from geo.errors import NotFoundError
from geo.gazetteer.history import history
from geo.gazetteer.lookup import cards
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer import Gazetteer
    from geo.gazetteer.history import Told
    from geo.gazetteer.veil import Veil

router = APIRouter(tags=["地名"])

_PLACE: Final = Parameter("placeId", "地名实体编号。", example="0", place="path")
_LIMIT: Final = Parameter(
    "limit", "一页最多几条。", {"type": "integer", "minimum": 1, "default": 100}
)
_AFTER: Final = Parameter(
    "after", "从日志的哪一号之后接着列，取自上一页的链接。", {"type": "integer", "minimum": 0}
)
_LAST: Final = 2**62


@router.get(
    "/names/{placeId}/history",
    **described(
        "name_history",
        "来龙去脉",
        "一处地名的名称、代码、图形、标志、任务逐次改动：谁、何时、为何、改前改后，按日志的次序。",
        _PLACE,
        _LIMIT,
        _AFTER,
        FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["id", "events", "links"]},
        fails=(304, 400, 401, 403, 404, 406, 503),
    ),
)
def of_place(request: Request) -> Response:
    """Return what happened to a place, its names, codes, shapes, signs and tasks."""
    form = form_of(request)
    given = asked(request, ("limit", "after", "f"))
    given.pop("f", None)
    require(request, "internal")
    settings = settings_of(request)
    usual = str(settings.limit_default)
    most = whole("limit", given.get("limit", usual), least=1, most=settings.limit_most)
    after = whole("after", given.get("after", "0"), least=0, most=_LAST)
    key = request.path_params["placeId"]
    with one_state(request) as book:
        told = [one for one in _told(book, key) if one.number > after]
        hidden = veil_of(request, book)
        name = cards(book, [key])[key].name
    own = f"/names/{key}/history"
    links = [Link(address(request, own, **given), "self", JSON)]
    further: dict[str, str] = {}
    if len(told) > most:
        further = {**given, "after": str(told[most - 1].number)}
        links.append(Link(address(request, own, **further), "next", JSON))
    events = [_event(one, hidden) for one in told[:most]]
    if form == "html":
        following = address(request, own, **further, f="html") if further else ""
        return name_pages.history(request, key, name, events, following)
    body = {
        "id": key,
        "events": events,
        "links": [link.plain() for link in links],
    }
    return json_answer(body, request=request)


def _told(book: Gazetteer, key: str) -> list[Told]:
    """Return what happened to a place, but for how it stands to a secret one."""
    rows = [] if "\0" in key else book.rows("place", id=key)
    if not rows or rows[0]["secrecy"] not in SHOWN:
        raise NotFoundError(say(f"没有地名实体“{key}”。", f"there is no place {key!r}."))
    hidden = secret_places(book)
    apart = {row["id"] for row in book.rows("relation", place_id=key) if row["other_id"] in hidden}
    apart |= {row["id"] for row in book.rows("relation", other_id=key) if row["place_id"] in hidden}
    return [one for one in history(book, key) if one.row_id not in apart]


def _event(one: Told, hidden: Veil) -> dict[str, Any]:
    """Return one event, without what it says of secret places."""
    secret_case = one.change.case_id in hidden.cases
    told: dict[str, Any] = {
        "number": one.number,
        "at": one.change.at,
        "author": one.change.author,
        "reason": one.change.reason,
        "change": one.change.id,
        "case": None if secret_case else one.change.case_id or None,
        "undone_by": one.change.undone_by or None,
        "record": one.record,
        "act": one.act,
        "head": one.head,
        "line": one.line,
        "fields": [
            {"label": label, "before": before, "after": after}
            for label, before, after in one.fields
        ],
    }
    return {name: hidden.over_all(value) for name, value in told.items()}
