"""Streets fetched from OpenStreetMap once, and recorded so that the run repeats offline."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import shapely

from geo.errors import DataError, NotFoundError
from geo.text import say

_log = logging.getLogger(__name__)

_TAGS = (
    *("highway", "name", "foot", "access", "motorroad", "incline", "layer", "bridge", "tunnel"),
    *("oneway", "service", "step_count", "surface", "area"),
)


def record_place(place: str, folder: Path) -> Path:
    """Fetch the streets of a place by its name, unless they are recorded, and return the record.

    Parameters
    ----------
    place
        Name as OpenStreetMap knows it, such as ``个旧市, 云南``.
    folder
        Where the record is kept: ``osm-<hash of the name>.graphml``.

    Raises
    ------
    NotFoundError
        OpenStreetMap knows no such place.
    DataError
        There is no record and the service cannot be reached.
    """
    record = folder / f"osm-{_mark(place.encode())}.graphml"
    if record.is_file():
        return record
    import osmnx  # noqa: PLC0415  (takes seconds)

    with _settings(), _failures(place):
        area = osmnx.geocode_to_gdf(place).geometry.iloc[0]
        _record(area, record)
    return record


def record_polygon(area: shapely.Geometry, folder: Path) -> Path:
    """Fetch the streets inside a polygon, unless they are recorded, and return the record.

    Parameters
    ----------
    area
        Polygon or multipolygon in degrees.
    folder
        Where the record is kept: ``osm-<hash of the polygon>.graphml``.

    Raises
    ------
    NotFoundError
        There are no streets inside.
    DataError
        There is no record and the service cannot be reached.
    """
    record = folder / f"osm-{_mark(shapely.to_wkb(shapely.normalize(area)))}.graphml"
    if not record.is_file():
        with _settings(), _failures(say("所给范围", "the area")):
            _record(area, record)
    return record


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _record(area: shapely.Geometry, record: Path) -> None:
    import osmnx  # noqa: PLC0415

    graph = osmnx.graph_from_polygon(
        area, custom_filter='["highway"]', simplify=False, retain_all=True, truncate_by_edge=True
    )
    record.parent.mkdir(parents=True, exist_ok=True)
    half = record.with_suffix(".part")
    osmnx.save_graphml(graph, half)
    half.replace(record)
    _log.info("recorded %s", record)


@contextmanager
def _settings() -> Iterator[None]:
    """Ask for the tags we need and leave no cache behind; restore the user's settings after."""
    from osmnx import settings  # noqa: PLC0415

    before = settings.useful_tags_way, settings.use_cache
    settings.useful_tags_way, settings.use_cache = list(_TAGS), False
    try:
        yield
    finally:
        settings.useful_tags_way, settings.use_cache = before


@contextmanager
def _failures(wanted: str) -> Iterator[None]:
    """Turn what osmnx and the connection may raise into one message."""
    import requests  # noqa: PLC0415
    from osmnx import _errors  # noqa: PLC0415

    try:
        yield
    except (_errors.InsufficientResponseError, TypeError) as wrong:
        raise NotFoundError(
            say(f"OpenStreetMap 中找不到{wanted}的街路。", f"no streets found for {wanted}"),
            hint=say(
                "请写全名（如“个旧市, 云南”），或用 --polygon 给出范围。",
                "write the full name, or give the area with --polygon",
            ),
        ) from wrong
    except (_errors.ResponseStatusCodeError, requests.RequestException, OSError) as wrong:
        raise DataError(
            say("无法连接 OpenStreetMap 服务。", "the OpenStreetMap service cannot be reached"),
            hint=say(
                "离线时请改用已下载的 .osm.pbf 文件：fuwuquan streets 文件.osm.pbf",
                "offline, use a downloaded file: fuwuquan streets FILE.osm.pbf",
            ),
        ) from wrong
