"""What the norms in force require of estates, and what an assessment says they lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.assess import Assessment
from geo.assess.bounds import FAIL
from geo.assess.linking import CIRCLE_MIN, OWN
from geo.assess.verdicts import VERDICTS, Block
from geo.errors import NotFoundError
from geo.norms import Norms, Rule, in_force, required
from geo.norms.model import Attribute, Condition, Ratio
from geo.text import listed, say
from optimization.compliance.needs import Needs
from optimization.problem import Problem

Numbers = NDArray[np.float64]

AREA_NORMS: Final = "elder.area100"
STATION_NORMS: Final = "elder.station"
_STATUS: Final = "build_status"
_SHORT: Final = (VERDICTS.index("fail"), VERDICTS.index("not_yet_due"))


@dataclass(frozen=True, slots=True)
class Requirement:
    """The floor area that the norms in force require; arrays are (n,), NaN = none in force."""

    required_m2: Numbers
    pool_rate_m2: Numbers
    """m² a household where small estates may be pooled and this is one; NaN else."""
    pool_min: float
    """Walk within which they may be pooled, the shortest of the rules; NaN = never."""
    pool_floor_m2: float
    unpooled_m2: Numbers
    """What the rules without pooling require all the same."""
    station_m2: float
    """Least gross floor area of a station; 0 = no norm in force."""
    shared_usable_m2: float
    """Least usable area of a station in premises shared with others; 0 = no norm in force."""
    rules: tuple[Rule, ...]


def requirement(
    norms: Norms,
    *,
    area: str,
    on: date,
    households: Numbers,
    build_status: NDArray[np.object_],
    area_norms: str = AREA_NORMS,
    station_norms: str = STATION_NORMS,
) -> Requirement:
    """Return what the norms in force in an area on a day require of estates; the strictest decides.

    Parameters
    ----------
    norms
        All norms known.
    area, on
        Area code and day.
    households : (n,)
        NaN = unknown: then so is the requirement.
    build_status : (n,)
        ``new``, ``existing``, ``renovated``, ``unknown`` or None.
    area_norms, station_norms
        Norms of floor area for estates, and of the size of stations: the beginning of their ids.

    Examples
    --------
    >>> from geo.norms import shipped
    >>> found = requirement(
    ...     shipped(), area="340207", on=date(2021, 6, 1),
    ...     households=np.array([999.0, 1001.0, 1500.0]),
    ...     build_status=np.array(["new", "new", "existing"], object),
    ... )
    >>> found.required_m2.round(1).tolist(), found.station_m2
    ([300.0, 300.3, 300.0], 300.0)
    """
    force = in_force(norms, area, on)
    chosen = [
        rule
        for rule in force.binding
        if rule.norm.id.startswith(area_norms)
        and isinstance(rule.norm.measure, Ratio)
        and rule.norm.subject == "compound"
    ]
    n = len(households)
    parts = _pooling(
        [(rule, _applies(rule.norm.where, build_status)) for rule in chosen], households
    )
    stations = [
        rule
        for rule in force.binding
        if rule.norm.id.startswith(station_norms) and isinstance(rule.norm.measure, Attribute)
    ]
    gross, usable = _least_station(stations)
    full = np.full(n, np.nan)
    for rule in chosen:
        mine = np.where(_applies(rule.norm.where, build_status), required(rule, households), np.nan)
        full = np.fmax(full, mine)
    return Requirement(full, *parts, gross, usable, (*chosen, *stations))


def needs_of(
    assessment: Assessment,
    problem: Problem,
    *,
    site_community: Sequence[str | None],
    area_norms: str = AREA_NORMS,
) -> tuple[Needs, tuple[str, ...]]:
    """Return what an assessment says estates lack, so that a plan which gives it passes it.

    An estate that has premises of its own, or none it could share, is given parts of rooms in its
    name; one that shares its community's, or may be pooled, gets its part by households of new
    rooms there: that is how they are counted.

    Parameters
    ----------
    assessment
        Of the same estates: the ids of the problem are looked up in its layer ``compound``.
    problem
        Its demand points are estates.
    site_community
        (n_site,) code of the community each site lies in; a site of none serves only estates in
        their own name.
    area_norms
        Beginning of the ids of the norms whose shortfall is to be closed.

    Returns
    -------
    tuple
        The needs, and the ids of estates whose shortfall is unknown: their need is 0.

    Raises
    ------
    NotFoundError
        A demand point is no estate of the assessment.
    """
    place = assessment.place
    rows = _rows(assessment, problem)
    estates = len(place.frames["compound"])
    need, unknown = np.zeros(estates), np.zeros(estates, bool)
    standing, households = np.zeros(estates), np.ones(estates)
    base = place.frames["compound"].get("households")
    if base is not None:
        households = np.nan_to_num(base.astype("Float64").to_numpy(float, na_value=np.nan))
    rate, unpooled = np.full(estates, np.nan), np.zeros(estates)
    pool_min, pool_floor, shares = float("nan"), 0.0, np.zeros(estates, bool)
    own = np.zeros(estates, bool)
    for block in assessment.blocks:
        measure = block.norm.measure
        if not _is_area(block, area_norms) or not isinstance(measure, Ratio):
            continue
        premises = place.premises_of(measure.num.layer) if place.has(measure.num.layer) else None
        if premises is not None:
            own |= premises.rule == OWN
            shares[np.unique(premises.compound[~premises.own])] = True
        short = np.isin(block.verdict, _SHORT) & (block.finding == FAIL)
        at = block.rows
        gap = np.where(short, np.nan_to_num(block.gap), 0.0)
        need[at] = np.maximum(need[at], gap)
        unknown[at] |= block.verdict == VERDICTS.index("unknown")
        standing[at] = np.where(np.isfinite(block.actual.low), block.actual.low, 0.0)
        binding = [r for r in block.rules if r.level not in ("draft", "statistic")]
        mine = np.zeros(estates, bool)
        mine[at] = True
        r, minutes, floor, rest = _pooling([(rule, mine) for rule in binding], households)
        rate = np.where(mine, r, rate)
        unpooled = np.where(mine, rest, unpooled)
        pool_min, pool_floor = np.fmin(pool_min, minutes), max(pool_floor, floor)
    shares &= ~own
    pooled = np.isfinite(rate) & ~own & (need > 0)
    shares |= pooled
    community, codes = pd.factorize(
        pd.Series(place.codes["compound"]["community"].to_numpy(object), dtype=object)
    )
    site_codes = np.array(site_community, object)
    at_site = np.asarray(pd.Index(codes).get_indexer(pd.Index(site_codes)), np.int32)
    shares &= community >= 0
    joins = ~own & ((need <= 0) | shares)
    needs = Needs(
        need_m2=need[rows],
        standing_m2=standing[rows],
        households=households[rows],
        shares=shares[rows],
        joins=joins[rows],
        community=community[rows].astype(np.int32),
        site_community=np.where(pd.isna(site_codes), -1, at_site).astype(np.int32),
        circle_min=CIRCLE_MIN,
        pool_min=float(pool_min),
        pool_rate_m2=np.where(pooled, rate, np.nan)[rows],
        pool_floor_m2=pool_floor,
        unpooled_m2=unpooled[rows],
    )
    ids = place.frames["compound"]["id"].to_numpy(object)
    return needs, tuple(str(ids[row]) for row in rows[unknown[rows]])


def _is_area(block: Block, area_norms: str) -> bool:
    return (
        block.norm.id.startswith(area_norms)
        and block.layer == "compound"
        and block.role == "each"
        and isinstance(block.norm.measure, Ratio)
        and block.norm.measure.num.link == "compound"
    )


def _rows(assessment: Assessment, problem: Problem) -> NDArray[np.int64]:
    frame = assessment.place.frames.get("compound")
    ids = pd.Index([] if frame is None else frame["id"].astype(object))
    rows = np.asarray(ids.get_indexer(pd.Index(problem.demand_id.astype(object))), np.int64)
    if (rows < 0).any():
        strange = listed(problem.demand_id[rows < 0])
        raise NotFoundError(
            say(
                f"评估中没有这些小区：{strange}。",
                f"the assessment has no estates {strange}",
            ),
            hint=say("请对同一工作区、同一天的数据评估和选址。", "Assess and site the same day."),
        )
    return rows


def _pooling(
    rules: Sequence[tuple[Rule, NDArray[np.bool_]]], households: Numbers
) -> tuple[Numbers, float, float, Numbers]:
    """Return rate and walk of pooling, the floor of a pool, and what binds all the same."""
    n = len(households)
    rate, rest = np.full(n, np.nan), np.zeros(n)
    minutes, floor = float("nan"), 0.0
    for rule, applies in rules:
        measure, value = rule.norm.measure, rule.value
        assert isinstance(measure, Ratio)
        needed = required(rule, households)
        small = np.zeros(n, bool)
        if value.pool_min is not None and value.floor is not None and value.value is not None:
            small = applies & (needed <= value.floor) & (households > 0)
            rate = np.where(small, np.fmax(rate, value.value / measure.per), rate)
            minutes, floor = float(np.fmin(minutes, value.pool_min)), max(floor, value.floor)
        rest = np.where(applies & ~small, np.fmax(rest, needed), rest)
    return rate, minutes, floor, np.nan_to_num(rest)


def _applies(where: tuple[Condition, ...], build_status: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return where the conditions on the build status are met; others are not looked at."""
    applies = np.ones(len(build_status), bool)
    for condition in where:
        if condition.field == _STATUS:
            wanted = condition.value if isinstance(condition.value, tuple) else (condition.value,)
            applies &= np.isin(build_status.astype(str), [str(one) for one in wanted])
    return applies


def _least_station(rules: Sequence[Rule]) -> tuple[float, float]:
    """Return the least gross area of a station, and the least usable area in shared premises."""
    gross, usable = 0.0, 0.0
    for rule in rules:
        measure, value = rule.norm.measure, rule.value
        assert isinstance(measure, Attribute)
        when_shared = [c for c in rule.norm.where if c.field == "shared"]
        if measure.fields == ("usable_area_m2",) and when_shared:
            usable = max(usable, value.value or 0.0)
        elif measure.fields == ("floor_area_m2",) and not rule.norm.where:
            gross = max(gross, value.value or 0.0)
            for exception in value.exceptions:
                if exception.field == "usable_area_m2":
                    usable = max(usable, exception.value)
    return gross, usable
