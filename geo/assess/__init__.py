"""Whether a place meets the norms in force, and what is missing, in m², beds, persons, places."""

from geo.assess.place import Place, arrange
from geo.assess.run import Assessment, assess
from geo.assess.table import in_words, rows
from geo.assess.verdicts import VERDICTS, Verdict
from geo.assess.workspace import read_place

__all__ = [
    "VERDICTS",
    "Assessment",
    "Place",
    "Verdict",
    "arrange",
    "assess",
    "in_words",
    "read_place",
    "rows",
]
