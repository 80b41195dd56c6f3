"""What a point along a street is called: its community and the streets it stands on."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from geo.coverage import Inputs
from geo.coverage.facilities import places
from geo.store import Workspace
from geo.text import say

_ON_STREET_M: Final = 1.0
"""Points are set on the streets, so that what is farther is another street."""


def named_places(
    workspace: Workspace, inputs: Inputs, found: gpd.GeoDataFrame, community: pd.Series
) -> pd.Series:
    """Return the names of places on offer; street points take those of community and street.

    Parameters
    ----------
    workspace
        Its layer ``street`` is read.
    inputs
        Names of communities; CRS of the streets.
    found
        Places on offer, street points among them numbered in their names.
    community
        (n_found,) code of the community each stands in; unknown outside of all.

    Returns
    -------
    Series
        (n_found,) text. A name that several street points share keeps their numbers.
    """
    along = (found["source"] == "street").to_numpy(bool)
    if not along.any():
        return found["name"]
    where = community.map(dict(inputs.areas.names.get("community", {}))).astype("string")[along]
    number = found["name"][along]
    street = _streets(workspace, found[along], str(inputs.network.crs))
    named = street.fillna(number)
    whole = (where + say("·", ", ") + named).fillna(named)
    again = whole.duplicated(keep=False) & street.notna()
    digits = number.str.extract(r"(\d+)$", expand=False)
    numbered = whole + say("（", " (") + digits + say("）", ")")
    names = found["name"].copy()
    names[along] = whole.mask(again, numbered)
    return names


def _streets(workspace: Workspace, points: gpd.GeoDataFrame, crs: str) -> pd.Series:
    """Return the streets that points stand on, two at a junction; unknown where none has a name."""
    found = pd.Series(pd.NA, index=points.index, dtype="string")
    if not workspace.has("street"):
        return found
    streets = workspace.read("street", crs)
    streets = streets[streets["name"].notna() & (streets["name"] != "")]
    if not len(streets):
        return found
    at, line = shapely.STRtree(streets.geometry.to_numpy()).query(
        places(points), predicate="dwithin", distance=_ON_STREET_M
    )
    names = streets["name"].to_numpy(str)
    met: dict[int, set[str]] = {}
    for point, name in zip(at.tolist(), names[line].tolist(), strict=True):
        met.setdefault(point, set()).add(name)
    for point, of in met.items():
        first, *others = sorted(of)
        text = say(f"{first}与{others[0]}路口", f"{first} at {others[0]}") if others else first
        found.iloc[point] = text
    return found
