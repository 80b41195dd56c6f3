"""The map of a siting plan: what stands, what is to be built, who gains, who is still without."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.coverage import Areas
from geo.maps import contents
from geo.maps.encode import STEPS_A_DEGREE, Grid, in_degrees
from geo.maps.offline import offline_page
from geo.maps.words import sources_line
from geo.network.graph import StreetNetwork
from geo.schema import FacilityType
from geo.schema.results import result_columns
from geo.text import say

ROLES = ("new", "kept", "closed", "candidate", "barred")
"""Roles of sites in the order of the legend."""
STATES = (("covered", "nearer"), ("gained",), ("uncovered",), ("lost",))
"""States of demand points that share a colour, in the order of the legend."""

_MARGIN_SHARE = 0.03
_MOST_CANDIDATES = 600
"""More of them would hide the city until the reader switches them on."""
_TENTH_OF_A_MS = 1e-5


@dataclass(frozen=True, slots=True)
class Wording:
    """What a map calls the sites that come and go; empty texts take those of a siting plan."""

    new: str = ""
    """A site that comes."""
    number: str = ""
    """What the number on it counts."""
    closed: str = ""
    """A facility that goes."""
    map: str = ""
    """The map itself."""
    after: str = ""
    """A walk when all is done."""


def plan_map(
    sites: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    *,
    kind: FacilityType,
    people: Sequence[float],
    who: str,
    limit_min: float,
    areas: Areas,
    network: StreetNetwork | None,
    title: str,
    headline: str,
    notes: Sequence[str],
    sources: Sequence[str],
    simulated: bool,
    wording: Wording = Wording(),
) -> str:
    """Draw a plan as one self-contained HTML page that opens with the network off.

    Parameters
    ----------
    sites
        ``siting_sites`` of `geo.schema.results`.
    demand
        ``siting_assignment``.
    kind
        The facility type, for its mark.
    people
        (n_demand,) people of the weight, for the size of the dots.
    who
        What they are called.
    limit_min
        The limit, for the words of the legend.
    areas
        Outlines of communities and of the county.
    network
        Streets for the background.
    title, headline, notes
        What stands above and below the map: coverage, status and bound; conditions.
    sources
        Where the rows come from.
    simulated
        Whether any row is invented.
    wording
        What sites that come and go are called, and what their numbers count.

    Returns
    -------
    str
        The page, to be written as UTF-8.
    """
    places, points = in_degrees(sites), in_degrees(demand)
    outlines = in_degrees(areas.outlines)
    drawn = [frame.total_bounds for frame in (places, points, outlines) if len(frame)]
    low = np.nanmin([box[:2] for box in drawn], axis=0)
    high = np.nanmax([box[2:] for box in drawn], axis=0)
    grid = Grid.around((*low.tolist(), *high.tolist()))
    margin = _MARGIN_SHARE * (high - low)
    within = shapely.box(*(low - margin), *(high + margin))
    words = _words(who, limit_min, wording)
    payload = {
        "words": words,
        "title": title,
        "headline": headline,
        "notes": [*notes, sources_line(sources)],
        "simulated": simulated,
        "grid": [grid.west, grid.south, STEPS_A_DEGREE],
        "bounds": [[low[1], low[0]], [high[1], high[0]]],
        "mark": [kind.symbol, kind.colour],
        "roles": _role_labels(kind, wording),
        "roleNames": _role_names(wording),
        "states": _state_labels(limit_min),
        "areas": _areas(outlines, areas, grid),
        "boundary": contents.boundary(areas, str(demand.crs), grid),
        "streets": contents.streets(network, grid, within),
        "points": _points(points, people, sites, grid),
        "sites": _sites(places, grid),
    }
    others = sites["role"].isin(ROLES[3:]).sum()
    groups = {
        "areas": (words["areas"], True),
        "streets": (words["streets"], True),
        "ways": (words["ways"], True),
        "points": (words["points"], True),
        "candidates": (words["candidates"], int(others) <= _MOST_CANDIDATES),
        "existing": (kind.label, True),
        "chosen": (words["chosen"], True),
    }
    return offline_page(
        payload,
        title=title,
        groups=groups,
        draw="drawPlanMap",
        script="page/plan.js",
    )


def _areas(outlines: gpd.GeoDataFrame, areas: Areas, grid: Grid) -> list[list[Any]]:
    """Return name and polygons of every community."""
    names = areas.names.get("community", {})
    drawn = outlines[outlines["level"] == "community"].sort_values("code", kind="stable")
    return [
        [names.get(code, str(code)), grid.polygons(shape)]
        for code, shape in zip(drawn["code"], drawn.geometry, strict=True)
    ]


def _points(
    demand: gpd.GeoDataFrame, people: Sequence[float], sites: gpd.GeoDataFrame, grid: Grid
) -> dict[str, list[Any]]:
    """Return the columns of the demand points, many people first so that few lie on top."""
    state = {value: at for at, values in enumerate(STATES) for value in values}
    number = {identity: at for at, identity in enumerate(sites["id"])}
    frame = demand.assign(people=np.rint(np.asarray(people)).astype(np.int64))
    frame = frame.sort_values(["people", "id"], ascending=[False, True], kind="stable")
    at = grid.steps(shapely.get_coordinates(frame.geometry.to_numpy()))
    return {
        "x": at[:, 0].tolist(),
        "y": at[:, 1].tolist(),
        "name": frame["name"].fillna("").tolist(),
        "people": frame["people"].tolist(),
        "before": [_tenths(minutes) for minutes in frame["before_min"]],
        "after": [_tenths(minutes) for minutes in frame["after_min"]],
        "site": [-1 if pd.isna(one) else number[one] for one in frame["site_id"]],
        "state": [state[value] for value in frame["state"]],
    }


def _tenths(minutes: float) -> int | None:
    """Return tenths of a minute, rounded up so that nobody reads 15.0 for a walk beyond it."""
    return None if pd.isna(minutes) else math.ceil(10 * float(minutes) - _TENTH_OF_A_MS)


def _sites(sites: gpd.GeoDataFrame, grid: Grid) -> list[dict[str, Any]]:
    at = grid.steps(shapely.get_coordinates(sites.geometry.to_numpy()))
    return [
        {
            "x": x,
            "y": y,
            "id": row["id"],
            "name": row["name"],
            "role": ROLES.index(row["role"]),
            "rank": contents.whole(row["rank"]),
            "reached": contents.whole(row["reached"]),
            "unique": contents.whole(row["unique"]),
            "marginal": contents.whole(row["marginal"]),
            "cost": contents.whole(row["cost_yuan"]),
            "why": None if pd.isna(row["explanation"]) else row["explanation"],
        }
        for (x, y), row in zip(at.tolist(), sites.to_dict("records"), strict=True)
    ]


def _role_names(wording: Wording) -> list[str]:
    """Return the name of every role, as the tables have it unless it is worded otherwise."""
    columns = {column.name: column for column in result_columns("siting_sites")}
    words = dict(columns["role"].values)
    own = {"new": wording.new, "closed": wording.closed}
    return [own.get(role) or words[role] for role in ROLES]


def _role_labels(kind: FacilityType, wording: Wording) -> list[str]:
    new = wording.new or say("新选定", "chosen")
    number = wording.number or say("按新增覆盖从多到少排的名次", "rank by people added")
    closed = wording.closed or say("建议关闭", "to close")
    return [
        say(f"{new}（数字为{number}）", f"{new} (number: {number})"),
        say(f"现有{kind.zh}，保留", f"{kind.en} that stands"),
        say(f"现有{kind.zh}，{closed}", f"{kind.en} {closed}"),
        say("候选点，未选（点开看为什么）", "candidate not chosen (click for why)"),
        say("不允许选用", "barred"),
    ]


def _state_labels(limit_min: float) -> list[str]:
    minutes = f"{limit_min:g}"
    return [
        say(f"原已覆盖（{minutes} 分钟内）", f"covered before (within {minutes} min)"),
        say("新覆盖", "newly covered"),
        say("仍未覆盖", "still not covered"),
        say("失去覆盖", "no longer covered"),
    ]


def _words(who: str, limit_min: float, wording: Wording) -> dict[str, str]:
    """Return the fixed words of the page, by the name `page/plan.js` knows them by."""
    heads = {column.name: column.label for column in result_columns("siting_sites")}
    return {
        "sketch": say("示意图", "sketch map"),
        "simulated": say("含模拟数据", "contains simulated data"),
        "legend": say("图例", "Legend"),
        "north": say("北", "N"),
        "map": wording.map or say("选址图", "Map of the plan"),
        "sites": say("设施与候选点", "Sites"),
        "points": say("小区与自然村", "Compounds and hamlets"),
        "size": say(f"圆点越大，{who}越多", f"larger dots: more {who}"),
        "lines": say("线", "Lines"),
        "ways": say("新覆盖的人去哪一处", "who newly covered goes where"),
        "areas": say("社区（村）与本区边界", "Communities and county"),
        "boundary": say("本区边界", "County boundary"),
        "streets": say("街路", "Streets"),
        "candidates": say("未选的候选点", "Candidates not chosen"),
        "chosen": wording.new or say("新选定点", "Chosen sites"),
        "who": who,
        "before": say("现状步行", "Walk today"),
        "after": wording.after or say("方案步行", "Walk by the plan"),
        "servedBy": say("服务它的点", "Served by"),
        "minutes": say("分钟", "min"),
        "tooFar": say("超出已算范围", "farther than was walked"),
        "unknown": say("未知", "unknown"),
        "marginal": f"{heads['marginal']}{say('', ' ')}{who}",
        "unique": heads["unique"],
        "reached": say(f"{limit_min:g} 分钟可达", f"Within {limit_min:g} min"),
        "cost": heads["cost_yuan"],
        "yuan": say("元", "yuan"),
        "id": heads["id"],
        "zoomIn": say("放大", "Zoom in"),
        "zoomOut": say("缩小", "Zoom out"),
        "wholeMap": say("全图", "Whole map"),
        "colon": say("：", ": "),
    }
