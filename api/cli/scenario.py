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
    import pandas as pd

    from geo.scenarios import Comparison, Scenario
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
        files = _write(found, path)
        _keep(opened, found)
    if draw:
        with steps("绘制差异图", "draw"):
            files += _draw(opened, found, path.parent)
    if json:
        emit_json(_summary(found) | {"files": files, "seconds": steps.seconds})
    else:
        _print(found, files)


def told(one: Scenario) -> str:
    """Return in a few words what a scenario changes."""
    edits = one.edits
    parts = [
        say(f"{word}{len(what)}处", f"{en} {len(what)}")
        for word, en, what in (
            ("增设", "add", edits.add),
            ("迁址", "move", edits.move),
            ("关闭", "close", edits.close),
            ("扩建", "expand", edits.expand),
            ("开门", "open gates", edits.open_gates),
            ("关门", "close gates", edits.close_gates),
        )
        if what
    ]
    if one.norms_area or one.norms_on:
        whose = " ".join(str(part) for part in (one.norms_area, one.norms_on) if part)
        parts.append(say(f"换规范（{whose}）", f"norms of {whose}"))
    return say("，", ", ").join(parts) or say("无改动", "nothing")


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


def _summary(found: Comparison) -> dict[str, object]:
    from geo.scenarios import BASE  # noqa: PLC0415

    base = found.coverages[BASE]
    return {
        "facility": base.question.kind.name,
        "main_min": base.question.main_min,
        "denominator": base.headline()["denominator"],
        "scenarios": [one.json() for one in found.scenarios],
        "numbers": records(found.numbers),
        "walks_changed": _counts(found, found.walks),
        "verdicts_changed": _counts(found, found.verdicts) if _assessed(found) else {},
        "provenance": base.provenance.json(),
    }


def _counts(found: Comparison, table: pd.DataFrame) -> dict[str, int]:
    """Return the rows of every scenario, 0 too."""
    counts = table["scenario"].value_counts(sort=False).to_dict()
    return {one.name: int(counts.get(one.name, 0)) for one in found.scenarios}


def _assessed(found: Comparison) -> bool:
    return bool(found.numbers["failing"].notna().any())


def _write(found: Comparison, path: Path) -> list[str]:
    from geo.coverage.tables import in_words, notes  # noqa: PLC0415
    from geo.scenarios import BASE  # noqa: PLC0415
    from geo.schema.results import headings  # noqa: PLC0415
    from geo.store.tables import write_table  # noqa: PLC0415

    tables = {
        "scenario_numbers": (
            say("情景对比", "side by side"),
            _with_base_named(found.numbers),
        ),
        "scenario_walks": (say("步行变化", "changed walks"), found.walks),
        "scenario_verdicts": (say("结论变化", "changed verdicts"), found.verdicts),
    }
    sheets = {sheet: in_words(frame, table) for table, (sheet, frame) in tables.items()}
    sheet, _ = tables["scenario_verdicts"]
    sheets[sheet] = _verdicts_in_words(sheets[sheet])
    about = {say("说明", "notes"): notes(found.coverages[BASE])}
    named = {sheet: headings(table) for table, (sheet, _) in tables.items()}
    return [str(file) for file in write_table(path, sheets | about, headings=named)]


def _verdicts_in_words(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return changed verdicts with the names of their layers and units."""
    from geo.assess.words import unit_label  # noqa: PLC0415
    from geo.norms.labels import layer_label  # noqa: PLC0415

    return verdicts.assign(
        layer=verdicts["layer"].map(layer_label, na_action="ignore").astype("string"),
        gap_unit=verdicts["gap_unit"].map(unit_label, na_action="ignore").astype("string"),
    )


def _draw(workspace: Workspace, found: Comparison, folder: Path) -> list[str]:
    from geo.maps.scenario_map import scenario_map  # noqa: PLC0415
    from geo.network.current import open_network  # noqa: PLC0415
    from geo.scenarios import BASE  # noqa: PLC0415

    base = found.coverages[BASE]
    layers = ("street", "compound", base.question.kind.name)
    sources = [text for name in layers if workspace.has(name) for text in workspace.sources(name)]
    network = open_network(workspace)
    written = []
    for one in found.scenarios:
        page = scenario_map(
            base, found.coverages[one.name], name=one.name, network=network, sources=sources
        )
        path = folder / say(f"情景_{one.name}.html", f"scenario_{one.name}.html")
        path.write_text(page, "utf-8")
        written.append(str(path))
    return written


def _keep(workspace: Workspace, found: Comparison) -> None:
    """Keep the tables in the workspace; walks with their places, for QGIS."""
    import geopandas as gpd  # noqa: PLC0415

    from geo.scenarios import BASE  # noqa: PLC0415
    from geo.schema.results import headings  # noqa: PLC0415

    base = found.coverages[BASE]
    at = dict(zip(base.points["id"], base.points.geometry, strict=True))
    places = [at[name] for name in found.walks["id"]]
    walks = gpd.GeoDataFrame(found.walks, geometry=places, crs=base.points.crs)
    for table, frame, title in (
        ("scenario_numbers", found.numbers, say("情景对比", "scenarios side by side")),
        ("scenario_walks", walks, say("情景的步行变化", "changed walks")),
        ("scenario_verdicts", found.verdicts, say("情景的结论变化", "changed verdicts")),
    ):
        workspace.write_result(
            table, frame, on=base.question.on, title=title, titles=headings(table)
        )
    workspace.record_run(
        "scenario",
        on=base.question.on,
        inputs=base.provenance.layers,
        parameters={"scenarios": [one.json() for one in found.scenarios]},
        results={"covered": [int(n) for n in found.numbers["covered"].fillna(-1)]},
    )


def _print(found: Comparison, files: list[str]) -> None:
    from geo.coverage.tables import in_words  # noqa: PLC0415
    from geo.scenarios import BASE  # noqa: PLC0415

    print_line(found.coverages[BASE].conditions)
    words = in_words(_with_base_named(found.numbers), "scenario_numbers")
    shown = {
        "scenario": say("情景", "scenario"),
        "covered": say("覆盖", "covered"),
        "covered_change": say("比现状", "± today"),
        "share": say("覆盖率", "share"),
        "worst_share": say("最低乡镇", "worst"),
        "mean_min": say("平均分钟", "mean min"),
        "failing": say("不合格", "failing"),
        "shortfall_m2": say("缺口㎡", "m² short"),
    }
    print_table(list(shown.values()), [_row(row) for row in records(words[list(shown)])])
    print_line(
        say(
            f"步行有变化的需求点：{_by_name(_counts(found, found.walks))}。",
            f"Demand points whose walk changes: {_by_name(_counts(found, found.walks))}.",
        )
    )
    if _assessed(found):
        verdicts = _by_name(_counts(found, found.verdicts))
        print_line(
            say(
                f"结论有变化的评定对象：{verdicts}。",
                f"Subjects whose verdict changes: {verdicts}.",
            )
        )
    for path in files:
        print_line(say(f"已写出：{path}", f"Wrote {path}"))


def _with_base_named(numbers: pd.DataFrame) -> pd.DataFrame:
    from geo.scenarios import BASE  # noqa: PLC0415

    return numbers.assign(scenario=numbers["scenario"].replace(BASE, say("现状", "today")))


def _row(row: dict[object, object]) -> list[object]:
    """Return one line of the table: signed change, shares as percentages."""
    cells = dict(row)
    change = cells["covered_change"]
    cells["covered_change"] = None if change is None else f"{change:+,}"
    for name in ("share", "worst_share"):
        share = cells[name]
        cells[name] = None if share is None else f"{share:.1%}"
    return list(cells.values())


def _by_name(counts: dict[str, int]) -> str:
    named = [f"{name} {count:,}" for name, count in counts.items() if count]
    return say("，", ", ").join(named) or say("无", "none")
