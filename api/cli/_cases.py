"""What the commands of cases share: the book, the rules in force here, who acts, when, on what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._console import print_line
from api.cli._gazetteer import opened
from api.cli._options import day
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer import Gazetteer
    from geo.gazetteer.book import Row
    from geo.gazetteer.cases import Proposal, Rulebook
    from geo.store import Workspace

Which = Annotated[
    str,
    typer.Argument(
        metavar=say("案号", "CASE"),
        help=say("案号，如 2026-0001；也可写标题。", "Number of the case, such as 2026-0001."),
        show_default=False,
    ),
]
By = Annotated[
    str,
    typer.Option(
        "--by",
        metavar=say("姓名", "NAME"),
        help=say("办理人，记入案卷和日志。", "Who does it; the case and the log keep it."),
        show_default=False,
    ),
]
Role = Annotated[
    str,
    typer.Option(
        "--role",
        metavar=say("角色", "ROLE"),
        help=say("以什么角色办理，如 经办、审核、申请人。", "As what: clerk, reviewer, applicant…"),
        show_default=say("经办人办的为经办，他人办的为该步的角色", "clerk, else whose act it is"),
    ),
]
Note = Annotated[
    str,
    typer.Option(
        "--note",
        metavar=say("文字", "TEXT"),
        help=say("备注或理由。", "A remark or the reason."),
        show_default=False,
    ),
]
When = Annotated[
    str,
    typer.Option(
        "--on",
        metavar=say("日期", "DATE"),
        help=say("哪一天办理的，如 2026-05-01。", "The day on which it is done: 2026-05-01."),
        show_default=say("今天", "today"),
    ),
]
OwnRules = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        metavar=say("文件", "FILE"),
        help=say(
            "本地的期限、节假日、批准机关（.toml），可写多次；工作区 rules 文件夹里的自动加上。",
            "Own deadlines, holidays, approvers (.toml); those in the workspace's folder rules "
            "are added by themselves.",
        ),
        show_default=False,
    ),
]
Fill = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar=say("项=值", "FIELD=VALUE"),
        help=say(
            "表上的一项，如 name=金湖路、理由=新建；可写多次。各项见 cases template。",
            "A field of the form, such as name=…; repeatable. See cases template.",
        ),
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class Desk:
    """A workspace's gazetteer with the rules in force, at a moment."""

    space: Workspace
    book: Gazetteer
    rules: Rulebook
    at: datetime

    @property
    def day(self) -> date:
        """The day on which things are done."""
        return self.at.date()

    def case(self, written: str) -> Row:
        """Return the case that is meant."""
        from geo.gazetteer.cases.finding import find_case  # noqa: PLC0415

        return find_case(self.book, written)

    def role(self, written: str, *, otherwise: str = "clerk") -> str:
        """Return the role that is meant."""
        from geo.gazetteer.cases.finding import picked  # noqa: PLC0415

        return picked(self.rules.roles, written, "角色", "role") if written else otherwise

    def acting(self, written: str, allowed: Sequence[str], by: str, row: Row) -> str:
        """Return the role that is meant: a clerk's for the clerk, else that whose act it is."""
        if written:
            return self.role(written)
        own = by == row["clerk"] or allowed[0] == "applicant"
        return "clerk" if "clerk" in allowed and own else allowed[0]

    def proposal(self, kind: str, filled: dict[str, str]) -> Proposal:
        """Return the proposal that fields make, or refuse with all that is unfit."""
        from geo.gazetteer.cases.forms import (  # noqa: PLC0415
            Fault,
            field_named,
            fields_of,
            proposal_of,
            worded,
        )

        known = {name: field_named(kind, name) for name in filled}
        values = {field.field: filled[name] for name, field in known.items() if field}
        unknown = say("表上没有这一项", "the form has no such field")
        faults = [Fault(name, unknown) for name, field in known.items() if not field]
        made, unfit = proposal_of(self.book, kind, values, on=self.day, rules=self.rules)
        if faults or unfit:
            there = "、".join(f"{one.label} ({one.field})" for one in fields_of(kind))
            raise DataError(
                say("填写的内容不对：", "the form is unfit: ") + worded(kind, [*faults, *unfit]),
                hint=say(f"可填的项：{there}", f"Fields: {there}") if faults else "",
            )
        return made

    def told(self, row: Row) -> dict[str, Any]:
        """Return a case as values that JSON has, with the acts that follow now."""
        from geo.gazetteer.cases.machine import possible  # noqa: PLC0415

        kept = (
            "number", "id", "kind", "state", "title", "place_id", "division_code", "applicant",
            "clerk", "approver", "opened_on", "decided_on", "version",
        )  # fmt: skip
        acts = possible(self.rules, self.rules.kind(row["kind"]), row["state"])
        return {name: row[name] for name in kept} | {"next": [act.id for act in acts]}

    def print_case(self, row: Row) -> None:
        """Print where a case stands and what may follow."""
        from geo.gazetteer.cases.machine import possible  # noqa: PLC0415

        kind = self.rules.kind(row["kind"])
        print_line(
            say(
                f"{row['number']}  {row['title']}：{self.rules.state_words[row['state']]}",
                f"{row['number']}  {row['title']}: {self.rules.state_words[row['state']]}",
            )
        )
        acts = possible(self.rules, kind, row["state"])
        if acts:
            listed = say("、", ", ").join(f"{act.word} ({act.id})" for act in acts)
            print_line(say(f"现在可以：{listed}", f"Possible now: {listed}"))


def told_finding(plain: dict[str, Any]) -> dict[str, Any]:
    """Return what a report says of one rule, conflicts and alternatives as names."""
    return {
        "rule": plain["rule"],
        "verdict": plain["verdict"],
        "article": plain["article"],
        "message": say(plain["zh"], plain["en"]),
        "conflicts": [one["text"] for one in plain["conflicts"]],
        "alternatives": [one["text"] for one in plain["alternatives"]],
    }


def filled_in(fill: list[str] | None) -> dict[str, str]:
    """Return the fields that options fill in.

    Raises
    ------
    DataError
        One is not written as FIELD=VALUE.
    """
    found = {}
    for text in fill or ():
        field, equals, value = text.partition("=")
        if not equals or not field.strip():
            raise DataError(
                say(f"“{text}”应写成 项=值。", f"{text!r} should be FIELD=VALUE."),
                hint=say("例如 --set name=金湖路", "such as --set name=…"),
            )
        found[field.strip()] = value.strip()
    return found


def desk(workspace: Path, on: str = "", own: list[Path] | None = None) -> Desk:
    """Open the gazetteer of a workspace with the rules in force."""
    from geo.gazetteer.cases import rulebook_of  # noqa: PLC0415

    wanted = day(on)
    space, book = opened(workspace)
    rules = rulebook_of(space.folder, *(own or ()))
    now = datetime.now().astimezone()
    return Desk(
        space, book, rules, now.replace(year=wanted.year, month=wanted.month, day=wanted.day)
    )
