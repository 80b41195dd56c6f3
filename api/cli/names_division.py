"""``fuwuquan names division``: 撤镇设街道 and its kin, foreseen whole and carried out as one."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._console import Steps, emit_json, print_line, print_table
from api.cli._gazetteer import Document, Out, Which, moment, opened, place_of
from api.cli._options import Json, WorkspaceFolder, day
from api.cli._words import Command, Group
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer import Gazetteer
    from geo.gazetteer.division import DivisionChange, Outcome
    from geo.gazetteer.division.consequences import Consequences

_SHOWN = 5


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    parts = typer.Typer(cls=Group, no_args_is_help=True)
    about = say(
        "撤镇设街道、撤乡设镇、增设街道：代码、所属、标志、界线、待办一次办完，可整体撤回。",
        "A division becomes another: codes, parents, signs, lines, tasks in one reversible change.",
    )
    parts.command("change", cls=Command, help=about)(change)
    group.add_typer(
        parts,
        name="division",
        cls=Group,
        help=say("行政区划变更。", "Changes of administrative divisions."),
    )


def change(
    old: Which,
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar=say("新名称", "NAME"),
            help=say("变更后的名称，如 大屯街道。", "Its name after the change."),
            show_default=False,
        ),
    ],
    on: Annotated[
        str,
        typer.Option(
            "--on",
            metavar=say("日期", "DATE"),
            help=say("新政区从哪一天起。", "First day of the new division."),
            show_default=False,
        ),
    ],
    document: Document,
    code: Annotated[
        str,
        typer.Option(
            "--code",
            metavar=say("代码", "CODE"),
            help=say("新政区的 9 位代码。", "Nine digits of its code."),
            show_default=False,
        ),
    ] = "",
    title: Annotated[
        str,
        typer.Option(
            "--title",
            metavar=say("标题", "TEXT"),
            help=say("批复的标题。", "Title of the approval."),
            show_default=False,
        ),
    ] = "",
    issuer: Annotated[
        str,
        typer.Option(
            "--issuer",
            metavar=say("机关", "NAME"),
            help=say("批准机关。", "Who approved it."),
            show_default=False,
        ),
    ] = "",
    member: Annotated[
        list[str] | None,
        typer.Option(
            "--member",
            metavar=say("村、社区", "VILLAGE"),
            help=say(
                "增设街道时划入的村、社区，可写多次。",
                "Where one is added: villages that go over; may be repeated.",
            ),
            show_default=False,
        ),
    ] = None,
    author: Annotated[
        str,
        typer.Option(
            "--author",
            metavar=say("姓名", "NAME"),
            help=say("经办人；试算时可不写。", "Who does it; not wanted for a dry run."),
            show_default=False,
        ),
    ] = "",
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help=say("只试算，列出全部后果，什么也不改。", "Show every consequence; keep nothing."),
        ),
    ] = False,
    out: Out = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Change a division, or foresee what that would do."""
    if not (dry_run or author):
        raise DataError(
            say("请用 --author 写明经办人。", "say who does it with --author."),
            hint=say("只想看后果，请用 --dry-run。", "To see the consequences only: --dry-run."),
        )
    first = day(on)
    from geo.gazetteer.division import DivisionChange, within  # noqa: PLC0415
    from geo.gazetteer.division.consequences import consequences  # noqa: PLC0415
    from geo.gazetteer.division.kinds import kind_of, kinds  # noqa: PLC0415
    from geo.gazetteer.lookup import cards  # noqa: PLC0415
    from geo.gazetteer.papers import Paper, paper  # noqa: PLC0415

    space, book = opened(workspace)
    place = place_of(space, book, old, on=first)
    name = cards(book, [place], on=first)[place].name
    kind = kind_of(name, to, added=bool(member))
    if kind is None:
        raise DataError(
            say(f"“{name}”变为“{to}”不是程序会办的变更。", f"{name} cannot become {to}."),
            hint=say(
                f"会办：{'、'.join(k['zh'] for n, k in kinds().items() if n != 'deadline')}。",
                "Towns to sub-districts, townships to towns or sub-districts, one added.",
            ),
        )
    if not code:
        raise _no_code(book, place, first, kinds()[kind]["third"])
    members = tuple(place_of(space, book, f"{name}/{one}", on=first) for one in member or ())
    told = Paper(document, title, issuer)
    steps, at = Steps(), moment()
    with steps("办理区划变更", "change the division"):
        context = (
            book.rehearsal(at=at)
            if dry_run
            else book.change(author=author, reason=f"{kinds()[kind]['zh']}：{name}→{to}", at=at)
        )
        with context as doing:
            wanted = DivisionChange(kind, place, to, code, first, paper(doing, told), members)
            outcome = within(doing, wanted)
            events, identity = doing.events, "" if dry_run else doing.id
    told_all = consequences(book, events)
    files = [] if out is None else _write(out, told_all)
    if json:
        emit_json(
            asdict(outcome)
            | {
                "change_set_id": identity,
                "dry_run": dry_run,
                "kind": kind,
                "old_id": place,
                "consequences": {
                    part: getattr(told_all, part).to_dict("records") for part in _PARTS
                },
                "files": [str(path) for path in files],
                "seconds": steps.seconds,
            }
        )
    else:
        _print(wanted, outcome, told_all, files, names=(name, identity))


_PARTS = ("codes", "parents", "signs", "borders", "tasks")


def _titles() -> dict[str, str]:
    return dict(
        zip(
            _PARTS,
            say("代码对照 改属 标志 界线界桩 待办", "Codes Parents Signs Borders Tasks").split(),
            strict=True,
        )
    )


def _headings(frame: Any) -> dict[str, str]:  # noqa: ANN401 - a frame
    words = {
        "name": say("名称", "Name"),
        "class_name": say("类别", "Class"),
        "scheme": say("代码种类", "Scheme"),
        "before": say("变更前", "Before"),
        "after": say("变更后", "After"),
        "place_id": say("编号", "Id"),
        "number": say("编号", "Number"),
        "keeper_before": say("原管护单位", "Keeper before"),
        "keeper_after": say("现管护单位", "Keeper after"),
        "state": say("状态", "State"),
        "kind": say("种类", "Kind"),
        "field": say("项目", "Field"),
        "title": say("事项", "Task"),
        "due_on": say("期限", "Due"),
        "rule": say("依据", "Rule"),
    }
    return {column: words[column] for column in frame.columns}


def _print(
    wanted: DivisionChange,
    outcome: Outcome,
    told: Consequences,
    files: list[Path],
    *,
    names: tuple[str, str],
) -> None:
    from geo.gazetteer.division.kinds import kinds  # noqa: PLC0415

    name, identity = names
    kind = kinds()[wanted.kind]
    print_line(
        say(
            f"{kind['zh']}：{name} → {wanted.name}（{wanted.code}），自 {wanted.on} 起"
            + ("" if identity else "（试算，什么也没有改）"),
            f"{kind['en']}: {name} → {wanted.name} ({wanted.code}) from {wanted.on}"
            + ("" if identity else " (a dry run: nothing was changed)"),
        )
    )
    print_line(
        say(
            f"改属 {outcome.reparented:,} 处；换代码 {outcome.recoded:,} 个；"
            f"标志内容过时 {outcome.stale_signs:,} 块，改管护单位 {outcome.keepers:,} 块；"
            f"界线 {outcome.lines} 条、界桩 {outcome.stones} 个改名；待办 {outcome.tasks} 件。",
            f"{outcome.reparented:,} reparented; {outcome.recoded:,} codes; "
            f"{outcome.stale_signs:,} signs stale, {outcome.keepers:,} with another keeper; "
            f"{outcome.lines} lines and {outcome.stones} stones renamed; {outcome.tasks} tasks.",
        )
    )
    for part, title in _titles().items():
        frame = getattr(told, part)
        if frame.empty:
            continue
        shown = frame if part == "tasks" else frame.head(_SHOWN)
        shown = shown.drop(columns=["place_id"], errors="ignore")
        more = say("，其余见 --out", ", the rest with --out") if len(frame) > len(shown) else ""
        print_line(say(f"{title}（{len(frame):,}{more}）", f"{title} ({len(frame):,}{more})"))
        print_table(list(_headings(shown).values()), shown.itertuples(index=False))
    for path in files:
        print_line(say(f"全部后果：{path}", f"All consequences: {path}"))
    if identity:
        print_line(
            say(
                f"改动编号：{identity}（fuwuquan names undo 可整体撤回）",
                f"Change set: {identity} (fuwuquan names undo takes it back whole)",
            )
        )


def _write(path: Path, told: Consequences) -> list[Path]:
    from geo.store.tables import write_table  # noqa: PLC0415

    sheets = {title: getattr(told, part) for part, title in _titles().items()}
    headings = {title: _headings(frame) for title, frame in sheets.items()}
    return write_table(path, sheets, headings=headings)


def _no_code(book: Gazetteer, place: str, on: date, third: list[int]) -> DataError:
    """Return the complaint that no code is given, with the next that is free."""
    rows = book.rows("code", on=on, place_id=place, scheme="gbt10114")
    hint = say("请按批复填写 9 位代码。", "Give the nine digits of the approval.")
    if rows:
        county = rows[0]["value"][:6]
        taken = {row["value"] for row in book.rows("code", scheme="gbt10114")}
        free = next(
            (c for n in range(third[0], third[1] + 1) if (c := f"{county}{n:03d}") not in taken), ""
        )
        hint = say(
            f"按批复填写；本县下一个空号是 {free}。", f"As approved; the next free one is {free}."
        )
    return DataError(say("请用 --code 写明新代码。", "give the new code with --code."), hint=hint)
