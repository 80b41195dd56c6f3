"""How layers leave the workspace: tables with Chinese headings, or files other maps read."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geo.crs import CGCS2000, Datum, parse_datum
from geo.errors import DataError
from geo.schema import LayerSchema
from geo.schema import layer as layer_schema
from geo.store.dialects import EPOCH
from geo.store.tables import write_table, write_whole
from geo.store.workspace import Workspace
from geo.text import say

TABLE_ENDINGS = (".xlsx", ".csv")
MAP_ENDINGS = (".gpkg", ".geojson")
_DRIVERS: Mapping[str, tuple[str, Mapping[str, int]]] = {
    ".gpkg": ("GPKG", {}),
    ".geojson": ("GeoJSON", {"COORDINATE_PRECISION": 9}),
}
"""GDAL's driver and options by ending; nine decimals of a degree are a tenth of a millimetre."""


def export_layers(
    workspace: Workspace, names: Sequence[str], path: Path, *, datum: Datum | None = None
) -> list[Path]:
    """Write layers or results of a workspace to a file and return the files written.

    Parameters
    ----------
    workspace
        Where they are.
    names
        Layers, or results by the names `Workspace.results` gives.
    path
        ``.xlsx`` and ``.csv``: headings and choices in the user's language, places as longitude
        and latitude (of an area, a point inside it), text that looks like a formula kept as text.
        ``.gpkg`` and ``.geojson``: shapes, with columns named as in the schema. Several layers
        are sheets of one workbook or layers of one GeoPackage, and files ``name-layer`` otherwise.
    datum
        What the coordinates written mean; CGCS2000 when None. GeoJSON is WGS 84 by definition.

    Raises
    ------
    DataError
        The ending is unknown, the datum is one of the two with a deliberate offset, or the file
        is the workspace itself or cannot be written.
    NotFoundError
        The workspace has no such layer.
    """
    if path.resolve() == workspace.path:
        raise DataError(
            say(f"“{path}”就是工作区本身，不能覆盖。", f"{path} is the workspace itself"),
            hint=say("请换一个文件名。", "choose another name"),
        )
    target = datum or parse_datum("cgcs2000")
    if target.offset:
        raise DataError(
            say(
                f"不导出 {target.label} 坐标：它是有意偏移的地图服务坐标。",
                f"coordinates are not exported in {target.label}, which is deliberately offset",
            ),
            hint=say("请用 cgcs2000、wgs84 或 epsg:NNNN。", "use cgcs2000, wgs84 or epsg:NNNN"),
        )
    ending = path.suffix.lower()
    if ending in TABLE_ENDINGS:
        return _export_tables(workspace, names, path, target)
    if ending in MAP_ENDINGS:
        return _export_maps(workspace, names, path, target)
    known = " ".join((*TABLE_ENDINGS, *MAP_ENDINGS))
    raise DataError(
        say(f"不能导出为“{path.suffix}”。", f"cannot export as {path.suffix!r}"),
        hint=say(f"可用的格式：{known}", f"formats: {known}"),
    )


def export_left_out(workspace: Workspace, names: Sequence[str], path: Path) -> list[Path]:
    """Write what the last imports found wrong: faults, and the rows that did not enter the layers.

    Parameters
    ----------
    workspace
        Where they are kept.
    names
        The layers.
    path
        ``.xlsx`` or ``.csv``. The rows have the columns of the imported file, so that they can be
        corrected and imported again.
    """
    schemas = [layer_schema(name) for name in names]
    faults = [workspace.faults(schema.name).frame() for schema in schemas]
    sheets = {say("问题", "Faults"): pd.concat(faults, ignore_index=True)}
    for schema in schemas:
        for kind, rows in (
            (say("隔离", "quarantined"), workspace.quarantined(schema.name)),
            (say("未计入", "set aside"), workspace.set_aside(schema.name)),
        ):
            if len(rows):
                sheets[f"{schema.label}-{kind}"] = rows
    headings = {
        "layer": say("层", "Layer"),
        "row": say("行", "Row"),
        "column": say("列", "Column"),
        "severity": say("程度", "Severity"),
        "code": say("代号", "Code"),
        "message": say("问题", "What is wrong"),
        "advice": say("建议", "What to do"),
        "source_row": say("原行号", "Source row"),
        "fault": say("问题", "Fault"),
    }
    return write_table(path, sheets, headings=dict.fromkeys(sheets, headings))


def _export_tables(
    workspace: Workspace, names: Sequence[str], path: Path, datum: Datum
) -> list[Path]:
    sheets, headings = {}, {}
    for name in names:
        schema = _schema(workspace, name)
        frame = _frame(workspace, name, schema, datum)
        title = name if schema is None else schema.label
        columns, above = {}, {}
        for column in frame.columns:
            if isinstance(frame, gpd.GeoDataFrame) and column == frame.active_geometry_name:
                continue
            columns[column] = frame[column]
            above[str(column)] = str(column)
            if schema is not None:
                columns[column] = _labelled(frame[column], schema, str(column))
                above[str(column)] = schema[str(column)].heading
        if isinstance(frame, gpd.GeoDataFrame):
            columns["lon"], columns["lat"] = _places(frame)
            above |= _place_headings(frame)
        sheets[title], headings[title] = pd.DataFrame(columns), above
    notes = [
        say(f"坐标：{datum.label}。", f"Coordinates: {datum.label}."),
        say(
            "面状图形以其内部一点表示；需要完整图形请导出 .gpkg。",
            "An area is given by a point inside it; export .gpkg for whole shapes.",
        ),
    ]
    return write_table(path, sheets, headings=headings, notes=notes)


def _export_maps(
    workspace: Workspace, names: Sequence[str], path: Path, datum: Datum
) -> list[Path]:
    ending = path.suffix.lower()
    frames = {}
    for name in names:
        schema = _schema(workspace, name)
        meant = parse_datum("wgs84") if ending == ".geojson" else datum
        own_name = name if schema is None else schema.name
        frames[own_name] = _frame(workspace, name, schema, meant)
    if ending == ".gpkg":
        return [write_map(path, frames)]
    if len(frames) == 1:
        return [write_map(path, frames)]
    return [
        write_map(path.with_name(f"{path.stem}-{name}{ending}"), {name: frame})
        for name, frame in frames.items()
    ]


def write_map(path: Path, layers: Mapping[str, pd.DataFrame]) -> Path:
    """Write frames as a ``.gpkg`` of so many layers, or one frame as a ``.geojson``.

    The file is dated by us, so the same rows make the same bytes.

    Raises
    ------
    DataError
        The file cannot be written.
    """
    driver, options = _DRIVERS[path.suffix.lower()]
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{EPOCH}T00:00:00.000Z"})
    try:
        with TemporaryDirectory() as folder, warnings.catch_warnings():
            # GDAL remarks that a layer of points and areas mixed has no single type.
            warnings.filterwarnings("ignore", category=RuntimeWarning, module="pyogrio")
            part = Path(folder) / f"part{path.suffix.lower()}"
            for name, frame in layers.items():
                pyogrio.write_dataframe(
                    frame, part, layer=name, driver=driver, append=part.exists(), **options
                )
            write_whole(path, part.read_bytes())
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    return path


def _schema(workspace: Workspace, name: str) -> LayerSchema | None:
    return None if name in workspace.results() else layer_schema(name)


def _frame(
    workspace: Workspace, name: str, schema: LayerSchema | None, datum: Datum
) -> pd.DataFrame:
    if schema is None:
        frame = workspace.read_result(name, CGCS2000)
    else:
        frame = workspace.read(schema.name, CGCS2000)
    if not isinstance(frame, gpd.GeoDataFrame) or datum.name == "cgcs2000":
        return frame
    if datum.name == "wgs84":
        # Their degrees are taken as equal, as they are at an import.
        return frame.set_crs("EPSG:4326", allow_override=True)
    return frame.to_crs(datum.crs)


def _labelled(values: pd.Series[str], schema: LayerSchema, column: str) -> pd.Series[str]:
    labels = {choice.value: choice.labels[0] for choice in schema[column].choices}
    return values.map(labels).astype("string") if labels else values


def _places(frame: gpd.GeoDataFrame) -> tuple[pd.Series[float], pd.Series[float]]:
    points = shapely.point_on_surface(frame.geometry.to_numpy())
    there = ~shapely.is_missing(points) & ~shapely.is_empty(points)
    xy = np.full((len(points), 2), np.nan)
    xy[there] = shapely.get_coordinates(points[there])
    return pd.Series(xy[:, 0], index=frame.index), pd.Series(xy[:, 1], index=frame.index)


def _place_headings(frame: gpd.GeoDataFrame) -> dict[str, str]:
    if frame.crs is not None and frame.crs.is_projected:
        return {"lon": say("横坐标", "Easting"), "lat": say("纵坐标", "Northing")}
    return {"lon": say("经度", "Longitude"), "lat": say("纬度", "Latitude")}
