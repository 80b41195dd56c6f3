"""What a form had when its session was over: kept on the page that says so, to be sent again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from api.ogc.conditions import SEEN
from api.ogc.pages import page_of
from api.ogc.respond import site
from api.ogc.sent import PARTS, in_form, is_form
from api.ogc.told import token_of
from api.people.entrance import FORM_FIELD
from api.people.person import person_of
from geo.errors import DataError
from geo.text import say

_UNKEPT: Final = ("/login", "/logout", "/setup", "/account", "/accounts")
"""Paths whose forms have passwords or rights in them: they are filled in anew."""
_KEY: Final = re.compile(r"[a-z][a-z0-9_/#|]*", re.ASCII)
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """What a form had.

    Attributes
    ----------
    fields
        Names and values.
    files
        Names of the fields that had files, which are chosen anew.
    """

    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...]

    @property
    def shown(self) -> list[str]:
        """What was typed, to be compared; long texts are cut, keys of choices left out."""
        texts = [text.strip() for name, text in self.fields if name != SEEN]
        typed = [one for one in texts if one and not _KEY.fullmatch(one)]
        return [f"{one[:_LONGEST]}……" if len(one) > _LONGEST else one for one in typed]


class Heard:
    """Hears what a request sends, so that it may be told again.

    Parameters
    ----------
    receive
        Gives the parts of the body.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._parts: list[bytes] = []
        self._taken = 0
        self._whole = False

    async def receive(self) -> Message:
        """Take the next part of the body."""
        message = await self._receive()
        self._parts.append(message.get("body", b""))
        self._taken += len(self._parts[-1])
        self._whole = not message.get("more_body", False)
        return message

    async def body(self, *, most: int, patience_s: float) -> bytes | None:
        """Return the whole body, what nobody asked for yet too; None: it is too long or slow."""
        try:
            with anyio.fail_after(patience_s):
                while not self._whole and self._taken <= most:
                    await self.receive()
        except TimeoutError:
            return None
        return b"".join(self._parts) if self._taken <= most else None


def may_keep(request: Request) -> bool:
    """Return whether what a request sends is a form that may be given back."""
    path = str(request.scope["path"])
    private = any(path == one or path.startswith(f"{one}/") for one in _UNKEPT)
    return request.method == "POST" and is_form(request) and not private


def kept(request: Request, body: bytes) -> Kept | None:
    """Return what a form had that was refused for its session's sake; None: nothing to keep."""
    try:
        pairs, files = in_form(body, request.headers.get("content-type", ""))
    except DataError:
        return None
    return Kept(tuple(pair for pair in pairs if pair[0] != FORM_FIELD), tuple(files))


def page(request: Request, found: Kept) -> Response:
    """Return the page that gives a form back: to log in first, or to be sent again at once."""
    out = person_of(request).known == "nobody"
    made = page_of(
        request,
        "kept_form.html",
        title=say("还没有办：登录已过期", "Not done: the session is over")
        if out
        else say("还没有办：请再确认一次", "Not done yet: please confirm"),
        out=out,
        login=f"{site(request)}/login",
        to=f"{site(request)}{quote(request.scope['path'])}",
        parts=PARTS if found.files else "",
        hidden=[*token_of(request), *found.fields],
        files=found.files,
        shown=found.shown,
    )
    made.headers["Cache-Control"] = "no-store"
    return made
