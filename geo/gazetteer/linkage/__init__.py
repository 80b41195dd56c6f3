"""A second source and the gazetteer: which records are which places, decided and taken back."""

from geo.gazetteer.linkage.apply import Applied, Untouched, apply
from geo.gazetteer.linkage.decide import Question, decide, match_of, queue, taken, taken_count
from geo.gazetteer.linkage.link import Linked, link
from geo.gazetteer.linkage.reading import read_source
from geo.gazetteer.linkage.retrain import Retrained, retrain
from geo.gazetteer.linkage.settling import Source
from geo.gazetteer.linkage.sheet import read_verdicts, write_queue
from geo.gazetteer.linkage.taking_back import take_back

__all__ = [
    "Applied",
    "Linked",
    "Question",
    "Retrained",
    "Source",
    "Untouched",
    "apply",
    "decide",
    "link",
    "match_of",
    "queue",
    "read_source",
    "read_verdicts",
    "retrain",
    "take_back",
    "taken",
    "taken_count",
    "write_queue",
]
