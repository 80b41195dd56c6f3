"""How many places burial needs in the coming years, against those there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.facilities import in_service
from geo.demand.units import numbers
from geo.errors import DataError
from geo.norms import Norms
from geo.norms.force import plain_area
from geo.text import say

Floats = NDArray[np.float64]

NORM: Final = "cemetery.capacity20y"
BURIAL: Final = ("cemetery", "columbarium")
_PLACES: Final = {"cemetery": ("plots", "niches"), "columbarium": ("niches",)}


@dataclass(frozen=True, slots=True)
class Formula:
    """Places needed are ``population × deaths_permille × per_person × years × share``."""

    years: float
    share: float
    per_person: float
    source: str
    in_force: bool
    """False: no such norm is in force here; that of another place is used for reference."""

    def needed(self, population: Floats, deaths_permille: Floats) -> Floats:
        """Return the places needed, rounded up to whole ones; NaN where unknown."""
        exact = population * deaths_permille * self.per_person * self.years * self.share
        return np.ceil(np.round(exact, 9))

    @property
    def statement(self) -> str:
        """The formula in words, with its source."""
        of = (
            self.source
            if self.in_force
            else say(
                f"本地没有在施行的规范，参照{self.source}",
                f"no norm in force here; for reference {self.source}",
            )
        )
        return say(
            f"所需安葬位 = 人口 × 年死亡率 × {self.years:g} 年 × {self.share:.0%}（{of}）",
            f"places = population × deaths a year × {self.years:g} years × {self.share:.0%} ({of})",
        )


def formula(norms: Norms, *, area: str, on: date, years: float | None = None) -> Formula:
    """Return the formula of the norm on capacity, with the years wanted.

    Parameters
    ----------
    norms
        All norms known; the factors are those of ``cemetery.capacity20y``.
    area, on
        The place and the day.
    years
        In place of the norm's own.

    Raises
    ------
    DataError
        The years are no positive number, or no norm has the factors.
    """
    if years is not None and not (np.isfinite(years) and years > 0):
        raise DataError(say(f"年数不能是 {years:g}。", f"{years:g} years make no sense"))
    known = norms[NORM].values if NORM in norms else ()  # noqa: PD011 - a norm has values
    values = [value for value in known if value.parameters]
    if not values:
        raise DataError(
            say(f"没有规范 {NORM}，不知道安葬位怎样计算。", f"there is no norm {NORM}"),
            hint=say("请检查 --dir 里的规范。", "check the norms of --dir"),
        )
    plain = plain_area(area)
    own = [v for v in values if plain.startswith(v.area) and v.covers_day(on)]
    value = max(own or values, key=lambda v: (len(v.area), v.start))
    factors = dict(value.parameters)
    return Formula(
        years=factors["years"] if years is None else years,
        share=factors["share"],
        per_person=factors["per_person"],
        source=value.source,
        in_force=bool(own),
    )


def places(facilities: Mapping[str, gpd.GeoDataFrame], on: date) -> pd.DataFrame:
    """Return the public burial places in service on a day.

    Returns
    -------
    DataFrame
        ``layer id name community_code geometry places``; ``places`` is NaN where no count is
        registered. What is taken already is not registered, so these are places in all.
    """
    parts = []
    for layer in BURIAL:
        frame = facilities.get(layer)
        if frame is None or not len(frame):
            continue
        public = frame["public_benefit"].fillna(value=False).to_numpy(bool)
        rows = frame[in_service(frame, on) & public]
        counts = np.array([numbers(rows, name) for name in _PLACES[layer]])
        known = ~np.isnan(counts)
        total = np.where(known.any(axis=0), np.where(known, counts, 0).sum(axis=0), np.nan)
        parts.append(
            pd.DataFrame(
                {
                    "layer": layer,
                    "id": rows["id"].astype(object),
                    "name": rows["name"].astype(object),
                    "community_code": rows["community_code"].astype(object),
                    "geometry": rows.geometry.to_numpy(),
                    "places": total,
                }
            )
        )
    empty = pd.DataFrame(
        columns=["layer", "id", "name", "community_code", "geometry", "places"]
    ).astype({"places": float})
    return pd.concat(parts, ignore_index=True) if parts else empty


def balance(units: pd.DataFrame, supply: pd.DataFrame, use: Formula, *, by: str) -> pd.DataFrame:
    """Return what every unit needs and has.

    Parameters
    ----------
    units
        Communities: ``code township_code county_code population deaths_permille``.
    supply
        Burial places: ``community_code places``.
    use
        How needs are computed.
    by
        ``township_code`` or ``county_code``.

    Returns
    -------
    DataFrame
        ``code population needed places short``: ``needed`` and ``short`` are NaN where the
        population or the deaths of any community are unknown.
    """
    demand = pd.DataFrame(
        {
            "code": units[by].to_numpy(object),
            "population": units["population"].to_numpy(float),
            "exact": (
                units["population"] * units["deaths_permille"] * use.per_person * use.years
                * use.share
            ).to_numpy(float),
        }
    )  # fmt: skip
    grouped = demand.groupby("code", sort=True)
    needed = grouped["exact"].agg(lambda part: part.sum(skipna=False))
    people = grouped["population"].agg(lambda part: part.sum(skipna=False))
    home = units.set_index("code")[by]
    owner = supply["community_code"].map(home).to_numpy(object)
    have = supply["places"].groupby(owner).agg(lambda part: part.sum(skipna=False))
    have = have.reindex(needed.index, fill_value=0.0)
    whole = np.ceil(np.round(needed.to_numpy(float), 9))
    return pd.DataFrame(
        {
            "code": needed.index.astype(str),
            "population": people.to_numpy(float),
            "needed": whole,
            "places": have.to_numpy(float),
            "short": np.maximum(whole - have.to_numpy(float), 0.0),
        }
    )
