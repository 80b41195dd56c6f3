"""What reading one file gave: the rows kept, the rows put aside and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geo.crs import Datum
from geo.faults import FaultTable


@dataclass(frozen=True, slots=True)
class LayerImport:
    """One file read into one layer. Rows in = rows out + quarantined + set aside."""

    layer: str
    frame: gpd.GeoDataFrame
    """The rows kept: exactly the schema's columns and geometry, EPSG:4490."""
    faults: FaultTable
    """Everything found, the file as a whole first, then row by row."""
    quarantined: pd.DataFrame
    """Rows with an error, as they stood: ``source_row``, ``fault``, then the file's own columns."""
    set_aside: pd.DataFrame
    """Totals, repeated headings and remarks: ``source_row``, ``kind``, then the file's columns."""
    mapping: dict[str, str]
    """Column of the layer to heading of the file, as used."""
    given: frozenset[str]
    """Columns that the file gives, ``geometry`` when it says where its rows lie."""
    rows_in: int
    """Rows that said anything, below the headings."""
    path: Path
    sha256: str
    datum: Datum
    sheet: str

    def __post_init__(self) -> None:
        accounted = len(self.frame) + len(self.quarantined) + len(self.set_aside)
        if self.rows_in != accounted:
            message = f"{self.path}: {self.rows_in} rows in, {accounted} accounted for"
            raise AssertionError(message)
