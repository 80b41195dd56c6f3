"""Tell which facilities are open on a day, and which of them are the county's own."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import DataError
from geo.faults import Fault, FaultTable
from geo.schema import FacilityType
from geo.text import listed, say


def open_on(
    facilities: gpd.GeoDataFrame, kind: FacilityType, *, on: date, faults: FaultTable
) -> gpd.GeoDataFrame:
    """Return the facilities in service on a day, in the order of their ids.

    A facility serves from its opening date up to the day before its closing date. Without dates
    its status decides: open or empty serves; planned, suspended and closed do not. A planned one
    serves from its opening date, a closed one until its closing date.

    Raises
    ------
    DataError
        The layer has no rows: who is reached is then unknown, which is not the same as nobody.
    """
    if not len(facilities):
        raise DataError(
            say(
                f"“{kind.zh}”层没有数据，覆盖情况未知（不等于没有覆盖）。",
                f"layer {kind.name!r} is empty: coverage is unknown, which is not “nobody”",
            ),
            hint=say(
                f"请先导入：fuwuquan import {kind.name} 文件 --datum …",
                f"import it first: fuwuquan import {kind.name} FILE --datum …",
            ),
        )
    frame = facilities.sort_values("id", kind="stable").reset_index(drop=True)
    serving = in_service(frame, on)
    planned = serving & (frame["status"].astype("string") == "planned").fillna(
        value=False
    ).to_numpy(bool)
    _report(frame[planned], len(frame) - int(serving.sum()), kind, on, faults)
    return frame[serving].reset_index(drop=True)


def in_service(facilities: pd.DataFrame, on: date) -> NDArray[np.bool_]:
    """Return (n,) which facilities serve on a day; see `open_on`."""
    day = pd.Timestamp(on)
    begun = facilities["opened"].isna() | (facilities["opened"] <= day)
    ended = facilities["closed"].notna() & (facilities["closed"] <= day)
    status = facilities["status"].astype("string").fillna("open")
    serves = (
        (status == "open")
        | ((status == "planned") & facilities["opened"].notna())
        | ((status == "closed") & facilities["closed"].notna())
    )
    return np.asarray((serves & begun & ~ended).to_numpy(bool))


def own(facilities: gpd.GeoDataFrame, area: shapely.Geometry | None) -> pd.Series:
    """Return whether each facility is the county's own: as stated, else by its position.

    Returns
    -------
    boolean Series
        ``<NA>`` where it is neither stated nor to be found for want of a boundary.
    """
    stated = facilities["own_county"].astype("boolean")
    if area is None:
        return stated
    shapely.prepare(area)
    inside = shapely.covers(area, places(facilities))
    return stated.fillna(pd.Series(inside, index=facilities.index).astype("boolean"))


def places(facilities: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the point each facility stands for; inside its outline when it has one."""
    return np.asarray(shapely.point_on_surface(facilities.geometry.to_numpy()), dtype=object)


def _report(
    planned: gpd.GeoDataFrame, shut: int, kind: FacilityType, on: date, faults: FaultTable
) -> None:
    if shut:
        faults.add(
            Fault(
                layer=kind.name,
                row=None,
                column="status",
                severity="note",
                code="not_in_service",
                message=say(
                    f"{on} 当日有 {shut:,} 个{kind.zh}未开放，未计入。",
                    f"{shut:,} of layer {kind.name!r} are not in service on {on}; left out",
                ),
            )
        )
    if len(planned):
        names = listed(planned["name"])
        faults.add(
            Fault(
                layer=kind.name,
                row=None,
                column="status",
                severity="note",
                code="planned_counts_as_open",
                message=say(
                    f"{len(planned):,} 个规划设施的启用日期不晚于 {on}，已按开放计（{names}）。",
                    f"{len(planned):,} planned facilities open by {on} and count as open ({names})",
                ),
                advice=say(
                    "已投用的请把状态改为“开放”。", "set their status to open once they are"
                ),
            )
        )
