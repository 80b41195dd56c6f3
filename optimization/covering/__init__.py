"""Cover as much, or with as few sites, as can be, and prove it."""

from optimization.covering.backup import backup_cover
from optimization.covering.fewest import set_cover
from optimization.covering.maximal import max_cover, priced
from optimization.covering.partial import partial_cover
from optimization.covering.sets import CoverSets, Prepared, cover_sets

__all__ = [
    "CoverSets",
    "Prepared",
    "backup_cover",
    "cover_sets",
    "max_cover",
    "partial_cover",
    "priced",
    "set_cover",
]
