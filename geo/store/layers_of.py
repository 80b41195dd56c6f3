"""The layers of a workspace: read and written whole, row by row, and what their imports left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from geo.faults import FaultTable
from geo.layers import LayerImport
from geo.schema import LayerSchema
from geo.schema import layer as layer_schema
from geo.store import books, edits, importing, layer_tables, states
from geo.store.history import By
from geo.store.layer_tables import Origin
from geo.store.replacing import Replaced
from geo.store.rows import tables_of
from geo.store.space import Space
from geo.store.states import LayerState


class LayersOf(Space):
    """A workspace as its layers; every call is one transaction."""

    def has(self, layer: str) -> bool:
        """Return whether a layer was ever written."""
        name = layer_schema(layer).name
        with self.reading() as connection:
            return name in tables_of(connection)

    def write(self, layer: str, frame: gpd.GeoDataFrame, *, origin: Origin) -> None:
        """Replace a layer by the rows of a frame.

        Parameters
        ----------
        layer
            Name of the layer.
        frame
            Exactly the columns of the layer, of their dtypes, in EPSG:4490 (`geo.store.conform`
            makes such a frame). Empty ids are numbered.
        origin
            Where the rows come from.

        Raises
        ------
        DataError
            The frame breaks the schema; the message has every problem, and nothing is written.
        """
        schema = layer_schema(layer)
        with self.writing() as connection:
            layer_tables.replace_layer(connection, schema, frame, origin)
            self._settle(connection, schema, frame)

    def read(self, layer: str, crs: str | None = None) -> gpd.GeoDataFrame:
        """Return a layer with the dtypes of its schema, in the order it was written.

        Parameters
        ----------
        layer
            Name of the layer.
        crs
            CRS of the result; the working CRS when None, ``EPSG:4490`` for longitude and latitude.

        Raises
        ------
        NotFoundError
            The workspace has no such layer.
        DataError
            Edits made in another program broke the schema.
        """
        schema = layer_schema(layer)
        with self.reading() as connection:
            frame = layer_tables.read_layer(connection, schema)
        return self._in_crs(frame, crs)

    def layers(self) -> list[LayerState]:
        """Return the state of every layer the workspace has, in the order of the schema."""
        with self.reading() as connection:
            return states.states_of(connection)

    def import_layer(
        self, imported: LayerImport, *, on: date, add: bool = False, by: By | None = None
    ) -> Replaced:
        """Keep what reading a file gave, all or none; return what became of each row.

        Parameters
        ----------
        imported
            Result of `geo.layers.read_layer`.
        on
            Day of the import.
        add
            Keep the standing rows whose key the file does not have, instead of replacing all.
        by
            Who imports, as the history of the rows tells it; None: a program by itself.

        Raises
        ------
        DataError
            The rows break the schema; nothing is written.
        """
        with self.writing() as connection:
            replaced, rows = importing.take_in(connection, imported, on=on, add=add, by=by)
            self._settle(connection, layer_schema(imported.layer), rows)
        return replaced

    def faults(self, layer: str | None = None) -> FaultTable:
        """Return the faults of a layer's last import, or of all layers."""
        with self.reading() as connection:
            return books.faults_of(connection, layer and layer_schema(layer).name)

    def quarantined(self, layer: str) -> pd.DataFrame:
        """Return the rows the layer's last import refused, as texts, with the file's columns."""
        with self.reading() as connection:
            return books.rows_of(connection, layer_schema(layer).name, "quarantined")

    def set_aside(self, layer: str) -> pd.DataFrame:
        """Return the totals, headings and remarks the last import left out, as texts."""
        with self.reading() as connection:
            return books.rows_of(connection, layer_schema(layer).name, "set_aside")

    def content_sha256(self, layer: str) -> str:
        """Return the fingerprint of a layer's present rows, edits made in QGIS included."""
        with self.reading() as connection:
            return layer_tables.layer_sha256(connection, layer_schema(layer))

    def sources(self, layer: str) -> list[str]:
        """Return the different texts in a layer's column ``source``, sorted."""
        with self.reading() as connection:
            return layer_tables.sources_of(connection, layer_schema(layer))

    def mapping(self, layer: str) -> dict[str, str]:
        """Return how the layer's last file was mapped: header by column; empty if never."""
        with self.reading() as connection:
            return layer_tables.mapping_of(connection, layer_schema(layer).name)

    def row(self, layer: str, key: str) -> tuple[gpd.GeoDataFrame, int]:
        """Return one row in EPSG:4490, as a frame, and the version to give to `update_row`.

        Raises
        ------
        NotFoundError
            The layer or the row does not exist.
        """
        with self.reading() as connection:
            return edits.read_row(connection, layer_schema(layer), key)

    def update_row(
        self, layer: str, key: str, changes: Mapping[str, object], *, version: int
    ) -> int:
        """Change some cells of one row and return its new version.

        Parameters
        ----------
        layer, key
            Which row.
        changes
            New values by column; ``geometry`` is a shape in EPSG:4490.
        version
            Version of the row that the editor saw.

        Raises
        ------
        ConflictError
            Someone else changed the row since, or another program is writing.
        DataError
            The changed row would break the schema.
        NotFoundError
            The layer or the row does not exist.
        """
        schema = layer_schema(layer)
        with self.reading() as connection:
            cells = edits.cells_of(connection, schema, key, changes)
        with self.writing() as connection:
            return edits.store_cells(connection, schema, key, cells, version=version)

    def _settle(
        self, connection: sa.Connection, schema: LayerSchema, frame: gpd.GeoDataFrame
    ) -> None:
        built = self.street_files.exist(connection)
        states.settle_working_crs(connection, schema, frame, streets_built=built)
