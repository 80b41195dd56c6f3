"""``fuwuquan scenario``: keep named sets of edits and put up to eight of them side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import Steps, emit_json, print_line, print_table, records
from api.cli._edits import (
    Add,
    Close,
    CloseGate,
    DatumOfPlaces,
    Expand,
    Move,
    OpenGate,
    edits_of,
)
from api.cli._options import Area, Day, Json, OwnNorms, WorkspaceFolder, day
from api.cli._siting_options import (
    Draw,
    Facility,
    Limit,
    OwnOnly,
    Speed,
    Walker,
    limits,
    table_file,
)
from api.cli._words import Command, Group
from api.cli.assess import NormIds
from api.cli.coverage import prepare_engine
from geo.text import say

if TYPE_CHECKING:
    from geo.store import Workspace

Name = Annotated[
    str,
    typer.Argument(
        metavar=say("名称", "NAME"), help=say("情景名称。", "Its name."), show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(cls=Group, no_args_is_help=True)
    for name, function, words in (
        ("new", new, say("新建一个情景。", "Make a scenario.")),
        ("list", list_scenarios, say("列出已有的情景。", "List the scenarios kept.")),
        ("drop", drop, say("删除一个情景。", "Take a scenario out.")),
        (
            "compare",
            compare,
            say(
                "与现状并排比较，一次最多 8 个情景。",
                "Put up to eight scenarios beside today's state.",
            ),
        ),
    ):
        group.command(name, cls=Command, help=words)(function)
    app.add_typer(
        group,
        name="scenario",
        cls=Group,
        help=say(
            "情景：把增设、迁址、关闭、扩建、开门、换规范存成方案，并排比较。",
            "Scenarios: keep sets of edits (add, move, close, expand, gates, norms) and compare.",
        ),
    )


def new(
    name: Name,
    facility: Facility,
    *,
    add: Add = None,
    move: Move = None,
    close: Close = None,
    expand: Expand = None,
    open_gate: OpenGate = None,
    close_gate: CloseGate = None,
    datum: DatumOfPlaces = "cgcs2000",
    norms_area: Annotated[
        str,
        typer.Option(
            "--norms-area",
            metavar=say("代码", "CODE"),
            help=say("换用哪个地区的规范，如 34。", "Take the norms of this area, such as 34."),
            show_default=False,
        ),
    ] = "",
    norms_as_of: Annotated[
        str,
        typer.Option(
            "--norms-as-of",
            metavar=say("日期", "DATE"),
            help=say("换用哪一天施行的规范。", "Take the norms in force on this day."),
            show_default=False,
        ),
    ] = "",
    from_site: Annotated[
        bool,
        typer.Option(
            "--from-site",
            help=say(
                "把最近一次选址选定的点都作为增设。",
                "Add every site that the latest siting chose.",
            ),
        ),
    ] = False,
    note: Annotated[
        str, typer.Option("--note", metavar=say("文字", "TEXT"), help=say("备注。", "A note."))
    ] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help=say("覆盖同名情景。", "Replace one of this name."))
    ] = False,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Make a scenario and check that everything it names is there."""
    from api.cli.scenario_shown import told  # noqa: PLC0415
    from geo.scenarios import EditedWorkspace, Scenario, keep_scenario, parse_scenario  # noqa: PLC0415
    from geo.schema import facility_type  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    opened = Workspace.open(workspace)
    kind = facility_type(facility)
    edits = edits_of(
        datum,
        add=add,
        move=move,
        close=close,
        expand=expand,
        open_gate=open_gate,
        close_gate=close_gate,
    )
    as_of = day(norms_as_of) if norms_as_of else None
    values = Scenario(name, kind.name, edits, norms_area, as_of, note).json()
    if from_site:
        values["add"] += _sited(opened, kind.name)
    made = parse_scenario(values)
    view = EditedWorkspace(opened, made)
    for layer in (kind.name, "gate"):
        if opened.has(layer) or layer == kind.name:
            view.read(layer)
    keep_scenario(opened, made, replace=replace)
    if json:
        emit_json({"scenario": made.json()})
    else:
        print_line(say(f"已存情景“{name}”：{told(made)}", f"Kept scenario {name!r}: {told(made)}"))


def list_scenarios(workspace: WorkspaceFolder = Path(), *, json: Json = False) -> None:
    """List the scenarios of a workspace."""
    from api.cli.scenario_shown import told  # noqa: PLC0415
    from geo.scenarios import scenarios  # noqa: PLC0415
    from geo.schema import facility_type  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    kept = scenarios(Workspace.open(workspace))
    if json:
        emit_json({"scenarios": [one.json() for one in kept]})
    elif kept:
        print_table(
            [
                say("情景", "scenario"),
                say("设施", "facility"),
                say("改动", "edits"),
                say("备注", ""),
            ],
            [[one.name, facility_type(one.facility).label, told(one), one.note] for one in kept],
        )
    else:
        print_line(
            say(
                "还没有情景。用 fuwuquan scenario new 名称 -f 设施类型 --add 经度,纬度 新建。",
                "No scenario yet. Make one: fuwuquan scenario new NAME -f TYPE --add LON,LAT.",
            )
        )


def drop(name: Name, workspace: WorkspaceFolder = Path()) -> None:
    """Take a scenario out of a workspace."""
    from geo.scenarios import drop_scenario  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    drop_scenario(Workspace.open(workspace), name)
    print_line(say(f"已删除情景“{name}”。", f"Dropped scenario {name!r}."))


def compare(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar=say("名称…", "NAME…"),
            help=say("比较哪些情景。", "Which scenarios."),
            show_default=say("全部", "all"),
        ),
    ] = None,
    *,
    minutes: Limit = "",
    speed: Speed = None,
    profile: Walker = "elder",
    on: Day = "",
    own_only: OwnOnly = False,
    area: Area = "",
    own: OwnNorms = None,
    norm: NormIds = None,
    no_norms: Annotated[
        bool, typer.Option("--no-norms", help=say("只比覆盖，不评规范。", "Coverage only."))
    ] = False,
    draw: Draw = True,
    out: Annotated[
        Path | None, table_file("工作区 output/scenarios", "output/scenarios of the workspace")
    ] = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Compare scenarios with today's state and with each other."""
    steps = Steps()
    from api.cli.scenario_files import keep, maps, workbook  # noqa: PLC0415
    from api.cli.scenario_shown import show, summary  # noqa: PLC0415
    from geo.coverage import ask  # noqa: PLC0415
    from geo.norms import load  # noqa: PLC0415
    from geo.scenarios import compare as side_by_side  # noqa: PLC0415
    from geo.scenarios import scenario, scenarios  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    opened = Workspace.open(workspace)
    kept = scenarios(opened)
    chosen = [scenario(opened, name) for name in names] if names else kept
    question = ask(
        chosen[0].facility if chosen else "elder_station",
        on=day(on),
        minutes=limits(minutes),
        walker=profile,
        speed_m_s=speed,
        own_only=own_only,
    )
    prepare_engine(steps, draw=False)
    with steps(f"计算 {len(chosen)} 个情景和现状", f"compute {len(chosen)} scenarios") as advance:
        found = side_by_side(
            opened,
            question,
            chosen,
            norms=None if no_norms else load(own),
            ids=tuple(norm or ()),
            area=area,
            progress=advance,
        )
    path = out or opened.output / "scenarios" / say("情景对比.xlsx", "scenarios.xlsx")
    with steps("写出表格和图层", "write"):
        files = workbook(found, path)
        keep(opened, found)
    if draw:
        with steps("绘制差异图", "draw"):
            files += maps(opened, found, path.parent)
    if json:
        emit_json(summary(found) | {"files": files, "seconds": steps.seconds})
    else:
        show(found, files)


def _sited(workspace: Workspace, facility: str) -> list[list[object]]:
    """Return the new sites of the latest siting of this facility type."""
    from geo.errors import DataError, NotFoundError  # noqa: PLC0415

    hint = say(
        f"请先运行 fuwuquan site -f {facility} --sites 3。",
        f"Run fuwuquan site -f {facility} --sites 3 first.",
    )
    if "siting_sites" not in workspace.results():
        raise NotFoundError(say("工作区里没有选址结果。", "there is no siting result."), hint=hint)
    runs = workspace.runs("site")
    if not runs or runs[-1].parameters.get("facility") != facility:
        raise DataError(
            say("最近一次选址不是关于这类设施的。", "the latest siting was about another type."),
            hint=hint,
        )
    sites = workspace.read_result("siting_sites", "EPSG:4490")
    new = sites[sites["role"] == "new"]
    return [
        [row["geometry"].x, row["geometry"].y, str(row["name"]), row["area_m2"]]
        for row in records(new)
    ]
