"""What a rule finds of each subject on the map and in time: reach, distances to zones, dates."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
from geo.assess.reached import Asked, Walk
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
    """Return the walk a rule speaks of, or the key of what is missing for it.

    ``nearest`` is how far the nearest facility is that surely counts; ``possible`` the nearest
    that counts if an empty cell is filled as the norm wants it, ``empty`` that cell.
    """
    measure = norm.measure
    assert isinstance(measure, Reach)
    layer = scene.facility if measure.layer == ANY_FACILITY else measure.layer
    if not scene.place.has(layer):
        return None, lack_of_layer(layer)
    if rule.value.limit is None:
        return None, "figure"
    reached = scene.place.reached
    asked = Asked.by(measure, layer, rule.value.limit)
    if reached is None:
        return None, STREETS
    if not measure.where:
        found = reached.walk(asked)
        return (found, "") if found is not None else (None, _why_no_walk(scene, measure))
    rows = scene.terms.met(layer, measure.where)
    sure = reached.walk(asked, rows.surely)
    maybe = reached.walk(asked, rows.possibly)
    if sure is None or maybe is None:
        return None, _why_no_walk(scene, measure)
    empty = next((key for key in rows.lacks if key), "")
    points = sure.points.assign(possible=maybe.points["nearest"].to_numpy(), empty=empty)
    return replace(sure, points=points), ""


def _why_no_walk(scene: Scene, measure: Reach) -> str:
    if measure.origin == "building" and not scene.place.has("building"):
        return lack_of_layer("building")
    return STREETS


def reach(scene: Scene, norm: Norm, rule: Rule) -> Outcome:
    """Return minutes or metres from each subject's farthest point to its nearest facility.

    A gate is the estate's best one. Where the norm counts from buildings, or from where the
    people of a community live, the farthest of them decides.
    """
    n = len(scene.place.frames[norm.subject])
    walk, lack = walk_of(scene, norm, rule)
    measure = norm.measure
    assert isinstance(measure, Reach)
    limit = np.full(n, np.nan if rule.value.limit is None else rule.value.limit)
    owner = None if walk is None else _owner(scene, measure.origin, norm.subject, walk.points)
    if walk is None or owner is None:
        lacking = lack or f"origin:{measure.origin}"
        blank = np.full(n, UNKNOWN, np.int8)
        return Outcome(
            nothing_known(n, lacking, least=0.0), limit, blank, np.full(n, lacking, object)
        )
    inside = np.flatnonzero(owner >= 0)
    points, owner = walk.points.iloc[inside], owner[inside]
    nearest = points["nearest"].to_numpy(np.float64)
    possible = points.get("possible", points["nearest"]).to_numpy(np.float64)
    island = points["state"].to_numpy(object) == "island"
    cut_off = np.ones(n, bool)
    cut_off[owner] = False
    cut_off[owner[island]] = True
    low = _farthest(owner, np.where(np.isnan(possible), limit[owner], possible), n)
    high = _farthest(owner, np.where(np.isnan(nearest), np.inf, nearest), n)
    far = np.zeros(n, bool)
    far[owner[np.isnan(possible) & ~island]] = True
    lacks = np.where(cut_off, ISLAND, "").astype(object)
    if "empty" in points and len(points):
        lacks = np.where((low != high) & ~far & ~cut_off, points["empty"].iloc[0], lacks)
    actual = Bounds(
        np.where(cut_off & ~far, 0.0, low), np.where(cut_off | far, np.inf, high), lacks
    )
    finding = np.where(far, FAIL, np.where(cut_off, UNKNOWN, compare("<=", actual, limit, limit)))
    return Outcome(actual, limit, finding.astype(np.int8), actual.lacks)


def _owner(
    scene: Scene, origin: str, subject: str, points: pd.DataFrame
) -> NDArray[np.int64] | None:
    """Return the row of the subject each demand point belongs to, -1 for none."""
    place = scene.place
    frame = place.frames[subject]
    if origin == "gate" and subject == "compound":
        gates = points["origin"].isin(["gate", "assumed_gate"])
        return _rows(frame["id"], points["id"].where(gates))
    if origin == "building" and subject == "compound" and place.has("building"):
        home = place.frames["building"].set_index("id")["compound_id"]
        return _rows(frame["id"], _building(points).map(home))
    if origin == "building" and subject == "building":
        return _rows(frame["id"], _building(points))
    if origin == "community" and subject == "community":
        return _rows(frame["code"], points["community_code"])
    return None


def _building(points: pd.DataFrame) -> pd.Series:
    """Return the building each demand point stands for."""
    return points["id"].astype("string").str.removeprefix("building:")


def _rows(keys: pd.Series, wanted: pd.Series) -> NDArray[np.int64]:
    known = pd.Index(keys.astype(object))
    found = known.get_indexer(pd.Index(wanted.astype(object).where(wanted.notna(), None)))
    return np.asarray(found, np.int64)


def _farthest(owner: NDArray[np.int64], far: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    most = np.zeros(n)
    np.maximum.at(most, owner, far)
    return most


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
    if moment.link == "compound" and subject == "compound":
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
