"""Options that change facilities and gates on paper, and how their values are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.coverage import Edits

_DEGREES = (180.0, 90.0)

Add = Annotated[
    list[str] | None,
    typer.Option(
        "--add",
        metavar=say("经度,纬度[,面积]", "LON,LAT[,M2]"),
        help=say(
            "增设一处，可写建筑面积（可多次）。",
            "One facility more, with its floor area if known (repeatable).",
        ),
        show_default=False,
    ),
]
Move = Annotated[
    list[str] | None,
    typer.Option(
        "--move",
        metavar=say("编号=经度,纬度", "ID=LON,LAT"),
        help=say("迁到新址（可多次）。", "Move a facility (repeatable)."),
        show_default=False,
    ),
]
Close = Annotated[
    list[str] | None,
    typer.Option(
        "--close",
        metavar=say("编号", "ID"),
        help=say("关闭设施（可多次）。", "Close a facility (repeatable)."),
        show_default=False,
    ),
]
Expand = Annotated[
    list[str] | None,
    typer.Option(
        "--expand",
        metavar=say("编号=面积", "ID=M2"),
        help=say(
            "把建筑面积扩到多少平方米（可多次）。",
            "The floor area a facility will have, in m² (repeatable).",
        ),
        show_default=False,
    ),
]
OpenGate = Annotated[
    list[str] | None,
    typer.Option(
        "--open-gate",
        metavar=say("编号", "ID"),
        help=say("打开出入口（可多次）。", "Open a gate (repeatable)."),
        show_default=False,
    ),
]
CloseGate = Annotated[
    list[str] | None,
    typer.Option(
        "--close-gate",
        metavar=say("编号", "ID"),
        help=say("关闭出入口（可多次）。", "Close a gate (repeatable)."),
        show_default=False,
    ),
]
DatumOfPlaces = Annotated[
    str,
    typer.Option(
        "--datum",
        metavar=say("基准", "DATUM"),
        help=say(
            "所给坐标的基准；从高德、腾讯地图抄来的写 gcj02，百度的写 bd09。",
            "Datum of the coordinates given; gcj02 from Amap or Tencent, bd09 from Baidu.",
        ),
    ),
]


def edits_of(
    datum: str,
    *,
    add: Sequence[str] | None = None,
    move: Sequence[str] | None = None,
    close: Sequence[str] | None = None,
    expand: Sequence[str] | None = None,
    open_gate: Sequence[str] | None = None,
    close_gate: Sequence[str] | None = None,
) -> Edits:
    """Return the edits that the options name, their places brought to CGCS2000.

    Raises
    ------
    DataError
        A place, an area or the datum is not as it should be.
    """
    from geo.coverage import Edits, New  # noqa: PLC0415

    added = [_new(text) for text in add or ()]
    moved = dict(_assigned(text, "--move") for text in move or ())
    larger = dict(_assigned(text, "--expand") for text in expand or ())
    places = _placed([place for place, _ in added] + [lonlat(t) for t in moved.values()], datum)
    return Edits(
        add=tuple(
            New(*place, floor_area_m2=area) for place, (_, area) in zip(places, added, strict=False)
        ),
        move=dict(zip(moved, places[len(added) :], strict=True)),
        close=tuple(close or ()),
        expand={name: _area(text) for name, text in larger.items()},
        open_gates=tuple(open_gate or ()),
        close_gates=tuple(close_gate or ()),
    )


def lonlat(text: str) -> tuple[float, float]:
    """Return the place that a user wrote as longitude,latitude.

    Raises
    ------
    DataError
        It is no place on earth.
    """
    try:
        lon, lat = (float(part) for part in text.replace("，", ",").split(","))
        inside = abs(lon) <= _DEGREES[0] and abs(lat) <= _DEGREES[1]
    except ValueError:
        inside = False
    if not inside:
        raise DataError(
            say(f"坐标“{text}”不对。", f"{text!r} is not a place."),
            hint=say(
                "请写成 经度,纬度，如 114.225,30.511。", "Write it as LON,LAT: 114.305,30.593."
            ),
        )
    return lon, lat


def _new(text: str) -> tuple[tuple[float, float], float | None]:
    parts = text.replace("，", ",").split(",")
    place = lonlat(",".join(parts[:2]))
    return place, _area(",".join(parts[2:])) if len(parts) > 2 else None  # noqa: PLR2004 - lon, lat, area


def _area(text: str) -> float:
    try:
        area_m2 = float(text.strip().removesuffix("㎡").removesuffix("m2"))
    except ValueError:
        area_m2 = 0.0
    if not 0 < area_m2 < float("inf"):
        raise DataError(
            say(f"面积“{text}”不对。", f"{text!r} is not an area."),
            hint=say("请写平方米数，如 350。", "Write square metres, such as 350."),
        )
    return area_m2


def _assigned(text: str, option: str) -> tuple[str, str]:
    identity, found, value = text.partition("=")
    if not found or not identity:
        raise DataError(
            say(f"{option} “{text}”不对。", f"{option} {text!r} is not right."),
            hint=say("请写成 编号=值。", "Write it as ID=VALUE.")
            if option == "--expand"
            else say("请写成 编号=经度,纬度。", "Write it as ID=LON,LAT."),
        )
    return identity, value


def _placed(places: Sequence[tuple[float, float]], datum: str) -> list[tuple[float, float]]:
    from geo.crs import parse_datum, to_cgcs2000  # noqa: PLC0415

    declared = parse_datum(datum)
    return [(float(x), float(y)) for x, y in to_cgcs2000(places, declared)] if places else []
