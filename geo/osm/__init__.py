"""Streets of OpenStreetMap: from a file, fetched once and recorded, or from a user's own graph."""

from geo.osm.graphs import is_graphml, read_graphml, segments_from_graph, to_networkx
from geo.osm.online import record_place, record_polygon
from geo.osm.read import read_osm

__all__ = [
    "is_graphml",
    "read_graphml",
    "read_osm",
    "record_place",
    "record_polygon",
    "segments_from_graph",
    "to_networkx",
]
