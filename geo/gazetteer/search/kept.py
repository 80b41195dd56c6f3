"""The index of one gazetteer, kept beside it and built anew when names have changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import shapely
import sqlalchemy as sa

from geo.gazetteer.book import Gazetteer
from geo.gazetteer.search.find import Box, Hit, find
from geo.gazetteer.search.index import Index, build, load, save
from geo.gazetteer.tables import CODE, EVENT, NAME, PLACE, SHAPE


class Search:
    """Answers queries on a gazetteer as it stands.

    Parameters
    ----------
    book
        The gazetteer.
    folder
        Where the index is kept between runs; None keeps it in memory only.
    """

    def __init__(self, book: Gazetteer, folder: Path | None = None) -> None:
        self._book = book
        self._folder = folder
        self._state = ""
        self._index: Index | None = None

    def find(
        self,
        query: str,
        *,
        limit: int = 10,
        on: date | None = None,
        box: Box | None = None,
        kinds: Sequence[str] = (),
    ) -> list[Hit]:
        """Return the best answers to a query; see `geo.gazetteer.search.find`."""
        return find(self.index(), query, limit=limit, on=on, box=box, kinds=kinds)

    def index(self) -> Index:
        """Return the index of the names as they stand, building it when they have changed."""
        with self._book.reading() as connection:
            last = connection.scalar(
                sa.select(EVENT.c.hash).order_by(EVENT.c.number.desc()).limit(1)
            )
        state = str(last or "empty")
        if self._index is not None and state == self._state:
            return self._index
        path = None if self._folder is None else self._folder / f"names-{state[:16]}.npz"
        if path is not None and path.is_file():
            index = load(path)
        else:
            index = build(*_names(self._book))
            if path is not None:
                for old in path.parent.glob("names-*.npz"):
                    old.unlink(missing_ok=True)
                save(index, path)
        self._index, self._state = index, state
        return index


def _names(book: Gazetteer) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """Return every name with its place, and every code there ever was."""
    wanted = sa.select(
        NAME.c.id.label("name_id"),
        NAME.c.place_id,
        NAME.c.text,
        NAME.c.kind,
        NAME.c.reading,
        PLACE.c.class_code,
        NAME.c.from_day,
        NAME.c.end_day,
    ).join(PLACE, PLACE.c.id == NAME.c.place_id)
    with book.reading() as connection:
        names = pd.DataFrame(connection.execute(wanted).mappings().all())
        codes = [tuple(row) for row in connection.execute(sa.select(CODE.c.place_id, CODE.c.value))]
        shapes = dict(
            connection.execute(
                sa.select(SHAPE.c.place_id, SHAPE.c.shape).order_by(SHAPE.c.role, SHAPE.c.id)
            ).all()
        )
    names = names.reindex(columns=[column.name for column in wanted.selected_columns])
    at = shapely.centroid([shapes.get(place) for place in names["place_id"]])
    names["reading"] = [_spaced(text) for text in names["reading"].fillna("")]
    return names.assign(lon=shapely.get_x(at), lat=shapely.get_y(at)), codes


def _spaced(reading: str) -> str:
    """Return syllables parted by spaces, as a JSON list of them or a plain text has them."""
    return " ".join(
        reading.replace('"', " ").replace("[", " ").replace("]", " ").replace(",", " ").split()
    )
