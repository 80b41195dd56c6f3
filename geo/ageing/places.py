"""The layers of people as they will be in a target year: elders replaced, everything else kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.ageing.project import Projection, project
from geo.ageing.structure import age_table
from geo.demand import Places, largest_remainder
from geo.demand.units import Units, numbers, units
from geo.errors import NotFoundError
from geo.faults import Fault, FaultTable
from geo.store import Workspace
from geo.text import listed, say

LAYER: Final = "age_structure"

TOTALS: Final = "elders_totals"
"""Setting of a workspace: elders of all communities by target year, as the bureau's own projection
has them."""

_USUAL_AGE: Final = 60
_DIFFER_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Aged:
    """Places as of a target year."""

    places: Places
    projection: Projection
    faults: FaultTable


def read_projection(
    workspace: Workspace, *, year: int, on: date, total: int | None = None
) -> tuple[Projection, FaultTable]:
    """Project the elders of a workspace's communities to a year.

    Parameters
    ----------
    workspace
        With the layers ``community`` and ``age_structure``.
    year
        Target year.
    on
        Day on which communities must be in force.
    total
        Elders of all communities in that year; None takes what the workspace keeps for it
        (`TOTALS`), else the county's own ratios.

    Raises
    ------
    NotFoundError
        A layer is missing.
    DataError
        The layer or the year does not allow it; see `geo.ageing.project`.
    """
    faults = FaultTable()
    known = _units(workspace.read("community"), _of(workspace, "township"), on)
    return _project(workspace, known, year=year, total=total, faults=faults), faults


def aged(workspace: Workspace, places: Places, *, year: int, on: date) -> Aged:
    """Return the places with the elders of a target year.

    The total of a community is its projection. The figures of its compounds grow with it, whole
    numbers adding up to it; compounds without a figure share what remains, as they do today.
    Townships and counties get the sum of theirs. A community that the age table lacks grows like
    its township and is reported.

    Parameters
    ----------
    workspace
        Where the age structure is.
    places
        Layers of people in one CRS; not changed.
    year
        Target year.
    on
        Day on which communities must be in force.

    Raises
    ------
    NotFoundError
        There is no age structure, or there are no communities.
    DataError
        See `geo.ageing.project`.
    """
    faults = FaultTable()
    known = _units(places.community, places.township, on)
    projection = _project(workspace, known, year=year, total=None, faults=faults)
    elders = _elders_of(known, projection, faults)
    assert places.community is not None
    community = _with(places.community, "code", dict(zip(known.code, elders, strict=True)))
    return Aged(
        places=replace(
            places,
            community=community,
            township=_summed(places.township, known.township_code, elders),
            county=_summed(places.county, known.county_code, elders),
            compound=_compounds(places.compound, known, elders),
        ),
        projection=projection,
        faults=faults,
    )


def _project(
    workspace: Workspace, known: Units, *, year: int, total: int | None, faults: FaultTable
) -> Projection:
    if not workspace.has(LAYER):
        raise NotFoundError(
            say(
                "工作区没有“分年龄人口”层，无法推算将来的老年人数。",
                "the workspace has no layer 'age_structure': elders cannot be projected.",
            ),
            hint=say(
                "请先导入：fuwuquan import age_structure 文件 --datum cgcs2000"
                "（模板：fuwuquan template age_structure）。",
                "import it first: fuwuquan import age_structure FILE --datum cgcs2000 "
                "(template: fuwuquan template age_structure).",
            ),
        )
    frame = workspace.read(LAYER)
    inside = frame["community_code"].isin(list(known.code)).to_numpy(bool)
    lost = sorted(set(frame.loc[~inside, "community_code"].astype(str)))
    if lost:
        faults.add(
            Fault(
                layer=LAYER,
                row=None,
                column="community_code",
                severity="warning",
                code="age_community_unknown",
                message=say(
                    f"当日村居层中没有的 {len(lost):,} 个村居未计入（{listed(lost)}）。",
                    f"{len(lost):,} communities are not in force that day and are left out "
                    f"({listed(lost)})",
                ),
                advice=say("请核对社区代码。", "check the codes"),
            )
        )
    table = age_table(frame[inside])
    at = pd.Index(known.code).get_indexer(pd.Index(table.codes))
    age_from = _ages(known, at, faults)
    stored = workspace.settings.get(TOTALS) or {}
    wanted = total if total is not None else stored.get(str(year))
    projection = project(
        table,
        year=year,
        age_from=age_from,
        towns=_towns(known, at),
        total=None if wanted is None else int(wanted),
    )
    _compare(known, at, projection, faults)
    return projection


def _units(
    community: gpd.GeoDataFrame | None, township: gpd.GeoDataFrame | None, on: date
) -> Units:
    known = units(community, township, on)
    if not len(known):
        raise NotFoundError(
            say("没有当日有效的村居，无法推算老年人数。", "no community is in force that day."),
            hint=say("请先导入“社区（村）”层。", "Import the communities first."),
        )
    return known


def _of(workspace: Workspace, layer: str) -> gpd.GeoDataFrame | None:
    return workspace.read(layer) if workspace.has(layer) else None


def _ages(known: Units, at: NDArray[np.int64], faults: FaultTable) -> NDArray[np.int64]:
    ages = known.age_from[at]
    unsaid = int(np.isnan(ages).sum())
    if unsaid:
        faults.add(
            Fault(
                layer="community",
                row=None,
                column="elders_age_from",
                severity="warning",
                code="age_from_assumed",
                message=say(
                    f"{unsaid:,} 个村居没有填老年人起始年龄，按 {_USUAL_AGE} 岁推算。",
                    f"{unsaid:,} communities do not say from which age elders count; "
                    f"{_USUAL_AGE} is taken",
                ),
                advice=say("请填写“老年人起始年龄”。", "fill in the age"),
            )
        )
    return np.where(np.isnan(ages), _USUAL_AGE, ages).astype(np.int64)


def _towns(known: Units, at: NDArray[np.int64]) -> NDArray[np.int64]:
    position, _ = pd.factorize(pd.Series(known.township_code[at]), sort=True)
    return np.asarray(position, np.int64)


def _compare(
    known: Units, at: NDArray[np.int64], projection: Projection, faults: FaultTable
) -> None:
    """Report an age table that counts other elders than the layers do."""
    today = known.totals["elders"][at]
    both = ~np.isnan(today)
    counted, table = float(today[both].sum()), float(projection.base[both].sum())
    if counted and abs(table / counted - 1) > _DIFFER_SHARE:
        faults.add(
            Fault(
                layer=LAYER,
                row=None,
                column="persons",
                severity="warning",
                code="age_total_differs",
                message=say(
                    f"分年龄人口中 {projection.base_year} 年老年人 {table:,.0f}，村居层为 "
                    f"{counted:,.0f}，相差超过一成；推算按分年龄人口。",
                    f"the age table has {table:,.0f} elders in {projection.base_year}, the "
                    f"communities {counted:,.0f}; the projection follows the age table",
                ),
                advice=say(
                    "请核对两处的口径（户籍、常住）和年份。", "check basis and year of both"
                ),
            )
        )


def _elders_of(known: Units, projection: Projection, faults: FaultTable) -> NDArray[np.float64]:
    """Return (n,) elders of every community in force in the target year; NaN = unknown."""
    at = pd.Index(projection.codes).get_indexer(pd.Index(known.code))
    found = np.where(at >= 0, projection.elders[at].astype(np.float64), np.nan)
    missing = at < 0
    if not missing.any():
        return found
    today = known.totals["elders"]
    growth = _growth(known, projection, at)
    found[missing] = np.rint(today[missing] * growth[missing])
    names = listed(known.name[missing])
    faults.add(
        Fault(
            layer=LAYER,
            row=None,
            column="community_code",
            severity="warning",
            code="age_structure_missing",
            message=say(
                f"{int(missing.sum()):,} 个村居没有分年龄人口（{names}），按所在乡镇街道增幅推算。",
                f"{int(missing.sum()):,} communities have no age structure ({names}); "
                "they grow like their township",
            ),
            advice=say("请补充分年龄人口。", "complete the age structure"),
        )
    )
    return found


def _growth(known: Units, projection: Projection, at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (n,) how much the elders of each community's township grow; else of all."""
    has = at >= 0
    base, later = projection.base[at], projection.elders[at]
    town, _ = pd.factorize(pd.Series(known.township_code), sort=True)
    n = int(town.max()) + 1
    inside = has & (town >= 0)
    before = np.bincount(town[inside], base[inside], minlength=n)
    after = np.bincount(town[inside], later[inside], minlength=n)
    overall = projection.elders.sum() / max(int(projection.base.sum()), 1)
    by_town = np.divide(after, before, out=np.full(n, overall), where=before > 0)
    growth: NDArray[np.float64] = np.where(town >= 0, by_town[town], overall)
    return growth


def _compounds(
    compound: gpd.GeoDataFrame | None, known: Units, elders: NDArray[np.float64]
) -> gpd.GeoDataFrame | None:
    """Let the figures of compounds grow with their community."""
    if compound is None or not len(compound):
        return compound
    unit = known.index_of(compound["community_code"])
    lost = unit < 0
    unit[lost] = known.holding(shapely.point_on_surface(compound.geometry.to_numpy()[lost]))
    given = numbers(compound, "elders")
    stated, inside = ~np.isnan(given), unit >= 0
    n = len(known)
    sums = np.bincount(unit[inside & stated], given[inside & stated], minlength=n)
    gaps = np.bincount(unit[inside & ~stated], minlength=n) > 0
    today = np.where(np.isnan(known.totals["elders"]) | ~gaps, sums, known.totals["elders"])
    whole = today > 0
    share = np.divide(sums, today, out=np.where(gaps, 0.0, 1.0), where=whole)
    # A community of which nobody knows the future keeps what its compounds say.
    totals = np.where(np.isnan(elders), sums, np.rint(elders * np.minimum(share, 1.0)))
    part = inside & stated
    new = given.copy()
    new[part] = largest_remainder(totals.astype(np.int64), weights=given[part], group=unit[part])
    outside = stated & ~inside
    known_elders = ~np.isnan(elders)
    overall = np.nansum(elders) / max(float(today[known_elders].sum()), 1.0)
    new[outside] = np.rint(given[outside] * overall)
    return compound.assign(elders=_whole(new, compound.index))


def _summed(
    areas: gpd.GeoDataFrame | None, codes: NDArray[np.object_], elders: NDArray[np.float64]
) -> gpd.GeoDataFrame | None:
    if areas is None:
        return None
    sums = pd.Series(elders).groupby(pd.Series(codes).to_numpy(object)).sum(min_count=1)
    return _with(areas, "code", {str(code): float(value) for code, value in sums.items()})


def _with(frame: gpd.GeoDataFrame, key: str, elders: Mapping[str, float]) -> gpd.GeoDataFrame:
    """Return an area layer with the elders of the areas named; the others keep theirs."""
    if "elders" not in frame:
        return frame
    new = frame[key].astype(object).map(elders).to_numpy(np.float64)
    old = numbers(frame, "elders")
    return frame.assign(elders=_whole(np.where(np.isnan(new), old, new), frame.index))


def _whole(values: NDArray[np.float64], index: pd.Index) -> pd.Series:
    return pd.Series(values, index=index).astype("Float64").round().astype("Int64")
