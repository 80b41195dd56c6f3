"""How old people are: two counts of every community by five-year group."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.random import Generator

from generator import SOURCE, Floats, Ints, apportion

YEARS: Final = (2020, 2025)
GROUPS: Final = 18
"""Of five years; the last is 85 and over."""
_LEFT: Final = (
    *(1.0, 0.998, 0.995, 0.96, 0.90, 0.97, 1.01, 1.0, 0.995, 0.99, 0.985, 0.98, 0.97, 0.95, 0.91),
    *(0.85, 0.75, 0.53),
)
"""How many of each group are there five years on: the young leave, the old die."""
_ADULTS: Final = (0.4, 1.1, 1.4, 1.5, 1.1, 0.7)
"""People of 18–19, 20–24, … 40–44 against each other in the later year."""
_NEARLY: Final = (2.3, 2.0, 1.75)
"""People of 45–49, 50–54 and 55–59 against elders: a young city, its elders in years to come."""
_ELDERS: Final = (1.35, 1.2, 0.9, 0.55, 0.36, 0.22)
"""The same of 60–64 … 85 and over."""


def age_structure(
    communities: gpd.GeoDataFrame, homes: gpd.GeoDataFrame, rng: Generator
) -> pd.DataFrame:
    """Return a row for each community, year and group.

    In the later year elders, children and all people are those of the community's compounds.
    """
    sums = homes.groupby("community_code")[["population", "elders", "children"]].sum()
    parts = [
        _community(str(code), *(int(v) for v in sums.loc[code]), rng)
        for code in communities["code"]
    ]
    return pd.concat(parts, ignore_index=True).assign(
        basis="registered", source=SOURCE, simulated=True
    )


def _community(code: str, people: int, elders: int, children: int, rng: Generator) -> pd.DataFrame:
    now = _now(people, elders, children, rng)
    left = np.array(_LEFT) * rng.lognormal(0, 0.03) * rng.lognormal(0, 0.02, GROUPS)
    ages = np.arange(GROUPS) * 5
    rows = [
        pd.DataFrame(
            {
                "community_code": code,
                "year": year,
                "age_from": ages,
                "age_to": [*(ages[:-1] + 4).tolist(), None],
                "persons": counts,
            }
        )
        for year, counts in zip(YEARS, (_before(now, left, rng), now), strict=True)
    ]
    return pd.concat(rows, ignore_index=True)


def _now(people: int, elders: int, children: int, rng: Generator) -> Ints:
    """Return people by group in the later year."""
    young = apportion(children, np.array([0.9, 1.15, 1.15, 0.65]) * rng.lognormal(0, 0.08, 4))
    old = apportion(elders, np.array(_ELDERS) * rng.lognormal(0, 0.12, len(_ELDERS)))
    adults = people - elders - children
    wanted = elders / sum(_ELDERS) * np.array(_NEARLY) * rng.lognormal(0, 0.1, len(_NEARLY))
    nearly = np.minimum(np.rint(wanted), adults / 6).astype(np.int64)
    grown = apportion(
        adults - int(nearly.sum()), np.array(_ADULTS) * rng.lognormal(0, 0.1, len(_ADULTS))
    )
    groups: Ints = np.concatenate([young[:3], [young[3] + grown[0]], grown[1:], nearly, old])
    return groups


def _before(now: Ints, left: Floats, rng: Generator) -> Ints:
    """Return who was there five years earlier: each cohort before some of it left or died."""
    then = np.zeros(GROUPS)
    then[:-2] = now[1:-1] / left[:-2]
    # Those of 80 and over then are those of 85 and over now.
    oldest = now[-1] / ((left[-2] + left[-1]) / 2)
    then[-2], then[-1] = 0.62 * oldest, 0.38 * oldest
    counts: Ints = rng.poisson(then)
    return counts
