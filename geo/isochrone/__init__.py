"""Drawings of where one walks at most so many minutes: polygons over cells owned by streets.

Coverage is decided by minutes, place by place. A polygon is a drawing of it, and `mismatch` says
how well it was drawn.
"""

from geo.isochrone.mismatch import Mismatch, mismatch
from geo.isochrone.ownership import CELL_M, MAX_CONNECTOR_M, CellOwnership, own_cells
from geo.isochrone.polygons import coverage_area, isochrones

__all__ = [
    "CELL_M",
    "MAX_CONNECTOR_M",
    "CellOwnership",
    "Mismatch",
    "coverage_area",
    "isochrones",
    "mismatch",
    "own_cells",
]
