"""``/accounts``: who may use the server, with which roles; for administrators."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.errors import status_of
from api.ogc import pages
from api.ogc.parameters import FORMAT
from api.ogc.respond import HTML, JSON, address, form_of
from api.ogc.sent import led_to
from api.openapi import described
from api.parameters import Parameter, asked
from api.people import accounts, credentials, entrance
from api.people.accounts import Account, By
from api.people.person import require
from api.people.scopes import ROLE_WORDS, ROLES, SCOPE_WORDS
from api.routes.account import KEY_ID
from api.routes.forms import answer, fields, is_form, is_from_page, reading, sent, writing
from api.store import settings_of
from geo.errors import DataError, PlannerError
from geo.text import say

router = APIRouter(tags=["账户"])

_NAME: Final = Parameter("name", "账户名。", example="张三", place="path")
_FAILS: Final = (303, 400, 401, 403, 409, 413, 415, 429, 503)
_ROLES: Final = {"type": "array", "items": {"type": "string", "enum": list(ROLES)}}


@router.get(
    "/accounts",
    **described(
        "accounts", "全部账户", "账户、角色和密钥（不含秘密）。要 admin 权限。", FORMAT,
        gives=(JSON, HTML), fails=(400, 401, 403, 406, 503),
    ),
)  # fmt: skip
async def list_accounts(request: Request) -> Response:
    """Return every account."""
    form = form_of(request)
    asked(request, ("f",))
    require(request, "admin")
    body = await _all(request)
    return _page(request, body) if form == "html" else answer(body)


@router.post(
    "/accounts",
    **described(
        "add_account",
        "新建账户",
        "不给密码就造一个一次性密码，只在这个答案里出现一次；本人登录后必须换掉。"
        "写了 subject（统一登录里的编号）就不造密码，从统一登录来。",
        status=201,
        fails=_FAILS,
        body=sent("name", "roles", optional=("password", "subject"), roles=_ROLES),
    ),
)
async def add_account(request: Request) -> Response:
    """Make an account."""
    by = _administrator(request)
    asking = await fields(request, ("name", "password", "subject"), lists=("roles",))
    subject = asking["subject"].strip()
    given = "" if asking["password"] or subject else accounts.new_password()
    password = asking["password"] or given

    def make(connection: sa.Connection) -> Account:
        return accounts.add(
            connection,
            asking["name"],
            asking["roles"],
            by=by,
            password=password,
            must_change=bool(password),
            subject=subject or None,
            names=settings_of(request).known_words,
        )

    return await _changed(request, make, given=given, status=201)


@router.patch(
    "/accounts/{name}",
    **described(
        "change_account",
        "修改账户",
        "改角色，停用或启用；new_password 为 true 时造一个一次性密码。最后一个管理员不能停用。",
        _NAME,
        fails=(*_FAILS, 404),
        body=sent(
            optional=("roles", "disabled", "new_password"),
            roles=_ROLES,
            disabled={"type": "boolean"},
            new_password={"type": "boolean"},
        ),
    ),
)
async def change_account(request: Request) -> Response:
    """Change roles, disable or enable an account, or give it a new password."""
    return await _change(request)


@router.post(
    "/accounts/{name}",
    **described(
        "change_account_by_form", "修改账户（网页表单）", "同 PATCH，供网页使用。", _NAME,
        fails=(*_FAILS, 404),
        body=sent(optional=("roles", "disabled", "new_password"), roles=_ROLES,
                  disabled={"type": "boolean"}, new_password={"type": "boolean"}),
    ),
)  # fmt: skip
async def change_account_by_form(request: Request) -> Response:
    """Change an account, for pages, which know no PATCH."""
    return await _change(request)


@router.post(
    "/accounts/keys/{keyId}/revoke",
    **described(
        "revoke_any_key", "吊销任何人的密钥", "立即失效。", KEY_ID, status=204, fails=(*_FAILS, 404)
    ),
)
async def revoke_any_key(request: Request) -> Response:
    """Revoke anybody's key."""
    by = _administrator(request)
    if is_form(request):
        await fields(request, ())
    identity = request.path_params["keyId"]
    await writing(request, lambda connection: credentials.revoke_key(connection, identity, by=by))
    if is_from_page(request):
        return led_to(request, "/accounts?f=html", done="key-revoked")
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


async def _change(request: Request) -> Response:
    by = _administrator(request)
    asking = await fields(
        request, (), lists=("roles",), others=("disabled", "new_password", "set_roles")
    )
    disabled = _truth("disabled", asking["disabled"])
    renew = _truth("new_password", asking["new_password"])
    name, password = request.path_params["name"], accounts.new_password()

    def change(connection: sa.Connection) -> Account:
        found = accounts.account(connection, name)
        if asking["roles"] or asking["set_roles"]:
            found = accounts.set_roles(connection, name, asking["roles"], by=by)
        if disabled is not None:
            found = accounts.set_disabled(connection, name, disabled, by=by)
        if renew:
            accounts.set_password(connection, name, password, by=by, own=False)
            found = accounts.account(connection, name)
        return found

    return await _changed(request, change, given=password if renew else "")


async def _changed(
    request: Request,
    change: Any,  # noqa: ANN401 - takes a connection, returns an account
    *,
    given: str,
    status: int = 200,
) -> Response:
    """Do it, and show the account to a program, or all of them to a page."""
    try:
        made = await writing(request, change)
    except PlannerError as error:
        if not is_from_page(request):
            raise
        return _page(request, await _all(request), error=error)
    if is_from_page(request) and not given:
        return led_to(request, "/accounts?f=html", done="account-changed")
    if is_from_page(request):
        return _page(request, await _all(request), given=(made.name, given))
    body = _plain(made) | ({"password": given} if given else {})
    return answer(body, status=status)


def _administrator(request: Request) -> By:
    person = require(request, "admin")
    return By(person.name, entrance.way_of(request, settings_of(request)).address)


def _truth(name: str, value: object) -> bool | None:
    """Return a truth value of JSON or of a form; None where there is none."""
    if value is None or isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise DataError(say(f"“{name}”应是 true 或 false。", f"{name} is true or false."))


async def _all(request: Request) -> dict[str, Any]:
    def ask(connection: sa.Connection) -> dict[str, Any]:
        return {
            "accounts": [_plain(one) for one in accounts.every(connection)],
            "keys": [credentials.told(row) for row in credentials.keys(connection)],
        }

    return await reading(request, ask)


def _plain(one: Account) -> dict[str, Any]:
    return {
        "name": one.name,
        "roles": list(one.roles),
        "scopes": sorted(one.scopes),
        "disabled": one.disabled,
        "must_change_password": one.must_change,
        "single_sign_on": one.single_sign_on,
        "made_at": credentials.moment(one.made_at),
    }


def _page(
    request: Request,
    body: dict[str, Any],
    *,
    error: PlannerError | None = None,
    given: tuple[str, str] | None = None,
) -> Response:
    page = pages.page_of(
        request,
        "accounts.html",
        title=say("账户", "Accounts"),
        trail=[(say("我的账户", "My account"), address(request, "/account", f="html"))],
        json=address(request, "/accounts", f="json"),
        body=body,
        roles=[(role, say(*words)) for role, words in ROLE_WORDS.items()],
        scope_words={scope: say(*words) for scope, words in SCOPE_WORDS.items()},
        csrf=request.scope["state"].get("form_token", ""),
        error=error,
        given=given,
        single_sign_on=bool(settings_of(request).oidc_issuer),
    )
    page.headers["Cache-Control"] = "no-store"
    if error is not None:
        page.status_code = status_of(error)
    return page
