"""What kinds of places there are: the class codes, each with the source that gives it."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from geo.errors import DataError
from geo.text import say

FEATURE_CLASSES: Final = ("A", "H", "L", "P", "R", "S", "T")
"""Classes of GeoNames that Linked Places Format asks for."""

_FIVE_DIGITS: Final = re.compile(r"[1-9]\d{4}")


@dataclass(frozen=True, slots=True)
class PlaceClass:
    """One class of places."""

    code: str
    """Five digits, padded with zeros on the right."""
    group: str
    group_zh: str
    """The census's class (大类) that it belongs to."""
    zh: str
    en: str
    feature_class: str
    source: str
    draft: bool
    """Not read in a published list, and to be checked against the standard itself."""

    @property
    def name(self) -> str:
        """Name in the user's language."""
        return say(self.zh, self.en)


@cache
def classes() -> dict[str, PlaceClass]:
    """Return the classes by code, in the order of their codes.

    Raises
    ------
    DataError
        The table names a line twice or leaves out what it must have.
    """
    text = (files(__package__) / "classes.csv").read_text("utf-8")
    found: dict[str, PlaceClass] = {}
    faults = []
    for line, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        one = PlaceClass(**(row | {"draft": row["draft"] == "1"}))
        whole = all(row.values()) and _FIVE_DIGITS.fullmatch(one.code)
        if not whole or one.code in found or one.feature_class not in FEATURE_CLASSES:
            faults.append(str(line))
        found[one.code] = one
    if faults:
        lines = "、".join(faults)
        raise DataError(
            say(
                f"地名类别表第 {lines} 行不完整、重复，或代码不是 5 位数字。",
                f"classes.csv, lines {lines}: incomplete, repeated, or no five-digit code.",
            )
        )
    return dict(sorted(found.items()))


@cache
def class_of(written: str) -> PlaceClass | None:
    """Return the class that a code, short or padded, or a Chinese name means; None: no such.

    Examples
    --------
    >>> class_of("222").zh, class_of("桥梁").code, class_of("999")
    ('农村居民点', '23610', None)
    """
    if written.isascii() and written.isdigit():
        return classes().get(written.ljust(5, "0"))
    plain = re.sub(r"[\s（）()]", "", written)
    known = (one for one in classes().values() if re.sub(r"[（）]", "", one.zh) == plain)
    return next(known, None)
