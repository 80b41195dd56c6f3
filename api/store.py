"""The store behind the server: opened once, one state of it for each request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from starlette.requests import Request

from api.errors import TooSlowError
from api.settings import Settings
from geo.errors import DataError
from geo.store import Workspace
from geo.text import say

Found = TypeVar("Found")

GLANCES: Final = 2
"""Threads that answer questions of one row."""
_STEPS: Final = 20_000
"""Steps of SQLite between two looks at the clock, some milliseconds."""
DRAFT: Final = "fuwuquan_draft"
"""Option of a connection, and item of a request's state: the draft whose rows are shown."""
_CANCELLED: Final = "57014"
_UNFIT: Final = "22"
"""Codes of PostgreSQL: a question that took too long; the class of values out of range."""


def opened(settings: Settings) -> Workspace:
    """Open the workspace or database of the settings."""
    if settings.database is None:
        workspace = Workspace.open(settings.workspace)
    else:
        workspace = Workspace.open(settings.database.get_secret_value())
    workspace.keep_open()
    return workspace


def workspace_of(request: Request) -> Workspace:
    """Return the workspace that a request asks of."""
    workspace = request.app.state.workspace
    assert isinstance(workspace, Workspace)
    return workspace


def settings_of(request: Request) -> Settings:
    """Return the settings of the server."""
    settings = request.app.state.settings
    assert isinstance(settings, Settings)
    return settings


def draft_id(request: Request) -> str:
    """Return the draft whose own API root a request asks; empty outside of drafts."""
    return str(request.scope.get("state", {}).get(DRAFT, ""))


@contextmanager
def reading(request: Request) -> Iterator[sa.Connection]:
    """Give a connection on which everything in a request sees one state of the store."""
    with workspace_of(request).reading() as connection:
        yield connection.execution_options(**{DRAFT: draft_id(request)})


async def glanced(request: Request, ask: Callable[[sa.Connection], Found]) -> Found:
    """Return what a question of one row says, not for drafts, without waiting behind long ones.

    Threads of its own take it, so few that they do not stand in each other's way: with the many
    that answer everything else it would wait several times as long as it takes.

    Parameters
    ----------
    request
        The request.
    ask
        The question; each on its connection may see a state of its own.
    """
    workspace = workspace_of(request)

    def answer() -> Found:
        with workspace.glancing() as connection:
            return ask(connection)

    loop, context = asyncio.get_running_loop(), copy_context()
    return await loop.run_in_executor(request.app.state.glances, context.run, answer)


@contextmanager
def bounded(request: Request, connection: sa.Connection) -> Iterator[None]:
    """Give up a question of the reader's own making when it takes longer than the server allows.

    Raises
    ------
    TooSlowError
        It took too long.
    DataError
        It reckons with numbers that no database can hold.
    """
    seconds = settings_of(request).query_s
    driver: Any = connection.connection.driver_connection
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        until = time.monotonic() + seconds
        driver.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    else:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {round(seconds * 1000)}")
    try:
        yield
    except sa.exc.DBAPIError as error:
        code = str(getattr(error.orig, "sqlstate", "") or "")
        if code == _CANCELLED or "interrupted" in str(error.orig):
            raise TooSlowError(
                say(f"查询超过 {seconds:g} 秒，已停止。", f"stopped after {seconds:g} seconds."),
                hint=say("请缩小范围，或简化过滤条件。", "ask for less, or filter more simply."),
            ) from error
        if code.startswith(_UNFIT):
            raise DataError(
                say("过滤条件里的数超出范围。", "the filter reckons beyond what numbers can be.")
            ) from error
        raise
    finally:
        if sqlite:
            driver.set_progress_handler(None, 0)
