"""A workspace seen through a scenario: its layers read as edited, its file untouched."""

from __future__ import annotations

import hashlib

import geopandas as gpd

from geo.coverage.edits import edited_facilities, require
from geo.crs import CGCS2000
from geo.scenarios.model import Scenario
from geo.store import Workspace
from geo.store.settings import to_json
from geo.text import say


class EditedWorkspace(Workspace):
    """Read a workspace as a scenario would have it; every analysis runs on it unchanged.

    Parameters
    ----------
    base
        The workspace as it is.
    scenario
        The edits; facilities and gates that it names must be there.
    """

    def __init__(self, base: Workspace, scenario: Scenario) -> None:
        super().__init__(base.database)
        self.scenario = scenario

    def read(self, layer: str, crs: str | None = None) -> gpd.GeoDataFrame:
        """Return a layer as edited.

        Raises
        ------
        NotFoundError
            The workspace has no such layer, or an edit names a row that is not in it.
        DataError
            The edits contradict each other.
        """
        frame = super().read(layer, CGCS2000)
        if layer == self.scenario.facility:
            frame = edited_facilities(frame, self.scenario.edits, layer=layer)
        elif layer == "gate":
            frame = _gates(frame, self.scenario)
        return self._in_crs(frame, crs)

    def content_sha256(self, layer: str) -> str:
        """Return the fingerprint of a layer's rows as edited."""
        base = super().content_sha256(layer)
        if layer not in (self.scenario.facility, "gate"):
            return base
        edits = self.scenario.json() | {"name": "", "note": ""}
        return hashlib.sha256(f"{base}\n{to_json(edits)}".encode()).hexdigest()


def _gates(gates: gpd.GeoDataFrame, scenario: Scenario) -> gpd.GeoDataFrame:
    edits = scenario.edits
    require({*edits.open_gates, *edits.close_gates}, gates["id"], say("出入口", "gate"), "gate")
    opened, shut = (gates["id"].isin(ids) for ids in (edits.open_gates, edits.close_gates))
    is_open = gates["open"].mask(opened, other=True).mask(shut, other=False)
    return gates.assign(open=is_open)
