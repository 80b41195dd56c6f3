"""What is known of a layer without reading its rows, and where the workspace lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import sqlalchemy as sa

from geo.crs import working_crs
from geo.schema import LayerSchema
from geo.schema import layers as layer_schemas
from geo.store.layer_tables import last_version
from geo.store.models import FAULT
from geo.store.rows import mark_of, tables_of
from geo.store.settings import put_setting, setting

WORKING_CRS, _CRS_FROM = "working_crs", "working_crs_from"
_AREAS = ("county", "township", "community")
"""Layers that say where the area lies, the best first."""


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
    rows_set_aside: int
    content_sha256: str
    """Fingerprint of the rows as they were written."""
    faults: Mapping[str, int]
    """Faults found at the import, by severity."""


def states_of(connection: sa.Connection) -> list[LayerState]:
    """Return the state of every layer the workspace has, in the order of the schema."""
    tables = tables_of(connection)
    return [_state(connection, s) for s in layer_schemas().values() if s.name in tables]


def settle_working_crs(
    connection: sa.Connection, schema: LayerSchema, frame: gpd.GeoDataFrame, *, streets_built: bool
) -> None:
    """Settle the working CRS by the first layer written, or by a better one that comes later.

    Areas say best where the county lies. A CRS that the user set is never changed, nor one in
    which streets were built.
    """
    west, south, east, north = frame.total_bounds
    if not west <= east:
        return
    settled, chosen_by = setting(connection, WORKING_CRS), setting(connection, _CRS_FROM)
    better = (
        settled is None
        if chosen_by is None
        else _rank(schema.name) < _rank(chosen_by) and not streets_built
    )
    if better:
        crs = working_crs((west + east) / 2, (south + north) / 2)
        put_setting(connection, WORKING_CRS, crs)
        put_setting(connection, _CRS_FROM, schema.name)


def _rank(layer: str) -> int:
    return _AREAS.index(layer) if layer in _AREAS else len(_AREAS)


def _state(connection: sa.Connection, schema: LayerSchema) -> LayerState:
    record = last_version(connection, schema)
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
        rows_set_aside=record.rows_set_aside,
        content_sha256=record.content_sha256,
        faults={row[0]: row[1] for row in faults},
    )
