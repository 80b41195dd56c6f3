"""What a case still lacks for its next step, told before anybody is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from geo.errors import ConflictError
from geo.gazetteer.cases.conditions import Moment, amiss
from geo.gazetteer.cases.law import Act, Rulebook
from geo.gazetteer.cases.machine import possible, target
from geo.gazetteer.cases.papers import unfit
from geo.gazetteer.cases.record import BEFORE_DECISION, Case, Select, branches
from geo.text import say

_ASIDE: Final = ("ask_supplement", "return", "reject", "withdraw")
"""Acts that lead a case off its way."""
_DECIDING: Final = ("deliberate", "approve")
_CHECKED: Final = ("rules_checked", "reviews")
_MADE: Final = ("reports",)
"""Conditions that the step itself brings about."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next step of a case on its way, and what it lacks."""

    act: Act
    lacking: tuple[str, ...]

    @property
    def told(self) -> str:
        """The step and what it lacks, in a sentence."""
        act = f"{self.act.word} ({self.act.id})"
        if not self.lacking:
            return say(f"下一步“{act}”：该有的都有了。", f"Next, {act}: nothing is lacking.")
        listed = say("；", "; ").join(self.lacking)
        return say(f"下一步“{act}”还差：{listed}。", f"Next, {act}, is held up: {listed}.")


def ahead(select: Select, case: Case, rules: Rulebook, *, on: date) -> Ahead | None:
    """Return the next step of a case, and what it lacks; None where nothing leads on.

    Parameters
    ----------
    select
        Reads rows.
    case, rules
        The case and the tables.
    on
        The day on which the step would be taken, without a note.
    """
    acts = [
        act
        for act in possible(rules, case.kind, case.row["state"])
        if act.id not in _ASIDE and not act.branch
    ]
    if len(acts) > 1 and not branches(case, select, rules):
        acts = [act for act in acts if "branches_wanted" not in act.needs]
    if not acts or (case.in_campaign and acts[0].id == "approve"):
        return None
    act = acts[0]
    faults = amiss(Moment(case, act, select, rules, "", on), but=_MADE)
    if act.id == "approve":
        faults += _decision(select, case, rules, on)
    return Ahead(act, tuple(faults))


def _decision(select: Select, case: Case, rules: Rulebook, on: date) -> list[str]:
    """Return what is amiss with the decision document that is attached."""
    attached = [case.documents[kind] for kind in case.kind.decision if kind in case.documents]
    if attached:
        return unfit(select, case, select("document", id=attached[0])[0], on)
    words = say("”或“", " or ").join(str(rules.documents[one]) for one in case.kind.decision)
    return [say(f"缺决定文件“{words}”", f"the decision document ({words}) is missing")]


def led_to(select: Select, case: Case, rules: Rulebook, action: str, *, role: str, on: date) -> str:
    """Return the state that an act leads a case to; see `geo.gazetteer.cases.machine.target`.

    Raises
    ------
    DataError
        There is no such act, or the role may not do it.
    ConflictError
        The act does not follow from the state; the hint says which do, and what the next lacks.
    """
    try:
        return target(rules, case.kind, case.row["state"], action, role)
    except ConflictError as refused:
        told = _told(select, case, rules, action, on=on)
        if not told:
            raise
        parted = say("。", ". ") if refused.hint else ""
        raise ConflictError(refused.message, hint=f"{refused.hint}{parted}{told}") from refused


def _told(select: Select, case: Case, rules: Rulebook, action: str, *, on: date) -> str:
    """Return what holds a case up: on its way to the decision where that was wanted too soon."""
    state = case.row["state"]
    if action not in _DECIDING or state not in BEFORE_DECISION:
        found = ahead(select, case, rules, on=on)
        return found.told if found else ""
    forward = rules.acts["deliberate"]
    acts = [forward] if state in _CHECKED else [rules.acts["check_rules"], forward]
    moments = [Moment(case, act, select, rules, "", on) for act in acts]
    listed = say("；", "; ").join(dict.fromkeys(f for one in moments for f in amiss(one)))
    return listed and say(
        f"“{forward.word}”还差：{listed}。", f"{forward.word} is held up: {listed}."
    )
