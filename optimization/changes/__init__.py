"""What to do with facilities that stand: keep, expand, move or close them, safely."""

from optimization.changes.model import change_facilities
from optimization.changes.plan import ACTIONS, Changes, Heir

__all__ = ["ACTIONS", "Changes", "Heir", "change_facilities"]
