"""What stands in a file of shapes: its fields, geometry and the reference system it carries."""

from __future__ import annotations

import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

from geo.errors import DataError
from geo.layers.files import damaged
from geo.text import say

SHAPE_KINDS: Final = (".gpkg", ".geojson", ".json", ".shp", ".kml")
_WGS84_BY_FORMAT: Final = (".geojson", ".json", ".kml")
_LIMIT_DBF_BYTES: Final = 4 * 1024**2
_JSON_DRIVERS: Final = frozenset(("GeoJSON", "GeoJSONSeq", "TopoJSON", "ESRIJSON", "JSONFG"))
_DRIVERS: Final = {
    ".gpkg": frozenset(("GPKG",)),
    ".geojson": _JSON_DRIVERS,
    ".json": _JSON_DRIVERS,
    ".shp": frozenset(("ESRI Shapefile",)),
    ".kml": frozenset(("KML", "LIBKML")),
}
"""GDAL's readers of each kind: others, such as of virtual files, would open what a file names."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """One layer of a file of shapes."""

    fields: tuple[str, ...]
    cells: NDArray[np.object_]
    """(n, n_field)"""
    geometry: NDArray[np.object_]
    """(n,) shapely geometries or None."""
    crs: pyproj.CRS | None
    """The reference system the file states; None when it states none or the format fixes one."""


def read_shapes(path: Path, kind: str, *, layer: str | None) -> Shapes:
    """Return the shapes of a file.

    Parameters
    ----------
    path
        The file.
    kind
        Its suffix.
    layer
        Which layer of a GeoPackage to read; needed only when it has several.

    Raises
    ------
    DataError
        The file is damaged, a part of a shapefile is missing, or the layer must be named.
    """
    if kind == ".shp":
        _require_parts(path)
        _require_whole(path)
    if "!" in str(path):
        # GDAL's paths give "!" a meaning of their own, so the file is read under another name.
        with TemporaryDirectory(prefix="fuwuquan-") as folder:
            return _layers(_copied(path, Path(folder)), kind, layer)
    return _layers(path, kind, layer)


def _copied(path: Path, folder: Path) -> Path:
    for part in path.parent.iterdir():
        if part.is_file() and part.stem == path.stem:
            shutil.copyfile(part, folder / f"file{part.suffix.lower()}")
    return folder / f"file{path.suffix.lower()}"


def _layers(path: Path, kind: str, layer: str | None) -> Shapes:
    try:
        names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        if not names:
            raise DataError(
                say(f"“{path.name}”里没有图层。", f"{path.name} has no layers"),
                hint=say("请重新导出。", "export it again"),
            )
        chosen = names if kind == ".kml" else [_choose(names, layer, path)]
        if pyogrio.read_info(path, layer=chosen[0])["driver"] not in _DRIVERS[kind]:
            raise damaged(path, ValueError())
        return _joined([_read(path, kind, name) for name in chosen])
    except (DataSourceError, DataLayerError, FeatureError, GeometryError) as error:
        raise damaged(path, error) from error
    except (ValueError, RuntimeError, UnicodeError) as error:
        if isinstance(error, DataError):
            raise
        raise damaged(path, error) from error


def _read(path: Path, kind: str, name: str) -> Shapes:
    encoding = _dbf_encoding(path) if kind == ".shp" else None
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # GDAL's remarks on rings and dates; shapes are checked later
        meta, _, wkb, columns = pyogrio.raw.read(path, layer=name, encoding=encoding)
    frame = pd.DataFrame(
        {i: pd.Series(c).astype(object) for i, c in enumerate(columns)},
        index=range(len(wkb)) if wkb is not None else None,
    )
    cells = frame.where(frame.notna(), None).to_numpy(dtype=object)
    geometry = (
        np.full(len(frame), None, dtype=object)
        if wkb is None
        else shapely.from_wkb(wkb, on_invalid="ignore")
    )
    crs = pyproj.CRS(meta["crs"]) if meta["crs"] else None
    if kind in _WGS84_BY_FORMAT and crs is not None and crs.is_geographic:
        crs = None
    return Shapes(tuple(str(field) for field in meta["fields"]), cells, geometry, crs)


def _joined(parts: list[Shapes]) -> Shapes:
    """Stack the folders of a KML."""
    if len(parts) == 1:
        return parts[0]
    frames = [pd.DataFrame(p.cells, columns=pd.Index(p.fields), dtype=object) for p in parts]
    frame = pd.concat(frames, ignore_index=True).astype(object)
    return Shapes(
        tuple(str(name) for name in frame.columns),
        frame.where(frame.notna(), None).to_numpy(dtype=object),
        np.concatenate([part.geometry for part in parts]),
        parts[0].crs,
    )


def _choose(names: list[str], wanted: str | None, path: Path) -> str:
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted in names:
        return str(wanted)
    known = "、".join(names)
    raise DataError(
        say(
            f"“{path.name}”有 {len(names)} 个图层，需要指定一个。"
            if wanted is None
            else f"“{path.name}”里没有图层“{wanted}”。",
            f"{path.name} has {len(names)} layers; name one"
            if wanted is None
            else f"{path.name} has no layer {wanted!r}",
        ),
        hint=say(f"用 --sheet 指定：{known}", f"use --sheet with one of: {', '.join(names)}"),
    )


def _require_parts(path: Path) -> None:
    present = {p.suffix.lower() for p in path.parent.iterdir() if p.stem == path.stem}
    missing = [part for part in (".shx", ".dbf") if part not in present]
    if missing:
        raise DataError(
            say(
                f"Shapefile“{path.name}”缺少 {'、'.join(missing)} 文件。",
                f"shapefile {path.name} lacks {', '.join(missing)}",
            ),
            hint=say(
                "请把同名的 .shp、.shx、.dbf、.prj 一起拷来，或打成一个 zip。",
                "copy .shp, .shx, .dbf and .prj together, or zip them",
            ),
        )


def _require_whole(path: Path) -> None:
    """Refuse a shapefile shorter than its header says: its last rows would come without shapes."""
    with path.open("rb") as file:
        words = int.from_bytes(file.read(28)[24:28], "big")
    if path.stat().st_size < 2 * words:
        raise damaged(path, EOFError())


def _dbf_encoding(path: Path) -> str:
    """Return how the attribute table is written, judged by its bytes: code page files often lie."""
    dbf = next(
        p for p in path.parent.iterdir() if p.stem == path.stem and p.suffix.lower() == ".dbf"
    )
    with dbf.open("rb") as file:
        raw = file.read(_LIMIT_DBF_BYTES)
    high = sum(byte > 0x7F for byte in raw[32:])  # noqa: PLR2004 - beyond ASCII
    if not high:
        return "UTF-8"
    # Texts cut at the field's width leave half a character, so a few misfits are normal.
    misfits = raw[32:].decode("utf-8", "replace").count("\ufffd")
    return "UTF-8" if misfits * 10 < high else "GB18030"
