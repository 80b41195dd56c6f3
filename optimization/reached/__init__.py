"""Who is reached by which open sites, and programs that ask for the best of them."""

from optimization.reached.ask import Ask, Clock, asked, proven
from optimization.reached.cells import Reached, always_open, reached, serve, standing
from optimization.reached.draft import Draft

__all__ = [
    "Ask",
    "Clock",
    "Draft",
    "Reached",
    "always_open",
    "asked",
    "proven",
    "reached",
    "serve",
    "standing",
]
