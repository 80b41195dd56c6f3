"""What a scenario is: a name, a facility type, edits of its layer and gates, and whose norms."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from geo.coverage import Edits, New
from geo.errors import DataError, NotFoundError
from geo.schema import facility_type
from geo.text import say

BASE: Final = "base"
"""Name of the workspace as it is."""

_NAME: Final = re.compile(r"[^\s/\\][^\n\r\t/\\]{0,39}")
_LON, _LAT = 180.0, 90.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """The workspace as it would be after some named edits."""

    name: str
    facility: str
    """Facility type whose layer the edits change."""
    edits: Edits = field(default_factory=Edits)
    norms_area: str = ""
    """Area whose norms are taken; empty: the place's own."""
    norms_on: date | None = None
    """Day whose norms are taken; None: the day of the comparison."""
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.edits) or bool(self.norms_area) or self.norms_on is not None

    def json(self) -> dict[str, Any]:
        """Return the scenario as plain values, which `parse_scenario` reads back."""
        edits = self.edits
        return {
            "name": self.name,
            "facility": self.facility,
            "add": [list(New(*place)) for place in edits.add],
            "move": {name: list(place) for name, place in sorted(edits.move.items())},
            "close": list(edits.close),
            "expand": dict(sorted(edits.expand.items())),
            "open_gates": list(edits.open_gates),
            "close_gates": list(edits.close_gates),
            "norms_area": self.norms_area,
            "norms_on": None if self.norms_on is None else self.norms_on.isoformat(),
            "note": self.note,
        }


def parse_scenario(values: Mapping[str, Any]) -> Scenario:
    """Read a scenario from plain values and check all of them.

    Parameters
    ----------
    values
        As `Scenario.json` returns them; what is missing is empty.

    Raises
    ------
    DataError
        Something in it is wrong; the message names everything that is.

    Examples
    --------
    >>> parse_scenario({"name": "关一处", "facility": "养老服务站", "close": ["S1"]}).edits.close
    ('S1',)
    """
    faults: list[str] = []

    def taken(what: str, read: Callable[[Any], Any], value: object) -> Any:  # noqa: ANN401
        try:
            return read(value)
        except NotFoundError as error:
            faults.append(error.message)
        except (TypeError, ValueError, AttributeError):
            faults.append(say(f"{what}“{value}”不对", f"{what}: {value!r} is wrong"))
        return None

    unknown = sorted(set(values) - set(Scenario("", "").json()))
    if unknown:
        faults.append(say(f"不认识 {'、'.join(unknown)}", f"unknown: {', '.join(unknown)}"))
    name = taken(say("名称", "name"), _name, values.get("name", ""))
    kind = taken(say("设施类型", "facility"), facility_type, values.get("facility", ""))
    edits = {
        "add": taken(say("增设", "add"), _added, values.get("add", ())),
        "move": taken(say("迁址", "move"), _moved, values.get("move", {})),
        "expand": taken(say("扩建", "expand"), _expanded, values.get("expand", {})),
        **{
            key: taken(key, _ids, values.get(key, ()))
            for key in ("close", "open_gates", "close_gates")
        },
    }
    on = values.get("norms_on")
    day = None if on is None else taken(say("规范日期", "day"), date.fromisoformat, on)
    area = taken(say("规范地区", "area"), _area, values.get("norms_area", ""))
    if faults:
        raise DataError(
            say("情景有错：", "the scenario is wrong: ") + say("；", "; ").join(faults),
            hint=say(
                "名称不超过 40 字；坐标为经度在前的度数；面积为平方米；日期如 2026-05-01。",
                "names have at most 40 letters; places are longitude, latitude in degrees; areas "
                "are m²; days are like 2026-05-01.",
            ),
        )
    note = str(values.get("note", ""))
    return Scenario(name, kind.name, Edits(**edits), area, day, note)


def _name(value: object) -> str:
    text = str(value).strip()
    if not _NAME.fullmatch(text) or text == BASE:
        raise ValueError(text)
    return text


def _area(value: object) -> str:
    text = str(value)
    if text and not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return text


def _lonlat(value: Any) -> tuple[float, float]:  # noqa: ANN401 - any JSON
    lon, lat = (float(number) for number in value)
    if not (abs(lon) <= _LON and abs(lat) <= _LAT):  # NaN as well
        raise ValueError(value)
    return lon, lat


def _square_metres(value: Any) -> float:  # noqa: ANN401 - any JSON
    area_m2 = float(value)
    if not (math.isfinite(area_m2) and area_m2 > 0):
        raise ValueError(value)
    return area_m2


def _added(value: Any) -> tuple[New, ...]:  # noqa: ANN401 - any JSON
    found = []
    for row in value:
        lon, lat, name, area_m2 = (*row, *("", None)[len(row) - 2 :]) if len(row) < 4 else row  # noqa: PLR2004 - lon, lat, name, area
        place = _lonlat((lon, lat))
        found.append(
            New(*place, str(name or ""), None if area_m2 is None else _square_metres(area_m2))
        )
    return tuple(found)


def _moved(value: Any) -> dict[str, tuple[float, float]]:  # noqa: ANN401 - any JSON
    return {str(name): _lonlat(place) for name, place in value.items()}


def _expanded(value: Any) -> dict[str, float]:  # noqa: ANN401 - any JSON
    return {str(name): _square_metres(area) for name, area in value.items()}


def _ids(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        raise TypeError(value)
    return tuple(dict.fromkeys(str(name) for name in value))
