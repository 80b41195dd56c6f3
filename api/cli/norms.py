"""``fuwuquan norms``: which service norms bind a place on a day, where they stand, what changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import complain, emit_json, print_line, print_table
from api.cli._norm_words import (
    change_facts,
    evidence,
    figure,
    figures,
    norm_facts,
    period,
    plain,
    side,
    value_facts,
)
from api.cli._options import Day, Json, OwnNorms, day
from api.cli._words import Command, Group
from geo.errors import ConflictError, DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.norms import Rule

Area = Annotated[
    str,
    typer.Option(
        "--area",
        metavar=say("代码", "CODE"),
        help=say("区划代码，如 340207。", "Area code, such as 340207."),
        show_default=say("全国", "the country"),
    ),
]
Topic = Annotated[
    str,
    typer.Option(
        "--topic",
        metavar=say("编号开头", "PREFIX"),
        help=say("只看编号以此开头的，如 elder。", "Only ids that begin so, such as elder."),
        show_default=False,
    ),
]
Whole = Annotated[
    bool,
    typer.Option(
        "--all", help=say("列出所有地区和时间的规范。", "List norms of every area and time.")
    ),
]


def list_norms(
    *,
    area: Area = "",
    on: Day = "",
    topic: Topic = "",
    own: OwnNorms = None,
    everything: Whole = False,
    json: Json = False,
) -> None:
    """List the norms in force in one area on one day."""
    from geo.norms import in_force, load  # noqa: PLC0415

    when = day(on)
    norms = load(own)
    if everything:
        from geo.norms import Rule  # noqa: PLC0415

        rules = [Rule(norm, value) for norm in norms for value in norm.values]
    else:
        found = in_force(norms, area, when)
        rules = [*found.binding, *found.draft, *found.statistic, *found.notices]
    rules = [rule for rule in rules if rule.norm.id.startswith(topic)]
    if json:
        emit_json(
            {
                "area": None if everything else area,
                "on": None if everything else when.isoformat(),
                "norms": [{**norm_facts(r.norm), **value_facts(r.norm, r.value)} for r in rules],
            }
        )
        return
    place = area or say("全国", "the country")
    title = say(f"{place}，{when} 施行的规范", f"Norms in force in {place} on {when}")
    _print_rules(rules, title=say("全部规范", "All norms") if everything else title)
    if not rules:
        print_line(
            say(
                "没有在施行的规范；没有规范就没有结论，不会套用默认数字。",
                "No norm in force; without a norm there is no verdict and no default figure.",
            )
        )


def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar=say("编号", "ID"), help=say("规范编号。", "Id of the norm."), show_default=False
        ),
    ],
    own: OwnNorms = None,
    json: Json = False,
) -> None:
    """Show one norm with all its values, sources and clauses."""
    from geo.norms import load  # noqa: PLC0415
    from geo.norms.labels import level_label  # noqa: PLC0415

    norm = load(own)[name]
    if json:
        values = [value_facts(norm, value) for value in norm.values]
        emit_json({**norm_facts(norm), "measure": plain(norm.measure), "values": values})
        return
    print_line(f"{norm.id}  {norm.label}")
    print_line(
        say(
            f"类型 {norm.kind}；对象 {norm.subject}；判断方式 {norm.judged}",
            f"kind {norm.kind}; subject {norm.subject}; judged {norm.judged}",
        )
    )
    if norm.needs:
        needs = "、".join(norm.needs)
        print_line(say(f"需要的层：{needs}（缺少时结论为未知）", f"needs: {', '.join(norm.needs)}"))
    for value in norm.values:
        print_line("")
        print_line(f"{value.area or say('全国', 'country')}  {period(value)}  {figure(value)}")
        print_line(f"  {level_label(norm.level_of(value))}，{evidence(value)}")
        print_line(f"  {value.source} {value.clause}".rstrip())
        for line in (value.quote and f"“{value.quote}”", value.url, value.note):
            if line:
                print_line(f"  {line}")


def check(own: OwnNorms = None, json: Json = False) -> None:
    """Check every norm file and report all faults at once."""
    from geo.norms import examine  # noqa: PLC0415

    norms, faults = examine(own)
    values = sum(len(norm.values) for norm in norms)
    if json:
        listed = [{"file": f.file, "line": f.line, "message": f.message} for f in faults]
        emit_json({"norms": len(norms), "values": values, "faults": listed})
    elif faults:
        rows = [(fault.file, fault.line, fault.message) for fault in faults]
        print_table((say("文件", "File"), say("行", "Line"), say("问题", "Fault")), rows)
        complain(say(f"共 {len(faults)} 处错误。", f"{len(faults)} faults."))
    else:
        print_line(
            say(
                f"{len(norms)} 项规范、{values} 个值，没有错误。",
                f"{len(norms)} norms, {values} values: no fault.",
            )
        )
    if faults:
        raise typer.Exit(1)


def compare(
    *,
    area: Area = "",
    on: Day = "",
    to_area: Annotated[
        str | None,
        typer.Option(
            "--to-area",
            metavar=say("代码", "CODE"),
            help=say("与哪个地区比较。", "The area to compare with."),
            show_default=say("同一地区", "the same area"),
        ),
    ] = None,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar=say("日期", "DATE"),
            help=say("与哪一天比较。", "The day to compare with."),
            show_default=say("同一天", "the same day"),
        ),
    ] = "",
    own: OwnNorms = None,
    json: Json = False,
) -> None:
    """Compare the norms of two days or two areas side by side."""
    from geo.norms import diff, in_force, load  # noqa: PLC0415

    if to_area is None and not to:
        raise DataError(
            say("没有写与什么比较。", "nothing to compare with"),
            hint=say("请写 --to 日期 或 --to-area 代码。", "give --to DATE or --to-area CODE"),
        )
    norms = load(own)
    first = in_force(norms, area, day(on))
    second = in_force(norms, area if to_area is None else to_area, day(to) if to else first.on)
    changes = diff(first, second)
    headings = (side(first.area, first.on), side(second.area, second.on))
    if json:
        emit_json(
            {
                "first": {"area": first.area, "on": first.on.isoformat()},
                "second": {"area": second.area, "on": second.on.isoformat()},
                "changes": [change_facts(change) for change in changes],
            }
        )
        return
    if not changes:
        print_line(say("两边的规范没有差别。", "No norm differs."))
        return
    print_table(
        (say("规范", "Norm"), *headings),
        [
            (
                f"{change.id}\n{say(change.zh, change.en)}",
                figures(change.first),
                figures(change.second),
            )
            for change in changes
        ],
    )


def new(
    path: Annotated[
        Path,
        typer.Argument(
            metavar=say("文件", "FILE"),
            help=say("要写的文件，如 norms/own.toml。", "File to write, such as norms/own.toml."),
            show_default=False,
        ),
    ],
) -> None:
    """Write a commented template for the bureau's own norms."""
    from geo.norms import template  # noqa: PLC0415

    if path.suffix != ".toml":
        raise DataError(
            say(f"“{path}”不以 .toml 结尾。", f"{path} does not end in .toml"),
            hint=say("请写成 own.toml 这样。", "Write it as own.toml."),
        )
    if path.exists():
        raise ConflictError(
            say(f"“{path}”已经存在，没有改动。", f"{path} exists and was left alone"),
            hint=say("请换一个文件名。", "Choose another name."),
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template(), "utf-8")
    print_line(
        say(
            f"已写入 {path}。改好后运行：fuwuquan norms check --dir {path.parent}",
            f"Wrote {path}. When edited, run: fuwuquan norms check --dir {path.parent}",
        )
    )


def register(app: typer.Typer) -> None:
    """Add ``norms`` and its commands to the command line."""
    norms = typer.Typer(cls=Group, no_args_is_help=True)
    for name, function, words in (
        (
            "list",
            list_norms,
            say("列出某地某日施行的规范。", "List the norms in force in an area on a day."),
        ),
        (
            "show",
            show,
            say(
                "看一项规范的全部取值、来源和原文。",
                "Show one norm with its values, sources and clauses.",
            ),
        ),
        (
            "check",
            check,
            say(
                "检查规范文件，一次报出全部错误。",
                "Check the norm files; report all faults at once.",
            ),
        ),
        (
            "diff",
            compare,
            say("比较两个日期或两个地区的规范。", "Compare the norms of two days or two areas."),
        ),
        ("new", new, say("写一份带说明的规范模板。", "Write a commented template of a norm file.")),
    ):
        norms.command(name, cls=Command, help=words)(function)
    app.add_typer(
        norms,
        name="norms",
        cls=Group,
        help=say("服务规范：有日期、有出处的标准。", "Service norms: dated and cited standards."),
    )


def _print_rules(rules: list[Rule], *, title: str) -> None:
    from geo.norms.labels import level_label  # noqa: PLC0415

    if rules:
        print_table(
            (
                say("规范", "Norm"),
                say("地区", "Area"),
                say("有效期", "In force"),
                say("要求", "Requires"),
                say("级别", "Level"),
            ),
            [
                (
                    f"{rule.norm.id}\n{rule.norm.label}",
                    rule.value.area or say("全国", "country"),
                    period(rule.value),
                    figure(rule.value),
                    level_label(rule.level),
                )
                for rule in rules
            ],
            title=title,
        )
