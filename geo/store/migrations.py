"""Which form of workspace this program writes, and how an older one is brought forward."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from geo.errors import DataError
from geo.store.models import MIGRATION
from geo.store.rows import tables_of
from geo.text import say

CURRENT = "0007"
"""Form written by this version of the program: the newest of ``alembic/versions``."""
SCRIPTS = Path(__file__).with_name("alembic")
"""Folder of the migrations. A migration, once released, never changes."""

_FIRST, _FIRST_TABLE = "0001", "fuwuquan_format"
"""The form that did not know migrations yet, and the table by which it is known."""


def form_of(connection: sa.Connection) -> str | None:
    """Return the form of a workspace, None when it is none."""
    tables = tables_of(connection)
    if MIGRATION.name in tables:
        return connection.scalar(sa.select(MIGRATION.c.version_num))
    if _FIRST_TABLE not in tables:
        return None
    number = connection.exec_driver_sql(f"SELECT version FROM {_FIRST_TABLE}").scalar()  # noqa: S608
    return f"{number:04}"


def mark_current(connection: sa.Connection) -> None:
    """Write today's form into a new workspace."""
    connection.execute(sa.insert(MIGRATION).values(version_num=CURRENT))


def bring_forward(connection: sa.Connection) -> None:
    """Turn an older workspace into one of today's form, in the caller's transaction.

    Raises
    ------
    DataError
        It is no workspace, or a newer version of the program wrote it.
    """
    form = form_of(connection)
    if form is None:
        raise DataError(
            say(
                "这个数据库不是服务圈的工作区。",
                "this database is not a Fuwuquan workspace",
            ),
            hint=say(
                "请在另一个地方用 fuwuquan init 新建工作区，再用 fuwuquan import 导入它的图层。",
                "make a workspace elsewhere with fuwuquan init and import its layers",
            ),
        )
    if form > CURRENT:
        raise DataError(
            say(
                f"工作区的格式是 {form}，本程序只认识到 {CURRENT}。",
                f"the workspace has form {form}; this program knows forms up to {CURRENT}",
            ),
            hint=say("请升级程序：pip install -U fuwuquan", "run: pip install -U fuwuquan"),
        )
    if form == CURRENT:  # another program was faster
        return
    from alembic import command  # noqa: PLC0415 - slow, and seldom needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    if MIGRATION.name not in tables_of(connection):
        command.stamp(config, _FIRST)
    command.upgrade(config, CURRENT)
