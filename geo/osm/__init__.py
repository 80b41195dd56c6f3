"""Streets of OpenStreetMap: from a file, from the network once, or from a user's own graph."""

from geo.osm.read import read_osm

__all__ = ["read_osm"]
