"""``/names``: look at a place and its names through time, spell a name in letters."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import shapely
import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.parameters import FORMAT, JSON_ONLY
from api.ogc.respond import HTML, JSON, form_of, json_answer
from api.openapi import described
from api.parameters import Parameter, asked
from api.routes import name_pages
from api.routes.names_search import shown_of, text_of
from api.routes.standing import book_of, veil_of
from api.store import reading
from geo.errors import DataError, NotFoundError
from geo.gazetteer.classes import class_of, classes
from geo.gazetteer.romanise import romanise
from geo.gazetteer.tables import CODE, NAME, PLACE, SHAPE
from geo.text import say

router = APIRouter(tags=["地名"])

_PLACE: Final = Parameter("placeId", "地名实体编号。", example="0", place="path")
_NAME: Final = Parameter("name", "汉字地名。", example="建设路")
_CLASS: Final = Parameter(
    "class_code", "类别的代码（左起已知几位写几位）或名称，如 城镇街巷。", example="22200"
)
_DIVISION: Final = Parameter("division_code", "政区代码，左起已知几位写几位。", example="420106")
_READING: Final = Parameter("reading", "经办人确认的读音，带调，空格隔开。", example="jiàn shè lù")


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
        JSON_ONLY,
        schema={"type": "object", "required": ["toned", "plain", "sign", "must_confirm"]},
        fails=(304, 400, 406),
    ),
)
def spelled(request: Request) -> Response:
    """Return a name in letters."""
    form_of(request, has=("json",))
    given = asked(request, ("name", "class_code", "division_code", "reading", "f"))
    found = romanise(
        text_of("name", given.get("name", "")),
        class_code=_class_code(given.get("class_code", "")),
        division_code=_division_code(given.get("division_code", "")),
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
        FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["id", "names", "codes", "shapes"]},
        fails=(304, 400, 404, 406, 503),
    ),
)
def place(request: Request) -> Response:
    """Return a place with its names, codes and shapes."""
    form = form_of(request)
    asked(request, ("f",))
    key = request.path_params["placeId"]
    with reading(request) as connection:
        if "\0" in key or key not in shown_of(request, connection, [key]):
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
    body = veil_of(request, book_of(request)).over_all(body)
    if form == "html":
        return name_pages.place(request, body)
    return json_answer(body, request=request)


def _class_code(written: str) -> str:
    """Return the code of a class, or the beginning of one, that a reader writes or names."""
    if not written or any(code.startswith(written) for code in classes()):
        return written
    found = class_of(written)
    if found is None:
        raise DataError(
            say(f"没有地名类别“{written}”。", f"there is no class of names {written!r}."),
            hint=say(
                "写代码或名称，如 22200、城镇街巷；全部类别见 /collections/names/queryables。",
                "a code such as 22200; all of them: /collections/names/queryables",
            ),
        )
    return found.code


def _division_code(written: str) -> str:
    if written and not (written.isascii() and written.isdecimal()):
        raise DataError(
            say(f"“{written}”不是政区代码。", f"{written!r} is no code of a division."),
            hint=say("写政区代码，左起已知几位写几位，如 420106。", "a code such as 420106."),
        )
    return written


_INNER: Final = ("from_day", "end_day", "legacy_batch", "confirmed_by", "decision_id")
"""Columns that are for the program, or name people."""
