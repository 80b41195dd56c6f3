"""Find by words: names as people ask for them, other features by what stands in their name."""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

import sqlalchemy as sa
from fastapi import FastAPI
from starlette.requests import Request

from api.ogc.names import ID
from api.store import workspace_of
from geo.errors import DataError
from geo.gazetteer import Gazetteer
from geo.gazetteer.search import Search
from geo.store.features import FeatureTable
from geo.text import say

_LONGEST: Final = 100
MOST_HITS: Final = 1_000
"""Names that are found at most, the best of them; how many more there are is not counted."""
_NAMED: Final = "name"
_making: Final = Lock()


def found(
    request: Request, connection: sa.Connection, table: FeatureTable, words: str
) -> tuple[sa.ColumnElement[bool], list[str] | None]:
    """Return the condition that features answer to words, and their ids, best first, if ranked.

    Parameters
    ----------
    request
        The request.
    connection
        To the store that will be asked.
    table
        Names are found by characters, pinyin, initials, sound and with slips, best first; in
        another table the words stand in the property ``name``.
    words
        What is looked for.

    Raises
    ------
    DataError
        The words are too long, or the features have no names.
    """
    if not 0 < len(words.strip()) <= _LONGEST or "\0" in words:
        raise DataError(
            say(f"参数“q”应是 1～{_LONGEST} 个字。", f"q is 1 to {_LONGEST} characters.")
        )
    if table.name == ID:
        ids = [hit.name_id for hit in search_of(request).find(words.strip(), limit=MOST_HITS)]
        return table.source.c[table.key].in_(ids), ids
    if table.field(_NAMED) is None:
        raise DataError(
            say(f"“{table.zh}”没有名称，不能用 q。", f"{table.name} has no names to search.")
        )
    name: sa.ColumnElement[Any] = table.source.c[_NAMED]
    within = sa.func.strpos if connection.dialect.name == "postgresql" else sa.func.instr
    return within(name, words.strip()) > 0, None


def search_of(request: Request) -> Search:
    """Return the one search of this process; its index is kept in the workspace's folder."""
    app: FastAPI = request.app
    with _making:
        if not hasattr(app.state, "search"):
            workspace = workspace_of(request)
            folder = workspace.folder / "search"
            folder.mkdir(parents=True, exist_ok=True)
            app.state.search = Search(Gazetteer.of(workspace), folder)
    search = app.state.search
    assert isinstance(search, Search)
    return search
