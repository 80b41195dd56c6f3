"""Run the server: one process or several, stopped gently, its address said at the start."""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

from api import log
from api.app import create_app
from api.jobs.running import running
from api.people import setup
from api.settings import Settings
from api.store import opened
from geo.errors import DataError
from geo.text import say

_KEPT_ALIVE_S: Final = 30
_CHOSEN: Final = "FUWUQUAN_SERVE_SETTINGS"
"""Environment variable by which the first process tells the others how they are set up."""


def run(settings: Settings, app: FastAPI) -> None:
    """Serve until the process is told to stop.

    Parameters
    ----------
    settings
        How the server is set up.
    app
        What answers, where one process does.

    Raises
    ------
    DataError
        The address cannot be listened on.
    NotFoundError
        There is no such workspace.
    """
    workspace = opened(settings)  # a wrong folder is told before anything is started
    listening = _listen(settings.host, settings.port)
    address = settings.public_url or _address(settings.host, listening.getsockname()[1])
    log.set_up(settings.log, settings.log_level)
    sys.stderr.write(
        say(
            f"服务圈正在应答：{address}\n"
            f"数据：{workspace.place}\n"
            f"在浏览器中打开上面的网址；在 QGIS 中添加“WFS / OGC API - 要素”连接，网址相同。\n"
            f"按 Ctrl+C 停止。\n",
            f"Fuwuquan is serving at {address}\n"
            f"Data: {workspace.place}\n"
            f"Open it in a browser, or add it in QGIS as a WFS / OGC API - Features connection.\n"
            f"Press Ctrl+C to stop.\n",
        )
    )
    code = setup.code_for(workspace, settings)
    if code is not None:
        sys.stderr.write(_told_code(address, code))
    sys.stderr.flush()
    del workspace
    manner: dict[str, Any] = {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": True,
        "timeout_graceful_shutdown": settings.shutdown_s,
        "timeout_keep_alive": _KEPT_ALIVE_S,
    }
    if settings.workers == 1:
        server = uvicorn.Server(uvicorn.Config(app, **manner))
        server.run(sockets=[listening])
        return
    host, port = listening.getsockname()[:2]
    listening.close()  # each process listens on its own
    os.environ[_CHOSEN] = _told(settings)
    with running(settings, opened(settings)):  # not once in each process
        uvicorn.run(
            "api.serving:application",
            factory=True,
            workers=settings.workers,
            host=host,
            port=port,
            **manner,
        )


def _told_code(address: str, code: str) -> str:
    page = f"{address.rstrip('/')}/setup?token={code}"
    return say(
        f"还没有账户。设第一个管理员请打开（24 小时内，一次有效）：\n  {page}\n",
        f"There are no accounts. Make the first administrator (once, within a day):\n  {page}\n",
    )


def _told(settings: Settings) -> str:
    """Return the settings for the other processes, the password of the database included."""
    plain = settings.model_dump(mode="json")
    if settings.database is not None:
        plain["database"] = settings.database.get_secret_value()
    return json.dumps(plain)


def application() -> FastAPI:
    """Return the application of one of several processes."""
    settings = Settings.model_validate_json(os.environ[_CHOSEN])
    log.set_up(settings.log, settings.log_level)
    return create_app(settings)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise DataError(
            say(
                f"不能在 {host}:{port} 上应答：{error.strerror}。",
                f"cannot listen on {host}:{port}: {error.strerror}.",
            ),
            hint=say("换一个端口，如 --port 8621。", "choose another port, such as --port 8621."),
        ) from error
    return listening


def _address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"
