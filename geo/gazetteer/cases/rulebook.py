"""What the law and the house ask of cases, read from tables: kinds, acts, approvers, deadlines."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

from geo.errors import DataError, NotFoundError
from geo.text import say

PATH: Final = "path"
"""Stands in machine.toml for the next state that the kind of case has after approval."""


@dataclass(frozen=True, slots=True)
class Word:
    """What something is called in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        """Return it in the language spoken."""
        return say(self.zh, self.en)


@dataclass(frozen=True, slots=True)
class Act:
    """A step that leads a case from one state to another."""

    id: str
    word: Word
    sources: tuple[str, ...] | Literal["path"]
    target: str
    roles: tuple[str, ...]
    needs: tuple[str, ...]
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of case."""

    id: str
    word: Word
    effect: str
    documents: tuple[str, ...]
    branches: tuple[str, ...]
    facts: tuple[str, ...]
    after: tuple[str, ...]
    deadlines: tuple[str, ...]
    approvers: tuple[str, ...]
    decision: tuple[str, ...]
    children: tuple[str, ...]
    choices: Mapping[str, tuple[str, ...]]
    names: bool
    """Whether candidates for a name are proposed and checked."""
    article: str
    draft: bool

    def next_after(self, state: str) -> str:
        """Return the state that follows on the way after approval; empty when it is the last."""
        way = ("approved", *self.after)
        return way[way.index(state) + 1] if state in way[:-1] else ""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who approves, and whether its announcement is counted from approval or from filing."""

    id: str
    word: Word
    announced_after: str


@dataclass(frozen=True, slots=True)
class LawClass:
    """A class of names as the approval matrix has it."""

    id: str
    word: Word
    classes: tuple[str, ...]
    approvers: tuple[str, ...]
    opinion: bool
    article: str
    draft: bool


@dataclass(frozen=True, slots=True)
class Deadline:
    """A time in which something must be done."""

    id: str
    word: Word
    area: str
    start: str
    until: str
    days: int
    months: int
    extension_days: int
    extension_months: int
    working: bool
    roll: bool
    rule: str
    source: str
    only: tuple[str, ...]
    draft: bool


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days off and working weekends, of the years that were announced."""

    years: frozenset[int]
    off: frozenset[date]
    on: frozenset[date]

    def working(self, day: date) -> bool:
        """Return whether people work on a day."""
        return day in self.on or (day.isoweekday() <= 5 and day not in self.off)  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All tables together; see `rulebook`."""

    states: tuple[str, ...]
    state_words: Mapping[str, Word]
    roles: Mapping[str, Word]
    acts: Mapping[str, Act]
    kinds: Mapping[str, Kind]
    documents: Mapping[str, Word]
    facts: Mapping[str, Word]
    correctable: Mapping[str, tuple[str, ...]]
    authorities: Mapping[str, Authority]
    law_classes: Mapping[str, LawClass]
    area_approvers: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Approvers that an area has set: area, law class, authorities."""
    deadlines: tuple[Deadline, ...]
    holidays: Holidays

    def kind(self, identity: str) -> Kind:
        """Return a kind of case.

        Raises
        ------
        NotFoundError
            There is none of this id.
        """
        if identity not in self.kinds:
            raise NotFoundError(
                say(f"没有案卷类型“{identity}”。", f"there is no kind of case {identity!r}."),
                hint=say("可用：", "There are: ") + "、".join(self.kinds),
            )
        return self.kinds[identity]

    def law_class(self, stated: str, class_code: str) -> LawClass | None:
        """Return the class in the approval matrix: as stated, else by the longest prefix."""
        if stated:
            if stated not in self.law_classes:
                raise NotFoundError(
                    say(f"没有审批类别“{stated}”。", f"there is no law class {stated!r}."),
                    hint=say("可用：", "There are: ") + "、".join(self.law_classes),
                )
            return self.law_classes[stated]
        fitting = [
            (len(prefix), law)
            for law in self.law_classes.values()
            for prefix in law.classes
            if class_code.startswith(prefix)
        ]
        return max(fitting, key=lambda pair: pair[0])[1] if fitting else None

    def approvers(self, law: LawClass, area: str) -> tuple[str, ...]:
        """Return who approves names of a class in an area; the longest area code decides."""
        own = [
            (len(code), who)
            for code, of, who in self.area_approvers
            if of == law.id and area.startswith(code)
        ]
        return max(own)[1] if own else law.approvers

    def deadline(self, identity: str, area: str) -> Deadline | None:
        """Return a deadline as it holds in an area; None when none holds there."""
        fitting = [
            one for one in self.deadlines if one.id == identity and area.startswith(one.area)
        ]
        return max(fitting, key=lambda one: len(one.area), default=None)


@cache
def rulebook(*own: Path) -> Rulebook:
    """Return the tables that ship, with deadlines, holidays and approvers of own files added.

    Raises
    ------
    DataError
        An own file cannot be read or has tables other than ``deadline``, ``year`` and
        ``approvers``.
    """
    machine, kinds, approval = (_shipped(n) for n in ("machine", "kinds", "approval"))
    added = [_own(path) for path in own]
    deadlines = [*_shipped("deadlines")["deadline"]]
    years = [*_shipped("holidays")["year"]]
    approvers: list[dict[str, Any]] = []
    for document in added:
        deadlines += document.get("deadline", [])
        years += document.get("year", [])
        approvers += document.get("approvers", [])
    return Rulebook(
        states=tuple(machine["states"]),
        state_words=_words(machine["words"]),
        roles=_words(machine["roles"]),
        acts={row["id"]: _act(row) for row in machine["act"]},
        kinds={row["id"]: _kind(row) for row in kinds["kind"]},
        documents=_words(kinds["documents"]),
        facts=_words(kinds["facts"]),
        correctable={record: tuple(names) for record, names in kinds["correctable"].items()},
        authorities={
            row["id"]: Authority(row["id"], Word(row["zh"], row["en"]), row["announced_after"])
            for row in approval["authority"]
        },
        law_classes={row["id"]: _law_class(row) for row in approval["law_class"]},
        area_approvers=tuple((r["area"], r["law_class"], tuple(r["approvers"])) for r in approvers),
        deadlines=tuple(_later_first({(r["id"], r["area"]): _deadline(r) for r in deadlines})),
        holidays=_holidays(years),
    )


def _later_first(found: Mapping[tuple[str, str], Deadline]) -> list[Deadline]:
    return [found[key] for key in sorted(found)]


def _shipped(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text("utf-8"))


_OWN: Final[Mapping[str, frozenset[str]]] = {
    "deadline": frozenset(Deadline.__slots__) - {"word", "start", "working"}
    | {"zh", "en", "from", "counted"},
    "year": frozenset({"year", "source", "off", "on"}),
    "approvers": frozenset({"area", "law_class", "approvers", "source"}),
}
_WANTED: Final[Mapping[str, frozenset[str]]] = {
    "deadline": frozenset({"id", "zh", "en", "area", "from", "until", "counted", "rule", "source"}),
    "year": frozenset({"year", "source", "off", "on"}),
    "approvers": frozenset({"area", "law_class", "approvers", "source"}),
}


def _own(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(
            say(f"读不了“{path.name}”：{error}", f"cannot read {path.name}: {error}")
        ) from error
    faults = [
        say(f"不认识的表“{table}”", f"unknown table {table!r}")
        for table in document
        if table not in _OWN
    ]
    for table, allowed in _OWN.items():
        for number, row in enumerate(document.get(table, []), start=1):
            unknown, missing = set(row) - allowed, _WANTED[table] - set(row)
            if unknown:
                names = "、".join(sorted(unknown))
                faults.append(
                    say(
                        f"第 {number} 个 {table} 有不认识的键：{names}",
                        f"{table} {number} has unknown keys: {names}",
                    )
                )
            if missing:
                names = "、".join(sorted(missing))
                faults.append(
                    say(f"第 {number} 个 {table} 缺：{names}", f"{table} {number} lacks: {names}")
                )
    if faults:
        raise DataError(say(f"“{path.name}”：", f"{path.name}: ") + say("；", "; ").join(faults))
    return document


def _words(rows: Mapping[str, Mapping[str, str]]) -> dict[str, Word]:
    return {key: Word(row["zh"], row["en"]) for key, row in rows.items()}


def _act(row: Mapping[str, Any]) -> Act:
    return Act(
        row["id"],
        Word(row["zh"], row["en"]),
        PATH if row["from"] == PATH else tuple(row["from"]),
        row["to"],
        tuple(row["roles"]),
        tuple(row.get("needs", ())),
        row.get("branch", ""),
    )


def _kind(row: Mapping[str, Any]) -> Kind:
    def listed(key: str, otherwise: tuple[str, ...] = ()) -> tuple[str, ...]:
        return tuple(row.get(key, otherwise))

    return Kind(
        row["id"],
        Word(row["zh"], row["en"]),
        row["effect"],
        documents=listed("documents"),
        branches=listed("branches"),
        facts=listed("facts"),
        after=listed("after"),
        deadlines=listed("deadlines"),
        approvers=listed("approvers"),
        decision=listed("decision", ("decision", "approval")),
        children=listed("children"),
        choices={key: tuple(values) for key, values in row.get("choices", {}).items()},
        names=row.get("names", False),
        article=row.get("article", ""),
        draft=row.get("draft", False),
    )


def _law_class(row: Mapping[str, Any]) -> LawClass:
    return LawClass(
        row["id"],
        Word(row["zh"], row["en"]),
        tuple(row.get("classes", ())),
        tuple(row["approvers"]),
        row.get("opinion", False),
        row["article"],
        row.get("draft", False),
    )


def _deadline(row: Mapping[str, Any]) -> Deadline:
    return Deadline(
        row["id"],
        Word(row["zh"], row["en"]),
        row["area"],
        row["from"],
        row["until"],
        days=row.get("days", 0),
        months=row.get("months", 0),
        extension_days=row.get("extension_days", 0),
        extension_months=row.get("extension_months", 0),
        working=row["counted"] == "working",
        roll=row.get("roll", False),
        rule=row["rule"],
        source=row["source"],
        only=tuple(row.get("only", ())),
        draft=row.get("draft", False),
    )


def _holidays(rows: list[dict[str, Any]]) -> Holidays:
    off = {
        first + timedelta(days=n)
        for row in rows
        for first, last in row["off"]
        for n in range((last - first).days + 1)
    }
    on = {day for row in rows for day in row["on"]}
    return Holidays(frozenset(row["year"] for row in rows), frozenset(off), frozenset(on))
