"""``fuwuquan coverage``: who is within the minutes of an open facility, over the streets."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import geo
from api.cli._console import Steps, emit_json, print_line, print_table, records
from api.cli._options import AsOf, Day, Json, WorkspaceFolder, day
from api.cli._siting_options import Draw, Facility, OwnOnly, Speed, Walker, numbers
from api.cli._words import Command
from geo.text import say

if TYPE_CHECKING:
    from geo.coverage import Coverage, Inputs, Question
    from geo.store import Workspace

# What makes a run a different run, beside its inputs.
_ASKED = ("facility", "minutes", "profile", "speed_m_s", "on", "own_only", "horizon_min", "as_of")


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "算出谁在时限内走得到开放的设施：按小区、村居、乡镇街道、区县四级汇总，写出表格和地图。",
        "Find who is within the minutes of an open facility; write tables and a map.",
    )
    app.command("coverage", cls=Command, help=about)(coverage)


def coverage(
    facility: Facility,
    *,
    minutes: Annotated[
        str,
        typer.Option(
            "--minutes",
            metavar=say("分钟", "MIN"),
            help=say("时限，可写多个，如 5,10,15,30。", "Limits, such as 5,10,15,30."),
            show_default=say("按设施类型", "the facility type's"),
        ),
    ] = "",
    speed: Speed = None,
    profile: Walker = "elder",
    on: Day = "",
    own_only: OwnOnly = False,
    as_of: AsOf = None,
    source: Annotated[
        str,
        typer.Option(
            "--demand",
            metavar="auto|compound|building|community",
            help=say(
                "人口落在哪里：auto 逐个村居取小区、楼栋、街路中最好的。",
                "What people are laid on; auto takes the best there is in each community.",
            ),
        ),
    ] = "auto",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar=say("目录", "DIR"),
            help=say("写到哪个目录。", "Folder to write to."),
            show_default=say("工作区的 output", "output of the workspace"),
        ),
    ] = None,
    draw: Draw = True,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Compute and write one coverage."""
    from geo.store import Workspace  # noqa: PLC0415

    opened = Workspace.open(workspace)
    steps = Steps()
    prepare_engine(steps, draw=draw)
    from geo.coverage import ask  # noqa: PLC0415

    question = ask(
        facility,
        on=day(on),
        minutes=numbers(minutes),
        walker=profile,
        speed_m_s=speed,
        own_only=own_only,
        as_of=as_of,
    )
    result, files = cover(opened, question, source=source, folder=out, draw=draw, steps=steps)
    if json:
        emit_json(summary(result) | {"files": [str(f) for f in files], "seconds": steps.seconds})
    else:
        _print(result, files)
    return int(result.faults.count("error") > 0)


def prepare_engine(steps: Steps, *, draw: bool) -> None:
    """Load the travel-time engine, which is compiled when it first runs on a machine."""
    ready = engine_is_compiled(Path(next(iter(geo.__path__))))
    with steps("准备步行时间引擎" if ready else "准备步行时间引擎（首次运行要编译）", "prepare"):
        import_module("geo.coverage")
        if draw:
            import_module("geo.maps.drawings")


def engine_is_compiled(package: Path) -> bool:
    """Say whether the engine was compiled for this Python since its source last changed.

    Numba keeps what it compiles beside the source, or in the user's cache where that folder is
    read only; it is slow to import, so its files are looked for instead.
    """
    source = package / "network" / "snap.py"
    caches = [Path.home() / part for part in (".cache/numba", "Library/Caches/numba")]
    if "NUMBA_CACHE_DIR" in os.environ:
        caches.append(Path(os.environ["NUMBA_CACHE_DIR"]))
    if "LOCALAPPDATA" in os.environ:
        caches.append(Path(os.environ["LOCALAPPDATA"], "numba", "Cache"))
    folders = [source.with_name("__pycache__")]
    folders += [found for cache in caches for found in cache.glob("network_*")]
    made = f"snap.*.py{sys.version_info.major}{sys.version_info.minor}.nbi"
    changed = source.stat().st_mtime
    return any(
        index.stat().st_mtime >= changed for folder in folders for index in folder.glob(made)
    )


def cover(
    workspace: Workspace,
    question: Question,
    *,
    steps: Steps,
    source: str = "auto",
    folder: Path | None = None,
    draw: bool = True,
) -> tuple[Coverage, list[Path]]:
    """Answer one question, keep the answer in the workspace and write its files.

    Returns
    -------
    tuple
        The answer, and the files written: the workbook first, the map last.
    """
    from geo.coverage import answer, read_inputs  # noqa: PLC0415
    from geo.coverage.tables import write_layers, write_tables  # noqa: PLC0415

    with steps("读取图层和路网", "read"):
        inputs = read_inputs(workspace, question, source=source)  # type: ignore[arg-type]
    with steps("计算步行时间和覆盖", "compute") as advance:
        result = answer(question, inputs, progress=advance)
    later = "" if question.as_of is None else f"_{question.as_of}"
    folder = folder or workspace.output / f"coverage_{question.kind.name}{later}"
    with steps("写出表格和图层", "write"):
        files = write_tables(result, folder / say("覆盖.xlsx", "coverage.xlsx"))
        files += write_tables(result, folder / "csv" / say("覆盖.csv", "coverage.csv"))
        files += write_layers(result, folder)
        _keep(workspace, result, source)
    if draw:
        with steps("绘制地图", "draw") as advance:
            files.append(_draw(result, inputs, folder, advance))
    return result, files


def summary(result: Coverage) -> dict[str, object]:
    """Return the answer as plain values: totals by weight, certainty, provenance, faults."""
    rows = result.areas[result.areas["level"] == "all"].drop(columns=["level", "code", "name"])
    totals = {
        row["weight"]: {name: value for name, value in row.items() if name != "weight"}
        for row in records(rows)
    }
    return {
        "facility": result.question.kind.name,
        "weight": result.weight,
        "totals": totals,
        "unserved_points": len(result.unserved),
        "connectors_over_50_m": len(result.connectors),
        "on_islands": len(result.islands),
        "counted_times": round(result.counted_times, 3) if result.counted_times > 0 else None,
        "guard_zone": result.guard.statement,
        "provenance": result.provenance.json(),
        "faults": records(result.faults.frame()[["layer", "severity", "code", "message"]]),
    }


def _draw(result: Coverage, inputs: Inputs, folder: Path, advance: Callable[[float], None]) -> Path:
    from geo.maps.coverage_map import coverage_map  # noqa: PLC0415
    from geo.maps.drawings import draw  # noqa: PLC0415
    from geo.store.tables import write_whole  # noqa: PLC0415

    page = coverage_map(
        result,
        facilities=inputs.facilities,
        areas=inputs.areas,
        network=inputs.network,
        drawings=draw(result, inputs.network, progress=advance),
        sources=inputs.sources,
    )
    path = folder / say("覆盖图.html", "coverage.html")
    write_whole(path, page.encode())
    return path


def _keep(workspace: Workspace, result: Coverage, source: str) -> None:
    """Keep points, facilities and areas as tables of the workspace, and what was asked."""
    from geo.coverage.tables import drawn_layers  # noqa: PLC0415
    from geo.schema.results import headings  # noqa: PLC0415

    kind, on, year = result.question.kind, result.question.on, result.question.as_of
    later = "" if year is None else f"_{year}"
    for name, frame in drawn_layers(result).items():
        part = name.removeprefix("coverage_")
        of = name if part in ("points", "facilities") else "coverage_areas"
        workspace.write_result(
            f"coverage_{kind.name}_{part}{later}",
            frame,
            on=on,
            title=f"{kind.label} {say('覆盖', 'coverage')} {_title(part)}{later}",
            titles=headings(of, result.question.minutes),
        )
    asked = result.provenance.json()
    totals = summary(result)
    workspace.record_run(
        "coverage",
        on=on,
        inputs=asked["layers"] | {"streets": asked["network_hash"]},
        parameters={name: asked[name] for name in _ASKED} | {"demand": source},
        results={"totals": totals["totals"], "unserved_points": totals["unserved_points"]},
    )


def _title(part: str) -> str:
    """Return what a table of a coverage shows, in the user's language."""
    from geo.schema import layer, layers  # noqa: PLC0415

    words = {"points": say("居住点", "homes"), "facilities": say("设施", "facilities")}
    return words.get(part) or (layer(part).label if part in layers() else part)


def _print(result: Coverage, files: list[Path]) -> None:
    main = f"{result.question.main_min:g}"
    row = result.headline()
    print_line(result.conditions)
    if row.isna()["total"]:
        print_line(say(f"{row['denominator']}：未知。", f"{row['denominator']}: unknown."))
    else:
        print_line(
            say(
                f"{row['denominator']}：共 {row['total']:,}；{main} 分钟内 "
                f"{row[f'covered_{main}_min']:,}"
                f"（一定覆盖 {row['surely']:,}，视步速而定 {row['depends']:,}，"
                f"一定不覆盖 {row['surely_not']:,}）。",
                f"{row['denominator']}: {row['total']:,} in all; within {main} min "
                f"{row[f'covered_{main}_min']:,} (surely {row['surely']:,}, depends "
                f"{row['depends']:,}, surely not {row['surely_not']:,}).",
            )
        )
    _print_levels(result, main)
    if straight := straight_line(result):
        print_line(straight)
    if result.counted_times > 0:
        print_line(
            say(
                f"各设施服务人数直接相加会把每人计 {result.counted_times:.1f} 次，不可相加。",
                f"Adding catchments would count everybody {result.counted_times:.1f} times.",
            )
        )
    print_line(result.guard.statement)
    print_line(
        say(
            f"未覆盖需求点 {len(result.unserved):,} 个；"
            f"接线超过 50 米 {len(result.connectors):,} 处；"
            f"位于孤岛路网 {len(result.islands):,} 处。",
            f"Not covered: {len(result.unserved):,} demand points; connectors over 50 m: "
            f"{len(result.connectors):,}; on street islands: {len(result.islands):,}.",
        )
    )
    for fault in result.faults:
        if fault.severity in ("error", "warning"):
            print_line(f"！ {fault.message}{fault.advice}")
    print_line(say("已写出：", "Wrote:"))
    for path in files:
        if path.suffix != ".csv":
            print_line(f"  {path}")


def _print_levels(result: Coverage, main: str) -> None:
    named = result.areas["level"].isin(["county", "township"]) & result.areas["code"].ne("")
    wanted = (result.areas["level"] == "all") | named
    rows = result.areas[wanted & (result.areas["weight"] == result.weight)]
    minutes = [f"{limit:g}" for limit in result.question.minutes]
    print_table(
        [
            say("区域", "area"),
            say("总数", "total"),
            *(say(f"{m} 分钟内", f"≤ {m} min") for m in minutes),
            say(f"{main} 分钟覆盖率 %", f"% within {main} min"),
        ],
        [
            [
                row["name"],
                row["total"],
                *(row[f"covered_{m}_min"] for m in minutes),
                _percent(row[f"covered_{main}_min_share"]),
            ]
            for row in records(rows)
        ],
    )


def straight_line(result: Coverage) -> str:
    """Return what circles would have claimed, in one line; empty where that is unknown."""
    rows = result.straight
    row = rows[
        (rows["minutes"] == result.question.main_min) & (rows["weight"] == result.weight)
    ].iloc[0]
    if row.isna()["overstated_points"]:
        return ""
    return say(
        f"直线圈（{row['radius_m']:,.0f} 米，仅供筛查）会报 {row['circle_share']:.1%}，"
        f"与路网相差 {row['overstated_points']:+.1f} 个百分点。",
        f"Circles ({row['radius_m']:,.0f} m, screening only) would claim "
        f"{row['circle_share']:.1%}, {row['overstated_points']:+.1f} points off.",
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)
