"""``POST /names/check``: whether names are lawful, rule by rule, and what stands in their way."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import orjson
import shapely
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.asking import in_words_of_form, values_of
from api.ogc.parameters import FORMAT
from api.ogc.respond import HTML, JSON, form_of
from api.ogc.sent import Sent
from api.ogc.told import filled
from api.openapi import described
from api.parameters import Parameter, asked
from api.people.person import Person, require
from api.routes import name_check_page
from api.routes.bodies import worked
from api.routes.names_asked import ASKED, BODY, SCHEMA, cells_of, rows_of
from api.routes.standing import laid_of, one_state, place_meant, veil_of
from geo.errors import PlannerError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.rules import Finding
    from geo.gazetteer.rules.together import Checked
    from geo.gazetteer.veil import Veil

router = APIRouter(tags=["地名"])

_TOLD: Final = ("block", "warn", "unknown", "info")
"""Verdicts that are told; of the others only when all are asked for."""


@router.post(
    "/names/check",
    **described(
        "check_names",
        "核名",
        "一个名称或名单（最多 500 个）：逐条对照法规，给出结论、条文、冲突的地名（GeoJSON 图形、"
        "距离）、可改用的名称、还缺什么、位置和政区的疑点。不记入任何案卷，不改数据。"
        "只与公开和内部的地名比对，不与涉密地名比对。",
        schema=SCHEMA,
        fails=(400, 401, 403, 404, 413, 415, 503),
        body=BODY.described(),
    ),
)
async def check(request: Request) -> Response:
    """Check a name, or a list of names."""
    return await worked(request, BODY, _checked, "internal")


_ONE: Final = described(
    "check_name",
    "核一个名称",
    "同 POST，一次一个名称，各项写在地址里（at 写 经度,纬度；pack 逗号隔开）；网页上有表单。",
    *(Parameter(one.name, one.about_zh or one.zh) for one in ASKED),
    FORMAT,
    gives=(JSON, HTML),
    schema=SCHEMA,
    fails=(400, 401, 403, 404, 406, 503),
)
for _status in (400, 404):  # the page shows the form again with what is wrong
    _ONE["responses"][_status]["content"][HTML] = {}


@router.get("/names/check", **_ONE)
def check_one(request: Request) -> Response:
    """Check one name by what stands in the address."""
    form = form_of(request)
    require(request, "internal")
    given = filled(asked(request, ("f", *(one.name for one in ASKED))), form)
    if form == "html" and not given.get("name"):
        return name_check_page.page(request, given)
    try:
        values = values_of(ASKED, Sent({name: _parts(name, text) for name, text in given.items()}))
        body = _found(request, BODY.checked(values))
    except PlannerError as error:
        if form == "json":
            raise
        return name_check_page.page(request, given, problem=in_words_of_form(error, ASKED))
    if form == "html":
        return name_check_page.page(request, given, body)
    return Response(orjson.dumps(body), media_type=JSON, headers={"Cache-Control": "no-store"})


def _parts(name: str, text: str) -> list[str]:
    return text.split(",") if name == "pack" else [text]


def _checked(request: Request, person: Person, told: dict[str, Any]) -> Response:
    del person
    body = _found(request, told)
    return Response(orjson.dumps(body), media_type=JSON, headers={"Cache-Control": "no-store"})


def _found(request: Request, told: dict[str, Any]) -> dict[str, Any]:
    """Return what the rules say of the names that were told."""
    from geo.gazetteer.rules import pack as rules_of  # noqa: PLC0415
    from geo.gazetteer.rules.proposals import Asking  # noqa: PLC0415
    from geo.gazetteer.rules.together import check_list  # noqa: PLC0415
    from geo.gazetteer.rules.told import grounds_of  # noqa: PLC0415

    rules = rules_of(*(told["pack"] or ()))
    rows = cells_of(rows_of(told), rules)
    grounds = [f"{rule}={why}" for rule, why in (told["ground"] or {}).items()]
    usual = {"grounds": grounds_of(grounds, rules.rules)}
    on = date.fromisoformat(told["on"])
    with one_state(request) as book:
        stood, mark = laid_of(request).standing(book, on, secret=False)
        hidden = veil_of(request, book)
        asking = Asking(
            book,
            on=on,
            place_of=lambda words: place_meant(book, words, on=on),
            hidden=hidden.places,
        )
        checked = check_list(rows, asking, stood, rules, on=on, usual=usual)
    names = [_told(one, hidden, every=told["all"]) for one in checked]
    return {
        "names": names,
        "verdicts": dict(Counter(one["verdict"] for one in names)),
        "provenance": {
            "on": on.isoformat(),
            "packs": list(rules.names),
            "pack_sha256": checked[0].report.pack_sha256,
            "layers": {"names": mark},
            "compared_with": len(stood.names),
            "basis": say(
                "公开和内部的地名；未与涉密地名比对。",
                "public and internal names; none that is secret was compared.",
            ),
        },
    }


def _told(one: Checked, hidden: Veil, *, every: bool) -> dict[str, Any]:
    """Return what the rules say of a name."""
    asked, report = one.asked, one.report
    return {
        "name": report.text,
        "verdict": "unknown" if report.undecided else report.verdict,
        "warnings": list(asked.warnings),
        "class_code": asked.proposal.class_code,
        "division": hidden.over(asked.division),
        "division_code": asked.proposal.division_code,
        "toned": asked.spelled.toned,
        "sign": asked.spelled.sign,
        "must_confirm": asked.spelled.must_confirm,
        "missing": list(report.missing),
        "findings": [
            finding_told(found) for found in report.findings if every or found.verdict in _TOLD
        ],
        "twins": [{"number": number, "name": text} for number, text in one.twins],
    }


def finding_told(found: Finding) -> dict[str, Any]:
    """Return what one rule says, the shapes of conflicts as GeoJSON."""
    return {
        **found.plain(),
        "message": found.message,
        "conflicts": [
            {**conflict.plain(), "geometry": _geojson(conflict.geometry)}
            for conflict in found.conflicts
        ],
    }


def _geojson(shape: shapely.Geometry | None) -> Any:  # noqa: ANN401 - any JSON value
    return None if shape is None else orjson.loads(shapely.to_geojson(shape))
