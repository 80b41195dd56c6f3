"""Through what every request passes: its id, its language, its size, its line in the log."""

from __future__ import annotations

import logging
import random
import re
import time
from typing import Final

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api import log
from api.errors import internal, problem
from api.metrics import Metrics
from api.settings import Settings
from geo.text import Language, say, speak

_log = logging.getLogger(__name__)
_ID: Final = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_SAFE_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=()",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        "script-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'self'; form-action 'self'"
    ),
}
_SAFE: Final = [(name.lower().encode(), text.encode()) for name, text in _SAFE_HEADERS.items()]
_VARIES: Final = ("Accept-Language", "Accept-Encoding")
"""What every answer depends on; what else does, each says itself."""
_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class Door:
    """The outermost layer of the application.

    It gives every request an id, speaks the reader's language, refuses bodies that are too large,
    answers HEAD where there is GET, turns what nobody caught into a plain answer, counts and logs.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        identity = given if _ID.fullmatch(given) else f"{random.getrandbits(64):016x}"
        log.request_id.set(identity)
        spoken = wanted_language(headers.get("accept-language", ""), self._settings.language)
        speak(spoken)
        passage = _Passage(
            scope, receive, send, settings=self._settings, identity=identity, language=spoken
        )
        scope.setdefault("state", {})["request_id"] = identity
        begun = time.perf_counter()
        self._metrics.begin()
        try:
            if passage.refuses(headers.get("content-length")):
                await self._too_large(passage)
            else:
                await self._app(passage.scope, passage.receive, passage.send)
        except _TooMuchError:
            await self._too_large(passage)
        except _TooSlowError:
            await self._too_slow(passage)
        except Exception:  # noqa: BLE001 - whatever fails is logged and answered
            _log.exception("%s %s failed", scope["method"], scope["path"])
            if not passage.begun:
                answer = internal(scope["path"], identity)
                await answer(passage.scope, passage.receive, passage.send)
        finally:
            seconds = time.perf_counter() - begun
            route = getattr(passage.scope.get("route"), "path", "") or "-"
            self._metrics.end(passage.method, route, passage.status, seconds)
            if scope["path"] not in _QUIET:
                log.access(
                    method=passage.method,
                    path=scope["path"],
                    status=passage.status,
                    seconds=seconds,
                    size=passage.sent,
                )

    async def _too_large(self, passage: _Passage) -> None:
        most = self._settings.body_bytes
        if not passage.begun:
            answer = problem(
                413,
                say(f"请求内容超过 {most:,} 字节。", f"The body is longer than {most:,} bytes."),
                instance=passage.scope["path"],
            )
            await answer(passage.scope, passage.receive, passage.send)

    async def _too_slow(self, passage: _Passage) -> None:
        seconds = self._settings.body_s
        if not passage.begun:
            answer = problem(
                408,
                say(
                    f"请求内容中断超过 {seconds:g} 秒。",
                    f"the body paused for more than {seconds:g} seconds.",
                ),
                instance=passage.scope["path"],
                headers={"Connection": "close"},
            )
            await answer(passage.scope, passage.receive, passage.send)


class Requests(HttpToolsProtocol):
    """Reads requests; one that is no HTTP is refused in the form of every other refusal.

    It stands in a module that is soon imported: each of several processes loads it before it can
    tell the first one that it lives.
    """

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own words
        """Refuse what cannot be read, and end the connection."""
        refused = problem(
            400,
            say("请求不合 HTTP 的写法，读不懂。", "this is no HTTP request."),
            hint=say(
                "网址里的汉字、空格和符号要写成 %XX（UTF-8），如“社区”写作 %E7%A4%BE%E5%8C%BA；"
                "浏览器会自己写，curl 可用 -G --data-urlencode。",
                "Other letters than ASCII, blanks and signs in an address are written %XX (UTF-8);"
                " browsers do so themselves, for curl there is -G --data-urlencode.",
            ),
            headers={"Connection": "close", "X-Content-Type-Options": "nosniff"},
        )
        head = b"".join(name + b": " + value + b"\r\n" for name, value in refused.raw_headers)
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n" + head + b"\r\n" + refused.body)
        self.transport.close()


class _TooSlowError(Exception):
    """A body did not go on."""


class _TooMuchError(Exception):
    """A body without a declared length grew too large."""


class _Passage:
    """One request on its way in and its answer on its way out."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        settings: Settings,
        identity: str,
        language: str,
    ) -> None:
        self.method: str = scope["method"]
        self._head = self.method == "HEAD"
        self.scope = {**scope, "method": "GET"} if self._head else scope
        self._receive = receive
        self._send = send
        self._identity = identity
        self._language = language
        self._most, self._pause_s = settings.body_bytes, settings.body_s
        self._whole = False
        self._taken = 0
        self.begun = False
        self.status = 500
        self.sent = 0

    def refuses(self, length: str | None) -> bool:
        """Return whether a declared length is more than is taken."""
        return length is not None and (not length.isdecimal() or int(length) > self._most)

    async def receive(self) -> Message:
        """Take the next part of the body."""
        if self._whole:  # what comes now is the end of the connection, whenever that is
            return await self._receive()
        try:
            with anyio.fail_after(self._pause_s):
                message = await self._receive()
        except TimeoutError:
            raise _TooSlowError from None
        if message["type"] == "http.request":
            self._whole = not message.get("more_body", False)
            self._taken += len(message.get("body", b""))
            if self._taken > self._most:
                raise _TooMuchError
        return message

    async def send(self, message: Message) -> None:
        """Send the next part of the answer."""
        if message["type"] == "http.response.start":
            self.begun = True
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._identity
            headers.setdefault("Content-Language", self._language)
            vary = headers.get("vary", "")
            varies = [one for one in _VARIES if one not in vary]
            headers["Vary"] = ", ".join([vary, *varies] if vary else varies)
            there = {name for name, _ in headers.raw}
            headers.raw.extend(one for one in _SAFE if one[0] not in there)
        elif message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
            if self._head:
                if message.get("more_body"):
                    return
                message = {"type": "http.response.body", "body": b""}
        await self._send(message)


def wanted_language(accepted: str, otherwise: Language) -> Language:
    """Return the language that an ``Accept-Language`` header asks for.

    Examples
    --------
    >>> wanted_language("en-GB,en;q=0.9,zh;q=0.5", "zh"), wanted_language("fr", "zh")
    ('en', 'zh')
    """
    best, weight = otherwise, 0.0
    for part in accepted.split(","):
        tag, _, rest = part.partition(";")
        word = tag.strip().lower().partition("-")[0]
        try:
            quality = float(rest.partition("=")[2]) if rest else 1.0
        except ValueError:
            quality = 0.0
        if word in ("zh", "en") and quality > weight:
            best, weight = ("zh" if word == "zh" else "en"), quality
    return best
