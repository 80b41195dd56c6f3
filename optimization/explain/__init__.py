"""Why here, and why not there: a plan explained in people, walks and money."""

from optimization.explain.gains import Closed, Gain, gains
from optimization.explain.sentences import (
    amount,
    counted,
    status_words,
    why_here,
    why_not_here,
)
from optimization.explain.why_not import (
    Neighbour,
    Solve,
    WhyNot,
    force,
    why_not,
    with_must,
    without,
)
from optimization.explain.worth import (
    NONE,
    Standing,
    Worth,
    covered_worth,
    minutes_worth,
    ranked,
    standing,
)

__all__ = [
    "NONE",
    "Closed",
    "Gain",
    "Neighbour",
    "Solve",
    "Standing",
    "WhyNot",
    "Worth",
    "amount",
    "counted",
    "covered_worth",
    "force",
    "gains",
    "minutes_worth",
    "ranked",
    "standing",
    "status_words",
    "why_here",
    "why_not",
    "why_not_here",
    "with_must",
    "without",
]
