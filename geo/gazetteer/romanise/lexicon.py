"""What is known beforehand: generic terms, wholes never parted, peoples, exceptions, regions."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, Literal

from geo.gazetteer.search.letters import fold

Kind = Literal["whole", "prefix", "suffix"]

_AS_WRITTEN: Final = frozenset("乾")

_TRANSPORT: Final = "23"
STREET: Final = "street"
DIVISION: Final = "division"


@dataclass(frozen=True, slots=True)
class Generic:
    """A generic term: what it ends, in which classes, and which one-syllable modifiers it takes."""

    words: tuple[str, ...]
    group: str
    classes: tuple[str, ...]
    modifiers: str

    @property
    def term(self) -> str:
        """The whole term; one of several words is parted where it is written (clause 2)."""
        return "".join(self.words)

    def holds_for(self, class_code: str) -> bool:
        """Return whether the term is generic in names of a class; any is, where no class is given.

        Examples
        --------
        >>> Generic(("路",), "street", ("23",), "东西").holds_for("23500")
        True
        """
        return not class_code or any(
            class_code.startswith(one) or one.startswith(class_code) for one in self.classes
        )


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A reading that no rule gives: of a whole name, its beginning or its end, and where."""

    text: str
    reading: tuple[str, ...]
    scope: tuple[str, ...]
    kind: Kind
    source: str
    status: Literal["witnessed", "draft"]

    def holds_in(self, division_code: str) -> bool:
        """Return whether the reading is known to hold in a division."""
        return not self.scope or any(division_code.startswith(one) for one in self.scope)

    def may_hold_in(self, division_code: str) -> bool:
        """Return whether it may hold, as far as the code says where the name is."""
        wider = any(one.startswith(division_code) for one in self.scope)
        return self.holds_in(division_code) or wider


@dataclass(frozen=True, slots=True)
class Region:
    """A division where names are largely not Chinese in origin."""

    division: str
    name: str
    languages: str


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of one of the package's own files."""
    text = (files(__package__) / f"{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@lru_cache(maxsize=10_000)
def simplified(text: str) -> str:
    """Return a text in simplified characters, one for one; 乾 stays, for 乾县 is written so.

    Examples
    --------
    >>> simplified("臺東縣乾")
    '台东县乾'
    """
    folded = (one if one in _AS_WRITTEN or one.isascii() else fold(one) for one in text)
    return "".join(new if len(new) == 1 else one for new, one in zip(folded, text, strict=True))


@cache
def generics() -> dict[str, tuple[Generic, ...]]:
    """Return every meaning of every generic term."""
    found: dict[str, tuple[Generic, ...]] = {}
    for row in table("generics"):
        one = Generic(
            tuple(row["term"].split("/")),
            row["group"],
            tuple(row["classes"].split()),
            row["modifiers"],
        )
        found[one.term] = (*found.get(one.term, ()), one)
    return found


def street_name(text: str, class_code: str) -> bool:
    """Return whether a name is a street's: by its class, or by how it ends.

    Examples
    --------
    >>> street_name("盆儿胡同", ""), street_name("猫儿山", ""), street_name("盆儿", "23")
    (True, False, True)
    """
    if class_code:
        return class_code.startswith(_TRANSPORT)
    endings = (text[-length:] for length in range(1, min(longest_generic(), len(text)) + 1))
    return any(one.group == STREET for end in endings for one in generics().get(end, ()))


@cache
def longest_generic() -> int:
    """Return the number of characters of the longest generic term."""
    return max(map(len, generics()))


@cache
def wholes() -> frozenset[str]:
    """Return the words that are never taken apart."""
    return frozenset(row["term"] for row in table("wholes"))


@cache
def peoples() -> tuple[str, ...]:
    """Return the names of peoples that stand in names of divisions, longest first."""
    return tuple(sorted((row["people"] for row in table("peoples")), key=len, reverse=True))


@cache
def regions() -> tuple[Region, ...]:
    """Return the divisions with names in other languages, smallest first."""
    rows = [Region(row["division"], row["name"], row["languages"]) for row in table("regions")]
    return tuple(sorted(rows, key=lambda one: -len(one.division)))


def region_of(division_code: str) -> Region | None:
    """Return the smallest such division that a code lies in."""
    return next((one for one in regions() if division_code.startswith(one.division)), None)


@cache
def exceptions() -> dict[str, tuple[Exceptional, ...]]:
    """Return every exceptional reading by its characters; the narrower scope first."""
    found: dict[str, list[Exceptional]] = {}
    for row in table("exceptions"):
        one = Exceptional(
            row["text"],
            tuple(row["reading"].split()),
            tuple(row["scope"].split()),
            row["kind"],  # type: ignore[arg-type]
            row["source"],
            row["status"],  # type: ignore[arg-type]
        )
        found.setdefault(one.text, []).append(one)
    return {
        text: tuple(sorted(several, key=lambda one: -max(map(len, one.scope), default=0)))
        for text, several in found.items()
    }


@cache
def longest_exception() -> int:
    """Return the number of characters of the longest exception."""
    return max(map(len, exceptions()))


@cache
def settled() -> dict[str, str]:
    """Return the characters with several readings of which names use one."""
    return {row["character"]: row["reading"] for row in table("settled")}


@cache
def single() -> dict[str, str]:
    """Return the characters of which the dictionaries of today have one reading, with it."""
    return {row["character"]: row["reading"] for row in table("single")}


@cache
def certain() -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """Return the words in which characters of several readings have one, with their readings.

    They stand under their first character, the longest first.
    """
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for row in sorted(table("words"), key=lambda row: -len(row["text"])):
        found.setdefault(row["text"][0], []).append((row["text"], tuple(row["reading"].split())))
    return {first: tuple(several) for first, several in found.items()}


@cache
def _sounds() -> frozenset[str]:
    """Return the characters that mostly stand for the sound of another language."""
    return frozenset(row["character"] for row in table("sounds"))


def foreign(text: str) -> bool:
    """Return whether most characters of a name stand for sounds of another language.

    Examples
    --------
    >>> foreign("乌鲁木齐"), foreign("人民路")
    (True, False)
    """
    many = sum(one in _sounds() for one in text)
    return many > 1 and many * 2 > len(text)
