"""Maps: a coverage answer as one HTML file that opens anywhere, with the network off."""

from geo.maps.coverage_map import coverage_map
from geo.maps.drawings import Drawings, draw

__all__ = ["Drawings", "coverage_map", "draw"]
