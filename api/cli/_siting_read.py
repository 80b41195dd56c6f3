"""Read a workspace as a question of siting asks it: its candidates, its demand, the walks."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import geopandas as gpd

from api.cli._siting_asked import SitingAsked
from geo.store import Workspace
from optimization.candidates.find import Candidates, find_candidates
from optimization.workspace import SitingInputs, read_siting


def look_for(
    workspace: Workspace, asked: SitingAsked, *, area: str = "", progress: Callable[[float], None]
) -> Candidates:
    """Look for candidates now.

    Raises
    ------
    NotFoundError
        There are none.
    """
    found = find_candidates(
        workspace,
        asked.facility,
        on=asked.on,
        limit_min=asked.limit_min,
        walker=asked.walker,
        speed_m_s=asked.speed_m_s,
        area=area,
        progress=progress,
    )
    found.require()
    return found


def read_asked(
    workspace: Workspace,
    asked: SitingAsked,
    *,
    candidates: gpd.GeoDataFrame | None,
    must: Collection[str],
    need_cost: bool,
    progress: Callable[[float], None],
    **more: Any,  # noqa: ANN401 - what else `read_siting` takes
) -> SitingInputs:
    """Return the problem that a question asks, with what it was read from."""
    return read_siting(
        workspace,
        asked.facility,
        on=asked.on,
        limit_min=asked.limit_min,
        walker=asked.walker,
        speed_m_s=asked.speed_m_s,
        own_only=asked.own_only,
        as_of=asked.as_of,
        candidates=candidates,
        must=must,
        need_cost=need_cost,
        progress=progress,
        **{"never": asked.never} | more,
    )
