"""Where a burial place may stand: all the questions asked of one place at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.boundaries import locate
from geo.demand.units import in_force, numbers, texts
from geo.errors import NotFoundError
from geo.network.graph import StreetNetwork
from geo.terrain import Elevation, Sight
from geo.text import say
from optimization.suitability.areas import best_areas
from optimization.suitability.audit import audit
from optimization.suitability.capacity import BURIAL, Formula, balance, places
from optimization.suitability.criteria import Criteria
from optimization.suitability.exclusion import Exclusions, exclude
from optimization.suitability.grid import Grid, lay_grid
from optimization.suitability.measures import Ground, Measured, measure
from optimization.suitability.overlay import Overlay, Sensitivity, overlay, sensitivity
from optimization.suitability.villages import Villages, give_places, touching, villages_of
from optimization.suitability.zonesets import ZoneSet

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked."""

    criteria: Criteria
    zones: ZoneSet
    priority: ZoneSet
    """Villages whose land meets these zones come first."""
    formula: Formula
    on: date
    cell_m: float = 50.0
    sight: Sight = Sight()  # noqa: RUF009 - frozen
    notices: tuple[str, ...] = ()
    """Why the norms must be read again, a sentence each."""
    deaths_permille: float | None = None
    """For communities that state none."""
    range_share: float = 0.2
    """How far every weight may move, of itself."""
    draws: int = 500
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Suitability:
    """The answer."""

    question: Question
    grid: Grid
    exclusions: Exclusions
    measured: tuple[Measured, ...]
    overlay: Overlay
    sensitivity: Sensitivity
    areas: gpd.GeoDataFrame
    """The best ground; see `best_areas`."""
    audit: gpd.GeoDataFrame
    """Existing burial places against the zones; see `audit`."""
    villages: Villages
    balance: pd.DataFrame
    """Needs and places by township and county: ``level code name`` and as `balance` gives."""
    elevation: str
    """Name of the elevation model; empty without one."""
    simulated: bool


def study(
    question: Question,
    frames: dict[str, gpd.GeoDataFrame],
    *,
    network: StreetNetwork | None,
    elevation: Elevation | None,
    progress: Progress | None = None,
) -> Suitability:
    """Return where a burial place may stand, how well, and whom it would serve.

    Parameters
    ----------
    question
        What is asked.
    frames
        Layers by name in one projected CRS; ``community`` and ``zone`` must be among them.
    network
        The streets.
    elevation
        The heights; None: slope and sight are unknown.
    progress
        Told the share done.

    Raises
    ------
    NotFoundError
        There are no communities, or no zones.
    """
    tell = progress or (lambda _: None)
    for layer, zh in (("community", "社区（村）"), ("zone", "管控区域")):
        if layer not in frames or not len(frames[layer]):
            raise NotFoundError(
                say(f"工作区没有图层“{zh}”。", f"the workspace has no layer {layer!r}"),
                hint=say(
                    f"请先导入：fuwuquan import {layer} 文件",
                    f"import it first: fuwuquan import {layer} FILE",
                ),
            )
    units = in_force(frames["community"], question.on)
    zones = frames["zone"]
    grid = lay_grid(_outline(frames, units, question.on), question.cell_m, str(units.crs))
    tell(0.05)
    exclusions = exclude(
        grid,
        question.zones.clearances,
        zones,
        ground=elevation,
        sight=question.sight,
        progress=lambda share: tell(0.05 + 0.55 * share),
    )
    ground = Ground(frames | {"community": units}, _lines(network), elevation)
    measured = [measure(grid, ground, one) for one in question.criteria.criteria]
    tell(0.8)
    found = overlay(question.criteria, measured, exclusions.excluded)
    steady = sensitivity(
        question.criteria,
        measured,
        exclusions.excluded,
        range_share=question.range_share,
        draws=question.draws,
        seed=question.seed,
    )
    tell(0.9)
    areas = best_areas(grid, question.criteria, found, steady, exclusions.unsettled)
    layer = question.criteria.facility
    existing = frames[layer] if layer in frames else frames["zone"].iloc[:0]
    supply = _placed(
        places({name: frames[name] for name in BURIAL if name in frames}, question.on), units
    )
    villages = villages_of(units)
    met = touching(villages.geometry.to_numpy(), question.priority.clearances, zones)
    served = give_places(
        villages,
        met,
        _offered(supply, areas),
        question.formula,
        deaths_permille=question.deaths_permille,
        farthest_m=question.criteria.farthest_m,
    )
    tell(1.0)
    return Suitability(
        question=question,
        grid=grid,
        exclusions=exclusions,
        measured=tuple(measured),
        overlay=found,
        sensitivity=steady,
        areas=areas,
        audit=audit(
            existing, question.zones.clearances, zones, ground=elevation, sight=question.sight
        ),
        villages=served,
        balance=_balance(question, frames, units, supply),
        elevation="" if elevation is None else elevation.name,
        simulated=any(
            bool(frames[name]["simulated"].fillna(value=False).any())
            for name in ("community", "zone", layer)
            if name in frames and "simulated" in frames[name]
        ),
    )


def _outline(
    frames: dict[str, gpd.GeoDataFrame], units: gpd.GeoDataFrame, on: date
) -> shapely.Geometry:
    """Return the ground looked at: the county, else its communities together."""
    for layer in ("county", "township"):
        if layer in frames:
            whole = shapely.union_all(in_force(frames[layer], on).geometry.to_numpy())
            if not shapely.is_empty(whole):
                return whole
    return shapely.union_all(units.geometry.to_numpy())


def _lines(network: StreetNetwork | None) -> NDArray[np.object_] | None:
    if network is None:
        return None
    owner = np.repeat(np.arange(network.n_edge), np.diff(network.shape_start))
    return np.asarray(shapely.linestrings(network.shape_xy, indices=owner), object)


def _placed(supply: pd.DataFrame, units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return burial places with the community each stands in, where none is stated."""
    stands = gpd.GeoSeries(supply["geometry"].to_numpy(object), crs=units.crs)
    by_position = locate(stands.representative_point(), units[["code", units.geometry.name]])
    stated = supply["community_code"]
    found = by_position.astype(object).to_numpy(object)
    return supply.assign(community_code=np.where(stated.isna(), found, stated))


def _offered(supply: pd.DataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return existing places and the best new ground, in one table."""
    names = [say(f"推荐地块{rank}", f"area {rank}") for rank in areas["rank"]]
    new = pd.DataFrame(
        {
            "id": areas["id"].astype(object),
            "name": names,
            "geometry": areas.geometry.to_numpy(),
            "places": areas["places"].to_numpy(np.float64),
        }
    )
    kept = supply[["id", "name", "geometry", "places"]]
    return pd.concat([part for part in (kept, new) if len(part)] or [new], ignore_index=True)


def _balance(
    question: Question,
    frames: dict[str, gpd.GeoDataFrame],
    units: gpd.GeoDataFrame,
    supply: pd.DataFrame,
) -> pd.DataFrame:
    code = units["code"].astype("string")
    parent = units["parent_code"].astype("string").fillna(code.str[:9])
    deaths = numbers(units, "deaths_permille")
    if question.deaths_permille is not None:
        deaths = np.where(np.isnan(deaths), question.deaths_permille, deaths)
    table = pd.DataFrame(
        {
            "code": code.to_numpy(object),
            "township_code": parent.to_numpy(object),
            "county_code": parent.str[:6].to_numpy(object),
            "population": numbers(units, "population"),
            "deaths_permille": deaths,
        }
    )
    parts = []
    for level in ("county", "township"):
        found = balance(table, supply, question.formula, by=f"{level}_code")
        names = {}
        if level in frames:
            rows = frames[level]
            names = dict(zip(texts(rows, "code"), texts(rows, "name"), strict=True))
        parts.append(
            found.assign(level=level, name=[names.get(c, c) for c in found["code"]])[
                ["level", "code", "name", "population", "needed", "places", "short"]
            ]
        )
    joined = pd.concat(parts, ignore_index=True)
    whole = dict.fromkeys(("population", "needed", "places", "short"), "Float64")
    return joined.astype(whole | dict.fromkeys(("level", "code", "name"), "string")).astype(
        dict.fromkeys(whole, "Int64")
    )
