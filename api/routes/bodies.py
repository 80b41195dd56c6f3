"""What the body of a request may say: each member declared once, for checking and for docs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.body import json_of
from api.jobs.process import Input, Process
from api.ogc.respond import JSON
from api.parameters import asked
from api.people.person import Person, require
from api.people.scopes import Scope
from geo.errors import DataError
from geo.text import say

TEXT: Final[Mapping[str, Any]] = {"type": "string"}
DAY_TEXT: Final[Mapping[str, Any]] = {
    "type": "string",
    "pattern": r"\d{4}-\d{2}-\d{2}",
    "example": "2026-05-01",
}
"""A day that is left open when nobody says it; one with ``format`` would become today."""

Work = Callable[[Request, Person, dict[str, Any]], Response]


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON object that a route takes.

    Attributes
    ----------
    members
        What may stand in it.
    example
        One that works on the demo.
    """

    members: tuple[Input, ...]
    example: Mapping[str, Any] = field(default_factory=dict)

    def schema(self) -> dict[str, Any]:
        """Return its JSON schema."""
        wanted = [one.name for one in self.members if one.required]
        return {
            "type": "object",
            "properties": {
                one.name: {
                    **one.schema,
                    "title": one.zh,
                    **({"description": one.about_zh} if one.about_zh else {}),
                    **({} if one.default is None else {"default": one.default}),
                }
                for one in self.members
            },
            **({"required": wanted} if wanted else {}),
            "additionalProperties": False,
        }

    def described(self) -> dict[str, Any]:
        """Return it as OpenAPI's ``requestBody``."""
        content = {"schema": self.schema(), "example": dict(self.example)}
        return {"required": True, "content": {JSON: content}}

    def checked(self, body: object) -> dict[str, Any]:
        """Return what was said, with what was left open filled in.

        Raises
        ------
        DataError
            It is no object, or members are unknown, missing or unfit; all are named.
        """
        if not isinstance(body, Mapping):
            raise DataError(say("内容应是一个 JSON 对象。", "the body must be a JSON object."))
        today = datetime.now(tz=UTC).astimezone().date()
        try:
            return Process("", "", "", "", "", self.members, {}, "").checked(body, today=today)
        except DataError as error:
            names = [one.name for one in self.members]
            raise DataError(
                error.message,
                hint=say(f"可写：{'、'.join(names)}。", f"May be written: {', '.join(names)}."),
            ) from None


async def worked(
    request: Request, body: Body, work: Work, *scopes: Scope, types: tuple[str, ...] = ()
) -> Response:
    """Do what a request asks of a person who may, outside of the loop that serves the others.

    Parameters
    ----------
    request
        The request.
    body
        What its body may say.
    work
        Does it.
    scopes
        What the person must be allowed.
    types
        Media types that are taken; ``application/json`` when none is named.
    """
    asked(request, ())
    person = require(request, *scopes)
    told = body.checked(await json_of(request, *types))
    return await run_in_threadpool(partial(work, request, person, told))


def day_in(told: Mapping[str, Any], name: str) -> date | None:
    """Return the day that a member names; None where it names none.

    Raises
    ------
    DataError
        It is no day.
    """
    text = told.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DataError(say(f"“{name}”不是日期：{text}。", f"{name} is no day: {text}.")) from None
