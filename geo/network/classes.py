"""Which classes of street people may walk on, and what the bureau's own class names mean."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

UNKNOWN = "unclassified"
"""Class of a street whose own class is empty or not in the table; people may walk on it."""


@dataclass(frozen=True, slots=True)
class StreetClass:
    """What one class name stands for; a row of ``classes.csv``."""

    street_class: str
    """OSM ``highway`` value."""
    walkable: bool
    """Whether people may walk where nothing else is said."""
    label_zh: str
    basis: str
    """The standard, law or wiki page that says so."""


@cache
def street_classes() -> dict[str, StreetClass]:
    """Return the meaning of every class name, OSM values and Chinese names alike."""
    rows = csv.DictReader((files("geo.network") / "classes.csv").read_text("utf-8").splitlines())
    return {
        row["name"]: StreetClass(
            row["class"], row["walkable"] == "yes", row["label_zh"], row["basis"]
        )
        for row in rows
    }
