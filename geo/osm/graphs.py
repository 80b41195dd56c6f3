"""Street graphs of osmnx: a user's own, read as streets, and our network handed back as one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.errors import DataError
from geo.faults import Fault, FaultTable
from geo.network.graph import StreetNetwork
from geo.network.islands import edge_lines
from geo.network.segments import Segments, StreetImport
from geo.osm.guard import damaged
from geo.osm.walkable import flag, incline_share, level, walkable
from geo.text import say

if TYPE_CHECKING:
    import networkx as nx  # type: ignore[import-untyped]


def is_graphml(path: Path) -> bool:
    """Return whether a file begins like GraphML."""
    with path.open("rb") as file:
        return b"<graphml" in file.read(1024)


def read_graphml(path: Path) -> StreetImport:
    """Read the walkable streets of a GraphML file that osmnx wrote.

    Raises
    ------
    DataError
        The file is damaged, is no street graph of osmnx, or has no walkable street.
    """
    import osmnx  # noqa: PLC0415  (takes seconds)

    try:
        graph = osmnx.load_graphml(path)
    except (ValueError, KeyError, TypeError, SyntaxError, UnicodeDecodeError) as wrong:
        raise damaged(path) from wrong
    return segments_from_graph(graph)


def segments_from_graph(graph: nx.MultiDiGraph[Any]) -> StreetImport:
    """Make walkable segments of a street graph of osmnx, simplified or not.

    Both directions of a street become one segment. Where several ways were merged into one edge,
    the first value of a tag counts, and steps count if any part has them.

    Parameters
    ----------
    graph
        Nodes with ``x`` and ``y``; edges with ``osmid`` and ``highway``; ``crs`` of the graph.

    Raises
    ------
    DataError
        The graph has no CRS or no walkable street.
    """
    crs = graph.graph.get("crs")
    if crs is None or graph.number_of_nodes() == 0:
        raise DataError(
            say("路网图没有节点或没有坐标系。", "the street graph has no nodes or no CRS"),
            hint=say("请用 osmnx 重新保存。", "save it again with osmnx"),
        )
    number = {node: at for at, node in enumerate(graph.nodes)}
    place = np.array([(x["x"], x["y"]) for _, x in graph.nodes(data=True)], dtype=np.float64)
    edges: dict[Hashable, tuple[Any, Any, dict[str, Any]]] = {}
    streets: set[int] = set()
    for u, v, tags in graph.edges(data=True):
        osmid = int(_first(tags.get("osmid", 0)))
        streets.add(osmid)
        if walkable(_texts(tags)):
            metres = round(float(tags.get("length", 0.0)), 1)
            edges.setdefault((frozenset((u, v)), osmid, metres), (u, v, tags))
    if not edges:
        raise DataError(
            say("路网图中没有可步行的街路。", "no street of the graph is walkable"),
            hint=say("请检查 highway 属性。", "check the attribute highway"),
        )
    drawn = [_vertices(place[number[u]], place[number[v]], tags) for u, v, tags in edges.values()]
    start = np.append(0, np.cumsum([len(xy) for xy in drawn]))
    node = len(number) + np.arange(start[-1])
    node[start[:-1]] = [number[u] for u, _, _ in edges.values()]
    node[start[1:] - 1] = [number[v] for _, v, _ in edges.values()]
    segments = _segments(str(crs), drawn, start, node, [tags for _, _, tags in edges.values()])
    closed = np.array(sorted(streets - set(segments.source.tolist())), dtype=np.int64)
    faults = FaultTable([_closed(len(closed), len(streets))] if len(closed) else [])
    return StreetImport(segments, faults, len(streets), {"not_walkable": closed})


def to_networkx(network: StreetNetwork) -> nx.MultiDiGraph[Any]:
    """Return the network as a graph that osmnx can draw, save and route on.

    Nodes have ``x`` and ``y``; every edge stands in both directions with ``osmid``, ``highway``,
    ``length`` (metres) and ``geometry``.
    """
    import networkx as nx  # noqa: PLC0415

    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph(crs=network.crs, simplified=True)
    graph.add_nodes_from(
        (node, {"x": x, "y": y}) for node, (x, y) in enumerate(network.node_xy.tolist())
    )
    lines = edge_lines(network)
    back = shapely.reverse(lines)
    for edge, (u, v) in enumerate(network.edge_nodes.tolist()):
        tags = {
            "osmid": int(network.edge_source[edge]),
            "highway": "steps"
            if network.edge_steps[edge]
            else network.classes[network.edge_class[edge]],
            "oneway": False,
            "length": float(network.edge_length_m[edge]),
        }
        graph.add_edge(u, v, **tags, reversed=False, geometry=lines[edge])
        graph.add_edge(v, u, **tags, reversed=True, geometry=back[edge])
    return graph


def _segments(
    crs: str,
    drawn: list[np.ndarray[Any, np.dtype[np.float64]]],
    start: np.ndarray[Any, np.dtype[np.int64]],
    node: np.ndarray[Any, np.dtype[np.int64]],
    tags: list[dict[str, Any]],
) -> Segments:
    texts = [_texts(tag) for tag in tags]
    classes, codes = np.unique([text["highway"] for text in texts], return_inverse=True)
    return Segments(
        crs=crs,
        xy=np.concatenate(drawn),
        start=start,
        vertex_node=node,
        class_code=codes.astype(np.uint8),
        classes=tuple(classes.tolist()),
        steps=np.array(["steps" in _all(tag.get("highway")) for tag in tags], dtype=bool),
        incline_share=np.array([incline_share(text.get("incline")) for text in texts]),
        level=np.array([level(text.get("layer")) for text in texts], dtype=np.int8),
        bridge=np.array([flag(text.get("bridge")) for text in texts], dtype=bool),
        tunnel=np.array([flag(text.get("tunnel")) for text in texts], dtype=bool),
        source=np.array([int(_first(tag.get("osmid", 0))) for tag in tags], dtype=np.int64),
        name=tuple(text.get("name") for text in texts),
    )


def _vertices(
    begin: np.ndarray[Any, np.dtype[np.float64]],
    end: np.ndarray[Any, np.dtype[np.float64]],
    tags: Mapping[str, Any],
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the drawn line from ``begin`` to ``end``, whichever way the edge was drawn."""
    shape = tags.get("geometry")
    if shape is None:
        return np.stack((begin, end))
    xy = shapely.get_coordinates(shape)
    as_drawn = np.hypot(*(xy[0] - begin)) <= np.hypot(*(xy[-1] - begin))
    return xy if as_drawn else xy[::-1]


def _texts(tags: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(_first(value)) for key, value in tags.items() if key not in _NOT_TAGS}


_NOT_TAGS = frozenset({"geometry", "osmid", "length", "oneway", "reversed"})


def _all(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple | set) else [value]


def _first(value: object) -> Any:  # noqa: ANN401  (an attribute may be anything)
    return _all(value)[0]


def _closed(closed: int, streets: int) -> Fault:
    return Fault(
        "street",
        None,
        "class",
        "note",
        "not_walkable",
        say(
            f"{streets} 条道路中有 {closed} 条行人不能通行，未用于步行路网",
            f"{closed} of {streets} ways are closed to walkers and left out of the network",
        ),
    )
