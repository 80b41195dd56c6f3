"""Read a question's inputs from a workspace: layers, streets, versions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import geopandas as gpd

from geo.ageing import aged
from geo.ageing.places import LAYER as AGES
from geo.coverage.areas import Areas, areas_of
from geo.coverage.question import Question
from geo.coverage.result import Coverage
from geo.coverage.run import coverage
from geo.demand import Demand, Places, Source, demand_points
from geo.errors import NotFoundError
from geo.faults import Fault, FaultTable
from geo.network.cache import content_hash
from geo.network.current import open_network
from geo.network.graph import StreetNetwork
from geo.schema import FacilityType
from geo.store import Workspace
from geo.text import say

_PLACE_LAYERS = ("community", "township", "county", "compound", "gate", "building")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a coverage run needs, read once; several questions may share it."""

    demand: Demand
    network: StreetNetwork
    facilities: gpd.GeoDataFrame
    areas: Areas
    network_hash: str
    layers: dict[str, str]
    sources: tuple[str, ...] = ()
    """Where the rows come from, as the layers say; what a map must credit."""


def read_inputs(workspace: Workspace, question: Question, *, source: Source = "auto") -> Inputs:
    """Read the layers and streets that a question needs.

    Raises
    ------
    NotFoundError
        The workspace has no streets or no layer of this facility type.
    DataError
        Its layers name nobody to reach.
    """
    facilities = _facilities(workspace, question.kind)
    network = open_network(workspace)
    frames = {
        layer: workspace.read(layer, network.crs) for layer in _PLACE_LAYERS if workspace.has(layer)
    }
    places = Places(crs=network.crs, **frames)
    used = {*frames, question.kind.name}
    later: tuple[Fault, ...] = ()
    if question.as_of is not None:
        carried = aged(workspace, places, year=question.as_of, on=question.on)
        places, later = carried.places, tuple(carried.faults)
        used.add(AGES)
    named = used | ({"street"} if workspace.has("street") else set())
    demand = demand_points(places, network, on=question.on, source=source)
    if question.as_of is not None:
        points = demand.points.assign(elders_year=question.as_of)
        demand = replace(demand, points=points, faults=FaultTable([*later, *demand.faults]))
    return Inputs(
        demand=demand,
        network=network,
        facilities=facilities.to_crs(network.crs),
        areas=areas_of(places, question.on),
        network_hash=content_hash(network),
        layers={layer: workspace.content_sha256(layer) for layer in sorted(used)},
        sources=tuple(sorted({text for layer in named for text in workspace.sources(layer)})),
    )


def answer(
    question: Question, inputs: Inputs, *, progress: Callable[[float], None] | None = None
) -> Coverage:
    """Answer a question on inputs that were read before."""
    return coverage(
        question,
        inputs.demand,
        inputs.network,
        inputs.facilities,
        inputs.areas,
        network_hash=inputs.network_hash,
        layers=inputs.layers,
        progress=progress,
    )


def _facilities(workspace: Workspace, kind: FacilityType) -> gpd.GeoDataFrame:
    if not workspace.has(kind.name):
        raise NotFoundError(
            say(
                f"工作区没有“{kind.zh}”层，覆盖情况未知。",
                f"the workspace has no layer {kind.name!r}: coverage is unknown.",
            ),
            hint=say(
                f"请先导入：fuwuquan import {kind.name} 文件 --datum …",
                f"import it first: fuwuquan import {kind.name} FILE --datum …",
            ),
        )
    return workspace.read(kind.name)
