"""Whether a process of this computer that once took up a job is still there."""

from __future__ import annotations

import hashlib
import os
import socket
from functools import cache
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_STATE, _STARTED = 0, 19
"""Fields of ``/proc/<pid>/stat`` behind the name: the state, and the start in ticks since boot."""
_GONE: Final = "ZX"
"""States of a process that has ended and only waits to be asked how."""


def owner_of(token: str) -> str:
    """Return what a worker of this process is called: computer, process, and a word of its own."""
    begun = _begun(os.getpid())
    process = "" if begun is None else f".{begun}.{_computer()}"
    return f"{socket.gethostname()}/{os.getpid()}{process}/{token}"


def is_gone(owner: str) -> bool:
    """Return whether the process of a worker has ended for certain.

    Of other computers, of other containers and where the system does not tell nothing is known:
    then it is taken to be there. A process that got the number of one that ended is told apart by
    when it began.
    """
    process = owner.rpartition("/")[0].rpartition("/")[2].split(".")
    if len(process) != 3 or not process[0].isdecimal() or process[2] != _computer():  # noqa: PLR2004
        return False
    return _begun(int(process[0])) != process[1]


def _begun(pid: int) -> str | None:
    """Return when a process began; None where there is none, or the system does not tell."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[_STATE] in _GONE else fields[_STARTED]


@cache
def _computer() -> str:
    """Return a mark of this start of this computer, and of the container; empty where untold."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text()
        space = (_PROC / "self/ns/pid").readlink()
    except OSError:
        return ""
    return hashlib.sha256(f"{boot}{space}".encode()).hexdigest()[:12]
