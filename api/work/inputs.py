"""Inputs that several processes share, each declared once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from api.jobs.process import Input
from api.parameters import FACILITY_TYPE, facility_words

TEXT: Final = {"type": "string"}
TEXTS: Final = {"type": "array", "items": {"type": "string"}}
TRUTH: Final = {"type": "boolean"}
NUMBER: Final = {"type": "number", "minimum": 0}
FILE_SENT: Final = {
    "type": "string",
    "contentEncoding": "base64",
    "contentMediaType": "application/octet-stream",
}
DAY: Final = {"type": "string", "pattern": r"\d{4}-\d{2}-\d{2}", "example": "2026-05-01"}
DATUM: Final = {"type": "string", "pattern": r"[A-Za-z0-9:]{2,20}", "example": "gcj02"}
AREA_CODE: Final = {"type": "string", "pattern": r"\d{2,12}", "example": "340207"}

FACILITY: Final = Input(
    "facility", "设施类型", "facility type", FACILITY_TYPE,
    "名称或代号，如 社区养老服务站、elder_station。", "Name or id, such as elder_station.",
    required=True, words=facility_words(),
)  # fmt: skip
ON: Final = Input(
    "on", "日期", "day", {**DAY, "format": "date"},
    "按哪一天计算；不写为提交的当天。", "The day that counts; the day of asking if none.",
)  # fmt: skip
AS_OF: Final = Input(
    "as_of", "推算年份", "projected to", {"type": "integer", "minimum": 1900, "maximum": 2200},
    "老年人数按哪一年的推算数。", "Year to which elders are projected.",
)  # fmt: skip
SPEED: Final = Input(
    "speed_m_s", "步速", "walking speed", {"type": "number", "minimum": 0.1, "maximum": 5},
    "米每秒；不写按步行者。", "Metres a second; the walker's if none.",
)  # fmt: skip
WALKER: Final = Input(
    "profile", "步行方式", "walking profile",
    {"type": "string", "enum": ["elder", "frail", "general", "wheelchair"]},
    "为谁算：老年人、体弱者、一般人、轮椅。", "Who walks.", default="elder",
)  # fmt: skip
OWN_ONLY: Final = Input(
    "own_only", "只算本类", "own type only", TRUTH,
    "不计可以替代的其他类设施。", "Leave out other types that may stand in.", default=False,
)  # fmt: skip
MINUTES: Final = Input(
    "minutes", "时限", "limit", {"type": "number", "minimum": 0.1, "maximum": 240},
    "步行几分钟以内；不写按设施类型。", "Minutes of walking; the type's if none.",
)  # fmt: skip
AREA: Final = Input(
    "area", "区划代码", "area code", AREA_CODE,
    "不写为工作区的区县。", "The workspace's county if none.",
)  # fmt: skip
DRAW: Final = Input(
    "map", "绘制地图", "draw a map", TRUTH, "另存为一个网页文件。", "As one page.", default=True
)


def day_of(inputs: Mapping[str, Any]) -> date:
    """Return the day that counts."""
    return date.fromisoformat(inputs["on"])
