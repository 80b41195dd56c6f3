"""Norm compliance at least cost: which rooms, how large, close every estate's shortfall."""

from optimization.compliance.model import norm_compliance
from optimization.compliance.needs import Needs, plain_needs
from optimization.compliance.options import Options, size_options
from optimization.compliance.plan import Compliance
from optimization.compliance.premises import premises
from optimization.compliance.requirement import Requirement, needs_of, requirement

__all__ = [
    "Compliance",
    "Needs",
    "Options",
    "Requirement",
    "needs_of",
    "norm_compliance",
    "plain_needs",
    "premises",
    "requirement",
    "size_options",
]
