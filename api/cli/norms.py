"""``fuwuquan norms``: which service norms bind a place on a day, where they stand, what changed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import emit_json, print_line, print_table
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
from api.cli._options import Day, Json, OwnNorms, WorkspaceFolder, day
from api.cli._words import Command, Group
from api.cli.norms_files import check, new
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from datetime import date

    from geo.assess.jurisdiction import Jurisdiction
    from geo.norms import Rule

FILE_NAME = "fuwuquan.gpkg"
"""A folder with this file is a workspace; `geo.store` is slow to import for those without."""

Area = Annotated[
    str,
    typer.Option(
        "--area",
        metavar=say("代码", "CODE"),
        help=say("区划代码，如 340207。", "Area code, such as 340207."),
        show_default=say("工作区的，没有工作区为全国", "the workspace's, else the country"),
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
    workspace: WorkspaceFolder = Path(),
    on: Day = "",
    topic: Topic = "",
    own: OwnNorms = None,
    everything: Whole = False,
    json: Json = False,
) -> None:
    """List the norms in force in one area on one day."""
    from geo.norms import in_force, load  # noqa: PLC0415
    from geo.norms.areas import area_label  # noqa: PLC0415

    when = day(on)
    norms = load(own)
    law = None if area or everything else _home(workspace, when)
    area = law.rules if law else area
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
                "why": law.why if law else None,
                "norms": [{**norm_facts(r.norm), **value_facts(r.norm, r.value)} for r in rules],
            }
        )
        return
    if law and law.words:
        print_line(law.words)
    place = area_label(area)
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
    workspace: WorkspaceFolder = Path(),  # noqa: ARG001 - a norm is the same everywhere
    json: Json = False,
) -> None:
    """Show one norm with all its values, sources and clauses."""
    from geo.norms import load  # noqa: PLC0415
    from geo.norms.labels import (  # noqa: PLC0415
        judged_label,
        kind_label,
        layer_label,
        level_label,
    )

    norm = load(own)[name]
    if json:
        values = [value_facts(norm, value) for value in norm.values]
        emit_json({**norm_facts(norm), "measure": plain(norm.measure), "values": values})
        return
    print_line(f"{norm.id}  {norm.label}")
    print_line(
        say(
            f"类型：{kind_label(norm.kind)}；对象：{layer_label(norm.subject)}；"
            f"{judged_label(norm.judged)}。",
            f"kind: {kind_label(norm.kind)}; subject: {layer_label(norm.subject)}; "
            f"judged: {judged_label(norm.judged)}",
        )
    )
    if norm.needs:
        needs = say("、", ", ").join(layer_label(name) for name in norm.needs)
        print_line(say(f"需要的图层：{needs}（缺少时结论为未知）", f"needs: {needs}"))
    for value in norm.values:
        print_line("")
        print_line(f"{value.area or say('全国', 'country')}  {period(value)}  {figure(value)}")
        print_line(f"  {level_label(norm.level_of(value))}，{evidence(value)}")
        print_line(f"  {value.source} {value.clause}".rstrip())
        for line in (value.quote and f"“{value.quote}”", value.url, value.note):
            if line:
                print_line(f"  {line}")


def compare(
    *,
    area: Area = "",
    workspace: WorkspaceFolder = Path(),
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
    law = None if area else _home(workspace, day(on))
    area = law.rules if law else area
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


def use(
    area: Annotated[
        str,
        typer.Argument(
            metavar=say("代码", "CODE"),
            help=say("套用哪里的规范，如 340207。", "Whose norms to apply, such as 340207."),
            show_default=say("只看现在的", "only say it"),
        ),
    ] = "",
    *,
    forget: Annotated[
        bool, typer.Option("--forget", help=say("不再套用。", "Apply no other area's norms."))
    ] = False,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Say or set whose norms a workspace follows whose own code belongs to no province."""
    from geo.assess.jurisdiction import keep, of_workspace  # noqa: PLC0415
    from geo.norms.areas import area_label  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    opened, today = Workspace.open(workspace), day("")
    changing = forget or area
    law = keep(opened, "" if forget else area, today) if changing else of_workspace(opened, today)
    if json:
        emit_json({"own": law.own, "area": law.rules, "why": law.why})
        return
    own = area_label(law.rules)
    print_line(law.words or say(f"适用{own}的规范。", f"The norms of {own} apply."))
    print_line(_by_area(law.rules, today))


def _by_area(code: str, on: date) -> str:
    """Return how many norms of each area apply to a code: a mistyped one has none of its own."""
    from geo.norms import in_force, load  # noqa: PLC0415
    from geo.norms.areas import area_label  # noqa: PLC0415

    binding = in_force(load(), code, on).binding
    counts = Counter(rule.value.area for rule in binding)
    listed = [(area_label(area), counts[area]) for area in sorted(counts)]
    words = say(
        f"按 {on} 在施行的规范计：" + "，".join(f"{name} {n} 项" for name, n in listed) + "。",
        f"In force on {on}: " + ", ".join(f"{n} of {name}" for name, n in listed) + ".",
    )
    if code and not counts[code]:
        words += say(
            f"没有一项是专为 {code} 规定的；程序不带区县名单，请自行核对代码是否写对。",
            f" None is for {code} itself; the program has no list of counties, so check that the "
            "code is right.",
        )
    return words


def _home(folder: Path, on: date) -> Jurisdiction | None:
    """Return whose norms the workspace of a folder follows, None where there is no workspace."""
    if not (folder / FILE_NAME).is_file():
        return None
    from geo.assess.jurisdiction import of_workspace  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    return of_workspace(Workspace.open(folder), on)


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
        (
            "use",
            use,
            say(
                "示范或自编代码的工作区套用哪里的规范。",
                "Whose norms a workspace with an invented code follows.",
            ),
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
