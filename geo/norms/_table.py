"""A TOML table read key by key: every wrong type, missing or unknown key becomes a fault."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import TypeVar

from geo.norms._positions import Path, Positions
from geo.norms.model import Scalar
from geo.text import say

Word = TypeVar("Word", bound=str)
_TRUTH = {True: "true", False: "false"}


@dataclass(frozen=True, slots=True)
class NormFault:
    """One thing wrong in one line of one norm file."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """Return the fault as one line for the user."""
        return say(
            f"{self.file} 第 {self.line} 行：{self.message}",
            f"{self.file} line {self.line}: {self.message}",
        )


@dataclass(frozen=True, slots=True)
class Source:
    """One norm file being read, and what was found wrong in it."""

    file: str
    positions: Positions
    faults: list[NormFault] = field(default_factory=list)

    def fault(self, path: Path, message: str) -> None:
        """Record a fault at the line of a path."""
        self.faults.append(NormFault(self.file, self.positions.line(path), message))


class Table:
    """One TOML table; the keys asked for are the keys it may have."""

    def __init__(self, raw: dict[str, object], path: Path, source: Source) -> None:
        self.raw = raw
        self.path = path
        self.source = source
        self._known: list[str] = []

    @property
    def line(self) -> int:
        """Line on which the table begins."""
        return self.source.positions.line(self.path)

    def fault(self, key: str, message: str) -> None:
        """Record a fault at the line of a key (or of the table, when it lacks the key)."""
        self.source.fault((*self.path, key) if key else self.path, message)

    def text(self, key: str, *, required: bool = False) -> str:
        """Return a string; empty when absent."""
        raw = self._take(key, required=required)
        if raw is None:
            return ""
        if not isinstance(raw, str):
            self._wrong(key, raw, say("文字，写在引号里", "text, in quotes"))
            return ""
        if required and not raw.strip():
            self.fault(key, say(f"“{key}”不能为空。", f"{key!r} must not be empty"))
        return raw.strip()

    def number(self, key: str, *, required: bool = False) -> float | None:
        """Return a finite number; None when absent."""
        raw = self._take(key, required=required)
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not _finite(raw):
            self._wrong(key, raw, say("数字，不加引号", "a number, without quotes"))
            return None
        return float(raw)

    def whole(self, key: str, *, least: int = 1) -> int | None:
        """Return a whole number not below ``least``; None when absent."""
        raw = self._take(key)
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, int) or raw < least:
            self._wrong(key, raw, say(f"不小于 {least} 的整数", f"a whole number from {least}"))
            return None
        return raw

    def flag(self, key: str) -> bool:
        """Return true or false; false when absent."""
        raw = self._take(key)
        if raw is not None and not isinstance(raw, bool):
            self._wrong(key, raw, say("true 或 false", "true or false"))
        return raw is True

    def day(self, key: str, *, required: bool = False) -> date | None:
        """Return a date; None when absent."""
        raw = self._take(key, required=required)
        if raw is None:
            return None
        if isinstance(raw, datetime) or not isinstance(raw, date):
            wanted = say("日期，如 2026-05-01，不加引号", "a date such as 2026-05-01, no quotes")
            self._wrong(key, raw, wanted)
            return None
        return raw

    def choice(self, key: str, words: Iterable[Word], default: Word | None = None) -> Word:
        """Return one of some words; the default (or the first of them) when absent or wrong."""
        words = tuple(words)
        raw = self._take(key, required=default is None)
        for word in words:
            if raw == word:
                return word
        if raw is not None:
            self._wrong(key, raw, say("以下之一：", "one of ") + ", ".join(words))
        return words[0] if default is None else default

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings; empty when absent."""
        raw = self._take(key)
        if raw is None:
            return ()
        if not isinstance(raw, list) or not all(isinstance(item, str) and item for item in raw):
            self._wrong(key, raw, say('一列文字，如 ["a", "b"]', 'a list such as ["a", "b"]'))
            return ()
        return tuple(raw)

    def scalars(self, key: str) -> tuple[Scalar, ...]:
        """Return a list of strings, numbers or truths; empty when absent."""
        raw = self._take(key)
        if raw is None:
            return ()
        if not isinstance(raw, list) or not raw or not all(is_scalar(item) for item in raw):
            self._wrong(key, raw, say("一列文字或数字", "a list of text or numbers"))
            return ()
        return tuple(raw)

    def table(self, key: str, *, required: bool = False) -> Table | None:
        """Return a table inside this one; None when absent."""
        raw = self._take(key, required=required)
        if raw is None:
            return None
        if not isinstance(raw, dict):
            self._wrong(key, raw, say("一个表 { … }", "a table { … }"))
            return None
        return Table(raw, (*self.path, key), self.source)

    def tables(self, key: str) -> Iterator[Table]:
        """Return the tables of an array; none when absent."""
        raw = self._take(key)
        if raw is None:
            return
        if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
            self._wrong(key, raw, say("一列表 [{ … }]", "a list of tables [{ … }]"))
            return
        for position, item in enumerate(raw):
            yield Table(item, (*self.path, key, position), self.source)

    def close(self) -> None:
        """Refuse every key that was not asked for."""
        for key in self.raw:
            if key in self._known:
                continue
            near = get_close_matches(key, self._known, n=1)
            hint = say(f"是不是“{near[0]}”？", f"did you mean {near[0]!r}?") if near else ""
            known = "、".join(self._known)
            hint = hint or say(f"这里可以写：{known}。", f"known here: {', '.join(self._known)}")
            self.fault(key, say(f"不认识的键“{key}”。{hint}", f"unknown key {key!r}; {hint}"))

    def _take(self, key: str, *, required: bool = False) -> object:
        self._known.append(key)
        if required and key not in self.raw:
            self.fault(key, say(f"缺少“{key}”。", f"{key!r} is missing"))
        return self.raw.get(key)

    def _wrong(self, key: str, raw: object, wanted: str) -> None:
        found = _TRUTH[raw] if isinstance(raw, bool) else str(raw)[:40]
        self.fault(
            key,
            say(f"“{key}”应为{wanted}；现为 {found}。", f"{key!r} must be {wanted}; found {found}"),
        )


def is_scalar(raw: object) -> bool:
    """Say whether a TOML value is text, a finite number or a truth."""
    return isinstance(raw, str | bool) or (isinstance(raw, int | float) and _finite(raw))


def _finite(raw: float) -> bool:
    try:
        return math.isfinite(raw)
    except OverflowError:
        return False
