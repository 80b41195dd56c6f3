"""A layer as a draft shows it: the published rows, and over them those that the draft changed.

It is a table of features like any other, so that pages, filters, counts and tiles know nothing of
drafts.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from geo.store.dialects import FID, VERSION
from geo.store.drafts.tables import DRAFT, DRAFT_EDIT
from geo.store.features import FeatureTable, Field
from geo.store.features.tables import during_of
from geo.store.geometry import GEOMETRY, SRS_ID
from geo.store.models import column_type

_SIDES: Final = ("west", "south", "east", "north")
_BOUNDS: Final = ("minx", "miny", "maxx", "maxy")
_HEADER_BYTES: Final = 40
"""Bytes before the well-known binary of a shape with an envelope in a GeoPackage."""
_CASTS: Final[dict[str, sa.types.TypeEngine[Any]]] = {
    "int": sa.BigInteger(),
    "float": sa.Double(),
    "bool": sa.Boolean(),
    "date": sa.Date(),
}


def shown_in(connection: sa.Connection, table: FeatureTable, draft: str) -> FeatureTable:
    """Return a layer as a draft shows it."""
    changed = sa.select(sa.literal(1)).where(
        DRAFT_EDIT.c.draft == draft, DRAFT_EDIT.c.layer == table.name
    )
    if table.key == FID or connection.scalar(changed.limit(1)) is None:
        return table
    return _overlaid(table, draft, postgis=connection.dialect.name == "postgresql")


@lru_cache(maxsize=256)
def _overlaid(table: FeatureTable, draft: str, *, postgis: bool) -> FeatureTable:
    base, edit = table.source.c, DRAFT_EDIT.c
    own = (edit.draft == draft, edit.layer == table.name)
    changed = sa.exists().where(*own, edit.row_key == base[table.key])
    source: sa.FromClause = table.source
    columns: list[sa.ColumnElement[Any]] = [
        base[FID],
        sa.type_coerce(base[VERSION], sa.BigInteger()),
        sa.type_coerce(base[GEOMETRY], sa.types.NullType()),
        *(base[field.name] for field in table.fields),
    ]
    over: list[sa.ColumnElement[Any]] = [
        edit.fid,
        edit.version,
        _shape(postgis=postgis).label(GEOMETRY),
        *(_cell(field, postgis=postgis).label(field.name) for field in table.fields),
    ]
    if not postgis:
        assert table.rtree is not None
        index = sa.table(table.rtree, *(sa.column(n, sa.Float()) for n in ("id", *_BOUNDS)))
        source = table.source.outerjoin(index, index.c.id == base[FID])
        columns += [index.c[name].label(side) for name, side in zip(_BOUNDS, _SIDES, strict=True)]
        functions = ("ST_MinX", "ST_MinY", "ST_MaxX", "ST_MaxY")
        over += [
            getattr(sa.func, name)(edit.shape, type_=sa.Float()).label(side)
            for name, side in zip(functions, _SIDES, strict=True)
        ]
    kept = sa.select(*columns).select_from(source).where(~changed)
    added = sa.select(*over).where(*own, edit.after_json.is_not(None))
    whole = sa.union_all(kept, added).subquery(table.name)
    return replace(
        table,
        source=whole,
        rtree=None,
        sides=None if postgis else _SIDES,
        state=sa.select(DRAFT.c.version).where(DRAFT.c.id == draft),
        during=during_of(whole, table.fields),
        under=table,
        over=draft,
        tallied=False,
    )


def _shape(*, postgis: bool) -> sa.ColumnElement[Any]:
    shape: sa.ColumnElement[Any] = sa.type_coerce(DRAFT_EDIT.c.shape, sa.types.NullType())
    if not postgis:
        return shape
    body = sa.func.substring(shape, _HEADER_BYTES + 1)
    return sa.func.ST_GeomFromWKB(body, SRS_ID)


def _cell(field: Field, *, postgis: bool) -> sa.ColumnElement[Any]:
    """Return one cell of a row as the draft has it."""
    kind = column_type(field.kind)
    if not postgis:
        found = sa.func.json_extract(DRAFT_EDIT.c.after_json, f'$."{field.name}"')
        return sa.type_coerce(found, kind)
    text = sa.cast(DRAFT_EDIT.c.after_json, sa.dialects.postgresql.JSONB)[field.name].astext
    cast = _CASTS.get(field.kind)
    return sa.type_coerce(text if cast is None else sa.cast(text, cast), kind)
