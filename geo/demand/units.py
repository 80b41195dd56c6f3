"""List the communities of a day, what they belong to and how many live in each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import get_args

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.boundaries import locate, on_day
from geo.schema import CODE_DIGITS, Weight

WEIGHTS: tuple[Weight, ...] = get_args(Weight)


@dataclass(frozen=True, slots=True)
class Units:
    """The communities in force on one day, in the order of their codes."""

    code: NDArray[np.object_]
    """(n,) code of each community."""
    name: NDArray[np.object_]
    """(n,) its name."""
    township_code: NDArray[np.object_]
    """(n,) township it belongs to; its own code's first nine digits when no parent is given."""
    county_code: NDArray[np.object_]
    """(n,) county it belongs to."""
    polygon: NDArray[np.object_]
    """(n,) outline."""
    totals: dict[Weight, NDArray[np.float64]]
    """(n,) total of each weight; NaN where the community layer has none."""
    basis: NDArray[np.object_]
    """(n,) ``registered``, ``resident`` or None."""
    age_from: NDArray[np.float64]
    """(n,) age at which elders are counted; NaN where it is not said."""

    def __len__(self) -> int:
        return len(self.code)

    def index_of(self, codes: pd.Series) -> NDArray[np.int64]:
        """Return the position of each code; -1 for a code that is missing or unknown."""
        position = pd.Index(self.code).get_indexer(pd.Index(codes.astype(object)))
        return np.asarray(position, np.int64)

    def holding(self, points: NDArray[np.object_]) -> NDArray[np.int64]:
        """Return the community each point lies in, the lowest code on a shared edge; else -1."""
        areas = gpd.GeoDataFrame({"code": self.code}, geometry=self.polygon)
        return self.index_of(locate(gpd.GeoSeries(points), areas))


def in_force(areas: gpd.GeoDataFrame, on: date) -> gpd.GeoDataFrame:
    """Return the areas that exist on a day, in the order of their codes."""
    return on_day(areas, on).sort_values("code", kind="stable").reset_index(drop=True)


def units(community: gpd.GeoDataFrame | None, township: gpd.GeoDataFrame | None, on: date) -> Units:
    """Arrange the community layer for lookup; no layer gives no units."""
    if community is None:
        nothing = np.empty(0, dtype=object)
        number = np.empty(0)
        return Units(
            code=nothing,
            name=nothing,
            township_code=nothing,
            county_code=nothing,
            polygon=nothing,
            totals=dict.fromkeys(WEIGHTS, number),
            basis=nothing,
            age_from=number,
        )
    frame = in_force(community, on)
    code = frame["code"].astype("string")
    parent = frame["parent_code"].astype("string").fillna(code.str[: CODE_DIGITS["township"]])
    county = parent.str[: CODE_DIGITS["county"]]
    if township is not None:
        upper = in_force(township, on).set_index("code")["parent_code"].astype("string")
        county = parent.map(upper).astype("string").fillna(county)
    return Units(
        code=code.to_numpy(object),
        name=frame["name"].astype("string").fillna(code).to_numpy(object),
        township_code=parent.to_numpy(object),
        county_code=county.to_numpy(object),
        polygon=frame.geometry.to_numpy(),
        totals={weight: numbers(frame, weight) for weight in WEIGHTS},
        basis=texts(frame, "elders_basis"),
        age_from=numbers(frame, "elders_age_from"),
    )


def numbers(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Return a column as floats, NaN where it is empty or absent."""
    if column not in frame:
        return np.full(len(frame), np.nan)
    values = frame[column].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(values, np.float64)


def texts(frame: pd.DataFrame, column: str) -> NDArray[np.object_]:
    """Return a column as text, None where it is empty or absent."""
    if column not in frame:
        return np.full(len(frame), None, dtype=object)
    values = frame[column].astype("string")
    return np.asarray(values.astype(object).where(values.notna(), None), dtype=object)
