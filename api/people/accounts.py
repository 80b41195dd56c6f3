"""Accounts: who they are, which roles they have, and how they are made, changed and disabled."""

from __future__ import annotations

import getpass
import re
import secrets
import time
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from api.people import events, passwords, throttle
from api.people.person import COMMAND
from api.people.scopes import ROLES, Scope, scopes_of
from geo.errors import ConflictError, DataError, NotFoundError
from geo.store.people import KEY, PERSON, SESSION
from geo.text import say

_NAME: Final = re.compile(r"[\w.@+-]+( [\w.@+-]+)*")
_LONGEST: Final = 40
_RESERVED: Final = frozenset({"local", "nobody", "anonymous", "system"})


@dataclass(frozen=True, slots=True)
class Account:
    """One account; what its password is kept as stays with the table."""

    name: str
    roles: tuple[str, ...]
    made_at: int
    disabled: bool
    must_change: bool
    """Whether somebody else chose the password."""
    single_sign_on: bool

    @property
    def scopes(self) -> frozenset[Scope]:
        """What its roles allow."""
        return frozenset() if self.disabled else scopes_of(self.roles)


@dataclass(frozen=True, slots=True)
class By:
    """Who changes an account, from where."""

    actor: str
    address: str = ""


def at_the_command_line() -> By:
    """Return who works at the command line of the machine."""
    return By(f"{COMMAND}{getpass.getuser()}")


def exist(connection: sa.Connection) -> bool:
    """Return whether any account was ever made."""
    return connection.scalar(sa.select(PERSON.c.name).limit(1)) is not None


def every(connection: sa.Connection) -> list[Account]:
    """Return all accounts by name."""
    return [_account(row) for row in connection.execute(sa.select(PERSON).order_by(PERSON.c.name))]


def account(connection: sa.Connection, name: str) -> Account:
    """Return one account, whatever the letters' case.

    Raises
    ------
    NotFoundError
        There is none.
    """
    row = connection.execute(sa.select(PERSON).where(PERSON.c.folded == folded(name))).first()
    if row is None:
        raise NotFoundError(say(f"没有账户“{name}”。", f"there is no account {name!r}."))
    return _account(row)


def add(
    connection: sa.Connection,
    name: str,
    roles: Sequence[str],
    *,
    by: By,
    password: str = "",
    must_change: bool = False,
    subject: str | None = None,
    names: Collection[str] = (),
) -> Account:
    """Make an account.

    Parameters
    ----------
    connection
        In a writing transaction.
    name
        What it is called for ever.
    roles
        Its roles; the first account of all is an administrator.
    by
        Who makes it.
    password
        Its password; empty for one who comes by single sign-on only.
    must_change
        Whether somebody else chose the password.
    subject
        Who it is to the provider of single sign-on.
    names
        What the bureau is called: no password is made of that alone.

    Raises
    ------
    DataError
        The name, a role or the password cannot be taken.
    ConflictError
        The name is taken.
    """
    fitting = _fit_name(name)
    chosen = fit_roles(roles)
    if not exist(connection) and "admin" not in chosen:
        raise DataError(
            say("第一个账户必须是管理员。", "the first account must be an administrator."),
            hint=say(
                "否则谁也不能再添加账户：fuwuquan accounts add 姓名 --role admin",
                "or nobody could add another: fuwuquan accounts add NAME --role admin",
            ),
        )
    if connection.scalar(sa.select(PERSON.c.name).where(PERSON.c.folded == folded(fitting))):
        raise ConflictError(
            say(f"账户“{fitting}”已经有了。", f"there is an account {fitting!r}."),
            hint=say(
                "账户名不改、不重用；同名的人请加区别，如“张三2”。",
                "names are never given twice; add something to tell two apart.",
            ),
        )
    if subject is not None:
        _fit_subject(connection, subject)
    connection.execute(
        sa.insert(PERSON).values(
            name=fitting,
            folded=folded(fitting),
            roles=" ".join(chosen),
            password=passwords.kept(passwords.fit(password, fitting, names)) if password else "",
            subject=subject,
            must_change=must_change,
            disabled=False,
            made_at=int(time.time()),
        )
    )
    events.log(
        connection,
        "account_made",
        actor=by.actor,
        subject=fitting,
        address=by.address,
        roles=chosen,
    )
    return account(connection, fitting)


def set_roles(connection: sa.Connection, name: str, roles: Sequence[str], *, by: By) -> Account:
    """Give an account roles in place of those it had.

    Raises
    ------
    DataError
        There is no such role.
    ConflictError
        No administrator would be left.
    NotFoundError
        There is no such account.
    """
    before = account(connection, name)
    chosen = fit_roles(roles)
    if "admin" not in chosen:
        _keep_an_administrator(connection, before)
    _change(connection, before.name, roles=" ".join(chosen))
    events.log(
        connection,
        "roles_changed",
        actor=by.actor,
        subject=before.name,
        address=by.address,
        before=before.roles,
        after=chosen,
    )
    return account(connection, before.name)


def set_disabled(connection: sa.Connection, name: str, disabled: bool, *, by: By) -> Account:  # noqa: FBT001
    """Shut an account out, with all of its sessions and keys, or let it in again.

    Raises
    ------
    ConflictError
        No administrator would be left.
    NotFoundError
        There is no such account.
    """
    before = account(connection, name)
    if disabled:
        _keep_an_administrator(connection, before)
        shut_out(connection, before.name, keys=True)
    _change(connection, before.name, disabled=disabled)
    kind = "disabled" if disabled else "enabled"
    events.log(connection, kind, actor=by.actor, subject=before.name, address=by.address)
    return account(connection, before.name)


def set_password(
    connection: sa.Connection,
    name: str,
    password: str,
    *,
    by: By,
    own: bool,
    keep: str = "",
    names: Collection[str] = (),
) -> None:
    """Give an account a password, and end its sessions.

    Parameters
    ----------
    connection
        In a writing transaction.
    name, password
        Whose, and which.
    by
        Who gives it.
    own
        Whether the person chose it himself; if not, he must choose another at the next login.
    keep
        Fingerprint of the session that goes on.
    names
        What the bureau is called: no password is made of that alone.

    Raises
    ------
    DataError
        The password cannot be taken.
    NotFoundError
        There is no such account.
    """
    whose = account(connection, name)
    hashed = passwords.kept(passwords.fit(password, whose.name, names))
    _change(connection, whose.name, password=hashed, must_change=not own)
    shut_out(connection, whose.name, keys=False, keep=keep)
    throttle.succeeded(connection, {f"account:{folded(name)}"[:200]: throttle.ACCOUNT})
    kind = "password_changed" if own else "password_reset"
    events.log(connection, kind, actor=by.actor, subject=whose.name, address=by.address)


def shut_out(connection: sa.Connection, name: str, *, keys: bool, keep: str = "") -> None:
    """End the sessions of an account but one, and its keys."""
    now = int(time.time())
    connection.execute(
        sa.update(SESSION)
        .where(SESSION.c.person == name, SESSION.c.revoked_at.is_(None))
        .where(SESSION.c.token_sha256 != keep)
        .values(revoked_at=now)
    )
    if keys:
        connection.execute(
            sa.update(KEY)
            .where(KEY.c.person == name, KEY.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )


def fit_roles(roles: Sequence[str]) -> list[str]:
    """Return roles in their own order, each once.

    Raises
    ------
    DataError
        There is no such role, or none is named.
    """
    unknown = [role for role in roles if role not in ROLES]
    if unknown or not roles:
        raise DataError(
            say(
                f"没有角色“{'、'.join(unknown)}”。" if unknown else "至少要有一个角色。",
                f"there is no role {', '.join(unknown)}." if unknown else "name a role.",
            ),
            hint=say("角色有：", "roles: ") + "、".join(ROLES),
        )
    return [role for role in ROLES if role in roles]


def folded(name: str) -> str:
    """Return a name as it is compared.

    Examples
    --------
    >>> folded(" ZHANG San ")
    'zhang san'
    """
    return unicodedata.normalize("NFKC", name).strip().casefold()


def new_password() -> str:
    """Return a password for somebody to log in with once: groups of letters that read well."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def _account(row: sa.Row[tuple[object, ...]]) -> Account:
    return Account(
        name=row.name,
        roles=tuple(row.roles.split()),
        made_at=row.made_at,
        disabled=bool(row.disabled),
        must_change=bool(row.must_change),
        single_sign_on=row.subject is not None,
    )


def _change(connection: sa.Connection, name: str, **values: object) -> None:
    connection.execute(sa.update(PERSON).where(PERSON.c.name == name).values(values))


def _fit_name(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).strip()
    if not _NAME.fullmatch(plain) or len(plain) > _LONGEST or folded(plain) in _RESERVED:
        raise DataError(
            say(f"“{name}”不能作账户名。", f"{name!r} cannot be the name of an account."),
            hint=say(
                f"用文字、数字和 . @ + - _，最多 {_LONGEST} 个字符，如“张三”“zhangsan”。",
                f"letters, digits and . @ + - _, at most {_LONGEST}, such as zhangsan.",
            ),
        )
    return plain


def _fit_subject(connection: sa.Connection, subject: str) -> None:
    """Refuse an id of single sign-on that is another account's already."""
    whose = connection.scalar(sa.select(PERSON.c.name).where(PERSON.c.subject == subject))
    if whose is not None:
        raise ConflictError(
            say(
                f"统一登录的编号“{subject}”已经是账户“{whose}”的。",
                f"{subject!r} of single sign-on is the account {whose!r} already.",
            )
        )


def _keep_an_administrator(connection: sa.Connection, losing: Account) -> None:
    """Refuse to take the last administrator's rights: nobody could give any more."""
    left = [
        one.name
        for one in every(connection)
        if "admin" in one.roles and not one.disabled and one.name != losing.name
    ]
    if "admin" in losing.roles and not left:
        raise ConflictError(
            say("这是最后一个管理员，不能停用或撤去角色。", "this is the last administrator."),
            hint=say("请先另设一个管理员。", "make another administrator first."),
        )
