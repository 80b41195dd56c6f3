"""What is served as a collection: layers, results, and the names of the gazetteer."""

from __future__ import annotations

import sqlalchemy as sa

from geo.errors import NotFoundError
from geo.store.features import FeatureTable, feature_tables
from geo.text import say


def collections(connection: sa.Connection) -> dict[str, FeatureTable]:
    """Return every collection by its id."""
    return dict(feature_tables(connection))


def collection(connection: sa.Connection, name: str) -> FeatureTable:
    """Return one collection.

    Raises
    ------
    NotFoundError
        There is none of this id.
    """
    found = collections(connection).get(name)
    if found is None:
        raise NotFoundError(
            say(f"没有集合“{name}”。", f"there is no collection {name!r}."),
            hint=say("全部集合见 /collections。", "all collections: /collections"),
        )
    return found
