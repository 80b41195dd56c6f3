"""Facilities put where none was: how far the streets are, and what one should know of that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from geo.coverage.edits import Edits
from geo.coverage.result import Coverage
from geo.coverage.walks import LONG_CONNECTOR_M
from geo.coverage.workspace import Inputs
from geo.errors import DataError
from geo.text import say


@dataclass(frozen=True, slots=True)
class Placed:
    """A facility that was put where none was.

    Attributes
    ----------
    id
        Its id.
    connector_m
        Metres to the nearest main street, which are walked too.
    is_cut_off
        Whether only streets are near that do not join the main ones: then nobody walks there.
    """

    id: str
    connector_m: float
    is_cut_off: bool


def placed_in(after: Coverage, before: Inputs, edits: Edits) -> list[Placed]:
    """Return the facilities that edits placed anew, as the coverage after them knows them.

    New ones stand first, then those that were moved.

    Parameters
    ----------
    after
        The coverage with the edits made.
    before
        What the coverage without them was computed on.
    edits
        What was tried.

    Raises
    ------
    DataError
        One was placed where no walk leads.
    """
    far = after.connectors[after.connectors["kind"] == "facility"].set_index("id")["connector_m"]
    islands = after.islands[after.islands["kind"] == "facility"].set_index("id")["connected"]
    there = set(after.facilities["id"].astype(str))
    added = there - set(before.facilities["id"].astype(str))
    anew = [*sorted(added, key=lambda one: (len(one), one)), *(m for m in edits.move if m in there)]
    found = [
        Placed(one, float(far.get(one, 0.0)), not bool(islands.get(one, True))) for one in anew
    ]
    limit_min = max(after.question.horizon_min, after.question.search_min)
    reach_m = limit_min * 60 * after.question.walker.speed_m_s
    require_near(((one.id, one.connector_m) for one in found if one.connector_m > reach_m),
                 limit_min)  # fmt: skip
    return found


def require_near(far: Iterable[tuple[str, float]], limit_min: float) -> None:
    """Refuse places from which the streets are farther than the farthest walk.

    Parameters
    ----------
    far
        Ids of such places and metres to their nearest street.
    limit_min
        Minutes of the farthest walk.

    Raises
    ------
    DataError
        There are such; the message says of each how far they are.
    """
    listed = list(far)
    if not listed:
        return
    zh = "；".join(f"“{identity}”离最近的街路约 {metres:,.0f} 米" for identity, metres in listed)
    en = "; ".join(f"{identity} is about {metres:,.0f} m from the nearest street"
                   for identity, metres in listed)  # fmt: skip
    raise DataError(
        say(f"{zh}，{limit_min:g} 分钟走不到。", f"{en}: no walk of {limit_min:g} minutes."),
        hint=say(
            "请核对坐标（先写经度，再写纬度）和坐标基准；那里若有街路，请先补进街路图层。",
            "check the coordinates (longitude first) and their datum; import missing streets.",
        ),
    )


def placing_warnings(placed: Sequence[Placed]) -> list[str]:
    """Return what is to be known of facilities that were placed anew."""
    told = []
    for one in placed:
        if one.is_cut_off:
            told.append(
                say(
                    f"“{one.id}”近旁只有与主路网不连通的街路，没有人走得到，放在这里不起作用；"
                    f"离主路网 {one.connector_m:,.0f} 米。",
                    f"{one.id} is near streets only that are cut off from the main ones,"
                    f" {one.connector_m:,.0f} m away: nobody walks there, nothing changes.",
                )
            )
        elif one.connector_m > LONG_CONNECTOR_M:
            told.append(
                say(
                    f"“{one.id}”到最近的街路有 {one.connector_m:,.0f} 米，已计入步行时间，"
                    "请核对位置和路网。",
                    f"{one.id} is {one.connector_m:,.0f} m from the nearest street, which are"
                    " walked too.",
                )
            )
    return told
