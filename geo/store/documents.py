"""Files of documents in the store itself: each kept once, called by the hash of what it holds.

So a file cannot be changed unnoticed, goes along with every backup and move, and is fetched only by
who is told of the document that has this hash.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from geo.errors import DataError
from geo.store.models import DOCUMENT
from geo.text import say

MOST_BYTES: Final = 50_000_000
"""Of one file: a scanned folder of papers fits, a film does not."""
_PLAIN: Final = "application/octet-stream"
_ENDINGS: Final = {
    "application/pdf": ".pdf",
    "application/ofd": ".ofd",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/tiff": ".tif",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/x-ole-storage": ".doc",
    "application/zip": ".zip",
    "text/plain": ".txt",
}
"""How a file's name ends, by what the file is."""
_BEGINNINGS: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),
)
_WITHIN: Final = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "OFD.xml": "application/ofd",
}
"""What a packed file is, by how the name of a file in it begins."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a file without reading it."""

    sha256: str
    media_type: str
    bytes: int

    @property
    def ending(self) -> str:
        """How its name ends, such as ``.pdf``."""
        return _ENDINGS.get(self.media_type, "")


def keep(connection: sa.Connection, content: bytes) -> Kept:
    """Keep a file, in a writing transaction; one that is kept already stays as it is.

    Raises
    ------
    DataError
        It is empty, or larger than `MOST_BYTES`.
    """
    check_size(len(content))
    file = Kept(hashlib.sha256(content).hexdigest(), media_type_of(content), len(content))
    if not kept(connection, [file.sha256]):
        row = {"sha256": file.sha256, "media_type": file.media_type, "bytes": file.bytes}
        connection.execute(sa.insert(DOCUMENT).values(content=content, **row))
    return file


def check_size(count: int) -> None:
    """Refuse a file of a number of bytes that is not kept.

    Raises
    ------
    DataError
        It is empty, or larger than `MOST_BYTES`.
    """
    if not count:
        raise DataError(say("文件是空的。", "the file is empty."))
    if count > MOST_BYTES:
        most = MOST_BYTES // 1_000_000
        raise DataError(
            say(
                f"文件有 {count / 1e6:,.0f} 兆字节，最多 {most} 兆。",
                f"the file has {count / 1e6:,.0f} MB; {most} MB are taken at most.",
            ),
            hint=say("请压缩扫描件，或分成几份登记。", "Scan it smaller, or register parts."),
        )


def kept(connection: sa.Connection, hashes: Collection[str]) -> dict[str, Kept]:
    """Return which files are kept, by their hash."""
    column = DOCUMENT.c
    found = sa.select(column.sha256, column.media_type, column.bytes)
    rows = connection.execute(found.where(column.sha256.in_(list(hashes))))
    return {row[0]: Kept(row[0], row[1], int(row[2])) for row in rows}


def content_of(connection: sa.Connection, sha256: str) -> bytes | None:
    """Return the bytes of a file; None: it is not kept.

    Raises
    ------
    DataError
        The bytes are not those that were kept.
    """
    found = connection.scalar(sa.select(DOCUMENT.c.content).where(DOCUMENT.c.sha256 == sha256))
    if found is None:
        return None
    content = bytes(found)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DataError(
            say(
                "文件的内容与登记时的指纹不符，已损坏或被改动过。",
                "the file is not as it was registered: it is damaged or was changed.",
            ),
            hint=say("请从备份恢复。", "Restore it from a backup."),
        )
    return content


def media_type_of(content: bytes) -> str:
    """Return what a file is, by its content; nobody's word is taken for it.

    Examples
    --------
    >>> media_type_of(b"%PDF-1.7"), media_type_of("批复".encode())
    ('application/pdf', 'text/plain')
    """
    for beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    if content.startswith(b"PK\x03\x04"):
        return _packed(content)
    if b"\0" in content:
        return _PLAIN
    try:
        content.decode()
    except UnicodeDecodeError:
        return _PLAIN
    return "text/plain"


def _packed(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = packed.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return _PLAIN
    for beginning, media_type in _WITHIN.items():
        if any(name.startswith(beginning) for name in names):
            return media_type
    return "application/zip"
