"""From an OpenStreetMap file on disk to the walkable street lines in it."""

from __future__ import annotations

import logging
from array import array
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray

from geo.errors import DataError
from geo.faults import Fault, FaultTable, Severity
from geo.network.segments import Segments, StreetImport
from geo.osm.guard import damaged, file_format
from geo.osm.walkable import flag, incline_share, level, walkable
from geo.text import say

WGS84 = "EPSG:4326"

_log = logging.getLogger(__name__)


def read_osm(path: Path, *, area: shapely.Geometry | None = None) -> StreetImport:
    """Read the walkable ways of a ``.pbf``, ``.osm`` or ``.xml`` file (plain, gz or bz2).

    Ways meet where they share a node, so bridges and tunnels need no further rule. One-way is
    ignored. Squares (``area=yes``) are walked along their outline.

    Parameters
    ----------
    path
        The file; its first bytes tell the format.
    area
        Polygon in degrees. Ways that touch it are kept whole, so that no street ends at its rim.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        The file is no OSM file, is damaged, or has no walkable way (in the area).
    """
    kind = file_format(path)
    ways = _Ways()
    source = osmium.FileProcessor(osmium.io.File(str(path), kind)).with_locations()
    source = source.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    source = source.with_filter(osmium.filter.KeyFilter("highway"))
    try:
        for way in source:
            ways.add(way)
    except (RuntimeError, ValueError) as wrong:
        _log.info("%s: %s", path, wrong)
        raise damaged(path) from wrong
    if not ways.open.source:
        raise _nothing(path, ways.seen, 0)
    segments, outside = _within(ways.open.segments(), area)
    if len(segments) == 0:
        raise _nothing(path, ways.seen, len(outside))
    closed, closed_outside = _within(ways.closed.segments(), area)
    left_out = {
        "outside": np.concatenate((outside, closed_outside)),
        "not_walkable": closed.source,
        "broken": np.array(ways.broken, dtype=np.int64),
    }
    faults = FaultTable(_faults(ways, closed, len(left_out["outside"])))
    return StreetImport(segments, faults, ways.seen, left_out, closed)


class _Ways:
    """What has been read so far: lines to walk, lines closed to walkers, damaged ones."""

    def __init__(self) -> None:
        self.seen = 0
        self.open = _Lines()
        self.closed = _Lines()
        self.broken: list[int] = []
        self.partial: list[int] = []

    def add(self, way: osmium.osm.Way) -> None:
        """Take one way in."""
        self.seen += 1
        tags = dict(way.tags)
        nodes = [node.ref for node in way.nodes]
        try:
            # One call for all coordinates; its text is hexadecimal, 9 bytes before the points.
            drawn = _WKB.create_linestring(way.nodes, osmium.geom.use_nodes.ALL)
            points = bytes.fromhex(drawn)[9:]
        except (RuntimeError, osmium.InvalidLocationError):  # a node is missing, or only one
            nodes, points = _present(way)
            (self.partial if nodes else self.broken).append(way.id)
            if not nodes:
                return
        (self.open if walkable(tags) else self.closed).add(way.id, nodes, points, tags)


_WKB = osmium.geom.WKBFactory()


@dataclass(slots=True)
class _Lines:
    """Lines as growing columns."""

    xy: bytearray = field(default_factory=bytearray)
    node: array[int] = field(default_factory=lambda: array("q"))
    count: array[int] = field(default_factory=lambda: array("q"))
    source: array[int] = field(default_factory=lambda: array("q"))
    tags: list[dict[str, str]] = field(default_factory=list)

    def add(self, way: int, nodes: list[int], points: bytes, tags: dict[str, str]) -> None:
        """Add one line."""
        self.xy += points
        self.node.extend(nodes)
        self.count.append(len(nodes))
        self.source.append(way)
        self.tags.append({key: tags[key] for key in _KEPT if key in tags})

    def segments(self) -> Segments:
        """Return the columns as arrays."""
        names = [tags["highway"] for tags in self.tags]
        classes, codes = np.unique(np.array(names, dtype=np.str_), return_inverse=True)
        return Segments(
            crs=WGS84,
            xy=np.frombuffer(bytes(self.xy), dtype="<f8").reshape(-1, 2),
            start=np.append(0, np.cumsum(_integers(self.count))),
            vertex_node=_integers(self.node),
            class_code=codes.astype(np.uint8),
            classes=tuple(classes.tolist()),
            steps=np.array([name == "steps" for name in names], dtype=bool),
            incline_share=np.array([incline_share(t.get("incline")) for t in self.tags]),
            level=np.array([level(t.get("layer")) for t in self.tags], dtype=np.int8),
            bridge=np.array([flag(t.get("bridge")) for t in self.tags], dtype=bool),
            tunnel=np.array([flag(t.get("tunnel")) for t in self.tags], dtype=bool),
            source=_integers(self.source),
            name=tuple(t.get("name") for t in self.tags),
        )


_KEPT = ("highway", "name", "incline", "layer", "bridge", "tunnel")


def _integers(column: array[int]) -> NDArray[np.int64]:
    return np.array(column, dtype=np.int64)


def _present(way: osmium.osm.Way) -> tuple[list[int], bytes]:
    """Return the longest run of nodes whose places are known, if it has at least two."""
    runs: list[list[tuple[int, float, float]]] = [[]]
    for node in way.nodes:
        if node.location.valid():
            runs[-1].append((node.ref, node.lon, node.lat))
        elif runs[-1]:
            runs.append([])
    longest = max(runs, key=len)
    if len(longest) < 2:  # noqa: PLR2004
        return [], b""
    points = np.array([(lon, lat) for _, lon, lat in longest], dtype="<f8")
    return [ref for ref, _, _ in longest], points.tobytes()


def _within(
    segments: Segments, area: shapely.Geometry | None
) -> tuple[Segments, NDArray[np.int64]]:
    """Keep the lines that touch the area; return them and the ways that do not."""
    if area is None or len(segments) == 0:
        return segments, np.empty(0, dtype=np.int64)
    line = np.repeat(np.arange(len(segments)), np.diff(segments.start))
    shapely.prepare(area)
    touching = shapely.intersects(area, shapely.linestrings(segments.xy, indices=line))
    return segments.take(np.flatnonzero(touching)), segments.source[~touching]


def _faults(ways: _Ways, closed: Segments, outside: int) -> list[Fault]:
    """Report what was left out: damaged ways one by one, the rest as counts."""
    found = [
        _fault(
            "error",
            "way_without_nodes",
            say(
                "（OSM 道路编号）的节点不在文件中，未采用",
                "(numbers of OSM ways): the nodes are not in the file; left out",
            ),
            way,
        )
        for way in ways.broken
    ]
    found += [
        _fault(
            "repaired",
            "way_cut_short",
            say(
                "（OSM 道路编号）的部分节点不在文件中，只采用了最长的完整一段",
                "(numbers of OSM ways): some nodes are not in the file; the longest part was kept",
            ),
            way,
        )
        for way in ways.partial
    ]
    if n := len(closed):
        most = Counter(closed.classes[code] for code in closed.class_code).most_common(5)
        listed = say("、", ", ").join(f"{name} {count}" for name, count in most)
        message = say(
            f"{ways.seen} 条道路中有 {n} 条行人不能通行，未用于步行路网（{listed}）",
            f"{n} of {ways.seen} ways are closed to walkers and left out ({listed})",
        )
        found.append(_fault("note", "not_walkable", message))
    if outside:
        message = say(
            f"{outside} 条道路在所选范围之外，未采用",
            f"{outside} ways lie outside the chosen area and were left out",
        )
        found.append(_fault("note", "outside", message))
    return found


def _fault(severity: Severity, code: str, message: str, way: int | None = None) -> Fault:
    return Fault("street", way, "geometry", severity, code, message)


def _nothing(path: Path, ways: int, walkable_ways: int) -> DataError:
    """Return the error for a file from which no street is left."""
    if walkable_ways:
        return DataError(
            say(
                f"“{path.name}”中的 {walkable_ways} 条可步行道路都不在所选范围内。",
                f"none of the {walkable_ways} walkable ways in {path.name!r} touches the area",
            ),
            hint=say(
                "请检查范围与文件是否为同一地区，范围坐标是否为经纬度。",
                "check that area and file are of one place and the area is in degrees",
            ),
        )
    return DataError(
        say(
            f"“{path.name}”有 {ways} 条道路，没有一条可以步行。",
            f"{path.name!r} has {ways} ways with a highway tag, none of them walkable",
        ),
        hint=say(
            "请下载包含道路的完整数据（未按要素筛选）。",
            "download an extract that holds all roads",
        ),
    )
