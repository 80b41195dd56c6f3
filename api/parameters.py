"""What may stand behind the question mark: each parameter declared once, for checking and docs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from starlette.requests import Request

from geo.errors import DataError
from geo.schema import facility_types
from geo.text import say

TRUTHS: Final = {
    **dict.fromkeys(("true", "1", "是", "yes"), True),
    **dict.fromkeys(("false", "0", "否", "no"), False),
}
"""Words for what is so and what is not."""
FACILITY_TYPE: Final[Mapping[str, Any]] = {
    "type": "string",
    "enum": sorted(facility_types()),
    "x-labels": {name: kind.zh for name, kind in sorted(facility_types().items())},
}
"""A type of facility by its id; what people call it is taken as well."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a route.

    Attributes
    ----------
    name
        As it stands in the address.
    about
        What it means, in Chinese, for the OpenAPI document.
    schema
        JSON schema of its values.
    example
        A value that works on the demo.
    place
        ``query`` or ``path``.
    repeated
        Whether a list may be written word by word, each behind the name of the parameter.
    """

    name: str
    about: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    example: object = None
    place: str = "query"
    repeated: bool = False

    def documented(self) -> dict[str, Any]:
        """Return the parameter as OpenAPI describes it."""
        return {
            "name": self.name,
            "in": self.place,
            "required": self.place == "path",
            "description": self.about,
            "schema": dict(self.schema),
            **({} if self.example is None else {"example": self.example}),
            **(
                {"style": "form", "explode": self.repeated}
                if self.schema.get("type") == "array"
                else {}
            ),
        }


def documented(*parameters: Parameter) -> dict[str, Any]:
    """Return what a route adds to the OpenAPI document for its parameters."""
    return {"parameters": [parameter.documented() for parameter in parameters]}


def asked(
    request: Request, known: Iterable[str], *, repeated: Collection[str] = ()
) -> dict[str, str]:
    """Return the parameters of a request by name.

    A form of a page sends the boxes that were left empty too; to programs an empty value is a slip.

    Parameters
    ----------
    request
        The request.
    known
        Those that there are.
    repeated
        Lists that may stand word by word; they come back with commas.

    Raises
    ------
    DataError
        One is unknown, or stands twice, or says nothing.
    """
    allowed = set(known)
    found: dict[str, str] = {}
    by_form = _is_for_a_page(request)
    for name, value in request.query_params.multi_items():
        if name not in allowed:
            raise DataError(
                say(f"不认识参数“{name}”。", f"unknown parameter {name!r}."),
                hint=say(
                    f"这里可用：{'、'.join(sorted(allowed))}。",
                    f"known here: {', '.join(sorted(allowed))}",
                )
                if allowed
                else say("这个地址没有参数。", "this address has no parameters."),
            )
        if name in found and name not in repeated:
            raise DataError(say(f"参数“{name}”写了两次。", f"parameter {name!r} stands twice."))
        if value.strip():
            found[name] = f"{found[name]},{value}" if name in found else value
        elif not by_form or name == "f":
            raise DataError(
                say(f"参数“{name}”没有写值。", f"parameter {name!r} says nothing."),
                hint=say("不需要这个参数就不写。", "leave it out if you do not need it."),
            )
    return found


def _is_for_a_page(request: Request) -> bool:
    wanted = request.query_params.get("f")
    return wanted == "html" or (wanted is None and "text/html" in request.headers.get("accept", ""))


def truth(name: str, text: str) -> bool:
    """Return whether a reader says that something is so.

    Raises
    ------
    DataError
        He says neither.
    """
    found = TRUTHS.get(text.strip().lower())
    if found is None:
        raise DataError(
            say(
                f"“{name}”应是 true（是）或 false（否），现为“{text}”。",
                f"{name} is true or false, not {text!r}.",
            )
        )
    return found


def whole(name: str, text: str, *, least: int, most: int) -> int:
    """Return a whole number; above `most` it counts as `most`.

    Raises
    ------
    DataError
        It is no whole number, or less than `least`.
    """
    digits = text.strip().removeprefix("+")
    if not (digits.isascii() and digits.isdecimal() and int(digits[:20]) >= least):
        raise DataError(
            say(
                f"参数“{name}”应是不小于 {least} 的整数，现为“{text}”。",
                f"{name} must be a whole number of at least {least}, not {text!r}.",
            )
        )
    return min(int(digits[:20]), most)


def numbers(name: str, text: str, counts: tuple[int, ...]) -> list[float]:
    """Return numbers parted by commas, of which there are so many.

    Raises
    ------
    DataError
        One is no finite number, or their count is another.
    """
    parts = text.split(",")
    try:
        found = [float(part) for part in parts]
    except ValueError:
        found = []
    if len(found) not in counts or not all(abs(number) < float("inf") for number in found):
        wanted = say(" 或 ", " or ").join(map(str, counts))
        raise DataError(
            say(
                f"参数“{name}”应是 {wanted} 个用逗号隔开的数，现为“{text}”。",
                f"{name} must be {wanted} numbers parted by commas, not {text!r}.",
            )
        )
    return found


@cache
def facility_words() -> dict[str, str]:
    """Return the types of facilities by everything that they are called."""
    return {
        word: kind.name
        for kind in facility_types().values()
        for word in (kind.name, kind.zh, kind.en, *kind.synonyms)
    }


def facility_named(text: str) -> str:
    """Return the type of facility that is called so.

    Raises
    ------
    DataError
        None is; the hint has those there are.
    """
    found = facility_words().get(text.strip())
    if found is None:
        kinds = facility_types().values()
        raise DataError(
            say(f"没有设施类型“{text}”。", f"there is no facility type {text!r}."),
            hint=say(
                f"可用：{'、'.join(f'{kind.zh}（{kind.name}）' for kind in kinds)}",
                f"there are: {', '.join(kind.name for kind in kinds)}",
            ),
        )
    return found
