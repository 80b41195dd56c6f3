"""``/login``, ``/logout``, ``/setup``: how people come in and leave, and who comes in first."""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.errors import UnauthorizedError, status_of
from api.ogc import pages
from api.ogc.parameters import FORMAT
from api.ogc.respond import HTML, JSON, form_of
from api.ogc.sent import led_to
from api.openapi import described
from api.parameters import Parameter, asked
from api.people import accounts, credentials, entrance, events, setup
from api.people.accounts import By
from api.people.entrance import Way
from api.people.person import person_of
from api.routes.forms import (
    answer,
    aside,
    fields,
    is_form,
    is_from_page,
    own_path,
    reading,
    same_twice,
    sent,
    writing,
)
from api.store import settings_of, workspace_of
from geo.errors import NotFoundError, PlannerError
from geo.text import say

router = APIRouter(tags=["账户"])

_NEXT = Parameter("next", "登录后到哪一页。", example="/collections?f=html")
_TOKEN = Parameter("token", "启动时显示的一次性码。")


@router.get(
    "/login",
    **described(
        "login_page", "登录页", "登录的方式；浏览器里是登录页。", _NEXT, FORMAT, gives=(JSON, HTML),
        fails=(400, 406, 503),
    ),
)  # fmt: skip
async def login_page(request: Request) -> Response:
    """Return how one logs in."""
    form = form_of(request)
    given = asked(request, ("f", "next"))
    if form == "html":
        return await _login_page(request, to=own_path(given.get("next", "")))
    settings = settings_of(request)
    ways = ["password", *(["oidc"] if settings.oidc_issuer else [])]
    return answer({"ways": ways, "any_accounts": await reading(request, accounts.exist)})


@router.post(
    "/login",
    **described(
        "login",
        "登录",
        "用账户名和密码换一个会话（Cookie）；答案里的 csrf 要随每个写请求放在 X-CSRF-Token 里。"
        "失败多次后要等，等多久见 Retry-After。",
        fails=(303, 400, 401, 403, 413, 415, 429, 503),
        body=sent("name", "password", optional=("next",)),
    ),
)
async def login(request: Request) -> Response:
    """Begin a session."""
    settings = settings_of(request)
    way = entrance.way_of(request, settings)
    asking = await fields(request, ("name", "password", "next"))
    to = own_path(asking["next"])
    try:
        entrance.must_be_secure(way, settings)
        token = await aside(
            entrance.log_in,
            workspace_of(request),
            asking["name"],
            asking["password"],
            settings=settings,
            way=way,
            agent=request.headers.get("user-agent", ""),
        )
    except PlannerError as error:
        if not is_from_page(request):
            raise _without_ways(error) from None
        return await _login_page(request, to=to, error=error, name=asking["name"])
    return await _entered(request, way, token, to=to)


@router.post(
    "/logout",
    **described(
        "logout", "退出", "结束这个会话；它的 Cookie 从此无效。", status=204,
        fails=(303, 400, 401, 403, 503),
    ),
)  # fmt: skip
async def logout(request: Request) -> Response:
    """End the session."""
    way = entrance.way_of(request, settings_of(request))
    if is_form(request):
        await fields(request, ())
    token, person = request.cookies.get(way.cookie, ""), person_of(request)

    def leave(connection: sa.Connection) -> None:
        if person.known == "session":
            credentials.end(connection, token)
            events.log(
                connection, "logout", actor=person.name, subject=person.name, address=way.address
            )

    await writing(request, leave)
    left = Response(status_code=204)
    if is_from_page(request):
        left = led_to(request, "/login", done="logged-out")
    left.headers["Clear-Site-Data"] = '"cache", "storage"'
    entrance.forget_token(left, way)
    return left


@router.get(
    "/setup",
    **described(
        "setup_page", "首次设置页", "还没有账户时设第一个管理员。", _TOKEN, FORMAT,
        gives=(JSON, HTML), fails=(400, 404, 406, 503),
    ),
)  # fmt: skip
async def setup_page(request: Request) -> Response:
    """Return how the first administrator is made."""
    form = form_of(request)
    given = asked(request, ("f", "token"))
    await _only_before_accounts(request)
    local = person_of(request).known == "local"
    if form == "html":
        return _setup_page(request, token=given.get("token", ""), local=local)
    return answer({"token_wanted": not local})


@router.post(
    "/setup",
    **described(
        "setup",
        "首次设置",
        "还没有账户时设第一个管理员：要启动时显示的一次性码，坐在本机前的人不用。",
        status=201,
        fails=(303, 400, 401, 403, 404, 409, 413, 415, 429, 503),
        body=sent("name", "password", optional=("token", "again")),
    ),
)
async def first_administrator(request: Request) -> Response:
    """Make the first administrator."""
    settings = settings_of(request)
    way = entrance.way_of(request, settings)
    asking = await fields(request, ("name", "password", "token"), others=("again",))
    await _only_before_accounts(request)
    local = person_of(request).known == "local"

    def make(connection: sa.Connection) -> str:
        if accounts.exist(connection):  # another was faster
            raise _no_setup()
        if not local:
            setup.spend(connection, asking["token"])
        made = accounts.add(
            connection,
            asking["name"],
            ["admin"],
            by=By("local" if local else "setup", way.address),
            password=asking["password"] or " ",
            names=settings.known_words,
        )
        agent = request.headers.get("user-agent", "")
        return entrance.enter(connection, made.name, settings=settings, way=way, agent=agent)

    try:
        entrance.must_be_secure(way, settings)
        same_twice(asking["password"], asking["again"])
        token = await writing(request, make)
    except PlannerError as error:
        if not is_from_page(request):
            raise _without_ways(error) from None
        return _setup_page(
            request, token=asking["token"], local=local, error=error, name=asking["name"]
        )
    return await _entered(request, way, token, to="/account", status=201)


async def _entered(
    request: Request, way: Way, token: str, *, to: str, status: int = 200
) -> Response:
    """Give the browser a new token, and end the session that it came with."""
    settings = settings_of(request)
    old = request.cookies.get(way.cookie)
    if old:
        await writing(request, lambda connection: credentials.end(connection, old))
    known = await reading(
        request,
        lambda connection: credentials.by_session(connection, token, entrance.terms(settings)),
    )
    assert known is not None
    if is_from_page(request):
        made = led_to(request, "/account" if known.must_change else to)
    else:
        body = {
            "name": known.person.name,
            "roles": list(known.person.roles),
            "scopes": sorted(known.person.scopes),
            "csrf": credentials.form_token(token),
            "must_change_password": known.must_change,
        }
        made = answer(body, status=status)
    entrance.keep_token(made, token, settings=settings, way=way)
    return made


async def _login_page(
    request: Request, *, to: str, error: PlannerError | None = None, name: str = ""
) -> Response:
    settings = settings_of(request)
    made = pages.page_of(
        request,
        "login.html",
        title=say("登录", "Log in"),
        error=error,
        name=name,
        to=to,
        any_accounts=await reading(request, accounts.exist),
        local=person_of(request).known == "local",
        over=error is None and request.scope["state"].get("session_over", False),
        single_sign_on=bool(settings.oidc_issuer),
    )
    return _unkept(made, error)


def _setup_page(
    request: Request,
    *,
    token: str,
    local: bool,
    error: PlannerError | None = None,
    name: str = "",
) -> Response:
    made = pages.page_of(
        request,
        "setup.html",
        title=say("首次设置", "First administrator"),
        about=say(
            "设一个管理员账户。从此每个人都要登录，由管理员给每人建账户、定角色。",
            "Make an account that administers; from then on everybody logs in.",
        ),
        error=error,
        token=token,
        local=local,
        name=name,
    )
    return _unkept(made, error)


def _unkept(page: Response, error: PlannerError | None) -> Response:
    page.headers["Cache-Control"] = "no-store"
    if error is not None:
        page.status_code = status_of(error)
        page.headers.update(getattr(error, "headers", {}))
    return page


def _without_ways(error: PlannerError) -> PlannerError:
    """Return a failed login as an answer that says how else one may come in."""
    if isinstance(error, UnauthorizedError):
        error.headers["WWW-Authenticate"] = 'Bearer realm="fuwuquan"'
    return error


async def _only_before_accounts(request: Request) -> None:
    if await reading(request, accounts.exist):
        raise _no_setup()


def _no_setup() -> NotFoundError:
    return NotFoundError(
        say("已经有账户，不能再首次设置。", "there are accounts: nothing is set up first."),
        hint=say("请到 /login 登录。", "log in at /login."),
    )
