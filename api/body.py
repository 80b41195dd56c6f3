"""Read the body of a request: JSON of the right type, not too deep, said plainly when it is not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import orjson
from starlette.requests import Request

from api.errors import UnsupportedMediaTypeError
from api.store import settings_of
from geo.errors import DataError
from geo.text import say

_TEXTS: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKETS: Final = re.compile(rb"[\[\]{}]")


async def json_of(request: Request, *types: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON of a request's body.

    Parameters
    ----------
    request
        The request.
    types
        Media types that are taken; ``application/json`` when none is named.

    Raises
    ------
    UnsupportedMediaTypeError
        The body is of another type.
    DataError
        It is no JSON, or nested too deeply.
    """
    _require_type(request, types or ("application/json",))
    body = await request.body()
    deepest = settings_of(request).body_depth
    if _depth(body) > deepest:
        raise DataError(
            say(f"内容嵌套超过 {deepest} 层。", f"the body is nested deeper than {deepest} levels.")
        )
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DataError(
            say(
                f"内容不是 JSON：第 {error.lineno} 行第 {error.colno} 字起读不懂。",
                f"the body is no JSON from line {error.lineno}, column {error.colno} on.",
            )
        ) from None


def _require_type(request: Request, types: Sequence[str]) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in types:
        wanted = say("、", ", ").join(types)
        raise UnsupportedMediaTypeError(
            say(f"不收“{given}”类型的内容。", f"content of type {given!r} is not taken."),
            hint=say(f"Content-Type 应是 {wanted}。", f"Content-Type must be {wanted}."),
        )
    packed = request.headers.get("content-encoding", "identity").strip().lower()
    if packed != "identity":
        raise UnsupportedMediaTypeError(
            say(f"不收压缩的内容（{packed}）。", f"a packed body ({packed}) is not taken."),
            hint=say("请不加 Content-Encoding 再发。", "Send it without Content-Encoding."),
        )


def _depth(body: bytes) -> int:
    """Return how deep brackets are nested, those in texts left out."""
    deepest = now = 0
    for bracket in _BRACKETS.findall(_TEXTS.sub(b"", body)):
        now += 1 if bracket in (b"[", b"{") else -1
        deepest = max(deepest, now)
    return deepest
