"""Every name as one row beside its place: the view that search, rules, maps and books share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from geo.crs import CGCS2000
from geo.gazetteer.book import Gazetteer
from geo.gazetteer.calendar import FOREVER
from geo.gazetteer.tables import CODE, NAME, PLACE, RELATION, SHAPE

NAME_COLUMNS: Final = (
    "text", "kind", "language", "specific", "generic", "reading", "roman_toned", "roman_plain",
    "reading_source", "valid_from", "valid_to", "decision_id", "legacy_batch",
)  # fmt: skip
PLACE_COLUMNS: Final = ("class_code", "lifecycle", "status", "secrecy", "division_code")


def entries(
    book: Gazetteer,
    *,
    on: date | None = None,
    kinds: Sequence[str] = (),
    shapes: bool = True,
) -> gpd.GeoDataFrame:
    """Return the names with their places, ordered by place and name.

    Parameters
    ----------
    book
        The gazetteer.
    on
        Names, places and shapes as they held on this day, a former name as the standard name that
        it was then; None: all names there ever were, each with the shape that its place has now.
    kinds
        Only names of these kinds, such as ``standard``; empty: all.
    shapes
        Whether shapes are read; without them the geometry is empty.

    Returns
    -------
    GeoDataFrame
        ``name_id place_id`` and the columns of `NAME_COLUMNS` and `PLACE_COLUMNS`; the geometry is
        the widest that the place has (area, else centreline, else point), in EPSG:4490.
    """
    kind = NAME.c.kind if on is None else kind_then()
    wanted = [
        NAME.c.id.label("name_id"),
        NAME.c.place_id,
        *((kind if column == "kind" else NAME.c[column]).label(column) for column in NAME_COLUMNS),
        *(PLACE.c[column] for column in PLACE_COLUMNS),
    ]
    found = sa.select(*wanted).join(PLACE, PLACE.c.id == NAME.c.place_id)
    if kinds:
        found = found.where(kind.in_(kinds))
    if on is not None:
        found = found.where(_held(NAME, on), _held(PLACE, on))
    with book.reading() as connection:
        rows = connection.execute(found).mappings().all()
        places = _shapes(connection, on) if shapes else {}
    frame = pd.DataFrame([dict(row) for row in rows], columns=[c.name for c in wanted])
    frame = frame.astype("string").sort_values(["place_id", "name_id"], ignore_index=True)
    at = np.array([places.get(place) for place in frame["place_id"]], dtype=object)
    return gpd.GeoDataFrame(frame, geometry=at, crs=CGCS2000)


def kind_then() -> sa.ColumnElement[str]:
    """Return what kind a name was while it held: one that ended as a former name was standard."""
    ended = sa.and_(NAME.c.kind == "former", NAME.c.end_day < FOREVER)
    return sa.case((ended, "standard"), else_=NAME.c.kind)


def codes(book: Gazetteer, scheme: str, *, on: date | None = None) -> dict[str, str]:
    """Return the code of every place in one scheme, by the place's id."""
    found = sa.select(CODE.c.place_id, CODE.c.value).where(CODE.c.scheme == scheme)
    if on is not None:
        found = found.where(_held(CODE, on))
    with book.reading() as connection:
        return {row.place_id: row.value for row in connection.execute(found)}


def parents(book: Gazetteer, *, on: date | None = None) -> dict[str, str]:
    """Return the place that each place is part of."""
    found = sa.select(RELATION.c.place_id, RELATION.c.other_id).where(RELATION.c.kind == "part_of")
    if on is not None:
        found = found.where(_held(RELATION, on))
    with book.reading() as connection:
        return {row.place_id: row.other_id for row in connection.execute(found)}


_WIDEST: Final = {"area": 0, "centreline": 1, "point": 2, "entrance": 3, "label": 4}


def _shapes(connection: sa.Connection, on: date | None) -> dict[str, shapely.Geometry]:
    found = sa.select(SHAPE.c.place_id, SHAPE.c.role, SHAPE.c.shape)
    if on is not None:
        found = found.where(_held(SHAPE, on))
    rows = sorted(connection.execute(found).all(), key=lambda row: -_WIDEST[row.role])
    return {row.place_id: row.shape for row in rows}


def _held(table: sa.Table, on: date) -> sa.ColumnElement[bool]:
    day = on.toordinal()
    return sa.and_(table.c.from_day <= day, table.c.end_day > day)
