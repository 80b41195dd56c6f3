"""What a check of names is asked and what it answers: proposals, findings, reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

import shapely

from geo.text import say

Verdict = Literal["block", "warn", "unknown", "info", "pass", "not_applicable"]
Level = Literal["B", "W", "I"]
Act = Literal["naming", "renaming", "standardising", "recording"]

VERDICTS: Final[tuple[Verdict, ...]] = (
    "block", "warn", "unknown", "info", "pass", "not_applicable",
)  # fmt: skip
"""Worst first."""
OF_LEVEL: Final[Mapping[str, Verdict]] = {"B": "block", "W": "warn", "I": "info"}

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A name that somebody wants for a place.

    Empty texts and None mean: not told. A rule that needs what was not told answers ``unknown``.
    """

    text: str
    class_code: str = ""
    geometry: shapely.Geometry | None = None
    """Where the place is, EPSG:4490."""
    division_code: str = ""
    """Code of the division that the place lies in: 2, 4, 6 or 9 digits."""
    reading: tuple[str, ...] = ()
    """Syllables with tones, such as ``("jīn", "hú", "lù")``, as an officer confirmed them."""
    act: Act = "naming"
    reason_code: str = ""
    decision_id: str = ""
    place_id: str = ""
    """The place that is renamed; its own names are no conflict."""
    roman: str = ""
    """Spelling in Roman letters as proposed for the sign."""
    specific: str = ""
    generic: str = ""
    attributes: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    """Figures such as ``floors site_area_m2 floor_area_m2 open_ground_m2 open_share green_share``,
    and ``protection_measures``."""
    grounds: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Why a rule is said not to stand in the way: rule id to a ground that the pack knows."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A name that stands in the way."""

    text: str
    name_id: str = ""
    place_id: str = ""
    kind: str = ""
    geometry: shapely.Geometry | None = None
    distance_m: float | None = None
    """Metres from the proposal; None when either has no geometry."""

    def plain(self) -> dict[str, Any]:
        """Return it as values that JSON has; the shape as WKT."""
        return {
            "text": self.text,
            "name_id": self.name_id,
            "place_id": self.place_id,
            "kind": self.kind,
            "geometry": None if self.geometry is None else shapely.to_wkt(self.geometry),
            "distance_m": None if self.distance_m is None else round(self.distance_m, 1),
        }


@dataclass(frozen=True, slots=True)
class Alternative:
    """A name that would pass where this one does not."""

    text: str
    zh: str
    en: str

    @property
    def reason(self) -> str:
        """What was changed, in the language spoken."""
        return say(self.zh, self.en)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says."""

    rule: str
    verdict: Verdict
    article: str
    zh: str
    en: str
    conflicts: tuple[Conflict, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    missing: tuple[str, ...] = ()
    """Inputs without which the rule cannot answer."""
    ground: str = ""
    """The ground on which a verdict was eased."""
    about: str = ""
    """The row that an audit speaks of."""
    pack: str = ""
    source: str = ""
    draft: bool = False
    """Whether the rule rests on a text that was not verified."""

    @property
    def message(self) -> str:
        """What was found, in the language spoken."""
        return say(self.zh, self.en)

    def plain(self) -> dict[str, Any]:
        """Return it as values that JSON has."""
        return {
            "rule": self.rule,
            "verdict": self.verdict,
            "article": self.article,
            "zh": self.zh,
            "en": self.en,
            "conflicts": [conflict.plain() for conflict in self.conflicts],
            "alternatives": [
                {"text": one.text, "zh": one.zh, "en": one.en} for one in self.alternatives
            ],
            "missing": list(self.missing),
            "ground": self.ground,
            "about": self.about,
            "pack": self.pack,
            "source": self.source,
            "draft": self.draft,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What all rules say of one name, and by which rules it was judged."""

    text: str
    findings: tuple[Finding, ...]
    packs: tuple[str, ...]
    """Names and versions of the packs, national first."""
    pack_sha256: str
    on: str

    @property
    def verdict(self) -> Verdict:
        """The worst that was found."""
        return worst(finding.verdict for finding in self.findings)

    @property
    def undecided(self) -> bool:
        """Whether a name that stands may be in the way, and that could not be told."""
        return self.verdict != "block" and any(
            one.verdict == "unknown" and one.conflicts for one in self.findings
        )

    @property
    def conclusion(self) -> Verdict:
        """The verdict for whoever asked: unknown where `undecided`."""
        return "unknown" if self.undecided else self.verdict

    @property
    def missing(self) -> tuple[str, ...]:
        """Everything that was not told or not at hand, without repeats."""
        return tuple(dict.fromkeys(one for found in self.findings for one in found.missing))

    def of(self, rule: str) -> Finding:
        """Return the worst finding of a rule.

        Raises
        ------
        KeyError
            The pack has no such rule.
        """
        found = [finding for finding in self.findings if finding.rule == rule]
        if not found:
            raise KeyError(rule)
        return min(found, key=lambda finding: VERDICTS.index(finding.verdict))

    def worded(self) -> str:
        """Return the report as canonical JSON, to be kept with the case it belongs to."""
        body = {
            "text": self.text,
            "verdict": self.verdict,
            "missing": list(self.missing),
            "packs": list(self.packs),
            "pack_sha256": self.pack_sha256,
            "on": self.on,
            "findings": [finding.plain() for finding in self.findings],
        }
        return json.dumps(body, ensure_ascii=False, sort_keys=True, allow_nan=False)


def worst(verdicts: Any) -> Verdict:  # noqa: ANN401 - any iterable of verdicts
    """Return the worst of verdicts; of none, ``pass``."""
    return min(verdicts, key=VERDICTS.index, default="pass")
