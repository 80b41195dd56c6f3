"""What to build in which year: budgets by year, nothing opened is ever closed."""

from optimization.phasing.answer import PhasedPlan
from optimization.phasing.cards import ProjectCard, project_cards
from optimization.phasing.niches import NichePlan, niche_plan
from optimization.phasing.plan import Goal, phased_cover
from optimization.phasing.schedule import Schedule, schedule

__all__ = [
    "Goal",
    "NichePlan",
    "PhasedPlan",
    "ProjectCard",
    "Schedule",
    "niche_plan",
    "phased_cover",
    "project_cards",
    "schedule",
]
