"""Lets every draft be an API root of its own: ``/ws/{id}/…`` answers as ``/…`` does.

QGIS and others send no If-Match, so they may never edit what is published. They connect to a
draft instead, at whose addresses the same routes read and write: the draft's rows over the
published ones.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from anyio import to_thread
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.drafts.access import may_see
from api.errors import answered
from api.people.person import Person, person_of
from api.store import DRAFT
from geo.errors import PlannerError
from geo.store import Workspace
from geo.store.drafts.book import draft_of

_ADDRESS: Final = re.compile(r"/ws/([0-9a-f]{16})(/.*)?")
_PARTS: Final = ("conformance", "collections", "tiles", "tileMatrixSets", "api", "openapi.json")
"""First parts of the addresses that a draft has of its own."""


class Roots:
    """The layer of the application that finds out which draft is asked.

    Parameters
    ----------
    app
        What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, as one to its draft where it is one."""
        found = _ADDRESS.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is None or not _is_of_a_root(scope["method"], found[2] or "/"):
            await self._app(scope, receive, send)
            return
        draft, rest = found[1], found[2] or "/"
        request = Request(scope)
        workspace: Workspace = scope["app"].state.workspace
        try:
            await to_thread.run_sync(partial(_admit, workspace, draft, person_of(request)))
        except PlannerError as refused:
            await answered(request, refused)(scope, receive, send)
            return
        under = f"/ws/{draft}"
        root = scope.get("root_path", "") + under
        state = {**scope.get("state", {}), DRAFT: draft, "under": under}
        path = under + rest
        inner = {**scope, "path": path, "root_path": root, "app_root_path": root, "state": state}
        await self._app(inner, receive, send)


def _is_of_a_root(method: str, rest: str) -> bool:
    first = rest.removeprefix("/").partition("/")[0]
    return (not first and method in ("GET", "OPTIONS")) or first in _PARTS


def _admit(workspace: Workspace, draft: str, person: Person) -> None:
    with workspace.reading() as connection:
        may_see(person, draft_of(connection, draft))
