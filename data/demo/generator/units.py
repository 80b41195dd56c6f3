"""What the units of the county are: their codes, names, kinds and the sums of their compounds."""

from __future__ import annotations

from datetime import date
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.random import Generator

from generator import COUNTY_CODE, COUNTY_NAME, CRS, SOURCE
from generator.land import Land
from generator.names import TOWNSHIP_STEMS, unit_stems

_STREET_SHARE: Final = 0.54
"""A township this urban is a 街道; one with fewer than one in seven is a 乡; between them 镇."""
_TOWN_SHARE: Final = 0.15
_FIRST_NUMBER: Final = {"街道": 1, "镇": 100, "乡": 200}
"""Of the three digits of a township's code, as the rules for codes have it."""
_FIRST_VILLAGE: Final = 200
WEIGHTS: Final = ("population", "households", "elders", "children")


def name_units(land: Land, rng: Generator) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return townships and communities with codes and names, still without people.

    Returns
    -------
    townships, communities
        In the order of their codes; communities carry ``cell_unit``, their number in ``land``.
    """
    count = len(land.townships)
    share = np.bincount(land.unit_township, weights=land.unit_urban) / np.bincount(
        land.unit_township
    )
    suffixes = np.where(share >= _STREET_SHARE, "街道", np.where(share >= _TOWN_SHARE, "镇", "乡"))
    order = np.argsort(-share, kind="stable")
    number = {kind: first - 1 for kind, first in _FIRST_NUMBER.items()}
    codes, names = [""] * count, [""] * count
    for rank, township in enumerate(order):
        suffix = str(suffixes[township])
        number[suffix] += 1
        codes[township] = f"{COUNTY_CODE}{number[suffix]:03d}"
        names[township] = TOWNSHIP_STEMS[rank] + suffix
    townships = _frame(codes, names, COUNTY_CODE, land.townships)
    stems = unit_stems(rng)
    unit_codes, unit_names = [], []
    seen = {(t, urban): 0 for t in range(count) for urban in (True, False)}
    for unit, (township, urban) in enumerate(
        zip(land.unit_township.tolist(), land.unit_urban.tolist(), strict=True)
    ):
        seen[township, urban] += 1
        at = seen[township, urban] + (0 if urban else _FIRST_VILLAGE - 1)
        unit_codes.append(f"{codes[township]}{at:03d}")
        unit_names.append(stems[unit] + ("社区" if urban else "村"))
    parents = [codes[t] for t in land.unit_township]
    communities = _frame(unit_codes, unit_names, parents, land.units).assign(
        kind=np.where(land.unit_urban, "community", "village"),
        urban=land.unit_urban,
        cell_unit=np.arange(len(land.units)),
    )
    return (
        townships.sort_values("code", ignore_index=True),
        communities.sort_values("code", ignore_index=True),
    )


def county(land: Land) -> gpd.GeoDataFrame:
    """Return the county, still without people."""
    return _frame([COUNTY_CODE], [COUNTY_NAME], None, [land.county])


def with_people(units: gpd.GeoDataFrame, compounds: pd.DataFrame, digits: int) -> gpd.GeoDataFrame:
    """Return units with the sums of the compounds whose community code begins with theirs."""
    sums = compounds[list(WEIGHTS)].groupby(compounds["community_code"].str[:digits]).sum()
    return units.assign(
        **{weight: units["code"].map(sums[weight]).astype("int64") for weight in WEIGHTS},
        elders_basis="registered",
        elders_age_from=60,
    )


def _frame(
    codes: list[str], names: list[str], parent: str | list[str] | None, shapes: object
) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "code": codes,
            "name": names,
            "parent_code": parent,
            "valid_from": date(2020, 1, 1),
            "source": SOURCE,
            "simulated": True,
        },
        geometry=shapes,
        crs=CRS,
    )
