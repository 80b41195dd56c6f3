"""Which service norms bind a place on a day: dated, cited values read from the files here."""

from geo.norms._table import NormFault
from geo.norms.compare import Change, diff
from geo.norms.force import (
    InForce,
    Rule,
    Strictest,
    covers,
    in_force,
    required,
    strictest,
    zone_distances,
)
from geo.norms.loader import NormFileError, examine, load, shipped, template
from geo.norms.model import Norm, Norms, Value

__all__ = [
    "Change",
    "InForce",
    "Norm",
    "NormFault",
    "NormFileError",
    "Norms",
    "Rule",
    "Strictest",
    "Value",
    "covers",
    "diff",
    "examine",
    "in_force",
    "load",
    "required",
    "shipped",
    "strictest",
    "template",
    "zone_distances",
]
