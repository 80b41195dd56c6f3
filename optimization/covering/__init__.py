"""Cover as much, or with as few sites, as can be, and prove it."""

from optimization.covering.fewest import set_cover
from optimization.covering.maximal import max_cover, priced
from optimization.covering.sets import CoverSets, Prepared, cover_sets

__all__ = ["CoverSets", "Prepared", "cover_sets", "max_cover", "priced", "set_cover"]
