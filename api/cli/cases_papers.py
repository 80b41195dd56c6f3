"""``fuwuquan cases document`` and ``file``: papers go into a case, and their files come out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._cases import By, Desk, OwnRules, Role, When, Which, desk
from api.cli._cases_options import (
    PaperDay,
    PaperFile,
    PaperIssuer,
    PaperKind,
    PaperNumber,
    PaperTitle,
)
from api.cli._console import emit_json, print_line
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.errors import DataError, NotFoundError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row
    from geo.gazetteer.cases.ahead import Ahead
    from geo.gazetteer.cases.paper_files import Attached

_SHORT = 12
"""Digits shown of a file's hash."""


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    paper = say(
        "登记文件并附到案卷：材料、论证报告、批复。记文号、机关、日期，文件存入工作区。",
        "Register a document with a case: number, issuer, day; its file is kept in the workspace.",
    )
    taken_out = say("取出案卷里一份文件。", "Write the file of a case's document.")
    group.command("document", cls=Command, help=paper)(document)
    group.command("file", cls=Command, help=taken_out)(file)


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
    content = _content(file) if file is not None else None
    from geo.gazetteer.cases import Paper, act, enclose  # noqa: PLC0415
    from geo.gazetteer.cases.finding import picked  # noqa: PLC0415
    from geo.gazetteer.cases.paper_files import attached as attached_to  # noqa: PLC0415

    place = desk(workspace, on, rules)
    row = place.case(case)
    of = picked(place.rules.documents, kind, "文件类型", "kind of document")
    _check_decision(place, row, of, issuer, date)
    named = title or f"{row['title']}{place.rules.documents[of].zh}"
    paper = Paper(of, named, number, issuer, date, content=content)
    review = next((one for one in place.rules.acts.values() if one.branch == of), None)
    common: dict[str, Any] = {"version": row["version"], "at": place.at, "rules": place.rules}
    if row["state"] == "reviews" and review is not None:
        acting = place.acting(role, review.roles, by, row)
        act(place.book, row["id"], review.id, actor=by, role=acting, paper=paper, **common)
    else:
        enclose(place.book, row["id"], paper, by=by, role=place.role(role), **common)
    now = place.case(row["id"])
    registered = next(one for one in attached_to(place.book, now) if one.kind == of)
    attached, found = _ahead(place, now)
    if json:
        lacks = list(found.lacking) if found else []
        told = {"next_act": found.act.id if found else "", "next_lacks": lacks}
        more = {"document": _told(registered), "attached": attached, **told}
        emit_json({"case": place.told(now), **more})
        return
    sha256 = registered.row["sha256"]
    parts = (paper.number, paper.issuer, paper.issued_on, sha256[:_SHORT])
    bracketed = say("，", ", ").join(part for part in parts if part)
    print_line(
        say(f"已附“{place.rules.documents[of]}”：{paper.title}", f"Attached: {paper.title}")
        + (say(f"（{bracketed}）", f" ({bracketed})") if bracketed else "")
        + (say("，文件已存入", "; its file is kept") if registered.file else "")
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


def _content(file: Path) -> bytes:
    from geo.store.documents import check_size  # noqa: PLC0415

    try:
        check_size(file.stat().st_size)
        return file.read_bytes()
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


def _told(paper: Attached) -> dict[str, Any]:
    names = ("title", "number", "issuer", "issued_on", "sha256")
    size = paper.file.bytes if paper.file else None
    return {"kind": paper.kind, **{name: paper.row[name] for name in names}, "bytes": size}


def file(
    case: Which,
    kind: PaperKind,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar=say("文件或目录", "FILE or DIR"),
            help=say("写到哪个文件或文件夹。", "The file or folder to write to."),
            show_default=say("工作区的 output 文件夹", "the workspace's folder output"),
        ),
    ] = None,
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Write the file of a case's document, as it was registered."""
    from geo.gazetteer.cases.finding import picked  # noqa: PLC0415
    from geo.gazetteer.cases.law import Word  # noqa: PLC0415
    from geo.gazetteer.cases.paper_files import attached, file_of  # noqa: PLC0415
    from geo.store.tables import write_whole  # noqa: PLC0415

    place = desk(workspace, own=rules)
    row = place.case(case)
    there = {one.kind: one for one in attached(place.book, row)}
    words = {one: place.rules.documents.get(one, Word(one, one)) for one in there}
    if not there:
        raise NotFoundError(
            say(f"案卷“{row['title']}”还没有附文件。", f"{row['title']} has no documents yet."),
            hint=say("附文件用 fuwuquan cases document", "attach one: fuwuquan cases document"),
        )
    paper = there[picked(words, kind, "文件", "document")]
    content = file_of(place.book, paper)
    name = f"{row['number']}-{paper.file_name}"
    if out is None or out.is_dir():
        folder = out or place.space.output
        path = folder / name
    else:
        path = out
    write_whole(path, content)
    if json:
        emit_json({"case": place.told(row), "document": _told(paper), "file": str(path)})
    else:
        print_line(say(f"已写出 {path}", f"Wrote {path}"))
