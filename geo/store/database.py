"""Where a workspace lies: a file in a folder, or a schema of a shared database; one protocol."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from geo.errors import DataError
from geo.store.file import FileDatabase
from geo.text import say

BUSY_S = 10.0
"""Seconds a writer waits for another program to finish its own writing."""

_URL = re.compile(r"^postgres(?:ql)?(?:\+psycopg)?:/+", re.IGNORECASE)


class Database(Protocol):
    """What a workspace asks of the database that holds it."""

    @property
    def place(self) -> str:
        """What tells people where it is, without the password."""

    @property
    def folder(self) -> Path:
        """Folder on this computer for what does not belong in tables, absolute."""

    @property
    def path(self) -> Path | None:
        """The file, None for a shared database."""

    @property
    def keeps_folder(self) -> bool:
        """Whether the folder is part of the workspace, which then travels with it."""

    def exists(self) -> bool:
        """Return whether there is a workspace, or what claims to be one."""

    def make(self) -> None:
        """Make the empty database that a first transaction fills."""

    def prepare(self) -> None:
        """Do what each opening asks for."""

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection that sees one state throughout."""

    def glancing(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection on which every question may see a state of its own."""

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection that alone may write; all of its work is kept, or none."""

    def keep_open(self) -> None:
        """Keep connections between transactions, as a server wants."""

    def close(self) -> None:
        """Let go of all connections."""


def database_of(place: Path | str, *, folder: Path | None, busy_s: float) -> Database:
    """Return the database of a workspace.

    Parameters
    ----------
    place
        A folder, a GeoPackage, or a URL ``postgresql://user@host/database?workspace=name``.
    folder
        Where a shared database's maps, tables and copies of networks go on this computer;
        ``fuwuquan-<name>`` in the current folder when None.
    busy_s
        Seconds to wait while another program writes.

    Raises
    ------
    DataError
        The URL cannot be read, or its driver is not installed.
    """
    # A URL that was taken for a path on its way here has lost a slash.
    url, found = _URL.subn("postgresql+psycopg://", Path(place).as_posix(), count=1)
    if not found:
        return FileDatabase(Path(place), busy_s=busy_s)
    if isinstance(place, str):
        url = _URL.sub("postgresql+psycopg://", place, count=1)
    try:
        from geo.store.server import ServerDatabase  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise DataError(
            say(f"没有安装 PostgreSQL 的驱动（{error.name}）。", f"{error.name} is not installed"),
            hint=say("请运行：pip install 'fuwuquan[postgis]'", "pip install 'fuwuquan[postgis]'"),
        ) from error
    return ServerDatabase(url, folder=folder, busy_s=busy_s)
