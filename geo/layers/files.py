"""Whether a file may be opened: what it really is, how big it is, what hides inside a zip."""

from __future__ import annotations

import hashlib
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

from geo.errors import DataError, NotFoundError
from geo.text import say

SUFFIXES: Final = (
    ".xlsx", ".xlsm", ".xls", ".csv", ".txt", ".tsv",
    ".gpkg", ".geojson", ".json", ".shp", ".zip", ".kml", ".kmz",
)  # fmt: skip
MAX_FILE_BYTES: Final = 2 * 1024**3
MAX_INFLATED_BYTES: Final = 2 * 1024**3
MAX_RATIO: Final = 200
"""Inflated over stored size beyond which an archive of more than ``FREE_BYTES`` is refused."""
FREE_BYTES: Final = 64 * 1024**2
MAX_MEMBERS: Final = 2000

_CORRUPT: Final = (
    *(OSError, EOFError, NotImplementedError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
"""What unpacking a damaged member may raise."""

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SQLITE: Final = b"SQLite format 3\x00"
_SHAPE: Final = b"\x00\x00\x27\x0a"


def check_file(path: Path) -> str:
    """Return the kind of a file (its suffix in lower case) after making sure that it is one.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        The file is empty, too large, of an unknown kind, or not what its suffix says.
    """
    if not path.exists():
        raise NotFoundError(
            say(f"找不到文件“{path}”。", f"there is no file {path}"),
            hint=say("请核对路径和文件名。", "check the path"),
        )
    if not path.is_file():
        raise DataError(
            say(f"“{path}”不是文件。", f"{path} is not a file"),
            hint=say("请给出一个文件，而不是文件夹。", "name a file, not a folder"),
        )
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise DataError(
            say(f"不认识“{path.name}”的格式。", f"{path.name}: unknown kind of file"),
            hint=say(f"可用：{'、'.join(SUFFIXES)}", f"use one of {', '.join(SUFFIXES)}"),
        )
    size = path.stat().st_size
    if size == 0:
        raise DataError(
            say(f"文件“{path.name}”是空的（0 字节）。", f"{path.name} is empty (0 bytes)"),
            hint=say("请重新导出或重新拷贝。", "export or copy it again"),
        )
    if size > MAX_FILE_BYTES:
        raise DataError(
            say(
                f"文件“{path.name}”有 {size / 1024**3:.1f} GB，超过 2 GB 的上限。",
                f"{path.name} has {size / 1024**3:.1f} GB; the limit is 2 GB",
            ),
            hint=say("请按区县裁剪后再导入。", "clip it to the county first"),
        )
    _check_start(path, kind)
    return kind


def _check_start(path: Path, kind: str) -> None:
    with path.open("rb") as file:
        start = file.read(512)
    text = start.lstrip(b"\xef\xbb\xbf").lstrip()
    wanted = {
        ".xlsx": start.startswith(_ZIP),
        ".xlsm": start.startswith(_ZIP),
        ".zip": start.startswith((_ZIP, b"PK\x05\x06")),
        ".kmz": start.startswith(_ZIP),
        ".xls": start.startswith(_OLE),
        ".gpkg": start.startswith(_SQLITE),
        ".shp": start.startswith(_SHAPE),
        ".geojson": text.startswith((b"{", b"[")),
        ".json": text.startswith((b"{", b"[")),
        ".kml": text.startswith(b"<"),
    }
    if wanted.get(kind, not start.startswith((_ZIP, _OLE, _SQLITE, _SHAPE))):
        return
    found = _looks_like(start, text)
    raise DataError(
        say(
            f"“{path.name}”不是 {kind} 格式（看起来是{found[0]}），可能被改过后缀，或已损坏。",
            f"{path.name} is not a {kind} file (it looks like {found[1]}): renamed, or damaged",
        ),
        hint=say(
            "请用原软件打开后“另存为”所需格式，不要直接改后缀。",
            "open it in the program that made it and save it in the right format",
        ),
    )


def _looks_like(start: bytes, text: bytes) -> tuple[str, str]:
    for mark, zh, en in (
        (_ZIP, " xlsx 或 zip", "xlsx or zip"),
        (_OLE, "旧版 xls", "an old xls"),
        (_SQLITE, " gpkg", "gpkg"),
        (_SHAPE, " shp", "shp"),
        (b"Rar!", " rar 压缩包", "rar"),
        (b"7z\xbc\xaf", " 7z 压缩包", "7z"),
        (b"%PDF", " PDF", "PDF"),
    ):
        if start.startswith(mark):
            return zh, en
    if text[:1] == b"<":
        return "网页或 XML", "a web page or XML"
    if text[:1] in (b"{", b"["):
        return " JSON", "JSON"
    return ("文本", "text") if b"\x00" not in start else ("未知的二进制文件", "unknown bytes")


def check_archive(path: Path) -> None:
    """Refuse a zip that would inflate without bound, climbs out of its folder or holds links.

    Raises
    ------
    DataError
        Naming the member and the limit.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise damaged(path, error) from error
    if len(members) > MAX_MEMBERS:
        raise _refused(path, say(f"有 {len(members)} 个成员", f"it has {len(members)} members"))
    inflated = sum(member.file_size for member in members)
    stored = max(path.stat().st_size, 1)
    if inflated > MAX_INFLATED_BYTES or (inflated > FREE_BYTES and inflated / stored > MAX_RATIO):
        raise _refused(
            path,
            say(
                f"解压后有 {inflated / 1024**2:,.0f} MB，是压缩包的 {inflated / stored:,.0f} 倍",
                f"it inflates to {inflated / 1024**2:,.0f} MB, {inflated / stored:,.0f} times "
                "its size",
            ),
        )
    for member in members:
        name = PurePosixPath(member.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or ":" in member.filename:
            raise _refused(
                path,
                say(
                    f"成员“{member.filename}”指向文件夹之外",
                    f"member {member.filename!r} points outside its folder",
                ),
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _refused(
                path,
                say(f"成员“{member.filename}”是链接", f"member {member.filename!r} is a link"),
            )
        if member.flag_bits & 0x1:
            raise DataError(
                say(f"“{path.name}”有密码，无法读取。", f"{path.name} is encrypted"),
                hint=say("请去掉密码后另存。", "save it without a password"),
            )


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Unpack a checked zip into a folder that vanishes afterwards; sizes are enforced, not trusted.

    Member names written in GBK by Windows are read as such.
    """
    check_archive(path)
    with TemporaryDirectory(prefix="fuwuquan-") as folder:
        written = 0
        try:
            with zipfile.ZipFile(path) as archive:
                for member in archive.infolist():
                    if member.is_dir():
                        continue
                    target = Path(folder) / _member_name(member)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with archive.open(member) as source, target.open("wb") as sink:
                        while block := source.read(1024**2):
                            written += len(block)
                            if written > MAX_INFLATED_BYTES:
                                raise _refused(path, say("解压后超过 2 GB", "over 2 GB inflated"))
                            sink.write(block)
        except _CORRUPT as error:
            raise damaged(path, error) from error
        yield Path(folder)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file; for a shapefile, of all its parts in order of name."""
    digest = hashlib.sha256()
    parts = [path]
    if path.suffix.lower() == ".shp":
        parts = sorted(p for p in path.parent.glob(f"{_escape(path.stem)}.*") if p.is_file())
    for part in parts:
        with part.open("rb") as file:
            while block := file.read(1024**2):
                digest.update(block)
    return digest.hexdigest()


def damaged(path: Path, error: Exception) -> DataError:
    """Return the error for a file that is what its suffix says but cannot be read to the end."""
    return DataError(
        say(
            f"文件“{path.name}”已损坏或不完整，无法读取（{type(error).__name__}）。",
            f"{path.name} is damaged or incomplete ({type(error).__name__})",
        ),
        hint=say(
            "请重新拷贝或下载；若能用原软件打开，请另存一份再导入。",
            "copy or download it again; if its own program opens it, save a fresh copy",
        ),
    )


def _member_name(member: zipfile.ZipInfo) -> str:
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return member.filename


def _escape(stem: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in stem)


def _refused(path: Path, reason: str) -> DataError:
    return DataError(
        say(
            f"出于安全拒绝打开“{path.name}”：{reason}。",
            f"{path.name} was refused for safety: {reason}",
        ),
        hint=say("请自行解压检查，再导入其中需要的文件。", "unpack and inspect it yourself first"),
    )
