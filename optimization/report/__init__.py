"""A plan with all that was found about it, and its tables."""

from optimization.report.plan import Report
from optimization.report.tables import (
    alternative_table,
    assignment_table,
    pareto_table,
    plan_table,
    rejected_table,
    site_table,
    speed_table,
    typed,
)

__all__ = [
    "Report",
    "alternative_table",
    "assignment_table",
    "pareto_table",
    "plan_table",
    "rejected_table",
    "site_table",
    "speed_table",
    "typed",
]
