"""``fuwuquan names plan``: names reserved for planned roads, so that naming keeps step."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._console import emit_json, print_line, print_table
from api.cli._gazetteer import (
    Author,
    Reason,
    Then,
    answer_change,
    gazetteer,
    moment,
    opened,
    place_of,
    point_of,
    then,
)
from api.cli._names_options import At, Geometry, LiesIn, Packs, PlanId
from api.cli._options import Day, Json, WorkspaceFolder, day
from api.cli._words import Command, Group
from geo.errors import DataError
from geo.text import say


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    parts = typer.Typer(cls=Group, no_args_is_help=True)
    for name, function, words in (
        ("list", list_reserved, say("列出预留名称。", "List the reserved names.")),
        (
            "reserve",
            reserve,
            say(
                "为规划道路预留名称：先核名，不通过的不预留；此后别处不能再用。",
                "Reserve a name for a planned road: checked first, and then taken.",
            ),
        ),
        ("release", release, say("释放预留名称。", "Let go of a reserved name.")),
    ):
        parts.command(name, cls=Command, help=words)(function)
    group.add_typer(
        parts,
        name="plan",
        cls=Group,
        help=say("命名与规划同步：预留名称。", "Names reserved for what is planned."),
    )


def list_reserved(
    *,
    on: Then = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """List the reserved names."""
    when = then(on)
    from geo.gazetteer.planning import reserved  # noqa: PLC0415
    from geo.gazetteer.words import class_word  # noqa: PLC0415

    found = reserved(gazetteer(workspace), on=when)
    if json:
        emit_json(
            {
                "reserved": [
                    {
                        "plan_id": one.link["plan_id"],
                        "kind": one.link["kind"],
                        "name": one.name["text"],
                        "place_id": one.card.place_id,
                        "class_code": one.card.class_code,
                        "division": one.card.division,
                        "valid_from": one.link["valid_from"],
                        "valid_to": one.link["valid_to"],
                    }
                    for one in found
                ]
            }
        )
        return
    if not found:
        print_line(say("没有预留名称。", "No name is reserved."))
        return
    print_table(
        say("规划编号 名称 类别 所在政区 起 止", "Plan Name Class Division From Until").split(),
        [
            (
                one.link["plan_id"], one.name["text"], class_word(one.card.class_code),
                one.card.division, one.link["valid_from"], one.link["valid_to"],
            )
            for one in found
        ],
    )  # fmt: skip


def reserve(
    name: Annotated[
        str,
        typer.Argument(
            metavar=say("名称", "NAME"),
            help=say("要预留的名称。", "The name."),
            show_default=False,
        ),
    ],
    *,
    plan: PlanId,
    author: Author,
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar="road|estate|bridge|park|other",
            help=say("规划的是什么：道路、住宅区、桥梁、公园、其他。", "What is planned."),
        ),
    ] = "road",
    class_name: Annotated[
        str,
        typer.Option(
            "--class",
            metavar=say("类别", "CLASS"),
            help=say("地名类别或代码。", "Class or its code."),
        ),
    ] = "23510",
    at: At = "",
    geometry: Geometry = None,
    division: LiesIn = "",
    pack: Packs = None,
    reason: Reason = "",
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Reserve a name, if it is lawful."""
    when = day(on)
    point = point_of(at) if at else None
    import shapely  # noqa: PLC0415

    from api.cli.names_checked import print_report, report_json  # noqa: PLC0415
    from geo.gazetteer.planning import KINDS  # noqa: PLC0415
    from geo.gazetteer.planning import reserve as keep  # noqa: PLC0415
    from geo.gazetteer.rules import check_name, standing  # noqa: PLC0415
    from geo.gazetteer.rules import pack as rules_of  # noqa: PLC0415
    from geo.gazetteer.rules.proposals import Asking  # noqa: PLC0415
    from geo.gazetteer.rules.told import read_shape  # noqa: PLC0415

    if kind not in KINDS:
        raise DataError(
            say(f"没有规划种类“{kind}”。", f"there is no kind {kind!r}."),
            hint=say(f"可用：{'、'.join(KINDS)}。", f"One of {', '.join(KINDS)}."),
        )
    shape = read_shape(geometry) if geometry is not None else None
    if point is not None:
        shape = shapely.Point(point)
    space, book = opened(workspace)
    asking = Asking(book, on=when, place_of=lambda text: place_of(space, book, text, on=when))
    asked = asking.asked(name, class_name=class_name, geometry=shape, division=division)
    report = check_name(asked.proposal, standing(book, on=when), rules_of(*(pack or ())), on=when)
    blocked = report.verdict == "block"
    change = place = ""
    if not blocked:
        change, place = keep(
            book,
            name,
            plan_id=plan,
            kind=kind,
            class_code=asked.proposal.class_code,
            division_code=asked.proposal.division_code,
            shape=asked.proposal.geometry,
            on=when,
            author=author,
            reason=reason or say(f"预留规划名称：{name}", f"reserved for a plan: {name}"),
            at=moment(),
        )
    if json:
        emit_json(
            report_json(asked, report) | {"reserved": not blocked, "change_set_id": change,
                                          "place_id": place, "plan_id": plan}
        )  # fmt: skip
        return 1 if blocked else 0
    print_report(asked, report, every=False)
    if blocked:
        print_line(say("没有预留：核名不通过。", "Not reserved: the name is blocked."))
        return 1
    print_line(
        say(
            f"已为规划 {plan} 预留“{name}”。改动编号：{change}",
            f"{name} is reserved for plan {plan}. Change set: {change}",
        )
    )
    return 0


def release(
    plan: Annotated[
        str,
        typer.Argument(
            metavar=say("规划编号", "PLAN"),
            help=say("规划编号。", "Number of the plan."),
            show_default=False,
        ),
    ],
    *,
    author: Author,
    reason: Reason = "",
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Let go of a reserved name."""
    when = day(on)
    from geo.gazetteer.planning import release as let_go  # noqa: PLC0415

    change, names = let_go(
        gazetteer(workspace),
        plan,
        on=when,
        author=author,
        reason=reason or say(f"释放规划 {plan} 的预留名称", f"released: plan {plan}"),
        at=moment(),
    )
    told = say("、", ", ").join(names)
    answer_change(
        {"change_set_id": change, "released": names},
        say(f"已释放：{told}。", f"Released: {told}."),
        json=json,
    )
