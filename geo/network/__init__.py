"""The walking network: built from street lines, stored, reopened, and addresses tied to it."""

from geo.network.build import build
from geo.network.cache import cached, content_hash, load, save
from geo.network.graph import StreetNetwork
from geo.network.islands import edges_frame, island_summary, islands
from geo.network.lines import segments_from_lines
from geo.network.segments import Segments, StreetImport

__all__ = [
    "Segments",
    "StreetImport",
    "StreetNetwork",
    "build",
    "cached",
    "content_hash",
    "edges_frame",
    "island_summary",
    "islands",
    "load",
    "save",
    "segments_from_lines",
]
