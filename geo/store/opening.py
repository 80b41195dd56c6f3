"""How a workspace comes to be, and how an older one gets today's form before it is used."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from geo.errors import ConflictError, NotFoundError
from geo.store import history, migrations, tallies
from geo.store import jobs as _jobs  # noqa: F401 - its tables are laid with the others
from geo.store.database import Database
from geo.store.dialects import dialect_of
from geo.store.drafts import tables as _drafts  # noqa: F401 - as above
from geo.store.models import BOOKS
from geo.store.people import lay_rules
from geo.text import say


def make(database: Database, fill: Callable[[sa.Connection], None] | None) -> None:
    """Make a workspace, in one transaction with what fills it.

    Raises
    ------
    ConflictError
        There is a workspace already.
    """
    if database.exists():
        raise taken(database.place)
    database.make()
    with database.writing() as connection:
        dialect_of(connection).lay_foundation(connection)
        BOOKS.create_all(connection, checkfirst=False)
        lay_rules(connection)
        history.lay_rules(connection)
        tallies.lay_rules(connection)
        migrations.mark_current(connection)
        if fill is not None:
            fill(connection)


def bring_forward(database: Database) -> str:
    """Give a workspace today's form, and return the one it had.

    Raises
    ------
    NotFoundError
        There is no workspace.
    """
    if not database.exists():
        raise NotFoundError(
            say(f"“{database.place}”不是工作区。", f"{database.place} is not a workspace"),
            hint=say(
                "请用 -w 指定工作区，或用 fuwuquan init 新建一个。",
                "name the workspace with -w, or make one with: fuwuquan init",
            ),
        )
    database.prepare()
    with database.reading() as connection:
        was = migrations.form_of(connection)
    if was != migrations.CURRENT:
        with database.writing() as connection:
            migrations.bring_forward(connection)
    return str(was)


def taken(place: str) -> ConflictError:
    """Return the refusal to make a workspace where one is."""
    return ConflictError(
        say(f"“{place}”已经是工作区。", f"{place} is a workspace"),
        hint=say("请直接使用，或换一个地方。", "use it as it is, or choose another place"),
    )
