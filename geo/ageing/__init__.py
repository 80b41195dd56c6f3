"""How many elders there will be: communities carried to a target year by their own cohorts."""

from geo.ageing.places import aged, read_projection
from geo.ageing.project import Projection, project
from geo.ageing.ratios import Ratios, cohort_ratios, shrunk
from geo.ageing.structure import GROUP_YEARS, AgeTable, age_table

__all__ = [
    "GROUP_YEARS",
    "AgeTable",
    "Projection",
    "Ratios",
    "age_table",
    "aged",
    "cohort_ratios",
    "project",
    "read_projection",
    "shrunk",
]
