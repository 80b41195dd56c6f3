"""Tables of those who use a workspace: accounts, what lets them in, what they did, who approved.

Two things hold in the database itself, whatever program writes to it: the log of access and the
records of authors and approvals are only ever added to, and nobody approves what he wrote.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from geo.store.models import BOOKS


def _moment(name: str, *, wanted: bool = True) -> sa.Column[Any]:
    """Return a column of moments, in seconds since 1970."""
    return sa.Column(name, sa.BigInteger, nullable=not wanted)


def _text(name: str, *, key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=False)


def _person() -> sa.Column[Any]:
    who = sa.ForeignKey("fuwuquan_person.name")
    return sa.Column("person", sa.Text, who, nullable=False, index=True)


PERSON: Final = sa.Table(
    "fuwuquan_person",
    BOOKS,
    _text("name", key=True),
    sa.Column("folded", sa.Text, nullable=False, unique=True),
    _text("roles"),
    _text("password"),
    sa.Column("subject", sa.Text, unique=True),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    _moment("made_at"),
)
"""Accounts. A name is never changed, nor given to another: authors are kept by it.

``folded`` is what is compared at login, ``password`` an Argon2 hash or empty, ``subject`` who it is
to the provider of single sign-on.
"""
SESSION: Final = sa.Table(
    "fuwuquan_session",
    BOOKS,
    _text("token_sha256", key=True),
    _person(),
    _moment("begun_at"),
    _moment("seen_at"),
    _moment("ends_at"),
    _moment("revoked_at", wanted=False),
    _text("agent"),
)
KEY: Final = sa.Table(
    "fuwuquan_key",
    BOOKS,
    _text("id", key=True),
    _person(),
    _text("label"),
    _text("secret_sha256"),
    _text("scopes"),
    _moment("made_at"),
    _moment("ends_at"),
    _moment("used_at", wanted=False),
    _moment("revoked_at", wanted=False),
)
LOGIN: Final = sa.Table(
    "fuwuquan_login",
    BOOKS,
    _text("subject", key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    _moment("last_at"),
    _moment("free_at"),
)
"""Failed logins of an account or from an address, and when the next may be tried."""
SETUP: Final = sa.Table(
    "fuwuquan_setup",
    BOOKS,
    _text("token_sha256", key=True),
    _moment("ends_at"),
)
"""What lets the first administrator in, once."""
ACCESS: Final = sa.Table(
    "fuwuquan_access",
    BOOKS,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    _text("at"),
    _text("kind"),
    _text("actor"),
    _text("subject"),
    _text("address"),
    _text("detail"),
    _text("previous_hash"),
    _text("hash"),
)
"""The log of access, each entry with the hash of the one before."""
AUTHOR: Final = sa.Table(
    "fuwuquan_author",
    BOOKS,
    _text("kind", key=True),
    _text("subject", key=True),
    _text("person", key=True),
)
"""Who had a hand in what is to be approved."""
APPROVAL: Final = sa.Table(
    "fuwuquan_approval",
    BOOKS,
    _text("kind", key=True),
    _text("subject", key=True),
    _text("person", key=True),
    _text("verdict"),
    _text("at"),
    _text("note"),
)

ADDED_TO: Final = (ACCESS.name, AUTHOR.name, APPROVAL.name)
"""Tables that are only ever added to."""
_OWN_WORK: Final = ((AUTHOR.name, APPROVAL.name), (APPROVAL.name, AUTHOR.name))
_SQLITE_KEPT: Final = """
CREATE TRIGGER {table}_{event} BEFORE {event} ON {table}
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: {table} is only added to'); END
"""
_SQLITE_OWN: Final = """
CREATE TRIGGER {table}_own_work BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {other} o
             WHERE o.kind = NEW.kind AND o.subject = NEW.subject AND o.person = NEW.person)
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: the author is not the approver'); END
"""
_POSTGRESQL_KEPT: Final = (
    """
CREATE FUNCTION fuwuquan_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'fuwuquan refuses: % is only added to', TG_TABLE_NAME USING ERRCODE = 'FQ001';
END $$
""",
    """
CREATE FUNCTION fuwuquan_own_work() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  own boolean;
BEGIN
  EXECUTE format(
    'SELECT EXISTS (SELECT 1 FROM %I.%I WHERE kind = $1 AND subject = $2 AND person = $3)',
    TG_TABLE_SCHEMA, TG_ARGV[0]
  ) INTO own USING NEW.kind, NEW.subject, NEW.person;
  IF own THEN
    RAISE EXCEPTION 'fuwuquan refuses: the author is not the approver' USING ERRCODE = 'FQ001';
  END IF;
  RETURN NEW;
END $$
""",
)
_POSTGRESQL_ON: Final = """
CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION fuwuquan_keep()
"""
_POSTGRESQL_OWN: Final = """
CREATE TRIGGER {table}_own_work BEFORE INSERT ON {table}
FOR EACH ROW EXECUTE FUNCTION fuwuquan_own_work('{other}')
"""


def lay_rules(connection: sa.Connection) -> None:
    """Let the database itself keep what is only added to, and authors apart from approvers."""
    for statement in rules(connection.dialect.name):
        connection.execute(sa.text(statement))


def rules(dialect: str) -> list[str]:
    """Return the statements that `lay_rules` runs in one kind of database."""
    if dialect == "sqlite":
        events = ("update", "delete")
        kept = [_SQLITE_KEPT.format(table=t, event=event) for t in ADDED_TO for event in events]
        return kept + [_SQLITE_OWN.format(table=t, other=other) for t, other in _OWN_WORK]
    kept = [_POSTGRESQL_ON.format(table=table) for table in ADDED_TO]
    own = [_POSTGRESQL_OWN.format(table=table, other=other) for table, other in _OWN_WORK]
    return [*_POSTGRESQL_KEPT, *kept, *own]
