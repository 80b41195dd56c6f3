"""The workspace: a county's layers and what was done with them, in a GeoPackage or in PostGIS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from geo.store import opening
from geo.store.database import BUSY_S, database_of
from geo.store.layers_of import LayersOf
from geo.store.migrations import CURRENT
from geo.store.results_of import ResultsOf


class Workspace(LayersOf, ResultsOf):
    """A county's layers and what was done with them; make one with `create` or `open`.

    It lies in a folder, as the file ``fuwuquan.gpkg``, or in a PostGIS database, as a schema; the
    same calls give the same answers. Every call is one transaction: it sees one state, and what it
    writes is kept whole or not at all. Several programs, QGIS among them, may work on it.
    Its attributes are those of `geo.store.space.Space`.
    """

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
