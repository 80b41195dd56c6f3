"""The one who asks: known by a session, by a key, by sitting at the machine, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from starlette.requests import Request

from api.errors import ForbiddenError, UnauthorizedError, wants_page
from api.people.scopes import SCOPE_WORDS, SCOPES, Scope
from geo.text import say

Known = Literal["nobody", "local", "session", "key"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks.

    Attributes
    ----------
    id
        Permanent; what authors and approvers are kept by. Empty for a reader who is not known.
    name
        What others call this person.
    scopes
        What this request may do.
    known
        How the person is known.
    roles
        The roles that the account has.
    credential
        Which session or key was shown: the beginning of its fingerprint, no secret.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    known: Known
    roles: tuple[str, ...] = ()
    credential: str = ""

    def may(self, scope: Scope) -> bool:
        """Return whether this person may do something."""
        return scope in self.scopes


NOBODY: Final = Person("", "", frozenset(), "nobody")
ANY_READER: Final = Person("", "", frozenset({"read"}), "nobody")
"""A reader who is not known, where reading is open."""
COMMAND: Final = "cli:"
"""How the id of somebody begins who types commands on the machine; his name there follows."""
LOCAL: Final = Person("local", "local", frozenset(SCOPES), "local")
"""The person at the machine, as long as there are no accounts."""


def person_of(request: Request) -> Person:
    """Return who asks; `NOBODY` where nobody settled it."""
    person = request.scope.get("state", {}).get("person", NOBODY)
    assert isinstance(person, Person)
    return person


def called(identity: str) -> str:
    """Return what people call who is known by an id: his name, the machine, or its command line.

    Examples
    --------
    >>> [called(one) for one in ("张三", "local", "cli:root")]
    ['张三', '本机', '命令行（root）']
    """
    if identity.startswith(COMMAND):
        user = identity.removeprefix(COMMAND)
        return say(f"命令行（{user}）", f"command line ({user})")
    return say("本机", "this machine") if identity == LOCAL.id else identity


def require(request: Request, *scopes: Scope) -> Person:
    """Return who asks, who may do all of this.

    Parameters
    ----------
    request
        The request.
    scopes
        What is wanted; none: only that the person is known.

    Raises
    ------
    UnauthorizedError
        Nobody knows who asks.
    ForbiddenError
        The person may not do this.
    """
    person = person_of(request)
    lacking = [scope for scope in scopes if not person.may(scope)]
    if person.known == "nobody" and (lacking or not scopes):
        raise unauthorized(request)
    if lacking:
        raise forbidden(person, lacking[0])
    return person


def unauthorized(request: Request, detail: str = "") -> UnauthorizedError:
    """Return the refusal of a request of which nobody knows who asks."""
    # A browser would show a window of its own for the second.
    browser = "sec-fetch-mode" in request.headers
    ways = 'Bearer realm="fuwuquan"' + ("" if browser else ', Basic realm="fuwuquan"')
    if request.scope.get("state", {}).get("session_over"):
        detail = detail or say("登录已经过期，请重新登录。", "The session is over; log in again.")
    return UnauthorizedError(
        detail or say("请先登录。", "Log in first."),
        hint=say("请登录后再试。", "Log in and try again.")
        if wants_page(request)
        else say(
            "在浏览器中打开 /login 登录；程序请用 API 密钥：Authorization: Bearer <密钥>，"
            "或以密钥作为 Basic 认证的密码。",
            "Log in at /login; programs send an API key: Authorization: Bearer <key>, or the key"
            " as the password of Basic.",
        ),
        headers={"WWW-Authenticate": ways},
    )


def forbidden(person: Person, scope: Scope, *, hint: str = "") -> ForbiddenError:
    """Return the refusal of what a known person may not do, with what he may do instead."""
    word = say(*SCOPE_WORDS[scope])
    who = say(f"“{person.name}”", person.name)
    if person.known == "key":
        who = say(f"{who}的这个密钥", f"this key of {who}")
    return ForbiddenError(
        say(f"{who}没有“{word}”的权限。", f"{who} has no right to: {word}."),
        hint=hint
        or say(
            "请管理员在“账户”中增加角色；若用的是密钥，请换一个权限范围够的密钥。",
            "Ask the administrator for a role, or use a key with this scope.",
        ),
        scope=scope,
    )
