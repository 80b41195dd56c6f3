"""Whether a name may be given: all rules for a proposal, in the order of the law."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from geo.gazetteer.rules import alternatives, fitness, sameness, spelling, wording
from geo.gazetteer.rules.asked import Asked
from geo.gazetteer.rules.model import Finding, Proposal, Report, worst
from geo.gazetteer.rules.pack import Pack, Rule
from geo.gazetteer.rules.standing import Standing

_CHECKS: Final[Mapping[str, Callable[[Asked, Rule], list[Finding]]]] = {
    "R1": wording.both_parts,
    "R2": wording.characters,
    "R3": fitness.size,
    "R4": wording.persons,
    "R5": wording.foreign,
    "R6": wording.firms,
    "R7": sameness.unique_in_country,
    "R8a": sameness.unique_in_scope,
    "R8b": sameness.unique_in_scope,
    "R8c": sameness.unique_in_scope,
    "R8d": sameness.unique_in_scope,
    "R9": sameness.homophones,
    "R10": fitness.division_specific,
    "R11": fitness.local_name,
    "R12": fitness.protected,
    "R13": fitness.reason,
    "R14": spelling.roman,
    "R15": wording.boastful_or_odd,
    "R17": spelling.orientation,
    "R19": sameness.given_up,
    "R24": fitness.size,
}
_OF_THE_NAME: Final = (
    "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8a", "R8b", "R8c", "R8d", "R9", "R10", "R15",
    "R19", "R24",
)  # fmt: skip
"""Rules that another name for the same place must meet too."""


def check_name(
    proposal: Proposal, standing: Standing, pack: Pack, *, on: date, suggest: bool = True
) -> Report:
    """Say what the rules make of a name for a place.

    A rule that lacks an input answers ``unknown`` and names the input; it never passes for want of
    knowledge.

    Parameters
    ----------
    proposal
        The name, its place and what is known of it.
    standing
        The names that stand; see `geo.gazetteer.rules.standing.standing`.
    pack
        The rules; see `geo.gazetteer.rules.pack.pack`.
    on
        The day of the check, which the report keeps.
    suggest
        Whether lawful alternatives are looked for where a rule blocks or warns.

    Returns
    -------
    Report
        At least one finding of every rule of names, in the order of the rules.

    Examples
    --------
    >>> from geo.gazetteer.rules import laid_out, no_names, pack
    >>> report = check_name(
    ...     Proposal("环球中央广场", class_code="26000"),
    ...     laid_out(no_names()), pack(), on=date(2026, 5, 1),
    ... )
    >>> report.verdict, report.of("R15").verdict
    ('block', 'block')
    """
    asked = Asked(proposal, standing, on)
    found = [finding for rule in _CHECKS for finding in _answers(asked, rule, pack)]
    if suggest:
        bad = [finding for finding in found if finding.verdict in ("block", "warn")]
        offered = alternatives.offered(
            asked, bad, pack, passes=lambda text: _passes(proposal, text, standing, pack, on)
        )
        found = [replace(one, alternatives=offered.get(one.rule, ())) for one in found]
    return Report(asked.text, tuple(found), pack.names, pack.sha256, on.isoformat())


def _answers(asked: Asked, identity: str, pack: Pack) -> list[Finding]:
    rule = pack.rules.get(identity)
    if rule is None:
        return []
    if rule.applies and not asked.kind:
        zh, en = "未说明地名类别，或类别代码不认识。", "the class is not told, or not known."
        return [asked.found(rule, "unknown", zh, en, missing=("class_code",))]
    if rule.applies and asked.kind not in rule.applies:
        zh, en = "不适用于该类地名。", "does not apply to this kind of place."
        return [asked.found(rule, "not_applicable", zh, en)]
    return _CHECKS[identity](asked, rule)


def _passes(proposal: Proposal, text: str, standing: Standing, pack: Pack, on: date) -> bool:
    """Return whether another name for the place is neither blocked nor warned of."""
    other = replace(proposal, text=text, reading=(), roman="", specific="", generic="", grounds={})
    asked = Asked(other, standing, on)
    return worst(
        finding.verdict for rule in _OF_THE_NAME for finding in _answers(asked, rule, pack)
    ) not in ("block", "warn")
