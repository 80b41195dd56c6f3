"""Keep what reading a file gave: rows, faults, rows put aside and the mapping, all or none."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import sqlalchemy as sa

from geo.layers import LayerImport
from geo.schema import layer as layer_schema
from geo.store import books
from geo.store.history import By
from geo.store.layer_tables import Origin, joined, replace_layer
from geo.store.replacing import Replaced


def take_in(
    connection: sa.Connection,
    imported: LayerImport,
    *,
    on: date,
    add: bool = False,
    by: By | None = None,
) -> tuple[Replaced, gpd.GeoDataFrame]:
    """Write a file's rows as their layer, with all that was found in the file.

    Parameters
    ----------
    connection
        In a writing transaction.
    imported
        Result of `geo.layers.read_layer`.
    on
        Day of the import.
    add
        Keep the standing rows whose key the file does not have, and of the others the columns that
        it does not give, instead of replacing all.
    by
        Who imports, as the history of the rows tells it; None: a program by itself.

    Returns
    -------
    tuple
        What became of each row, and the rows that the layer has now.

    Raises
    ------
    DataError
        The rows break the schema.
    """
    schema = layer_schema(imported.layer)
    origin = Origin(
        source=imported.path.name,
        written_on=on,
        datum=str(imported.datum),
        sha256=imported.sha256,
        rows_in=imported.rows_in,
        rows_quarantined=len(imported.quarantined),
        rows_set_aside=len(imported.set_aside),
        mapping=imported.mapping,
    )
    rows = imported.frame
    if add:
        rows = joined(connection, schema, rows, given=imported.given)
    replaced = replace_layer(connection, schema, rows, origin, by=by)
    books.keep_faults(connection, schema.name, imported.faults)
    books.keep_rows(connection, schema.name, "quarantined", imported.quarantined)
    books.keep_rows(connection, schema.name, "set_aside", imported.set_aside)
    return replaced, rows
