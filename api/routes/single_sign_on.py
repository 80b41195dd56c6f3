"""``/login/oidc``: to the provider of single sign-on, and back."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.errors import ForbiddenError, UnauthorizedError
from api.ogc.respond import address
from api.ogc.sent import led_to
from api.openapi import described
from api.parameters import Parameter, asked
from api.people import credentials, entrance, events, oidc
from api.people.entrance import Way
from api.people.oidc import Errand
from api.routes.forms import aside, own_path, writing
from api.store import settings_of
from geo.errors import NotFoundError
from geo.text import say

router = APIRouter(tags=["账户"])

_NEXT: Final = Parameter("next", "登录后到哪一页。", example="/collections?f=html")
_FROM_PROVIDER: Final = (
    Parameter("code", "统一登录给的一次性码。"),
    Parameter("state", "去时带的记号。"),
    Parameter("error", "统一登录说的错误。"),
    Parameter("error_description", "统一登录说的详情。"),
    Parameter("iss", "统一登录的名称。"),
    Parameter("session_state", "统一登录的会话。"),
)
_LONGEST: Final = 200
_BACK: Final = "/login/oidc/back"
_FAILS: Final = (303, 400, 401, 403, 404, 409, 503)


@router.get(
    "/login/oidc",
    **described(
        "single_sign_on", "统一登录", "转到单位的统一登录（OpenID Connect）。", _NEXT,
        gives=(), fails=_FAILS,
    ),
)  # fmt: skip
async def leave(request: Request) -> Response:
    """Send a browser to the provider."""
    _only_where_set_up(request)
    settings = settings_of(request)
    errand = oidc.Errand.new(own_path(asked(request, ("next",)).get("next", "")))
    back = address(request, _BACK)
    to = await aside(oidc.sent_to, settings, errand, back)
    headers = {"Location": to, "Cache-Control": "no-store"}
    answer = Response(status_code=303, headers=headers)
    way = entrance.way_of(request, settings)
    answer.set_cookie(
        _cookie(way),
        errand.spelled(),
        max_age=oidc.COOKIE_S,
        path="/",
        secure=way.secure,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get(
    _BACK,
    **described(
        "single_sign_on_back", "从统一登录回来", "核对统一登录的签名，开始会话。",
        *_FROM_PROVIDER, gives=(), fails=_FAILS,
    ),
)  # fmt: skip
async def come_back(request: Request) -> Response:
    """Begin a session for one whom the provider knows."""
    _only_where_set_up(request)
    settings = settings_of(request)
    given = asked(request, tuple(parameter.name for parameter in _FROM_PROVIDER))
    way = entrance.way_of(request, settings)
    errand = Errand.read(request.cookies.get(_cookie(way), ""))
    if errand is None or not {"code", "error"} & given.keys():
        return led_to(request, "/login")
    try:
        token = await _entered(request, way, errand, given)
    except (UnauthorizedError, ForbiddenError) as refused:
        told: dict[str, Any] = {
            "address": way.address,
            "by": "oidc",
            "why": refused.message[:_LONGEST],
        }
        noted = partial(events.log, kind="login_failed", actor="", **told)
        await writing(request, noted)
        raise
    answer = led_to(request, own_path(errand.to))
    entrance.keep_token(answer, token, settings=settings, way=way)
    answer.delete_cookie(_cookie(way), path="/", secure=way.secure, httponly=True, samesite="lax")
    return answer


async def _entered(request: Request, way: Way, errand: Errand, given: dict[str, str]) -> str:
    """Begin a session for one whom the provider knows, and return its token.

    Raises
    ------
    UnauthorizedError, ForbiddenError
        The provider does not know him, or we do not.
    """
    settings = settings_of(request)
    if "error" in given:
        raise oidc.turned_back(given["error"])
    said = await aside(
        oidc.claims,
        settings,
        errand,
        address(request, _BACK),
        code=given["code"],
        state=given.get("state", ""),
    )
    old = request.cookies.get(way.cookie)

    def enter(connection: sa.Connection) -> str:
        whose = oidc.account_of(connection, said, settings)
        if old:
            credentials.end(connection, old)
        agent = request.headers.get("user-agent", "")
        return entrance.enter(
            connection, whose.name, settings=settings, way=way, agent=agent, by="oidc"
        )

    return await writing(request, enter)


def _cookie(way: Way) -> str:
    return f"{way.cookie}-oidc"


def _only_where_set_up(request: Request) -> None:
    if not settings_of(request).oidc_issuer:
        raise NotFoundError(
            say("没有设统一登录。", "single sign-on is not set up."),
            hint=say("请用账户名和密码登录：/login", "log in by name and password: /login"),
        )
