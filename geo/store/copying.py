"""How many rows at once enter a table of PostgreSQL: as one CSV text, by ``COPY``."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from pyarrow import csv
from sqlalchemy import Connection

from geo.store.geometry import SRS_ID

_OPTIONS = csv.WriteOptions(include_header=False, quoting_style="needed")


def copy_rows(connection: Connection, table: str, columns: Mapping[str, Sequence[object]]) -> None:
    """Add rows to a table.

    Parameters
    ----------
    connection
        In a writing transaction.
    table
        Name of the table.
    columns
        Cells by column: None, texts, numbers, truth values, shapes (in EPSG:4490) or bytes.
    """
    cells = {name: _texts(values) for name, values in columns.items()}
    table_of_cells = pa.table(cells)
    if not table_of_cells.num_rows:
        return
    text = io.BytesIO()
    csv.write_csv(table_of_cells, text, _OPTIONS)
    names = ", ".join(f'"{name}"' for name in columns)
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN (FORMAT csv)') as copy:
        copy.write(text.getbuffer())


def _texts(values: Sequence[object]) -> pa.Array:
    """Return cells as what the CSV text is made of; empty stands for missing, quoted for ''."""
    first = next((value for value in values if value is not None), None)
    if first is None:
        return pa.nulls(len(values), pa.string())
    if isinstance(first, shapely.Geometry):
        return pa.array(_hexed(values), pa.large_string())
    if isinstance(first, bytes):
        rows = [None if value is None else f"\\x{value.hex()}" for value in values]  # type: ignore[attr-defined]
        return pa.array(rows, pa.large_string())
    return pa.array(list(values), pa.large_string() if isinstance(first, str) else None)


def _hexed(shapes: Sequence[object]) -> list[str | None]:
    flat = shapely.set_srid(shapely.force_2d(np.asarray(shapes, dtype=object)), SRS_ID)
    return list(shapely.to_wkb(flat, hex=True, byte_order=1, include_srid=True))
