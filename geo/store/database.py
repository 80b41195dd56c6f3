"""How the workspace file is opened, locked and refused: one engine, two kinds of transaction."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

from geo.errors import ConflictError, DataError, PlannerError
from geo.store.geometry import sql_functions
from geo.text import say

_log = logging.getLogger(__name__)

BUSY_S = 10.0
"""Seconds a writer waits for another program to finish its own writing."""


def engine_of(path: Path, *, busy_s: float = BUSY_S) -> sa.Engine:
    """Return an engine on a workspace file.

    Every transaction has a connection of its own, closed at its end: then the file is whole on
    disk (no write-ahead log beside it) whenever nobody is working, and may be copied or moved.
    """

    def connect() -> sqlite3.Connection:
        if not path.is_file():  # SQLite would make an empty one
            raise unwritable(path)
        connection = sqlite3.connect(
            path, timeout=busy_s, isolation_level=None, check_same_thread=False
        )
        for name, function in sql_functions().items():
            connection.create_function(name, 1, function, deterministic=True)
        return connection

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A writer takes its lock at once: two that first read and then write would otherwise
        # both fail half-way, and neither could wait for the other.
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def create_file(path: Path) -> None:
    """Create an empty database file, in write-ahead mode so that readers never wait.

    Raises
    ------
    DataError
        The folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(exist_ok=False)
    except OSError as error:
        raise unwritable(path) from error
    let_readers_never_wait(path)


def let_readers_never_wait(path: Path) -> None:
    """Put the file in write-ahead mode, which QGIS takes away when it closes the file.

    While another program works in it the mode stays as it is: all goes on, only less smoothly.
    """
    with explained(path), closing(sqlite3.connect(path, timeout=0)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            _log.debug("%s stays in its journal mode", path)


@contextmanager
def reading(engine: sa.Engine, path: Path) -> Iterator[sa.Connection]:
    """Give a connection that sees one state of the file throughout."""
    with explained(path), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: sa.Engine, path: Path) -> Iterator[sa.Connection]:
    """Give a connection that alone may write; all of its work is kept, or none."""
    immediate = engine.execution_options(immediate=True)
    with explained(path), immediate.connect() as connection, connection.begin():
        yield connection


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says into what the user can act on.

    Raises
    ------
    ConflictError
        Another program holds the file.
    DataError
        The file is damaged, read-only, or no database at all.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _explanation(path, str(error.orig)) from error
    except sqlite3.Error as error:
        raise _explanation(path, str(error)) from error


def _explanation(path: Path, complaint: str) -> PlannerError:
    lower = complaint.lower()
    if "locked" in lower or "busy" in lower:
        return ConflictError(
            say(f"“{path}”正被另一个程序写入。", f"{path} is being written by another program"),
            hint=say(
                "请在 QGIS 中保存或放弃编辑，或等另一条命令完成，然后重试。",
                "save or cancel the edits in QGIS, or let the other command finish; then try again",
            ),
        )
    if "readonly" in lower or "read-only" in lower or "unable to open" in lower:
        return unwritable(path)
    if "disk is full" in lower or "disk i/o" in lower:
        return DataError(
            say(f"写“{path}”时磁盘出错：{complaint}。", f"{path}: the disk failed: {complaint}"),
            hint=say("请检查磁盘空间；原有内容没有改变。", "free some space; nothing was changed"),
        )
    if "unique constraint" in lower or "not null constraint" in lower:
        return ConflictError(
            say(
                f"编号重复或必填项为空：{complaint}。",
                f"an id is already taken or a required value is empty: {complaint}",
            )
        )
    return DataError(
        say(
            f"“{path}”已损坏，或不是数据库文件（{complaint}）。",
            f"{path} is damaged or not a database ({complaint})",
        ),
        hint=say("请从备份恢复，或另建工作区重新导入。", "restore a backup, or import again"),
    )


def unwritable(path: Path) -> DataError:
    """Return the refusal for a file or folder that cannot be written."""
    return DataError(
        say(f"“{path}”不能写入。", f"{path} cannot be written"),
        hint=say(
            "请检查文件夹是否存在、是否只读，或换一个有写权限的文件夹。",
            "check that the folder exists and is not read-only, or choose another",
        ),
    )
