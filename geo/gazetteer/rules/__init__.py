"""Whether a name is lawful: rule packs, word lists, the check of a name, the audit of a book."""

from geo.gazetteer.rules.audit import audit
from geo.gazetteer.rules.check import check_name
from geo.gazetteer.rules.lexicon import Lexicon, Word, read, shipped, template
from geo.gazetteer.rules.model import Alternative, Conflict, Finding, Proposal, Report
from geo.gazetteer.rules.pack import Pack, Rule, pack, pack_names
from geo.gazetteer.rules.standing import Standing, laid_out, no_names, standing

__all__ = [
    "Alternative",
    "Conflict",
    "Finding",
    "Lexicon",
    "Pack",
    "Proposal",
    "Report",
    "Rule",
    "Standing",
    "Word",
    "audit",
    "check_name",
    "laid_out",
    "no_names",
    "pack",
    "pack_names",
    "read",
    "shipped",
    "standing",
    "template",
]
