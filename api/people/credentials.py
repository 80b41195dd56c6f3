"""What is shown instead of a password: sessions of browsers and keys of programs.

Both are long random texts of which only fingerprints are kept: who reads the tables cannot come
in. What they allow is looked up at every request, so what is revoked is shut out at once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from api.people import events
from api.people.accounts import By, account
from api.people.person import Person
from api.people.scopes import SCOPES, Scope, scopes_of
from geo.errors import DataError, NotFoundError
from geo.store.people import KEY, PERSON, SESSION
from geo.text import say

KEY_MARK: Final = "fwq_"
"""How every key begins, so that scanners for lost secrets find it."""
TOUCHED_S: Final = 60
"""Seconds between two notes that a session or key is in use."""

_NOTES_A_TERM: Final = 10
"""Notes at least in the time after which an idle session is over: who is busy stays."""
_ID_BYTES: Final = 6
_SECRET_BYTES: Final = 32
_KEPT_S: Final = 30 * 24 * 3600
"""Seconds for which an ended session stays in the table."""
_DAY_S: Final = 24 * 3600
_MOST_DAYS: Final = 730
_NO_SECRET: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a session lasts."""

    idle_s: int
    whole_s: int


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody known by a session or key, and whether its use should be noted."""

    person: Person
    must_change: bool = False
    touch: bool = False


def begin(connection: sa.Connection, name: str, terms: Terms, *, agent: str) -> str:
    """Begin a session of an account; return its token, which is never seen again."""
    token = secrets.token_urlsafe(_SECRET_BYTES)
    now = int(time.time())
    connection.execute(
        sa.insert(SESSION).values(
            token_sha256=fingerprint(token),
            person=name,
            begun_at=now,
            seen_at=now,
            ends_at=now + terms.whole_s,
            agent=agent[:120],
        )
    )
    connection.execute(sa.delete(SESSION).where(SESSION.c.ends_at < now - _KEPT_S))
    return token


def end(connection: sa.Connection, token: str) -> None:
    """End the session of a token, if it is one."""
    connection.execute(
        sa.update(SESSION)
        .where(SESSION.c.token_sha256 == fingerprint(token), SESSION.c.revoked_at.is_(None))
        .values(revoked_at=int(time.time()))
    )


def by_session(connection: sa.Connection, token: str, terms: Terms) -> Known | None:
    """Return whose session a token is of; None when it is of none, or is over."""
    now = int(time.time())
    own = fingerprint(token)
    query = (
        sa.select(SESSION.c.seen_at, PERSON)
        .join(PERSON, PERSON.c.name == SESSION.c.person)
        .where(SESSION.c.token_sha256 == own, SESSION.c.revoked_at.is_(None))
        .where(SESSION.c.ends_at > now, SESSION.c.seen_at > now - terms.idle_s)
        .where(PERSON.c.disabled.is_(False))
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    roles = tuple(row.roles.split())
    person = Person(row.name, row.name, scopes_of(roles), "session", roles, own[:12])
    noted_s = min(TOUCHED_S, terms.idle_s // _NOTES_A_TERM)
    return Known(person, bool(row.must_change), touch=row.seen_at <= now - noted_s)


def sessions(connection: sa.Connection, name: str, terms: Terms) -> Sequence[sa.RowMapping]:
    """Return the sessions of an account that go on."""
    now = int(time.time())
    query = (
        sa.select(SESSION.c.begun_at, SESSION.c.seen_at, SESSION.c.ends_at, SESSION.c.agent)
        .where(SESSION.c.person == name, SESSION.c.revoked_at.is_(None))
        .where(SESSION.c.ends_at > now, SESSION.c.seen_at > now - terms.idle_s)
        .order_by(SESSION.c.begun_at)
    )
    return connection.execute(query).mappings().all()


def make_key(
    connection: sa.Connection,
    name: str,
    *,
    label: str,
    scopes: Sequence[str],
    days: int,
    by: By,
) -> tuple[str, str]:
    """Make a key of an account; return its id, and the key itself, which is never seen again.

    Parameters
    ----------
    connection
        In a writing transaction.
    name
        Whose key.
    label
        What it is for.
    scopes
        What it allows, at most what the person may do at the time; reading is always among it,
        for without it nothing else can be done.
    days
        Days for which it lasts.
    by
        Who makes it.

    Raises
    ------
    DataError
        There is no such scope, the person may not do it, or the days are too many.
    NotFoundError
        There is no such account.
    """
    whose = account(connection, name)
    chosen = [scope for scope in SCOPES if scope in scopes or (scope == "read" and scopes)]
    beyond = [scope for scope in scopes if scope not in whose.scopes]
    if beyond or not chosen:
        raise DataError(
            say(
                f"“{whose.name}”没有这些权限：{'、'.join(beyond) or '（未写）'}。",
                f"{whose.name} has no right to: {', '.join(beyond) or '(none named)'}.",
            ),
            hint=say("这个账户可用的权限：", "rights of this account: ")
            + "、".join(scope for scope in SCOPES if scope in whose.scopes),
        )
    if not 1 <= days <= _MOST_DAYS:
        raise DataError(
            say(f"密钥的有效期是 1 到 {_MOST_DAYS} 天。", f"a key lasts 1 to {_MOST_DAYS} days.")
        )
    identity, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    now = int(time.time())
    connection.execute(
        sa.insert(KEY).values(
            id=identity,
            person=whose.name,
            label=label.strip()[:80],
            secret_sha256=fingerprint(secret),
            scopes=" ".join(chosen),
            made_at=now,
            ends_at=now + days * _DAY_S,
        )
    )
    events.log(
        connection,
        "key_made",
        actor=by.actor,
        subject=whose.name,
        address=by.address,
        key=identity,
        scopes=chosen,
        days=days,
    )
    return identity, f"{KEY_MARK}{identity}_{secret}"


def by_key(connection: sa.Connection, key: str) -> Known | None:
    """Return whose key this is; None when it is nobody's, or no longer."""
    mark, _, rest = key.partition("_")
    identity, _, secret = rest.partition("_")
    row = None
    if f"{mark}_" == KEY_MARK:
        query = (
            sa.select(KEY, PERSON.c.roles, PERSON.c.disabled)
            .join(PERSON, PERSON.c.name == KEY.c.person)
            .where(KEY.c.id == identity)
        )
        row = connection.execute(query).first()
    kept = _NO_SECRET if row is None else row.secret_sha256
    right = hmac.compare_digest(kept, fingerprint(secret))
    now = int(time.time())
    if row is None or not right or row.disabled or row.revoked_at is not None or row.ends_at <= now:
        return None
    roles = tuple(row.roles.split())
    allowed: frozenset[Scope] = scopes_of(roles) & {"read", *row.scopes.split()}
    person = Person(row.person, row.person, allowed, "key", roles, identity)
    return Known(person, touch=(row.used_at or 0) < now - TOUCHED_S)


def touch(connection: sa.Connection, person: Person) -> None:
    """Note that a session or key is in use."""
    now = int(time.time())
    if person.known == "key":
        used = sa.update(KEY).where(KEY.c.id == person.credential).values(used_at=now)
        connection.execute(used)
        return
    own = SESSION.c.token_sha256.startswith(person.credential, autoescape=True)
    seen = sa.update(SESSION).where(own, SESSION.c.person == person.name).values(seen_at=now)
    connection.execute(seen)


def keys(connection: sa.Connection, name: str = "") -> Sequence[sa.RowMapping]:
    """Return the keys of an account, or of all, without what is kept of their secrets."""
    columns = [column for column in KEY.c if column.name != "secret_sha256"]
    query = sa.select(*columns).order_by(KEY.c.made_at, KEY.c.id)
    if name:
        query = query.where(KEY.c.person == name)
    return connection.execute(query).mappings().all()


def told(row: sa.RowMapping) -> dict[str, Any]:
    """Return what is told of a key, with its moments as ISO 8601."""
    moments = {name: moment(row[f"{name}_at"]) for name in ("made", "ends", "used", "revoked")}
    plain = {name: row[name] for name in ("id", "person", "label")}
    scopes = {"scopes": row["scopes"].split()}
    return plain | scopes | {f"{name}_at": text for name, text in moments.items()}


def moment(seconds: int | None) -> str | None:
    """Return a moment as ISO 8601."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def revoke_key(connection: sa.Connection, identity: str, *, by: By, owner: str = "") -> None:
    """Revoke a key.

    Parameters
    ----------
    connection
        In a writing transaction.
    identity
        Id of the key.
    by
        Who revokes it.
    owner
        Only if it is this account's.

    Raises
    ------
    NotFoundError
        There is no such key, or it is somebody else's.
    """
    row = connection.execute(sa.select(KEY).where(KEY.c.id == identity)).first()
    if row is None or (owner and row.person != owner):
        raise NotFoundError(say(f"没有密钥 {identity}。", f"there is no key {identity}."))
    if row.revoked_at is None:
        revoked = sa.update(KEY).where(KEY.c.id == identity).values(revoked_at=int(time.time()))
        connection.execute(revoked)
        events.log(
            connection,
            "key_revoked",
            actor=by.actor,
            subject=row.person,
            address=by.address,
            key=identity,
        )


def shown_key(authorization: str, other: str) -> str | None:
    """Return the key that the headers of a request show; None when they show none.

    Parameters
    ----------
    authorization
        ``Bearer <key>``, or ``Basic`` with the key as its password, as GIS programs send it.
    other
        The header ``X-API-Key``.

    Examples
    --------
    >>> shown_key("Bearer fwq_1_2", ""), shown_key("", "fwq_1_2"), shown_key("", "")
    ('fwq_1_2', 'fwq_1_2', None)
    >>> shown_key("Basic emhhbmc6ZndxXzFfMg==", "")
    'fwq_1_2'
    """
    if other:
        return other.strip()
    way, _, rest = authorization.partition(" ")
    if way.lower() == "bearer":
        return rest.strip()
    if way.lower() == "basic":
        try:
            pair = base64.b64decode(rest.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            return ""
        return pair.partition(":")[2]
    return "" if authorization else None


def fingerprint(secret: str) -> str:
    """Return what is kept of a long random secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def form_token(token: str) -> str:
    """Return what a page of a session sends with what it sends: no other page can know it."""
    return hmac.new(token.encode(), b"fuwuquan form", hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Return whether two texts are the same; takes as long wherever they differ."""
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "replace"))
