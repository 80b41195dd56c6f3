"""Vector tiles: which part of the world a tile shows, and how its features become bytes."""

from geo.tiles.encode import encode_layer
from geo.tiles.grid import BUFFER, DEEPEST, EXTENT, Tile

__all__ = ["BUFFER", "DEEPEST", "EXTENT", "Tile", "encode_layer"]
