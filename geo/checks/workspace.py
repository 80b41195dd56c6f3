"""How a file enters a workspace, and whether what stands in it agrees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from geo.boundaries import on_day
from geo.checks.crossing import check_layers
from geo.checks.shift import likely_datum
from geo.crs import CGCS2000, Datum, parse_datum
from geo.errors import DataError
from geo.faults import Fault, FaultTable
from geo.layers import LayerImport, read_layer
from geo.schema import CODE_DIGITS
from geo.schema import layer as schema_of
from geo.store import Workspace
from geo.store.history import By

_BESIDE: Final = ("county", "township", "community", "compound")
"""Layers that a file is checked against while it is read."""


def import_file(
    workspace: Workspace,
    path: Path,
    layer: str,
    *,
    datum: Datum | str,
    on: date,
    mapping: Mapping[str, str] | None = None,
    sheet: str | None = None,
    add: bool = False,
    by: By | None = None,
) -> LayerImport:
    """Read a file into a layer of a workspace, replacing what the layer held or adding to it.

    Parameters
    ----------
    workspace, path, layer, datum, mapping, sheet
        As in `read_file`.
    on
        Day of the import.
    add
        Keep the rows that stand; of those whose id or code the file has, the columns that it has
        take the file's values. Rows without an id become new rows.
    by
        Who imports, as the history of the rows tells it; None: a program by itself.

    Returns
    -------
    LayerImport
        What was found. When no row is fit to be kept the workspace is left as it was.
    """
    imported = read_file(workspace, path, layer, datum=datum, mapping=mapping, sheet=sheet, add=add)
    if len(imported.frame):
        workspace.import_layer(imported, on=on, add=add, by=by)
    return imported


def read_file(
    workspace: Workspace,
    path: Path,
    layer: str,
    *,
    datum: Datum | str,
    mapping: Mapping[str, str] | None = None,
    sheet: str | None = None,
    add: bool = False,
) -> LayerImport:
    """Read a file as a layer of a workspace would take it, and write nothing.

    Parameters
    ----------
    workspace
        Where the layer lives. The headings of the layer's last file are remembered.
    path, layer, datum, mapping, sheet
        As in ``geo.layers.read_layer``.
    add
        Whether its rows are to be added to those that stand.

    Returns
    -------
    LayerImport
        What was found, the fit to the streets included.
    """
    schema = schema_of(layer)
    names = dict.fromkeys((*_BESIDE, schema.name))
    beside = {name: workspace.read(name, crs=CGCS2000) for name in names if workspace.has(name)}
    imported = read_layer(
        path,
        schema.name,
        datum=datum,
        mapping=mapping,
        sheet=sheet,
        beside=beside,
        remembered=workspace.mapping(schema.name),
        add=add,
    )
    suspicion = _suspicion(workspace, imported)
    if suspicion is not None:
        return replace(imported, faults=FaultTable([suspicion, *imported.faults]))
    return imported


def check_workspace(
    workspace: Workspace, *, on: date, progress: Callable[[float], None] | None = None
) -> FaultTable:
    """Return what is wrong between the layers of a workspace, and between them and the streets.

    Parameters
    ----------
    workspace
        The workspace.
    on
        The day that counts: units retired before it or founded after it are left out.
    progress
        Told the share done.
    """
    states = [state for state in workspace.layers() if state.layer != "street"]
    frames = {}
    for done, state in enumerate(states):
        frame = workspace.read(state.layer, crs=CGCS2000)
        frames[state.layer] = on_day(frame, on) if state.layer in CODE_DIGITS else frame
        if progress is not None:
            progress(0.5 * (done + 1) / len(states))
    table = check_layers(frames)
    if workspace.has("street"):
        streets = workspace.read("street")
        for state in states:
            fault = _shift(frames[state.layer], state.layer, state.datum, streets)
            if fault is not None:
                table.add(fault)
    return table


def _suspicion(workspace: Workspace, imported: LayerImport) -> Fault | None:
    if not workspace.has("street"):
        return None
    streets = workspace.read("street")
    return _shift(imported.frame, imported.layer, str(imported.datum), streets)


def _shift(
    frame: gpd.GeoDataFrame, layer: str, datum: str, streets: gpd.GeoDataFrame
) -> Fault | None:
    """Test the places of compounds, gates and facilities; areas do not lie along streets."""
    if not (schema_of(layer).facility or layer in ("compound", "gate", "building")):
        return None
    try:
        declared = parse_datum(datum)
    except DataError:  # rows that no file gave, such as a generator's
        return None
    shapes = frame.geometry.to_numpy()
    shapes = shapes[~shapely.is_missing(shapes)]
    points = shapely.get_coordinates(shapely.point_on_surface(shapes))
    return likely_datum(np.asarray(points), declared, streets).fault(layer)
