"""Minutes on foot: who walks, how long every street takes, and how far every facility is.

The engine for edits is imported from `geo.travel.whatif` by those who need it: its kernels take as
long to compile as all others together.
"""

from geo.travel.graph import UNREACHED, Direction, TravelGraph, travel_graph
from geo.travel.minutes import Minutes, group_rows, minutes_matrix
from geo.travel.nearest import Nearest, nearest, node_ms
from geo.travel.profiles import BLOCKED, Profile, edge_ms, profile, profile_names
from geo.travel.warm import warm_up

__all__ = [
    "BLOCKED",
    "UNREACHED",
    "Direction",
    "Minutes",
    "Nearest",
    "Profile",
    "TravelGraph",
    "edge_ms",
    "group_rows",
    "minutes_matrix",
    "nearest",
    "node_ms",
    "profile",
    "profile_names",
    "travel_graph",
    "warm_up",
]
