"""On which version of a row an edit is made: the headers If-Match and If-None-Match."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from api.errors import PreconditionRequiredError
from geo.text import say

SEEN: Final = "if_match"
"""Field of a form with the ETag of what its page showed, as programs send it in the header."""
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


def saw(request: Request, mark: str) -> None:
    """Note which version the page showed from which a form is sent: its ETag."""
    request.scope.setdefault("state", {})[SEEN] = mark


def seen_by(request: Request) -> Seen:
    """Return which version one saw, as the form says it or the conditions of a program."""
    said: dict[str, str] = request.scope.get("state", {})
    is_new = request.headers.get("if-none-match", "").strip() == "*"
    return seen_of(said.get(SEEN, request.headers.get("if-match")), new=is_new)


def seen_of(given: str | None, *, new: bool = False) -> Seen:
    """Return what an editor says he saw, by the ETags that he names; None: he names none.

    Weak tags and ``*`` name no version.

    Examples
    --------
    >>> seen_of('"4.1", W/"3"').tags, seen_of('"4"').one, seen_of(None).said
    (frozenset({'"4.1"'}), 4, False)
    """
    tags = _TAG.findall(given or "")
    versions = {
        int(text)
        for weak, text in tags
        if not weak and text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    }
    said = given is not None and given.strip() != "*"
    strong = frozenset(f'"{text}"' for weak, text in tags if not weak)
    return Seen(frozenset(versions), said, new, strong)


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
