"""Word lists that rules look names up in; every row says where it comes from."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from geo.errors import DataError
from geo.gazetteer.book import Gazetteer
from geo.text import say

COLUMNS: Final = ("kind", "text", "level", "except", "area", "source", "draft")
KINDS: Final = (
    "grand", "foreign", "odd", "enterprise", "nature", "heritage", "leader", "person",
    "fictional", "reserve",
)  # fmt: skip
"""大, 洋, 怪 words; firms and brands; famous features and sites; persons; names kept in reserve."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a list."""

    kind: str
    text: str
    level: str = ""
    """B, W, I; empty: as the rule says."""
    spared: tuple[str, ...] = ()
    """Longer words that contain it and are not meant."""
    area: tuple[str, ...] = ()
    """Codes of divisions that it belongs to."""
    source: str = ""
    draft: bool = False


@dataclass(frozen=True)
class Lexicon:
    """Words by kind.

    Parameters
    ----------
    words
        The rows.
    """

    words: tuple[Word, ...]

    @cached_property
    def _by_kind(self) -> Mapping[str, Mapping[str, Word]]:
        kept: dict[str, dict[str, Word]] = {}
        for word in self.words:
            kept.setdefault(word.kind, {})[word.text] = word
        return kept

    @cached_property
    def _longest(self) -> Mapping[str, int]:
        return {kind: max(map(len, words)) for kind, words in self._by_kind.items()}

    def has(self, *kinds: str) -> bool:
        """Return whether there is a word of any of these kinds."""
        return any(kind in self._by_kind for kind in kinds)

    def of(self, kind: str) -> Iterable[Word]:
        """Return the words of a kind."""
        return self._by_kind.get(kind, {}).values()

    def within(self, text: str, *kinds: str) -> list[Word]:
        """Return the words of these kinds that a text contains, but not in a longer spared word.

        Examples
        --------
        >>> [word.text for word in shipped().within("环球中央广场", "grand")]
        ['环球', '中央']
        """
        found = []
        for kind in kinds:
            words = self._by_kind.get(kind, {})
            longest = self._longest.get(kind, 0)
            for start in range(len(text)):
                for end in range(start + 1, min(start + longest, len(text)) + 1):
                    word = words.get(text[start:end])
                    if word and not any(longer in text for longer in word.spared):
                        found.append(word)
        return found

    def __add__(self, other: Lexicon) -> Lexicon:
        return Lexicon((*self.words, *other.words))


@cache
def shipped() -> Lexicon:
    """Return the lists that ship; persons and firms are for each bureau to add."""
    folder = files(__package__) / "lexicons"
    return Lexicon(
        tuple(
            word
            for name in ("words.csv", "famous.csv")
            for word in _words((folder / name).read_text("utf-8"), name)
        )
    )


def template() -> str:
    """Return the head of a list of one's own: state leaders, persons, firms, names in reserve."""
    return (files(__package__) / "lexicons" / "own_template.csv").read_text("utf-8")


def read(path: Path) -> Lexicon:
    """Read a list of one's own; see `template`.

    Raises
    ------
    DataError
        A column is missing, or a row has no text, an unknown kind, or no source.
    """
    return Lexicon(_words(path.read_text("utf-8-sig"), path.name))


def of_book(book: Gazetteer, **when: Any) -> Lexicon:  # noqa: ANN401 - `on` of Gazetteer.rows
    """Return the words that the gazetteer itself keeps; unknown kinds are left alone."""
    return Lexicon(
        tuple(
            Word(
                kind=row["kind"],
                text=row["text"],
                level=row["value"] if row["value"] in ("B", "W", "I") else "",
                area=tuple(filter(None, row["area"].split(";"))),
                source=row["source"],
            )
            for row in book.rows("lexicon", **when)
            if row["kind"] in KINDS and row["text"]
        )
    )


def _words(text: str, name: str) -> tuple[Word, ...]:
    rows = csv.DictReader(text.splitlines())
    lacking = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if lacking:
        raise DataError(
            say(
                f"词表“{name}”缺列：{'、'.join(lacking)}。",
                f"word list {name!r} lacks columns {', '.join(lacking)}.",
            )
        )
    words, faulty = [], []
    for number, row in enumerate(rows, start=2):
        cell = {column: (row[column] or "").strip() for column in COLUMNS}
        right = cell["text"] and cell["source"] and cell["kind"] in KINDS
        if not right or cell["level"] not in ("", "B", "W", "I"):
            faulty.append(str(number))
            continue
        words.append(
            Word(
                kind=cell["kind"],
                text=cell["text"],
                level=cell["level"],
                spared=tuple(filter(None, cell["except"].split(";"))),
                area=tuple(filter(None, cell["area"].split(";"))),
                source=cell["source"],
                draft=cell["draft"] == "1",
            )
        )
    if faulty:
        raise DataError(
            say(
                f"词表“{name}”第 {'、'.join(faulty)} 行不对：词、出处不能空，类别须为 "
                f"{'、'.join(KINDS)}，级别须为 B、W、I 或空。",
                f"word list {name!r}, lines {', '.join(faulty)}: text and source are needed, "
                f"kind is one of {', '.join(KINDS)}, level B, W, I or empty.",
            )
        )
    return tuple(words)
