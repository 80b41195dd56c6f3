"""How a request shows who makes it, and how somebody comes in by a password."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from api.errors import ForbiddenError, TooManyRequestsError, UnauthorizedError
from api.people import accounts, credentials, events, passwords, throttle
from api.people.credentials import Terms
from api.people.origins import is_loopback, is_strange
from api.settings import Settings
from geo.store import Workspace
from geo.store.people import PERSON
from geo.text import say

FORM_HEADER: Final = "x-csrf-token"
FORM_FIELD: Final = "csrf"

_SECURE, _PLAIN = "__Host-fuwuquan", "fuwuquan"


@dataclass(frozen=True, slots=True)
class Way:
    """The way by which a request came.

    Attributes
    ----------
    address
        Address of the one who asks.
    secure
        Whether readers come by https, by which their cookies are kept.
    sealed
        Whether nobody on the way can read this request: it came by https, to this server itself or
        to a proxy that it trusts, or never left the machine.
    strange
        Whether a page of another site makes a browser ask it.
    """

    address: str
    secure: bool
    sealed: bool
    strange: bool

    @property
    def cookie(self) -> str:
        """Name of the cookie that holds a session."""
        return _SECURE if self.secure else _PLAIN


def way_of(request: Request, settings: Settings) -> Way:
    """Return the way by which a request came."""
    client = request.client.host if request.client else ""
    public = urlsplit(settings.public_url)
    own = {f"{request.scope['scheme']}://{request.headers.get('host', '')}"}
    if public.netloc:
        own.add(f"{public.scheme}://{public.netloc}")
    strange = is_strange(
        request.method, request.headers, own, allowed=set(settings.cors_origins) - {"*"}
    )
    scheme = request.scope["scheme"]
    sealed = scheme == "https" or is_loopback(client)
    return Way(client, "https" in (scheme, public.scheme), sealed, strange)


def must_be_secure(way: Way, settings: Settings) -> None:
    """Refuse a password or key that others could read on its way.

    Raises
    ------
    ForbiddenError
        It came from another machine without https.
    """
    if not (way.sealed or settings.allow_http):
        raise ForbiddenError(
            say(
                "密码和密钥不能不加密地经网络传送。",
                "passwords and keys must not cross the network in the open.",
            ),
            hint=say(
                f"请用 {settings.public_url} 来访。从那里来仍看到这句话时，请管理员让代理带上"
                " X-Forwarded-Proto，并把代理的地址写进 FORWARDED_ALLOW_IPS。",
                f"Come by {settings.public_url}. If you did, the proxy must send X-Forwarded-Proto"
                " and its address stand in FORWARDED_ALLOW_IPS.",
            )
            if way.secure
            else say(
                "请管理员在前面放一个带 https 的代理，并设 FUWUQUAN_PUBLIC_URL=https://…；"
                "确在可信内网时可设 FUWUQUAN_ALLOW_HTTP=true。",
                "Put a proxy with https in front and set FUWUQUAN_PUBLIC_URL=https://…; on a"
                " trusted network set FUWUQUAN_ALLOW_HTTP=true.",
            ),
        )


def terms(settings: Settings) -> Terms:
    """Return how long sessions last."""
    return Terms(round(settings.session_idle_min * 60), round(settings.session_hours * 3600))


def log_in(
    workspace: Workspace, name: str, password: str, *, settings: Settings, way: Way, agent: str
) -> str:
    """Begin a session for one who knows the password; return its token.

    Raises
    ------
    TooManyRequestsError, UnauthorizedError
        As for `prove`.
    """
    row = prove(workspace, name, password, way=way)
    with workspace.writing() as connection:
        # Looked at again: it may have been disabled, or its password changed, meanwhile.
        unchanged = sa.select(PERSON.c.name).where(
            PERSON.c.name == row.name,
            PERSON.c.password == row.password,
            PERSON.c.disabled.is_(False),
        )
        if connection.scalar(unchanged) is None:
            raise _wrong()
        if passwords.is_outdated(row.password):
            renewed = sa.update(PERSON).where(PERSON.c.name == row.name)
            connection.execute(renewed.values(password=passwords.kept(password)))
        return enter(connection, row.name, settings=settings, way=way, agent=agent)


def prove(workspace: Workspace, name: str, password: str, *, way: Way) -> sa.Row[Any]:
    """Return the account whose password somebody knows.

    A wrong name and a wrong password are answered alike, and take as long.

    Raises
    ------
    TooManyRequestsError
        Too many tries failed; ``Retry-After`` says how long to wait.
    UnauthorizedError
        Name or password is wrong, or the account is disabled.
    """
    folded = accounts.folded(name)[:200]
    counted = throttle.subjects(folded, way.address)
    now = int(time.time())
    with workspace.writing() as connection:
        wait_s = throttle.wait_s(connection, counted, now)
        if not wait_s:
            throttle.failed(connection, counted, now)
        row = connection.execute(sa.select(PERSON).where(PERSON.c.folded == folded)).first()
    if wait_s:
        raise _too_often(wait_s)
    right = passwords.matches(password[: 4 * passwords.MOST], "" if row is None else row.password)
    right = right and row is not None and not row.disabled
    with workspace.writing() as connection:
        if right:
            throttle.succeeded(connection, counted)
        else:
            # What was typed as a name may be a password: only names that exist are kept.
            known = "" if row is None else row.name
            events.log(connection, "login_failed", actor="", subject=known, address=way.address)
    if row is None or not right:
        raise _wrong()
    return row


def enter(
    connection: sa.Connection,
    name: str,
    *,
    settings: Settings,
    way: Way,
    agent: str,
    by: str = "password",
) -> str:
    """Begin a session of an account, log it, and return its token."""
    token = credentials.begin(connection, name, terms(settings), agent=agent)
    events.log(connection, "login", actor=name, subject=name, address=way.address, by=by)
    return token


def keep_token(answer: Response, token: str, *, settings: Settings, way: Way) -> None:
    """Give the browser the token of its session."""
    answer.set_cookie(
        way.cookie,
        token,
        max_age=terms(settings).whole_s,
        path="/",
        secure=way.secure,
        httponly=True,
        samesite="lax",
    )


def forget_token(answer: Response, way: Way) -> None:
    """Take the token of its session from the browser."""
    answer.delete_cookie(way.cookie, path="/", secure=way.secure, httponly=True, samesite="lax")


def _too_often(wait_s: int) -> TooManyRequestsError:
    return TooManyRequestsError(
        say(
            f"登录失败次数太多，请 {wait_s} 秒后再试。",
            f"too many failures; wait {wait_s} seconds.",
        ),
        hint=say("忘记密码请找管理员重设。", "an administrator can give you a new password."),
        headers={"Retry-After": str(wait_s)},
    )


def _wrong() -> UnauthorizedError:
    return UnauthorizedError(
        say("账户名或密码不对。", "name or password is wrong."),
        hint=say(
            "忘记密码请找管理员重设；账户停用后不能登录。",
            "an administrator can give you a new password; disabled accounts cannot log in.",
        ),
    )
