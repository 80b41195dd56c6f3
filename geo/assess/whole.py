"""What a rule finds of many subjects together: the share that passes, their mean, their sum."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.assess.bounds import (
    FAIL,
    PASS,
    UNKNOWN,
    Bounds,
    Numbers,
    compare,
    first,
    grouped,
    known,
    nothing_known,
    tally,
)
from geo.assess.place import UNITS, label
from geo.assess.reached import Walk
from geo.assess.scene import Outcome, Scene
from geo.assess.spatial import walk_of
from geo.demand.units import numbers
from geo.norms import Norm, Rule, required
from geo.norms.model import WHOLE, Count, Ratio, Reach

NOBODY = "nobody"
"""Key of what is missing where there is nothing to take a share of."""


@dataclass(frozen=True, slots=True)
class Groups:
    """What is judged together: all of the place, or each unit of a level."""

    layer: str
    """The level of the groups, "" for the place."""
    n: int
    of: NDArray[np.int64]
    """(n_subject,) group of each subject, -1 for none."""


def groups(scene: Scene, norm: Norm, subject: str) -> Groups:
    """Return the groups over which a norm is judged, for the rows of one layer."""
    applies = scene.applying(norm, subject)
    if norm.over in ("", WHOLE) or not scene.place.has(norm.over):
        return Groups("", 1, np.where(applies != 0, 0, -1))
    codes = scene.place.codes[subject][norm.over].to_numpy(object)
    at = scene.place.position(norm.over, codes)
    return Groups(norm.over, len(scene.place.frames[norm.over]), np.where(applies != 0, at, -1))


def share(scene: Scene, norm: Norm, rule: Rule, parts: dict[str, Outcome]) -> Outcome:
    """Return the share of the subjects that pass; of several levels, the lowest share."""
    found: list[Outcome] = []
    for layer, outcome in parts.items():
        if not len(outcome.finding):
            continue
        group = groups(scene, norm, layer)
        applies = scene.applying(norm, layer)
        if outcome.applies is not None:
            applies = np.where(applies == 1, outcome.applies, applies)
        spared, unnamed = exempted(scene, layer, rule)
        of = np.where((applies != 0) & ~spared, group.of, -1)
        found.append(_share_of(outcome, of, applies, n_group=group.n, rule=rule, unnamed=unnamed))
    lacking = [f"layer:{layer}" for layer, outcome in parts.items() if not len(outcome.finding)]
    if not found:
        return unknown(1, lacking[0])
    lowest = np.argmin([outcome.actual.low for outcome in found], axis=0)
    picked = _pick(found, lowest)
    if not lacking:
        return picked
    finding = np.where(picked.finding == FAIL, FAIL, UNKNOWN).astype(np.int8)
    return replace(picked, finding=finding, lacks=np.full(len(finding), lacking[0], object))


def exempted(scene: Scene, layer: str, rule: Rule) -> tuple[NDArray[np.bool_], int]:
    """Return which rows a rule spares by name, and how many it spares without naming them."""
    names = [item.name for item in rule.value.exempt if item.count is None]
    spared = np.zeros(len(scene.place.frames[layer]), bool)
    if names:
        spared = np.isin(label(scene.place, layer).astype(str), names)
    return spared, sum(item.count or 0 for item in rule.value.exempt)


def people_share(scene: Scene, norm: Norm, rule: Rule) -> Outcome:
    """Return the share of people whose walk is within the limit."""
    walk, lack = walk_of(scene, norm, rule)
    measure = norm.measure
    assert isinstance(measure, Reach)
    if walk is None:
        return unknown(1, lack)
    limit = np.inf if rule.value.limit is None else rule.value.limit
    points = counted_points(scene, measure, walk, limit)
    weight = points["weight"].to_numpy(np.float64)
    near, island = points["near"].to_numpy(bool), points["island"].to_numpy(bool)
    everybody = float(weight.sum())
    if everybody <= 0:
        return unknown(1, f"people:{measure.weight}")
    loose = island | points["maybe"].to_numpy(bool)
    lack = _basis_lack(measure, rule, points)
    if lack:
        return unknown(1, lack)
    reached = np.array([weight[near].sum(), weight[near | loose].sum()])
    lack = "island" if island.any() or "empty" not in points else str(points["empty"].iloc[0])
    actual = Bounds(reached[:1] / everybody, reached[1:] / everybody, np.full(1, lack, object))
    needed = required(rule, np.ones(1))
    finding = compare(">=", actual, needed, needed)
    lacks = "figure" if np.isnan(needed[0]) else lack
    base = np.full(1, everybody)
    return Outcome(actual, needed, finding, np.full(1, lacks, object), base=base)


def counted_points(scene: Scene, measure: Reach, walk: Walk, limit: float) -> pd.DataFrame:
    """Return the demand points of the place that count: ``weight``, ``near``, ``island``."""
    points = walk.points
    weight = np.ones(len(points))
    if measure.weight != "units":
        weight = numbers(points, measure.weight)
    near = points["nearest"].to_numpy(np.float64) <= limit
    island = (points["state"].to_numpy(object) == "island") & ~near
    possible = points.get("possible", points["nearest"]).to_numpy(np.float64)
    maybe = (possible <= limit) & ~near
    counted = _points_inside(scene, points) & ~np.isnan(weight)
    told = points.assign(weight=weight, near=near, maybe=maybe, island=island)
    return told[counted].reset_index(drop=True)


def _basis_lack(measure: Reach, rule: Rule, points: pd.DataFrame) -> str:
    """Return the key of what is missing where people are not counted as the norm counts them."""
    basis = rule.value.basis or measure.basis
    age = rule.value.age_from or measure.age_from
    if measure.weight != "elders" or not (basis or age) or "basis" not in points:
        return ""
    same = np.ones(len(points), bool)
    if basis:
        same &= (points["basis"] == basis).fillna(value=False).to_numpy(bool)
    if age:
        same &= (points["age_from"] == age).fillna(value=False).to_numpy(bool)
    return "" if same.all() else f"basis:{basis or ''}:{age or ''}"


def pooled(scene: Scene, norm: Norm, rule: Rule, each: Outcome) -> Outcome:
    """Return the sums over each group: numerator against what the summed denominator requires."""
    group = groups(scene, norm, norm.subject)
    num = grouped(each.actual, group.of, group.n)
    if not isinstance(norm.measure, Ratio):
        needed = required(rule, np.ones(group.n))
        return _judged(norm, num, needed, None)
    assert each.base is not None
    den = grouped(replace(known(each.base, ""), lacks=each.lacks), group.of, group.n)
    base = den.exact
    result = _judged(norm, num, required(rule, base), base)
    return replace(result, lacks=first([np.where(np.isnan(base), den.lacks, ""), result.lacks]))


def mean(scene: Scene, norm: Norm, rule: Rule, each: Outcome) -> Outcome:
    """Return the mean over the subjects of each group; an empty cell is at least 0."""
    group = groups(scene, norm, norm.subject)
    count = np.bincount(group.of[group.of >= 0], minlength=group.n).astype(float)
    floor = replace(each.actual, low=np.maximum(each.actual.low, 0.0))
    summed = grouped(floor, group.of, group.n)
    with np.errstate(divide="ignore", invalid="ignore"):
        actual = Bounds(summed.low / count, summed.high / count, summed.lacks)
    result = _judged(norm, actual, required(rule, np.ones(group.n)), count)
    empty = count == 0
    return replace(
        result,
        finding=np.where(empty, UNKNOWN, result.finding).astype(np.int8),
        lacks=np.where(empty, NOBODY, result.lacks),
    )


def count(scene: Scene, norm: Norm, rule: Rule) -> Outcome:
    """Return how many rows the place has; with ``per_year``, in the year that has fewest."""
    measure = norm.measure
    assert isinstance(measure, Count)
    layer = measure.what.layer or norm.subject
    if not scene.place.has(layer):
        return unknown(1, f"layer:{layer}")
    if measure.per_year:
        return _per_year(scene, norm, rule, measure, layer)
    each = scene.terms(norm.subject, measure.what)
    result = pooled(
        scene, norm, rule, Outcome(each, each.low, each.low.astype(np.int8), each.lacks)
    )
    if not measure.by or measure.by not in scene.place.frames[layer]:
        return result
    words = scene.place.frames[layer][measure.by][scene.place.inside[layer]].astype("string")
    split = words.fillna("?").value_counts().sort_index()
    text = "by:" + ";".join(f"{word}={number}" for word, number in split.items())
    return replace(result, detail=np.full(len(result.finding), text, object))


def unknown(n: int, lack: str) -> Outcome:
    """Return outcomes of which nothing is known."""
    blank = np.full(n, np.nan)
    return Outcome(
        nothing_known(n, lack), blank, np.full(n, UNKNOWN, np.int8), np.full(n, lack, object)
    )


def _judged(norm: Norm, actual: Bounds, needed: Numbers, base: Numbers | None) -> Outcome:
    finding = compare(norm.op, actual, needed, needed)
    bare = np.isnan(needed) & (base is None)
    lacks = np.where(bare, "figure", actual.lacks).astype(object)
    return Outcome(actual, needed, finding, lacks, base=base)


def _share_of(
    outcome: Outcome,
    of: NDArray[np.int64],
    applies: NDArray[np.int8],
    *,
    n_group: int,
    rule: Rule,
    unnamed: int,
) -> Outcome:
    """Return the share passing in each group, of rows that may apply and may pass."""
    sure, loose = np.where(applies == 1, of, -1), np.where(applies == -1, of, -1)
    n = np.bincount(sure[sure >= 0], minlength=n_group).astype(float)
    low, high = tally(outcome.finding, sure, n_group)
    maybe_low, maybe_high = tally(outcome.finding, loose, n_group)
    more = np.bincount(loose[loose >= 0], minlength=n_group)
    with np.errstate(divide="ignore", invalid="ignore"):
        least = low / (n + more - maybe_low)
        most = np.minimum((high + maybe_high) / np.maximum(n + maybe_high - unnamed, 1), 1.0)
    empty = n + more == 0
    inside = of >= 0
    short = np.flatnonzero(inside & (outcome.finding == UNKNOWN))[::-1]
    lacks = np.full(n_group, "exempt" if unnamed else "", object)
    lacks[of[short]] = outcome.lacks[short]
    lacks[empty] = NOBODY
    actual = Bounds(np.where(empty, 0, least), np.where(empty, np.inf, most), lacks)
    needed = required(rule, np.ones(n_group))
    finding = compare(">=", actual, needed, needed)
    bare = np.isnan(needed)
    return Outcome(actual, needed, finding, np.where(bare, "figure", lacks), base=n)


def _pick(found: list[Outcome], which: NDArray[np.int64]) -> Outcome:
    """Return for each group the outcome of the level that decides; any unknown level counts."""
    at = np.arange(len(which))
    rows = np.array([outcome.finding for outcome in found])
    chosen = found[int(which[0])] if len(found) == 1 or len(at) == 1 else None
    if chosen is None:
        merged = {
            name: np.array([getattr(outcome.actual, name) for outcome in found])[which, at]
            for name in ("low", "high", "lacks")
        }
        base = np.array([outcome.base for outcome in found])[which, at]
        lacks = np.array([outcome.lacks for outcome in found], object)[which, at]
        chosen = Outcome(Bounds(**merged), found[0].required, rows[which, at], lacks, base=base)
    failed, loose = (rows == FAIL).any(axis=0), (rows == UNKNOWN).any(axis=0)
    finding = np.where(failed, FAIL, np.where(loose, UNKNOWN, PASS)).astype(np.int8)
    return replace(chosen, finding=finding, lacks=first([o.lacks for o in found]))


def _per_year(scene: Scene, norm: Norm, rule: Rule, measure: Count, layer: str) -> Outcome:
    """Judge every whole year since the rule began, up to its due day."""
    frame = scene.place.frames[layer]
    last = min(scene.place.on, rule.value.due or scene.place.on)
    whole_years = last.year if (last.month, last.day) == (12, 31) else last.year - 1
    years = range(rule.value.start.year + 1, whole_years + 1)
    if not years:
        return unknown(1, "whole_year")
    days = pd.to_datetime(frame[measure.per_year]) if measure.per_year in frame else None
    if days is None or days.isna().all():
        return unknown(1, f"column:{layer}.{measure.per_year}")
    per_year = days[scene.place.inside[layer]].dt.year.value_counts()
    counts = per_year.reindex(list(years), fill_value=0)
    blank = float(days[scene.place.inside[layer]].isna().sum())
    least = np.full(1, float(counts.min()))
    lack = f"column:{layer}.{measure.per_year}"
    actual = Bounds(least, least + blank, np.full(1, lack if blank else "", object))
    detail = "by:" + ";".join(f"{year}={number}" for year, number in counts.items())
    outcome = _judged(norm, actual, required(rule, np.ones(1)), None)
    return replace(outcome, detail=np.full(1, detail, object))


def _points_inside(scene: Scene, points: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which demand points lie in the place."""
    place = scene.place
    inside = np.zeros(len(points), bool)
    for level in UNITS:
        if place.has(level):
            own = place.frames[level]["code"][place.inside[level]]
            inside |= points[f"{level}_code"].isin(own).fillna(value=False).to_numpy(bool)
    return inside
