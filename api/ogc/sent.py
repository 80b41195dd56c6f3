"""What a page of ours sends: the fields of a form, and the files that are sent along."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from api.ogc.conditions import SEEN, saw
from api.ogc.done import tell
from api.people.entrance import FORM_FIELD
from api.people.guard import check_token
from api.store import settings_of
from geo.errors import DataError
from geo.text import say

PLAIN: Final = "application/x-www-form-urlencoded"
PARTS: Final = "multipart/form-data"
_MOST_FIELDS: Final = 300
_BOUNDARY: Final = re.compile(r'boundary=(?:"([^"]{1,70})"|([^;\s"]{1,70}))', re.IGNORECASE)
_NAMED: Final = re.compile(r'\b(name|filename)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class File:
    """A file as a browser sends it."""

    name: str
    media_type: str
    content: bytes

    @property
    def base64(self) -> str:
        """Its content as JSON can hold it."""
        return b64encode(self.content).decode()


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form has in its fields; empty ones are left out."""

    fields: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return what stands in a field, the first where there are several; else nothing."""
        return next(iter(self.fields.get(name, ())), "")


def is_form(request: Request) -> bool:
    """Return whether a page of ours sends a form."""
    return _kind_of(request.headers.get("content-type", "")) in (PLAIN, PARTS)


async def sent_by(request: Request) -> Sent:
    """Return what a form has in its fields, once its token is known to be right.

    Which version its page showed, `api.ogc.conditions.seen_by` tells from then on.

    Raises
    ------
    ForbiddenError
        The form is not of this session.
    DataError
        It cannot be read.
    """
    pairs, files = await typed_by(request)
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        if value.strip():
            fields.setdefault(name, []).append(value.replace("\r\n", "\n").strip())
    for mark in fields.pop(SEEN, ())[:1]:
        saw(request, mark)
    return Sent(fields, files)


async def typed_by(request: Request) -> tuple[list[tuple[str, str]], dict[str, File]]:
    """Return names and values of a form as they were typed, and its files; else as `sent_by`."""
    pairs, files = in_form(await request.body(), request.headers.get("content-type", ""))
    token = next((value for name, value in pairs if name == FORM_FIELD), "")
    check_token(request, token)
    return [pair for pair in pairs if pair[0] != FORM_FIELD], files


def in_form(body: bytes, content_type: str) -> tuple[list[tuple[str, str]], dict[str, File]]:
    """Return names and values of the body of a form, and its files.

    Raises
    ------
    DataError
        It cannot be read.
    """
    if _kind_of(content_type) == PARTS:
        return _parts(body, content_type)
    text = body.decode("utf-8", "replace")
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS), {}
    except ValueError:
        raise _too_many() from None


def led_to(request: Request, where: str, *, done: str = "") -> Response:
    """Lead a browser to a page of ours after a form.

    Parameters
    ----------
    request
        The request.
    where
        Path of the page, or its whole address.
    done
        What the page says first: a key of `api.ogc.done.WORDS`.
    """
    prefix = urlsplit(settings_of(request).public_url).path.rstrip("/")
    to = prefix + where if where.startswith("/") else where
    answer = Response(status_code=303, headers={"Location": to, "Cache-Control": "no-store"})
    if done:
        tell(request, answer, done)
    return answer


def _kind_of(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _parts(body: bytes, content_type: str) -> tuple[list[tuple[str, str]], dict[str, File]]:
    """Return the fields and the files of a form in parts (RFC 7578)."""
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise _unreadable()
    line = b"--" + (match[1] or match[2]).encode("latin-1", "replace")
    pieces = (b"\r\n" + body).split(b"\r\n" + line)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):  # noqa: PLR2004 - no part, or no end
        raise _unreadable()
    if len(pieces) - 2 > _MOST_FIELDS:
        raise _too_many()
    pairs, files = [], {}
    for piece in pieces[1:-1]:
        head, parted, content = piece.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "replace").split("\r\n")
        told = {name.strip().lower(): text.strip() for name, _, text in
                (one.partition(":") for one in lines)}  # fmt: skip
        named = dict(_NAMED.findall(told.get("content-disposition", "")))
        if not parted or "name" not in named:
            raise _unreadable()
        name = named["name"]
        if "filename" not in named:
            pairs.append((name, content.decode("utf-8", "replace")))
        elif named["filename"] and content:
            kind = told.get("content-type", "application/octet-stream")
            files[name] = File(named["filename"].replace("%22", '"'), kind, content)
    return pairs, files


def _unreadable() -> DataError:
    return DataError(
        say("表单读不懂。", "the form cannot be read."),
        hint=say("请刷新页面后重新填写。", "Load the page anew and fill it in again."),
    )


def _too_many() -> DataError:
    return DataError(say("表单项太多。", "the form has too many fields."))
