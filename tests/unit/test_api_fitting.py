"""What is sent is held against its schema: every word of it, and every fault told at once."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import api.routes
from api.jobs import known
from api.jobs.fitting import KEPT, faults_of
from api.jobs.process import Input, Process
from api.routes.bodies import Body
from api.routes.whatif_asked import checked
from geo.errors import DataError
from geo.text import speak

_SAID = {"title", "description", "default", "example", "x-labels"}
"""What a schema says beside what it asks for."""


def _inputs() -> Iterator[Input]:
    for process in known.processes().values():
        yield from process.inputs
    for module in pkgutil.iter_modules(api.routes.__path__, "api.routes."):
        for found in vars(importlib.import_module(module.name)).values():
            if isinstance(found, Body):
                yield from found.members


def _within(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield schema
    inner = [schema.get("items"), schema.get("additionalProperties")]
    for one in (*inner, *schema.get("properties", {}).values()):
        if isinstance(one, Mapping):
            yield from _within(one)


def test_no_schema_asks_for_what_nobody_keeps_to() -> None:
    asked = [(one.name, schema) for one in _inputs() if not one.is_file
             for schema in _within(one.schema)]  # fmt: skip
    assert len(asked) > 100
    for name, schema in asked:
        assert set(schema) <= KEPT | _SAID, name
        assert schema.get("format") in {None, "date"}, name


_bounds = st.integers(-3, 3) | st.sampled_from([0.5, 1.5])
_numbers = st.fixed_dictionaries(
    {"type": st.sampled_from(["number", "integer"])},
    optional={
        "minimum": _bounds,
        "maximum": _bounds,
        "exclusiveMinimum": _bounds,
        "exclusiveMaximum": _bounds,
        "enum": st.lists(st.integers(-3, 3), min_size=1),
    },
)
_texts = st.fixed_dictionaries(
    {"type": st.just("string")},
    optional={
        "minLength": st.integers(0, 3),
        "maxLength": st.integers(0, 3),
        "enum": st.lists(st.text("ab", max_size=2), min_size=1),
        "pattern": st.sampled_from(["^a*$", "^[ab]{2}$"]),
        "format": st.just("date"),
    },
)
_plain = _numbers | _texts | st.just({"type": "boolean"})


def _nested(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    lists = st.fixed_dictionaries(
        {"type": st.just("array")},
        optional={
            "items": inner,
            "minItems": st.integers(0, 3),
            "maxItems": st.integers(0, 3),
            "uniqueItems": st.booleans(),
        },
    )
    objects = st.fixed_dictionaries(
        {"type": st.just("object")},
        optional={
            "properties": st.dictionaries(st.sampled_from("xy"), inner),
            "required": st.lists(st.sampled_from("xy"), unique=True),
            "additionalProperties": st.booleans() | inner,
        },
    )
    return lists | objects


_values = st.recursive(
    st.booleans()
    | st.integers(-4, 4)
    | st.sampled_from([0.5, 1.5, "2026-05-01", "2026-02-30"])
    | st.text("abc", max_size=4)
    | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("xyz"), inner),
    max_leaves=6,
)


@given(st.recursive(_plain, _nested, max_leaves=4), st.lists(_values, min_size=5, max_size=20))
def test_what_is_refused_is_what_another_checker_refuses(
    schema: dict[str, Any], values: list[Any]
) -> None:
    other = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    for value in values:
        assert bool(faults_of(value, schema, "x")) == (not other.is_valid(value)), value


@pytest.mark.parametrize(
    ("value", "schema", "zh", "en"),
    [
        ([1], {"type": "array", "minItems": 2, "maxItems": 2},
         "“x”应有 2 项，现为 1 项", "x must have 2 items, not 1"),
        ([], {"type": "array", "minItems": 1},
         "“x”至少 1 项，现为 0 项", "x must have at least 1 item, not 0"),
        ("很长的名称", {"type": "string", "maxLength": 3},
         "“x”最多 3 个字，现为 5 个字", "x must have at most 3 characters, not 5"),
        (7, {"type": "number", "exclusiveMinimum": 0, "maximum": 5},
         "“x”要大于 0、不大于 5", "x must be more than 0 and at most 5"),
        (0.01, {"type": "number", "minimum": 0.1, "maximum": 240},
         "“x”要在 0.1 到 240 之间", "x must be 0.1 to 240"),
        (["a", "a"], {"type": "array", "uniqueItems": True},
         "“x”里有重复的", "x names something twice"),
        ({"z": 1}, {"type": "object", "properties": {}, "additionalProperties": False},
         "“x”不认识“z”", "x: 'z' is unknown"),
        ({"甲": "1"}, {"type": "object", "additionalProperties": {"type": "number"}},
         "“x.甲”应是数", "x.甲 must be a number"),
    ],
)  # fmt: skip
def test_a_fault_is_told_in_words(value: object, schema: dict[str, Any], zh: str, en: str) -> None:
    assert faults_of(value, schema, "x") == [zh]
    speak("en")
    try:
        assert faults_of(value, schema, "x") == [en]
    finally:
        speak("zh")


def test_all_faults_of_a_question_come_in_one_message() -> None:
    with pytest.raises(DataError) as refused:
        checked({
            "facility": "castle", "minutes": [], "add": [[1], [114.2, 30.5], [1, 2, 3]],
            "speed_m_s": 9, "tower": 1, "points": -1,
        })  # fmt: skip
    told = refused.value.message
    for part in (
        "不认识“tower”", "“facility”只能是", "“minutes”至少 1 项", "“add[0]”应有 2 项，现为 1 项",
        "“add[2]”应有 2 项，现为 3 项", "“speed_m_s”要在 0.1 到 5 之间", "“points”要在 0 到",
    ):  # fmt: skip
        assert part in told
    assert "add[1]" not in told


def test_of_very_many_faults_some_are_told_and_the_rest_counted() -> None:
    years = Input("years", "年份", "years", {"type": "array", "items": {"type": "integer"}})
    process = Process("x", "", "", "", "", (years,), {}, "")
    with pytest.raises(DataError, match=r"“years\[19\]”应是整数；还有 4980 处。$"):
        process.checked({"years": ["?"] * 5_000}, today=date(2026, 5, 1))
