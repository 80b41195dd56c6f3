"""What ``POST /whatif`` is told: a question, and what is tried out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from api.jobs.process import Input, Process
from api.parameters import FACILITY_TYPE, facility_words
from geo.crs import parse_datum, to_cgcs2000
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.coverage import Edits, Question

_PLACE: Final = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
_DEGREES: Final = (180.0, 90.0)
_MOST_EDITS: Final = 200
"""More than anybody tries at once; each costs milliseconds."""

_TEXTS: Final = {"type": "array", "items": {"type": "string"}}
_DAY: Final = {
    "type": "string",
    "pattern": r"\d{4}-\d{2}-\d{2}",
    "format": "date",
    "example": "2026-05-01",
}
_WALKERS: Final = ["elder", "frail", "general", "wheelchair"]
QUESTION: Final = (
    Input(
        "facility", "设施类型", "facility type", FACILITY_TYPE,
        "名称或代号，如 社区养老服务站、elder_station。", words=facility_words(),
    ),
    Input(
        "minutes", "时限", "limits",
        {"type": "array", "items": {"type": "number", "minimum": 0.1, "maximum": 240},
         "minItems": 1, "maxItems": 12},
        "可写多个，如 [5, 10, 15]；不写按设施类型。", "Several; the type's if none.",
    ),
    Input(
        "speed_m_s", "步速", "walking speed", {"type": "number", "minimum": 0.1, "maximum": 5},
        "米每秒；不写按步行者。",
    ),
    Input(
        "profile", "步行方式", "walking profile", {"type": "string", "enum": _WALKERS},
        "为谁算：老年人、体弱者、一般人、轮椅。", default="elder",
    ),
    Input("on", "日期", "day", _DAY, "按哪一天计算；不写为今天。"),
    Input(
        "own_only", "只算本区设施", "own county only", {"type": "boolean"},
        "不计邻区的设施。", default=False,
    ),
    Input(
        "as_of", "推算年份", "projected to",
        {"type": "integer", "minimum": 1900, "maximum": 2200}, "老年人数按哪一年的推算数。",
    ),
)  # fmt: skip
_EDITS: Final = (
    Input("add", "增设", "add", {"type": "array", "items": _PLACE}, "[经度, 纬度] 的列表。"),
    Input(
        "move", "迁址", "move", {"type": "object", "additionalProperties": _PLACE},
        "{编号: [经度, 纬度]}。",
    ),
    Input("close", "关闭", "close", _TEXTS, "设施编号。"),
    Input("open_gate", "打开出入口", "open gates", _TEXTS, "出入口编号。"),
    Input("close_gate", "关闭出入口", "close gates", _TEXTS, "出入口编号。"),
    Input(
        "datum", "坐标基准", "datum", {"type": "string"},
        "所给坐标的基准：cgcs2000、wgs84、gcj02（高德、腾讯）、bd09（百度）。", default="cgcs2000",
    ),
)  # fmt: skip
_SHOWN: Final = (
    Input("session", "会话", "session", {"type": "string"}, "上一次应答给出的；不必再写问题。"),
    Input(
        "areas", "列哪些村居", "areas listed",
        {"type": "string", "enum": ["changed", "all", "none"]}, default="changed",
    ),
    Input(
        "points", "最多列多少个需求点", "points listed",
        {"type": "integer", "minimum": 0, "maximum": 100_000}, default=1000,
    ),
)  # fmt: skip
_ASKED: Final = Process(
    "whatif", "试改", "What if", "", "", (*QUESTION, *_EDITS, *_SHOWN), {}, "api.routes.whatif"
)

BODY: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        one.name: {
            **one.schema,
            "title": one.zh,
            **({"description": one.about_zh} if one.about_zh else {}),
        }
        for one in _ASKED.inputs
    },
    "additionalProperties": False,
}
EXAMPLE: Final = {
    "facility": "elder_station",
    "minutes": [15],
    "add": [[114.225, 30.511]],
    "open_gate": [],
}


def checked(body: object) -> dict[str, Any]:
    """Return what was asked, with everything that was left open filled in.

    Raises
    ------
    DataError
        A member is unknown or unfit, or more is tried than anybody needs.
    """
    if not isinstance(body, Mapping):
        raise DataError(say("内容应是一个 JSON 对象。", "the body must be a JSON object."))
    today = datetime.now(tz=UTC).astimezone().date()
    try:
        asked = _ASKED.checked(body, today=today)
    except DataError as error:
        raise DataError(
            error.message, hint=say("可写的内容见 /api。", "what may be written: /api")
        ) from None
    if sum(len(asked[one.name] or ()) for one in _EDITS if one.name != "datum") > _MOST_EDITS:
        raise DataError(
            say(f"一次最多试 {_MOST_EDITS} 处改动。", f"at most {_MOST_EDITS} edits at once.")
        )
    return asked


def question_of(asked: Mapping[str, Any]) -> Question:
    """Return the question.

    Raises
    ------
    DataError, NotFoundError
        It is none.
    """
    from geo.coverage import ask  # noqa: PLC0415

    return ask(
        asked["facility"],
        on=date.fromisoformat(asked["on"]),
        minutes=asked["minutes"] or (),
        walker=asked["profile"],
        speed_m_s=asked["speed_m_s"],
        own_only=asked["own_only"],
        as_of=asked["as_of"],
    )


def edits_of(asked: Mapping[str, Any]) -> Edits:
    """Return what is tried out, its places brought to CGCS2000.

    Raises
    ------
    DataError
        A place or the datum is not as it should be.
    """
    from geo.coverage import Edits  # noqa: PLC0415

    add, move = asked["add"] or [], asked["move"] or {}
    places = [_place(place) for place in (*add, *move.values())]
    datum = parse_datum(asked["datum"])
    turned = [(float(x), float(y)) for x, y in to_cgcs2000(places, datum)] if places else []
    return Edits(
        add=tuple(turned[: len(add)]),
        move=dict(zip(move, turned[len(add) :], strict=True)),
        close=tuple(asked["close"] or ()),
        open_gates=tuple(asked["open_gate"] or ()),
        close_gates=tuple(asked["close_gate"] or ()),
    )


def _place(place: list[float]) -> tuple[float, float]:
    if len(place) == 2 and abs(place[0]) <= _DEGREES[0] and abs(place[1]) <= _DEGREES[1]:  # noqa: PLR2004
        return float(place[0]), float(place[1])
    raise DataError(
        say(f"坐标 {place} 不对。", f"{place} is not a place."),
        hint=say("请写成 [经度, 纬度]，如 [114.225, 30.511]。", "Write it as [LON, LAT]."),
    )
