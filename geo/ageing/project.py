"""Carry the people of every community to a target year and count the elders among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.ageing.ratios import Ratios, at_risk, cohort_ratios, mothers
from geo.ageing.structure import GROUP_YEARS, AgeTable
from geo.demand.apportion import largest_remainder
from geo.errors import DataError
from geo.text import listed, say

Floats = NDArray[np.float64]

INTERVAL: Final = 0.8
"""Share of the interval's chance; a planning range, not a certainty."""
_Z: Final = 1.2815515655446004
"""Normal quantile that leaves a tenth on either side."""

LONGEST_STEPS: Final = 4
"""Ratios of the past are carried forward at most so many times."""


@dataclass(frozen=True, slots=True)
class Projection:
    """Elders of every community in the target year."""

    year: int
    base_year: int
    """Year of the last table."""
    period: tuple[int, int]
    """Years between which the ratios were found."""
    codes: NDArray[np.object_]
    """(n,) communities."""
    base: NDArray[np.int64]
    """(n,) elders in the base year, by the table."""
    elders: NDArray[np.int64]
    """(n,) in the target year; they add up to `total`."""
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    """(n,) interval of `INTERVAL`, given the total."""
    own_share: Floats
    """(n,) how much of the ratios that make its elders is the community's own, 0..1."""
    total: int
    given: bool
    """Whether the total was given from outside rather than found by the county's ratios."""
    total_low: int | None
    total_high: int | None
    """Totals by the ratios of the other periods, where the layer has more than two tables."""
    age_from: NDArray[np.int64]
    """(n,) age at which elders begin."""


def project(
    table: AgeTable,
    *,
    year: int,
    age_from: NDArray[np.int64],
    towns: NDArray[np.int64],
    total: int | None = None,
) -> Projection:
    """Count elders in a year by Hamilton–Perry.

    Steps of the length between the last two tables are repeated until the year is reached; a year
    between two steps lies on the straight line between them. After every step the communities are
    raked, for every sex and group, to the county's own projection; at the end to the ``total``.

    The interval is the delta method on the ratio's posterior variance and on chance (Poisson): it
    says how far a community may lie from its share of the total, not how wrong the total is.

    Parameters
    ----------
    table
        People by age of at least two years.
    year
        Target year, not before the table's second-last.
    age_from : (n,)
        Age from which people of each community count as elders: a multiple of five.
    towns : (n,)
        Township of each community, 0..; -1 = none.
    total
        Elders of all communities together in the target year; None: as the county's ratios say.

    Raises
    ------
    DataError
        One table only, a year out of reach, an age that is no multiple of five or above the open
        group, a negative total.
    """
    _check(table, year, age_from, total)
    ratios = cohort_ratios(table, towns=towns)
    first_group = age_from // GROUP_YEARS
    elderly = np.arange(table.persons.shape[3])[None, :] >= first_group[:, None]
    people, variance = _carried(table, ratios, year)
    float_elders = np.einsum("isg,ig->i", people, elderly)
    var = np.einsum("isg,ig->i", variance, elderly)
    sum_float = float(float_elders.sum())
    wanted = round(sum_float) if total is None else total
    factor = wanted / sum_float if sum_float > 0 else 0.0
    elders = largest_remainder(
        np.array([wanted]), weights=float_elders, group=np.zeros(len(float_elders), np.int64)
    )
    half = _Z * factor * np.sqrt(var)
    low = np.minimum(np.maximum(np.floor(float_elders * factor - half), 0), elders)
    high = np.maximum(np.ceil(float_elders * factor + half), elders)
    weights = np.einsum("isg,ig->i", ratios.own_share * people, elderly)
    spread = None if total is not None else _other_periods(table, year, elderly)
    base = np.rint(np.einsum("isg,ig->i", table.persons[-1], elderly)).astype(np.int64)
    return Projection(
        year=year,
        base_year=table.years[-1],
        period=(table.years[-2], table.years[-1]),
        codes=table.codes,
        base=base,
        elders=elders,
        low=low.astype(np.int64),
        high=high.astype(np.int64),
        own_share=np.divide(
            weights, float_elders, out=np.zeros_like(weights), where=float_elders > 0
        ),
        total=int(wanted),
        given=total is not None,
        total_low=None if spread is None else min(*spread, int(wanted)),
        total_high=None if spread is None else max(*spread, int(wanted)),
        age_from=age_from,
    )


def stepped(persons: Floats, ratios: Ratios) -> Floats:
    """Return the people one step later: cohorts by their ratios, children by their mothers.

    Parameters
    ----------
    persons : (n, n_sex, n_group)
    ratios
        Ratios of the step.
    """
    shift = ratios.step_years // GROUP_YEARS
    after = ratios.ratio * at_risk(persons, shift)
    for group in range(shift):
        after[:, :, group] = ratios.ratio[:, :, group] * mothers(after, group)[:, None]
    return after


def _carried(table: AgeTable, ratios: Ratios, year: int) -> tuple[Floats, Floats]:
    """Return people and variance of every group in a year, raked to the county's projection."""
    county = Ratios(
        ratios.step_years,
        ratios.county[None],
        np.zeros_like(ratios.county)[None],
        ratios.county,
        np.ones_like(ratios.county)[None],
    )
    people, variance = table.persons[-1], np.zeros_like(table.persons[-1])
    whole = people.sum(axis=0, keepdims=True)
    at, shift = table.years[-1], ratios.step_years // GROUP_YEARS
    if year < at:
        share = (year - table.years[-2]) / (at - table.years[-2])
        return _between(table.persons[-2], people, share), variance
    while at < year:
        next_people = stepped(people, ratios)
        base = at_risk(people, shift)
        # The delta method: the ratio's own variance, what was uncertain before, and chance.
        next_variance = (
            base**2 * ratios.variance + ratios.ratio**2 * at_risk(variance, shift) + next_people
        )
        whole = stepped(whole, county)
        sums = next_people.sum(axis=0)
        factor = np.divide(whole[0], sums, out=np.ones_like(sums), where=sums > 0)
        raked, raked_variance = next_people * factor, next_variance * factor**2
        share = min((year - at) / ratios.step_years, 1.0)
        people, variance = (
            _between(people, raked, share),
            _between(variance, raked_variance, share),
        )
        at += ratios.step_years
    return people, variance


def _between(first: Floats, second: Floats, share: float) -> Floats:
    return first + share * (second - first)


def _other_periods(
    table: AgeTable, year: int, elderly: NDArray[np.bool_]
) -> tuple[int, ...] | None:
    """Return totals by the ratios of earlier periods of the same length; None without any."""
    length = table.years[-1] - table.years[-2]
    found = []
    for second in range(1, len(table.years) - 1):
        if table.years[second] - table.years[second - 1] != length:
            continue
        alone = np.full(len(table.codes), -1, np.int64)
        old = cohort_ratios(table, towns=alone, first=second - 1, second=second)
        people, _ = _carried(table, old, year)
        found.append(round(float(np.einsum("isg,ig->", people, elderly))))
    return tuple(found) or None


def _check(table: AgeTable, year: int, age_from: NDArray[np.int64], total: int | None) -> None:
    faults = []
    if len(table.years) < 2:  # noqa: PLR2004 - a ratio needs two tables
        faults.append(
            say(
                f"只有 {table.years[0]} 年一次，至少要两次",
                f"there is one table only, of {table.years[0]}; two are needed",
            )
        )
    else:
        step = table.years[-1] - table.years[-2]
        farthest = table.years[-1] + LONGEST_STEPS * step
        if not table.years[-2] <= year <= farthest:
            faults.append(
                say(
                    f"目标年份 {year} 不在 {table.years[-2]}～{farthest} 之间",
                    f"{year} is not between {table.years[-2]} and {farthest}",
                )
            )
    wrong = (age_from % GROUP_YEARS != 0) | (age_from > table.open_age)
    if wrong.any():
        ages = listed(sorted(set(age_from[wrong].tolist())), None)
        faults.append(
            say(
                f"老年人起始年龄 {ages} 不是 5 的倍数，或高于表中的 {table.open_age} 岁及以上",
                f"elders from {ages} on: no multiple of 5, or above the last group "
                f"({table.open_age}+)",
            )
        )
    if total is not None and total < 0:
        faults.append(say(f"老年人总数不能是 {total}", f"the total cannot be {total}"))
    if faults:
        raise DataError(
            say("不能推算老年人数：", "elders cannot be projected: ")
            + say("；", "; ").join(faults),
            hint=say(
                "请补充“分年龄人口”，或换一个目标年份。",
                "Complete the layer 'age_structure', or choose another year.",
            ),
        )
