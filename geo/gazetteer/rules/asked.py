"""One name under examination: what is known of it, and how a rule words what it finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Final

import shapely

from geo.gazetteer.book import Gazetteer
from geo.gazetteer.rules.kinds import kind_of, split
from geo.gazetteer.rules.model import OF_LEVEL, Conflict, Finding, Proposal, Verdict
from geo.gazetteer.rules.pack import Rule
from geo.gazetteer.rules.standing import Name, Standing, conflict
from geo.gazetteer.veil import Veil

MOST_CONFLICTS: Final = 5
_MOST_MEASURED: Final = 200


@dataclass(frozen=True)
class Asked:
    """A proposal before the names that stand, on a day."""

    proposal: Proposal
    standing: Standing
    on: date

    @cached_property
    def text(self) -> str:
        """The name without spaces around it."""
        return self.proposal.text.strip()

    @cached_property
    def kind(self) -> str:
        """Kind of the place; empty when its class is not told or not known."""
        return kind_of(self.proposal.class_code, self.text)

    @cached_property
    def parts(self) -> tuple[str, str]:
        """Specific and generic part, as told or else as the table of generic terms has it."""
        told = self.proposal
        if told.specific and told.generic and told.specific + told.generic == self.text:
            return told.specific, told.generic
        return split(self.text, self.kind)

    @cached_property
    def shape(self) -> shapely.Geometry | None:
        """Where the place is; an empty shape is none."""
        shape = self.proposal.geometry
        return None if shape is None or shapely.is_empty(shape) else shape

    @cached_property
    def areas(self) -> frozenset[int]:
        """Built-up areas that the place lies in."""
        return self.standing.areas(self.shape)

    @cached_property
    def same(self) -> list[Name]:
        """Names of comparable places that read the same."""
        return self.standing.same(self.text, self.kind, but=self.proposal.place_id)

    @cached_property
    def homophones(self) -> list[tuple[int, Name]]:
        """Names of comparable places that sound alike."""
        return self.standing.homophones(
            self.text, self.proposal.reading, self.kind, but=self.proposal.place_id
        )

    def in_scope(self, name: Name, scope: str) -> bool | None:
        """Return whether a name stands in the same scope; None when that cannot be told."""
        if not name.place_kind:
            return None
        if scope == "built_up":
            if not self.standing.built_up or self.shape is None or name.geometry is None:
                return None
            return bool(self.areas & name.areas)
        digits = {"province": 2, "county": 6}[scope]
        mine, other = self.proposal.division_code[:digits], name.division_code[:digits]
        if len(mine) < digits or len(other) < digits:
            return None
        return mine == other

    def lacking(self, names: Sequence[Name], scope: str) -> tuple[str, ...]:
        """Return the inputs for want of which the scope cannot be told."""
        unclassed = tuple(
            f"class_code:{n.name_id or n.text}" for n in names[:MOST_CONFLICTS] if not n.place_kind
        )
        if unclassed:
            return unclassed
        if scope != "built_up":
            digits = {"province": 2, "county": 6}[scope]
            mine = len(self.proposal.division_code) < digits
            return ("division_code",) if mine else tuple(f"division_code:{n.text}" for n in names)
        lacking = []
        if not self.standing.built_up:
            lacking.append("built_up_areas")
        if self.shape is None:
            lacking.append("geometry")
        unplaced = [f"geometry:{n.name_id or n.text}" for n in names if n.geometry is None]
        return (*lacking, *unplaced[:MOST_CONFLICTS])

    def conflicts(self, names: Iterable[Name]) -> tuple[Conflict, ...]:
        """Return the nearest of names as conflicts, nearest first, unplaced ones last."""
        measured = [conflict(name, self.shape) for name, _ in zip(names, range(_MOST_MEASURED))]  # noqa: B905
        far = float("inf")
        measured.sort(
            key=lambda one: (far if one.distance_m is None else one.distance_m, one.name_id)
        )
        return tuple(measured[:MOST_CONFLICTS])

    def found(
        self,
        rule: Rule,
        verdict: Verdict | str,
        zh: str,
        en: str,
        **more: Any,  # noqa: ANN401 - other fields of a finding
    ) -> Finding:
        """Return a finding of a rule; the verdict may be given as a level B, W or I."""
        return worded(rule, verdict, zh, en, **more)


@dataclass(frozen=True, slots=True)
class Audited:
    """A gazetteer before the names that stand in it, on a day."""

    book: Gazetteer
    names: Standing
    on: date
    veil: Veil | None = None
    """What the audit may not look at, if anything."""


def worded(rule: Rule, verdict: Verdict | str, zh: str, en: str, **more: Any) -> Finding:  # noqa: ANN401
    """Return a finding of a rule; the verdict may be given as a level B, W or I."""
    return Finding(
        rule=rule.id,
        verdict=OF_LEVEL.get(verdict, verdict),  # type: ignore[arg-type]
        article=rule.article,
        zh=zh,
        en=en,
        pack=rule.pack,
        source=more.pop("source", rule.source),
        draft=bool(more.pop("draft", rule.draft)),
        **more,
    )


def eased(rule: Rule, finding: Finding, given: str) -> Finding:
    """Return a finding made an information, where a ground that the rule knows was given."""
    if finding.verdict not in ("block", "warn") or not given:
        return finding
    ground = next((one for one in rule.grounds if one.code == given), None)
    if ground is None:
        return replace(
            finding,
            zh=f"{finding.zh}所述理由“{given}”不是本规则认可的情形。",
            en=f"{finding.en} The ground {given!r} is none that this rule knows.",
        )
    return replace(
        finding,
        verdict="info",
        ground=given,
        zh=f"{finding.zh}按“{ground.zh}”处理，请附证明材料。",
        en=f"{finding.en} Eased on the ground “{ground.en}”; attach the evidence.",
        draft=finding.draft or ground.draft,
    )
