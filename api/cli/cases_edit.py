"""``fuwuquan cases edit``, ``read``, ``choose`` and ``document``: a case while it is open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._cases import By, Desk, Fill, OwnRules, Role, When, Which, desk, filled_in
from api.cli._console import emit_json, print_line
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row
    from geo.gazetteer.cases import Paper

Name = Annotated[
    str,
    typer.Argument(
        metavar=say("拟用名称", "NAME"),
        help=say("案卷里的一个拟用名称。", "A name that the case proposes."),
        show_default=False,
    ),
]


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
    reading: Annotated[
        str,
        typer.Argument(
            metavar=say("读音", "READING"),
            help=say(
                "一字一音节，带声调，如 'jīn hú lù'；少数民族语地名写给定的拼写。",
                "A toned syllable a character, such as 'jīn hú lù'; or the spelling given.",
            ),
            show_default=False,
        ),
    ],
    *,
    by: By,
    special: Annotated[
        str,
        typer.Option(
            "--special",
            metavar=say("理由", "WHY"),
            help=say(
                "字典没有的读音确属方言或特例的理由，记入日志。",
                "Why a reading holds that the dictionary does not have; the log keeps it.",
            ),
            show_default=False,
        ),
    ] = "",
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
    kind: Annotated[
        str,
        typer.Argument(
            metavar=say("文件类型", "KIND"),
            help=say(
                "申请书、专家论证报告、批复等；写错会列出所有类型。",
                "application, expert_review, approval…; a wrong one lists them all.",
            ),
            show_default=False,
        ),
    ],
    *,
    by: By,
    title: Annotated[
        str,
        typer.Option(
            "--title",
            metavar=say("标题", "TITLE"),
            help=say("文件标题。", "Title of the document."),
            show_default=say("案卷标题加类型", "that of the case, and the kind"),
        ),
    ] = "",
    number: Annotated[
        str,
        typer.Option(
            "--number",
            metavar=say("文号", "NUMBER"),
            help=say("文号。", "Number of the document."),
            show_default=False,
        ),
    ] = "",
    issuer: Annotated[
        str,
        typer.Option(
            "--issuer",
            metavar=say("机关", "NAME"),
            help=say("发文机关；决定文件必填。", "Who issued it; a decision must tell."),
            show_default=False,
        ),
    ] = "",
    date: Annotated[
        str,
        typer.Option(
            "--date",
            metavar=say("日期", "DATE"),
            help=say("发文日期；决定文件必填。", "Day of issue; a decision must tell."),
            show_default=False,
        ),
    ] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar=say("文件", "FILE"),
            help=say("文件本身，记下它的 SHA-256。", "The file itself; its SHA-256 is kept."),
            show_default=False,
        ),
    ] = None,
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
    _answer(place, place.case(row["id"]), json=json, more={"document": _told(paper)})


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
