"""How the first administrator comes in: by a code shown once, where the server was started."""

from __future__ import annotations

import secrets
import time
from typing import Final

import sqlalchemy as sa

from api.errors import UnauthorizedError
from api.people import accounts
from api.people.credentials import fingerprint
from api.people.origins import is_loopback
from api.settings import Settings
from geo.store import Workspace
from geo.store.people import SETUP
from geo.text import say

_LASTS_S: Final = 24 * 3600


def code_for(workspace: Workspace, settings: Settings) -> str | None:
    """Return a code by which the first administrator comes in, None where none is wanted.

    None is wanted on the laptop of one person, once there are accounts, and where only what was
    published is served.
    """
    local = is_loopback(settings.host) and not settings.public_url
    if settings.public or local:
        return None
    with workspace.reading() as connection:
        if accounts.exist(connection):
            return None
    code = secrets.token_urlsafe(24)
    now = int(time.time())
    with workspace.writing() as connection:
        connection.execute(sa.delete(SETUP))
        made = {"token_sha256": fingerprint(code), "ends_at": now + _LASTS_S}
        connection.execute(sa.insert(SETUP).values(made))
    return code


def spend(connection: sa.Connection, code: str) -> None:
    """Take a code; it is good once.

    Raises
    ------
    UnauthorizedError
        It is not the code, or its day is over.
    """
    this = SETUP.c.token_sha256 == fingerprint(code.strip())
    done = connection.execute(sa.delete(SETUP).where(this, SETUP.c.ends_at > int(time.time())))
    if not done.rowcount:
        raise UnauthorizedError(
            say("一次性码不对或已过期。", "the code is wrong or over."),
            hint=say(
                "它在启动服务的窗口里（作为服务运行时在日志里），重新启动会得到新的。",
                "it stands where the server was started, or in its log; a new start gives a new"
                " one.",
            ),
        )
