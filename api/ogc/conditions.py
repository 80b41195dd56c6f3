"""On which version of a row an edit is made: the headers If-Match and If-None-Match."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from api.errors import PreconditionRequiredError
from geo.text import say

_TAG: Final = re.compile(r'(W/)?"([^"]*)"')
_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Seen:
    """What an editor says he saw.

    Attributes
    ----------
    versions
        Versions of the row; empty when he says none.
    said
        Whether he says any at all, be it one that no row ever has.
    new
        Whether the row must not exist.
    tags
        All strong tags, in their quotes.
    """

    versions: frozenset[int]
    said: bool
    new: bool
    tags: frozenset[str] = frozenset()

    def fits(self, version: int) -> bool:
        """Return whether he saw this version."""
        return version in self.versions

    @property
    def one(self) -> int:
        """The version that he saw, as far as it is one; 0 else."""
        return max(self.versions, default=0)


def seen_by(request: Request) -> Seen:
    """Return what a request's conditions say.

    Weak tags and ``*`` name no version.
    """
    given = request.headers.get("if-match")
    tags = _TAG.findall(given or "")
    versions = {
        int(text)
        for weak, text in tags
        if not weak and text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    }
    said = given is not None and given.strip() != "*"
    strong = frozenset(f'"{text}"' for weak, text in tags if not weak)
    is_new = request.headers.get("if-none-match", "").strip() == "*"
    return Seen(frozenset(versions), said, is_new, strong)


def require_seen(seen: Seen, *, layer: bool = False) -> None:
    """Refuse an act on what others may change too that names no version.

    Parameters
    ----------
    seen
        What the request names.
    layer
        Whether it edits a row of a layer, as programs do that had better do so in a draft.

    Raises
    ------
    PreconditionRequiredError
        It names none.
    """
    if not seen.said:
        raise PreconditionRequiredError(
            say(
                "要写明您看到的是哪一版（If-Match），免得盖掉别人的修改。",
                "the version that you saw must be named (If-Match), lest others' work be lost.",
            ),
            hint=say(
                "先读它，把响应头 ETag 原样写进 If-Match"
                + ("；QGIS 等软件请在草稿中编辑（/ws）。" if layer else "。"),
                "read it and send its ETag as If-Match"
                + ("; edit in a draft (/ws) with QGIS." if layer else "."),
            ),
        )
