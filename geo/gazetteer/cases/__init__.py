"""Cases of the gazetteer: from proposal to decision, filing, announcement, signs and archive."""

from geo.gazetteer.cases.acting import act, act_all, frozen_reports
from geo.gazetteer.cases.approval import Approval, approve
from geo.gazetteer.cases.audit import audit
from geo.gazetteer.cases.clocks import Late, coming, complete_task, drafts, extend, overdue
from geo.gazetteer.cases.coding import Coded, assign_codes
from geo.gazetteer.cases.editing import choose, confirm_reading, edit_case
from geo.gazetteer.cases.hearing import Heard, answer, consult, hear, heard
from geo.gazetteer.cases.judging import Judged, judged
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.opening import open_campaign, open_case, open_cases
from geo.gazetteer.cases.papers import Paper, attach, enclose
from geo.gazetteer.cases.progress import Stretch, progress
from geo.gazetteer.cases.record import Proposal
from geo.gazetteer.cases.rulebook import rulebook, rulebook_of
from geo.gazetteer.cases.undoing import LastStep, TakenBack, last_step, take_back

__all__ = [
    "Approval",
    "Coded",
    "Heard",
    "Judged",
    "LastStep",
    "Late",
    "Paper",
    "Proposal",
    "Rulebook",
    "Stretch",
    "TakenBack",
    "act",
    "act_all",
    "answer",
    "approve",
    "assign_codes",
    "attach",
    "audit",
    "choose",
    "coming",
    "complete_task",
    "confirm_reading",
    "consult",
    "drafts",
    "edit_case",
    "enclose",
    "extend",
    "frozen_reports",
    "hear",
    "heard",
    "judged",
    "last_step",
    "open_campaign",
    "open_case",
    "open_cases",
    "overdue",
    "progress",
    "rulebook",
    "rulebook_of",
    "take_back",
]
