"""Settles who asks before any route is asked, and refuses what nobody of that kind may ask.

Routes say what they want by ``require(request, "edit")``; what is in front of them is closed
unless it is opened: who is not known may not even read, unless reading is open, and who may only
read may send nothing.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import ApiError, ForbiddenError, answered
from api.people.origins import SAFE, at_the_machine, is_loopback, is_strange
from api.people.person import (
    LOCAL,
    NOBODY,
    Person,
    forbidden,
    person_of,
    require,
    unauthorized,
)
from api.settings import Settings
from geo.text import say

__all__ = ["Guard", "Person", "forbidden", "person_of", "require", "unauthorized"]

OPEN_TO_ALL: Final = frozenset({"/healthz", "/readyz", "/login", "/setup"})
"""Paths that need nobody to be known."""


class Guard:
    """The layer of the application that knows who asks.

    Parameters
    ----------
    app
        What it guards.
    settings
        How the server is set up.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Settle who asks, then pass the request on or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            person = self._person(request)
            scope.setdefault("state", {})["person"] = person
            _admit(request, person)
        except ApiError as refused:
            await answered(request, refused)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _person(self, request: Request) -> Person:
        headers, scope = request.headers, request.scope
        client = scope["client"][0] if scope.get("client") else ""
        if not is_loopback(self._settings.host) or self._settings.public_url:
            return NOBODY
        if not at_the_machine(client, headers, scope.get("http_version", "1.1")):
            return NOBODY
        own = {f"{scope['scheme']}://{headers.get('host', '')}"}
        if is_strange(request.method, headers, own, allowed=self._settings.cors_origins):
            raise ForbiddenError(
                say("别的网站的页面不能操作本机的服务圈。", "pages of other sites may not ask.")
            )
        return LOCAL


def _admit(request: Request, person: Person) -> None:
    """Refuse who may not read, and what is sent by one who may only read."""
    if request.url.path in OPEN_TO_ALL:
        return
    require(request, "read")
    if request.method not in SAFE and person.scopes <= {"read"}:
        require(request, "edit")
