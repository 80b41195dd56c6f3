"""The store behind the server: opened once, one state of it for each request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from starlette.requests import Request

from api.settings import Settings
from geo.store import Workspace


def opened(settings: Settings) -> Workspace:
    """Open the workspace or database of the settings."""
    if settings.database is None:
        workspace = Workspace.open(settings.workspace)
    else:
        workspace = Workspace.open(settings.database.get_secret_value())
    workspace.keep_open()
    return workspace


def workspace_of(request: Request) -> Workspace:
    """Return the workspace that a request asks of."""
    workspace = request.app.state.workspace
    assert isinstance(workspace, Workspace)
    return workspace


def settings_of(request: Request) -> Settings:
    """Return the settings of the server."""
    settings = request.app.state.settings
    assert isinstance(settings, Settings)
    return settings


@contextmanager
def reading(request: Request) -> Iterator[sa.Connection]:
    """Give a connection on which everything in a request sees one state of the store."""
    with workspace_of(request).reading() as connection:
        yield connection
