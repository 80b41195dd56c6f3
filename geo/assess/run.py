"""Assess a place on a day: every norm in force binds, the strictest decides, all are listed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.assess import kinds, spatial, whole
from geo.assess.bounds import FAIL, PASS, UNKNOWN, Bounds, Findings, Texts, every, some
from geo.assess.place import Place
from geo.assess.pooling import pooled_small_estates
from geo.assess.scene import Outcome, Scene
from geo.assess.terms import Terms
from geo.assess.verdicts import VERDICTS, Block, Role, combine
from geo.norms import InForce, Norm, Norms, Rule, in_force
from geo.norms.model import Attribute, Composed, Exclusion, Ratio, Reach
from geo.schema import layers

_STANDING_FACILITY = "elder_station"
"""Facility type that norms on any type are asked about, unless another is named."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """All verdicts of one place on one day."""

    place: Place
    rules: InForce
    norms: Norms
    blocks: tuple[Block, ...]
    silent: tuple[Norm, ...]
    """Norms asked about that are not in force here."""
    facility: str

    def __len__(self) -> int:
        return sum(len(block) for block in self.blocks)

    def scene(self) -> Scene:
        """Return what the rules were asked about, to look closer."""
        return Scene(self.place, self.norms, self.rules, self.facility, Terms(self.place))


def assess(
    place: Place,
    norms: Norms,
    *,
    ids: Sequence[str] = (),
    area: str = "",
    as_of: date | None = None,
    facility: str = _STANDING_FACILITY,
) -> Assessment:
    """Return the verdict of every norm on every subject of a place.

    Parameters
    ----------
    place
        The place and its layers on the day; see `geo.assess.arrange`.
    norms
        All norms known.
    ids
        Only these norms, by id or by the beginning of it; empty: all.
    area, as_of
        Rules of another area, or of another day, tried on this place; empty: its own, its day.
    facility
        Facility type asked about by norms that hold for any.

    Raises
    ------
    NotFoundError
        A norm asked for does not exist.
    DataError
        ``area`` is no area code.
    """
    rules = in_force(norms, area or place.area, as_of or place.on)
    scene = Scene(place, norms, rules, facility, Terms(place))
    blocks: list[Block] = []
    silent = []
    for norm in _chosen(norms, ids):
        mine = _rules_of(rules, norm)
        if mine:
            blocks += [block for block in _blocks(scene, norm, mine) if len(block)]
        elif norm.kind != "notice":
            silent.append(norm)
    return Assessment(place, rules, norms, tuple(blocks), tuple(silent), facility)


def _chosen(norms: Norms, ids: Sequence[str]) -> Iterator[Norm]:
    if not ids:
        yield from norms
        return
    for name in ids:
        inside = [norm for norm in norms if norm.id == name or norm.id.startswith(f"{name}.")]
        yield from inside or [norms[name]]


def _rules_of(rules: InForce, norm: Norm) -> list[Rule]:
    known = (*rules.binding, *rules.draft, *rules.statistic)
    return [rule for rule in known if rule.norm.id == norm.id]


def _blocks(scene: Scene, norm: Norm, rules: list[Rule]) -> Iterator[Block]:
    """Yield the verdicts of one norm: on each subject, and on all together where so judged."""
    lacking = scene.missing(norm)
    if lacking:
        outcomes = [(rule, whole.unknown(1, lacking)) for rule in rules]
        yield _combined(scene, norm, "", "whole", outcomes)
        return
    if norm.kind == "selection":
        yield from _selected(scene, norm, rules)
        return
    if norm.judged == "each":
        parts = [(rule, _each(scene, norm, rule)) for rule in rules]
        for layer in parts[0][1]:
            yield _combined(scene, norm, layer, "each", [(r, part[layer]) for r, part in parts])
        return
    if norm.kind == "count":
        yield _together(scene, norm, [(r, whole.count(scene, norm, r)) for r in rules])
        return
    if norm.judged != "share":
        judge = whole.mean if norm.judged == "mean" else whole.pooled
        yield _together(
            scene,
            norm,
            [(r, judge(scene, norm, r, _each(scene, norm, r)[norm.subject])) for r in rules],
        )
        return
    parts = [(rule, _each(scene, norm, rule)) for rule in rules]
    for layer, outcome in parts[0][1].items():
        if len(outcome.finding):
            yield _combined(scene, norm, layer, "part", [(r, part[layer]) for r, part in parts])
    if norm.kind == "reach":
        yield _together(scene, norm, [(r, whole.people_share(scene, norm, r)) for r in rules])
    else:
        yield _together(scene, norm, [(r, whole.share(scene, norm, r, p)) for r, p in parts])


def _each(scene: Scene, norm: Norm, rule: Rule) -> dict[str, Outcome]:
    """Return what a rule finds of every row, by layer."""
    if norm.kind == "presence":
        return kinds.presence(scene, norm, rule)
    judge = {
        "ratio": kinds.ratio,
        "attribute": kinds.attribute,
        "capacity": kinds.capacity,
        "reach": spatial.reach,
        "exclusion": spatial.exclusion,
        "timeliness": spatial.timeliness,
        "composed": composed,
    }[norm.kind]
    outcome = judge(scene, norm, rule)
    if norm.kind == "ratio" and norm.judged == "each":
        outcome = pooled_small_estates(scene, norm, rule, outcome)
    return {norm.subject: outcome}


def composed(scene: Scene, norm: Norm, rule: Rule) -> Outcome:
    """Return how many of the parts each subject meets; a part not in force leaves it unknown."""
    del rule
    measure = norm.measure
    assert isinstance(measure, Composed)
    n = len(scene.place.frames[norm.subject])
    each, lacks = [], np.full(n, "", object)
    for _, found, why in part_findings(scene, norm):
        lacks = np.where(lacks == "", why, lacks)
        each.append(found)
    rows = np.array(each)
    passed, open_ = (rows == PASS).sum(axis=0), (rows != FAIL).sum(axis=0)
    finding = every(each) if measure.at_least is None else some(each, measure.at_least)
    needed = np.full(n, float(measure.at_least or len(each)))
    return Outcome(Bounds(passed.astype(float), open_.astype(float), lacks), needed, finding, lacks)


def part_findings(scene: Scene, norm: Norm) -> Iterator[tuple[str, Findings, Texts]]:
    """Yield each part of a composed norm: its id, what it finds of every row, what is missing."""
    measure = norm.measure
    assert isinstance(measure, Composed)
    n = len(scene.place.frames[norm.subject])
    for name in measure.parts:
        part = scene.norms[name]
        rules = [r for r in _rules_of(scene.rules, part) if r.level not in ("draft", "statistic")]
        found, lacks = np.full(n, UNKNOWN, np.int8), np.full(n, "", object)
        if not rules:
            lacks = np.full(n, f"norm:{name}", object)
        for block in _blocks(scene, part, rules) if rules else ():
            if block.layer == norm.subject:
                found[block.rows] = np.where(block.conditional, UNKNOWN, block.finding)
                lacks[block.rows] = block.lacks
        yield name, found, lacks


def _selected(scene: Scene, norm: Norm, rules: list[Rule]) -> Iterator[Block]:
    """Yield the subjects that touch any zone of a rule, without a verdict."""
    place = scene.place
    n = len(place.frames[norm.subject])
    if not place.has("zone"):
        outcomes = [(rule, whole.unknown(1, "layer:zone")) for rule in rules]
        yield _combined(scene, norm, "", "whole", outcomes)
        return
    zones = place.frames["zone"]
    kinds_wanted = {zone.kind for rule in rules for zone in rule.value.zones}
    rows = zones["kind"].isin(kinds_wanted).fillna(value=False).to_numpy(bool)
    tree = shapely.STRtree(zones.geometry.to_numpy()[rows])
    found = tree.query(place.frames[norm.subject].geometry.to_numpy(), predicate="intersects")[0]
    touched = np.zeros(n, bool)
    touched[found] = True
    blank = np.full(n, np.nan)
    finding = np.where(touched, PASS, UNKNOWN).astype(np.int8)
    outcome = Outcome(
        Bounds(touched.astype(float), touched.astype(float), np.full(n, "", object)),
        blank,
        finding,
        np.full(n, "", object),
    )
    block = _combined(scene, norm, norm.subject, "each", [(rules[0], outcome)])
    kept = touched[block.rows]
    yield replace(
        _rows(block, kept),
        verdict=np.full(int(kept.sum()), VERDICTS.index("priority"), np.int8),
        gap=np.zeros(int(kept.sum())),
    )


def _rows(block: Block, kept: NDArray[np.bool_]) -> Block:
    arrays = {
        name: getattr(block, name)[kept]
        for name in (
            "rows",
            "verdict",
            "finding",
            "rule",
            "required",
            "upper",
            "base",
            "gap",
            "lacks",
            "detail",
            "conditional",
            "pool",
            "pool_base",
        )
    }
    return replace(block, actual=block.actual.take(np.flatnonzero(kept)), **arrays)


def _together(scene: Scene, norm: Norm, outcomes: list[tuple[Rule, Outcome]]) -> Block:
    """Return the verdict on the place, or on each unit the norm is judged over."""
    n = len(outcomes[0][1].finding)
    over = norm.over if norm.over in scene.place.frames and n > 1 else ""
    if norm.over in scene.place.frames and n == len(scene.place.frames[norm.over]):
        over = norm.over
    return _combined(scene, norm, over, "whole", outcomes)


def _combined(
    scene: Scene, norm: Norm, layer: str, role: Role, outcomes: list[tuple[Rule, Outcome]]
) -> Block:
    n = len(outcomes[0][1].finding)
    applies, exempt = np.ones(n, np.int8), np.zeros(n, bool)
    if role != "whole":
        applies = scene.applying(norm, layer)
        spared = [whole.exempted(scene, layer, rule)[0] for rule, _ in outcomes]
        exempt = np.all(spared, axis=0)
        if (applies == -1).any():
            outcomes = [(rule, _lacking(scene, norm, layer, out)) for rule, out in outcomes]
    elif layer:
        applies = scene.place.inside[layer].astype(np.int8)
    return combine(
        norm,
        layer,
        role,
        outcomes,
        on=scene.rules.on,
        applies=applies,
        exempt=exempt,
        gap_unit=_gap_unit(norm, role),
    )


def _lacking(scene: Scene, norm: Norm, layer: str, outcome: Outcome) -> Outcome:
    """Name the empty cell on which it depends whether the norm applies."""
    why = scene.why_loose(norm, layer)
    return replace(outcome, lacks=np.where(why != "", why, outcome.lacks))


def _gap_unit(norm: Norm, role: Role) -> str:  # noqa: PLR0911 - one line a kind of measure
    """Return the unit in which a shortfall is bought."""
    measure = norm.measure
    if isinstance(measure, Reach) and role == "whole":
        return "place" if measure.weight == "units" else "person"
    if isinstance(measure, Reach):
        return measure.limit_unit
    if isinstance(measure, Exclusion):
        return "m" if measure.method == "distance" else "place"
    if norm.kind in ("composed", "attribute") and (
        norm.kind == "composed" or norm.op in ("true", "in", "filled")
    ):
        return "place" if role == "whole" else "item"
    if isinstance(measure, Ratio) and norm.unit in ("share", ""):
        return _unit_of(measure.num.layer or norm.subject, measure.num.field)
    if isinstance(measure, Attribute) and norm.judged == "share" and role == "whole":
        return "place"
    return norm.unit or "place"


def _unit_of(layer: str, column: str) -> str:
    known = layers().get(layer)
    names = {c.name: c.unit for c in known.columns} if known else {}
    return names.get(column) or "place"
