"""A backup: one GeoPackage with all of a workspace, made while others work and proved later."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from geo.errors import ConflictError, DataError, NotFoundError
from geo.store.digests import file_sha256
from geo.store.file import explained, unwritable
from geo.store.moving import Copied, move
from geo.store.street_files import put_files
from geo.store.workspace import Workspace
from geo.text import say

_SEAL = "fuwuquan_backup"
"""Table of a backup that holds the fingerprint of every other."""


def back_up(
    workspace: Workspace, file: Path, *, books: Sequence[sa.MetaData] = ()
) -> tuple[str, ...]:
    """Write a workspace, as it is at one moment, to a GeoPackage, and return what was left out.

    Of a workspace file every page is copied, and nothing is left out. Of a database every table
    of the workspace is; tables of others are named.

    Parameters
    ----------
    workspace
        The workspace; others may go on reading and writing.
    file
        Ends in ``.gpkg`` and does not exist.
    books
        Tables kept beside those of the store, such as the gazetteer's.

    Raises
    ------
    ConflictError
        There is such a file.
    DataError
        The file cannot be written, or the copy is not the same.
    """
    if file.suffix.lower() != ".gpkg":
        raise DataError(
            say(f"备份文件名要以 .gpkg 结尾，不是“{file.name}”。", f"{file.name} is no .gpkg"),
            hint=say("例如：fuwuquan backup 备份.gpkg", "such as: fuwuquan backup copy.gpkg"),
        )
    if file.exists():
        raise ConflictError(
            say(f"“{file}”已经存在，不覆盖。", f"{file} exists and is not overwritten"),
            hint=say("请换一个文件名。", "choose another name"),
        )
    with _half(file) as half:
        left_out: tuple[str, ...] = ()
        if workspace.path is None:
            made, copied = move(workspace, half, books=books)
            made.close()
            left_out = copied.left_out
        else:
            _copy_file(workspace, half)
        _seal(half)
    return left_out


def restore(
    file: Path,
    place: Path | str,
    *,
    books: Sequence[sa.MetaData] = (),
    folder: Path | None = None,
) -> tuple[Workspace, Copied]:
    """Make a workspace of a backup, which must be as it was written.

    Parameters
    ----------
    file
        The backup.
    place
        Where the workspace is to be: a folder or the URL of a database, without one.
    books
        Tables kept beside those of the store.
    folder
        Where a new database's maps and tables go.

    Raises
    ------
    NotFoundError
        There is no such file.
    ConflictError
        There is a workspace already.
    DataError
        The file is no backup, is damaged, or was changed since it was written.
    """
    if not file.is_file():
        raise NotFoundError(say(f"没有文件“{file}”。", f"there is no file {file}"))
    with TemporaryDirectory(prefix="fuwuquan-") as temporary:
        copy = Path(temporary) / "backup.gpkg"
        shutil.copyfile(file, copy)
        _unseal(copy, named=file)
        return move(Workspace.open(copy), place, books=books, folder=folder)


def _copy_file(workspace: Workspace, half: Path) -> None:
    """Copy a workspace file page by page, as one transaction sees it, and compare."""
    with workspace.reading() as connection, closing(sqlite3.connect(half)) as copy:
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")  # from here one state
        driver: Any = connection.connection.driver_connection
        driver.backup(copy)
        if file_sha256(copy) != file_sha256(driver):
            raise _damaged(half)
        streets = workspace.street_files.contents(connection)
    lone = Workspace.open(half)
    with lone.writing() as connection:
        put_files(connection, streets)


def _seal(file: Path) -> None:
    """Check a backup and write the fingerprint of its tables into it."""
    with explained(file), closing(sqlite3.connect(file)) as connection, connection:
        _check(connection, file)
        sums = file_sha256(connection)
        connection.execute(f"CREATE TABLE {_SEAL} (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL)")
        connection.executemany(f"INSERT INTO {_SEAL} VALUES (?, ?)", sums.items())  # noqa: S608


def _unseal(copy: Path, *, named: Path) -> None:
    """Refuse a file that is not as it was sealed, and take the seal off."""
    with explained(named), closing(sqlite3.connect(copy)) as connection, connection:
        _check(connection, named)
        sums = file_sha256(connection)
        if sums.pop(_SEAL, None) is None:
            raise DataError(
                say(f"“{named}”不是 fuwuquan backup 写的备份。", f"{named} is no backup"),
                hint=say(
                    "如果它是工作区文件，请直接用 -w 打开，或用 fuwuquan move 搬走。",
                    "if it is a workspace, open it with -w or move it with: fuwuquan move",
                ),
            )
        sealed = dict(connection.execute(f"SELECT name, sha256 FROM {_SEAL}"))  # noqa: S608
        if sums != sealed:
            raise _damaged(named)
        connection.execute(f"DROP TABLE {_SEAL}")


def _check(connection: sqlite3.Connection, file: Path) -> None:
    if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
        raise _damaged(file)


@contextmanager
def _half(file: Path) -> Iterator[Path]:
    """Give a file that takes its name when it is whole."""
    half = file.with_name(f".half-{os.getpid()}-{file.stem}.gpkg")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        yield half
        half.replace(file)
    except OSError as error:
        raise unwritable(file) from error
    finally:
        for rest in (half, *(half.with_name(half.name + end) for end in ("-wal", "-shm"))):
            rest.unlink(missing_ok=True)


def _damaged(file: Path) -> DataError:
    return DataError(
        say(
            f"“{file}”已损坏，或写成之后被改动过，与当时的指纹不符。",
            f"{file} is damaged or was changed after it was written: fingerprints differ",
        ),
        hint=say("请换一份备份。", "use another backup"),
    )
