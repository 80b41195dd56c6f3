"""The log of access: who came in, who was refused, who got rights; each proves the last.

The chain is made as that of the gazetteer's log, of other fields. It shows that an entry was
altered or taken out of the middle; that the end was cut off shows only to one who kept the last
hash elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import sqlalchemy as sa

from geo.gazetteer.spelling import START, spelled
from geo.store.people import ACCESS

KINDS: Final[dict[str, tuple[str, str]]] = {
    "login": ("登录", "login"),
    "login_failed": ("登录失败", "login failed"),
    "logout": ("退出", "logout"),
    "account_made": ("新建账户", "account made"),
    "roles_changed": ("改变角色", "roles changed"),
    "disabled": ("停用账户", "account disabled"),
    "enabled": ("启用账户", "account enabled"),
    "password_changed": ("修改密码", "password changed"),
    "password_reset": ("重设密码", "password reset"),
    "sessions_ended": ("结束全部会话", "sessions ended"),
    "key_made": ("新建密钥", "key made"),
    "key_revoked": ("吊销密钥", "key revoked"),
    "approved": ("批准", "approved"),
    "rejected": ("退回", "rejected"),
    "imported": ("整层导入", "layer imported"),
}
"""What is logged, by word."""

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look through the whole log found."""

    entries: int
    first_broken: int | None
    """Number of the first entry that does not follow from the one before it."""
    head: str
    """Hash of the last entry: kept elsewhere, it proves later that nothing was cut off."""


def log(
    connection: sa.Connection,
    kind: str,
    *,
    actor: str,
    subject: str = "",
    address: str = "",
    at: datetime | None = None,
    **detail: object,
) -> int:
    """Add an entry, in the transaction of what it tells of, and return its number.

    Parameters
    ----------
    connection
        In a writing transaction.
    kind
        One of `KINDS`.
    actor, subject
        Who did it, and to whom or what.
    address
        From where.
    at
        The moment; now when None.
    detail
        What else is to be known; never a secret.
    """
    assert kind in KINDS, kind
    last = connection.execute(
        sa.select(ACCESS.c.number, ACCESS.c.hash).order_by(ACCESS.c.number.desc()).limit(1)
    ).first()
    number, previous = (1, START) if last is None else (last.number + 1, last.hash)
    moment = (at or datetime.now(UTC)).astimezone(UTC)
    entry: dict[str, Any] = {
        "number": number,
        "at": moment.isoformat(timespec="milliseconds"),
        "kind": kind,
        "actor": actor[:_LONGEST],
        "subject": subject[:_LONGEST],
        "address": address[:_LONGEST],
        "detail": json.dumps(detail, ensure_ascii=False, sort_keys=True),
    }
    linked = {"previous_hash": previous, "hash": _chained(previous, entry)}
    connection.execute(sa.insert(ACCESS).values(**entry, **linked))
    return number


def entries(
    connection: sa.Connection,
    *,
    before: int | None = None,
    limit: int = 100,
    kind: str = "",
    who: str = "",
) -> Sequence[sa.RowMapping]:
    """Return entries, the newest first.

    Parameters
    ----------
    connection
        In any transaction.
    before
        Only entries with a smaller number.
    limit
        Most entries.
    kind
        Only of this kind.
    who
        Only what this person did or what was done to him.
    """
    query = sa.select(ACCESS).order_by(ACCESS.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(ACCESS.c.number < before)
    if kind:
        query = query.where(ACCESS.c.kind == kind)
    if who:
        query = query.where((ACCESS.c.actor == who) | (ACCESS.c.subject == who))
    return connection.execute(query).mappings().all()


def verified(connection: sa.Connection, *, number: int = 0, head: str = "") -> Verified:
    """Look through the whole log.

    Parameters
    ----------
    connection
        In a reading transaction.
    number, head
        An entry and its hash as they were kept elsewhere; 0: none was.
    """
    previous, count = START, 0
    query = sa.select(ACCESS).order_by(ACCESS.c.number)
    with connection.execute(query, execution_options={"yield_per": 2_000}) as found:
        for row in found.mappings():
            count += 1
            entry = dict(row)
            linked, after = entry.pop("hash"), entry.pop("previous_hash")
            whole = linked == _chained(previous, entry) and after == previous
            if entry["number"] != count or not whole or (count == number and linked != head):
                return Verified(count, count, linked)
            previous = linked
    if count < number:
        return Verified(count, count + 1, previous)
    return Verified(count, None, previous)


def _chained(previous: str, entry: Mapping[str, Any]) -> str:
    """Return the hash of an entry that follows another."""
    return sha256(f"{previous}\n{spelled(entry)}".encode()).hexdigest()
