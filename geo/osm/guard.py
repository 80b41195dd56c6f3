"""What a file really holds, and whether it would inflate beyond all reason."""

from __future__ import annotations

import bz2
import gzip
import zlib
from pathlib import Path
from typing import BinaryIO, Literal

from geo.errors import DataError, NotFoundError
from geo.text import say

Format = Literal["pbf", "xml", "xml.gz", "xml.bz2"]

MOST_INFLATION = 100
"""Times its size that a compressed file may inflate; real OSM files reach about 25."""
ALWAYS_ALLOWED_BYTES = 64 * 2**20
"""Contents up to this size are harmless whatever the ratio."""
MOST_BYTES = 16 * 2**30
"""Contents above this size are no city's streets."""

_CHUNK_BYTES = 2**20


def file_format(path: Path) -> Format:
    """Return the format of an OSM file by its first bytes, whatever its name says.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        The file is empty, of another kind, or a compressed file of absurd content.
    """
    if not path.is_file():
        raise NotFoundError(
            say(f"没有文件“{path}”。", f"there is no file {str(path)!r}"),
            hint=say("请检查路径。", "check the path"),
        )
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(b"\x1f\x8b"):
        with gzip.open(path) as inflated:
            _refuse_bomb(path, inflated)
        return "xml.gz"
    if head.startswith(b"BZh"):
        with bz2.open(path) as inflated:
            _refuse_bomb(path, inflated)
        return "xml.bz2"
    if b"OSMHeader" in head:
        return "pbf"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "xml"
    raise DataError(
        say(
            f"“{path.name}”不是 OpenStreetMap 文件（.pbf、.osm、.xml，可用 gz 或 bz2 压缩）。",
            f"{path.name!r} is not an OpenStreetMap file (.pbf, .osm or .xml, or these as gz/bz2)",
        ),
        hint=say(
            "线状图层（.gpkg、.shp、.geojson）请用 fuwuquan import street 导入。",
            "bring in a layer of lines (.gpkg, .shp, .geojson) by fuwuquan import street",
        ),
    )


def _refuse_bomb(path: Path, inflated: BinaryIO | gzip.GzipFile | bz2.BZ2File) -> None:
    """Inflate once without keeping anything, and stop as soon as the content is absurd."""
    limit = min(MOST_BYTES, max(ALWAYS_ALLOWED_BYTES, MOST_INFLATION * path.stat().st_size))
    size = 0
    try:
        while chunk := inflated.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > limit:
                raise DataError(
                    say(
                        f"“{path.name}”解压后超过 {limit // 2**20} MB，已拒绝读取。",
                        f"{path.name!r} inflates beyond {limit // 2**20} MB and was refused",
                    ),
                    hint=say(
                        "这不像正常的街路文件；请从原来源重新下载。",
                        "this is no ordinary file of streets; download it again",
                    ),
                )
    except (OSError, EOFError, zlib.error) as wrong:
        raise damaged(path) from wrong


def damaged(path: Path) -> DataError:
    """Return the error for a file that is cut short or corrupt."""
    return DataError(
        say(f"“{path.name}”不完整或已损坏。", f"{path.name!r} is cut short or corrupt"),
        hint=say("请重新下载或重新导出该文件。", "download or export the file again"),
    )
