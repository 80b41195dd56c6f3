"""``fuwuquan cases drafts``: texts of the hearing, the filing and the announcement as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli._cases import OwnRules, Which, desk
from api.cli._console import emit_json, print_line
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say

_SHOWN = 40


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    texts = say(
        "把备案报告、公告、征求意见公告和汇总写成文本文件；缺什么写明。",
        "Write the filing report, announcement and texts of the hearing as text files.",
    )
    group.command("drafts", cls=Command, help=texts)(drafts)


def drafts(
    case: Which,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar=say("目录", "DIR"),
            help=say("写到哪个文件夹。", "The folder to write to."),
            show_default=say("工作区的 output 文件夹", "the workspace's folder output"),
        ),
    ] = None,
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Write the drafts of a case as text files."""
    from geo.gazetteer.cases import drafts as drafts_of  # noqa: PLC0415
    from geo.gazetteer.cases.notices import notices  # noqa: PLC0415
    from geo.store.tables import write_whole  # noqa: PLC0415

    place = desk(workspace, own=rules)
    row = place.case(case)
    texts: dict[str, tuple[str, tuple[str, ...]]] = {
        kind: (text, ()) for kind, text in notices(place.book, row["id"], place.rules).items()
    }
    texts |= drafts_of(place.book, row["id"], place.rules)
    if not texts:
        raise DataError(
            say(
                f"案卷“{row['title']}”还没有可起草的文本。",
                f"there is nothing to draft for {row['title']} yet.",
            ),
            hint=say("征求意见开始后、批准后才有。", "There is once it is heard, or approved."),
        )
    words = {
        "notice": say("征求意见公告", "notice"),
        "hearing": say("征求意见汇总", "hearing"),
        "filing": say("备案报告", "filing"),
        "announcement": say("公告", "announcement"),
    }
    folder = out or place.space.output
    folder.mkdir(parents=True, exist_ok=True)
    told: list[dict[str, Any]] = []
    for kind, (text, missing) in texts.items():
        path = folder / f"{row['number']}-{words[kind]}.txt"
        write_whole(path, text.encode())
        told.append({"kind": kind, "file": str(path), "missing": list(missing)})
    lacking = sum(len(one["missing"]) for one in told)
    if json:
        emit_json({"case": place.told(row), "drafts": told, "lacking": lacking})
        return 1 if lacking else 0
    for one in told:
        short = "、".join(one["missing"][:_SHOWN])
        print_line(one["file"] + (say(f"（缺：{short}）", f" (lacks: {short})") if short else ""))
    return 1 if lacking else 0
