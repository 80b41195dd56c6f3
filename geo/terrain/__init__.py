"""How high the ground is, and what can be seen over it."""

from geo.terrain.elevation import Elevation, read_elevation
from geo.terrain.lookers import Looks, spacing, who_sees
from geo.terrain.raster import cell_m, opened, require_model, write_raster
from geo.terrain.sampling import sample_points
from geo.terrain.sight import HIDDEN, SEEN, UNSEEN, Sight, nearest_seen, seen_from_any
from geo.terrain.viewshed import Viewshed, viewshed

__all__ = [
    "HIDDEN",
    "SEEN",
    "UNSEEN",
    "Elevation",
    "Looks",
    "Sight",
    "Viewshed",
    "cell_m",
    "nearest_seen",
    "opened",
    "read_elevation",
    "require_model",
    "sample_points",
    "seen_from_any",
    "spacing",
    "viewshed",
    "who_sees",
    "write_raster",
]
