"""Places are limited: who goes where, and where to open so that most people have a place."""

from optimization.capacity.assign import assign_capacitated
from optimization.capacity.cover import capacitated_cover
from optimization.capacity.plan import Capacitated

__all__ = ["Capacitated", "assign_capacitated", "capacitated_cover"]
