"""What tables of cases hold: kinds, acts, authorities, classes of the law, deadlines, holidays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from geo.errors import NotFoundError
from geo.gazetteer.classes import class_of
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
    issuers: tuple[str, ...] = ()
    """One of these is in the name of whoever issues its decisions; none: anything is."""


@dataclass(frozen=True, slots=True)
class LawClass:
    """A class of names as the approval matrix has it."""

    id: str
    word: Word
    classes: tuple[str, ...]
    """Beginnings of class codes."""
    groups: tuple[str, ...]
    """Groups of `geo.gazetteer.classes`, for classes that no beginning fits."""
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
        """Return the class in the approval matrix; None when it cannot be told.

        It is as stated, else by the longest beginning of the class code, else by its group.
        """
        if stated:
            if stated not in self.law_classes:
                raise NotFoundError(
                    say(f"没有审批类别“{stated}”。", f"there is no law class {stated!r}."),
                    hint=say("可用：", "There are: ") + "、".join(self.law_classes),
                )
            return self.law_classes[stated]
        known = class_of(class_code)
        code = known.code if known else class_code
        fitting = [
            (len(prefix), law)
            for law in self.law_classes.values()
            for prefix in law.classes
            if code.startswith(prefix)
        ]
        if fitting:
            return max(fitting, key=lambda pair: pair[0])[1]
        groups = (law for law in self.law_classes.values() if known and known.group in law.groups)
        return next(groups, None)

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
