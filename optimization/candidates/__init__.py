"""Where a facility may stand: premises, land, rooms and street points, and why others may not."""

from optimization.candidates.criteria import SOURCES, Criteria, Source
from optimization.candidates.find import Candidates, find_candidates, rule_words
from optimization.candidates.keep import keep, notes, summary_table, write_workbook
from optimization.candidates.offers import source_words
from optimization.candidates.rules import RULES

__all__ = [
    "RULES",
    "SOURCES",
    "Candidates",
    "Criteria",
    "Source",
    "find_candidates",
    "keep",
    "notes",
    "rule_words",
    "source_words",
    "summary_table",
    "write_workbook",
]
