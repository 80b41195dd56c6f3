"""Read JSON with the fields of the national database of placenames as records of a census."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import shapely

from geo.errors import DataError
from geo.gazetteer.exchange.faulty import FaultyCell
from geo.gazetteer.exchange.foreign import Records, placed, text_of
from geo.gazetteer.exchange.sheets import Sheet
from geo.text import say

FIELDS: Final[Mapping[str, str]] = {
    "标准名称": "standard_name",
    "地名代码": "place_code",
    "罗马字母拼写": "roman_alphabet_spelling",
    "少数民族语书写": "ethnic_minorities_writing",
    "曾用名": "old_name",
    "地名的来历": "place_origin",
    "地名的含义": "place_meaning",
}
"""Headings of the census, by what the database calls them."""
_LISTS: Final = ("records", "data", "list", "rows")
"""What the list of records is called, whichever query was asked."""
_TOWNSHIP: Final = 9
_NO_TOWNSHIP: Final = "000"


def read_national(path: Path) -> tuple[list[Sheet], list[FaultyCell]]:
    """Read the answers of ``stname/listPub`` or ``stname/detailsPub``, or a list of them.

    Returns
    -------
    sheets, faults
        The records as rows of a census, and all that is not fit.

    Raises
    ------
    DataError, NotFoundError
        The file is no JSON, has no records, or is not there.
    """
    records = Records(path.name)
    for number, one in enumerate(_records(path), start=1):
        if not isinstance(one, dict):
            records.fault(
                number,
                "",
                one,
                say("一条地名（对象）", "a record (an object)"),
                say("请按国家地名信息库的字段导出", "export it with the fields of the database"),
            )
            continue
        _take(records, number, one)
    return records.done()


def _take(records: Records, number: int, one: dict[str, Any]) -> None:
    given = {heading: (theirs, one.get(theirs)) for heading, theirs in FIELDS.items()}
    by_code = one.get("place_type_code") not in (None, "")
    kind = ("类别代码", "place_type_code") if by_code else ("地名类别", "place_type")
    given[kind[0]] = (kind[1], one.get(kind[1]))
    history = "\n".join(
        text for key in ("place_history", "government_history") if (text := str(one.get(key) or ""))
    )
    given["地名的历史沿革"] = ("place_history", history)
    given["所在行政区代码"] = _division(one)
    try:
        given |= placed("gdm", shape_of(one.get("gdm")))
    except shapely.errors.ShapelyError:
        records.fault(
            number,
            "gdm",
            one["gdm"],
            say("GeoJSON 图形", "a shape in GeoJSON"),
            say("请核对图形，没有就留空", "check it, or leave it empty"),
        )
    own_id = str(one.get("id") or "")
    records.add(number, given, kept={"国家地名信息库编号": own_id}, own_id=own_id)


def _division(one: dict[str, Any]) -> tuple[str, Any]:
    """Return the township where the place code names one, else the county."""
    code = one.get("place_code")
    if isinstance(code, str) and code[6:_TOWNSHIP] not in ("", _NO_TOWNSHIP):
        return "place_code", code[:_TOWNSHIP]
    return "area", one.get("area")


def shape_of(gdm: object) -> shapely.Geometry | None:
    """Return the shape that a record has as GeoJSON or its text; None: it has none.

    Raises
    ------
    shapely.errors.ShapelyError
        It is no GeoJSON.
    """
    if gdm in (None, "", {}):
        return None
    return shapely.from_geojson(gdm if isinstance(gdm, str) else json.dumps(gdm))


def listed(whole: object) -> list[Any] | None:
    """Return the records of an answer of the database; None: it is none.

    Examples
    --------
    >>> listed({"total": 1, "records": [{"standard_name": "大屯村"}]})
    [{'standard_name': '大屯村'}]
    >>> listed({"type": "FeatureCollection", "features": []}) is None
    True
    """
    if isinstance(whole, list):
        return whole
    if isinstance(whole, dict):
        found = next((whole[key] for key in _LISTS if isinstance(whole.get(key), list)), None)
        if found is not None:
            return list(found)
        if "standard_name" in whole:
            return [whole]
        if isinstance(whole.get("data"), dict):
            return [whole["data"]]
    return None


def _records(path: Path) -> list[Any]:
    text = text_of(path, "JSON")
    try:
        found = listed(json.loads(text))
    except json.JSONDecodeError as error:
        raise DataError(
            say(f"“{path.name}”不是 JSON：{error}。", f"{path.name} is no JSON: {error}."),
            hint=say("请重新下载或导出。", "Fetch or export it again."),
        ) from None
    if found is not None:
        return found
    raise DataError(
        say(f"“{path.name}”里没有地名记录。", f"{path.name} has no records."),
        hint=say(
            "应为一个列表，或含 records 列表的对象。",
            "It should be a list, or an object with a list `records`.",
        ),
    )
