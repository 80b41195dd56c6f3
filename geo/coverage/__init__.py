"""Who is reached: minutes of every demand point to the nearest open facility, and what follows."""

from geo.coverage.areas import POINTS, Areas, areas_of
from geo.coverage.edits import Edits, New, edited_facilities
from geo.coverage.placed import placed_in, placing_warnings
from geo.coverage.question import FASTEST_M_S, HORIZON_MIN, SLOWEST_M_S, Question, ask
from geo.coverage.result import Coverage, Provenance
from geo.coverage.run import coverage
from geo.coverage.screening import GUARD_FACTOR, Guard
from geo.coverage.tiles import tile
from geo.coverage.whatif import changes, edited
from geo.coverage.workspace import Inputs, answer, read_inputs

__all__ = [
    "FASTEST_M_S",
    "GUARD_FACTOR",
    "HORIZON_MIN",
    "POINTS",
    "SLOWEST_M_S",
    "Areas",
    "Coverage",
    "Edits",
    "Guard",
    "Inputs",
    "New",
    "Provenance",
    "Question",
    "answer",
    "areas_of",
    "ask",
    "changes",
    "coverage",
    "edited",
    "edited_facilities",
    "placed_in",
    "placing_warnings",
    "read_inputs",
    "tile",
]
