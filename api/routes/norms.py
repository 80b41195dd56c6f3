"""``/norms``: which service norms bind a place on a day, where they stand, what they require."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.parameters import FORMAT
from api.ogc.respond import HTML, JSON, form_of, json_answer
from api.ogc.told import filled
from api.openapi import described
from api.parameters import Parameter, asked, truth
from api.routes import norm_pages
from api.routes.norm_facts import norm_facts, plain, value_facts
from api.store import workspace_of
from geo.assess.jurisdiction import of_workspace
from geo.errors import DataError
from geo.norms import Rule, in_force, load
from geo.norms.areas import in_a_province
from geo.text import say

if TYPE_CHECKING:
    from geo.norms import Norms

router = APIRouter(tags=["规范"])

_AREA: Final = Parameter(
    "area",
    "区划代码；不写为工作区所在地。",
    {"type": "string", "pattern": "^[0-9]{2,12}$"},
    "340207",
)
ON: Final = Parameter(
    "on", "日期；不写为今天。", {"type": "string", "format": "date"}, "2026-05-01"
)
_TOPIC: Final = Parameter("topic", "只要编号以此开头的，如 elder。", example="elder")
_ALL: Final = Parameter("all", "所有地区和时间的。", {"type": "boolean", "default": False})
_NORM: Final = Parameter("normId", "规范编号。", example="elder.circle15", place="path")
_LONGEST: Final = 12


@router.get(
    "/norms",
    **described(
        "norms",
        "某地某日施行的规范",
        "每项给出要求、来源、条款、原文、施行期间；没有规范就没有结论。",
        _AREA,
        ON,
        _TOPIC,
        _ALL,
        FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["area", "on", "norms"]},
        fails=(304, 400, 406, 503),
    ),
)
def norms(request: Request) -> Response:
    """Return the norms in force in one area on one day."""
    form = form_of(request)
    given = filled(asked(request, ("area", "on", "topic", "all", "f")), form)
    when, everything = day_of(given), truth("all", given.get("all", "false"))
    area, why = given.get("area", ""), None
    if area and not (area.isascii() and area.isdecimal() and 2 <= len(area) <= _LONGEST):  # noqa: PLR2004
        raise DataError(
            say(f"“{area}”不是区划代码。", f"{area!r} is no code of an area."),
            hint=say("如 34、3402、340207。", "Such as 34, 3402, 340207."),
        )
    if not area and not everything:
        law = of_workspace(workspace_of(request), when)
        area, why = law.rules, law.why
    elif area and not in_a_province(area):
        _require_own(request, area, when)
    rules = _all() if everything else _binding(area, when)
    topic = _topic(given)
    rules = [rule for rule in rules if rule.norm.id.startswith(topic)]
    body = {
        "area": None if everything else area,
        "on": None if everything else when.isoformat(),
        "why": why,
        "norms": [
            {**norm_facts(rule.norm), **value_facts(rule.norm, rule.value)} for rule in rules
        ],
    }
    if form == "html":
        return norm_pages.norms(request, body, rules, given)
    return json_answer(body, request=request)


@router.get(
    "/norms/{normId}",
    **described(
        "norm",
        "一项规范",
        "全部取值：各地区、各期间，附来源和原文。",
        _NORM,
        FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["id", "name", "values"]},
        fails=(304, 400, 404, 406),
    ),
)
def norm(request: Request) -> Response:
    """Return one norm with all its values."""
    form = form_of(request)
    asked(request, ("f",))
    found = _norms()[request.path_params["normId"]]
    values = [value_facts(found, value) for value in found.values]
    body = {**norm_facts(found), "measure": plain(found.measure), "values": values}
    if form == "html":
        return norm_pages.norm(request, found)
    return json_answer(body, request=request)


def _require_own(request: Request, area: str, when: date) -> None:
    """Refuse a code of no province, unless it is the invented one of the workspace."""
    own = of_workspace(workspace_of(request), when).own
    if not own or not (area.startswith(own) or own.startswith(area)):
        raise DataError(
            say(f"没有区划“{area}”。", f"there is no area {area!r}."),
            hint=say(
                "前两位是省级代码，如 34 是安徽：34、3402、340207。",
                "the first two digits are a province's, such as 34: 34, 3402, 340207.",
            ),
        )


def _topic(given: Mapping[str, str]) -> str:
    """Return how the ids of the norms begin that a request asks for."""
    topic, ids = given.get("topic", ""), [one.id for one in _norms()]
    if not any(one.startswith(topic) for one in ids):
        known = sorted({one.partition(".")[0] for one in ids})
        raise DataError(
            say(f"没有编号以“{topic}”开头的规范。", f"no norm's id begins with {topic!r}."),
            hint=say(f"可用：{'、'.join(known)}。", f"known: {', '.join(known)}"),
        )
    return topic


def day_of(given: dict[str, str]) -> date:
    """Return the day that a request names as ``on``; today when it names none.

    Raises
    ------
    DataError
        It is no day.
    """
    text = given.get("on")
    if text is None:
        return datetime.now(tz=UTC).astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DataError(
            say(f"“{text}”不是日期。", f"{text!r} is no day."),
            hint=say("请写成 2026-05-01。", "Write it as 2026-05-01."),
        ) from None


@cache
def _norms() -> Norms:
    return load()


def _all() -> list[Rule]:
    return [Rule(one, value) for one in _norms() for value in one.values]


def _binding(area: str, when: date) -> list[Any]:
    found = in_force(_norms(), area, when)
    return [*found.binding, *found.draft, *found.statistic, *found.notices]
