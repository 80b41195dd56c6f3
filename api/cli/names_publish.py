"""``fuwuquan names publish``: 地名录, 地名志, 地名词典 and the forms, from the gazetteer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._console import Steps, emit_json, print_line, print_table
from api.cli._gazetteer import gazetteer
from api.cli._options import Day, Json, WorkspaceFolder, day
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.publish import Published

KINDS = {
    "gazetteer": "地名录",
    "annals": "地名志",
    "dictionary": "地名词典",
    "notice": "公告",
    "filing-form": "备案登记表",
    "filing-report": "备案报告",
    "sign-sheet": "标志任务单",
    "plate-card": "门牌证",
    "stone-card": "界桩登记表",
    "stone-table": "界桩成果表",
    "inspection": "联检记录",
}
ORDERS = ("pinyin", "strokes", "class", "code")
_BOOKS = ("gazetteer", "annals", "dictionary")
_PAPERS = ("notice", "filing-form", "filing-report")
_FIT = {
    "--order": _BOOKS,
    "--area": _BOOKS,
    "--title": _BOOKS,
    "--names": ("dictionary",),
    "--census-words": ("annals",),
    "--case": (*_PAPERS, "sign-sheet", "plate-card"),
    "--line": ("stone-card", "stone-table", "inspection"),
}
"""Which publications an option is for."""


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    words = say(
        "出版：地名录、地名志、地名词典，公告、备案、标志、门牌、界桩、联检文书；先报缺项，不含密。",
        "Publish: lists, annals, a dictionary and forms; missing fields first, secrets never.",
    )
    group.command("publish", cls=Command, help=words)(publish_names)


def publish_names(
    kind: Annotated[
        str,
        typer.Argument(
            metavar=say("种类", "KIND"),
            help=say(
                "、".join(f"{one}（{zh}）" for one, zh in KINDS.items()) + "；写中文名也可以。",
                f"One of: {', '.join(KINDS)}.",
            ),
            show_default=False,
        ),
    ],
    file: Annotated[
        Path,
        typer.Argument(
            metavar=say("文件", "FILE"),
            help=say(
                "写到哪里：.docx 或 .pdf；地名录和界桩成果表还可以写 .xlsx。",
                "What to write: .docx or .pdf; .xlsx too for the list and the table of stones.",
            ),
            show_default=False,
        ),
    ],
    *,
    order: Annotated[
        str,
        typer.Option(
            "--order",
            metavar="|".join(ORDERS),
            help=say("按拼音、笔画、类别或代码排列。", "Sort by pinyin, strokes, class or code."),
        ),
    ] = "pinyin",
    case: Annotated[
        str,
        typer.Option(
            "--case",
            metavar=say("案号", "CASE"),
            help=say(
                "公告、备案用哪个案卷；标志任务单、门牌证只出这一案的。",
                "The case of an announcement or filing; of signs and plates only those of it.",
            ),
            show_default=False,
        ),
    ] = "",
    line: Annotated[
        str,
        typer.Option(
            "--line",
            metavar=say("界线", "LINE"),
            help=say(
                "界桩、联检只出这条界线的（编号或名称）。",
                "Stones and inspections of this boundary line only.",
            ),
            show_default=False,
        ),
    ] = "",
    area: Annotated[
        str,
        typer.Option(
            "--area",
            metavar=say("代码", "CODE"),
            help=say("只收这个政区的，如 990101101。", "Only this division, such as 990101101."),
            show_default=False,
        ),
    ] = "",
    names: Annotated[
        Path | None,
        typer.Option(
            "--names",
            metavar=say("文件", "FILE"),
            help=say(
                "地名词典选收的名单：一行一个名称或 20 位代码。",
                "Names of a dictionary: a name or a code of 20 digits a line.",
            ),
            show_default=False,
        ),
    ] = None,
    title: Annotated[
        str,
        typer.Option(
            "--title",
            metavar=say("书名", "TITLE"),
            help=say("封面书名；不写则为“某某县地名录”。", "Title; else county and kind."),
            show_default=False,
        ),
    ] = "",
    publisher: Annotated[
        str,
        typer.Option(
            "--publisher",
            metavar=say("单位", "NAME"),
            help=say("编纂或发文单位，如 某某县民政局。", "Who publishes it."),
            show_default=False,
        ),
    ] = "",
    census_words: Annotated[
        bool,
        typer.Option(
            "--census-words",
            help=say(
                "地名志：地理实体概况用普查登记表的原文，没有的才按模板生成。",
                "Annals: the census's own words on a place where it has some.",
            ),
        ),
    ] = False,
    draft: Annotated[
        bool,
        typer.Option(
            "--draft",
            help=say(
                "缺必备项也出样稿，缺处标〔缺〕。",
                "Build it although required fields are missing, each marked.",
            ),
        ),
    ] = False,
    internal: Annotated[
        bool,
        typer.Option(
            "--internal",
            help=say(
                "内部资料：加上“内部”地名，位置概略到约 1 公里；涉密的仍不收。",
                "For departments: internal records too, their places coarse; never secret ones.",
            ),
        ),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar=say("文件", "FILE"),
            help=say("缺项报告（.xlsx）写到哪里。", "Where the missing-field report goes (.xlsx)."),
            show_default=say("与出版物同一目录", "beside the publication"),
        ),
    ] = None,
    font: Annotated[
        Path | None,
        typer.Option(
            "--font",
            metavar=say("文件", "FILE"),
            help=say("PDF 用的中文字体文件。", "A Chinese font file for PDF."),
            show_default=say("本机最合适的", "the best of this machine"),
        ),
    ] = None,
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Build a publication or a form from the gazetteer."""
    given = {
        "--order": order != ORDERS[0], "--area": area, "--title": title, "--names": names,
        "--census-words": census_words, "--case": case, "--line": line,
    }  # fmt: skip
    _check(kind, [option for option, value in given.items() if value], order, report)
    when, wanted_names = day(on), _read_names(names)
    book, steps = gazetteer(workspace), Steps()
    from geo.gazetteer.publish import Wanted, publish  # noqa: PLC0415

    wanted = Wanted(
        when,
        order=order,  # type: ignore[arg-type]
        title=title,
        publisher=publisher,
        audience="departments" if internal else "public",
        area=area,
        of=case or line,
        names=wanted_names,
        own_words=census_words,
        draft=draft,
        font=font,
    )
    with steps("编制", "publish") as advance:
        done = publish(book, kind, file, wanted, report=report, progress=advance)
    if json:
        emit_json(_answer(done) | {"seconds": steps.seconds})
    else:
        _show(done, file)
    return 1 if done.incomplete else 0


def _check(kind: str, given: list[str], order: str, report: Path | None) -> None:
    """Refuse what cannot be meant, all of it at once."""
    asked = next((one for one, zh in KINDS.items() if kind in (one, zh)), "")
    faults = []
    if not asked:
        faults.append(say(f"没有种类“{kind}”", f"there is no kind {kind!r}"))
    faults += [
        say(f"{KINDS[asked]}用不着 {option}", f"{option} is not for the {asked}")
        for option in given
        if asked and asked not in _FIT[option]
    ]
    if asked in _PAPERS and "--case" not in given:
        faults.append(say(f"{KINDS[asked]}要用 --case 指明案卷", f"the {asked} wants a --case"))
    if order not in ORDERS:
        faults.append(say(f"没有排序“{order}”", f"there is no order {order!r}"))
    if report is not None and report.suffix.lower() != ".xlsx":
        faults.append(say("缺项报告要写成 .xlsx", "the report is an .xlsx"))
    if faults:
        kinds = "、".join(f"{one}（{zh}）" for one, zh in KINDS.items())
        raise DataError(
            say("；".join(faults) + "。", "; ".join(faults) + "."),
            hint=say(
                f"种类：{kinds}。排序：{'、'.join(ORDERS)}。",
                f"Kinds: {', '.join(KINDS)}. Orders: {', '.join(ORDERS)}.",
            ),
        )


def _read_names(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return ()
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            say(f"名单“{path}”读不了。", f"the list {path} cannot be read."),
            hint=say("请给 UTF-8 的文本文件，一行一个。", "Give a UTF-8 text file, one a line."),
        ) from error
    found = tuple(dict.fromkeys(row.strip() for row in text.splitlines() if row.strip()))
    if not found:
        raise DataError(say(f"名单“{path}”是空的。", f"the list {path} is empty."))
    return found


def _answer(done: Published) -> dict[str, Any]:
    from geo.gazetteer.publish import counts  # noqa: PLC0415

    return {
        "publication": done.kind.id,
        "files": [str(file) for file in done.files],
        "records": done.records,
        "incomplete": done.incomplete,
        "missing": counts(done.lacks, "required"),
        "wanting": counts(done.lacks, "wanted"),
        "left_out": done.left_out,
        "withheld": done.withheld,
    }


def _show(done: Published, file: Path) -> None:
    from geo.gazetteer.publish import counts, word  # noqa: PLC0415

    rows = [
        (word(field), need, count)
        for need, part in (
            (say("必备", "required"), "required"),
            (say("建议", "wanted"), "wanted"),
        )
        for field, count in counts(done.lacks, part).items()
    ]
    if rows:
        heads = say("缺项 性质 条数", "Missing Need Records").split()
        print_table(heads, rows)
    secret = (
        say(
            f"；涉密或内部未收 {done.left_out:,} 条，隐去提及其名称的文字 {done.withheld:,} 处",
            f"; {done.left_out:,} left out for secrecy, {done.withheld:,} texts withheld",
        )
        if done.kind.id in _BOOKS
        else ""
    )
    print_line(
        say(
            f"{done.kind.name}：编入 {done.records:,} 条{secret}。",
            f"{done.kind.name}: {done.records:,} records{secret}.",
        )
    )
    if done.incomplete:
        print_line(
            say(
                f"这是样稿：{done.incomplete:,} 条缺必备项，以〔缺〕标出。",
                f"A draft: {done.incomplete:,} records lack required fields, marked in it.",
            )
        )
    for path in done.files:
        what = "" if path == file else say("（缺项）", " (missing fields)")
        print_line(f"{path}{what}")
