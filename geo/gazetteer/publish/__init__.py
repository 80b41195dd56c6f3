"""Publications of the gazetteer and forms of its cases, signs and boundaries, from its database."""

from geo.gazetteer.publish.build import IncompleteError, Published, Wanted, publish
from geo.gazetteer.publish.kinds import Publication, counts, publications, word

__all__ = [
    "IncompleteError",
    "Publication",
    "Published",
    "Wanted",
    "counts",
    "publications",
    "publish",
    "word",
]
