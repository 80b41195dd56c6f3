"""``/names``: find a name, look at a place and its names through time, spell a name in letters."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import shapely
import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.respond import json_answer
from api.ogc.search import search_of
from api.openapi import described
from api.parameters import Parameter, asked, numbers, whole
from api.people.person import person_of
from api.routes.norms import ON, day_of
from api.store import reading
from geo.errors import DataError, NotFoundError
from geo.gazetteer.romanise import romanise
from geo.gazetteer.tables import CODE, EVENT, NAME, PLACE, SHAPE
from geo.store.dialects import dialect_of
from geo.text import say

router = APIRouter(tags=["地名"])

_WORDS: Final = Parameter("q", "汉字、拼音、首字母、同音字或代码。", example="heping")
_LIMIT: Final = Parameter(
    "limit", "最多几条。", {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
)
_BOX: Final = Parameter("bbox", "西,南,东,北（经纬度）。", example="114,30,114.2,30.2")
_PLACE: Final = Parameter("placeId", "地名实体编号。", example="0", place="path")
_NAME: Final = Parameter("name", "汉字地名。", example="建设路")
_CLASS: Final = Parameter("class_code", "类别代码，左起已知几位写几位。", example="22200")
_DIVISION: Final = Parameter("division_code", "政区代码，左起已知几位写几位。", example="420106")
_READING: Final = Parameter("reading", "经办人确认的读音，带调，空格隔开。", example="jiàn shè lù")
_LONGEST: Final = 100
_MOST: Final = 100
_LOOKED_AT: Final = 1_000


@router.get(
    "/names/search",
    **described(
        "search_names",
        "找地名",
        "按汉字、拼音、首字母、同音字、错一字或代码找，最合适的在前，每个实体一条。"
        "只列公开的标准地名；有 internal 权限的还列内部的；涉密的从不列出。",
        _WORDS,
        _LIMIT,
        ON,
        _BOX,
        schema={"type": "object", "required": ["names"]},
        fails=(304, 400, 503),
    ),
)
def search(request: Request) -> Response:
    """Return the names that best answer a query."""
    given = asked(request, ("q", "limit", "on", "bbox"))
    words = _text("q", given.get("q", ""))
    limit = whole("limit", given.get("limit", "10"), least=1, most=_MOST)
    box = numbers("bbox", given["bbox"], (4,)) if "bbox" in given else None
    hits = search_of(request).find(
        words,
        limit=_LOOKED_AT,
        on=day_of(given) if "on" in given else None,
        box=None if box is None else (box[0], box[1], box[2], box[3]),
    )
    with reading(request) as connection:
        shown = _shown(request, connection, [hit.place_id for hit in hits])
    found = [asdict(hit) for hit in hits if hit.place_id in shown][:limit]
    return json_answer({"names": found}, request=request)


@router.get(
    "/names/romanise",
    **described(
        "romanise_name",
        "拼写地名",
        "按 1984 年规则给出罗马字母拼写、分写、读音；多音字列出各读音和依据，标明是否须人工确认。",
        _NAME,
        _CLASS,
        _DIVISION,
        _READING,
        schema={"type": "object", "required": ["toned", "plain", "sign", "must_confirm"]},
        fails=(304, 400),
    ),
)
def spelled(request: Request) -> Response:
    """Return a name in letters."""
    given = asked(request, ("name", "class_code", "division_code", "reading"))
    found = romanise(
        _text("name", given.get("name", "")),
        class_code=given.get("class_code", ""),
        division_code=given.get("division_code", ""),
        confirmed=given.get("reading") or None,
    )
    return json_answer(asdict(found), request=request)


@router.get(
    "/names/{placeId}",
    **described(
        "name_place",
        "一个地名实体",
        "它的全部名称（含曾用名、起止时间、拼写、来历）、代码和位置。",
        _PLACE,
        schema={"type": "object", "required": ["id", "names", "codes", "shapes"]},
        fails=(304, 400, 404, 503),
    ),
)
def place(request: Request) -> Response:
    """Return a place with its names, codes and shapes."""
    asked(request, ())
    key = request.path_params["placeId"]
    with reading(request) as connection:
        if "\0" in key or key not in _shown(request, connection, [key]):
            raise NotFoundError(say(f"没有地名实体“{key}”。", f"there is no place {key!r}."))

        def rows(table: sa.Table, column: sa.Column[Any]) -> list[dict[str, Any]]:
            wanted = sa.select(table).where(column == key).order_by(table.c.id)
            found = connection.execute(wanted).mappings()
            return [{str(k): v for k, v in row.items() if k not in _INNER} for row in found]

        body = {
            **rows(PLACE, PLACE.c.id)[0],
            "names": rows(NAME, NAME.c.place_id),
            "codes": rows(CODE, CODE.c.place_id),
            "shapes": [
                {**row, "shape": shapely.geometry.mapping(row["shape"])}
                for row in rows(SHAPE, SHAPE.c.place_id)
            ],
        }
    return json_answer(body, request=request)


_INNER: Final = ("from_day", "end_day", "legacy_batch", "confirmed_by", "decision_id")
"""Columns that are for the program, or name people."""


def _shown(request: Request, connection: sa.Connection, places: list[str]) -> set[str]:
    """Return those of the places that the reader may see; nobody sees here what is secret."""
    if EVENT.name not in dialect_of(connection).tables_of(connection):
        return set()
    allowed = [PLACE.c.secrecy == "public", PLACE.c.status == "official"]
    if person_of(request).may("internal"):
        allowed = [PLACE.c.secrecy.in_(("public", "internal"))]
    wanted = sa.select(PLACE.c.id).where(PLACE.c.id.in_(places), *allowed)
    return set(connection.scalars(wanted))


def _text(name: str, text: str) -> str:
    if not 0 < len(text.strip()) <= _LONGEST or "\0" in text:
        raise DataError(
            say(f"参数“{name}”应是 1～{_LONGEST} 个字。", f"{name} is 1 to {_LONGEST} characters.")
        )
    return text.strip()
