"""The walking network: built from street lines, stored, reopened, and addresses tied to it."""

from geo.network.graph import StreetNetwork

__all__ = ["StreetNetwork"]
