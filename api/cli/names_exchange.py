"""``fuwuquan names import`` and ``export``: a census in, the gazetteer out for others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import Steps, emit_json, print_line, print_table
from api.cli._gazetteer import gazetteer
from api.cli._options import Day, Json, WorkspaceFolder, day
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.exchange import FaultyCell, Imported

SOURCES = ("census", "dmfw", "lpf", "lptsv")
FORMATS = ("census", "dmfw", "lpf", "lptsv", "geojson", "gpkg", "feed")

_SHOWN = 20


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    for name, function, words in (
        (
            "import",
            import_names,
            say(
                "导入普查表（.xlsx）或其他格式的地名：有一处不对就全部不导入，逐处列出；已核定的不改。",
                "Import a census or another format: one fault and nothing goes in; all are told.",
            ),
        ),
        (
            "export",
            export_names,
            say(
                "导出：普查表（含密，内部用），或公开的 JSON、LPF、地图文件和变更流（不含密）。",
                "Export: the census workbook (with secrets) or a public format (without).",
            ),
        ),
    ):
        group.command(name, cls=Command, help=words)(function)


def import_names(
    file: Annotated[
        Path,
        typer.Argument(
            metavar=say("文件", "FILE"),
            help=say(
                "普查表 .xlsx、国家库 .json、LPF .jsonld 或 LP-TSV .tsv。",
                "A census .xlsx, national .json, LPF .jsonld or LP-TSV .tsv.",
            ),
            show_default=False,
        ),
    ],
    *,
    author: Annotated[
        str,
        typer.Option(
            "--author",
            metavar=say("姓名", "NAME"),
            help=say("经办人，记入日志。", "Who imports; the log keeps it."),
            show_default=False,
        ),
    ],
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(SOURCES),
            help=say("格式；不写则按文件名后缀。", "The format, else by the ending."),
            show_default=False,
        ),
    ] = "",
    reason: Annotated[
        str,
        typer.Option(
            "--reason",
            metavar=say("理由", "TEXT"),
            help=say("为什么导入，记入日志。", "Why; the log keeps it."),
            show_default=False,
        ),
    ] = "",
    faults: Annotated[
        Path | None,
        typer.Option(
            "--faults",
            metavar=say("文件", "FILE"),
            help=say("把不对的单元格写成 .xlsx。", "Write the faulty cells as .xlsx."),
            show_default=False,
        ),
    ] = None,
    differences: Annotated[
        Path | None,
        typer.Option(
            "--differences",
            metavar=say("文件", "FILE"),
            help=say("把需要核对的差异写成 .xlsx。", "Write differences to look at as .xlsx."),
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Import records into the gazetteer."""
    if form and form not in SOURCES:
        raise DataError(
            say(f"没有可导入的格式“{form}”。", f"there is no format {form!r} to import."),
            hint=say(f"可用的格式：{'、'.join(SOURCES)}", f"Formats: {', '.join(SOURCES)}"),
        )
    from datetime import datetime  # noqa: PLC0415

    from geo.gazetteer.exchange import FaultyFileError, import_names  # noqa: PLC0415

    book, steps = gazetteer(workspace), Steps()
    try:
        with steps("导入地名", "import the names") as advance:
            done = import_names(
                book,
                file,
                author=author,
                form=form or None,  # type: ignore[arg-type]  # looked at above
                reason=reason,
                at=datetime.now().astimezone(),
                progress=advance,
            )
    except FaultyFileError as error:
        if faults is not None:
            _write_faults(faults, error.cells)
        raise
    files = []
    if differences is not None and done.differences:
        _write_differences(differences, done)
        files.append(differences)
    if json:
        emit_json(_answer(done) | {"files": [str(f) for f in files], "seconds": steps.seconds})
    else:
        _show(done, files)
    return 1 if done.differences else 0


def export_names(
    file: Annotated[
        Path,
        typer.Argument(
            metavar=say("文件", "FILE"),
            help=say("写到哪里。", "What to write."),
            show_default=False,
        ),
    ],
    *,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(FORMATS),
            help=say(
                "格式；不写则按文件名后缀。只有 census 含密。",
                "The format, else by the ending. Only census has what is secret.",
            ),
            show_default=False,
        ),
    ] = "",
    internal: Annotated[
        bool,
        typer.Option(
            "--internal",
            help=say(
                "供部门共享：加上“内部”地名，位置概略到约 1 公里；涉密的仍不给。",
                "For departments: internal records too, their places coarse; never secret ones.",
            ),
        ),
    ] = False,
    since: Annotated[
        int,
        typer.Option(
            "--since",
            metavar=say("编号", "NUMBER"),
            help=say("变更流从哪号事件之后起。", "The feed begins after this event."),
        ),
    ] = 0,
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Write the gazetteer for the bureau itself or for others."""
    from geo.gazetteer.exchange import export_census, feed, feed_json, give  # noqa: PLC0415
    from geo.store.tables import write_whole  # noqa: PLC0415

    wanted = form or _format_of(file)
    if wanted not in FORMATS:
        raise DataError(
            say(f"没有格式“{wanted}”。", f"there is no format {wanted!r}."),
            hint=say(f"可用的格式：{'、'.join(FORMATS)}", f"Formats: {', '.join(FORMATS)}"),
        )
    book, steps = gazetteer(workspace), Steps()
    answer: dict[str, object] = {"file": str(file), "format": wanted}
    with steps("导出地名", "export the names"):
        if wanted == "census":
            answer["rows"] = export_census(book, file)
        elif wanted == "feed":
            told = feed(book, since=since, audience="departments" if internal else "public")
            write_whole(file, feed_json(told).encode())
            answer |= {
                "since": told.since,
                "until": told.until,
                "changed": len(told.changed),
                "withdrawn": len(told.withdrawn),
            }
        else:
            audience = "departments" if internal else "public"
            given = give(book, file, wanted, on=day(on), audience=audience)  # type: ignore[arg-type]
            answer |= {
                "places": len(given.places),
                "left_out": given.left_out,
                "withheld": given.withheld,
            }
    if json:
        emit_json(answer | {"seconds": steps.seconds})
    else:
        _show_export(answer)


def _format_of(file: Path) -> str:
    from geo.gazetteer.exchange import ENDINGS  # noqa: PLC0415

    endings = {ending: form for form, ending in ENDINGS.items()}
    return "census" if file.suffix == ".xlsx" else endings.get(file.suffix.lower(), file.suffix)


def _write_faults(path: Path, cells: tuple[FaultyCell, ...]) -> None:
    import pandas as pd  # noqa: PLC0415

    from geo.store.tables import write_table  # noqa: PLC0415

    names = ("sheet", "row", "column", "found", "wanted", "advice")
    words = say("工作表 行 列 填的是 应为 怎么办", "Sheet Row Column Found Wanted Advice").split()
    frame = pd.DataFrame([[getattr(cell, n) for n in names] for cell in cells], columns=list(names))
    title = say("问题", "Faults")
    headings = {title: dict(zip(names, words, strict=True))}
    write_table(path, {title: frame}, headings=headings)


def _write_differences(path: Path, done: Imported) -> None:
    import pandas as pd  # noqa: PLC0415

    from geo.store.tables import write_table  # noqa: PLC0415

    names = ("row", "name", "heading", "ours", "theirs", "reason", "place_id")
    words = say("行 名称 列 库中 文件中 原因 编号", "Row Name Column Ours Theirs Reason Id").split()
    reasons = _reasons()
    rows = [
        [reasons[one.reason] if n == "reason" else getattr(one, n) for n in names]
        for one in done.differences
    ]
    title = say("差异", "Differences")
    headings = {title: dict(zip(names, words, strict=True))}
    write_table(path, {title: pd.DataFrame(rows, columns=list(names))}, headings=headings)


def _reasons() -> dict[str, str]:
    return {
        "locked": say("已核定，未改动", "locked, not changed"),
        "secrecy": say("密级只会变严，未改动", "secrecy only grows, not changed"),
        "kept": say("文件没有列出，未删除", "the file leaves it out, kept"),
        "unfit": say("拼写与汉字不符，已照录，请核对", "unlike its characters, taken: compare"),
    }


def _answer(done: Imported) -> dict[str, object]:
    names = ("change_set_id", "batch_id", "inserted", "updated", "unchanged", "locked",
             "proposed", "no_secrecy", "things")  # fmt: skip
    return {name: getattr(done, name) for name in names} | {"differences": len(done.differences)}


def _show(done: Imported, files: list[Path]) -> None:
    things = done.things
    print_line(
        say(
            f"新增 {done.inserted:,} 条，更新 {done.updated:,} 条，未变 {done.unchanged:,} 条；"
            f"已核定而未改动 {done.locked:,} 条。标志 {things.get('sign', 0)}、"
            f"界线 {things.get('line', 0)}、界桩 {things.get('stone', 0)}。",
            f"{done.inserted:,} added, {done.updated:,} changed, {done.unchanged:,} as before; "
            f"{done.locked:,} locked. Signs {things.get('sign', 0)}, lines "
            f"{things.get('line', 0)}, stones {things.get('stone', 0)}.",
        )
    )
    if done.proposed:
        print_line(
            say(
                f"{done.proposed:,} 条文件中没有拼写，已注音，待核定；核定前不导出、不公开。",
                f"{done.proposed:,} had no spelling: one is proposed, and goes out once confirmed.",
            )
        )
    if done.no_secrecy:
        print_line(
            say(
                f"{done.no_secrecy:,} 条没有密级，按内部处理，不公开。",
                f"{done.no_secrecy:,} say nothing of secrecy: kept as internal, not published.",
            )
        )
    if done.differences and not files:
        print_table(
            say("行 名称 列 库中 文件中 原因", "Row Name Column Ours Theirs Reason").split(),
            [
                (d.row, d.name, d.heading, d.ours, d.theirs, _reasons()[d.reason])
                for d in done.differences[:_SHOWN]
            ],
        )
    for path in files:
        print_line(say(f"需要核对的差异：{path}", f"Differences to look at: {path}"))
    if done.change_set_id:
        print_line(say(f"改动编号：{done.change_set_id}", f"Change set: {done.change_set_id}"))


def _show_export(answer: dict[str, object]) -> None:
    file = answer["file"]
    if "rows" in answer:
        print_line(
            say(
                f"普查表已写到 {file}。其中含有涉密内容，请按密级保管。",
                f"Census written to {file}. It has secret records: keep it accordingly.",
            )
        )
    elif "until" in answer:
        print_line(
            say(
                f"变更 {answer['changed']} 条，撤回 {answer['withdrawn']} 条，到第 "
                f"{answer['until']} 号事件：{file}",
                f"{answer['changed']} changed, {answer['withdrawn']} withdrawn, up to event "
                f"{answer['until']}: {file}",
            )
        )
    else:
        print_line(
            say(
                f"公开 {answer['places']} 条；因密级未导出 {answer['left_out']} 条，"
                f"隐去提及涉密名称的文字 {answer['withheld']} 处：{file}",
                f"{answer['places']} places; {answer['left_out']} left out for secrecy, "
                f"{answer['withheld']} texts withheld: {file}",
            )
        )
