"""``fuwuquan cases edit``, ``read`` and ``choose``: a case while it is open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from api.cli._cases import By, Desk, Fill, OwnRules, Role, When, Which, desk, filled_in
from api.cli._cases_options import (
    Name,
    Reading,
    Special,
)
from api.cli._console import emit_json, print_line
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    change = say("修改草稿或要补正的案卷，或加拟用名称。", "Edit a draft, or add a candidate.")
    said = say(
        "审定拟用名称的读音，拼写随之而定；规则审查之前办。",
        "Confirm how a candidate is read, and so spelled; before the rules are checked.",
    )
    pick = say("几个拟用名称中选定一个。", "Choose one of the candidates.")
    group.command("edit", cls=Command, help=change)(edit)
    group.command("read", cls=Command, help=said)(read)
    group.command("choose", cls=Command, help=pick)(choose)


def edit(
    case: Which,
    *,
    by: By,
    fill: Fill = None,
    role: Role = "",
    on: When = "",
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Edit a case that is a draft or to be supplemented."""
    filled = filled_in(fill)
    if not filled:
        raise DataError(say("没有要改的：请用 --set。", "nothing to change: give --set."))
    from geo.gazetteer.cases import edit_case  # noqa: PLC0415

    place = desk(workspace, on, rules)
    row = place.case(case)
    asked = place.proposal(row["kind"], filled)
    columns: dict[str, str] = {
        name: getattr(asked, name)
        for name in ("place_id", "division_code", "applicant", "reason_code", "reason")
        if getattr(asked, name)
    }
    if {"title", "标题"} & set(filled):
        columns["title"] = asked.title
    done = edit_case(
        place.book,
        row["id"],
        version=row["version"],
        by=by,
        role=place.role(role),
        at=place.at,
        facts=asked.facts,
        names=asked.names,
        rules=place.rules,
        **columns,
    )
    _answer(place, done, json=json)


def read(
    case: Which,
    name: Name,
    reading: Reading,
    *,
    by: By,
    special: Special = "",
    role: Role = "",
    on: When = "",
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Confirm the reading of a candidate."""
    from geo.gazetteer.cases import confirm_reading  # noqa: PLC0415

    place = desk(workspace, on, rules)
    row = place.case(case)
    said = confirm_reading(
        place.book,
        row["id"],
        name,
        reading,
        version=row["version"],
        by=by,
        role=place.role(role),
        at=place.at,
        special=special,
        rules=place.rules,
    )
    letters = {"name": name, "toned": said.toned, "plain": said.plain, "sign": said.sign}
    if not json:
        print_line(f"{name}  {said.toned}  {said.sign}")
    _answer(place, place.case(row["id"]), json=json, more=letters)


def choose(
    case: Which,
    name: Name,
    *,
    by: By,
    role: Role = "",
    on: When = "",
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Choose one of the candidates."""
    from geo.gazetteer.cases import choose as choose_one  # noqa: PLC0415

    place = desk(workspace, on, rules)
    row = place.case(case)
    known = {one["text"]: one["id"] for one in place.book.rows("candidate", case_id=row["id"])}
    if name not in known:
        there = say("、", ", ").join(known) or say("无", "none")
        raise DataError(
            say(f"本案没有拟用名称“{name}”。", f"there is no candidate {name} here."),
            hint=say(f"拟用名称：{there}", f"Candidates: {there}"),
        )
    done = choose_one(
        place.book,
        row["id"],
        known[name],
        version=row["version"],
        by=by,
        role=place.role(role),
        at=place.at,
        rules=place.rules,
    )
    _answer(place, done, json=json)


def _answer(place: Desk, row: Row, *, json: bool, more: dict[str, Any] | None = None) -> None:
    if json:
        emit_json({"case": place.told(row)} | (more or {}))
    else:
        place.print_case(row)
