"""What is served as a collection: layers, results, and the names of the gazetteer."""

from __future__ import annotations

import sqlalchemy as sa

from api.ogc.names import ID, names
from api.people.published import is_shown
from api.store import DRAFT
from geo.errors import NotFoundError
from geo.gazetteer.tables import EVENT
from geo.schema import layers as layer_schemas
from geo.store.dialects import dialect_of
from geo.store.drafts.overlay import shown_in
from geo.store.features import FeatureTable, feature_tables
from geo.text import say


def collections(connection: sa.Connection) -> dict[str, FeatureTable]:
    """Return every collection by its id: the names, the layers in their order, the results."""
    found = dict(feature_tables(connection))
    if EVENT.name in dialect_of(connection).tables_of(connection):
        found = {ID: names(), **found}
    return {name: _in_draft(connection, t) for name, t in found.items() if is_shown(name)}


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
    return _in_draft(connection, found)


def _in_draft(connection: sa.Connection, table: FeatureTable) -> FeatureTable:
    """Return a collection as the draft shows it whose API root was asked, if one was."""
    draft = connection.get_execution_options().get(DRAFT, "")
    return shown_in(connection, table, draft) if draft and table.name in layer_schemas() else table
