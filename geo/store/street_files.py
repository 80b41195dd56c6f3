"""Files that go with the streets, networks above all: in a folder, or in the database as well."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from geo.store.database import Database
from geo.store.models import STREET_FILE


class StreetFiles:
    """The files of the folder ``streets`` of a workspace.

    Beside a workspace's own folder that is all. Without one (a database, a lone GeoPackage) the
    store keeps the bytes of each file with their fingerprint, and the folder holds copies.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._own = database.keeps_folder
        self._folder = database.folder / name

    def exist(self, connection: sa.Connection) -> bool:
        """Return whether there is one."""
        if self._own:
            return self._folder.is_dir() and any(self._folder.iterdir())
        return bool(connection.scalar(sa.select(sa.func.count()).select_from(STREET_FILE)))

    def fetch(self, name: str) -> None:
        """Bring a file of the database into the folder, unless the same lies there."""
        if self._own:
            return
        row = STREET_FILE.c.name == name
        here = self._folder / name
        with self._database.reading() as connection:
            wanted = connection.scalar(sa.select(STREET_FILE.c.sha256).where(row))
            if wanted is None or (here.is_file() and _sha256(here.read_bytes()) == wanted):
                return
            content = connection.scalar(sa.select(STREET_FILE.c.content).where(row))
        _write(here, bytes(content or b""))

    def keep(self, name: str) -> None:
        """Keep a file of the folder in the database too."""
        if not self._own:
            with self._database.writing() as connection:
                put_files(connection, {name: (self._folder / name).read_bytes()})

    def drop(self, name: str) -> None:
        """Take a file away, from folder and database."""
        (self._folder / name).unlink(missing_ok=True)
        if not self._own:
            with self._database.writing() as connection:
                connection.execute(sa.delete(STREET_FILE).where(STREET_FILE.c.name == name))

    def names(self) -> list[str]:
        """Return the names of all files, sorted."""
        if self._own:
            there = self._folder.iterdir() if self._folder.is_dir() else ()
            return sorted(path.name for path in there if path.is_file())
        with self._database.reading() as connection:
            return sorted(connection.scalars(sa.select(STREET_FILE.c.name)))

    def contents(self, connection: sa.Connection) -> dict[str, bytes]:
        """Return the bytes of every file."""
        if self._own:
            return {name: (self._folder / name).read_bytes() for name in self.names()}
        return files_of(connection)

    def unpack(self) -> None:
        """Put the files that the store keeps into the workspace's own folder instead."""
        if self._own:
            with self._database.writing() as connection:
                for name, content in files_of(connection).items():
                    _write(self._folder / Path(name).name, content)
                connection.execute(sa.delete(STREET_FILE))


def put_files(connection: sa.Connection, files: Mapping[str, bytes]) -> None:
    """Put files into the store, each in place of the one of its name."""
    for name, content in files.items():
        connection.execute(sa.delete(STREET_FILE).where(STREET_FILE.c.name == name))
        row = {"name": name, "sha256": _sha256(content), "content": content}
        connection.execute(sa.insert(STREET_FILE).values(row))


def files_of(connection: sa.Connection) -> dict[str, bytes]:
    """Return the files that the store keeps."""
    found = sa.select(STREET_FILE.c.name, STREET_FILE.c.content).order_by(STREET_FILE.c.name)
    return {row.name: bytes(row.content) for row in connection.execute(found)}


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.write_bytes(content)
    half.replace(path)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
