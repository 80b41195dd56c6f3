"""What ``POST /names/check`` is told: one name or a list, with what is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import shapely

from api.jobs.process import Input
from api.routes.bodies import TEXT, Body
from geo.errors import DataError, PlannerError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.listed import ListedRow
    from geo.gazetteer.rules.pack import Pack

MOST_NAMES: Final = 500
"""Names of a list; a longer one is a job for the audit of the whole gazetteer."""
PACKS: Final = ("beijing_plates", "large_city", "ningbo", "shanghai")
"""Local rules that ship; files of one's own are for the command line only."""
_MOST_POINTS: Final = 20_000
_LONGEST: Final = 100
_DEGREES: Final = (180.0, 90.0)
_NUMBERS: Final = {"type": "object", "additionalProperties": {"type": "number"}}
_TEXTS: Final = {"type": "object", "additionalProperties": {"type": "string"}}
_TOLD: Final = (
    Input("class", "类别", "class", TEXT, "地名类别或代码，如 城镇街巷、23510。"),
    Input(
        "at", "位置", "place",
        {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        "[经度, 纬度]（CGCS2000）。",
    ),
    Input(
        "geometry", "图形", "shape", {"type": "object"},
        "位置或范围的 GeoJSON 图形（经度、纬度，CGCS2000）；与 at 只写一个。",
    ),
    Input("division", "政区", "division", TEXT, "名称或代码；不写按位置判定。"),
    Input("kind", "办理种类", "act", TEXT, "命名、更名、标准化处理、登记。"),
    Input("place", "更名的地名", "place renamed", TEXT, "代码、编号或“政区/名称”。"),
    Input("cause", "更名事由", "cause", TEXT, "法定事由的名称或代码，如 区划变更。"),
    Input("reading", "读音", "reading", TEXT, "核定的读音，一字一音节，带调。"),
    Input("roman", "拼写", "spelling", TEXT, "标志上拟用的拼写；不写用程序的。"),
    Input(
        "figure", "规模", "figures", _NUMBERS,
        "{指标: 数}：floors、site_area_m2、floor_area_m2、open_ground_m2、open_share、"
        "green_share。",
    ),
)  # fmt: skip
_NAME: Final = Input("name", "拟用名称", "name", TEXT, "1～100 个字。")
_ROW: Final = Body((replace(_NAME, required=True), *_TOLD))
BODY: Final = Body(
    (
        _NAME,
        Input(
            "names", "名单", "list",
            {"type": "array", "items": {"type": "object"}, "minItems": 1,
             "maxItems": MOST_NAMES},
            f"成批核名，最多 {MOST_NAMES} 个：每个写 name，可写类别、位置等，没写的用外面写的；"
            "名单内彼此重名、同音的列在 twins。与 name 只写一个。",
        ),
        *_TOLD,
        Input(
            "ground", "认可的理由", "grounds", _TEXTS,
            '{规则: 理由}，如 {"R5": "historic"}。',
        ),
        Input(
            "pack", "地方规则包", "local rules",
            {"type": "array", "items": {"type": "string", "enum": list(PACKS)}, "maxItems": 3},
        ),
        Input("on", "日期", "day", {"type": "string", "format": "date"}, "按哪一天；不写为今天。"),
        Input(
            "all", "通过的规则也列出", "passing rules too", {"type": "boolean"}, default=False
        ),
    ),
    {"name": "建设路", "class": "城镇街巷", "at": [114.21, 30.48]},
)  # fmt: skip
_BY_ADDRESS: Final = (
    "class", "at", "division", "kind", "place", "cause", "reading", "roman", "pack", "on", "all",
)  # fmt: skip
ASKED: Final = (
    replace(_NAME, required=True),
    *(one for name in _BY_ADDRESS for one in BODY.members if one.name == name),
)
"""What one name can be checked by in an address, as a form of a page asks."""
SCHEMA: Final = {
    "type": "object",
    "properties": {
        "names": {
            "type": "array",
            "items": {"type": "object", "required": ["name", "verdict", "findings", "warnings"]},
        },
        "verdicts": {"type": "object"},
        "provenance": {"type": "object"},
    },
    "required": ["names", "verdicts", "provenance"],
}


def rows_of(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the names asked about, each with what is known of it.

    Raises
    ------
    DataError
        Neither one name nor a list, or members of names that are unknown or unfit: all are named.
    """
    if (told["name"] is None) == (told["names"] is None):
        raise DataError(
            say("请写 name（一个名称）或 names（名单），只写一种。", "write name or names, one."),
            hint=say('例如 {"name": "建设路"}。', 'Such as {"name": "…"}.'),
        )
    if told["names"] is None:
        rows = [{one.name: told[one.name] for one in (_NAME, *_TOLD)}]
    else:
        rows = _listed(told)
    for row in rows:
        if not 0 < len(row["name"].strip()) <= _LONGEST:
            raise DataError(say("名称应是 1～100 个字。", "a name has 1 to 100 characters."))
    return rows


def _listed(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    usual = {one.name: told[one.name] for one in _TOLD}
    rows, faults = [], []
    for number, one in enumerate(told["names"], start=1):
        try:
            own = _ROW.checked(one)
        except PlannerError as error:
            why = error.message.rstrip("。.")
            faults.append(say(f"第 {number} 个：{why}", f"number {number}: {why}"))
            continue
        placed = own["at"] is not None or own["geometry"] is not None
        apart = ("at", "geometry") if placed else ()
        rows.append(
            {key: usual.get(key) if v is None and key not in apart else v for key, v in own.items()}
        )
    if faults:
        raise DataError(say("；".join(faults) + "。", "; ".join(faults) + "."))
    return rows


def cells_of(rows: Sequence[Mapping[str, Any]], pack: Pack) -> list[ListedRow]:
    """Return names as rows of a list, as a workbook of names would have them.

    Raises
    ------
    DataError
        Places, shapes or causes that are none; all are named.
    """
    from geo.gazetteer.listed import ListedRow  # noqa: PLC0415

    found, faults = [], []
    for number, row in enumerate(rows, start=1):
        try:
            found.append(ListedRow(number, _cells(row, pack)))
        except PlannerError as error:
            told = error.message.rstrip("。.")
            faults.append(say(f"第 {number} 个：{told}", f"number {number}: {told}"))
    if faults:
        raise DataError(say("；".join(faults) + "。", "; ".join(faults) + "."))
    return found


def _cells(row: Mapping[str, Any], pack: Pack) -> dict[str, str]:
    from geo.gazetteer.rules.told import figures_of  # noqa: PLC0415

    if row["at"] is not None and row["geometry"] is not None:
        raise DataError(say("at 与 geometry 只写一个", "write at or geometry, not both"))
    keys = {
        "name": "name", "class_code": "class", "division": "division", "kind": "kind",
        "place": "place", "reading": "reading", "roman": "roman",
    }  # fmt: skip
    cells = {key: str(row[name]).strip() for key, name in keys.items() if row[name]}
    figures = figures_of([f"{key}={value}" for key, value in (row["figure"] or {}).items()])
    cells |= {key: repr(value) for key, value in figures.items()}
    if row["cause"]:
        cells["reason_code"] = _cause(row["cause"], pack)
    shape = shape_of(row)
    if shape is not None:
        cells["shape"] = shapely.to_wkt(shape, rounding_precision=-1)
    return cells


def shape_of(row: Mapping[str, Any]) -> shapely.Geometry | None:
    """Return the shape that was told.

    Raises
    ------
    DataError
        It is none, lies nowhere on earth, or has too many points.
    """
    shape: shapely.Geometry | None
    if row["at"] is not None:
        shape = shapely.Point(row["at"]) if len(row["at"]) == 2 else None  # noqa: PLR2004
    elif row["geometry"] is not None:
        try:
            shape = shapely.force_2d(shapely.geometry.shape(row["geometry"]))
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, shapely.GEOSException):
            shape = None
    else:
        return None
    if shape is None or shape.is_empty or shapely.get_num_coordinates(shape) > _MOST_POINTS:
        raise DataError(
            say(
                f"位置应是 [经度, 纬度] 或 GeoJSON 图形，不超过 {_MOST_POINTS:,} 个点",
                f"a place is [LON, LAT] or a GeoJSON shape of at most {_MOST_POINTS:,} points",
            )
        )
    west, south, east, north = shape.bounds
    if not (
        max(abs(west), abs(east)) <= _DEGREES[0] and max(abs(south), abs(north)) <= _DEGREES[1]
    ):
        raise DataError(say("坐标应是经度、纬度的度数", "coordinates are degrees"))
    return shape


def _cause(text: str, pack: Pack) -> str:
    reasons = pack.rule("R13").reasons
    called = {one.zh: one.code for one in reasons} | {one.code: one.code for one in reasons}
    if text not in called:
        raise DataError(
            say(
                f"没有更名事由“{text}”，可用：{'、'.join(one.zh for one in reasons)}",
                f"no cause {text!r}; there are {', '.join(one.code for one in reasons)}",
            )
        )
    return called[text]
