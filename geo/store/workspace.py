"""The workspace: a county's layers and what was done with them, in a GeoPackage or in PostGIS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from geo.crs import CGCS2000
from geo.errors import NotFoundError
from geo.faults import FaultTable
from geo.layers import LayerImport
from geo.schema import LayerSchema
from geo.schema import layer as layer_schema
from geo.store import books, edits, importing, layer_tables, opening, results, states
from geo.store.books import Run
from geo.store.database import BUSY_S, Database, database_of
from geo.store.file import unwritable
from geo.store.history import By
from geo.store.layer_tables import Origin
from geo.store.migrations import CURRENT
from geo.store.replacing import Replaced
from geo.store.results import StyleOf
from geo.store.rows import tables_of
from geo.store.settings import Settings
from geo.store.states import LayerState
from geo.store.street_files import StreetFiles
from geo.text import say


class Workspace:
    """A county's layers and what was done with them; make one with `create` or `open`.

    It lies in a folder, as the file ``fuwuquan.gpkg``, or in a PostGIS database, as a schema; the
    same calls give the same answers. Every call is one transaction: it sees one state, and what it
    writes is kept whole or not at all. Several programs, QGIS among them, may work on it.

    Attributes
    ----------
    place : str
        What tells people where it is: the folder, or the URL without its password.
    folder : Path
        The folder, absolute. A workspace in a database has one too, for maps and tables.
    path : Path or None
        The GeoPackage; None when a database holds the workspace.
    database : Database
        What holds it, for another view of the same workspace.
    settings : Settings
        Small JSON values by name.
    street_files : StreetFiles
        Networks and records of downloads, wherever they are kept.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.place = database.place
        self.folder = database.folder
        self.path = database.path
        self.settings = Settings(self.reading, self.writing)
        self.street_files = StreetFiles(database, "streets")

    def __repr__(self) -> str:
        return f"Workspace({self.place!r})"

    @classmethod
    def create(
        cls,
        place: Path | str,
        *,
        folder: Path | None = None,
        fill: Callable[[sa.Connection], None] | None = None,
    ) -> Workspace:
        """Make a workspace, empty unless it is filled.

        Parameters
        ----------
        place
            A folder, which is made too where it does not exist, or
            ``postgresql://user@host/database?workspace=name``.
        folder
            Where a database's maps and tables go; ``fuwuquan-<name>`` here when None.
        fill
            Puts in what a new workspace holds, in the transaction that makes it.

        Raises
        ------
        ConflictError
            There is a workspace already.
        DataError
            The folder cannot be written, or the database cannot be used.
        """
        database = database_of(place, folder=folder, busy_s=BUSY_S)
        opening.make(database, fill)
        return cls(database)

    @classmethod
    def open(
        cls, place: Path | str, *, folder: Path | None = None, busy_s: float = BUSY_S
    ) -> Workspace:
        """Open a workspace, bringing an older one forward.

        Parameters
        ----------
        place
            The folder that holds ``fuwuquan.gpkg``, a GeoPackage of another name, or
            ``postgresql://user@host/database?workspace=name``.
        folder
            Where a database's maps and tables go; ``fuwuquan-<name>`` here when None.
        busy_s
            Seconds to wait while another program writes.

        Raises
        ------
        NotFoundError
            There is no workspace.
        DataError
            The file is damaged or foreign, the database cannot be used, or a newer version of the
            program wrote the workspace.
        """
        database = database_of(place, folder=folder, busy_s=busy_s)
        opening.bring_forward(database)
        return cls(database)

    @staticmethod
    def migrate(place: Path | str) -> tuple[str, str]:
        """Bring an older workspace forward; return the form it had and the one it has.

        Raises
        ------
        NotFoundError, DataError
            As for `open`.
        """
        database = database_of(place, folder=None, busy_s=BUSY_S)
        was = opening.bring_forward(database)
        database.close()
        return was, CURRENT

    def keep_open(self) -> None:
        """Keep connections between calls, as a server wants, until `close`."""
        self.database.keep_open()

    def close(self) -> None:
        """Let go of the database; the workspace may still be used, and connects anew."""
        self.database.close()

    @property
    def streets_path(self) -> Path:
        """Folder of the street network and what it was built from; made when first asked for.

        For a workspace in a database it holds copies; `street_files` brings them.
        """
        return self._subfolder("streets")

    @property
    def output(self) -> Path:
        """Folder of maps and tables; made when first asked for."""
        return self._subfolder("output")

    @property
    def working_crs(self) -> str:
        """Projected CRS in metres in which this area is analysed, such as ``EPSG:4547``.

        Raises
        ------
        NotFoundError
            No layer has said yet where the area lies.
        """
        try:
            return str(self.settings[states.WORKING_CRS])
        except KeyError:
            raise NotFoundError(
                say("工作区还没有任何图层。", "the workspace has no layer yet"),
                hint=say(
                    "请先导入区县或社区边界：fuwuquan import",
                    "import the county's or communities' boundaries first: fuwuquan import",
                ),
            ) from None

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

    def record_run(
        self,
        kind: str,
        *,
        on: date,
        inputs: Mapping[str, str],
        parameters: Mapping[str, Any],
        results: Mapping[str, Any],
    ) -> str:
        """Keep what an analysis was asked and what it answered; return its id.

        Parameters
        ----------
        kind
            Name of the analysis, such as ``coverage``.
        on
            Day of the run.
        inputs
            Fingerprint of the content by layer (`content_sha256`).
        parameters, results
            JSON values. The same kind, inputs and parameters have the same id, and the newer run
            takes the place of the older.
        """
        with self.writing() as connection:
            return books.keep_run(
                connection,
                kind=kind,
                ran_on=on.isoformat(),
                inputs=inputs,
                parameters=parameters,
                results=results,
            )

    def runs(self, kind: str | None = None) -> list[Run]:
        """Return the runs of one kind, or all, in the order they were kept."""
        with self.reading() as connection:
            return books.runs_of(connection, kind)

    def write_result(
        self,
        name: str,
        frame: pd.DataFrame,
        *,
        on: date,
        title: str = "",
        titles: Mapping[str, str] | None = None,
        style: StyleOf | None = None,
    ) -> None:
        """Keep a result as table ``result_<name>``, which QGIS shows beside the layers.

        Parameters
        ----------
        name
            Small letters, digits and ``_``.
        frame
            With shapes (a GeoDataFrame in any CRS) or without; the index is not kept. Columns
            are texts, numbers, truth values or dates.
        on
            Day of the result.
        title, titles
            What people read instead of the names of the table and of its columns.
        style
            Geometry type to the style in which QGIS opens the table.

        Raises
        ------
        DataError
            A name or a dtype cannot be kept.
        """
        with self.writing() as connection:
            results.replace_result(
                connection,
                name,
                frame,
                title=title,
                titles=titles or {},
                day=on.isoformat(),
                style=style,
            )

    def read_result(self, name: str, crs: str | None = None) -> pd.DataFrame:
        """Return a result; its shapes, if any, in ``crs`` (the working CRS when None).

        Raises
        ------
        NotFoundError
            There is no such result.
        """
        with self.reading() as connection:
            frame = results.read_result(connection, name)
        return self._in_crs(frame, crs) if isinstance(frame, gpd.GeoDataFrame) else frame

    def results(self) -> list[str]:
        """Return the names of the results kept."""
        with self.reading() as connection:
            return results.names_of(connection)

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection that sees one state of the workspace throughout."""
        return self.database.reading()

    def glancing(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection on which every question may see a state of its own."""
        return self.database.glancing()

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection that alone may write; all of its work is kept, or none."""
        return self.database.writing()

    def _subfolder(self, name: str) -> Path:
        folder = self.folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(folder) from error
        return folder

    def _in_crs(self, frame: gpd.GeoDataFrame, crs: str | None) -> gpd.GeoDataFrame:
        target = self.working_crs if crs is None else crs
        return frame if target == CGCS2000 else frame.to_crs(target)

    def _settle(
        self, connection: sa.Connection, schema: LayerSchema, frame: gpd.GeoDataFrame
    ) -> None:
        built = self.street_files.exist(connection)
        states.settle_working_crs(connection, schema, frame, streets_built=built)
