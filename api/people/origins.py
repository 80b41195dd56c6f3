"""From where a request comes: this machine or another, this page or a stranger's."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from functools import cache, lru_cache
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""
_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PROXY_HEADERS: Final = (
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip",
)  # fmt: skip


@lru_cache(maxsize=1_024)
def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "10.0.0.1")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def at_the_machine(client: str, headers: Headers, http_version: str) -> bool:
    """Return whether a request was made on this machine for this machine.

    The peer must be loopback; the name asked for must be one that no foreign DNS server can make
    point here (DNS rebinding); and no proxy may stand between, for whoever asks it is elsewhere.
    """
    return (
        is_loopback(client)
        and host_name(headers.get("host", "")) in _LOCAL_NAMES
        and not any(name in headers for name in _PROXY_HEADERS)
        and http_version != "1.0"  # as nginx asks when nobody told it otherwise
    )


def host_name(host: str) -> str:
    """Return the name in a ``Host`` header, without its port.

    Examples
    --------
    >>> host_name("[::1]:8620"), host_name("LocalHost:80"), host_name("a@localhost")
    ('::1', 'localhost', '')
    """
    try:
        parts = urlsplit(f"//{host}")
        plain = parts.netloc == host and "@" not in host
    except ValueError:
        return ""
    return (parts.hostname or "") if plain else ""


def is_own(host: str, server: str, names: Collection[str]) -> bool:
    """Return whether a ``Host`` header names this machine.

    Links are made of it: under another's name they would lead elsewhere, and a page whose name
    is made to point here (DNS rebinding) could read what is open.

    Parameters
    ----------
    host
        The header; empty in old requests.
    server
        Address or name under which the request reached this machine.
    names
        Further names of it; ``*``: any.

    Examples
    --------
    >>> [is_own(host, "10.0.0.5", ("Gis",)) for host in ("10.0.0.5:8620", "gis", "localhost:1")]
    [True, True, True]
    >>> is_own("evil.example", "10.0.0.5", ("gis",)), is_own("evil.example", "", ("*",))
    (False, True)
    """
    if not host or "*" in names:
        return True
    name = host_name(host)
    own = {server, *names, *_machine_names()}
    return name in _LOCAL_NAMES or (bool(name) and name in {one.lower() for one in own})


@cache
def _machine_names() -> frozenset[str]:
    name = socket.gethostname()
    return frozenset({name, name.partition(".")[0], f"{name.partition('.')[0]}.local"})


def is_strange(
    method: str, headers: Headers, own: Collection[str], *, allowed: Collection[str]
) -> bool:
    """Return whether a page of another site makes a browser ask this.

    Programs send neither header and are never strange; every browser of today sends one of them.

    Parameters
    ----------
    method
        Method of the request.
    headers
        Its headers.
    own
        Origins of this server, such as ``http://127.0.0.1:8620``.
    allowed
        Further origins that may ask.
    """
    origin = headers.get("origin")
    if origin is not None and (origin in own or origin in allowed):
        return False
    if method not in SAFE and origin is not None:
        return True
    site = headers.get("sec-fetch-site", "none")
    if site in ("same-origin", "none"):
        return False
    followed_link = headers.get("sec-fetch-mode") == "navigate" and method in SAFE
    return not followed_link
