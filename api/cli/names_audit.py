"""``fuwuquan names audit`` and ``scopes``: the rules over all names, and the built-up areas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._console import Steps, emit_json, print_line, print_table
from api.cli._gazetteer import Author, Out, Reason, answer_change, gazetteer, moment, opened
from api.cli._names_options import Packs, Under
from api.cli._options import Day, Json, WorkspaceFolder, day
from api.cli._words import Command, Group
from geo.errors import NotFoundError
from geo.text import say

RESULT = "names_audit"
"""Name of the result in the workspace."""
_SHOWN = 15


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    about = say(
        "体检：用全部规则检查整个地名库，写出 .xlsx 和 QGIS 可看的图层。",
        "Audit the whole gazetteer by all rules: a workbook, and a layer that QGIS shows.",
    )
    group.command("audit", cls=Command, help=about)(audit)
    areas = typer.Typer(cls=Group, no_args_is_help=True)
    areas.command("list", cls=Command, help=say("列出建成区范围。", "List the built-up areas."))(
        list_scopes
    )
    areas.command(
        "add",
        cls=Command,
        help=say(
            "导入建成区范围（面，列“名称”）：重名、同音按它判定。",
            "Add built-up areas (polygons, column 名称): within them names must differ.",
        ),
    )(add_scope)
    group.add_typer(
        areas,
        name="scopes",
        cls=Group,
        help=say("建成区范围：判定重名同音的依据。", "Built-up areas, in which names must differ."),
    )


def audit(
    *,
    division: Under = "",
    pack: Packs = None,
    out: Out = None,
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Audit the gazetteer by all rules."""
    when = day(on)
    from geo.gazetteer.rules import pack as rules_of  # noqa: PLC0415
    from geo.gazetteer.rules.whole_book import COLUMNS, audited, counted  # noqa: PLC0415
    from geo.store.tables import write_table  # noqa: PLC0415

    rules = rules_of(*(pack or ()))
    space, book = opened(workspace)
    steps = Steps()
    with steps("检查整个地名库", "audit the gazetteer") as advance:
        found = audited(book, rules, when, division=division, progress=advance)
    words = dict(
        zip(
            COLUMNS,
            say(
                "规则 级别 结论 条款 名称 类别 政区 代码 说明 冲突 距离（米） 编号",
                "Rule Level Verdict Article Name Class Division Code Why Conflicts Distance Id",
            ).split(),
            strict=True,
        )
    )
    counts, title = counted(found), say("地名体检", "Audit of names")
    path = out or space.output / say("地名体检.xlsx", "names-audit.xlsx")
    with steps("写出表格和图层", "write the table and the layer"):
        space.write_result(RESULT, found, on=when, title=title, titles=words)
        summary = say("汇总", "Summary")
        files = write_table(
            path,
            {summary: counts, title: found.drop(columns=["verdict"])},
            headings={
                summary: {"rule": words["rule"], "block": say("不通过", "blocked"),
                          "warn": say("提醒", "warned of")},
                title: words,
            },
            notes=[say(f"规则：{'、'.join(rules.names)}；{when}", f"Rules: {rules.names}; {when}")],
        )  # fmt: skip
    blocked = int((found["verdict"] == "block").sum())
    if json:
        emit_json(
            {
                "findings": len(found),
                "blocked": blocked,
                "rules": counts.to_dict("records"),
                "result": RESULT,
                "packs": list(rules.names),
                "files": [str(one) for one in files],
                "seconds": steps.seconds,
            }
        )
        return 1 if blocked else 0
    if len(counts):
        print_table(
            [say("规则", "Rule"), say("内容", "About"), say("不通过", "Blocked"),
             say("提醒", "Warned of")],
            [
                (row["rule"], say(rules.rules[row["rule"]].zh, rules.rules[row["rule"]].en),
                 int(row["block"]), int(row["warn"]))
                for row in counts.to_dict("records")
            ],
        )  # fmt: skip
    for row in found.head(_SHOWN).itertuples():
        print_line(f"{row.rule} {row.verdict_zh}  {row.name}（{row.division}）{row.why}")
    print_line(
        say(
            f"共 {len(found):,} 处，其中不通过 {blocked:,} 处；QGIS 图层：{title}。",
            f"{len(found):,} findings, {blocked:,} of them blocked; QGIS shows the layer {title}.",
        )
    )
    for one in files:
        print_line(say(f"表格：{one}", f"Table: {one}"))
    return 1 if blocked else 0


def list_scopes(workspace: WorkspaceFolder = Path(), json: Json = False) -> None:
    """List the built-up areas."""
    from geo.gazetteer.scopes import scopes  # noqa: PLC0415
    from geo.gazetteer.shape_words import shape_word  # noqa: PLC0415

    rows = scopes(gazetteer(workspace))
    if json:
        kept = ("id", "kind", "name", "valid_from", "valid_to")
        emit_json({"scopes": [{column: row[column] for column in kept} for row in rows]})
        return
    if not rows:
        print_line(
            say(
                "还没有建成区范围，无法判定重名、同音。用 fuwuquan names scopes add 导入。",
                "No built-up area yet: add them with: fuwuquan names scopes add",
            )
        )
        return
    print_table(
        say("名称 范围 起 止", "Name Area From Until").split(),
        [(r["name"], shape_word(r["shape"]), r["valid_from"], r["valid_to"]) for r in rows],
    )


def add_scope(
    file: Annotated[
        Path,
        typer.Argument(
            metavar=say("文件", "FILE"),
            help=say(".geojson、.gpkg 或 .shp。", "A .geojson, .gpkg or .shp."),
            show_default=False,
        ),
    ],
    *,
    author: Author,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            metavar=say("名称", "NAME"),
            help=say("只要文件中的这些，可写多次。", "Only these of the file; may be repeated."),
            show_default=False,
        ),
    ] = None,
    reason: Reason = "",
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Add built-up areas."""
    since = day(on)
    if not file.is_file():
        raise NotFoundError(say(f"没有文件“{file}”。", f"there is no file {file}."))
    from geo.gazetteer.scopes import add_scopes, read_areas  # noqa: PLC0415

    change, added, ended = add_scopes(
        gazetteer(workspace),
        read_areas(file),
        names=name or (),
        since=since.isoformat(),
        author=author,
        reason=reason or say(f"导入建成区范围 {file.name}", f"built-up areas of {file.name}"),
        at=moment(),
    )
    answer_change(
        {"change_set_id": change, "added": added, "ended": ended},
        say(
            f"已导入 {added} 个建成区，替换旧范围 {ended} 个。",
            f"{added} built-up areas added, {ended} replaced.",
        ),
        json=json,
    )
