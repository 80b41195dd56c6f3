"""Lets people read at a browser what went wrong: where programs get a problem, they get a page."""

from __future__ import annotations

import gzip
from typing import Any, Final
from urllib.parse import quote, urlsplit

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import PROBLEM, wants_page
from api.ogc.kept_forms import Heard, kept, may_keep
from api.ogc.kept_forms import page as kept_page
from api.ogc.pages import page_of
from api.ogc.respond import root
from api.people.guard import STRANGE_FORM
from api.people.person import person_of
from api.store import settings_of
from geo.text import say

_OWN: Final = frozenset({"content-type", "content-length", "content-encoding", "vary"})
"""Headers of the problem that its page has of its own."""
_TO_LOG_IN: Final = (401, 403)


class ProblemPages:
    """The layer of the application that turns problems into pages, for people and only for them.

    Parameters
    ----------
    app
        What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back: a problem as a page where one is wanted."""
        if scope["type"] != "http" or not wants_page(Request(scope)):
            await self._app(scope, receive, send)
            return
        heard = Heard(receive) if may_keep(Request(scope)) else None
        begun: list[Message] = []
        body: list[bytes] = []

        async def turned(message: Message) -> None:
            if message["type"] == "http.response.start":
                if Headers(raw=message["headers"]).get("content-type", "") == PROBLEM:
                    begun.append(message)
                    return
            elif begun:
                body.append(message.get("body", b""))
                if not message.get("more_body", False):
                    request, given_back = Request(scope), None
                    if heard is not None and begun[0]["status"] in _TO_LOG_IN:
                        given_back = await _kept_page(request, heard)
                    page = given_back or _page(request, begun[0], b"".join(body))
                    _keep_headers(page, begun[0])
                    await page(scope, receive, send)
                return
            await send(message)

        await self._app(scope, heard.receive if heard else receive, turned)


async def _kept_page(request: Request, heard: Heard) -> Response | None:
    """Return the page that gives a form back whose session is over; None where it is not."""
    if person_of(request).known != "nobody" and STRANGE_FORM not in request.scope["state"]:
        return None
    settings = settings_of(request)
    body = await heard.body(most=settings.body_bytes, patience_s=settings.body_s)
    found = kept(request, body) if body else None
    return None if found is None else kept_page(request, found)


def _page(request: Request, start: Message, body: bytes) -> Response:
    """Return the page of a problem."""
    headers = Headers(raw=start["headers"])
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    told: dict[str, Any] = orjson.loads(body)
    return page_of(
        request,
        "problem.html",
        title=str(told["title"]),
        detail=str(told["detail"]),
        hint=str(told.get("hint", "")),
        faults=_faults(told),
        ways=_ways(request, int(told["status"])),
        where=f"{request.method} {request.url.path}",
        request_id=headers.get("x-request-id", ""),
    )


def _keep_headers(page: Response, start: Message) -> None:
    """Answer a page with the status and the headers that its problem was answered with."""
    headers = Headers(raw=start["headers"])
    page.status_code = start["status"]
    own = MutableHeaders(raw=page.raw_headers)
    for name, value in headers.items():
        if name not in _OWN and not (name == "cache-control" and name in own):
            own.append(name, value)
    for part in headers.get("vary", "").split(","):
        if part.strip():
            own.add_vary_header(part.strip())
    page.raw_headers = own.raw


def _faults(told: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the single faults of a problem: where each is, and what."""
    faults = told.get("faults", ())
    if not isinstance(faults, list):
        return []
    return [
        (str(one.get("where", "")), str(one.get("what", "")))
        if isinstance(one, dict)
        else ("", str(one))
        for one in faults
    ]


def _ways(request: Request, status: int) -> list[tuple[str, str]]:
    """Return where a reader may go from here, by what the ways are called."""
    ways = []
    before = urlsplit(request.headers.get("referer", ""))
    here = request.url
    if before.netloc == urlsplit(root(request)).netloc and before.path != here.path:
        asked = f"?{before.query}" if before.query else ""
        ways.append(
            (say("返回上一页", "Back"), f"{before.scheme}://{before.netloc}{before.path}{asked}")
        )
    known = person_of(request).known
    if status in _TO_LOG_IN and known != "local" and not settings_of(request).public:
        asked = here.path + (f"?{here.query}" if here.query else "")
        to = quote(asked, safe="/") if request.method == "GET" else ""
        word = (
            say("登录", "Log in") if known == "nobody" else say("换个账户登录", "Log in as another")
        )
        ways.append((word, f"{root(request)}/login" + (f"?next={to}" if to else "")))
    ways.append((say("回首页", "Home"), f"{root(request)}/?f=html"))
    return ways
