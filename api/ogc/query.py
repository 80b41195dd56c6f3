"""How the parameters of a page of features become a question to the store."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson
import sqlalchemy as sa
from starlette.requests import Request

from api.ogc import crs, search
from api.ogc.fields import field_of, known
from api.ogc.item_parameters import ITEMS
from api.ogc.narrowing import box_of, equal, filtered, valid
from api.ogc.parameters import asked, whole
from api.parameters import truth
from api.store import settings_of
from geo.errors import DataError
from geo.store.features import FeatureTable, Page, Query, Sort, Turned
from geo.text import say

_NAMES: Final = frozenset(parameter.name for parameter in ITEMS)


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of features as a reader asked for it.

    Attributes
    ----------
    given
        The parameters as they were written.
    query
        The question to the store.
    limit
        How many features a page has at most.
    crs
        URI of the reference system of the answer.
    turned
        Its coordinates.
    best
        Ids of the features, best first, where words were looked for and found in that order.
    best_after
        Which of them the page before ended with.
    """

    given: Mapping[str, str]
    query: Query
    limit: int
    crs: str
    turned: Turned
    best: list[str] | None = None
    best_after: str | None = None

    def ranked(self, found: Page) -> Page:
        """Return what was found, best first where words were looked for."""
        if self.best is None:
            return found
        return found.ranked(self.best, limit=self.limit, after=self.best_after)


def read(request: Request, connection: sa.Connection, table: FeatureTable) -> Asked:
    """Return the page that a request asks for.

    Raises
    ------
    DataError
        A parameter is unknown or unfit.
    """
    fields = {word: one for one in table.fields for word in (one.zh, one.name)}
    given = asked(request, (*_NAMES, *(word for word in fields if word not in _NAMES)))
    uri, turned = crs.parsed(given.get("crs", crs.CRS84))
    limit = limit_of(request, given)
    sort = _sort(table, given["sortby"]) if "sortby" in given else ()
    where = [
        equal(table, fields[word], text)
        for word, text in given.items()
        if word in fields and word not in _NAMES
    ]
    where += valid(table, given.get("datetime"))
    where += filtered(connection, table, given, limit)
    best = None
    if "q" in given:
        answers, best = search.found(request, connection, table, given["q"])
        where.append(answers)
    is_ranked = best is not None and not sort
    box, around = box_of(connection, table, given, limit)
    query = Query(
        limit=len(best or ()) or 1 if is_ranked else limit,
        after=_after(table, sort, given["after"]) if "after" in given and not is_ranked else None,
        box=box,
        where=(*where, *around),
        sort=sort,
        names=_names(table, given["properties"]) if "properties" in given else None,
        shapes=not truth("skipGeometry", given.get("skipGeometry", "false")),
    )
    if not is_ranked:
        return Asked(given, query, limit, uri, turned)
    after = _best_after(best or [], given["after"]) if "after" in given else None
    return Asked(given, query, limit, uri, turned, best, after)


def token(after: tuple[Any, ...]) -> str:
    """Return where a page begins as a mark that can stand in an address."""
    return base64.urlsafe_b64encode(orjson.dumps(after)).rstrip(b"=").decode()


def limit_of(request: Request, given: Mapping[str, str]) -> int:
    """Return how many features a page has at most."""
    settings = settings_of(request)
    if "limit" not in given:
        return min(settings.limit_default, settings.limit_most)
    return whole("limit", given["limit"], least=1, most=settings.limit_most)


def _after(table: FeatureTable, sort: tuple[Sort, ...], text: str) -> tuple[Any, ...]:
    kinds: list[str] = [field_of(table, one.name).kind for one in sort]
    numbered = isinstance(table.source.c[table.order].type, sa.Integer)
    kinds.append("row" if numbered else "name")
    try:
        return tuple(_restored(kind, one) for kind, one in zip(kinds, _mark(text), strict=True))
    except (ValueError, TypeError):
        raise _no_mark() from None


def _best_after(best: list[str], text: str) -> str:
    """Return with which of the ids that were found the page before ended."""
    try:
        (last,) = _mark(text)
    except (ValueError, TypeError):
        raise _no_mark() from None
    if last not in best:
        raise _no_mark()
    return str(last)


def _mark(text: str) -> Any:  # noqa: ANN401
    return orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _no_mark() -> DataError:
    return DataError(
        say("参数“after”不是本次查询的记号。", "after is no mark of this question."),
        hint=say("请从第一页的 next 链接取得。", "take it from the first page's next link."),
    )


def _restored(kind: str, value: object) -> object:
    """Return a value of a mark as the store compares it; a wrong type is an error."""
    if value is None and kind not in ("row", "name"):
        return None
    if kind == "date":
        return date.fromisoformat(str(value))
    kinds: dict[str, tuple[type, ...]] = {"float": (int, float), "bool": (bool, int)}
    wanted = kinds.get(kind, (int,) if kind in ("row", "int") else (str,))
    if not isinstance(value, wanted) or (isinstance(value, int) and abs(value) >= 2**63):
        raise ValueError
    return bool(value) if kind == "bool" else value


def _sort(table: FeatureTable, text: str) -> tuple[Sort, ...]:
    words = _words(table, "sortby", text)
    sort = tuple(
        Sort(field_of(table, word.lstrip("+-")).name, word.startswith("-")) for word in words
    )
    if len({one.name for one in sort}) < len(sort):
        raise DataError(say("sortby 里有重复的属性。", "sortby names a property twice."))
    return sort


def _names(table: FeatureTable, text: str) -> tuple[str, ...]:
    return tuple(field_of(table, word).name for word in _words(table, "properties", text))


def _words(table: FeatureTable, name: str, text: str) -> list[str]:
    """Return the properties that a parameter lists, of which there is at least one."""
    words = [word.strip() for word in text.replace("，", ",").split(",") if word.strip()]
    if not words:
        raise DataError(
            say(f"参数“{name}”没有写属性。", f"{name} names no property."), hint=known(table)
        )
    return words
