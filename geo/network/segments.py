"""Street lines on their way to a network: vertices, ways, and which vertices are one point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geo.errors import DataError
from geo.faults import FaultTable
from geo.network.arrays import runs
from geo.text import say


@dataclass(frozen=True, slots=True)
class Segments:
    """Walkable street lines as arrays, one row a line.

    Line ``i`` is drawn by ``xy[start[i]:start[i + 1]]``. Two lines meet only where vertices carry
    the same ``vertex_node``, so a bridge and the street below it may share a coordinate and stay
    apart.
    """

    crs: str
    """CRS of the coordinates, ``EPSG:4326`` for OpenStreetMap."""
    xy: NDArray[np.float64]
    """(n_vertex, 2) vertices, line after line."""
    start: NDArray[np.int64]
    """(n + 1,) first vertex of each line."""
    vertex_node: NDArray[np.int64]
    """(n_vertex,) number of the point on the ground (the OSM node id)."""
    class_code: NDArray[np.uint8]
    """(n,) index into ``classes``."""
    classes: tuple[str, ...]
    """Street classes (OSM ``highway`` values)."""
    steps: NDArray[np.bool_]
    """(n,) whether the line is a flight of steps."""
    incline_share: NDArray[np.float64]
    """(n,) rise over run in the drawn direction; NaN where unknown."""
    level: NDArray[np.int8]
    """(n,) grade separation; 0 is the ground."""
    bridge: NDArray[np.bool_]
    """(n,) whether the line is a bridge."""
    tunnel: NDArray[np.bool_]
    """(n,) whether the line is a tunnel."""
    source: NDArray[np.int64]
    """(n,) OSM way id, or row of the bureau's line layer."""
    name: tuple[str | None, ...]
    """(n,) street names."""

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self.source)

    def take(self, rows: NDArray[np.int64]) -> Segments:
        """Return the chosen lines, in the order given."""
        count = np.diff(self.start)[rows]
        vertex = runs(self.start[rows], count)
        return replace(
            self,
            xy=self.xy[vertex],
            start=np.append(0, np.cumsum(count)),
            vertex_node=self.vertex_node[vertex],
            class_code=self.class_code[rows],
            steps=self.steps[rows],
            incline_share=self.incline_share[rows],
            level=self.level[rows],
            bridge=self.bridge[rows],
            tunnel=self.tunnel[rows],
            source=self.source[rows],
            name=tuple(self.name[row] for row in rows),
        )

    def to_crs(self, crs: str) -> Segments:
        """Return the same lines in another CRS."""
        if pyproj.CRS(crs) == pyproj.CRS(self.crs):
            return self
        change = pyproj.Transformer.from_crs(self.crs, crs, always_xy=True)
        x, y = change.transform(self.xy[:, 0], self.xy[:, 1])
        return replace(self, crs=crs, xy=np.column_stack((x, y)))

    def frame(self, *, source: str = "") -> gpd.GeoDataFrame:
        """Return the lines as a frame of the layer ``street``, in the same CRS.

        Parameters
        ----------
        source
            Where the lines come from, written into every row.
        """
        line = np.repeat(np.arange(len(self)), np.diff(self.start))
        columns = {
            "id": _unique_ids(self.source),
            "name": pd.array(list(self.name), dtype="string"),
            "class": pd.array([self.classes[code] for code in self.class_code], dtype="string"),
            "level": pd.array(self.level, dtype="Int64"),
            "bridge": pd.array(self.bridge, dtype="boolean"),
            "tunnel": pd.array(self.tunnel, dtype="boolean"),
            "foot": pd.array(np.ones(len(self), dtype=bool), dtype="boolean"),
            "steps": pd.array(self.steps, dtype="boolean"),
            "incline_share": pd.array(self.incline_share, dtype="Float64"),
            "source": pd.array([source or None] * len(self), dtype="string"),
        }
        lines = shapely.linestrings(self.xy, indices=line)
        return gpd.GeoDataFrame(columns, geometry=lines, crs=self.crs)


@dataclass(frozen=True, slots=True)
class StreetImport:
    """The walkable lines of a source, and an account of those that were left out."""

    segments: Segments
    faults: FaultTable
    rows_in: int
    """Streets in the source."""
    left_out: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    """Sources of the streets that were left out, by reason."""
    closed: Segments | None = None
    """The lines left out because people may not walk there, where they are worth drawing."""

    def __post_init__(self) -> None:
        found = len(np.unique(self.segments.source)) + sum(self.counts.values())
        if found != self.rows_in:
            raise AssertionError(f"{self.rows_in} streets in, {found} accounted for")

    @property
    def counts(self) -> dict[str, int]:
        """How many streets were left out, by reason; reasons without any are not listed."""
        return {why: len(sources) for why, sources in self.left_out.items() if len(sources)}


def require_metres(crs: object) -> str:
    """Return the name of a CRS after checking that it is projected and counts in metres.

    Raises
    ------
    DataError
        The CRS is missing, geographic, or counts in another unit.
    """
    if crs is None:
        raise DataError(
            say("街路没有坐标系。", "the streets have no coordinate reference system"),
            hint=say("请在导入时声明坐标系。", "declare the datum when importing"),
        )
    parsed = pyproj.CRS.from_user_input(crs)
    if not parsed.is_projected or any(axis.unit_name != "metre" for axis in parsed.axis_info):
        raise DataError(
            say(
                f"步行路网需要以米为单位的投影坐标系，现为“{parsed.name}”。",
                f"a walking network needs a projected CRS in metres, not {parsed.name!r}",
            ),
            hint=say(
                "请先把街路转换到工作区的投影坐标系。",
                "convert the streets to the working CRS of the workspace first",
            ),
        )
    code = parsed.to_epsg(min_confidence=20)
    return f"EPSG:{code}" if code else str(parsed.to_string())


def _unique_ids(source: NDArray[np.int64]) -> pd.Series[str]:
    """Write each source as text; the second line of one source becomes ``123-2``."""
    ids = pd.Series(source).astype("string")
    again = ids.groupby(ids).cumcount()
    return ids.where(again == 0, ids + "-" + (again + 1).astype("string"))
