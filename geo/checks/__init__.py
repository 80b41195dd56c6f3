"""Whether the layers of a workspace agree with each other, and with the streets."""

from __future__ import annotations

from geo.boundaries import locate
from geo.checks.crossing import check_layers
from geo.checks.shift import DatumTest, likely_datum

__all__ = ["DatumTest", "check_layers", "likely_datum", "locate"]
