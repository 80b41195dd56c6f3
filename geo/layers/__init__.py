"""What is in a planner's file: rows of a layer, what is wrong with them, and what to do."""

from __future__ import annotations

from geo.layers.findings import summary
from geo.layers.imported import LayerImport
from geo.layers.mapping import read_mapping
from geo.layers.reading import read_layer

__all__ = ["LayerImport", "read_layer", "read_mapping", "summary"]
