"""What in the gazetteer as it stands is against the rules: names, plates, clocks, markers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from geo.gazetteer.book import Gazetteer
from geo.gazetteer.rules import audit_names, audit_plates, audit_work
from geo.gazetteer.rules.asked import Audited
from geo.gazetteer.rules.model import Finding
from geo.gazetteer.rules.pack import Pack, Rule
from geo.gazetteer.rules.standing import Standing, standing
from geo.gazetteer.veil import Veil

_AUDITS: Final[Mapping[str, Callable[[Audited, Rule], list[Finding]]]] = {
    "R16": audit_names.one_name,
    "R17": audit_names.orientation,
    "R18": audit_names.continued,
    "R20": audit_plates.plates,
    "R21": audit_work.clocks,
    "R22": audit_work.markers,
    "R23": audit_names.inside_parent,
}


def audit(
    book: Gazetteer,
    pack: Pack,
    on: date,
    *,
    stood: Standing | None = None,
    veil: Veil | None = None,
) -> tuple[Finding, ...]:
    """Return what is against the rules on a day, rule by rule; ``about`` names the row.

    A rule that finds nothing against it says so in one finding, ``pass``, or ``not_applicable``
    where there are no rows of its kind.

    Parameters
    ----------
    book
        The gazetteer.
    pack
        The rules.
    on
        The day.
    stood
        The names of that day, if they are laid out already.
    veil
        What is secret, where nothing of it may be told: then ``stood`` has no secret names, and
        nothing that is about one is found.
    """
    audited = Audited(book, standing(book, on=on) if stood is None else stood, on, veil)
    return tuple(
        finding
        for identity, rule_of in _AUDITS.items()
        if identity in pack.rules
        for finding in rule_of(audited, pack.rules[identity])
        if veil is None or _is_open(finding, veil)
    )


def _is_open(finding: Finding, veil: Veil) -> bool:
    about = {finding.about, *(one.place_id for one in finding.conflicts)}
    return about.isdisjoint(veil.places | veil.things)
