"""How many of a cohort are left after some years, steadied where a community is small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.ageing.structure import GROUP_YEARS, AgeTable
from geo.errors import DataError
from geo.text import say

Floats = NDArray[np.float64]

_MOTHERS_FROM: Final = 15
_MOTHERS_TO: Final = 50
"""Women of these ages are the mothers of the children under five; those of older children were
older by as much when they were counted."""


@dataclass(frozen=True, slots=True)
class Ratios:
    """Ratios by which the people of one table become those of the next, ``step_years`` later."""

    step_years: int
    ratio: Floats
    """(n, n_sex, n_group) what the people at risk (`at_risk`) are multiplied by."""
    variance: Floats
    """(n, n_sex, n_group) of the ratio, as far as the community's own size explains it."""
    county: Floats
    """(n_sex, n_group) ratio of all communities together."""
    own_share: Floats
    """(n, n_sex, n_group) how much of each ratio is the community's own, 0..1."""


def at_risk(persons: Floats, shift: int) -> Floats:
    """Return from whom the people of each group come: the cohort before, or the mothers.

    Parameters
    ----------
    persons : (n, n_sex, n_group)
        Table at the beginning of a step; for the children of a step, at its end.
    shift
        Groups a cohort moves in one step.

    Returns
    -------
    (n, n_sex, n_group)
        Group ``g`` comes from ``g - shift``; the open one from all that reach it. The youngest
        ``shift`` groups are 0: see `mothers`.
    """
    out = np.zeros_like(persons)
    last = persons.shape[2] - 1
    out[:, :, shift:last] = persons[:, :, : last - shift]
    out[:, :, last] = persons[:, :, last - shift :].sum(axis=2)
    return out


def mothers(persons: Floats, group: int) -> Floats:
    """Return (n,) the women, or where sexes are not told apart the people, of mothers' ages."""
    first = _MOTHERS_FROM // GROUP_YEARS + group
    last = min(_MOTHERS_TO // GROUP_YEARS + group, persons.shape[2])
    women = persons[:, -1, first:last]  # female stands last
    out: Floats = women.sum(axis=1)
    return out


def shift_of(table: AgeTable, first: int, second: int) -> int:
    """Return by how many groups a cohort moves between two tables.

    Raises
    ------
    DataError
        The years between are no multiple of five, or too many for the groups there are.
    """
    years = table.years[second] - table.years[first]
    if years % GROUP_YEARS or not 0 < years // GROUP_YEARS < table.persons.shape[3] - 1:
        raise DataError(
            say(
                f"{table.years[first]} 年和 {table.years[second]} 年相差 {years} 年，"
                "应为 5 年或 10 年。",
                f"{table.years[first]} and {table.years[second]} are {years} years apart; "
                "wanted 5 or 10.",
            ),
            hint=say(
                "请提供相隔 5 年或 10 年的两次分年龄人口。",
                "Give two tables of ages that are 5 or 10 years apart.",
            ),
        )
    return years // GROUP_YEARS


def cohort_ratios(
    table: AgeTable, *, towns: NDArray[np.int64], first: int = -2, second: int = -1
) -> Ratios:
    """Return the cohort-change ratios between two tables.

    The ratio of a group is its people in the second table over those of its cohort in the first;
    that of the youngest groups is children over women of mothers' ages in the second table. The
    ratio of a township is drawn towards the county's and that of a community towards its
    township's, the more the fewer people it rests on (`shrunk`).

    Parameters
    ----------
    table
        At least two years.
    towns : (n,)
        Township of each community, 0..n_town - 1; -1 takes the county itself.
    first, second
        Positions of the two years.

    References
    ----------
    Hamilton and Perry (1962), A short method for projecting population by age from one decennial
    census to another, Social Forces 41(2); Swanson, Schlottmann and Schmidt (2010), Forecasting
    the population of census tracts by age and sex, Population Research and Policy Review 29(1).
    """
    one, two = first % len(table.years), second % len(table.years)
    shift = shift_of(table, one, two)
    before, after = table.persons[one], table.persons[two]
    base = at_risk(before, shift)
    for group in range(shift):
        base[:, :, group] = mothers(after, group)[:, None]
    county = _ratio(after.sum(axis=0), base.sum(axis=0))
    n_town = int(towns.max()) + 1 if len(towns) else 0
    centre = np.broadcast_to(county, after.shape).copy()
    if n_town:
        inside = towns >= 0
        of_town = np.zeros((n_town, *county.shape))
        at_town = np.zeros_like(of_town)
        np.add.at(of_town, towns[inside], after[inside])
        np.add.at(at_town, towns[inside], base[inside])
        town, _, _ = shrunk(of_town, at_town, np.broadcast_to(county, of_town.shape))
        centre[inside] = town[towns[inside]]
    ratio, variance, own = shrunk(after, base, centre)
    return Ratios(table.years[two] - table.years[one], ratio, variance, county, own)


def shrunk(counts: Floats, base: Floats, centre: Floats) -> tuple[Floats, Floats, Floats]:
    """Draw the ratios of small areas towards a centre, by empirical Bayes.

    Counts are taken as Poisson about ratio × base, and the true ratios as spread about the centre
    with a variance found by the method of moments. The posterior mean is
    ``centre + w (count / base - centre)`` with ``w = A / (A + centre / base)``, its variance
    ``A (1 - w)``, where ``A`` is the spread of the true ratios.

    Parameters
    ----------
    counts, base, centre : (n_area, ...)
        Later count, earlier one, and the ratio drawn towards; areas are compared along the first
        axis.

    Returns
    -------
    ratio, variance, weight : (n_area, ...)
        An area without people before takes the centre.

    References
    ----------
    Marshall (1991), Mapping disease and mortality rates using empirical Bayes estimators,
    Journal of the Royal Statistical Society C 40(2).
    """
    total = base.sum(axis=0)
    some = np.maximum((base > 0).sum(axis=0), 1)
    raw = np.where(base > 0, _ratio(counts, base), centre)
    safe = np.where(total > 0, total, 1.0)
    spread = (base * (raw - centre) ** 2).sum(axis=0) / safe
    middle = (base * centre).sum(axis=0) / safe
    chance = middle / np.maximum(total / some, 1e-12)
    true = np.maximum(spread - chance, 0.0)
    noise = np.where(base > 0, _ratio(centre, base), np.inf)
    with np.errstate(invalid="ignore"):
        weight = np.where(true > 0, true / (true + noise), 0.0)
    return centre + weight * (raw - centre), true * (1.0 - weight), weight


def _ratio(above: Floats, below: Floats) -> Floats:
    """Divide; 0 where there is nobody below."""
    out: Floats = np.divide(above, below, out=np.zeros(np.shape(above)), where=below > 0)
    return out
