"""What is served as a collection: layers, results, and the names of the gazetteer."""

from __future__ import annotations

import sqlalchemy as sa

from api.ogc.names import ID, names
from api.people.published import is_shown
from geo.errors import NotFoundError
from geo.gazetteer.tables import EVENT
from geo.store.dialects import dialect_of
from geo.store.features import FeatureTable, feature_tables
from geo.text import say


def collections(connection: sa.Connection) -> dict[str, FeatureTable]:
    """Return every collection by its id: the names, the layers in their order, the results."""
    found = dict(feature_tables(connection))
    if EVENT.name in dialect_of(connection).tables_of(connection):
        found = {ID: names(), **found}
    return {name: table for name, table in found.items() if is_shown(name)}


def collection(connection: sa.Connection, name: str) -> FeatureTable:
    """Return one collection.

    Raises
    ------
    NotFoundError
        There is none of this id.
    """
    found = feature_tables(connection).get(name) if is_shown(name) else None
    if found is None and name == ID:
        found = collections(connection).get(ID)
    if found is None:
        raise NotFoundError(
            say(f"没有集合“{name}”。", f"there is no collection {name!r}."),
            hint=say("全部集合见 /collections。", "all collections: /collections"),
        )
    return found
