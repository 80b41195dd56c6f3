"""``fuwuquan suitability``: where a cemetery or columbarium may stand, how well, and for whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._console import Steps, emit_json, print_line
from api.cli._options import Area, Day, Json, OwnNorms, WorkspaceFolder, day
from api.cli._siting_options import Draw, FacilityWord, Seed, facility_named, table_file
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "公墓、骨灰堂选址适宜性：管控范围、评价准则、容量、村的安排和现有设施核查。",
        "Where a cemetery or columbarium may stand: zones, criteria, capacity, villages, audit.",
    )
    app.command("suitability", cls=Command, help=about)(suitability)


def suitability(
    word: FacilityWord = "",
    *,
    facility: Annotated[
        str,
        typer.Option(
            "--facility",
            "-f",
            metavar="cemetery|columbarium",
            help=say("公墓（cemetery）或骨灰堂（columbarium）。", "What is to be built."),
            show_default="cemetery",
        ),
    ] = "",
    zones: Annotated[
        str,
        typer.Option(
            "--zones",
            metavar=say("名称|文件", "SET|FILE"),
            help=say(
                "避让哪些区域：auto（当地当日在施行的规范）、national、haicheng、shandong、jinhua、"
                "qilin、jb182，或自己的 .toml。",
                "Zones to keep clear of: auto (norms in force), national, haicheng, shandong, "
                "jinhua, qilin, jb182, or a .toml of your own.",
            ),
        ),
    ] = "auto",
    dem: Annotated[
        Path | None,
        typer.Option(
            "--dem",
            metavar=say("文件", "FILE"),
            help=say("高程文件（GeoTIFF）：坡度和通视。", "Elevation model: slope and sight."),
            show_default=say("路网所用的高程文件", "the one the streets use"),
        ),
    ] = None,
    criteria: Annotated[
        Path | None,
        typer.Option(
            "--criteria",
            metavar=say("文件", "FILE"),
            help=say("评价准则（.toml）。", "Criteria (.toml)."),
            show_default=say("自带的样板", "those that ship"),
        ),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights",
            metavar=say("文件", "FILE"),
            help=say(
                "两两比较矩阵（.xlsx、.csv、.toml），按层次分析法定权重。",
                "Matrix of pairwise comparisons (.xlsx, .csv, .toml) for weights by AHP.",
            ),
            show_default=say("准则文件里的权重", "the weights of the criteria"),
        ),
    ] = None,
    cell: Annotated[
        float,
        typer.Option(
            "--cell", metavar=say("米", "M"), help=say("格子边长（米）。", "Side of a cell (m).")
        ),
    ] = 50.0,
    years: Annotated[
        float | None,
        typer.Option(
            "--years",
            metavar=say("年", "N"),
            help=say("安葬位要够多少年。", "For how many years places must last."),
            show_default=say("规范写明的年数", "the norm's own"),
        ),
    ] = None,
    deaths: Annotated[
        float | None,
        typer.Option(
            "--deaths",
            metavar="‰",
            help=say("没有死亡率的村居按千分之几算。", "Death rate where a community has none."),
            show_default=say("未知", "unknown"),
        ),
    ] = None,
    sight_km: Annotated[
        float | None,
        typer.Option(
            "--sight-km",
            metavar="KM",
            help=say("超过这个距离视为看不见。", "Beyond this nothing counts as seen."),
            show_default=say("不限", "no limit"),
        ),
    ] = None,
    seed: Seed = 0,
    area: Area = "",
    own: OwnNorms = None,
    out: Annotated[
        Path | None,
        table_file("工作区 output/suitability", "output/suitability of the workspace"),
    ] = None,
    draw: Draw = True,
    raster: Annotated[
        Path | None,
        typer.Option(
            "--raster",
            metavar=say("文件", "FILE"),
            help=say("另写一个 GeoTIFF 栅格。", "Write a GeoTIFF as well."),
            show_default=False,
        ),
    ] = None,
    sample: Annotated[
        Path | None,
        typer.Option(
            "--template",
            metavar=say("文件", "FILE"),
            help=say("只写出评价准则的样板。", "Only write an example of criteria."),
            show_default=False,
        ),
    ] = None,
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Judge the ground of the workspace and write tables, map and layers."""
    from api.cli.suitability_files import keep, written  # noqa: PLC0415
    from api.cli.suitability_read import question_of, read_layers  # noqa: PLC0415
    from api.cli.suitability_shown import show, summary  # noqa: PLC0415
    from geo.assess.workspace import elevation_of, only_county  # noqa: PLC0415
    from geo.norms import load  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415
    from optimization.suitability import read_weights, study  # noqa: PLC0415
    from optimization.suitability.criteria import FACILITIES, read_criteria  # noqa: PLC0415

    facility = facility_named(word, facility or word or FACILITIES[0])
    if facility not in FACILITIES:
        raise DataError(
            say(
                f"只能评价公墓（cemetery）或骨灰堂（columbarium），没有“{facility}”。",
                f"suitability is for cemetery or columbarium, not {facility!r}",
            )
        )
    if sample is not None:
        _write_template(sample, facility, json=json)
        return
    opened = Workspace.open(workspace)
    asked = read_criteria(criteria, facility)
    weighing = None if weights is None else read_weights(weights)
    if weighing is not None:
        asked = asked.weighted(dict(zip(weighing.names, weighing.weights.tolist(), strict=True)))
    today, steps = day(on), Steps()
    with steps("读入图层、路网和高程", "read"):
        norms = load(own)
        frames, network = read_layers(opened)
        place = area or only_county(frames, today)
        question = question_of(
            asked, norms, zones, area=place, on=today, cell_m=cell, years=years, deaths=deaths,
            sight_km=sight_km, seed=seed,
        )  # fmt: skip
        crs = str(next(iter(frames.values())).crs) if frames else opened.working_crs
        elevation = elevation_of(opened, frames, crs, dem)
    with steps("评价适宜性", "judge") as advance:
        answer = study(question, frames, network=network, elevation=elevation, progress=advance)
    folder = opened.output / "suitability"
    with steps("写出表格、地图和图层", "write"):
        book = out or folder / say("适宜性.xlsx", "suitability.xlsx")
        files = written(answer, book, draw, raster, frames)
        keep(opened, answer, place, weighing)
    if json:
        emit_json(
            summary(answer, place, weighing)
            | {"files": [str(file) for file in files], "seconds": steps.seconds}
        )
    else:
        show(answer, place, weighing, files)


def _write_template(path: Path, facility: str, *, json: bool) -> None:
    from geo.store.tables import write_whole  # noqa: PLC0415
    from optimization.suitability import template  # noqa: PLC0415

    write_whole(path, template(facility).encode())  # type: ignore[arg-type]
    if json:
        emit_json({"files": [str(path)]})
    else:
        print_line(say(f"已写出样板：{path}", f"Wrote {path}"))
