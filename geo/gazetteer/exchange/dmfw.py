"""Open records as JSON with the fields of the national database of placenames."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import shapely

from geo.gazetteer.classes import class_of
from geo.gazetteer.exchange.public import PublicPlace

_DIVISION_GROUP = "division"


def national_json(places: Sequence[PublicPlace]) -> str:
    """Return ``{"total": …, "records": […]}``, a record a line.

    The fields are those that ``stname/listPub`` and ``stname/detailsPub`` answer with; what is not
    known is an empty text. Coordinates are CGCS2000.
    """
    divisions = {one.own_code: one.name for one in places if one.own_code}
    lines = [json.dumps(_record(one, divisions), ensure_ascii=False) for one in places]
    return f'{{"total": {len(lines)}, "records": [\n' + ",\n".join(lines) + "\n]}\n"


def _record(one: PublicPlace, divisions: dict[str, str]) -> dict[str, Any]:
    kind = class_of(one.class_code)
    code = one.division_code or one.own_code
    area = code[:6]
    province, city = area[:2] + "0000" if area else "", area[:4] + "00" if area else ""
    division = kind is not None and kind.group == _DIVISION_GROUP
    of_kind = {
        wanted: "；".join(name.text for name in one.names if name.kind == wanted)
        for wanted in ("former", "minority")
    }
    return {
        "id": one.id,
        "place_code": one.place_code,
        "standard_name": one.name,
        "roman_alphabet_spelling": one.roman,
        "ethnic_minorities_writing": of_kind["minority"],
        "old_name": of_kind["former"],
        "place_type": kind.zh if kind else "",
        "place_type_code": one.class_code,
        "province": province,
        "province_name": divisions.get(province, ""),
        "city": city,
        "city_name": divisions.get(city, ""),
        "area": area,
        "area_name": divisions.get(area, ""),
        "gdm": None if one.shape is None else json.loads(shapely.to_geojson(one.shape)),
        "place_origin": one.origin,
        "place_meaning": one.meaning,
        "place_history": "" if division else one.history,
        "government_history": one.history if division else "",
    }
