"""Which kinds of division change there are, and what one of them is to do."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Kind = Literal[
    "town_to_subdistrict", "township_to_subdistrict", "township_to_town", "subdistrict_added"
]


@dataclass(frozen=True, slots=True)
class DivisionChange:
    """What a division change is to do."""

    kind: Kind
    old_id: str
    """The place that is a town or township today."""
    name: str
    """Standard name after the change, such as 大屯街道."""
    code: str
    """Nine digits of the township code after the change."""
    on: date
    """First day of the new division."""
    document_id: str
    """The approval."""
    members: tuple[str, ...] = ()
    """Where a sub-district is added: the villages and neighbourhoods that go over to it; places
    that are part of them, or lie within their areas, go with them."""


@cache
def kinds() -> dict[str, Any]:
    """Return the kinds of change as their file has them."""
    return tomllib.loads((files(__package__) / "kinds.toml").read_text("utf-8"))


def kind_of(old_name: str, new_name: str, *, added: bool = False) -> Kind | None:
    """Return the kind of change that two names tell; None where none is known.

    Examples
    --------
    >>> kind_of("大屯镇", "大屯街道"), kind_of("大屯乡", "大屯镇"), kind_of("大屯镇", "新区")
    ('town_to_subdistrict', 'township_to_town', None)
    """
    for identity, kind in kinds().items():
        if identity == "deadline" or added != (identity == "subdistrict_added"):
            continue
        if old_name.endswith(kind["suffix_before"]) and new_name.endswith(kind["suffix_after"]):
            return identity  # type: ignore[return-value]
    return None
