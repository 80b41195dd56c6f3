"""``/account``: what everybody looks after himself: password, sessions, keys."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.errors import ForbiddenError, status_of
from api.ogc import pages
from api.ogc.parameters import FORMAT
from api.ogc.respond import HTML, JSON, address, form_of
from api.ogc.sent import led_to
from api.openapi import described
from api.parameters import Parameter, asked, whole
from api.people import accounts, credentials, entrance, events, passwords
from api.people.accounts import By
from api.people.person import Person, person_of, require
from api.people.scopes import ROLE_WORDS, SCOPE_WORDS, SCOPES
from api.routes.forms import (
    answer,
    aside,
    fields,
    is_form,
    is_from_page,
    reading,
    same_twice,
    sent,
    writing,
)
from api.store import settings_of, workspace_of
from geo.errors import DataError, PlannerError
from geo.text import say

router = APIRouter(tags=["账户"])

KEY_ID: Final = Parameter("keyId", "密钥编号。", example="a1b2c3d4e5f6", place="path")
_DAYS: Final = 365
_FAILS: Final = (303, 400, 401, 403, 413, 415, 429, 503)
_LIST: Final = {"type": "array", "items": {"type": "string"}}


@router.get(
    "/account",
    **described(
        "account", "我的账户", "角色、权限、会话和密钥；写请求要带的 csrf。", FORMAT,
        gives=(JSON, HTML), fails=(400, 401, 406, 503),
    ),
)  # fmt: skip
async def account(request: Request) -> Response:
    """Return what is kept of the one who asks."""
    form = form_of(request)
    asked(request, ("f",))
    person = require(request)
    body = await _own(request, person)
    return _page(request, body) if form == "html" else answer(body)


@router.post(
    "/account/password",
    **described(
        "change_password", "修改密码", "旧密码对了才改；其他会话随之结束。",
        status=204, fails=_FAILS,
        body=sent("old", "new", optional=("again",)),
    ),
)  # fmt: skip
async def change_password(request: Request) -> Response:
    """Change one's own password."""
    settings = settings_of(request)
    person, way = _with_account(request), entrance.way_of(request, settings)
    asking = await fields(request, ("old", "new"), others=("again",))
    by = By(person.name, way.address)
    keep = request.scope["state"].get("session", "")

    def change(connection: sa.Connection) -> None:
        accounts.set_password(
            connection,
            person.name,
            asking["new"],
            by=by,
            own=True,
            keep=keep,
            names=settings.known_words,
        )

    async def do() -> None:
        same_twice(asking["new"], asking["again"])
        entrance.must_be_secure(way, settings)
        await aside(entrance.prove, workspace_of(request), person.name, asking["old"], way=way)
        if asking["new"] == asking["old"]:
            raise DataError(
                say("新密码和旧密码一样。", "the new password is the old one."),
                hint=say("请另想一个。", "Think of another."),
            )
        await writing(request, change)

    return await _done(request, do, "password-changed")


@router.post(
    "/account/sessions/end",
    **described("end_sessions", "在别处退出", "结束本账户的其他会话。", status=204, fails=_FAILS),
)
async def end_sessions(request: Request) -> Response:
    """End one's other sessions."""
    person = _with_account(request)
    if is_form(request):
        await fields(request, ())
    keep = request.scope["state"].get("session", "")
    way = entrance.way_of(request, settings_of(request))

    def change(connection: sa.Connection) -> None:
        accounts.shut_out(connection, person.name, keys=False, keep=keep)
        events.log(
            connection,
            "sessions_ended",
            actor=person.name,
            subject=person.name,
            address=way.address,
        )

    async def do() -> None:
        await writing(request, change)

    return await _done(request, do, "sessions-ended")


@router.post(
    "/account/keys",
    **described(
        "make_key",
        "新建密钥",
        "给程序（QGIS、GDAL、脚本）用的密钥，只在这个答案里出现一次。权限不超过本人。",
        status=201,
        fails=_FAILS,
        body=sent("label", "scopes", optional=("days",), scopes=_LIST, days={"type": "integer"}),
    ),
)
async def make_key(request: Request) -> Response:
    """Make a key of one's own."""
    person, way = _with_account(request), entrance.way_of(request, settings_of(request))
    asking = await fields(request, ("label",), lists=("scopes",), others=("days",))
    if person.known == "key":
        raise ForbiddenError(
            say("密钥不能再造密钥。", "a key makes no keys."),
            hint=say("请登录后在 /account 新建。", "log in and make it at /account."),
        )

    def make(connection: sa.Connection) -> tuple[str, str]:
        days = _DAYS if asking["days"] in (None, "") else asking["days"]
        return credentials.make_key(
            connection,
            person.name,
            label=asking["label"],
            scopes=asking["scopes"],
            days=whole("days", str(days), least=1, most=10_000),
            by=By(person.name, way.address),
        )

    try:
        identity, key = await writing(request, make)
    except PlannerError as error:
        if not is_from_page(request):
            raise
        return _page(request, await _own(request, person), error=error)
    if is_from_page(request):
        return _page(request, await _own(request, person), key=key)
    return answer({"id": identity, "key": key}, status=201)


@router.post(
    "/account/keys/{keyId}/revoke",
    **described("revoke_key", "吊销密钥", "立即失效。", KEY_ID, status=204, fails=(*_FAILS, 404)),
)
async def revoke_key(request: Request) -> Response:
    """Revoke a key of one's own."""
    person, way = _with_account(request), entrance.way_of(request, settings_of(request))
    if is_form(request):
        await fields(request, ())
    identity = request.path_params["keyId"]

    async def do() -> None:
        await writing(
            request,
            lambda connection: credentials.revoke_key(
                connection, identity, by=By(person.name, way.address), owner=person.name
            ),
        )

    return await _done(request, do, "key-revoked")


def _with_account(request: Request) -> Person:
    person = require(request)
    if person.known == "local":
        raise DataError(
            say("还没有账户，本机直接使用，没有密码和密钥。", "there are no accounts yet."),
            hint=say("请先在 /setup 设管理员。", "make the first administrator at /setup."),
        )
    return person


async def _own(request: Request, person: Person) -> dict[str, Any]:
    lasting = entrance.terms(settings_of(request))
    body: dict[str, Any] = {
        "name": person.name,
        "known_by": person.known,
        "roles": list(person.roles),
        "scopes": sorted(person.scopes),
        "csrf": request.scope["state"].get("form_token", ""),
        "sessions": [],
        "keys": [],
        "must_change_password": False,
    }
    if person.known == "local":
        return body

    def ask(connection: sa.Connection) -> dict[str, Any]:
        sessions = credentials.sessions(connection, person.name, lasting)
        return {
            "must_change_password": accounts.account(connection, person.name).must_change,
            "sessions": [
                {
                    "begun_at": credentials.moment(row["begun_at"]),
                    "seen_at": credentials.moment(row["seen_at"]),
                    "ends_at": credentials.moment(row["ends_at"]),
                    "agent": row["agent"],
                }
                for row in sessions
            ],
            "keys": [credentials.told(row) for row in credentials.keys(connection, person.name)],
        }

    return body | await reading(request, ask)


def _page(
    request: Request, body: dict[str, Any], *, error: PlannerError | None = None, key: str = ""
) -> Response:
    person = person_of(request)
    page = pages.page_of(
        request,
        "account.html",
        title=say("我的账户", "My account"),
        json=address(request, "/account", f="json"),
        own=body,
        roles=say("、", ", ").join(say(*ROLE_WORDS[role]) for role in person.roles),
        scope_words={scope: say(*words) for scope, words in SCOPE_WORDS.items()},
        scopes=[(scope, say(*SCOPE_WORDS[scope])) for scope in SCOPES if person.may(scope)],
        may_administer=person.may("admin"),
        may_audit=person.may("audit"),
        least=passwords.LEAST,
        error=error,
        key=key,
    )
    page.headers["Cache-Control"] = "no-store"
    page.status_code = status_of(error) if error else 201 if key else 200
    return page


async def _done(request: Request, do: Any, says: str) -> Response:  # noqa: ANN401 - a coroutine function
    """Do what was asked; a page is led to the account, which says so, a program told nothing."""
    if not is_from_page(request):
        await do()
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    try:
        await do()
    except PlannerError as error:
        return _page(request, await _own(request, person_of(request)), error=error)
    return led_to(request, "/account", done=says)
