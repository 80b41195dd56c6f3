"""``/isochrone``: the area within so many minutes of a facility or a place, at once."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import orjson
import shapely
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.nearby import require_nearby
from api.ogc.parameters import JSON_ONLY
from api.ogc.respond import GEOJSON, form_of, json_answer
from api.openapi import described
from api.parameters import FACILITY_TYPE, Parameter, asked, facility_named
from api.people.person import require
from api.routes.norms import ON, day_of
from api.store import reading, workspace_of
from geo.crs import CGCS2000, parse_datum, to_cgcs2000
from geo.errors import DataError, NotFoundError
from geo.schema import facility_type, facility_types
from geo.text import say

if TYPE_CHECKING:
    from geo.coverage.around import Around
    from geo.travel import Profile

router = APIRouter(tags=["分析结果"])

_WALKERS: Final = ("elder", "frail", "general", "wheelchair")
_DATUMS: Final = ("cgcs2000", "wgs84", "gcj02", "bd09")
_DIRECTIONS: Final = ("to_facility", "from_facility")
_LONGEST_MIN: Final = 240.0
_MOST_LIMITS: Final = 12
_SPEEDS_M_S: Final = (0.1, 5.0)
_USUAL_MIN: Final = 15.0
_PARAMETERS: Final = (
    Parameter(
        "facility",
        "设施类型的名称或代号；与 id 一起写，代替 lon、lat。",
        FACILITY_TYPE,
        "elder_station",
    ),
    Parameter("id", "设施编号。", example="YL001"),
    Parameter("lon", "经度。", {"type": "number", "minimum": -180, "maximum": 180}),
    Parameter("lat", "纬度。", {"type": "number", "minimum": -90, "maximum": 90}),
    Parameter(
        "datum",
        "lon、lat 的基准：cgcs2000、wgs84、gcj02（高德、腾讯）、bd09（百度）。",
        {"type": "string", "enum": list(_DATUMS), "default": "cgcs2000"},
    ),
    Parameter(
        "minutes",
        "时限，逗号隔开，最多 12 个；不写按设施类型，没有类型为 15。",
        {"type": "array", "items": {"type": "number", "exclusiveMinimum": 0, "maximum": 240}},
        [5, 10, 15],
    ),
    Parameter(
        "profile",
        "步行方式：老年人、体弱者、一般人、轮椅。",
        {"type": "string", "enum": list(_WALKERS), "default": "elder"},
    ),
    Parameter(
        "speed_m_s",
        "步速，米每秒；不写按步行方式。",
        {"type": "number", "minimum": _SPEEDS_M_S[0], "maximum": _SPEEDS_M_S[1]},
    ),
    Parameter(
        "direction",
        "走去（to_facility）还是走来（from_facility）。",
        {"type": "string", "enum": list(_DIRECTIONS), "default": "to_facility"},
    ),
    ON,
)
_SHAPE: Final = {
    "type": "object",
    "required": ["type", "features", "place", "provenance", "warnings"],
}


@router.get(
    "/isochrone",
    **described(
        "isochrone",
        "等时圈",
        "一处设施或一个地点在步行时限内的范围（GeoJSON，经度、纬度），当场计算。"
        "范围只是画法：谁被覆盖以逐点的步行时间为准（/coverage、/whatif）。",
        *_PARAMETERS,
        JSON_ONLY,
        gives=(GEOJSON,),
        schema=_SHAPE,
        fails=(304, 400, 401, 403, 404, 406, 503),
    ),
)
def isochrone(request: Request) -> Response:
    """Draw the area within so many minutes of a place."""
    form_of(request, has=("json",))
    given = asked(request, ["f", *(one.name for one in _PARAMETERS)])
    require(request, "plan")
    if "facility" in given:
        given["facility"] = facility_named(given["facility"])
    on, walker = day_of(given), _walker(given)
    direction = _one_of("direction", given.get("direction", "to_facility"), _DIRECTIONS)
    limits, workspace = _limits(given), workspace_of(request)
    place = _place(request, given, on)
    from geo.coverage.around import around  # noqa: PLC0415
    from geo.network.cache import content_hash  # noqa: PLC0415
    from geo.network.current import open_network  # noqa: PLC0415

    network = open_network(workspace)
    lon, lat = place["coordinates"]
    found = around(
        network,
        (lon, lat),
        minutes=limits,
        walker=walker,
        direction=cast("Literal['to_facility', 'from_facility']", direction),
    )
    if place["facility"] is None:
        _require_reached(found, max(limits))
    kind = given.get("facility")
    layers = [kind] if kind else []
    body = {
        "type": "FeatureCollection",
        "features": _features(found),
        "place": {**place, "connector_m": _rounded(found.connector_m)},
        "warnings": _warnings(found, place),
        "provenance": {
            "on": on.isoformat(),
            "profile": walker.name,
            "speed_m_s": walker.speed_m_s,
            "direction": direction,
            "minutes": limits,
            "network_hash": content_hash(network),
            "layers": {layer: workspace.content_sha256(layer) for layer in layers},
            "sources": sorted({t for one in ("street", *layers) for t in workspace.sources(one)}),
            "cell_m": round(found.cell_m, 2),
            "crs": CGCS2000,
            "basis": say(
                "沿街路步行；范围只是画法，是否覆盖以逐点步行时间为准。",
                "walks over the streets; a drawing: minutes decide, place by place.",
            ),
        },
    }
    return json_answer(orjson.dumps(body), media_type=GEOJSON, request=request)


def _place(request: Request, given: dict[str, str], on: date) -> dict[str, Any]:
    """Return the facility or place that is meant, in degrees."""
    written = {"facility", "id", "lon", "lat"}.intersection(given)
    if written not in ({"facility", "id"}, {"lon", "lat"}):
        raise DataError(
            say("请写 facility 和 id，或 lon 和 lat。", "write facility and id, or lon and lat."),
            hint=say(
                "例如 /isochrone?facility=elder_station&id=YL001&minutes=5,10,15",
                "such as /isochrone?lon=114.22&lat=30.513&minutes=5,10,15",
            ),
        )
    if "lon" in written:
        lon, lat = _number("lon", given["lon"], -180, 180), _number("lat", given["lat"], -90, 90)
        datum = _one_of("datum", given.get("datum", "cgcs2000"), _DATUMS)
        x, y = to_cgcs2000([(lon, lat)], parse_datum(datum))[0]
        with reading(request) as connection:
            require_nearby(connection, shapely.Point(x, y))
        return {"facility": None, "id": None, "name": None, "coordinates": [float(x), float(y)]}
    if "datum" in given:
        raise DataError(say("设施的坐标不用写 datum。", "a facility needs no datum."))
    return _facility(request, given["facility"], given["id"], on)


def _require_reached(found: Around, limit_min: float) -> None:
    """Refuse a place from which no street is reached in time: its area would be empty."""
    if not found.areas.geometry.is_empty.all():
        return
    metres = found.connector_m
    raise DataError(
        say("这里接不上主路网。", "no main street is near this place.")
        if metres is None
        else say(
            f"这里离最近的街路有 {metres:,.0f} 米，{limit_min:g} 分钟走不到。",
            f"the nearest street is {metres:,.0f} m away: no walk of {limit_min:g} minutes.",
        ),
        hint=say("请核对位置，或放宽时限。", "check the place, or allow more minutes."),
    )


def _facility(request: Request, facility: str, identity: str, on: date) -> dict[str, Any]:
    from geo.coverage.facilities import in_service, places  # noqa: PLC0415

    kind, workspace = facility_type(facility), workspace_of(request)
    rows = workspace.read(kind.name, CGCS2000) if workspace.has(kind.name) else None
    found = None if rows is None else rows[rows["id"] == identity]
    if found is None or not len(found):
        raise NotFoundError(
            say(f"没有{kind.zh}“{identity}”。", f"there is no {kind.en} {identity!r}."),
            hint=say(
                f"编号见 /collections/{kind.name}/items。", f"see /collections/{kind.name}/items."
            ),
        )
    point = places(found)[0]
    name = found["name"].iloc[0]
    return {
        "facility": kind.name,
        "id": identity,
        "name": None if name is None or name != name else str(name),  # noqa: PLR0124
        "in_service": bool(in_service(found, on)[0]),
        "coordinates": [round(float(point.x), 9), round(float(point.y), 9)],
    }


def _walker(given: dict[str, str]) -> Profile:
    from geo.travel import profile  # noqa: PLC0415

    name = _one_of("profile", given.get("profile", "elder"), _WALKERS)
    written = given.get("speed_m_s")
    speed = None if written is None else _number("speed_m_s", written, *_SPEEDS_M_S)
    return profile(name, speed_m_s=speed)


def _limits(given: dict[str, str]) -> list[float]:
    if "minutes" not in given:
        kind = facility_types().get(given.get("facility", ""))
        return [_USUAL_MIN if kind is None else float(kind.minutes)]
    parts = given["minutes"].split(",")
    if len(parts) > _MOST_LIMITS:
        raise DataError(
            say(f"最多 {_MOST_LIMITS} 个时限。", f"there are at most {_MOST_LIMITS} limits.")
        )
    return sorted({_number("minutes", part, 0, _LONGEST_MIN, above=True) for part in parts})


def _number(name: str, text: str, least: float, most: float, *, above: bool = False) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number <= most or (above and number == least):
        raise DataError(
            say(
                f"参数“{name}”应是 {least:g} 到 {most:g} 之间的数，现为“{text}”。",
                f"{name} must be a number from {least:g} to {most:g}, not {text!r}.",
            )
        )
    return number


def _one_of(name: str, text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise DataError(
            say(
                f"参数“{name}”只能是 {'、'.join(choices)}。",
                f"{name} must be one of {', '.join(choices)}.",
            )
        )
    return text


def _features(found: Around) -> list[dict[str, Any]]:
    return [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(shapely.set_precision(shape, 1e-7)),
            "properties": {"minutes": float(minutes), "area_m2": float(area_m2)},
        }
        for minutes, area_m2, shape in zip(
            found.areas["minutes"], found.areas["area_m2"], found.areas.geometry, strict=True
        )
    ]


def _warnings(found: Around, place: dict[str, Any]) -> list[str]:
    from geo.coverage.walks import LONG_CONNECTOR_M  # noqa: PLC0415

    told = []
    if found.connector_m is None:
        told.append(say("这里接不上主路网，范围为空。", "no main street is near: nothing drawn."))
    elif found.connector_m > LONG_CONNECTOR_M:
        told.append(
            say(
                f"到最近的街路有 {found.connector_m:,.0f} 米，已计入步行时间，请核对位置和路网。",
                f"the nearest street is {found.connector_m:,.0f} m away, which is walked too.",
            )
        )
    if found.on_island:
        told.append(
            say("最近的街路与主路网不连通。", "the nearest street is cut off from the main ones.")
        )
    if place.get("in_service") is False:
        told.append(say("这处设施在所写日期没有开放。", "the facility is not open on this day."))
    return told


def _rounded(metres: float | None) -> float | None:
    return None if metres is None else round(metres, 1)
