"""What kind of place a name is for, and where its specific part ends and the generic begins."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from geo.gazetteer.search.letters import fold

TWINS: Final[Mapping[str, tuple[str, ...]]] = {
    "estate": ("estate", "building", "square"),
    "building": ("estate", "building", "square"),
    "square": ("estate", "building", "square"),
}
"""Kinds whose names are compared with each other; every other kind with itself."""


@dataclass(frozen=True, slots=True)
class Generic:
    """A generic term and the kinds of places that bear it."""

    term: str
    kinds: tuple[str, ...]
    source: str
    draft: bool


@cache
def generics() -> Mapping[str, Generic]:
    """Return the generic terms by what they say."""
    return {
        row["term"]: Generic(
            row["term"], tuple(row["kinds"].split(";")), row["source"], row["draft"] == "1"
        )
        for row in _rows("generics.csv")
    }


@cache
def generics_of(kind: str) -> tuple[str, ...]:
    """Return the generic terms of a kind of places, in the order of the table."""
    return tuple(one.term for one in generics().values() if kind in one.kinds)


@cache
def kind_of(class_code: str, text: str = "") -> str:
    """Return the kind of a place by its class; empty when the class is not known.

    Examples
    --------
    >>> kind_of("23213", "个金公路"), kind_of("21000", "大屯镇"), kind_of("21000", "个旧市")
    ('street', 'town', 'division')
    """
    kinds = _kinds_of_classes()
    code = class_code.rstrip("0") if len(class_code) > 1 else class_code
    found = next((kinds[code[:n]] for n in range(len(code), 1, -1) if code[:n] in kinds), "")
    if found == "division" and split(text, "town")[1]:
        return "town"
    if found == "facility" and code == "23" and split(text, "street")[1]:
        return "street"
    return found


@cache
def split(text: str, kind: str = "") -> tuple[str, str]:
    """Return specific and generic part; no generic of this kind: the whole is specific.

    Examples
    --------
    >>> split("金湖西路", "street"), split("金湖", "street"), split("白湖", "nature")
    (('金湖西', '路'), ('金湖', ''), ('白', '湖'))
    """
    terms = generics()
    for start in range(len(text)):
        term = terms.get(text[start:])
        if term and (not kind or kind in term.kinds):
            return text[:start], text[start:]
    return text, ""


def comparable(kind: str) -> tuple[str, ...]:
    """Return the kinds whose names must differ from those of this one."""
    return TWINS.get(kind, (kind,))


@cache
def standard_characters() -> frozenset[str]:
    """Return the 8,105 characters of the 通用规范汉字表 (2013)."""
    text = (files(__package__) / "tables" / "characters.txt").read_text("utf-8")
    return frozenset("".join(text.split()))


@cache
def variants() -> Mapping[str, tuple[str, str]]:
    """Return, for characters outside that table, the one inside and ``traditional|variant``."""
    return {row["character"]: (row["standard"], row["kind"]) for row in _rows("variants.csv")}


@cache
def national_divisions() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return codes and names of divisions from county up, by their specific part and in full."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in _rows("divisions.csv"):
        specific = split(row["name"], "division")[0]
        for key in {fold(row["name"]), specific}:
            found.setdefault(key, []).append((row["code"], row["name"]))
    return {key: tuple(rows) for key, rows in found.items()}


@cache
def _kinds_of_classes() -> Mapping[str, str]:
    return {row["prefix"]: row["kind"] for row in _rows("classes.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    text = (files(__package__) / "tables" / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
