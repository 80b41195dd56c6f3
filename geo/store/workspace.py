"""The workspace: a folder with one GeoPackage that holds a county's layers and what was done with them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import sqlalchemy as sa

from geo.crs import working_crs
from geo.errors import ConflictError, NotFoundError
from geo.schema import LayerSchema
from geo.schema import layer as layer_schema
from geo.schema import layers as layer_schemas
from geo.store import database, geopackage, layer_tables, migrations
from geo.store.frames import STORED_CRS
from geo.store.layer_tables import Origin
from geo.store.models import BOOKS, FAULT, FORMAT, SETTING
from geo.store.rows import mark_of
from geo.store.settings import Settings, put_setting, setting
from geo.text import say

FILE_NAME = "fuwuquan.gpkg"
_AREAS = ("county", "township", "community")
"""Layers that say where the area lies, the best first."""
_CRS, _CRS_FROM = "working_crs", "working_crs_from"


@dataclass(frozen=True, slots=True)
class LayerState:
    """What is known of one layer without reading its rows."""

    layer: str
    rows: int
    version: int
    """How many times the layer was written."""
    edited: bool
    """Whether its rows were changed one by one since (in QGIS, say)."""
    source: str
    datum: str
    written_on: str
    rows_in: int
    rows_quarantined: int
    content_sha256: str
    """Fingerprint of the rows as they were written."""
    faults: Mapping[str, int]
    """Faults found at the import, by severity."""


class Workspace:
    """A folder with the file ``fuwuquan.gpkg``; make one with `create` or `open`.

    Every call is one transaction on the file: it sees one state of it, and what it writes is kept
    whole or not at all. Several programs, QGIS among them, may work on the same workspace.

    Attributes
    ----------
    folder : Path
        The folder, absolute.
    path : Path
        The GeoPackage in it.
    settings : Settings
        Small JSON values by name.
    """

    def __init__(self, folder: Path, *, busy_s: float = database.BUSY_S) -> None:
        self.folder = folder.resolve()
        self.path = self.folder / FILE_NAME
        self._engine = database.engine_of(self.path, busy_s=busy_s)
        self.settings = Settings(self._reading, self._writing)

    def __repr__(self) -> str:
        return f"Workspace({str(self.folder)!r})"

    @classmethod
    def create(cls, folder: Path | str) -> Workspace:
        """Make an empty workspace in a folder, which is made too where it does not exist.

        Raises
        ------
        ConflictError
            The folder already holds a workspace.
        DataError
            The folder cannot be written.
        """
        workspace = cls(Path(folder))
        if workspace.path.exists():
            raise ConflictError(
                say(f"“{workspace.folder}”已经是工作区。", f"{workspace.folder} is a workspace"),
                hint=say(
                    "请直接使用，或换一个文件夹。", "use it as it is, or choose another folder"
                ),
            )
        database.create_file(workspace.path)
        with workspace._writing() as connection:
            geopackage.lay_foundation(connection)
            BOOKS.create_all(connection)
            connection.execute(sa.insert(FORMAT).values(version=migrations.CURRENT))
        return workspace

    @classmethod
    def open(cls, folder: Path | str, *, busy_s: float = database.BUSY_S) -> Workspace:
        """Open the workspace of a folder, bringing an older one forward.

        Parameters
        ----------
        folder
            The folder that holds ``fuwuquan.gpkg``.
        busy_s
            Seconds to wait while another program writes.

        Raises
        ------
        NotFoundError
            The folder holds no workspace.
        DataError
            The file is damaged, foreign, or was written by a newer version of the program.
        """
        workspace = cls(Path(folder), busy_s=busy_s)
        if not workspace.path.is_file():
            raise NotFoundError(
                say(f"“{workspace.folder}”不是工作区。", f"{workspace.folder} is not a workspace"),
                hint=say(
                    "请用 -w 指定工作区文件夹，或用 fuwuquan init 新建一个。",
                    "name its folder with -w, or make one with: fuwuquan init",
                ),
            )
        with workspace._reading() as connection:
            current = migrations.form_of(connection) == migrations.CURRENT
        if not current:
            with workspace._writing() as connection:
                migrations.bring_forward(connection)
        return workspace

    @property
    def streets_path(self) -> Path:
        """Folder of the street network and what it was built from; made when first asked for."""
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
            return str(self.settings[_CRS])
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
        with self._reading() as connection:
            return sa.inspect(connection).has_table(name)

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
        with self._writing() as connection:
            layer_tables.replace_layer(connection, schema, frame, origin)
            self._place(connection, schema, frame)

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
        with self._reading() as connection:
            frame = layer_tables.read_layer(connection, schema)
        target = self.working_crs if crs is None else crs
        return frame if target == STORED_CRS else frame.to_crs(target)

    def layers(self) -> list[LayerState]:
        """Return the state of every layer the workspace has, in the order of the schema."""
        with self._reading() as connection:
            tables = set(sa.inspect(connection).get_table_names())
            return [_state(connection, s) for s in layer_schemas().values() if s.name in tables]

    def content_sha256(self, layer: str) -> str:
        """Return the fingerprint of a layer's present rows, edits made in QGIS included."""
        with self._reading() as connection:
            return layer_tables.layer_sha256(connection, layer_schema(layer))

    def mapping(self, layer: str) -> dict[str, str]:
        """Return how the layer's last file was mapped: header by column; empty if never."""
        with self._reading() as connection:
            return layer_tables.mapping_of(connection, layer_schema(layer).name)

    def row(self, layer: str, key: str) -> tuple[gpd.GeoDataFrame, int]:
        """Return one row in EPSG:4490, as a frame, and the version to give to `update_row`.

        Raises
        ------
        NotFoundError
            The layer or the row does not exist.
        """
        with self._reading() as connection:
            return layer_tables.read_row(connection, layer_schema(layer), key)

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
        with self._writing() as connection:
            return layer_tables.update_row(
                connection, layer_schema(layer), key, changes, version=version
            )

    def _reading(self) -> AbstractContextManager[sa.Connection]:
        return database.reading(self._engine, self.path)

    def _writing(self) -> AbstractContextManager[sa.Connection]:
        return database.writing(self._engine, self.path)

    def _subfolder(self, name: str) -> Path:
        folder = self.folder / name
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise database.unwritable(folder) from error
        return folder

    def _place(
        self, connection: sa.Connection, schema: LayerSchema, frame: gpd.GeoDataFrame
    ) -> None:
        """Settle the working CRS by the first layer, or by a better one before streets are built."""
        west, south, east, north = frame.total_bounds
        if not west <= east:
            return
        try:
            chosen_by = str(setting(connection, _CRS_FROM))
        except KeyError:
            settled = connection.scalar(sa.select(SETTING.c.name).where(SETTING.c.name == _CRS))
            better = settled is None
        else:
            streets = self.folder / "streets"
            built = streets.is_dir() and any(streets.iterdir())
            better = _rank(schema.name) < _rank(chosen_by) and not built
        if better:
            crs = working_crs((west + east) / 2, (south + north) / 2)
            put_setting(connection, _CRS, crs)
            put_setting(connection, _CRS_FROM, schema.name)


def _rank(layer: str) -> int:
    return _AREAS.index(layer) if layer in _AREAS else len(_AREAS)


def _state(connection: sa.Connection, schema: LayerSchema) -> LayerState:
    record = layer_tables.last_version(connection, schema)
    faults = connection.execute(
        sa.select(FAULT.c.severity, sa.func.count())
        .where(FAULT.c.layer == schema.name)
        .group_by(FAULT.c.severity)
    )
    mark = mark_of(connection, schema.name)
    return LayerState(
        layer=schema.name,
        rows=int(mark.split("/")[0]),
        version=record.number,
        edited=record.mark != mark,
        source=record.source,
        datum=record.datum,
        written_on=record.written_on,
        rows_in=record.rows_in,
        rows_quarantined=record.rows_quarantined,
        content_sha256=record.content_sha256,
        faults={severity: count for severity, count in faults},
    )
