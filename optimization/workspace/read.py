"""Which question of siting a workspace asks: its demand, its facilities, candidates and walks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.coverage import FASTEST_M_S, POINTS, Inputs, Question, ask, read_inputs
from geo.coverage.areas import Areas, denominator, known_people
from geo.coverage.run import stations_of
from geo.coverage.walks import Walks, walk
from geo.demand import WEIGHTS, Source
from geo.faults import FaultTable
from geo.store import Workspace
from optimization.problem import Problem, Sites
from optimization.workspace.sites import (
    candidates_of,
    numbers,
    priced,
    sites_of,
    texts,
    with_standing,
)
from optimization.workspace_faults import report_age, report_cost, report_norms, report_sites

HORIZON_FACTOR: Final = 1.25
"""How many times the limit walks are known, so that faster walkers can be asked about as well."""


@dataclass(frozen=True, slots=True)
class SitingInputs:
    """A problem with what it was read from: for maps, tables and explanations."""

    problem: Problem
    question: Question
    """The coverage question whose numbers the plan's must equal."""
    inputs: Inputs
    """Demand with its entrances, network, all facilities, areas."""
    existing: gpd.GeoDataFrame
    """The first sites of the problem, in its order: rows of the facility layer."""
    candidates: gpd.GeoDataFrame
    """The sites after them, in its order: rows of `optimization.candidates`."""
    faults: FaultTable
    """What the reader must know: unknown people, costs, places off the streets."""


def read_siting(
    workspace: Workspace,
    facility: str,
    *,
    on: date,
    limit_min: float | None = None,
    walker: str | Path = "elder",
    speed_m_s: float | None = None,
    own_only: bool = False,
    as_of: int | None = None,
    source: Source = "auto",
    candidates: gpd.GeoDataFrame | None = None,
    must: Collection[str] = (),
    never: Collection[str] = (),
    closable: Collection[str] = (),
    expandable_m2: Mapping[str, float] | None = None,
    rent_yuan_year: Mapping[str, float] | None = None,
    need_cost: bool = False,
    horizon_min: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> SitingInputs:
    """Read who is to be served, what stands, where one may build, and all walks between them.

    Demand, entrances, streets and walks are those of `geo.coverage`: what a plan covers is what
    ``fuwuquan coverage`` reports once the plan is built.

    Parameters
    ----------
    workspace
        With streets, the facility layer and at least one layer of people.
    facility
        Facility type, in either language.
    on
        Day on which facilities must be open and communities in force.
    limit_min
        The limit that will be asked; the facility type's own when None.
    walker, speed_m_s
        Walking profile, and a speed instead of its own.
    own_only
        Leave out the facilities of neighbouring counties; else they stand and serve, but are
        nobody's to close.
    as_of
        Year to which elders are projected; see `geo.ageing`.
    source
        What people are laid on.
    candidates
        Rows like those of ``candidates`` in `geo.schema.results`; None takes the ones that
        ``fuwuquan candidates`` left in the workspace.
    must, never, closable
        Ids of sites. Demanded and forbidden ones are candidates, closable ones stand; `EVERY` is
        every own facility that stands.
    expandable_m2, rent_yuan_year
        Floor area that may be added to a facility that stands, and its rent, by its id or
        `EVERY`; 0 where nothing is said.
    need_cost
        Forbid the candidates whose cost is unknown, because a budget will be asked; else they
        cost 0 and are counted in the provenance.
    horizon_min
        How far walks are followed; `HORIZON_FACTOR` times the limit when None, farther where the
        walker is slow, so that a speed of `FASTEST_M_S` can still be asked about.
    progress
        Told the share done.

    Returns
    -------
    SitingInputs
        Sites are the existing facilities in the order of their ids, then the candidates in the
        order of theirs.

    Raises
    ------
    NotFoundError
        No such facility type, layer or profile; no candidates were found before; a site named is
        not there.
    DataError
        Layers name nobody to reach, there is no candidate, an id stands twice, a cost is negative.
    """
    question = ask(
        facility,
        on=on,
        minutes=() if limit_min is None else (limit_min,),
        walker=walker,
        speed_m_s=speed_m_s,
        own_only=own_only,
        as_of=as_of,
    )
    inputs = read_inputs(workspace, question, source=source)
    offered = candidates_of(workspace, question, candidates).to_crs(inputs.network.crs)
    faults = FaultTable(list(inputs.demand.faults))
    existing, own_county = stations_of(question, inputs.facilities, inputs.areas, faults)
    both = _together(existing, offered)
    far = horizon_min or _horizon_min(question)
    walks = walk(
        replace(question, minutes=(far,), horizon_min=far),
        inputs.demand,
        inputs.network,
        both,
        progress=progress or (lambda _: None),
    )
    ours = own_county.fillna(value=True).to_numpy(bool)
    sites = sites_of(existing, offered, must=must, never=never, closable=closable, ours=ours)
    sites = with_standing(sites, ours, expandable_m2=expandable_m2, rent_yuan_year=rent_yuan_year)
    sites, unknown_cost = priced(sites, offered, need_cost=need_cost)
    problem = _problem(question, inputs, sites, walks, far=far)
    report_sites(question.kind, walks, existing, offered, faults)
    report_cost(unknown_cost, faults, forbidden=need_cost)
    counties = inputs.areas.communities["county"].dropna().astype(str).unique().tolist()
    report_norms(workspace, question.kind, counties, faults)
    if candidates is None:
        report_age(workspace, question.kind, inputs.network_hash, faults)
    provenance = _provenance(
        question, inputs, existing, offered, walks, source=source, horizon_min=far
    )
    provenance["counts"]["cost_unknown"] = len(unknown_cost)
    rent = numbers(offered, "rent_yuan_year")
    provenance["counts"]["rent_unknown"] = int(np.isnan(rent).sum())
    return SitingInputs(
        problem=replace(problem, provenance=provenance),
        question=question,
        inputs=inputs,
        existing=existing,
        candidates=offered,
        faults=faults,
    )


def _horizon_min(question: Question) -> float:
    return question.main_min * max(HORIZON_FACTOR, FASTEST_M_S / question.walker.speed_m_s)


def _together(existing: gpd.GeoDataFrame, offered: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = np.concatenate([existing.geometry.to_numpy(), offered.geometry.to_numpy()])
    ids = pd.concat([existing["id"], offered["id"].astype("string")], ignore_index=True)
    return gpd.GeoDataFrame({"id": ids}, geometry=shapes, crs=offered.crs)


def _problem(
    question: Question, inputs: Inputs, sites: Sites, walks: Walks, *, far: float
) -> Problem:
    points = inputs.demand.points
    codes = points["township_code"].astype("string").fillna("").to_numpy(str)
    listed, at = np.unique(codes, return_inverse=True)
    named = listed[listed != ""]
    area = at - (len(listed) - len(named))  # "" sorts first and becomes -1
    weights = {w: known_people(points, w)[0].astype(np.float64) for w in _weights(points)}
    return Problem(
        demand_id=texts(points["id"]),
        demand_name=texts(points["name"].fillna(points["id"])),
        area=area.astype(np.int32),
        area_names=_area_names(named, inputs.areas),
        weights=weights,
        sites=sites,
        minutes=walks.minutes,
        horizon_min=far,
        speed_m_s=question.walker.speed_m_s,
        xy=shapely.get_coordinates(points.geometry.to_numpy()),
    )


def _weights(points: pd.DataFrame) -> list[str]:
    """Return the weights known somewhere, and the points themselves."""
    return [w for w in WEIGHTS if points[w].notna().any()] + [POINTS]


def _area_names(codes: NDArray[np.str_], areas: Areas) -> tuple[str, ...]:
    names = areas.names.get("township", {})
    return tuple(names.get(str(code)) or str(code) for code in codes)


def _provenance(
    question: Question,
    inputs: Inputs,
    existing: gpd.GeoDataFrame,
    offered: gpd.GeoDataFrame,
    walks: Walks,
    *,
    source: str,
    horizon_min: float,
) -> dict[str, Any]:
    points = inputs.demand.points
    unknown = {w: int(points[w].isna().sum()) for w in WEIGHTS}
    simulated = inputs.demand.simulated or any(_any(f, "simulated") for f in (existing, offered))
    return {
        "facility": question.kind.name,
        "limit_min": question.main_min,
        "horizon_min": horizon_min,
        "profile": question.walker.name,
        "speed_m_s": question.walker.speed_m_s,
        "on": question.on.isoformat(),
        "own_only": question.own_only,
        "as_of": question.as_of,
        "demand": source,
        "basis": denominator("elders", points),
        "network_hash": inputs.network_hash,
        "layers": dict(inputs.layers),
        "weights_unknown": unknown,
        "counts": {
            "demand_points": len(points),
            "points_on_island": int((walks.has_open_door & ~walks.has_street).sum()),
            "points_without_open_gate": int((~walks.has_open_door).sum()),
            "existing": len(existing),
            "candidates": len(offered),
            "sites_off_streets": int((~walks.stations.usable).sum()),
            "pairs": len(walks.minutes.ms),
        },
        "simulated": simulated,
    }


def _any(frame: pd.DataFrame, column: str) -> bool:
    return column in frame and bool(frame[column].fillna(value=False).to_numpy(bool).any())
