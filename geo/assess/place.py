"""The place that is assessed: its units, estates and facilities as they stand on one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.assess.linking import Premises, link_premises
from geo.assess.reached import Reached
from geo.boundaries import locate
from geo.coverage.facilities import in_service
from geo.demand.units import in_force, numbers, texts, units
from geo.norms.force import plain_area
from geo.schema import layers
from geo.terrain import Elevation

UNITS: Final = ("county", "township", "community")
"""Levels of administrative units, the largest first."""
_DIGITS: Final = {"county": 6, "township": 9, "community": 12}


@dataclass(frozen=True, slots=True)
class Place:
    """Everything an assessment looks at; frames are in one CRS, their index is 0, 1, 2, …."""

    area: str
    """Area code of the place, without filling zeros; empty: all of the workspace."""
    on: date
    frames: Mapping[str, pd.DataFrame]
    """Rows by layer: units in force, facilities in service; a layer never filled is absent."""
    codes: Mapping[str, pd.DataFrame]
    """By layer, ``community``, ``township`` and ``county`` of every row, None where unknown."""
    inside: Mapping[str, NDArray[np.bool_]]
    """By layer, which rows belong to the place."""
    reached: Reached | None
    """Walks over the streets; None without streets."""
    elevation: Elevation | None = None
    """Heights of the ground; None without an elevation model."""
    as_of: int | None = None
    """Year to which elders are projected; None: as the layers count them."""
    premises: dict[str, Premises] = field(default_factory=dict)
    """By facility layer, which rows serve which estate, and by which rule."""

    def has(self, layer: str) -> bool:
        """Say whether a layer was ever filled; one that was not is an input still missing."""
        if layer == "elevation":
            return self.elevation is not None
        return layer in self.frames

    def position(self, level: str, codes: NDArray[np.object_]) -> NDArray[np.int64]:
        """Return the row of each unit code in its layer, -1 where there is none."""
        if level not in self.frames:
            return np.full(len(codes), -1, np.int64)
        known = pd.Index(self.frames[level]["code"].astype(object))
        return np.asarray(known.get_indexer(pd.Index(codes)), np.int64)

    def premises_of(self, layer: str) -> Premises:
        """Return which rows of a facility layer serve which estate."""
        if layer not in self.premises:
            self.premises[layer] = link_premises(
                self.frames["compound"],
                self.codes["compound"]["community"].to_numpy(object),
                self.frames[layer],
                self.codes[layer]["community"].to_numpy(object),
                None if self.reached is None else self.reached.pairs(layer),
            )
        return self.premises[layer]


def arrange(
    frames: Mapping[str, gpd.GeoDataFrame],
    *,
    area: str,
    on: date,
    reached: Reached | None = None,
    elevation: Elevation | None = None,
) -> Place:
    """Sort the layers of a workspace for an assessment.

    Parameters
    ----------
    frames
        Layers by name, with the columns of the schema, in one projected CRS.
    area
        Area code of the place. Where none of the units lies in it, the rows are all taken: then
        the rules of another place are tried on this one.
    on
        The day: units in force, facilities in service.
    reached
        Walks over the streets.
    elevation
        Heights of the ground, in the CRS of the frames.
    """
    standing = {
        name: _standing(name, frame, on).reset_index(drop=True)
        for name, frame in frames.items()
        if len(frame)
    }
    known = units(standing.get("community"), standing.get("township"), on)
    above = pd.DataFrame(
        {"community": known.code, "township": known.township_code, "county": known.county_code}
    ).astype(object)
    codes = {name: _codes(name, frame, standing, above) for name, frame in standing.items()}
    for level in ("county", "township"):
        if level not in standing:
            _imply(level, standing, codes)
    counties = {code for frame in codes.values() for code in frame["county"] if code}
    if len(counties) == 1:
        _settle_strays(standing, codes, next(iter(counties)))
    plain = plain_area(area)
    own = {code for code in counties if code.startswith(plain[:6])}
    inside = {name: _inside(codes[name], own or counties, plain) for name in standing}
    return Place(plain, on, standing, codes, inside, reached, elevation)


def number(place: Place, layer: str, name: str) -> NDArray[np.float64]:
    """Return a column as numbers, NaN where empty; truth is 1 or 0, a date its day number."""
    frame = place.frames[layer]
    if name not in frame:
        return np.full(len(frame), np.nan)
    column = frame[name]
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        days = column.to_numpy("datetime64[D]").astype(np.float64)
        return np.where(column.isna(), np.nan, days)
    return numbers(frame, name)


def label(place: Place, layer: str) -> NDArray[np.object_]:
    """Return the name of every row, its key where it has none."""
    frame = place.frames[layer]
    key = "code" if layer in UNITS else "id"
    names = texts(frame, "name")
    return np.where(pd.isna(names), texts(frame, key), names)


def _standing(name: str, frame: gpd.GeoDataFrame, on: date) -> gpd.GeoDataFrame:
    if name in UNITS:
        return in_force(frame, on)
    schema = layers().get(name)
    if schema is not None and schema.facility:
        return frame[in_service(frame, on)]
    return frame


def _codes(
    name: str, frame: pd.DataFrame, frames: Mapping[str, pd.DataFrame], above: pd.DataFrame
) -> pd.DataFrame:
    """Return the units each row stands in: by its stated community, else by its position."""
    n = len(frame)
    blank = np.full(n, None, object)
    if name == "community":
        return above.reset_index(drop=True)
    if name == "township":
        own = texts(frame, "code")
        stated = texts(frame, "parent_code")
        county = np.where(pd.isna(stated), _prefix(own, 6), stated)
        return pd.DataFrame({"community": blank, "township": own, "county": county}, dtype=object)
    if name == "county":
        own = texts(frame, "code")
        return pd.DataFrame({"community": blank, "township": blank, "county": own}, dtype=object)
    stated = texts(frame, "community_code")
    bare = pd.isna(stated)
    community = frames.get("community")
    if (
        bare.any()
        and isinstance(community, gpd.GeoDataFrame)
        and isinstance(frame, gpd.GeoDataFrame)
    ):
        found = locate(
            gpd.GeoSeries(frame.geometry[bare]), community[["code", community.geometry.name]]
        )
        stated = stated.copy()
        stated[bare] = found.astype(object).where(found.notna(), None).to_numpy(object)
    row = pd.Index(above["community"]).get_indexer(pd.Index(stated))
    up = {
        level: np.where(row >= 0, above[level].to_numpy(object)[row], _prefix(stated, digits))
        if len(above)
        else _prefix(stated, digits)
        for level, digits in (("township", 9), ("county", 6))
    }
    return pd.DataFrame({"community": stated, **up}, dtype=object)


def _prefix(codes: NDArray[np.object_], digits: int) -> NDArray[np.object_]:
    cut = pd.Series(codes, dtype="string").str[:digits]
    return cut.astype(object).where(cut.notna(), None).to_numpy(object)


def _imply(level: str, frames: dict[str, gpd.GeoDataFrame], codes: dict[str, pd.DataFrame]) -> None:
    """Add the units of a layer that was never filled, as far as others name their codes."""
    usual: list[str] = [name for name in ("community", "township", "compound") if name in codes]
    lower = usual or list(codes)
    found = sorted({code for name in lower for code in codes[name][level] if code})
    if not found:
        return
    frames[level] = pd.DataFrame({"code": found, "name": found}, dtype="string")  # type: ignore[assignment]
    blank = np.full(len(found), None, object)
    own = np.array(found, object)
    codes[level] = pd.DataFrame(
        {
            "community": blank,
            "township": own if level == "township" else blank,
            "county": own if level == "county" else _prefix(own, 6),
        },
        dtype=object,
    )


def _settle_strays(
    frames: Mapping[str, pd.DataFrame], codes: Mapping[str, pd.DataFrame], county: str
) -> None:
    """Count a row without a place as the only county's own, unless said to be a neighbour's."""
    for name, table in codes.items():
        stray = table["county"].isna().to_numpy()
        if "own_county" in frames[name]:
            stray = stray & frames[name]["own_county"].fillna(value=True).to_numpy(bool)
        table.loc[stray, "county"] = county


def _inside(codes: pd.DataFrame, counties: set[str], area: str) -> NDArray[np.bool_]:
    inside = codes["county"].isin(counties).to_numpy(bool)
    level = next((level for level, digits in _DIGITS.items() if digits == len(area)), "county")
    if level == "county":
        return inside
    return inside & (codes[level] == area).to_numpy(bool)
