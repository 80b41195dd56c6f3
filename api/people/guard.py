"""Settles who asks before any route is asked, and refuses what nobody of that kind may ask.

Routes say what they want by ``require(request, "edit")``; what is in front of them is closed
unless it is opened: who is not known may not even read, unless reading is open, and who may only
read may send nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar
from urllib.parse import quote, urlsplit

import sqlalchemy as sa
from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ForbiddenError, MisdirectedError, UnauthorizedError, answered, wants_page
from api.people import accounts, credentials, entrance, published
from api.people.credentials import Known
from api.people.entrance import Way
from api.people.origins import SAFE, at_the_machine, is_loopback, is_own
from api.people.person import (
    ANY_READER,
    LOCAL,
    NOBODY,
    Person,
    forbidden,
    person_of,
    require,
    unauthorized,
)
from api.settings import Settings
from geo.errors import PlannerError
from geo.store import Workspace
from geo.text import say

__all__ = ["Guard", "Person", "forbidden", "person_of", "require", "unauthorized"]

OPEN_TO_ALL: Final = frozenset(
    {"/healthz", "/readyz", "/favicon.ico", "/login", "/login/oidc", "/login/oidc/back", "/setup"}
)
"""Paths that need nobody to be known."""
_NO_LINKS: Final = frozenset({"/healthz", "/readyz"})
"""Paths that are asked by programs that look after many machines, by whatever name."""
METRICS: Final = "/metrics"
"""How the server fares: for programs on this machine, and for whoever is known."""
OWN: Final = "/account"
"""Where everybody who is known looks after his own account; viewers send there too."""
FORMS: Final = (
    "/account", "/logout", "/accounts", "/cases", "/processes", "/jobs", "/ws", "/proposals",
)  # fmt: skip
"""Paths under which routes look themselves for the token in a form that a page sends."""
WITH_FILES: Final = ("/cases", "/processes")
"""Those under which a form may bring files along."""
STRANGE_FORM: Final = "strange_form"
"""Stands in the state of a request whose form is of a session before this one."""
LOOKING: Final = frozenset({"read", "internal", "audit"})
"""Scopes that let look and never send."""

Found = TypeVar("Found")


class GivenPasswordError(ForbiddenError):
    """The password was given by another, and must be changed before anything else."""


_log = logging.getLogger(__name__)
_LOOK_S: Final = 1.0
"""Seconds between two looks for the first account."""


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
        self._accounts = False
        self._looked = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Settle who asks, then pass the request on or refuse it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        request = Request(scope, receive)
        try:
            self._look_at_host(request)
            known = await self._known(request)
            state["person"] = known.person
            _admit(request, known)
        except (UnauthorizedError, GivenPasswordError) as refused:
            await self._refused(request, refused)(scope, receive, send)
            return
        except PlannerError as refused:
            await answered(request, refused)(scope, receive, send)
            return
        private = known.person.known in ("session", "key")
        await self._app(scope, receive, _private(send) if private else send)
        if known.touch:
            asyncio.get_running_loop().run_in_executor(
                None, _touch, scope["app"].state.workspace, known.person
            )

    def _look_at_host(self, request: Request) -> None:
        """Refuse a request for another machine, where links are made of the name asked for."""
        settings, scope = self._settings, request.scope
        if settings.public_url or scope["path"] in _NO_LINKS:
            return
        host, server = request.headers.get("host", ""), str((scope.get("server") or ("",))[0])
        if not is_own(host, server, (settings.host, *settings.hosts)):
            raise MisdirectedError(
                say(f"这里不是“{host}”。", f"this is not {host!r}."),
                hint=say(
                    "请用本机的地址或主机名；要用别的名称，请管理员写进 FUWUQUAN_HOSTS，"
                    "前面有代理时设 FUWUQUAN_PUBLIC_URL。",
                    "Ask for the machine's address or name; other names stand in FUWUQUAN_HOSTS,"
                    " and behind a proxy FUWUQUAN_PUBLIC_URL is set.",
                ),
            )

    async def _known(self, request: Request) -> Known:
        """Return who asks."""
        settings, headers = self._settings, request.headers
        if settings.public:
            published.admit(request, settings.public_collections)
            return Known(ANY_READER)
        way = entrance.way_of(request, settings)
        key = credentials.shown_key(headers.get("authorization", ""), headers.get("x-api-key", ""))
        if key is not None:
            entrance.must_be_secure(way, settings)
            return await self._by_key(request, key)
        token = request.cookies.get(way.cookie)
        if token is not None:
            known = await self._by_session(request, token, way)
            if known is not None:
                return known
        if await self._is_local(request):
            if way.strange:
                raise _of_another_site()
            return Known(LOCAL)
        if way.strange and request.method not in SAFE:
            raise _of_another_site()
        return Known(ANY_READER if settings.open_reading else NOBODY)

    async def _by_key(self, request: Request, key: str) -> Known:
        workspace: Workspace = request.app.state.workspace
        known = await to_thread.run_sync(
            partial(_read, workspace, partial(credentials.by_key, key=key))
        )
        if known is None:
            raise unauthorized(
                request, say("密钥无效、已过期或已吊销。", "the key is wrong, over or revoked.")
            )
        return known

    async def _by_session(self, request: Request, token: str, way: Way) -> Known | None:
        workspace: Workspace = request.app.state.workspace
        lasting = entrance.terms(self._settings)
        ask = partial(credentials.by_session, token=token, terms=lasting)
        known = await to_thread.run_sync(partial(_read, workspace, ask))
        if known is None:
            request.scope["state"]["session_over"] = True
            return None
        if way.strange:
            if request.method in SAFE:
                return None  # the reader is not known to pages of other sites
            raise _of_another_site()
        if request.scope["path"] in OPEN_TO_ALL:  # to log in anew needs no token of before
            return known
        request.scope["state"]["form_token"] = credentials.form_token(token)
        request.scope["state"]["session"] = credentials.fingerprint(token)
        if request.method not in SAFE and not _looks_itself(request):
            check_token(request, request.headers.get(entrance.FORM_HEADER, ""))
        return known

    async def _is_local(self, request: Request) -> bool:
        """Return whether this is the person at the machine, while there are no accounts."""
        settings, scope = self._settings, request.scope
        client = request.client.host if request.client else ""
        return (
            is_loopback(settings.host)
            and not settings.public_url
            and at_the_machine(client, request.headers, scope.get("http_version", "1.1"))
            and not await self._any_accounts(scope["app"].state.workspace)
        )

    async def _any_accounts(self, workspace: Workspace) -> bool:
        """Return whether an account was ever made; none is ever taken away."""
        now = time.monotonic()
        if not self._accounts and now - self._looked > _LOOK_S:
            self._accounts = await to_thread.run_sync(partial(_read, workspace, accounts.exist))
            self._looked = now
        return self._accounts

    def _refused(self, request: Request, refused: PlannerError) -> Response:
        """Return the answer to one who must log in first, or change a password.

        People are led to the page for it.
        """
        page = OWN if isinstance(refused, GivenPasswordError) else "/login"
        if not wants_page(request) or (page != OWN and request.method != "GET"):
            return answered(request, refused)
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        prefix = urlsplit(self._settings.public_url).path.rstrip("/")
        to = f"{prefix}{page}" + ("" if page == OWN else f"?next={quote(asked, safe='/')}")
        return Response(status_code=303, headers={"Location": to, "Cache-Control": "no-store"})


def check_token(request: Request, sent: str) -> None:
    """Refuse what a page sends that is not one of the session's own.

    Raises
    ------
    ForbiddenError
        The token is missing or another's.
    """
    own = str(request.scope["state"].get("form_token", ""))
    if own and not credentials.same(own, sent):
        request.scope["state"][STRANGE_FORM] = True
        raise ForbiddenError(
            say("请求缺少本会话的校验码。", "the request lacks the token of the session."),
            hint=say(
                "请刷新页面后重试；程序请在请求头 X-CSRF-Token 中带上 /account 给出的 csrf，"
                "或改用 API 密钥。",
                "Load the page anew; programs send the csrf of /account as X-CSRF-Token, or use a"
                " key.",
            ),
        )


def _looks_itself(request: Request) -> bool:
    path, kind = request.scope["path"], request.headers.get("content-type", "")
    sent = kind.partition(";")[0].strip().lower()
    known = {"application/x-www-form-urlencoded": FORMS, "multipart/form-data": WITH_FILES}
    return any(path == own or path.startswith(f"{own}/") for own in known.get(sent, ()))


def _admit(request: Request, known: Known) -> None:
    """Refuse who may not read, what is sent by one who may only read, and given passwords."""
    path, person = request.scope["path"], known.person
    if path in OPEN_TO_ALL or _asks_how_it_fares(request):
        return
    if path == METRICS:
        require(request)  # open reading is of layers and names
    own = path in ("/logout", OWN) or path.startswith(f"{OWN}/")
    if own:
        require(request)
    else:
        require(request, "read")
    if known.must_change and not own:
        raise GivenPasswordError(
            say("请先换掉别人给的密码。", "change the password that was given to you first."),
            hint=say("在浏览器中打开 /account。", "open /account in a browser."),
        )
    if request.method not in SAFE and not own and person.scopes <= LOOKING:
        raise (unauthorized(request) if person.known == "nobody" else forbidden(person, "edit"))


def _asks_how_it_fares(request: Request) -> bool:
    """Return whether a program on this machine wants the metrics."""
    client, version = request.client, request.scope.get("http_version", "1.1")
    host = client.host if client else ""
    return request.scope["path"] == METRICS and at_the_machine(host, request.headers, version)


def _read(workspace: Workspace, ask: Callable[[sa.Connection], Found]) -> Found:
    with workspace.reading() as connection:
        return ask(connection)


def _touch(workspace: Workspace, person: Person) -> None:
    try:
        with workspace.writing() as connection:
            credentials.touch(connection, person)
    except PlannerError as error:
        _log.debug("the use of a credential was not noted: %s", error.message)


def _private(send: Send) -> Send:
    """Let no cache between give a person's answers to others."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if "no-store" not in headers.get("cache-control", ""):
                headers["Cache-Control"] = "private, no-cache"
            headers.add_vary_header("Cookie")
            headers.add_vary_header("Authorization")
        await send(message)

    return sent


def _of_another_site() -> ForbiddenError:
    return ForbiddenError(
        say("别的网站的页面不能操作服务圈。", "pages of other sites may not do this."),
        hint=say(
            "如果是您自己的网页，请把它的来源写进 FUWUQUAN_CORS_ORIGINS。",
            "if the page is yours, name its origin in FUWUQUAN_CORS_ORIGINS.",
        ),
    )
