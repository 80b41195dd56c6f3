"""``fuwuquan cases template`` and ``open``: forms, and cases opened from options or from a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._cases import By, Desk, Fill, OwnRules, Role, When, desk, filled_in
from api.cli._console import Steps, emit_json, print_line
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.cases import Proposal

_SHOWN = 5
Kind = Annotated[
    str,
    typer.Argument(
        metavar=say("类型", "KIND"),
        help=say(
            "案卷类型：命名、更名、销名、批量标准化、门牌……",
            "Kind of case: naming, renaming, retiring, batch, plate…",
        ),
        show_default=False,
    ),
]


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    form = say(
        "写出一类案卷的空表（.xlsx 或 .toml），列出要填的各项。",
        "Write the empty form of a kind of case (.xlsx or .toml).",
    )
    begin = say(
        "立案：逐项写在选项里，或用 --file 给填好的表；有一处不对就一件也不立。",
        "Open cases, from options or a filled form; one unfit field and none is opened.",
    )
    group.command("template", cls=Command, help=form)(template)
    group.command("open", cls=Command, help=begin)(open_)


def template(
    kind: Kind,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar=say("文件", "FILE"),
            help=say("写到哪个 .xlsx 或 .toml。", "The .xlsx or .toml to write."),
            show_default=say("以类型命名的 .xlsx", "an .xlsx named after the kind"),
        ),
    ] = None,
    *,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help=say("覆盖已有的文件。", "Replace an existing file.")),
    ] = False,
    json: Json = False,
) -> None:
    """Write the empty form of a kind of case."""
    from geo.gazetteer.cases import rulebook  # noqa: PLC0415
    from geo.gazetteer.cases.finding import picked  # noqa: PLC0415
    from geo.gazetteer.cases.forms import fields_of  # noqa: PLC0415
    from geo.gazetteer.cases.forms_files import write_form  # noqa: PLC0415

    rules = rulebook()
    of = picked({key: k.word for key, k in rules.kinds.items()}, kind, "案卷类型", "kind of case")
    path = file or Path(f"{rules.kinds[of].word}.xlsx".replace("/", " "))
    if path.suffix.lower() not in (".xlsx", ".toml"):
        raise DataError(
            say(f"表是 .xlsx 或 .toml，不能写成“{path.name}”。", f"{path.name}: .xlsx or .toml")
        )
    if path.exists() and not overwrite:
        raise DataError(
            say(f"“{path}”已经存在。", f"{path} exists already"),
            hint=say("换一个文件名，或加 --overwrite。", "choose another name, or --overwrite"),
        )
    write_form(path, of, rules)
    fields = [one.field for one in fields_of(of)]
    if json:
        emit_json({"kind": of, "file": str(path), "fields": fields})
        return
    print_line(say(f"已写出：{path}", f"Wrote {path}"))
    for one in fields_of(of):
        star = say("（须填）", " (wanted)") if one.wanted(rules.kinds[of]) else ""
        print_line(f"  {one.field}  {one.label}{star}" + (f"：{one.hint}" if one.hint else ""))
    print_line(
        say(
            f"填好后：fuwuquan cases open {of} --file {path} --by 姓名",
            f"Once filled in: fuwuquan cases open {of} --file {path} --by NAME",
        )
    )


def open_(
    kind: Kind,
    *,
    by: By,
    fill: Fill = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar=say("文件", "FILE"),
            help=say("填好的 .xlsx 或 .toml。", "A filled form, .xlsx or .toml."),
            show_default=False,
        ),
    ] = None,
    campaign: Annotated[
        str,
        typer.Option(
            "--campaign",
            metavar=say("案号", "CASE"),
            help=say("列入哪件批量案卷。", "The campaign on whose list it goes."),
            show_default=False,
        ),
    ] = "",
    supersedes: Annotated[
        str,
        typer.Option(
            "--supersedes",
            metavar=say("案号", "CASE"),
            help=say("取代哪件已批准的案卷。", "The approved case that it supersedes."),
            show_default=False,
        ),
    ] = "",
    role: Role = "",
    on: When = "",
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Open cases as drafts, all or none."""
    filled = filled_in(fill)
    if bool(filled) == (file is not None):
        raise DataError(
            say("请用 --set 逐项填写，或用 --file 给表。", "fill in with --set, or give --file."),
            hint=say("各项见：fuwuquan cases template 类型", "See: fuwuquan cases template KIND"),
        )
    from geo.gazetteer.cases.finding import picked  # noqa: PLC0415

    place = desk(workspace, on, rules)
    words = {key: one.word for key, one in place.rules.kinds.items()}
    of = picked(words, kind, "案卷类型", "kind of case")
    steps = Steps()
    with steps("读入", "read"):
        heads, listed = _proposals(place, of, filled, file)
    with steps("立案", "open"):
        more: dict[str, Any] = {
            "campaign_id": place.case(campaign)["id"] if campaign else "",
            "supersedes": place.case(supersedes)["id"] if supersedes else "",
        }
        wanted = [replace(one, **more) for one in heads]
        numbers = _opened(place, wanted, listed, by=by, role=place.role(role))
    rows = [place.case(number) for number in numbers]
    if json:
        emit_json(
            {"cases": [place.told(row) for row in rows], "opened": len(rows)}
            | {"seconds": steps.seconds}
        )
        return
    for row in rows[:_SHOWN]:
        place.print_case(row)
    if len(rows) > _SHOWN:
        print_line(say(f"……共立案 {len(rows)} 件。", f"… {len(rows)} cases opened."))


def _proposals(
    place: Desk, kind: str, filled: dict[str, str], file: Path | None
) -> tuple[list[Proposal], list[Proposal]]:
    from geo.gazetteer.cases.forms_files import read_form  # noqa: PLC0415

    if file is not None:
        return read_form(place.book, file, kind, on=place.day, rules=place.rules)
    return [place.proposal(kind, filled)], []


def _opened(
    place: Desk, heads: list[Proposal], listed: list[Proposal], *, by: str, role: str
) -> list[str]:
    """Open the cases and return their numbers."""
    from geo.gazetteer.cases import open_campaign, open_cases  # noqa: PLC0415

    common: dict[str, Any] = {"by": by, "role": role, "at": place.at, "rules": place.rules}
    if listed:
        head, rest = open_campaign(place.book, heads[0], listed, **common)
        ids = [head, *rest]
    else:
        ids = open_cases(place.book, heads, **common)
    return [place.book.row("case", one)["number"] for one in ids]
