"""``fuwuquan demo``: a whole city from its files to its coverage map, in one command."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._console import Steps, emit_json, print_line
from api.cli._options import Day, Json, day
from api.cli._words import Command
from geo.errors import ConflictError
from geo.text import say

if TYPE_CHECKING:
    from geo.coverage import Coverage
    from geo.store import Workspace

_MARK = "demo"
"""Setting of a workspace that the demo made and may make again."""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "看一座示范城市：真实的街路，模拟的登记数据，从文件一直算到覆盖图。",
        "See a demo city: real streets and simulated registers, from files to a coverage map.",
    )
    app.command("demo", cls=Command, help=about)(demo)


def demo(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar=say("目录", "DIR"),
            help=say("示范工作区建在哪里。", "Where to make the demo workspace."),
        ),
    ] = Path("fuwuquan-demo"),
    *,
    on: Day = "",
    json: Json = False,
) -> None:
    """Make the demo workspace, run the whole job and say what a planner wants to know."""
    from api.cli.coverage import cover, prepare_engine  # noqa: PLC0415

    steps = Steps()
    prepare_engine(steps, draw=True)
    from api.cli.demo_names import bring_names  # noqa: PLC0415
    from geo.coverage import ask  # noqa: PLC0415
    from geo.store.bundled import bundled  # noqa: PLC0415

    source = bundled("demo")
    recipe = tomllib.loads((source / "demo.toml").read_text("utf-8"))
    today = day(on)
    with steps("新建示范工作区", "make the workspace"):
        workspace = _workspace(folder)
    from geo.assess.jurisdiction import NORMS_AREA  # noqa: PLC0415

    workspace.settings[NORMS_AREA] = recipe["norms_area"]
    with steps("导入示范数据", "import the layers") as advance:
        for done, entry in enumerate(recipe["import"]):
            _import(workspace, source, entry, on=today)
            advance((done + 1) / len(recipe["import"]))
    with steps("读入街路，建立路网", "build the network"):
        _streets(workspace, source, recipe["streets"], on=today)
    with steps("导入示范地名库", "import the gazetteer") as advance:
        names = bring_names(workspace, source, recipe["gazetteer"], on=today, progress=advance)
    wanted = recipe["coverage"]
    question = ask(wanted["facility"], on=today, minutes=tuple(wanted["minutes"]))
    result, files = cover(workspace, question, folder=workspace.output, steps=steps)
    figures = _figures(workspace, result) | names
    if json:
        emit_json(figures | {"files": [str(f) for f in files], "seconds": steps.seconds})
    else:
        _print(figures, result, files, sum(steps.seconds.values()), folder=folder)


def _workspace(folder: Path) -> Workspace:
    from geo.store import Workspace  # noqa: PLC0415
    from geo.store.file import FILE_NAME  # noqa: PLC0415

    if not (folder / FILE_NAME).exists():
        workspace = Workspace.create(folder)
        workspace.settings[_MARK] = True
        return workspace
    workspace = Workspace.open(folder)
    if _MARK not in workspace.settings:
        raise ConflictError(
            say(f"“{folder}”是一个不属于示范的工作区。", f"{folder} is a workspace of your own."),
            hint=say("请换一个目录：fuwuquan demo 目录", "name another folder: fuwuquan demo DIR"),
        )
    return workspace


def _import(workspace: Workspace, source: Path, entry: dict[str, Any], *, on: Any) -> None:  # noqa: ANN401
    from geo.checks import import_file  # noqa: PLC0415

    import_file(
        workspace,
        source / entry["file"],
        entry["layer"],
        datum=entry["datum"],
        on=on,
        sheet=entry.get("sheet"),
    )


def _streets(workspace: Workspace, source: Path, entry: dict[str, Any], *, on: Any) -> None:  # noqa: ANN401
    from geo.osm.bring import bring_streets  # noqa: PLC0415

    bring_streets(
        workspace,
        source / entry["file"],
        on=on,
        datum=entry["datum"],
        crossings=entry["crossings"],
    )


def _figures(workspace: Workspace, result: Coverage) -> dict[str, Any]:
    """Return what a planner wants to know, as plain values."""
    homes, children = workspace.read("elder_home"), workspace.read("childrens_home")
    units = workspace.read("community")
    row = result.headline("elders")
    covered = int(row[f"covered_{result.question.main_min:g}_min"])
    elders, beds = int(row["total"]), int(homes["beds"].sum())
    private = int((homes["ownership"] == "private").sum())
    return {
        "simulated": result.provenance.simulated,
        "elders": elders,
        "elders_denominator": str(row["denominator"]),
        "beds": beds,
        "beds_per_1000": round(1000 * beds / elders, 1),
        "elder_homes": len(homes),
        "elder_homes_private": private,
        "elder_homes_private_percent": round(100 * private / len(homes), 1),
        "units": len(units),
        "units_with_childrens_home": int(units["code"].isin(children["community_code"]).sum()),
        "childrens_homes": len(children),
        "stations_open": len(result.facilities),
        "minutes": result.question.main_min,
        "speed_m_s": result.question.walker.speed_m_s,
        "covered_elders": covered,
        "uncovered_elders": elders - covered,
        "covered_share": round(covered / elders, 4),
        "surely_covered": int(row["surely"]),
        "depends_on_speed": int(row["depends"]),
        "surely_not_covered": int(row["surely_not"]),
    }


def _print(
    figures: dict[str, Any], result: Coverage, files: list[Path], seconds: float, *, folder: Path
) -> None:
    f = figures
    minutes = f"{f['minutes']:g}"
    home = f'"{folder}"' if " " in str(folder) else str(folder)
    lines = [
        say(
            f"示范城市（街路真实，登记数据为模拟）：{f['units']} 个村居，"
            f"{len(result.points):,} 个小区，"
            f"{f['elders_denominator']} {f['elders']:,}。",
            f"Demo city (real streets, simulated registers): {f['units']} communities, "
            f"{len(result.points):,} compounds, {f['elders_denominator']}: {f['elders']:,}.",
        ),
        say(
            f"养老床位 {f['beds']:,} 张，每千名老年人 {f['beds_per_1000']} 张；"
            f"养老机构 {f['elder_homes']} 家，民办 {f['elder_homes_private']} 家"
            f"（{f['elder_homes_private_percent']} %）。",
            f"{f['beds']:,} beds, {f['beds_per_1000']} per 1,000 elders; {f['elder_homes']} homes, "
            f"{f['elder_homes_private']} private ({f['elder_homes_private_percent']} %).",
        ),
        say(
            f"儿童之家：{f['units']} 个村居中 {f['units_with_childrens_home']} 个有。",
            f"Children's homes: in {f['units_with_childrens_home']} of {f['units']} communities.",
        ),
        say(
            f"{minutes} 分钟走得到养老服务站（{f['stations_open']} 处开放，"
            f"{f['speed_m_s']:g} 米/秒）：{f['covered_elders']:,} 人，"
            f"占 {f['covered_share']:.1%}。",
            f"Within {minutes} minutes of one of {f['stations_open']} open stations at "
            f"{f['speed_m_s']:g} m/s: {f['covered_elders']:,} elders, {f['covered_share']:.1%}.",
        ),
        say(
            f"走不到：{f['uncovered_elders']:,} 人，名单见“覆盖.xlsx”。",
            f"Not within reach: {f['uncovered_elders']:,} elders, listed in coverage.xlsx.",
        ),
        say(
            f"有多大把握（0.8～1.2 米/秒）：一定覆盖 {f['surely_covered']:,} 人，"
            f"视步速而定 {f['depends_on_speed']:,} 人，一定不覆盖 {f['surely_not_covered']:,} 人。",
            f"How sure (0.8–1.2 m/s): surely covered {f['surely_covered']:,}, depends "
            f"{f['depends_on_speed']:,}, surely not {f['surely_not_covered']:,}.",
        ),
        *_straight(result),
        result.guard.statement,
        say(
            f"地名库：{f['placenames']:,} 条地名（街巷 {f['street_names']} 条），"
            f"标志 {f['signs']} 块，界线 {f['boundary_lines']} 条，界桩 {f['boundary_stones']} 个。"
            f"试试：fuwuquan names search 大桥 -w {home}",
            f"Gazetteer: {f['placenames']:,} places ({f['street_names']} streets), "
            f"{f['signs']} signs, {f['boundary_lines']} boundary lines and "
            f"{f['boundary_stones']} stones. Try: fuwuquan names search daqiao -w {home}",
        ),
        say(
            f"用时 {seconds:.1f} 秒。请用浏览器打开：{_named(files, '.html')}",
            f"Took {seconds:.1f} s. Now open in a browser: {_named(files, '.html')}",
        ),
        say(
            f"表格：{_named(files, '.xlsx')}",
            f"Tables: {_named(files, '.xlsx')}",
        ),
    ]
    for line in lines:
        print_line(line)


def _straight(result: Coverage) -> list[str]:
    from api.cli.coverage import straight_line  # noqa: PLC0415

    line = straight_line(result)
    return [line] if line else []


def _named(files: list[Path], suffix: str) -> Path:
    return next(path for path in files if path.suffix == suffix)
