"""What a rule finds of each subject: ratios, attributes, presence and capacity."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.assess.bounds import (
    PASS,
    UNKNOWN,
    Bounds,
    Findings,
    Numbers,
    Texts,
    compare,
    every,
    first,
    known,
    nothing_known,
    some,
    total,
)
from geo.assess.place import number
from geo.assess.scene import Outcome, Scene
from geo.assess.terms import lack_of
from geo.demand.units import texts
from geo.norms import Norm, Rule, required
from geo.norms.model import Attribute, Capacity, Exceptional, Presence, Ratio, Supply, Term

NO_FIGURE = "figure"
"""Key of what is missing where the document states no figure."""


def ratio(scene: Scene, norm: Norm, rule: Rule) -> Outcome:
    """Return numerator against ``max(value × denominator / per, floor)``."""
    measure = norm.measure
    assert isinstance(measure, Ratio)
    value = rule.value
    num = scene.terms(norm.subject, measure.num)
    den = scene.terms(norm.subject, measure.den, value.basis, value.age_from)
    figure, class_lacks, applies = classes(scene, norm, rule, measure.class_by)
    base = den.exact
    needed = required(rule, base, figure)
    upper = np.full(len(base), np.nan)
    if value.upper is not None:
        upper = value.upper * base / measure.per
    finding = compare(norm.op, num, needed, upper)
    lacks = first([den.lacks, class_lacks, _figure_lacks(needed, finding), num.lacks])
    return Outcome(num, needed, finding, lacks, upper, base, applies)


def attribute(scene: Scene, norm: Norm, rule: Rule) -> Outcome:
    """Return the subject's own columns, or one term of it, against the value."""
    measure = norm.measure
    assert isinstance(measure, Attribute)
    if norm.op in ("true", "in", "filled"):
        return _columns_met(scene, norm, measure)
    value = rule.value
    term = measure.term or Term(field=measure.fields[0])
    actual = scene.terms(norm.subject, term, value.basis, value.age_from)
    figure, class_lacks, applies = classes(scene, norm, rule, measure.class_by)
    needed = required(rule, np.ones(len(actual)), figure)
    if norm.judged == "share":
        needed = np.full(len(actual), np.nan)
    upper = np.full(len(actual), np.nan if value.upper is None else value.upper)
    finding = compare(norm.op, actual, needed, upper)
    lacks = first([class_lacks, _figure_lacks(needed, finding), actual.lacks])
    outcome = Outcome(actual, needed, finding, lacks, upper, None, applies)
    for exception in value.exceptions:
        outcome = _except(scene, norm, outcome, exception)
    return outcome


def presence(scene: Scene, norm: Norm, rule: Rule) -> dict[str, Outcome]:
    """Return by level of units which of them have one of the alternatives, or all of the set."""
    measure = norm.measure
    assert isinstance(measure, Presence)
    supplies = measure.any_of or measure.all_of
    found: dict[str, Outcome] = {}
    for level in dict.fromkeys(supply.subject or norm.subject for supply in supplies):
        mine = [s for s in supplies if (s.subject or norm.subject) == level]
        if not scene.place.has(level):
            found[level] = _no_units(level)
            continue
        figure, class_lacks, applies = classes(scene, norm, rule, measure.class_by, level)
        counts = [_supplied(scene, level, supply) for supply in mine]
        wanted = [
            np.full(len(count), float(supply.at_least)) if figure is None else figure
            for count, supply in zip(counts, mine, strict=True)
        ]
        each = [
            compare(">=", count, needed, needed)
            for count, needed in zip(counts, wanted, strict=True)
        ]
        finding = some(each) if measure.any_of else every(each)
        lacks = first([class_lacks, *(c.lacks for c in counts)])
        actual, needed = _best(counts, wanted) if measure.any_of else _how_many(each)
        found[level] = Outcome(actual, needed, finding, lacks, applies=applies)
    return found


def capacity(scene: Scene, norm: Norm, rule: Rule) -> Outcome:
    """Return supply against the product of the demand's terms and the rule's parameters."""
    measure = norm.measure
    assert isinstance(measure, Capacity)
    value = rule.value
    supply = total([scene.terms(norm.subject, term) for term in measure.supply])
    demand = [
        scene.terms(norm.subject, term, value.basis, value.age_from) for term in measure.demand
    ]
    base = np.prod([part.exact for part in demand], axis=0)
    factor = float(np.prod([number for _, number in value.parameters]))
    needed = required(rule, base) * base * factor
    finding = compare(norm.op, supply, needed, needed)
    lacks = first([*(part.lacks for part in demand), supply.lacks])
    return Outcome(supply, needed, finding, lacks, base=base)


def classes(
    scene: Scene, norm: Norm, rule: Rule, term: Term | None, subject: str = ""
) -> tuple[Numbers | None, Texts, NDArray[np.int8] | None]:
    """Return the figure of each subject's class, what is missing for it, and whether it has one.

    Returns
    -------
    tuple
        The figures, None where the rule has one figure for all; NaN where the class is unknown.
        A subject outside all classes is none of the norm's business: applies 0.
    """
    layer = subject or norm.subject
    n = len(scene.place.frames[layer])
    if term is None or not rule.value.classes:
        return None, np.full(n, "", object), None
    own = not term.layer and term.field in scene.place.frames[layer]
    words = texts(scene.place.frames[layer], term.field) if own else np.full(n, None, object)
    labelled = any(item.label for item in rule.value.classes)
    sizes = (
        known(np.full(n, np.nan), lack_of(layer, term.field))
        if labelled
        else scene.terms(layer, term, rule.value.basis, rule.value.age_from)
    )
    amount = sizes.exact
    figure = np.full(n, np.nan)
    for item in rule.value.classes:
        if item.label:
            inside = words == item.label
        else:
            low = -np.inf if item.at_least is None else item.at_least
            high = np.inf if item.below is None else item.below
            inside = (amount >= low) & (amount < high)
        figure[inside] = item.value
    unknown = pd.isna(words) if labelled else np.isnan(amount)
    applies = np.where(~np.isnan(figure), 1, np.where(unknown, -1, 0)).astype(np.int8)
    return figure, np.where(unknown, sizes.lacks, "").astype(object), applies


def _figure_lacks(needed: Numbers, finding: Findings) -> Texts:
    bare = np.isnan(needed) & (finding == UNKNOWN)
    return np.where(bare, NO_FIGURE, "").astype(object)


def _columns_met(scene: Scene, norm: Norm, measure: Attribute) -> Outcome:
    """Return how many of the columns are true, filled or among the allowed words."""
    frame = scene.place.frames[norm.subject]
    n = len(frame)
    each, detail = [], np.full(n, "", object)
    for field in measure.fields:
        if norm.op == "true":
            cells = number(scene.place, norm.subject, field)
            found = np.where(np.isnan(cells), UNKNOWN, cells > 0).astype(np.int8)
        else:
            words = texts(frame, field)
            empty = pd.isna(words)
            if norm.op == "filled":
                found = np.where(empty, 0, 1).astype(np.int8)
            else:
                allowed = np.isin(words.astype(str), [str(word) for word in measure.allowed])
                found = np.where(empty, UNKNOWN, allowed).astype(np.int8)
        detail = np.where((found != PASS) & (detail == ""), lack_of(norm.subject, field), detail)
        each.append(found)
    rows = np.array(each)
    actual = Bounds(
        (rows == PASS).sum(axis=0).astype(float), (rows != 0).sum(axis=0).astype(float), detail
    )
    finding = every(each)
    lacks = np.full(n, "", object)
    for field, found in zip(measure.fields, each, strict=True):
        lacks = np.where((found == UNKNOWN) & (lacks == ""), lack_of(norm.subject, field), lacks)
    return Outcome(actual, np.full(n, float(len(each))), finding, lacks, detail=detail)


def _except(
    scene: Scene,
    norm: Norm,
    usual: Outcome,
    exception: Exceptional,
) -> Outcome:
    """Put another column and figure in place where an exception holds."""
    field, figure = exception.field, exception.value
    rows = scene.terms.met(norm.subject, exception.when)
    other = scene.terms(norm.subject, Term(field=field))
    needed = np.full(len(other), figure)
    finding = compare(norm.op, other, needed, needed)
    surely, maybe = rows.surely, rows.possibly & ~rows.surely
    both = np.where(usual.finding == finding, usual.finding, UNKNOWN).astype(np.int8)
    return Outcome(
        actual=Bounds(
            np.where(surely, other.low, usual.actual.low),
            np.where(surely, other.high, usual.actual.high),
            np.where(surely, other.lacks, usual.actual.lacks),
        ),
        required=np.where(surely, figure, usual.required),
        finding=np.where(surely, finding, np.where(maybe, both, usual.finding)).astype(np.int8),
        lacks=np.where(
            surely, other.lacks, np.where(maybe & (both == UNKNOWN), rows.lacks, usual.lacks)
        ),
        upper=usual.upper,
        applies=usual.applies,
        detail=np.where(surely, lack_of(norm.subject, field), "").astype(object),
    )


def _supplied(scene: Scene, level: str, supply: Supply) -> Bounds:
    """Return how many facilities (or whether the unit itself) supply each unit of a level."""
    if supply.link == "self":
        rows = scene.terms.met(level, supply.where)
        return Bounds(rows.surely.astype(float), rows.possibly.astype(float), rows.lacks)
    term = Term(layer=supply.layer, how="count", link=supply.link, where=supply.where)
    return scene.terms(level, term)


def _best(counts: list[Bounds], wanted: list[Numbers]) -> tuple[Bounds, Numbers]:
    """Return the alternative of which each unit has most."""
    return (
        Bounds(
            np.max([count.low for count in counts], axis=0),
            np.max([count.high for count in counts], axis=0),
            first([count.lacks for count in counts]),
        ),
        wanted[0],
    )


def _how_many(each: list[Findings]) -> tuple[Bounds, Numbers]:
    """Return how many of a set each unit has."""
    rows = np.array(each)
    n = rows.shape[1]
    low, high = (rows == PASS).sum(axis=0), (rows != 0).sum(axis=0)
    return (
        Bounds(low.astype(float), high.astype(float), np.full(n, "", object)),
        np.full(n, float(len(each))),
    )


def _no_units(level: str) -> Outcome:
    nothing = np.zeros(0)
    return Outcome(
        nothing_known(0, f"layer:{level}"),
        nothing,
        nothing.astype(np.int8),
        np.zeros(0, object),
    )
