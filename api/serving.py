"""Run the server: one process or several, stopped gently, its address said at the start."""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from collections.abc import Collection
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from api import log
from api.app import create_app
from api.door import Requests
from api.jobs.running import running
from api.ogc.catalogue import collections
from api.ogc.names import ID
from api.people import setup
from api.settings import Settings
from api.store import opened
from geo.errors import DataError
from geo.schema import layers
from geo.store import Workspace
from geo.text import say

_KEPT_ALIVE_S: Final = 30
_ANY: Final = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
"""Hosts that mean every address of this machine."""
CHOSEN: Final = "FUWUQUAN_SERVE_SETTINGS"
"""Environment variable by which the first process tells the others how they are set up."""


def begun(settings: Settings) -> socket.socket:
    """Look whether the server can be what its settings say, and take its address.

    Raises
    ------
    DataError
        The address cannot be taken, or something is to be public that is not there.
    NotFoundError
        There is no such workspace.
    """
    workspace = opened(settings)
    try:
        if settings.public:
            _find_public(workspace, settings.public_collections)
    finally:
        workspace.close()
    return listen(settings.host, settings.port)


def _find_public(workspace: Workspace, wanted: Collection[str]) -> None:
    """Look whether what is to be public is there, or will be once its layer is imported."""
    with workspace.reading() as connection:
        known = [*dict.fromkeys((*collections(connection), *layers(), ID))]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise DataError(
            say(
                f"FUWUQUAN_PUBLIC_COLLECTIONS 里没有这样的集合：{'、'.join(unknown)}。",
                f"FUWUQUAN_PUBLIC_COLLECTIONS names no such collection: {', '.join(unknown)}.",
            ),
            hint=say(f"可以写：{'、'.join(known)}。", f"Known: {', '.join(known)}."),
        )


def run(settings: Settings, app: FastAPI, listening: socket.socket) -> None:
    """Serve until the process is told to stop.

    Parameters
    ----------
    settings
        How the server is set up.
    app
        What answers, where one process does.
    listening
        Where it is asked, as `begun` made it.
    """
    workspace = opened(settings)
    address = settings.public_url or _address(settings.host, listening.getsockname()[1])
    log.set_up(settings.log, settings.log_level)
    sys.stderr.write(
        say(
            f"服务圈正在应答：{address}\n"
            f"数据：{workspace.place}\n"
            f"在浏览器中打开上面的网址；在 QGIS 中添加“WFS / OGC API - 要素”连接，网址相同。\n"
            f"{_elsewhere(settings, listening)[0]}按 Ctrl+C 停止。\n",
            f"Fuwuquan is serving at {address}\n"
            f"Data: {workspace.place}\n"
            f"Open it in a browser, or add it in QGIS as a WFS / OGC API - Features connection.\n"
            f"{_elsewhere(settings, listening)[1]}Press Ctrl+C to stop.\n",
        )
    )
    code = setup.code_for(workspace, settings)
    if code is not None:
        sys.stderr.write(_told_code(address, code))
    if settings.public and not settings.public_collections:
        sys.stderr.write(
            say(
                "注意：没有设 FUWUQUAN_PUBLIC_COLLECTIONS，公众什么集合也看不到。\n",
                "Note: FUWUQUAN_PUBLIC_COLLECTIONS is not set; the public sees no collection.\n",
            )
        )
    sys.stderr.flush()
    del workspace
    manner: dict[str, Any] = {
        "http": Requests,
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
    os.environ[CHOSEN] = told(settings)
    with running(settings, opened(settings)):  # not once in each process
        uvicorn.run(
            "api.serving:application",
            factory=True,
            workers=settings.workers,
            host=host,
            port=port,
            **manner,
        )


def _elsewhere(settings: Settings, listening: socket.socket) -> tuple[str, str]:
    """Return how readers at other machines come, where nothing else tells."""
    if settings.public_url or settings.host not in _ANY:
        return "", ""
    page = f"http://{socket.gethostname()}:{listening.getsockname()[1]}/"
    return (
        f"别的电脑用本机的名称或 IP 地址，如 {page}\n",
        f"Other computers use this one's name or IP address, such as {page}\n",
    )


def _told_code(address: str, code: str) -> str:
    page = f"{address.rstrip('/')}/setup?token={code}"
    return say(
        f"还没有账户。设第一个管理员请打开（24 小时内，一次有效）：\n  {page}\n",
        f"There are no accounts. Make the first administrator (once, within a day):\n  {page}\n",
    )


def told(settings: Settings) -> str:
    """Return the settings for the other processes, secrets included."""
    plain = settings.model_dump(mode="json")
    secrets = {name: one for name, one in settings if isinstance(one, SecretStr)}
    return json.dumps(plain | {name: one.get_secret_value() for name, one in secrets.items()})


def application() -> FastAPI:
    """Return the application of one of several processes."""
    settings = Settings.model_validate_json(os.environ[CHOSEN])
    log.set_up(settings.log, settings.log_level)
    return create_app(settings)


def listen(host: str, port: int) -> socket.socket:
    """Take the address on which the server answers; nobody is answered yet.

    Raises
    ------
    DataError
        It cannot be taken: the message says why, and what to do.
    """
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _not_taken(shown, error) from error
    try:
        if os.name == "posix":  # elsewhere it would let two programs take the same port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
    except OSError as error:
        listening.close()
        raise _not_taken(shown, error) from error
    return listening


def _not_taken(shown: str, error: OSError) -> DataError:
    port = say("换一个端口，如 --port 8621", "choose another port, such as --port 8621")
    host = say(
        "--host 写本机的地址：127.0.0.1 只限本机，0.0.0.0 是本机的全部地址",
        "give --host an address of this machine: 127.0.0.1 for itself only, 0.0.0.0 for all of it",
    )
    if isinstance(error, socket.gaierror):
        why, hint = say("没有这个主机名", "there is no such host"), host
    elif error.errno == errno.EADDRINUSE:
        why = say("这个端口已经有程序在用", "another program has this port")
        hint = port + say(
            "；如果是先前启动的服务圈，请先停止它", "; or stop the server that was started before"
        )
    elif error.errno in (errno.EACCES, errno.EPERM):
        why = say("没有权限用这个端口", "this port may not be used")
        hint = port + say(
            "；1024 以下的端口要管理员权限", "; those below 1024 need an administrator"
        )
    elif error.errno == errno.EADDRNOTAVAIL:
        why, hint = say("本机没有这个地址", "this machine has no such address"), host
    else:
        why, hint = error.strerror or str(error), port
    return DataError(
        say(f"不能在 {shown} 上应答：{why}。", f"cannot listen on {shown}: {why}."),
        hint=hint + say("。", "."),
    )


def _address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in _ANY else host
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"
