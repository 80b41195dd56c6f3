"""What pages and programs send to the same address: a form or JSON, read as the same fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import sqlalchemy as sa
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from api.body import json_of
from api.ogc.respond import JSON, json_answer
from api.ogc.sent import PLAIN, typed_by
from api.store import workspace_of
from geo.errors import DataError
from geo.text import say

_NO_STORE: Final = {"Cache-Control": "no-store"}

Found = TypeVar("Found")
Fields = dict[str, Any]


def is_form(request: Request) -> bool:
    """Return whether a page of ours sends a form."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == PLAIN


def is_from_page(request: Request) -> bool:
    """Return whether a page is to answer: a form was sent, by one who does not ask for JSON."""
    accepted = request.headers.get("accept", "")
    return is_form(request) and not ("json" in accepted and "html" not in accepted)


async def fields(
    request: Request, texts: Sequence[str], *, lists: Sequence[str] = (), others: Sequence[str] = ()
) -> Fields:
    """Return what was sent, by name; of a form only once its token is known to be right.

    Parameters
    ----------
    request
        The request.
    texts, lists
        Fields that are texts, and lists of texts; absent ones are empty.
    others
        Fields that are numbers or truth values in JSON and texts in a form; absent ones are None.

    Raises
    ------
    ForbiddenError
        The form is not of this session.
    DataError
        A field is unknown or of another kind.
    """
    sent: Any
    if is_form(request):
        pairs, _ = await typed_by(request)
        sent = {name: [v for n, v in pairs if n == name] for name, _ in pairs}
        sent = {name: values if name in lists else values[0] for name, values in sent.items()}
    else:
        sent = await json_of(request)
    if not isinstance(sent, dict):
        raise DataError(say("内容应是一个 JSON 对象。", "the body must be one JSON object."))
    wrong = [name for name in sent if name not in (*texts, *lists, *others)]
    wrong += [name for name in texts if not isinstance(sent.get(name, ""), str)]
    wrong += [
        name
        for name in lists
        if not isinstance(sent.get(name, []), list)
        or not all(isinstance(one, str) for one in sent.get(name, []))
    ]
    if wrong:
        named = "、".join(map(str, wrong[:5]))
        raise DataError(
            say(f"不认识这些项，或值的类型不对：{named}。", f"unknown or unfit fields: {named}."),
            hint=say("可用：", "known: ") + "、".join((*texts, *lists, *others)),
        )
    empty = {**dict.fromkeys(texts, ""), **dict.fromkeys(others)}
    return {**empty, **{name: [] for name in lists}, **sent}


def same_twice(password: str, again: str | None) -> None:
    """Refuse a new password that a page has twice, and not the same.

    Raises
    ------
    DataError
        The two differ.
    """
    if again not in (None, password):
        raise DataError(
            say("两次输入的密码不一样。", "the two passwords differ."),
            hint=say("请重新输入两次。", "type it in twice anew."),
        )


async def reading(request: Request, ask: Callable[[sa.Connection], Found]) -> Found:
    """Return what is read from the workspace, while other requests go on."""
    workspace = workspace_of(request)

    def work() -> Found:
        with workspace.reading() as connection:
            return ask(connection)

    return await to_thread.run_sync(work)


async def writing(request: Request, change: Callable[[sa.Connection], Found]) -> Found:
    """Change the workspace in one transaction, while other requests go on."""
    workspace = workspace_of(request)

    def work() -> Found:
        with workspace.writing() as connection:
            return change(connection)

    return await to_thread.run_sync(work)


async def aside(work: Callable[..., Found], *arguments: object, **named: object) -> Found:
    """Return the result of something slow, while other requests go on."""
    return await to_thread.run_sync(partial(work, *arguments, **named))


def answer(body: dict[str, Any], *, status: int = 200) -> Response:
    """Return JSON that nobody keeps."""
    made = json_answer(body, headers=_NO_STORE)
    made.status_code = status
    return made


def own_path(path: str) -> str:
    """Return a path of this server; anything else leads to the account.

    Examples
    --------
    >>> [own_path(path) for path in ("/collections?f=html", "//evil.example", "https://evil.example")]
    ['/collections?f=html', '/account', '/account']
    """
    parts = urlsplit(path)
    plain = path.startswith("/") and not path.startswith(("//", "/\\"))
    fits = plain and not parts.netloc and not parts.scheme and path.isprintable()
    return path if fits and "\\" not in path else "/account"


def sent(*required: str, optional: Sequence[str] = (), **kinds: dict[str, Any]) -> dict[str, Any]:
    """Return how OpenAPI describes what a route takes, as JSON or as a form.

    Parameters
    ----------
    required, optional
        Names of the fields.
    kinds
        Schema of those that are no texts.
    """
    text = {"type": "string"}
    shape = {
        "type": "object",
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
        "properties": {name: kinds.get(name, text) for name in (*required, *optional)},
    }
    return {"required": True, "content": {JSON: {"schema": shape}}}
