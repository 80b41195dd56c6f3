"""The names that stand, laid out once for all who compare a name with them, until one changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from fastapi import APIRouter, FastAPI
from starlette.requests import Request

from api.store import workspace_of
from geo.errors import DataError, NotFoundError
from geo.gazetteer import Gazetteer
from geo.gazetteer.tables import EVENT, PLACE
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.rules import Standing
    from geo.gazetteer.veil import Veil

router = APIRouter()

SHOWN: Final = ("public", "internal")
"""Places of which the API tells those who may see what is internal."""
_MOST: Final = 2
"""Layouts kept: that of today, and one of another day or with the secret names."""


class Laid:
    """Layouts of names by their day and the state of the log, the latest asked for kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, str, bool], Standing] = OrderedDict()
        self._lock = Lock()
        self._veil: tuple[int, Veil] | None = None

    def veil(self, book: Gazetteer) -> Veil:
        """Return what is secret in the gazetteer as it is now."""
        from geo.gazetteer.veil import veil  # noqa: PLC0415

        with self._lock:
            number, _ = state_of(book)
            if self._veil is None or self._veil[0] != number:
                self._veil = (number, veil(book))
            return self._veil[1]

    def standing(self, book: Gazetteer, on: date, *, secret: bool) -> tuple[Standing, str]:
        """Return the names of a day, and the mark of the gazetteer they are of.

        Parameters
        ----------
        book
            The gazetteer.
        on
            The day.
        secret
            Whether secret names are among them.
        """
        from geo.gazetteer.rules import standing  # noqa: PLC0415
        from geo.gazetteer.tables import SECRECIES  # noqa: PLC0415

        with self._lock:  # one at a time lays out, the others find it laid
            number, mark = state_of(book)
            key = (number, on.isoformat(), secret)
            if key not in self._kept:
                seen = SECRECIES if secret else SHOWN
                self._kept[key] = standing(book, on=on, secrecies=seen)
                while len(self._kept) > _MOST:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key], mark


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep layouts while the server runs."""
    app.state.standing = Laid()
    yield


def book_of(request: Request) -> Gazetteer:
    """Return the gazetteer that a request asks of."""
    return Gazetteer.of(workspace_of(request))


@contextmanager
def one_state(request: Request) -> Iterator[Gazetteer]:
    """Give the gazetteer in one state, whatever is changed while a request reads it."""
    book_of(request)
    workspace = workspace_of(request)
    with workspace.reading() as connection:
        yield Gazetteer(lambda: nullcontext(connection), workspace.writing)


def laid_of(request: Request) -> Laid:
    """Return the layouts that this process keeps."""
    laid = request.app.state.standing
    assert isinstance(laid, Laid)
    return laid


def veil_of(request: Request, book: Gazetteer) -> Veil:
    """Return what is secret in the gazetteer as a request sees it."""
    return laid_of(request).veil(book)


def state_of(book: Gazetteer) -> tuple[int, str]:
    """Return the number and the hash of the last event of the log: the version of all names."""
    with book.reading() as connection:
        last = sa.select(EVENT.c.number, EVENT.c.hash).order_by(EVENT.c.number.desc()).limit(1)
        row = connection.execute(last).first()
    return (0, "") if row is None else (int(row.number), str(row.hash))


def secret_places(book: Gazetteer) -> frozenset[str]:
    """Return the ids of the places that the API tells nobody of."""
    with book.reading() as connection:
        found = sa.select(PLACE.c.id).where(PLACE.c.secrecy == "secret")
        return frozenset(connection.scalars(found))


def place_meant(book: Gazetteer, words: str, *, on: date) -> str:
    """Return the id of the place that somebody means; a secret one is as if it were not there.

    Raises
    ------
    NotFoundError
        There is none.
    DataError
        Several are meant.
    """
    from geo.gazetteer.lookup import meant, resolve  # noqa: PLC0415
    from geo.gazetteer.veil import veil  # noqa: PLC0415

    found, hidden = meant(book, words, on=on), secret_places(book)
    if not hidden.intersection(found):
        try:
            return resolve(book, words, on=on)
        except DataError as error:
            raise DataError(error.message, hint=veil(book).over(error.hint)) from None
    shown = [one for one in found if one not in hidden]
    if len(shown) == 1:
        return shown[0]
    raise NotFoundError(
        say(f"地名库中没有“{words}”。", f"the gazetteer has no {words!r}."),
        hint=say("请写代码或编号。", "Give its code or id."),
    )
