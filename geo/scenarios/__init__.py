"""Named sets of edits over a workspace, kept and compared side by side."""

from geo.scenarios.book import drop_scenario, keep_scenario, scenario, scenarios
from geo.scenarios.compare import MOST, Comparison, compare
from geo.scenarios.model import BASE, Scenario, parse_scenario
from geo.scenarios.overlay import EditedWorkspace

__all__ = [
    "BASE",
    "MOST",
    "Comparison",
    "EditedWorkspace",
    "Scenario",
    "compare",
    "drop_scenario",
    "keep_scenario",
    "parse_scenario",
    "scenario",
    "scenarios",
]
