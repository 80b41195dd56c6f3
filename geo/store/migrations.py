"""Which form of workspace this program writes, and how an older file is brought forward."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from geo.errors import DataError
from geo.store.models import FORMAT
from geo.text import say

CURRENT = 1
"""Form written by this version of the program."""

Step = Callable[[sa.Connection], None]
STEPS: Mapping[int, Step] = {}
"""What turns form ``n`` into form ``n + 1``, by ``n``. A step, once released, never changes."""


def form_of(connection: sa.Connection) -> int | None:
    """Return the form of a file, or None when it is no workspace."""
    if not sa.inspect(connection).has_table(FORMAT.name):
        return None
    return int(connection.execute(sa.select(FORMAT.c.version)).scalar_one())


def bring_forward(
    connection: sa.Connection, *, steps: Mapping[int, Step] = STEPS, current: int = CURRENT
) -> None:
    """Turn an older workspace into one of today's form, in the caller's transaction.

    Raises
    ------
    DataError
        The file is no workspace, or a newer version of the program wrote it.
    """
    form = form_of(connection)
    if form is None:
        raise DataError(
            say(
                "这个 GeoPackage 不是服务圈的工作区。",
                "this GeoPackage is not a Fuwuquan workspace",
            ),
            hint=say(
                "请在另一个文件夹用 fuwuquan init 新建工作区，再用 fuwuquan import 导入它的图层。",
                "make a workspace elsewhere with fuwuquan init and import this file's layers",
            ),
        )
    if form > current:
        raise DataError(
            say(
                f"工作区的格式是第 {form} 版，本程序只认识到第 {current} 版。",
                f"the workspace has form {form}; this program knows forms up to {current}",
            ),
            hint=say("请升级程序：pip install -U fuwuquan", "run: pip install -U fuwuquan"),
        )
    for number in range(form, current):
        steps[number](connection)
        connection.execute(sa.update(FORMAT).values(version=number + 1))
