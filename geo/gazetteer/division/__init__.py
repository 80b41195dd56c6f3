"""Change an administrative division: one reversible change set from succession to stale signs."""

from geo.gazetteer.division.change import DivisionChange, Outcome, carry_out, foresee, within

__all__ = ["DivisionChange", "Outcome", "carry_out", "foresee", "within"]
