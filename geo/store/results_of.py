"""The results and runs of a workspace: what analyses were asked and what they left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.store import books, results
from geo.store.books import Run
from geo.store.results import StyleOf
from geo.store.space import Space


class ResultsOf(Space):
    """A workspace as its results and runs; every call is one transaction."""

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
