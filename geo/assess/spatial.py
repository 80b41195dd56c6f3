"""What a rule finds of each subject on the map and in time: reach, distances to zones, dates."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.assess.bounds import (
    FAIL,
    PASS,
    UNKNOWN,
    Bounds,
    compare,
    every,
    known,
    nothing_known,
)
from geo.assess.place import number
from geo.assess.reached import Walk
from geo.assess.scene import Outcome, Scene
from geo.assess.sight import in_sight
from geo.assess.terms import lack_of, lack_of_layer
from geo.norms import Norm, Rule
from geo.norms.model import ANY_FACILITY, Exclusion, Moment, Reach, Timeliness

STREETS = "streets"
"""Key of what is missing without a street network."""
ISLAND = "island"
"""Key of what is missing where an estate hangs on no main street."""

DAYS_A_YEAR = 365.2425
_DIGITS_M = 6
"""Distances are told apart to a micrometre."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest zone of one kind to each of n subjects."""

    distance_m: NDArray[np.float64]
    zone: NDArray[np.int64]
    """(n,) row of the zone."""
    from_xy: NDArray[np.float64]
    """(n, 2) where on the subject the distance is measured, metres."""
    to_xy: NDArray[np.float64]
    """(n, 2) where on the zone."""


def walk_of(scene: Scene, norm: Norm, rule: Rule) -> tuple[Walk | None, str]:
    """Return the walk a rule speaks of, or the key of what is missing for it."""
    measure = norm.measure
    assert isinstance(measure, Reach)
    layer = scene.facility if measure.layer == ANY_FACILITY else measure.layer
    if not scene.place.has(layer):
        return None, lack_of_layer(layer)
    if rule.value.limit is None:
        return None, "figure"
    reached = scene.place.reached
    if reached is None:
        return None, STREETS
    found = reached.walk(layer, measure.limit_unit, rule.value.limit)
    return found, "" if found is not None else STREETS


def reach(scene: Scene, norm: Norm, rule: Rule) -> Outcome:
    """Return minutes or metres from each estate's best gate to the nearest facility."""
    n = len(scene.place.frames[norm.subject])
    walk, lack = walk_of(scene, norm, rule)
    limit = np.full(n, np.nan if rule.value.limit is None else rule.value.limit)
    if walk is None or norm.subject != "compound":
        lacking = lack or f"origin:{norm.subject}"
        blank = np.full(n, UNKNOWN, np.int8)
        return Outcome(
            nothing_known(n, lacking, least=0.0), limit, blank, np.full(n, lacking, object)
        )
    points = walk.points
    gates = points["origin"].isin(["gate", "assumed_gate"]).to_numpy(bool)
    at = pd.Index(points["id"].where(gates)).get_indexer(
        pd.Index(scene.place.frames["compound"]["id"])
    )
    nearest = np.where(at >= 0, points["nearest"].to_numpy(np.float64)[at], np.nan)
    cut_off = (at < 0) | (points["state"].to_numpy(object)[at] == "island")
    far = np.isnan(nearest) & ~cut_off
    actual = Bounds(
        np.where(cut_off, 0.0, np.where(far, limit, nearest)),
        np.where(cut_off | far, np.inf, nearest),
        np.where(cut_off, ISLAND, "").astype(object),
    )
    finding = np.where(cut_off, UNKNOWN, np.where(far, FAIL, compare("<=", actual, limit, limit)))
    return Outcome(actual, limit, finding.astype(np.int8), actual.lacks)


def exclusion(scene: Scene, norm: Norm, rule: Rule) -> Outcome:
    """Return how far each subject keeps from the zones, or which of them see it."""
    measure = norm.measure
    assert isinstance(measure, Exclusion)
    shapes = scene.place.frames[norm.subject].geometry.to_numpy()
    n = len(shapes)
    if not scene.place.has("zone"):
        return _unseen(n, lack_of_layer("zone"))
    if measure.method == "sight":
        if not scene.place.has("elevation"):
            return _unseen(n, lack_of_layer("elevation"))
        return in_sight(scene, norm, rule)
    zones = gpd.GeoDataFrame(scene.place.frames["zone"])
    worst = np.full(n, -np.inf)
    chosen, wanted = np.full(n, np.nan), np.full(n, np.nan)
    detail, lacks = np.full(n, "", object), np.full(n, "", object)
    findings = []
    for zone in rule.value.zones:
        near = nearest_zones(zones, zone.kind, shapes)
        if near is None:
            findings.append(np.full(n, UNKNOWN, np.int8))
            lacks = np.where(lacks == "", f"zone:{zone.kind}", lacks)
            continue
        away = near.distance_m
        needed = 0.0 if zone.distance_m is None else zone.distance_m
        inside = away <= needed
        outside = UNKNOWN if zone.distance_m is None else PASS
        findings.append(np.where(inside, FAIL, outside).astype(np.int8))
        if zone.distance_m is None:
            lacks = np.where((lacks == "") & ~inside, f"distance:{zone.kind}", lacks)
        shortfall = needed - away
        nearer = shortfall > worst
        worst = np.where(nearer, shortfall, worst)
        chosen, wanted = np.where(nearer, away, chosen), np.where(nearer, needed, wanted)
        detail = np.where(nearer, f"zone:{zone.kind}", detail)
    return Outcome(known(chosen, ""), wanted, every(findings), lacks, detail=detail)


def timeliness(scene: Scene, norm: Norm, rule: Rule) -> Outcome:
    """Return by how many days the later of two dates was missed, or how many years have passed."""
    measure = norm.measure
    assert isinstance(measure, Timeliness)
    n = len(scene.place.frames[norm.subject])
    allowed = np.full(n, np.nan if rule.value.value is None else rule.value.value)
    if measure.since:
        day = number(scene.place, norm.subject, measure.since)
        today = float(np.datetime64(scene.place.on, "D").astype(np.int64))
        passed = known((today - day) / DAYS_A_YEAR, lack_of(norm.subject, measure.since))
        return Outcome(passed, allowed, compare("<=", passed, allowed, allowed), passed.lacks)
    late = np.full(n, -np.inf)
    findings, lacks = [], np.full(n, "", object)
    detail = np.full(n, "", object)
    for order in measure.orders:
        before, why = day_of(scene, norm.subject, order.earlier)
        after, why_not = day_of(scene, norm.subject, order.later)
        days = before - after
        bounds = known(days, "")
        findings.append(compare("<=", bounds, allowed, allowed))
        lacks = np.where(
            (lacks == "") & np.isnan(days), np.where(np.isnan(before), why, why_not), lacks
        )
        worse = ~np.isnan(days) & (days > late)
        detail = np.where(worse, lack_of(norm.subject, order.later.field), detail)
        late = np.where(worse, days, late)
    actual = known(np.where(np.isinf(late), np.nan, late), "")
    finding = every(findings)
    return Outcome(actual, allowed, finding, np.where(finding == UNKNOWN, lacks, ""), detail=detail)


def day_of(scene: Scene, subject: str, moment: Moment) -> tuple[NDArray[np.float64], str]:
    """Return the day number of a date; of several premises, the last."""
    layer = moment.layer or subject
    if not scene.place.has(layer):
        n = len(scene.place.frames[subject])
        return np.full(n, np.nan), lack_of_layer(layer)
    days = number(scene.place, layer, moment.field)
    lack = lack_of(layer, moment.field)
    if not moment.layer:
        return days, lack
    pairs = scene.terms.pairs(subject, layer, moment.link)
    kept = np.ones(len(pairs.row), bool)
    if moment.link == "compound":
        kept = scene.place.premises_of(layer).own
    found = pd.Series(days[pairs.row[kept]]).groupby(pairs.subject[kept]).max()
    n = len(scene.place.frames[subject])
    return np.asarray(found.reindex(np.arange(n)), np.float64), lack


def nearest_zones(
    zones: gpd.GeoDataFrame, kind: str, shapes: NDArray[np.object_]
) -> Nearest | None:
    """Return the nearest zone of one kind to every shape, None where there is no such zone."""
    rows = np.flatnonzero((zones["kind"] == kind).fillna(value=False).to_numpy(bool))
    if not len(rows):
        return None
    own = zones.geometry.to_numpy()[rows]
    at = shapely.STRtree(own).query_nearest(shapes, all_matches=False)
    zone = np.zeros(len(shapes), np.int64)
    zone[at[0]] = at[1]
    ends = shapely.get_coordinates(shapely.shortest_line(shapes, own[zone])).reshape(-1, 2, 2)
    apart_m = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    return Nearest(np.round(apart_m, _DIGITS_M), rows[zone], ends[:, 0], ends[:, 1])


def _unseen(n: int, lack: str) -> Outcome:
    blank = np.full(n, np.nan)
    lacks = np.full(n, lack, object)
    return Outcome(known(blank, lack), blank, np.full(n, UNKNOWN, np.int8), lacks)
