"""What anybody sees while only what was published is served: few routes, few collections."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextvars import ContextVar
from typing import Final

from starlette.requests import Request

from api.errors import MethodNotAllowedError
from api.people.origins import SAFE
from geo.errors import NotFoundError
from geo.text import say

_ROUTES: Final = re.compile(
    r"/|/conformance|/api|/openapi\.json|/healthz|/readyz|/favicon\.ico|/collections|/tiles(/.*)?"
    r"|/tileMatrixSets(/.*)?|/collections/(?P<name>[^/]+)(/.*)?"
)
"""Every other route is not there, what is added later included."""

_shown: ContextVar[frozenset[str] | None] = ContextVar("fuwuquan_published", default=None)


def admit(request: Request, collections: Collection[str]) -> None:
    """Let a reader see what was published, in everything that this request asks.

    Raises
    ------
    NotFoundError
        What is asked for is not published.
    MethodNotAllowedError
        The request would change something.
    """
    _shown.set(frozenset(collections))
    if request.method not in SAFE:
        raise MethodNotAllowedError(
            say("这里只能读，不能改。", "here one may only read."), headers={"Allow": "GET, HEAD"}
        )
    path = str(request.scope["path"])
    found = _ROUTES.fullmatch(path)
    if found is None or not is_shown(found["name"] or ""):
        raise NotFoundError(
            say(f"没有这个地址：{path}", f"There is nothing at {path}"),
            hint=say("可从首页 / 起逐级查看。", "Begin at the landing page /."),
        )


def is_there(path: str, methods: Collection[str]) -> bool:
    """Return whether the one who asks finds a route, by its path with what varies in braces."""
    if _shown.get() is None:
        return True
    return "GET" in methods and _ROUTES.fullmatch(path) is not None


_NEVER: Final = frozenset({"result_names_audit"})
"""Results that may name what is secret: they stand in the workspace, and are served to nobody."""


def is_shown(name: str) -> bool:
    """Return whether a collection may be seen by the one who asks."""
    if name in _NEVER:
        return False
    shown = _shown.get()
    return shown is None or not name or name in shown
