"""A workspace that is open: where it lies, its folders, and the transactions on it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import geopandas as gpd
import sqlalchemy as sa

from geo.crs import CGCS2000
from geo.errors import NotFoundError
from geo.store import states
from geo.store.database import Database
from geo.store.file import unwritable
from geo.store.settings import Settings
from geo.store.street_files import StreetFiles
from geo.text import say


class Space:
    """The place of a workspace; what it holds is the matter of `geo.store.workspace.Workspace`.

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
