"""``fuwuquan cases consult``, ``opinion`` and ``answer``: hear the public, and answer everybody."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli._cases import By, Desk, Note, OwnRules, Role, When, Which, desk
from api.cli._cases_options import Opinion, OpinionNumber, OtherName, Reply, Stance
from api.cli._console import emit_json, print_line
from api.cli._options import Json, WorkspaceFolder, day
from api.cli._words import Command
from geo.text import say


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    term = say(
        "开始公开征求意见，定下截止日；期间人人可提意见，件件须答复。",
        "Open the consultation and set its last day; every submission gets an answer.",
    )
    said = say(
        "记下一条意见：支持、反对、另提名称、其他。",
        "Write down an opinion: support, object, alternative, comment.",
    )
    reply = say("答复一条意见。", "Answer an opinion.")
    group.command("consult", cls=Command, help=term)(consult)
    group.command("opinion", cls=Command, help=said)(opinion)
    group.command("answer", cls=Command, help=reply)(answer)


def consult(
    case: Which,
    *,
    by: By,
    until: Annotated[
        str,
        typer.Option(
            "--until",
            metavar=say("日期", "DATE"),
            help=say(
                "截止日；短于规定的须用 --note 说明。已定的只能延长。",
                "Last day; a shorter term needs --note. A term set can only be made longer.",
            ),
            show_default=say("规定的最短期限", "the shortest that the rules allow"),
        ),
    ] = "",
    note: Note = "",
    role: Role = "",
    on: When = "",
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Open the consultation on a case."""
    wanted = day(until) if until else None
    from geo.gazetteer.cases import consult as open_term  # noqa: PLC0415

    place = desk(workspace, on, rules)
    row = place.case(case)
    last = open_term(
        place.book,
        row["id"],
        version=row["version"],
        by=by,
        role=place.role(role),
        at=place.at,
        until=wanted,
        note=note,
        rules=place.rules,
    )
    if not json:
        print_line(say(f"征求意见至 {last}（含当日）。", f"Opinions are taken until {last}."))
    _answer(place, row["id"], json=json)


def opinion(
    case: Which,
    text: Opinion,
    *,
    by: By,
    stance: Stance,
    name: OtherName = "",
    on: When = "",
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Write down what somebody says of a proposal."""
    from geo.gazetteer.cases import hear  # noqa: PLC0415
    from geo.gazetteer.cases.finding import picked  # noqa: PLC0415
    from geo.gazetteer.cases.hearing import STANCES  # noqa: PLC0415

    place = desk(workspace, on, rules)
    row = place.case(case)
    hear(
        place.book,
        row["id"],
        by=by,
        stance=picked(STANCES, stance, "态度", "stance"),
        text=text,
        alternative=name,
        at=place.at,
        rules=place.rules,
    )
    _answer(place, row["id"], json=json)


def answer(
    opinion: OpinionNumber,
    text: Reply,
    *,
    by: By,
    role: Role = "",
    on: When = "",
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Answer an opinion."""
    from geo.gazetteer.cases import answer as reply  # noqa: PLC0415
    from geo.gazetteer.cases.finding import find_in_case  # noqa: PLC0415

    place = desk(workspace, on, rules)
    row = find_in_case(place.book, "opinion", opinion)
    reply(
        place.book,
        row["id"],
        version=row["version"],
        text=text,
        by=by,
        role=place.role(role),
        at=place.at,
        rules=place.rules,
    )
    _answer(place, row["case_id"], json=json)


def told_of(place: Desk, case_id: str) -> dict[str, Any]:
    """Return what was said of a case as values that JSON has."""
    from geo.gazetteer.cases import heard  # noqa: PLC0415
    from geo.gazetteer.cases.finding import numbered  # noqa: PLC0415

    found = heard(place.book, case_id, place.rules)
    kept = ("by", "stance", "text", "alternative", "on_day", "answer", "answered_by", "answered_on")
    rows = numbered(place.book, "opinion", place.book.row("case", case_id))
    return {
        "opened_on": found.opened_on,
        "until": found.until,
        "stances": dict(found.stances),
        "alternatives": list(found.alternatives),
        "unanswered": found.unanswered,
        "opinions": [
            {"number": number} | {name: row[name] for name in kept} for number, row in rows.items()
        ],
    }


def print_heard(told: dict[str, Any]) -> None:
    """Print what was said of a case."""
    from geo.gazetteer.cases.hearing import STANCES  # noqa: PLC0415

    if told["until"]:
        print_line(say(f"征求意见至 {told['until']}", f"Opinions until {told['until']}"))
    for one in told["opinions"]:
        reply = (
            say(f"答复（{one['answered_by']}）：{one['answer']}", f"answer: {one['answer']}")
            if one["answer"]
            else say("未答复", "not answered")
        )
        other = f"“{one['alternative']}”" if one["alternative"] else ""
        stance = STANCES[one["stance"]]
        print_line(f"  {one['number']}  {one['by']}  {stance}{other}  {one['text']}  {reply}")


def _answer(place: Desk, case_id: str, *, json: bool) -> None:
    row, told = place.case(case_id), told_of(place, case_id)
    if json:
        emit_json({"case": place.told(row), "hearing": told})
        return
    print_heard(told)
    place.print_case(row)
