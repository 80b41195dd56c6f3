"""``/names/search``: find a name by its characters, letters or sound, with where and what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.names import STANDING
from api.ogc.parameters import FORMAT
from api.ogc.respond import HTML, JSON, address, form_of, json_answer
from api.ogc.search import search_of
from api.ogc.told import filled
from api.openapi import described
from api.parameters import Parameter, asked, numbers, whole
from api.people.person import person_of
from api.routes import name_pages
from api.routes.norms import ON, day_of
from api.store import reading
from geo.errors import DataError
from geo.gazetteer.search import Hit
from geo.gazetteer.tables import EVENT, NAME, PLACE, RELATION
from geo.gazetteer.words import class_word, word
from geo.store.dialects import dialect_of
from geo.text import say

router = APIRouter(tags=["地名"])

_WORDS: Final = Parameter("q", "汉字、拼音、首字母、同音字或代码。", example="heping")
_MOST: Final = 100
_LIMIT: Final = Parameter(
    "limit", "最多几条。", {"type": "integer", "minimum": 1, "maximum": _MOST, "default": 10}
)
_BOX: Final = Parameter("bbox", "西,南,东,北（经纬度）。", example="114.2,30.45,114.25,30.5")
_LONGEST: Final = 100
_LOOKED_AT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What is told of a place that was found, beside the name by which it was."""

    standard: str
    status: str
    class_code: str
    division: str
    division_code: str


@router.get(
    "/names/search",
    **described(
        "search_names",
        "找地名",
        "按汉字、拼音、首字母、同音字、错一字或代码找，最合适的在前，每个实体一条，附标准名称、地位、"
        "类别、所在政区和匹配方式。没有 internal 权限的只找得到集合 names 里的："
        "公开的、批准的（official）和普查登记的（recorded）；有的还列内部的；涉密的从不列出。",
        _WORDS,
        _LIMIT,
        ON,
        _BOX,
        FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["names"]},
        fails=(304, 400, 406, 503),
    ),
)
def search(request: Request) -> Response:
    """Return the names that best answer a query."""
    form = form_of(request)
    given = filled(asked(request, ("q", "limit", "on", "bbox", "f")), form)
    if form == "html" and not given.get("q", "").strip():
        return name_pages.search(request, given, None)
    words = text_of("q", given.get("q", ""))
    most = whole("limit", given.get("limit", "10"), least=1, most=_MOST)
    box = numbers("bbox", given["bbox"], (4,)) if "bbox" in given else None
    day = day_of(given) if "on" in given else None
    hits = search_of(request).find(
        words,
        limit=_LOOKED_AT,
        on=day,
        box=None if box is None else (box[0], box[1], box[2], box[3]),
    )
    with reading(request) as connection:
        there = shown_of(request, connection, [hit.place_id for hit in hits])
        kept = [hit for hit in hits if hit.place_id in there][:most]
        today = day or datetime.now(tz=UTC).astimezone().date()
        told = _told(request, connection, [hit.place_id for hit in kept], today)
    found = [_hit(request, hit, told[hit.place_id]) for hit in kept]
    if form == "html":
        return name_pages.search(request, given, found)
    return json_answer({"names": found}, request=request)


def shown_of(request: Request, connection: sa.Connection, places: Sequence[str]) -> set[str]:
    """Return those of the places that the reader may see; nobody sees here what is secret.

    Who may not see what is internal sees those of the collection ``names``: public places that
    have, or had, a standard name.
    """
    if EVENT.name not in dialect_of(connection).tables_of(connection):
        return set()
    allowed: list[sa.ColumnElement[bool]]
    if person_of(request).may("internal"):
        allowed = [PLACE.c.secrecy.in_(("public", "internal"))]
    else:
        named = sa.exists().where(NAME.c.place_id == PLACE.c.id, NAME.c.kind == "standard")
        allowed = [PLACE.c.secrecy == "public", PLACE.c.status.in_(STANDING), named]
    wanted = sa.select(PLACE.c.id).where(PLACE.c.id.in_(places), *allowed)
    return set(connection.scalars(wanted))


def text_of(name: str, text: str) -> str:
    """Return a parameter that is a name or a few words.

    Raises
    ------
    DataError
        It is empty or too long.
    """
    if not 0 < len(text.strip()) <= _LONGEST or "\0" in text:
        raise DataError(
            say(f"参数“{name}”应是 1～{_LONGEST} 个字。", f"{name} is 1 to {_LONGEST} characters.")
        )
    return text.strip()


def _told(
    request: Request, connection: sa.Connection, places: Sequence[str], on: date
) -> dict[str, Shown]:
    """Return what is told of places; of divisions, those that the reader may see."""
    c = RELATION.c
    within = sa.select(c.place_id, c.other_id).where(
        c.place_id.in_(places), c.kind == "part_of", *_held(RELATION, on)
    )
    above = {str(row.place_id): str(row.other_id) for row in connection.execute(within)}
    seen = shown_of(request, connection, list(above.values()))
    above = {place: other for place, other in above.items() if other in seen}
    standing = sa.select(NAME.c.place_id, NAME.c.text, NAME.c.from_day, NAME.c.end_day).where(
        NAME.c.place_id.in_([*places, *above.values()]), NAME.c.kind == "standard"
    )
    rows = connection.execute(standing.order_by(NAME.c.from_day)).all()
    last = {row.place_id: row.text for row in rows}  # where none holds, the last there was
    names = last | {r.place_id: r.text for r in rows if r.from_day <= on.toordinal() < r.end_day}
    return {
        row.id: Shown(
            names.get(row.id, ""),
            row.status,
            row.class_code,
            names.get(above.get(row.id, ""), ""),
            row.division_code,
        )
        for row in connection.execute(sa.select(PLACE).where(PLACE.c.id.in_(places)))
    }


def _held(table: sa.Table, on: date) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.from_day <= on.toordinal(), table.c.end_day > on.toordinal()


def _hit(request: Request, hit: Hit, place: Shown) -> dict[str, Any]:
    return {
        "place_id": hit.place_id,
        "name_id": hit.name_id,
        "text": hit.text,
        "kind": hit.kind,
        "kind_label": word("kind", hit.kind),
        "match": hit.match,
        "match_label": word("match", hit.match),
        "score": hit.score,
        "standard": place.standard,
        "status": place.status,
        "status_label": word("status", place.status),
        "class_code": place.class_code,
        "class_label": class_word(place.class_code),
        "division": place.division,
        "division_code": place.division_code,
        "href": address(request, f"/names/{quote(hit.place_id, safe='')}"),
    }
