"""Which processes there are: those whose modules this installation has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from api.errors import ApiError
from api.jobs.process import Process
from geo.errors import DataError, NotFoundError
from geo.text import say

MODULES: Final = (
    "api.work.coverage",
    "api.work.assess",
    "api.work.candidates",
    "api.work.site",
    "api.work.plan",
    "api.work.import_",
    "api.work.tiles",
    "api.work.names_audit",
    "api.work.publish",
    "api.work.batch",
)
"""Each has ``PROCESS`` and ``run(task)``."""

NO_SUCH_PROCESS: Final = (
    "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-process"
)


class NoSuchProcessError(ApiError, NotFoundError):
    """There is no such process."""


_more: Final[list[str]] = []


def add(modules: Iterable[str]) -> None:
    """Let there be processes of other modules too.

    Raises
    ------
    DataError
        There is no such module.
    """
    for name in modules:
        if name in (*MODULES, *_more):
            continue
        if find_spec(name) is None:
            raise DataError(
                say(f"没有 Python 模块“{name}”。", f"there is no Python module {name!r}."),
                hint=say("请检查 FUWUQUAN_JOB_MODULES。", "check FUWUQUAN_JOB_MODULES."),
            )
        _more.append(name)
    processes.cache_clear()


def forget(modules: Iterable[str]) -> None:
    """Let there be no processes of these modules any more."""
    for name in modules:
        _more.remove(name)
    processes.cache_clear()


def added() -> tuple[str, ...]:
    """Return the other modules."""
    return tuple(_more)


@cache
def processes() -> Mapping[str, Process]:
    """Return every process by its id."""
    found = [import_module(name).PROCESS for name in (*MODULES, *_more)]
    return {process.id: process for process in found}


def process(name: str) -> Process:
    """Return one process.

    Raises
    ------
    NoSuchProcessError
        There is none of this id.
    """
    try:
        return processes()[name]
    except KeyError:
        raise NoSuchProcessError(
            say(f"没有处理“{name}”。", f"there is no process {name!r}."),
            hint=say("全部处理见 /processes。", "all processes: /processes"),
            type=NO_SUCH_PROCESS,
        ) from None
