"""Which places a question of siting chooses among: what stands, and the candidates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.coverage import Question
from geo.coverage.facilities import places
from geo.errors import DataError, NotFoundError
from geo.schema import FacilityType
from geo.store import Workspace
from geo.text import listed, say
from optimization.problem import Sites

EVERY: Final = "all"
"""Stands for every own facility where ids of facilities are given."""


def candidates_table(kind: FacilityType | str) -> str:
    """Return the name under which the candidates of a facility type stand in a workspace.

    Examples
    --------
    >>> candidates_table("elder_station")
    'candidates_elder_station'
    """
    return f"candidates_{kind if isinstance(kind, str) else kind.name}"


def candidates_of(
    workspace: Workspace, question: Question, given: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    """Return the candidates in the order of their ids.

    Raises
    ------
    NotFoundError
        None were given and none found before.
    DataError
        There is none, or they lack a column.
    """
    kind = question.kind
    name = candidates_table(kind)
    if given is None and name not in workspace.results():
        raise NotFoundError(
            say(f"工作区还没有“{kind.zh}”的候选点。", f"no candidates for {kind.name!r} yet."),
            hint=say(
                f"请先运行：fuwuquan candidates -f {kind.name}",
                f"Find them first: fuwuquan candidates -f {kind.name}",
            ),
        )
    frame = workspace.read_result(name) if given is None else given
    if not isinstance(frame, gpd.GeoDataFrame) or not len(frame):
        raise DataError(
            say("没有候选点，无从选址。", "there is no candidate: nowhere to build."),
            hint=say(
                "请补充地块与用房，或放宽筛选条件：fuwuquan candidates --help",
                "Add parcels and premises, or loosen the filters: fuwuquan candidates --help",
            ),
        )
    missing = {"id", "name"} - set(frame.columns)
    if missing:
        raise DataError(
            say(
                f"候选点缺少列：{listed(sorted(missing))}。",
                f"candidates lack {listed(sorted(missing))}.",
            )
        )
    twice = frame["id"].astype("string")[frame["id"].duplicated()]
    if len(twice):
        raise DataError(
            say(
                f"候选点编号重复：{listed(twice)}。",
                f"candidate ids stand twice: {listed(twice)}.",
            ),
            hint=say("请为每个候选点给出唯一编号。", "Give every candidate an id of its own."),
        )
    return frame.sort_values("id", kind="stable").reset_index(drop=True)


def sites_of(
    existing: gpd.GeoDataFrame,
    offered: gpd.GeoDataFrame,
    *,
    must: Collection[str],
    never: Collection[str],
    closable: Collection[str],
    ours: NDArray[np.bool_],
) -> Sites:
    """Return the facilities that stand, then the candidates, as sites.

    Raises
    ------
    NotFoundError
        A site named is not there.
    """
    ids = np.concatenate([texts(existing["id"]), texts(offered["id"])])
    stands = np.arange(len(ids)) < len(existing)
    _require(must, ids[~stands], say("候选点", "candidate"))
    _require(never, ids[~stands], say("候选点", "candidate"))
    own = ids[stands][ours]
    _require(set(closable) - {EVERY}, own, say("可关闭的本区现有设施", "existing own facility"))
    may_close = own if EVERY in closable else np.array([*closable], dtype=np.str_)
    nothing = np.zeros(len(ids))
    shapes = np.concatenate([places(existing), places(offered)])
    return Sites(
        id=ids,
        name=np.concatenate(
            [
                texts(existing["name"].fillna(existing["id"])),
                texts(offered["name"].fillna(offered["id"])),
            ]
        ),
        existing=stands,
        closable=np.isin(ids, may_close) & stands,
        must=np.isin(ids, list(must)) & ~stands,
        never=np.isin(ids, list(never)) & ~stands,
        cost_yuan=np.concatenate([np.zeros(len(existing)), numbers(offered, "build_cost_yuan")]),
        rent_yuan_year=np.concatenate(
            [np.zeros(len(existing)), numbers(offered, "rent_yuan_year", 0.0)]
        ),
        area_m2=np.concatenate(
            [numbers(existing, "floor_area_m2"), numbers(offered, "floor_area_m2")]
        ),
        capacity=np.concatenate(
            [numbers(existing, "capacity", np.inf), numbers(offered, "capacity", np.inf)]
        ),
        expandable_m2=nothing,
        xy=shapely.get_coordinates(shapes),
    )


def with_standing(
    sites: Sites,
    ours: NDArray[np.bool_],
    *,
    expandable_m2: Mapping[str, float] | None,
    rent_yuan_year: Mapping[str, float] | None,
) -> Sites:
    """Return the sites with what is said of own facilities that stand."""
    own = sites.id[sites.existing][ours]
    columns = {
        "expandable_m2": (sites.expandable_m2, expandable_m2 or {}),
        "rent_yuan_year": (sites.rent_yuan_year, rent_yuan_year or {}),
    }
    filled = {}
    for column, (values, said) in columns.items():
        _require(set(said) - {EVERY}, own, say("本区现有设施", "existing own facility"))
        mine = np.isin(sites.id, own) & sites.existing
        default = np.where(mine, said.get(EVERY, 0.0), values)
        filled[column] = np.array(
            [
                said.get(str(identity), value) if stands else value
                for identity, value, stands in zip(sites.id, default, mine, strict=True)
            ],
            dtype=np.float64,
        )
    return replace(
        sites,
        expandable_m2=filled["expandable_m2"],
        rent_yuan_year=filled["rent_yuan_year"],
    )


def _require(wanted: Collection[str], known: NDArray[np.str_], what: str) -> None:
    missing = sorted(set(wanted) - set(known.tolist()))
    if missing:
        some = listed(known[:5]) or say("（无）", "(none)")
        raise NotFoundError(
            say(f"没有编号为 {listed(missing)} 的{what}。", f"no {what} {listed(missing)}."),
            hint=say(f"编号如：{some}。", f"Ids are such as {some}."),
        )


def priced(
    sites: Sites, offered: gpd.GeoDataFrame, *, need_cost: bool
) -> tuple[Sites, NDArray[np.str_]]:
    """Return the sites with finite costs, and the ids of the candidates whose cost is unknown."""
    unknown = np.isnan(sites.cost_yuan)
    assert not unknown[: len(sites) - len(offered)].any()  # what stands costs nothing to open
    return (
        replace(
            sites,
            cost_yuan=np.where(unknown, 0.0, sites.cost_yuan),
            never=sites.never | (unknown & need_cost & ~sites.must),
        ),
        sites.id[unknown],
    )


def texts(values: pd.Series) -> NDArray[np.str_]:
    """Return texts, empty where there is none."""
    return values.astype("string").fillna("").to_numpy(str)


def numbers(frame: pd.DataFrame, column: str, empty: float = np.nan) -> NDArray[np.float64]:
    """Return the numbers of a column, `empty` where there is none."""
    if column not in frame:
        return np.full(len(frame), empty)
    values = pd.to_numeric(frame[column]).astype("Float64")
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=empty), np.float64)
