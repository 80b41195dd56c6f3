"""Where a shape lies and how large it is, and how far it moved, in a few words."""

from __future__ import annotations

import shapely

from geo.gazetteer.rules.standing import metres
from geo.text import say


def shape_word(written: str | shapely.Geometry | None) -> str:
    """Return a shape in a few words: where a point is, how long a line, how large an area."""
    shape = _shape(written)
    if shape is None:
        return ""
    middle = shapely.centroid(shape)
    where = f"{middle.x:.5f},{middle.y:.5f}"
    points = int(shapely.get_num_coordinates(shape))
    dimensions = int(shapely.get_dimensions(shape))
    if dimensions == 0:
        return where
    label = say("线", "line") if dimensions == 1 else say("面", "area")
    return say(f"{label}（{points} 个点，中心 {where}）", f"{label} ({points} points, at {where})")


def moved_word(was: str | None, now: str | None) -> str:
    """Return a shape in a few words, with how far it was moved."""
    told = shape_word(now)
    old, new = _shape(was), _shape(now)
    if old is None or new is None:
        return told
    away_m = metres(shapely.centroid(old), shapely.centroid(new)) or 0.0
    return say(f"{told}，移动 {away_m:,.0f} 米", f"{told}, moved by {away_m:,.0f} m")


def _shape(written: str | shapely.Geometry | None) -> shapely.Geometry | None:
    return shapely.from_wkb(written) if isinstance(written, str) and written else written or None
