"""What the gazetteer's records, columns and values are called, in the user's language."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from geo.gazetteer.classes import class_of
from geo.text import say


def word(of: str, value: str) -> str:
    """Return what a value of a list is called; itself where the list does not have it.

    Parameters
    ----------
    of
        ``record``, ``column``, or the column whose values are meant, such as ``status``.
    value
        The value.

    Examples
    --------
    >>> word("status", "official"), word("column", "roman_toned"), word("keeper", "某街道")
    ('标准', '罗马字母拼写', '某街道')
    """
    known = _words().get((of, value))
    return value if known is None else say(*known)


def chinese(of: str, value: str) -> str:
    """Return what a value of a list is called in Chinese, as `word` does for the user."""
    known = _words().get((of, value))
    return value if known is None else known[0]


def class_word(code: str) -> str:
    """Return what a class of places is called; its code where it is not known."""
    known = class_of(code) if code else None
    return code if known is None else known.name


def bracketed(text: str) -> str:
    """Return a text in brackets, as they stand behind a word."""
    return say(f"（{text}）", f" ({text})")


def labelled(label: str, text: str) -> str:
    """Return a text behind what it is called."""
    return say(f"{label}：{text}", f"{label}: {text}")


def joined(texts: Iterable[str]) -> str:
    """Return the parts of a list in one line, each of which may hold commas."""
    return say("；", "; ").join(texts)


@cache
def _words() -> Mapping[tuple[str, str], tuple[str, str]]:
    text = (files(__package__) / "words.csv").read_text("utf-8")
    return {
        (row["of"], row["word"]): (row["zh"], row["en"])
        for row in csv.DictReader(text.splitlines())
    }
