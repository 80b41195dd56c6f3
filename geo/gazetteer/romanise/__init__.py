"""Chinese placenames in letters: read, parted and spelled by the rule of 1984."""

from geo.gazetteer.romanise.columns import columns, settled
from geo.gazetteer.romanise.name import Romanisation, romanise
from geo.gazetteer.romanise.readings import Choice

__all__ = ["Choice", "Romanisation", "columns", "romanise", "settled"]
