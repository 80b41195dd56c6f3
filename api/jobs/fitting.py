"""Whether a value is what a JSON schema asks for, and in words what is wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from geo.text import say

KEPT: Final = frozenset({
    "type", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "minLength", "maxLength", "pattern", "format", "items", "minItems", "maxItems",
    "uniqueItems", "properties", "required", "additionalProperties",
})  # fmt: skip
"""What a schema may ask for; each is kept to."""
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "string": ("文字", "a text"),
    "number": ("数", "a number"),
    "integer": ("整数", "a whole number"),
    "boolean": ("true 或 false", "true or false"),
    "array": ("一列值", "a list"),
    "object": ("一个对象", "an object"),
}
_KINDS: Final[dict[str, type | tuple[type, ...]]] = {
    "string": str, "number": (int, float), "integer": int, "array": list, "object": dict,
    "boolean": bool,
}  # fmt: skip
_LONGEST_TEXT: Final = 4_000
_LONGEST_LIST: Final = 10_000

Schema = Mapping[str, Any]


def faults_of(value: object, schema: Schema, where: str) -> list[str]:
    """Return what is wrong with a value, a clause each.

    Parameters
    ----------
    value
        Of JSON.
    schema
        What it should be, in the words of `KEPT`.
    where
        What the value is called; its parts are called ``where[0]`` and ``where.name``.
    """
    kind = schema["type"]
    if not _is_of(value, kind):
        named = kind == "object" and isinstance(schema.get("additionalProperties"), Mapping)
        zh, en = ("名称和值", "names with values") if named else _WORDS[kind]
        return [say(f"“{where}”应是{zh}", f"{where} must be {en}")]
    if isinstance(value, list):
        return _faults_of_list(value, schema, where)
    if isinstance(value, dict):
        return _faults_of_object(value, schema, where)
    return (
        _faults_of_text(value, schema, where)
        if isinstance(value, str)
        else _faults_of_number(value, schema, where)
    )


def _faults_of_list(value: list[Any], schema: Schema, where: str) -> list[str]:
    least, most = schema.get("minItems", 0), schema.get("maxItems", _LONGEST_LIST)
    if not least <= len(value) <= most:
        return [_count(where, len(value), least, most, ("项", "item"))]
    if schema.get("uniqueItems") and any(one in value[:at] for at, one in enumerate(value)):
        return [say(f"“{where}”里有重复的", f"{where} names something twice")]
    inner = schema.get("items")
    if inner is None:
        return []
    return [
        fault for at, part in enumerate(value) for fault in faults_of(part, inner, f"{where}[{at}]")
    ]


def _faults_of_object(value: dict[str, Any], schema: Schema, where: str) -> list[str]:
    known, other = schema.get("properties", {}), schema.get("additionalProperties", True)
    found = [
        say(f"“{where}”缺少“{name}”", f"{where} lacks {name}")
        for name in schema.get("required", ())
        if name not in value
    ]
    for name, part in value.items():
        inner = known.get(name, other)
        if inner is False:
            found.append(say(f"“{where}”不认识“{name}”", f"{where}: {name!r} is unknown"))
        elif isinstance(inner, Mapping):
            found += faults_of(part, inner, f"{where}.{name}")
    return found


def _faults_of_text(value: str, schema: Schema, where: str) -> list[str]:
    if chosen := _unchosen(value, schema, where):
        return [chosen]
    least, most = schema.get("minLength", 0), schema.get("maxLength", _LONGEST_TEXT)
    form = schema.get("pattern", "")
    such = _such_as(schema)
    if not least <= len(value) <= most:
        return [_count(where, len(value), least, most, ("个字", "character"))]
    tests = (
        ("\0" in value, f"“{where}”有不可用的字符", f"{where} has unfit characters"),
        (schema.get("format") == "date" and not _is_day(value),
         f"“{where}”不是日期，应写成 2026-05-01", f"{where} is no day such as 2026-05-01"),
        (form and not re.fullmatch(form, value),
         f"“{where}”的写法不对{such}", f"{where} is unfit{such}"),
    )  # fmt: skip
    return [say(zh, en) for unfit, zh, en in tests if unfit][:1]


def _faults_of_number(value: Any, schema: Schema, where: str) -> list[str]:  # noqa: ANN401
    if chosen := _unchosen(value, schema, where):
        return [chosen]
    if isinstance(value, bool):
        return []
    above, below = (
        schema.get("exclusiveMinimum", -math.inf),
        schema.get("exclusiveMaximum", math.inf),
    )
    least, most = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    if least <= value <= most and above < value < below:
        return []
    bounds = [
        say(f"{zh} {bound:g}", f"{en} {bound:g}")
        for bound, zh, en in (
            (least, "不小于", "at least"),
            (above, "大于", "more than"),
            (most, "不大于", "at most"),
            (below, "小于", "less than"),
        )
        if math.isfinite(bound)
    ]
    if math.isfinite(least) and math.isfinite(most):
        bounds = [say(f"在 {least:g} 到 {most:g} 之间", f"{least:g} to {most:g}")]
    told = say("、", " and ").join(bounds)
    return [say(f"“{where}”要{told}", f"{where} must be {told}")]


def _unchosen(value: object, schema: Schema, where: str) -> str:
    """Return that a value is none of the choices, with them; nothing if it is or may be any."""
    choices = schema.get("enum")
    if not choices or value in choices:
        return ""
    labels = schema.get("x-labels", {})
    named = [f"{labels[one]}（{one}）" if one in labels else str(one) for one in choices]
    known = ", ".join(map(str, choices))
    return say(f"“{where}”只能是 {'、'.join(named)}", f"{where} must be one of {known}")


def _count(where: str, found: int, least: int, most: int, word: tuple[str, str]) -> str:
    """Return how many there must be, and how many there are."""
    zh, en = word
    plural = "s" if (least if found < least else most) != 1 else ""
    if least == most:
        wanted = say(f"应有 {least} {zh}", f"must have {least} {en}{plural}")
    elif found < least:
        wanted = say(f"至少 {least} {zh}", f"must have at least {least} {en}{plural}")
    else:
        wanted = say(f"最多 {most} {zh}", f"must have at most {most} {en}{plural}")
    return say(f"“{where}”{wanted}，现为 {found} {zh}", f"{where} {wanted}, not {found}")


def _such_as(schema: Schema) -> str:
    """Return an example of what a pattern means, to end a sentence with."""
    example = schema.get("example")
    return "" if example is None else say(f"，如 {example}", f"; write it as {example}")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_of(value: object, kind: str) -> bool:
    return kind == "boolean" if isinstance(value, bool) else isinstance(value, _KINDS[kind])
