"""Find the Chinese fonts of this machine that may be embedded in a PDF and have what it needs."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, get_args

from fontTools.ttLib import TTCollection, TTFont, TTLibError

from geo.errors import DataError
from geo.gazetteer.publish.paper import Face
from geo.text import say

LETTERS: Final = "Aaāáǎàǖǘǚǜ"
NEEDED: Final = f"地名录〔缺〕{LETTERS}°′″"
"""What a font must be able to show."""
_WIDE: Final = 0.8
"""Share of a character's width from which a letter is a wide one."""
_FAMILY_IDS: Final = (1, 16)
_RESTRICTED: Final = 0x0002
"""Bit of OS/2 ``fsType``: the font may not be embedded."""
_LICENCE: Final = 0x000F
_ENDINGS: Final = frozenset({".ttf", ".ttc", ".otf"})


@dataclass(frozen=True, slots=True)
class Font:
    """A font file, and which of its fonts."""

    path: Path
    number: int
    signs: frozenset[int]
    """Code points that it can show."""
    wide: bool
    """It has toned letters as wide as a character."""


def fonts(own: Path | None = None, *, folders: Sequence[str] | None = None) -> dict[Face, Font]:
    """Return a font for every face of a document.

    Parameters
    ----------
    own
        A font file to be used for all faces.
    folders
        Where to look; None: where Windows, Linux and macOS keep fonts.

    Raises
    ------
    DataError
        None is found, or the user's own cannot be used.
    """
    there = _files(tuple(_known()["folders"] if folders is None else folders))
    wanted = {row["id"]: row["files"] for row in _known()["face"]}
    letters = _first(wanted.pop("letters"), there, LETTERS)
    if own is not None:
        font = _own(own)
        return {**dict.fromkeys(get_args(Face), font), "letters": letters or font}
    found = {face: _first(files_of, there, NEEDED) for face, files_of in wanted.items()}
    body = found["body"] or next((font for font in found.values() if font), None)
    if body is None:
        raise DataError(
            say(
                "没有找到可以嵌入 PDF 的中文字体。",
                "no Chinese font was found that can be embedded in a PDF.",
            ),
            hint=say(
                "请安装一种（Windows 自带仿宋 simfang.ttf；Linux 可装思源宋体，软件包 "
                "fonts-noto-cjk），或用 --font 指明字体文件；也可以改为写 .docx。",
                "Install one (Linux: the package fonts-noto-cjk), or name a font file with --font, "
                "or write a .docx.",
            ),
        )
    found["letters"] = letters
    return {face: found[face] or body for face in get_args(Face)}


def _own(path: Path) -> Font:
    try:
        font = _opened(path, "", NEEDED)
    except (OSError, TTLibError) as error:
        raise DataError(
            say(f"字体文件“{path}”打不开。", f"the font {path} cannot be opened."),
            hint=say("请给 .ttf、.otf 或 .ttc 文件。", "Give a .ttf, .otf or .ttc file."),
        ) from error
    if font is None:
        raise DataError(
            say(
                f"字体“{path.name}”不能用：缺少汉字或带声调的字母，或者不许嵌入。",
                f"the font {path.name} lacks characters or toned letters, or forbids embedding.",
            ),
            hint=say("请换一种字体。", "Choose another font."),
        )
    return font


def _first(wanted: Sequence[dict[str, str]], there: dict[str, Path], needed: str) -> Font | None:
    for one in wanted:
        path = there.get(one["file"].lower())
        if path is None:
            continue
        try:
            font = _opened(path, one.get("member", ""), needed)
        except (OSError, TTLibError):
            continue
        if font is not None:
            return font
    return None


@cache
def _opened(path: Path, member: str, needed: str) -> Font | None:
    """Return a font if it may be embedded and shows what is needed."""
    for number, font in _fonts_in(path):
        if member and member not in _families(font):
            continue
        glyphs = font.getBestCmap() or {}
        os2 = font.get("OS/2")
        locked = os2 is not None and os2.fsType & _LICENCE == _RESTRICTED
        if not locked and all(ord(sign) in glyphs for sign in needed):
            advance = font["hmtx"][glyphs[ord("ā")]][0]
            wide = advance >= _WIDE * font["head"].unitsPerEm
            return Font(path, number, frozenset(glyphs), wide)
    return None


def _fonts_in(path: Path) -> Iterator[tuple[int, TTFont]]:
    with path.open("rb") as stream:
        if path.suffix.lower() == ".ttc":
            yield from enumerate(TTCollection(stream, lazy=True).fonts)
        else:
            yield 0, TTFont(stream, lazy=True)


def _families(font: TTFont) -> set[str]:
    return {str(row) for row in font["name"].names if row.nameID in _FAMILY_IDS}


@cache
def _files(folders: tuple[str, ...]) -> dict[str, Path]:
    """Return the font files of this machine by their names in small letters."""
    found: dict[str, Path] = {}
    for written in folders:
        named = written
        for variable in ("WINDIR", "LOCALAPPDATA"):
            named = named.replace(f"%{variable}%", os.environ.get(variable, ""))
        folder = Path(named).expanduser()
        if (named.startswith("/") and written.startswith("%")) or not folder.is_dir():
            continue
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in _ENDINGS:
                found.setdefault(path.name.lower(), path)
    return found


@cache
def _known() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "fonts.toml").read_text("utf-8"))
