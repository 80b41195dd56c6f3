"""``fuwuquan cases edit``, ``read``, ``choose`` and ``document``: a case while it is open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from api.cli._cases import By, Desk, Fill, OwnRules, Role, When, Which, desk, filled_in
from api.cli._cases_options import (
    Name,
    PaperDay,
    PaperFile,
    PaperIssuer,
    PaperKind,
    PaperNumber,
    PaperTitle,
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
    from geo.gazetteer.cases import Paper
    from geo.gazetteer.cases.ahead import Ahead

_SHORT = 12
"""Digits shown of a file's hash."""


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    change = say("修改草稿或要补正的案卷，或加拟用名称。", "Edit a draft, or add a candidate.")
    said = say(
        "审定拟用名称的读音，拼写随之而定；规则审查之前办。",
        "Confirm how a candidate is read, and so spelled; before the rules are checked.",
    )
    pick = say("几个拟用名称中选定一个。", "Choose one of the candidates.")
    paper = say(
        "登记文件并附到案卷：材料、论证报告、批复。记文号、机关、日期和文件的指纹。",
        "Register a document with a case: number, issuer, day, and the hash of its file.",
    )
    group.command("edit", cls=Command, help=change)(edit)
    group.command("read", cls=Command, help=said)(read)
    group.command("choose", cls=Command, help=pick)(choose)
    group.command("document", cls=Command, help=paper)(document)


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


def document(
    case: Which,
    kind: PaperKind,
    *,
    by: By,
    title: PaperTitle = "",
    number: PaperNumber = "",
    issuer: PaperIssuer = "",
    date: PaperDay = "",
    file: PaperFile = None,
    role: Role = "",
    on: When = "",
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Register a document with a case; a report of a review is recorded as that review."""
    sha256 = _sha256(file) if file is not None else ""
    from geo.gazetteer.cases import Paper, act, enclose  # noqa: PLC0415
    from geo.gazetteer.cases.finding import picked  # noqa: PLC0415

    place = desk(workspace, on, rules)
    row = place.case(case)
    of = picked(place.rules.documents, kind, "文件类型", "kind of document")
    _check_decision(place, row, of, issuer, date)
    named = title or f"{row['title']}{place.rules.documents[of].zh}"
    paper = Paper(of, named, number, issuer, date, sha256)
    review = next((one for one in place.rules.acts.values() if one.branch == of), None)
    common: dict[str, Any] = {"version": row["version"], "at": place.at, "rules": place.rules}
    if row["state"] == "reviews" and review is not None:
        acting = place.acting(role, review.roles, by, row)
        act(place.book, row["id"], review.id, actor=by, role=acting, paper=paper, **common)
    else:
        enclose(place.book, row["id"], paper, by=by, role=place.role(role), **common)
    now = place.case(row["id"])
    attached, found = _ahead(place, now)
    if json:
        lacks = list(found.lacking) if found else []
        told = {"next_act": found.act.id if found else "", "next_lacks": lacks}
        _answer(place, now, json=True, more={"document": _told(paper), "attached": attached} | told)
        return
    parts = (paper.number, paper.issuer, paper.issued_on, paper.sha256[:_SHORT])
    bracketed = say("，", ", ").join(part for part in parts if part)
    print_line(
        say(f"已附“{place.rules.documents[of]}”：{paper.title}", f"Attached: {paper.title}")
        + (say(f"（{bracketed}）", f" ({bracketed})") if bracketed else "")
    )
    words = say("、", ", ").join(str(place.rules.documents[one]) for one in attached)
    print_line(say(f"案卷里已有：{words}", f"The case has: {words}"))
    place.print_case(now)
    if found is not None:
        print_line(found.told)


def _ahead(place: Desk, row: Row) -> tuple[list[str], Ahead | None]:
    """Return the kinds of documents that are attached, and what the next step lacks."""
    from geo.gazetteer.cases.ahead import ahead  # noqa: PLC0415
    from geo.gazetteer.cases.record import case_of, reading  # noqa: PLC0415

    case = case_of(row, place.rules)
    with reading(place.book) as select:
        found = ahead(select, case, place.rules, on=place.day)
    return [one for one in place.rules.documents if one in case.documents], found


def _check_decision(place: Desk, row: Row, kind: str, issuer: str, date: str) -> None:
    """Refuse a decision that does not say who decided and when."""
    if kind not in place.rules.kind(row["kind"]).decision:
        return
    lacking = [word for word, value in (("--issuer", issuer), ("--date", date)) if not value]
    if lacking:
        options = "、".join(lacking)
        raise DataError(
            say(
                f"决定文件须写明机关和日期，缺 {options}。",
                f"a decision tells who decided and when: {options} is missing.",
            )
        )


def _sha256(file: Path) -> str:
    from hashlib import sha256  # noqa: PLC0415

    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        raise DataError(
            say(
                f"没有文件“{file}”。" if missing else f"读不了文件“{file}”。",
                f"there is no file {file}." if missing else f"cannot read {file}.",
            ),
            hint=say(
                "请核对路径和文件名；文件须是本机可读的普通文件。",
                "Check the path and the name: it must be a file that can be read.",
            ),
        ) from error


def _told(paper: Paper) -> dict[str, str]:
    names = ("kind", "title", "number", "issuer", "issued_on", "sha256")
    return {name: getattr(paper, name) for name in names}


def _answer(place: Desk, row: Row, *, json: bool, more: dict[str, Any] | None = None) -> None:
    if json:
        emit_json({"case": place.told(row)} | (more or {}))
    else:
        place.print_case(row)
