"""What can be asked for: each process declared once, for checking, for docs and for its work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from api.jobs.fitting import faults_of
from api.people.person import Person
from api.people.scopes import Scope
from geo.errors import DataError
from geo.text import say

_MOST_FAULTS: Final = 20
"""How many faults are told one by one."""


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
        JSON schema of its values, in the words that `api.jobs.fitting` keeps to;
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
                faults += faults_of(value, one.schema, name)
            asked[name] = value
        if faults:
            told = say("；", "; ").join(faults[:_MOST_FAULTS])
            more = len(faults) - _MOST_FAULTS
            raise DataError(
                say(
                    f"{told}{f'；还有 {more} 处' if more > 0 else ''}。",
                    f"{told}{f'; {more} more' if more > 0 else ''}.",
                ),
                hint=say(
                    f"可用的输入和取值见 /processes/{self.id}。",
                    f"inputs and their values: /processes/{self.id}",
                ),
            )
        return asked
