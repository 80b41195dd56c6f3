"""``fuwuquan assess``: whether the place meets the norms in force, and what is missing."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import Steps, emit_json, print_line
from api.cli._options import Area, AsOf, Day, Json, OwnNorms, WorkspaceFolder, day
from api.cli._words import Command
from geo.text import say

if TYPE_CHECKING:
    from geo.assess.consistency import Report

NormIds = Annotated[
    list[str] | None,
    typer.Option(
        "--norm",
        metavar=say("编号", "ID"),
        help=say(
            "只评这些规范，可写多次；写编号开头即可，如 elder.area100。",
            "Only these norms, by id or its beginning; may be repeated.",
        ),
        show_default=say("全部", "all"),
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "按当日在施行的规范逐项评定：合格、不合格还是未知，缺多少平方米、床位、人员、处所。",
        "Judge the place by the norms in force: what passes, fails, or is unknown, and the gap.",
    )
    app.command("assess", cls=Command, help=about)(assess)


def assess(
    area: Area = "",
    on: Day = "",
    norm: NormIds = None,
    *,
    norms_as_of: Annotated[
        str,
        typer.Option(
            "--norms-as-of",
            metavar=say("日期", "DATE"),
            help=say("与这一天施行的规范并排比较。", "Compare with the norms of another day."),
            show_default=False,
        ),
    ] = "",
    compare_area: Annotated[
        str,
        typer.Option(
            "--compare-area",
            metavar=say("代码", "CODE"),
            help=say("与另一地区的规范并排比较，如 34。", "Compare with another area's norms."),
            show_default=False,
        ),
    ] = "",
    facility: Annotated[
        str,
        typer.Option(
            "--facility",
            "-f",
            metavar=say("类型", "TYPE"),
            help=say(
                "不限设施类型的规范（如生活圈）问的是哪一类。",
                "Facility type meant by norms that hold for any, such as circles.",
            ),
        ),
    ] = "elder_station",
    own: OwnNorms = None,
    dem: Annotated[
        Path | None,
        typer.Option(
            "--dem",
            metavar=say("文件", "FILE"),
            help=say(
                "高程文件（GeoTIFF）：判断公墓是否在可视范围内。",
                "Elevation model (GeoTIFF): whether cemeteries are in sight of the zones.",
            ),
            show_default=say("路网所用的高程文件", "the one the streets use"),
        ),
    ] = None,
    figures: Annotated[
        Path | None,
        typer.Option(
            "--figures",
            metavar=say("文件", "FILE"),
            help=say(
                "公布的数字（.toml 或 .xlsx）：核对它们是否互相矛盾。",
                "Published figures (.toml or .xlsx): check whether they contradict each other.",
            ),
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar=say("文件", "FILE"),
            help=say("写到哪个 .xlsx 或 .csv。", "The .xlsx or .csv to write."),
            show_default=say("工作区 output/assess", "output/assess of the workspace"),
        ),
    ] = None,
    workspace: WorkspaceFolder = Path(),
    elders_year: AsOf = None,
    json: Json = False,
) -> int:
    """Assess the workspace and write the verdicts."""
    from api.cli.assess_answer import assessed  # noqa: PLC0415
    from api.cli.assess_shown import print_answer  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    opened = Workspace.open(workspace)
    reports = _examined(figures)
    steps = Steps()
    answer = assessed(
        opened,
        steps,
        on=day(on),
        area=area,
        ids=tuple(norm or ()),
        facility=facility,
        norms_as_of=day(norms_as_of) if norms_as_of else None,
        compare_area=compare_area,
        elders_year=elders_year,
        own=own,
        dem=dem,
        out=out,
    )
    if json:
        emit_json(
            answer.summary()
            | {"figures": [asdict(report) for report in reports]}
            | {"files": [str(file) for file in answer.files], "seconds": steps.seconds}
        )
    else:
        print_answer(
            answer.result, answer.table, answer.law, other=answer.other, files=answer.files
        )
        for report in reports:
            print_line(report.message)
    return int(any(report.outcome == "contradicts" for report in reports))


def _examined(path: Path | None) -> list[Report]:
    if path is None:
        return []
    from geo.assess.consistency import examine  # noqa: PLC0415
    from geo.assess.figures_file import read_figures  # noqa: PLC0415

    return examine(*read_figures(path))
