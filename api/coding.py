"""Answers made smaller on their way, for those who can take them so."""

from __future__ import annotations

from functools import lru_cache

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send


@lru_cache(maxsize=256)
def takes_gzip(accepted: str) -> bool:
    """Return whether an ``Accept-Encoding`` header admits gzip.

    Examples
    --------
    >>> [takes_gzip(one) for one in ("br, gzip", "gzip;q=0, *", "*;q=0.5", "identity", "")]
    [True, False, False, False, False]
    """
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        name, _, number = weight.strip().partition("=")
        try:
            weights[coding.strip()] = float(number) if name.strip() == "q" else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get("gzip", 0.0) > 0  # nobody asks for it by * alone


class Gzip(GZipMiddleware):
    """Answers as gzip; a reader who refuses it by ``q=0`` has them as they are."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        accepted = Headers(scope=scope).get("accept-encoding", "") if "headers" in scope else ""
        if takes_gzip(accepted):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)
