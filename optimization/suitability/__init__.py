"""Where cemeteries and columbaria may stand, how well, and whom they would serve."""

from optimization.suitability.ahp import Weighing, examine, weigh
from optimization.suitability.assignment import Assigned, assign
from optimization.suitability.capacity import Formula, formula
from optimization.suitability.criteria import Criteria, Criterion, read_criteria, template
from optimization.suitability.overlay import CLASSES, class_label, class_shares
from optimization.suitability.study import Question, Suitability, study
from optimization.suitability.weighting import read_weights
from optimization.suitability.zonesets import (
    Clearance,
    ZoneSet,
    priority_set,
    set_names,
    to_read_again,
    zone_set,
)

__all__ = [
    "CLASSES",
    "Assigned",
    "Clearance",
    "Criteria",
    "Criterion",
    "Formula",
    "Question",
    "Suitability",
    "Weighing",
    "ZoneSet",
    "assign",
    "class_label",
    "class_shares",
    "examine",
    "formula",
    "priority_set",
    "read_criteria",
    "read_weights",
    "set_names",
    "study",
    "template",
    "to_read_again",
    "weigh",
    "zone_set",
]
