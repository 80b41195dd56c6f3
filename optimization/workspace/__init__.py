"""The question of siting that a workspace asks, read from its layers."""

from optimization.workspace.read import HORIZON_FACTOR, SitingInputs, read_siting
from optimization.workspace.sites import EVERY, candidates_table

__all__ = ["EVERY", "HORIZON_FACTOR", "SitingInputs", "candidates_table", "read_siting"]
