"""What the law and the house ask of cases, read from the tables that ship and from own files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from geo.errors import DataError
from geo.gazetteer.cases.law import (
    PATH,
    Act,
    Authority,
    Deadline,
    Holidays,
    Kind,
    LawClass,
    Rulebook,
    Word,
)
from geo.text import say


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
            row["id"]: Authority(
                row["id"],
                Word(row["zh"], row["en"]),
                row["announced_after"],
                tuple(row.get("issuers", ())),
            )
            for row in approval["authority"]
        },
        law_classes={row["id"]: _law_class(row) for row in approval["law_class"]},
        area_approvers=tuple((r["area"], r["law_class"], tuple(r["approvers"])) for r in approvers),
        deadlines=tuple(_later_first({(r["id"], r["area"]): _deadline(r) for r in deadlines})),
        holidays=_holidays(years),
    )


def rulebook_of(workspace: Path, *more: Path) -> Rulebook:
    """Return the tables that ship with those of a workspace: the TOML files in ``rules``.

    Parameters
    ----------
    workspace
        Its folder.
    more
        Further files.

    Raises
    ------
    DataError
        As `rulebook`.
    """
    return rulebook(*sorted((workspace / "rules").glob("*.toml")), *more)


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
        tuple(row.get("groups", ())),
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
