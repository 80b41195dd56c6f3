"""The files of a job: in the folder of a workspace that has one, in the database otherwise."""

from __future__ import annotations

import hashlib
import mimetypes
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from api.errors import GoneError
from geo.store import Workspace
from geo.store.jobs import JOB_FILE
from geo.text import say

FOLDER: Final = "output/jobs"
_TYPES: Final = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gpkg": "application/geopackage+sqlite3",
    ".geojson": "application/geo+json",
    ".pmtiles": "application/vnd.pmtiles",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".qml": "application/xml",
}
_BY_FILE: Final = ("job", "role", "name", "media_type", "bytes", "sha256", "place")


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file of a job, without its bytes."""

    job: str
    role: str
    name: str
    media_type: str
    bytes: int
    sha256: str
    place: str


def folder_of(workspace: Workspace, job: str) -> Path:
    """Return the folder that holds what a job wrote."""
    return workspace.folder / FOLDER / job


def keep(connection: sa.Connection, workspace: Workspace, job: str, folder: Path) -> None:
    """Keep every file of a folder as a result of a job."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        content = path.read_bytes()
        own = workspace.database.keeps_folder
        row = {
            "job": job,
            "role": "result",
            "name": path.relative_to(folder).as_posix(),
            "media_type": media_type_of(path),
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "place": path.relative_to(workspace.folder).as_posix() if own else "",
            "content": None if own else content,
        }
        connection.execute(sa.insert(JOB_FILE).values(row))


def files_of(connection: sa.Connection, job: str, role: str = "result") -> list[JobFile]:
    """Return the files of a job, by name."""
    columns = [JOB_FILE.c[name] for name in _BY_FILE]
    found = sa.select(*columns).where(JOB_FILE.c.job == job, JOB_FILE.c.role == role)
    return [JobFile(*row) for row in connection.execute(found.order_by(JOB_FILE.c.name))]


def content_of(workspace: Workspace, connection: sa.Connection, file: JobFile) -> bytes | Path:
    """Return the bytes of a file, or where they lie.

    Raises
    ------
    GoneError
        Somebody deleted the file, or it lies where no result of a job may lie.
    """
    if file.place:
        home = folder_of(workspace, file.job).resolve()
        path = (workspace.folder / file.place).resolve()
        if path.is_relative_to(home) and path.is_file():
            return path
    else:
        this = sa.and_(
            JOB_FILE.c.job == file.job, JOB_FILE.c.role == file.role, JOB_FILE.c.name == file.name
        )
        content = connection.scalar(sa.select(JOB_FILE.c.content).where(this))
        if content is not None:
            return bytes(content)
    raise GoneError(
        say(f"文件“{file.name}”已不在。", f"the file {file.name} is no more."),
        hint=say("请重新运行这个任务。", "run the job again."),
    )


def media_type_of(path: Path) -> str:
    """Return the media type of a file by its ending."""
    guessed, _ = mimetypes.guess_type(path.name)
    return _TYPES.get(path.suffix.lower()) or guessed or "application/octet-stream"


def sweep(workspace: Workspace, job: str, *, but: str = "") -> None:
    """Remove what a job left in its folder, but for the files of one attempt."""
    home = folder_of(workspace, job)
    if not home.is_dir():
        return
    for folder in home.iterdir():
        if folder.name != but:
            shutil.rmtree(folder, ignore_errors=True)
    if not but:
        with suppress(OSError):
            home.rmdir()


def sweep_attempt(workspace: Workspace, job: str, attempt: int) -> None:
    """Remove what one attempt at a job left in its folder."""
    home = folder_of(workspace, job)
    shutil.rmtree(home / str(attempt), ignore_errors=True)
    with suppress(OSError):
        home.rmdir()
