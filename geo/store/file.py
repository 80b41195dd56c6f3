"""How the workspace file is opened, locked and refused: one engine, two kinds of transaction."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

from geo.errors import ConflictError, DataError, PlannerError
from geo.store.geometry import sql_functions
from geo.text import say

FILE_NAME = "fuwuquan.gpkg"
REFUSED = "fuwuquan refuses"
"""How the complaint of every rule that the tables themselves keep begins."""

_log = logging.getLogger(__name__)
_CONNECTIONS, _MORE_CONNECTIONS = 40, 24
"""Connections kept open, one for each thread of a server, and those that may come on top."""


class FileDatabase:
    """A GeoPackage; see `geo.store.database.Database`.

    Every transaction has a connection of its own, closed at its end: then the file is whole on
    disk (no write-ahead log beside it) whenever nobody is working, and may be copied or moved. A
    server, which always works, keeps them open (`keep_open`).

    Parameters
    ----------
    place
        The folder that holds ``fuwuquan.gpkg``, or a GeoPackage of another name.
    busy_s
        Seconds to wait while another program writes.
    """

    def __init__(self, place: Path, *, busy_s: float) -> None:
        whole = place.resolve()
        self.path = whole if whole.suffix == ".gpkg" else whole / FILE_NAME
        self.folder = self.path.parent
        self.keeps_folder = self.path.name == FILE_NAME
        self.place = str(self.folder if self.keeps_folder else self.path)
        self._busy_s = busy_s
        self._engine = self._engine_with(sa.NullPool)

    def exists(self) -> bool:
        """Return whether the file is there."""
        return self.path.is_file()

    def make(self) -> None:
        """Create an empty database file.

        Raises
        ------
        DataError
            The folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.path.touch(exist_ok=False)
        except OSError as error:
            raise unwritable(self.path) from error
        self.prepare()

    def prepare(self) -> None:
        """Put the file in write-ahead mode, which QGIS takes away when it closes the file.

        Then readers never wait. While another program works in it the mode stays as it is: all
        goes on, only less smoothly.
        """
        with explained(self.path), closing(sqlite3.connect(self.path, timeout=0)) as connection:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                _log.debug("%s stays in its journal mode", self.path)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one state of the file throughout."""
        with explained(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    def glancing(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection that sees one state, which costs no more than to see several."""
        return self.reading()

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a connection that alone may write; all of its work is kept, or none."""
        immediate = self._engine.execution_options(immediate=True)
        with explained(self.path), immediate.connect() as connection, connection.begin():
            yield connection

    def keep_open(self) -> None:
        """Keep connections between transactions: to open one takes longer than a question."""
        self._engine = self._engine_with(
            sa.QueuePool,
            pool_size=_CONNECTIONS,
            max_overflow=_MORE_CONNECTIONS,
            pool_use_lifo=True,  # the one just used has the most in its memory
        )

    def close(self) -> None:
        """Close what was kept open."""
        self._engine.dispose()

    def _engine_with(self, pool: type[sa.Pool], **sizes: int) -> sa.Engine:
        engine = sa.create_engine("sqlite://", creator=self._connect, poolclass=pool, **sizes)
        sa.event.listen(engine, "begin", _begin)
        return engine

    def _connect(self) -> sqlite3.Connection:
        if not self.path.is_file():  # SQLite would make an empty one
            raise unwritable(self.path)
        connection = sqlite3.connect(
            self.path, timeout=self._busy_s, isolation_level=None, check_same_thread=False
        )
        for name, function in sql_functions().items():
            connection.create_function(name, 1, function, deterministic=True)
        return connection


def _begin(connection: sa.Connection) -> None:
    # A writer takes its lock at once: two that first read and then write would otherwise
    # both fail half-way, and neither could wait for the other.
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


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
    if complaint.startswith(REFUSED):
        return against_rules(complaint)
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


def against_rules(complaint: str) -> ConflictError:
    """Return the refusal of what a rule of the tables themselves forbids."""
    if "approver" in complaint:
        return ConflictError(
            say("经办人不能批准自己的内容。", "the author cannot approve his own work."),
            hint=say("请由另一位审批员批准。", "another approver must decide."),
        )
    return ConflictError(
        say("这些记录只增不改，不能修改或删除。", "these records are only ever added to.")
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
