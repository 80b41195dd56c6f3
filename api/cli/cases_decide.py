"""``fuwuquan cases approve`` and ``undo``: decide over a case, and take the last step back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._cases import By, Desk, Note, OwnRules, When, Which, desk
from api.cli._console import Steps, emit_json, print_line
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row
    from geo.gazetteer.cases import Approval

_SHOWN = 20


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    decide = say(
        "批准：须有决定文件，批准人没有经办过本案。一次关旧名、启新名、派标志任务、起期限、拟公告。",
        "Approve: needs a decision document, and an approver who handled no part of the case.",
    )
    back = say(
        "撤回对一件案卷办的最后一步；已备案的不能撤回，只能另案取代。",
        "Take back the last thing done to a case; once filed, only another case supersedes it.",
    )
    group.command("approve", cls=Command, help=decide)(approve)
    group.command("undo", cls=Command, help=back)(undo)


def approve(
    case: Which,
    *,
    by: By,
    authority: Annotated[
        str,
        typer.Option(
            "--authority",
            metavar=say("机关", "WHO"),
            help=say(
                "批准机关，如 县级人民政府；写错会列出。", "Who decides, such as county_government."
            ),
            show_default=say("依类别只有一个的，就是它", "the only one that may"),
        ),
    ] = "",
    document: Annotated[
        str,
        typer.Option(
            "--document",
            metavar=say("文号", "NUMBER"),
            help=say("决定文件的文号。", "Number of the decision document."),
            show_default=say("附在案卷里的决定", "the decision that is attached"),
        ),
    ] = "",
    note: Note = "",
    on: When = "",
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Approve a case, or a campaign with all that is on its list."""
    from geo.gazetteer.cases import approve as decide  # noqa: PLC0415

    place = desk(workspace, on, rules)
    row = place.case(case)
    decision_id = _decision(place, row, document)
    who = _authority(place, row, authority)
    steps = Steps()
    with steps("批准", "approve"):
        done = decide(
            place.book,
            row["id"],
            approver=by,
            authority=who,
            decision_id=decision_id,
            at=place.at,
            version=row["version"],
            note=note,
            rules=place.rules,
        )
    now = place.case(row["id"])
    names = [place.book.row("name", one)["text"] for one in done.opened[:_SHOWN]]
    former = [place.book.row("name", one)["text"] for one in done.closed[:_SHOWN]]
    without = _uncoded(place, now)
    if json:
        told = _approved(done, names, former) | {"uncoded": len(without)}
        emit_json({"case": place.told(now)} | told | {"seconds": steps.seconds})
        return
    _print_approved(done, names, former)
    place.print_case(now)
    if without:
        listed = say("、", ", ").join(without[:_SHOWN])
        print_line(
            say(
                f"还没有地名代码：{listed}。编定用 fuwuquan cases code {now['number']}",
                f"Without a place code: {listed}. Assign: fuwuquan cases code {now['number']}",
            )
        )


def _decision(place: Desk, row: Row, written: str) -> str:
    """Return the id of the decision: by its number, else the one attached to the case."""
    from geo.gazetteer.cases.finding import find_row  # noqa: PLC0415
    from geo.gazetteer.cases.record import case_of  # noqa: PLC0415

    if written:
        return str(find_row(place.book, "document", written, "number", "title")["id"])
    case = case_of(row, place.rules)
    attached = [case.documents[kind] for kind in case.kind.decision if kind in case.documents]
    return attached[0] if attached else ""


def _authority(place: Desk, row: Row, written: str) -> str:
    from geo.gazetteer.cases.deciding import authorities  # noqa: PLC0415
    from geo.gazetteer.cases.finding import picked  # noqa: PLC0415
    from geo.gazetteer.cases.record import case_of, reading  # noqa: PLC0415

    words = {key: one.word for key, one in place.rules.authorities.items()}
    if written:
        return picked(words, written, "批准机关", "authority")
    with reading(place.book) as select:
        rows = select("case", campaign_id=row["id"]) or [row]
        allowed = {
            one
            for each in rows
            for one in authorities(select, case_of(each, place.rules), place.rules)
        }
    if len(allowed) == 1:
        return next(iter(allowed))
    listed = "、".join(f"{words[one]} ({one})" for one in sorted(allowed or set(words)))
    raise DataError(
        say("请用 --authority 写明批准机关。", "say who decides: --authority."),
        hint=say(f"可以是：{listed}", f"One of: {listed}"),
    )


def _uncoded(place: Desk, row: Row) -> list[str]:
    """Return the names of the places that a case named and that have no code yet."""
    from geo.gazetteer.cases.coding import uncoded  # noqa: PLC0415
    from geo.gazetteer.cases.record import case_of, reading  # noqa: PLC0415
    from geo.gazetteer.lookup import cards  # noqa: PLC0415

    with reading(place.book) as select:
        rows = uncoded(select, case_of(row, place.rules), place.day, place.rules)
    return [card.name for card in cards(place.book, [one["id"] for one in rows]).values()]


def _approved(done: Approval, names: list[str], former: list[str]) -> dict[str, Any]:
    return {
        "change_set_id": done.change_set_id,
        "cases": len(done.cases),
        "names_opened": len(done.opened),
        "names_closed": len(done.closed),
        "names": names,
        "former": former,
        "stale_signs": len(done.stale_signs),
        "tasks": done.tasks,
        "missing": list(done.missing),
    }


def _print_approved(done: Approval, names: list[str], former: list[str]) -> None:
    print_line(
        say(
            f"批准 {len(done.cases)} 件：启用名称 {len(done.opened)} 个，转为曾用名 "
            f"{len(done.closed)} 个，待换标志 {len(done.stale_signs)} 块，任务 {done.tasks} 项。",
            f"{len(done.cases)} approved: {len(done.opened)} names opened, {len(done.closed)} "
            f"closed, {len(done.stale_signs)} signs stale, {done.tasks} tasks.",
        )
    )
    told = (
        (say("启用", "opened"), names),
        (say("转为曾用名", "former"), former),
        (say("公告还缺", "the announcement lacks"), list(done.missing[:_SHOWN])),
    )
    for label, texts in told:
        if texts:
            print_line(f"  {label}：{'、'.join(texts)}")
    print_line(say(f"改动编号：{done.change_set_id}", f"Change set: {done.change_set_id}"))


def undo(
    case: Which,
    *,
    by: By,
    reason: Annotated[
        str,
        typer.Option(
            "--reason",
            metavar=say("理由", "TEXT"),
            help=say("为什么撤回。", "Why it is taken back."),
            show_default=False,
        ),
    ],
    on: When = "",
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Take back the last thing done to a case."""
    from geo.gazetteer.cases import take_back  # noqa: PLC0415

    place = desk(workspace, on, rules)
    row = place.case(case)
    done = take_back(
        place.book, row["id"], by=by, reason=reason, at=place.at, version=row["version"],
        rules=place.rules,
    )  # fmt: skip
    now = place.case(row["id"])
    if json:
        names = ("change_set_id", "undone", "reason", "author", "at")
        emit_json({"case": place.told(now)} | {name: getattr(done, name) for name in names})
        return
    print_line(
        say(
            f"已撤回：{done.reason}（{done.author}，{done.at[:10]}）",
            f"Taken back: {done.reason} ({done.author}, {done.at[:10]})",
        )
    )
    place.print_case(now)
