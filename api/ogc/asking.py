"""Forms of inputs: a control for each by its schema, and the values that a filled one says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, Final

from api.advice import at_a_server
from api.jobs.process import Input
from api.ogc.choice_words import DATUMS, PAIRS, choice_words
from api.ogc.sent import File, Sent
from api.ogc.told import Control
from geo.errors import DataError, PlannerError
from geo.text import say

EMPTY: Final = Sent()
_COMMAS: Final = re.compile(r"[,，、;；\s]+")
_LINES: Final = re.compile(r"[\n;；、]+")
_DAY: Final = r"\d{4}-\d{2}-\d{2}"
_PAIRED: Final = re.compile(r"\s*[=＝:：]\s*")  # noqa: RUF001 - as people type them
_ANY: Final = "any"
_LONG_TEXTS: Final = ("text", "reason")
_PLAIN: Final = frozenset({"facility", "profile", "demand", "goal", "order", "layer"})
"""Choices whose words say all."""
_PAIR_ABOUT: Final = ("每行一项：名称=值。", "One on each line: name=value.")
_LINE_ABOUT: Final = ("每行一个。", "One on each line.")


def controls_of(
    inputs: Iterable[Input], sent: Sent = EMPTY, *, prefix: str = ""
) -> tuple[Control, ...]:
    """Return a control for each input, filled in as it was sent, else as it is by default.

    Parameters
    ----------
    inputs
        What is asked.
    sent
        What was filled in before.
    prefix
        Parts the controls of several forms on one page.
    """
    return tuple(_control(one, sent, prefix) for one in inputs)


def values_of(inputs: Iterable[Input], sent: Sent) -> dict[str, Any]:
    """Return what a form says, by input; what is left open is left out.

    A number that is none stays a text, so that whoever checks it says so.
    """
    values: dict[str, Any] = {}
    known = {one.name: one for one in inputs}
    for name, texts in sent.fields.items():
        values[name] = _value(known[name], texts) if name in known else texts[0]
    return values | dict(sent.files)


def file_sent(file: File) -> dict[str, str]:
    """Return a file as an execution of a process has it."""
    told = {"encoding": "base64", "name": file.name, "mediaType": file.media_type}
    return {"value": file.base64, **told}


def in_words_of_form(error: PlannerError, inputs: Iterable[Input]) -> PlannerError:
    """Return an error that calls inputs as the form does, not as programs and commands do."""
    known = tuple(inputs)
    hint = "" if "/processes/" in error.hint or "可写：" in error.hint else error.hint
    said = copy(error)
    said.message = _in_words(at_a_server(error.message), known)
    said.hint = _in_words(at_a_server(hint), known)
    return said


def _in_words(text: str, inputs: Sequence[Input]) -> str:
    """Return a text that calls inputs as the form does."""
    for one in inputs:
        text = text.replace(f"缺少“{one.name}”（{one.zh}）", f"请填写“{one.zh}”")
        called = say(one.zh, one.en)
        text = re.sub(
            rf"“{one.name}\[(\d+)\]”",
            lambda m, called=called: f"“{called}”第 {int(m[1]) + 1} 项",  # type: ignore[misc]
            text,
        )
        text = re.sub(rf"“{one.name}(?=[”.])", f"“{called}", text)
    return text


def _control(one: Input, sent: Sent, prefix: str) -> Control:
    kind, lines = _kind(one)
    schema = one.schema
    filled = sent.fields.get(one.name)
    inner = schema.get("items", schema)
    choices = [(str(value), choice_words(one, str(value))) for value in inner.get("enum", ())]
    if schema["type"] == "boolean":
        choices = [("true", say("是", "yes")), ("false", say("否", "no"))]
    if kind == "choice" and one.default is None:
        choices.insert(0, ("", say("请选择", "choose") if one.required else say("不写", "open")))
    if one.name == "datum" and kind == "text":
        choices = [(value, say(*words)) for value, words in DATUMS.items()]
    return Control(
        kind,
        one.name,
        say(one.zh, one.en),
        "" if kind == "choice" and one.name in _PLAIN else _about(one, kind),
        value="\n".join(filled) if filled else _default(one),
        values=tuple(filled or ()),
        choices=tuple(choices) if kind in ("choice", "many") or one.name == "datum" else (),
        limits=_limits(one, kind),
        required=one.required,
        lines=lines,
        prefix=prefix,
    )


def _kind(one: Input) -> tuple[str, int]:
    """Return the kind of control that fits an input, and its lines."""
    schema = one.schema
    kind = schema["type"]
    if one.is_file:
        return "file", 1
    if "enum" in schema or kind == "boolean":
        return "choice", 1
    if kind == "array" and "enum" in schema["items"]:
        return "many", 1
    listed = kind == "array" and schema["items"]["type"] == "string"
    if kind == "object" or listed or one.name in _LONG_TEXTS:
        return "area", 2
    if one.is_day or schema.get("pattern") == _DAY:
        return "date", 1
    return "number" if kind in ("number", "integer") else "text", 1


def _limits(one: Input, kind: str) -> tuple[tuple[str, str], ...]:
    schema = one.schema
    if kind == "file":
        return (("accept", ".xlsx,.xls,.csv,.gpkg,.geojson,.json,.kml,.zip,.toml"),)
    if kind != "number":
        return ()
    named = (("minimum", "min"), ("maximum", "max"))
    found = [(name, f"{schema[key]:g}") for key, name in named if key in schema]
    return (*found, ("step", "1" if schema["type"] == "integer" else _ANY))


def _default(one: Input) -> str:
    default = one.default
    if default is None:
        return ""
    if isinstance(default, bool):
        return "true" if default else "false"
    return f"{default:g}" if isinstance(default, float) else str(default)


def _about(one: Input, kind: str) -> str:
    """Return what an input means, as one fills in a form."""
    if one.schema["type"] == "object" and one.name in PAIRS:
        return say(*PAIRS[one.name])
    about = say(one.about_zh, one.about_en)
    parts = [part.split(say("，如 [", ", such as ["))[0] for part in about.split(say("；", "; "))]
    told = say("；", "; ").join(p for p in parts if "Base64" not in p).rstrip(say("。", "."))
    told = re.split(r"，如 \{|, such as \{", told)[0]
    schema = one.schema
    if kind == "area":
        more = _PAIR_ABOUT if schema["type"] == "object" else _LINE_ABOUT
        told = f"{told}{say('。', '. ') if told else ''}" + say(*more).rstrip(say("。", "."))
    if kind == "text" and schema["type"] == "array":
        more_zh, more_en = "几个用逗号隔开，如 5，10，15", "several parted by commas"
        if schema["items"]["type"] == "integer":
            more_zh, more_en = "用逗号隔开，如 2026，2027，2028", "parted by commas"
        told = f"{told}{say('。', '. ') if told else ''}{say(more_zh, more_en)}"
    return f"{told}{say('。', '.')}" if told else ""


def _value(one: Input, texts: Sequence[str]) -> object:
    """Return what the texts of a field say."""
    schema, text = one.schema, texts[0]
    kind = schema["type"]
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind in ("number", "integer"):
        return _number(text)
    if kind == "object":
        return _pairs(one, text, schema.get("additionalProperties"))
    return _list(schema["items"], texts) if kind == "array" else text


def _list(inner: Mapping[str, Any], texts: Sequence[str]) -> list[object]:
    if "enum" in inner:
        return list(texts)
    if inner["type"] in ("number", "integer"):
        return [_number(part) for part in _COMMAS.split(texts[0]) if part]
    return [part.strip() for part in _LINES.split(texts[0]) if part.strip()]


def _pairs(one: Input, text: str, inner: object) -> dict[str, object]:
    """Return names and values, one pair on a line.

    Raises
    ------
    DataError
        A line is no pair.
    """
    numbers = isinstance(inner, Mapping) and inner.get("type") in ("number", "integer")
    found: dict[str, object] = {}
    for line in text.split("\n"):
        if not line.strip():
            continue
        parts = _PAIRED.split(line.strip(), maxsplit=1)
        if len(parts) != 2 or not all(parts):  # noqa: PLR2004 - a name and a value
            raise DataError(
                say(
                    f"“{one.zh}”的“{line.strip()}”应写成“名称=值”。",
                    f"{one.en}: write {line.strip()!r} as name=value.",
                )
            )
        found[parts[0]] = _number(parts[1]) if numbers else parts[1]
    return found


def _number(text: str) -> object:
    plain = text.strip().replace(",", "").replace("，", "")
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        return float(plain)
    except ValueError:
        return text
