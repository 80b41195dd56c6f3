"""What can be asked for: each process declared once, for checking, for docs and for its work."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from api.people.person import Person
from api.people.scopes import Scope
from geo.errors import DataError
from geo.text import say

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "string": ("文字", "a text"),
    "number": ("数", "a number"),
    "integer": ("整数", "a whole number"),
    "boolean": ("true 或 false", "true or false"),
    "array": ("一列值", "a list"),
    "object": ("名称和值", "an object"),
}
_LONGEST_TEXT: Final = 4_000
_LONGEST_LIST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that a process is told.

    Attributes
    ----------
    name
        As the command line calls it.
    zh, en
        What people call it.
    about_zh, about_en
        What it means.
    schema
        JSON schema of its values: ``type``, ``enum``, ``minimum``, ``maximum``, ``pattern``,
        ``items``, ``maxItems`` and ``additionalProperties`` are kept to;
        ``x-labels`` has what people call the values of an ``enum``, and ``example`` shows what a
        ``pattern`` means.
    default
        Its value when nothing is said; None where that means something of its own.
    required
        Whether something must be said.
    words
        Other words for its values, each with the value that it means.
    """

    name: str
    zh: str
    en: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    about_zh: str = ""
    about_en: str = ""
    default: object = None
    required: bool = False
    words: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_file(self) -> bool:
        """Whether it is a file that is sent along."""
        return "contentEncoding" in self.schema

    @property
    def is_day(self) -> bool:
        """Whether it is a day, today when nothing is said."""
        return self.schema.get("format") == "date"

    def described(self) -> dict[str, Any]:
        """Return the input as OGC API – Processes describes it."""
        schema = dict(self.schema)
        if self.default is not None:
            schema["default"] = self.default
        about = say(self.about_zh, self.about_en)
        return {
            "title": say(self.zh, self.en),
            **({"description": about} if about else {}),
            "minOccurs": int(self.required),
            "maxOccurs": 1,
            "schema": schema,
        }


def _as_asked(inputs: dict[str, Any], person: Person) -> dict[str, Any]:
    """Return inputs as they are, whoever asks."""
    del person
    return inputs


def _for_all(inputs: Mapping[str, Any]) -> bool:
    """Return that whoever asks the same gets the same."""
    del inputs
    return False


@dataclass(frozen=True, slots=True)
class Process:
    """Something that a server can be asked to do.

    Attributes
    ----------
    id
        What the address has, mostly the name of the command that does the same.
    zh, en, about_zh, about_en
        What people are told.
    inputs
        What it is told.
    shares
        Share of the time that each step takes, by its English name.
    module
        Module whose ``run(task)`` does it.
    scope
        What one must be allowed to ask for it.
    reads
        What the answer depends on beside the inputs: the ``layers`` with their streets, the layers
        and ``candidates``, the ``names``, or ``all`` that the store holds.
    changes
        Whether it changes what it reads: then a job that is done answers the same question only
        as long as the data are as it left them.
    settle
        Fills in what depends on who asks, and refuses what this person may not ask for.
    is_own
        Whether what comes of some inputs is the asker's own: then it answers nobody else, and
        nothing twice.
    """

    id: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    inputs: tuple[Input, ...]
    shares: Mapping[str, float]
    module: str
    scope: Scope = "plan"
    reads: Literal["layers", "candidates", "names", "all"] = "layers"
    changes: bool = False
    settle: Callable[[dict[str, Any], Person], dict[str, Any]] = _as_asked
    is_own: Callable[[Mapping[str, Any]], bool] = _for_all
    version: str = "1.0.0"

    @property
    def title(self) -> str:
        """What people call it."""
        return say(self.zh, self.en)

    def checked(self, given: Mapping[str, Any], *, today: date) -> dict[str, Any]:
        """Return what was asked, with everything that was left open filled in.

        Parameters
        ----------
        given
            Values by input.
        today
            Taken for a day that is left open.

        Raises
        ------
        DataError
            An input is unknown, missing or unfit; the message names each.
        """
        known = {one.name: one for one in self.inputs}
        faults = [
            say(f"不认识“{name}”", f"{name!r} is unknown") for name in given if name not in known
        ]
        asked = {}
        for name, one in known.items():
            value = given.get(name)
            if isinstance(value, str):
                value = one.words.get(value.strip(), value)
            if value is None:
                if one.required:
                    faults.append(say(f"缺少“{name}”（{one.zh}）", f"{name} is missing"))
                asked[name] = today.isoformat() if one.is_day else one.default
                continue
            if not one.is_file:
                faults += _faults(value, one.schema, name)
            asked[name] = value
        if faults:
            raise DataError(
                say("；".join(faults) + "。", "; ".join(faults) + "."),
                hint=say(
                    f"可用的输入和取值见 /processes/{self.id}。",
                    f"inputs and their values: /processes/{self.id}",
                ),
            )
        return asked


def _faults(value: object, schema: Mapping[str, Any], where: str) -> list[str]:
    """Return what is wrong with a value of an input."""
    kind = schema["type"]
    if not _is_of(value, kind):
        return [say(f"“{where}”应是{_WORDS[kind][0]}", f"{where} must be {_WORDS[kind][1]}")]
    if isinstance(value, list):
        most = schema.get("maxItems", _LONGEST_LIST)
        if len(value) > most:
            return [say(f"“{where}”最多 {most} 项", f"{where} has at most {most} items")]
        return [
            fault
            for at, part in enumerate(value)
            for fault in _faults(part, schema["items"], f"{where}[{at}]")
        ]
    if isinstance(value, dict):
        return [
            fault
            for name, part in value.items()
            for fault in _faults(part, schema["additionalProperties"], f"{where}.{name}")
        ]
    return _faults_of_one(value, schema, where)


def _faults_of_one(value: Any, schema: Mapping[str, Any], where: str) -> list[str]:  # noqa: ANN401
    labels = schema.get("x-labels", {})
    choices = [
        f"{labels[one]}（{one}）" if one in labels else str(one) for one in schema.get("enum", ())
    ]
    known = ", ".join(map(str, schema.get("enum", ())))
    least, most = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    form = schema.get("pattern", "")
    text = isinstance(value, str)
    number = not text and not isinstance(value, bool)
    tests = (
        (choices and value not in schema["enum"],
         f"“{where}”只能是 {'、'.join(choices)}", f"{where} must be one of {known}"),
        (text and (len(value) > _LONGEST_TEXT or "\0" in value),
         f"“{where}”的文字太长或有不可用的字符", f"{where} is unfit or too long"),
        (text and schema.get("format") == "date" and not _is_day(value),
         f"“{where}”不是日期，应写成 2026-05-01", f"{where} is no day such as 2026-05-01"),
        (text and form and not re.fullmatch(form, value[:_LONGEST_TEXT]),
         f"“{where}”的写法不对{_such_as(schema)}", f"{where} is unfit{_such_as(schema)}"),
        (number and not least <= value <= most,
         f"“{where}”要{_between(least, most)}", f"{where} must be {_between(least, most)}"),
    )  # fmt: skip
    return [say(zh, en) for unfit, zh, en in tests if unfit][:1]


def _such_as(schema: Mapping[str, Any]) -> str:
    """Return an example of what a pattern means, to end a sentence with."""
    example = schema.get("example")
    return "" if example is None else say(f"，如 {example}", f"; write it as {example}")


def _between(least: float, most: float) -> str:
    """Return the bounds of a number in words."""
    if most == math.inf:
        return say(f"不小于 {least:g}", f"at least {least:g}")
    if least == -math.inf:
        return say(f"不大于 {most:g}", f"at most {most:g}")
    return say(f"在 {least:g} 到 {most:g} 之间", f"{least:g} to {most:g}")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_of(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    kinds: dict[str, type | tuple[type, ...]] = {
        "string": str, "number": (int, float), "integer": int, "array": list, "object": dict,
        "boolean": bool,
    }  # fmt: skip
    return isinstance(value, kinds[kind])
