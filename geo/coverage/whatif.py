"""Ask what would change: a facility more, moved or closed, a gate opened or closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.coverage.areas import known_people
from geo.coverage.result import Coverage
from geo.coverage.workspace import Inputs
from geo.crs import CGCS2000
from geo.demand import Demand
from geo.errors import DataError, NotFoundError
from geo.schema.results import headings
from geo.store import conform
from geo.text import say

LonLat = tuple[float, float]

# A walk that changes by less is the same walk: times are whole milliseconds.
_SAME_MIN = 1e-6


@dataclass(frozen=True, slots=True)
class Edits:
    """What is tried out; places in CGCS2000 longitude and latitude."""

    add: tuple[LonLat, ...] = ()
    move: Mapping[str, LonLat] = field(default_factory=dict)
    close: tuple[str, ...] = ()
    open_gates: tuple[str, ...] = ()
    close_gates: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.add, self.move, self.close, self.open_gates, self.close_gates))


def edited(inputs: Inputs, edits: Edits, *, layer: str) -> Inputs:
    """Return the inputs with the edits made; the given ones stay as they are.

    Parameters
    ----------
    inputs
        What the coverage before the edits was computed on.
    edits
        What to try out. New facilities get the ids ``new-1``, ``new-2`` and so on.
    layer
        The facility layer.

    Raises
    ------
    DataError
        There is nothing to try, or one facility is both moved and closed.
    NotFoundError
        A facility or gate named is not there; the message names all of them.
    """
    if not edits:
        raise DataError(
            say("没有给出要试的改动。", "there is nothing to try."),
            hint=say(
                "用 --add、--move、--close、--open-gate 或 --close-gate。",
                "use --add, --move, --close, --open-gate or --close-gate.",
            ),
        )
    both = sorted(set(edits.move) & set(edits.close))
    if both:
        raise DataError(
            say(f"{'、'.join(both)} 既迁址又关闭。", f"{', '.join(both)}: both moved and closed.")
        )
    _require({*edits.move, *edits.close}, inputs.facilities["id"], say("设施", "facility"), layer)
    gates = {*edits.open_gates, *edits.close_gates}
    _require(gates, inputs.demand.entrances["gate_id"], say("出入口", "gate"), "gate")
    return replace(
        inputs,
        facilities=_facilities(inputs, edits, layer),
        demand=_gates(inputs.demand, edits),
    )


def changes(before: Coverage, after: Coverage) -> pd.DataFrame:
    """Return the demand points whose walk changed, gained and lost ones first, most people first.

    Raises
    ------
    DataError
        The two answers are not about the same demand points and limits.
    """
    same = before.points["id"].equals(after.points["id"])
    if not same or before.question.main_min != after.question.main_min:
        raise DataError(
            say(
                "两次结果的需求点或时限不同，不能比较。",
                "the two answers differ in demand points or limits and cannot be compared.",
            )
        )
    main = f"covered_{before.question.main_min:g}_min"
    old, new = (answer.points[main].to_numpy(bool) for answer in (before, after))
    old_min, new_min = (
        answer.points["nearest_min"].to_numpy(dtype=float, na_value=np.inf)
        for answer in (before, after)
    )
    change = np.select(
        [new & ~old, old & ~new, new_min < old_min - _SAME_MIN, new_min > old_min + _SAME_MIN],
        ["gained", "lost", "nearer", "farther"],
        "",
    )
    table = pd.DataFrame(before.points.drop(columns="geometry")).assign(
        before_min=before.points["nearest_min"],
        after_min=after.points["nearest_min"],
        change=pd.array(change, dtype="string"),
    )
    people, _ = known_people(before.points, before.weight)
    first = pd.Series(change).map({"gained": 0, "lost": 0, "nearer": 1, "farther": 1, "": 2})
    order = np.lexsort((np.arange(len(table)), -people, first))
    moved = order[change[order] != ""]
    return pd.DataFrame(table.iloc[moved], columns=list(headings("coverage_changes"))).reset_index(
        drop=True
    )


def _facilities(inputs: Inputs, edits: Edits, layer: str) -> gpd.GeoDataFrame:
    facilities, crs = inputs.facilities, inputs.network.crs
    shapes = facilities.geometry.to_numpy().copy()
    for identity, lonlat in edits.move.items():
        shapes[(facilities["id"] == identity).to_numpy(bool)] = _placed([lonlat], crs)[0]
    moved = facilities["id"].isin(list(edits.move))
    shut = facilities["id"].isin(edits.close)
    stay = facilities.assign(
        # Whose a moved facility is follows from where it stands now.
        own_county=facilities["own_county"].mask(moved),
        status=facilities["status"].mask(shut, "closed"),
        closed=facilities["closed"].mask(shut),
        geometry=gpd.GeoSeries(shapes, facilities.index, crs),
    )
    if not edits.add:
        return stay
    taken = set(facilities["id"])
    free = (f"new-{n}" for n in range(1, len(taken) + len(edits.add) + 1))
    ids = [identity for identity in free if identity not in taken][: len(edits.add)]
    names = [say(f"新增{n}", f"new {n}") for n in range(1, len(ids) + 1)]
    new = gpd.GeoDataFrame({"id": ids, "name": names}, geometry=_placed(edits.add, crs), crs=crs)
    both = pd.concat([stay, conform(new, layer)], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=crs)


def _placed(places: Iterable[LonLat], crs: str) -> list[shapely.Geometry]:
    points = [shapely.Point(lonlat) for lonlat in places]
    return list(gpd.GeoSeries(points, crs=CGCS2000).to_crs(crs))


def _gates(demand: Demand, edits: Edits) -> Demand:
    gate = demand.entrances["gate_id"]
    is_open = demand.entrances["open"].to_numpy(bool).copy()
    is_open[gate.isin(edits.open_gates).to_numpy(bool)] = True
    is_open[gate.isin(edits.close_gates).to_numpy(bool)] = False
    return replace(demand, entrances=demand.entrances.assign(open=is_open))


def _require(wanted: set[str], known: pd.Series, what: str, layer: str) -> None:
    missing = sorted(wanted - set(known.dropna()))
    if missing:
        some = "、".join(known.dropna().astype(str).head(5)) or say("（无）", "(none)")
        raise NotFoundError(
            say(f"没有编号为 {'、'.join(missing)} 的{what}。", f"no {what} {', '.join(missing)}."),
            hint=say(
                f"层“{layer}”的编号如：{some}。", f"ids of the layer {layer!r} are such as {some}."
            ),
        )
