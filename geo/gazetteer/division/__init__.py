"""Change an administrative division: one reversible change set from succession to stale signs."""

from geo.gazetteer.division.change import Outcome, carry_out, within
from geo.gazetteer.division.kinds import DivisionChange

__all__ = ["DivisionChange", "Outcome", "carry_out", "within"]
