"""``fuwuquan suitability``: where a cemetery or columbarium may stand, how well, and for whom."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._console import Steps, emit_json, print_line, print_table, records
from api.cli._options import Area, Day, Json, OwnNorms, WorkspaceFolder, day
from api.cli._siting_options import (
    Draw,
    FacilityWord,
    Seed,
    facility_named,
    table_file,
)
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd
    import pandas as pd

    from geo.network.graph import StreetNetwork
    from geo.norms import Norms
    from geo.store import Workspace
    from optimization.suitability import Criteria, Question, Suitability, Weighing

_LAYERS = ("county", "township", "community", "compound", "zone", "cemetery", "columbarium")
_SHOWN = 8


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
    from geo.norms import load  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415
    from optimization.suitability import study  # noqa: PLC0415
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
    weighing = _weighing(weights)
    if weighing is not None:
        asked = asked.weighted(dict(zip(weighing.names, weighing.weights.tolist(), strict=True)))
    today, steps = day(on), Steps()
    with steps("读入图层、路网和高程", "read"):
        norms = load(own)
        frames, network = _read(opened)
        place = area or _area(frames, today)
        question = _question(
            asked, norms, zones, area=place, on=today, cell_m=cell, years=years, deaths=deaths,
            sight_km=sight_km, seed=seed,
        )  # fmt: skip
        elevation = _elevation(opened, frames, dem)
    with steps("评价适宜性", "judge") as advance:
        answer = study(question, frames, network=network, elevation=elevation, progress=advance)
    folder = opened.output / "suitability"
    with steps("写出表格、地图和图层", "write"):
        files = _write(
            answer,
            out or folder / say("适宜性.xlsx", "suitability.xlsx"),
            draw,
            raster,
            frames,
        )
        _keep(opened, answer, place, weighing)
    if json:
        emit_json(
            summary(answer, place, weighing)
            | {"files": [str(file) for file in files], "seconds": steps.seconds}
        )
    else:
        _print(answer, place, weighing, files)


def _write_template(path: Path, facility: str, *, json: bool) -> None:
    from geo.store.tables import write_whole  # noqa: PLC0415
    from optimization.suitability import template  # noqa: PLC0415

    write_whole(path, template(facility).encode())  # type: ignore[arg-type]
    if json:
        emit_json({"files": [str(path)]})
    else:
        print_line(say(f"已写出样板：{path}", f"Wrote {path}"))


def _weighing(path: Path | None) -> Weighing | None:
    if path is None:
        return None
    from optimization.suitability import read_weights  # noqa: PLC0415

    return read_weights(path)


def _read(workspace: Workspace) -> tuple[dict[str, gpd.GeoDataFrame], StreetNetwork | None]:
    """Return the layers and the streets, all in one CRS."""
    from geo.errors import NotFoundError  # noqa: PLC0415
    from geo.network.current import open_network  # noqa: PLC0415

    try:
        network = open_network(workspace)
    except NotFoundError:
        network = None
    crs = workspace.working_crs if network is None else network.crs
    return {n: workspace.read(n, crs) for n in _LAYERS if workspace.has(n)}, network


def _area(frames: dict[str, gpd.GeoDataFrame], on: date) -> str:
    from geo.assess.workspace import only_county  # noqa: PLC0415

    return only_county(frames, on)


def _elevation(workspace: Workspace, frames: dict[str, gpd.GeoDataFrame], dem: Path | None) -> Any:  # noqa: ANN401 - loaded late
    from geo.assess.workspace import elevation_of  # noqa: PLC0415

    crs = str(next(iter(frames.values())).crs) if frames else workspace.working_crs
    return elevation_of(workspace, frames, crs, dem)


def _question(
    criteria: Criteria,
    norms: Norms,
    zones: str,
    *,
    area: str,
    on: date,
    cell_m: float,
    years: float | None,
    deaths: float | None,
    sight_km: float | None,
    seed: int,
) -> Question:
    from geo.terrain import Sight  # noqa: PLC0415
    from optimization.suitability import (  # noqa: PLC0415
        Question,
        formula,
        priority_set,
        to_read_again,
        zone_set,
    )

    for name, value in (("--deaths", deaths), ("--sight-km", sight_km)):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise DataError(say(f"{name} 应为正数。", f"{name} must be a positive number"))
    kept = zone_set(zones, norms, area=area, on=on, facility=criteria.facility)
    return Question(
        criteria=criteria,
        zones=kept,
        priority=priority_set(kept, norms, area=area, on=on),
        formula=formula(norms, area=area, on=on, years=years),
        notices=to_read_again(norms, area=area, on=on),
        on=on,
        cell_m=cell_m,
        sight=Sight(farthest_m=math.inf if sight_km is None else 1000 * sight_km),
        deaths_permille=deaths,
        seed=seed,
    )


def _write(
    answer: Suitability,
    out: Path,
    draw: bool,
    raster: Path | None,
    frames: dict[str, gpd.GeoDataFrame],
) -> list[Path]:
    from geo.store.tables import write_whole  # noqa: PLC0415
    from optimization.suitability.tables import write_picture, write_workbook  # noqa: PLC0415

    files = write_workbook(answer, out, notes(answer))
    if draw:
        files.append(out.parent / say("适宜性图.html", "suitability.html"))
        write_whole(files[-1], _drawn(answer, frames).encode())
    if raster is not None:
        write_picture(answer, raster)
        files.append(raster)
    return files


def _drawn(answer: Suitability, frames: dict[str, gpd.GeoDataFrame]) -> str:
    """Return the map as a page."""
    import geopandas as gpd  # noqa: PLC0415

    from geo.maps.suitability_map import suitability_map  # noqa: PLC0415
    from geo.schema import facility_type  # noqa: PLC0415
    from optimization.suitability.tables import in_words, tables  # noqa: PLC0415

    kind = facility_type(answer.question.criteria.facility)
    counties = frames["county"]["name"].dropna().tolist() if "county" in frames else []
    place = str(counties[0]) if len(counties) == 1 else ""
    kinds = {clearance.kind for clearance in answer.question.zones.clearances}
    zones = frames["zone"]
    drawn = {
        name: gpd.GeoDataFrame(in_words(name, frame), crs=answer.grid.crs)
        for name, frame in tables(answer).items()
        if "geometry" in frame
    }
    used = [name for name in ("county", "community", "zone", "cemetery", "columbarium")
            if name in frames]  # fmt: skip
    stated = {str(source) for name in used for source in frames[name]["source"].dropna()}
    return suitability_map(
        drawn,
        zones[zones["kind"].isin(kinds).fillna(value=False).to_numpy(bool)],
        kind=kind,
        title=say(f"{place}{kind.zh}选址适宜性图", f"{place} {kind.en}: suitability".strip()),
        headline=_headline(answer),
        notes=notes(answer),
        sources=sorted(stated),
        simulated=answer.simulated,
    )


def _headline(answer: Suitability) -> str:
    """Return the answer in one sentence."""
    from optimization.suitability import class_shares  # noqa: PLC0415

    shares = {name: share for name, _, _, share in class_shares(
        answer.overlay.level, answer.grid.cell_m2)}  # fmt: skip
    good = shares["high"] + shares["suitable"]
    broken = answer.audit[(answer.audit["finding"] == "breaks") & answer.audit["binding"]]
    loose = answer.exclusions.unsettled.mean()
    return say(
        f"{answer.question.zones.label}：禁建 {shares['excluded']:.1%}，适宜和较适宜 {good:.1%}，"
        f"其中管控规定未定的占全域 {loose:.1%}；推荐地块 {len(answer.areas)} 处；"
        f"现有设施 {broken['id'].nunique()} 处违反管控规定。",
        f"{answer.question.zones.label}: {shares['excluded']:.1%} excluded, {good:.1%} suitable or "
        f"better, rules undecided on {loose:.1%} of all; {len(answer.areas)} best areas; "
        f"{broken['id'].nunique()} existing sites break a rule.",
    )


def _keep(workspace: Workspace, answer: Suitability, area: str, weighing: Weighing | None) -> None:
    """Keep the tables as results of the workspace, and what was asked."""
    from functools import partial  # noqa: PLC0415

    from geo.schema.results import headings  # noqa: PLC0415
    from optimization.suitability.styles import has_style, style  # noqa: PLC0415
    from optimization.suitability.tables import sheet_names, tables  # noqa: PLC0415

    question = answer.question
    for name, frame in tables(answer).items():
        workspace.write_result(
            name,
            frame,
            on=question.on,
            title=say(f"适宜性 {sheet_names()[name]}", f"suitability: {sheet_names()[name]}"),
            titles=headings(name),
            style=partial(style, name, aliases=headings(name)) if has_style(name) else None,
        )
    facts = summary(answer, area, weighing)
    workspace.record_run(
        "suitability",
        on=question.on,
        inputs={n: workspace.content_sha256(n) for n in _LAYERS if workspace.has(n)},
        parameters={
            name: facts[name]
            for name in ("facility", "area", "on", "cell_m", "zones", "weights", "seed",
                         "sight_km", "elevation", "criteria_file")
        },
        results={"classes": facts["classes"], "villages": facts["villages"]},
    )  # fmt: skip


def notes(answer: Suitability) -> list[str]:
    """Return what the figures rest on, a sentence each."""
    question, steady = answer.question, answer.sensitivity
    binding = sum(c.binding for c in question.zones.clearances)
    draft = len(question.zones.clearances) - binding
    sight = question.sight
    far = f"{sight.farthest_m / 1000:g}"
    far_zh, far_en = f"{far} 公里以外视为看不见", f"nothing seen beyond {far} km"
    if math.isinf(sight.farthest_m):
        far_zh, far_en = "远近不限", "at any distance"
    return [
        say(
            f"管控范围：{question.zones.label}；有约束力的 {binding} 条，未核实的 {draft} 条"
            "（只列出，不作排除）。",
            f"Zones: {question.zones.label}; {binding} binding rules, {draft} draft ones "
            "(listed, not applied).",
        ),
        say(
            f"格子 {question.cell_m:g} 米，共 {len(answer.grid):,} 个；格子有一处太近即算禁建。",
            f"Cells of {question.cell_m:g} m, {len(answer.grid):,} in all; a cell is excluded when "
            "any part of it is too near.",
        ),
        say(
            f"高程：{answer.elevation}。通视：眼高 {sight.eye_m:g} 米，目标 {sight.target_m:g} 米，"
            f"{far_zh}；计地球曲率和大气折光，不计房屋和树木。",
            f"Heights: {answer.elevation}. Sight: eyes at {sight.eye_m:g} m, target "
            f"{sight.target_m:g} m, {far_en}; with curvature and refraction, without houses and "
            "trees.",
        )
        if answer.elevation
        else say(
            "没有高程文件：坡度和可视范围未知。请用 --dem 给出。",
            "No elevation model: slope and sight are unknown. Give one with --dem.",
        ),
        say(
            f"评价准则：{question.criteria.file}。得分和权重是建议值，不是规范。",
            f"Criteria: {question.criteria.file}. Scores and weights are proposals, no norm.",
        ),
        say(
            f"权重各自变动 ±{steady.range_share:.0%}，抽 {steady.draws} 次（种子 {steady.seed}）；"
            f"无论怎样变都属最优级的格子占 {steady.always.mean():.1%}。",
            f"Every weight moves by ±{steady.range_share:.0%}, {steady.draws} draws (seed "
            f"{steady.seed}); {steady.always.mean():.1%} of the cells stay in the top class "
            "whatever the weights.",
        ),
        question.formula.statement,
        _priority(question),
        *question.notices,
        *([say("数据含模拟数据。", "The data are simulated in part.")] if answer.simulated else []),
    ]


def _priority(question: Question) -> str:
    """Return which villages come first, and how far one may go."""
    farthest = f"{question.criteria.farthest_m:,.0f}"
    if not question.priority.clearances:
        return say(
            f"没有规定哪些村优先。村到安葬点为直线距离，不超过 {farthest} 米。",
            f"No village comes first. Distances are straight, at most {farthest} m.",
        )
    return say(
        f"优先的村：村域与“{question.priority.label}”的范围相交。村到安葬点为直线距离，"
        f"不超过 {farthest} 米。",
        f"Villages that come first: their land meets the zones of {question.priority.label}. "
        f"Distances are straight, at most {farthest} m.",
    )


def summary(answer: Suitability, area: str, weighing: Weighing | None) -> dict[str, Any]:
    """Return the answer as plain values."""
    from optimization.suitability.tables import tables  # noqa: PLC0415

    question, made = answer.question, tables(answer)
    plain = {name: records(_flat(frame)) for name, frame in made.items()}
    table, given = answer.villages.table, answer.villages.assigned
    return {
        "facility": question.criteria.facility,
        "area": area,
        "on": question.on.isoformat(),
        "zones": question.zones.id,
        "zones_label": question.zones.label,
        "cell_m": question.cell_m,
        "cells": len(answer.grid),
        "criteria_file": question.criteria.file,
        "weights": {
            one.id: round(float(weight), 4)
            for one, weight in zip(
                question.criteria.criteria, question.criteria.weights, strict=True
            )
        },
        "consistency_ratio": None if weighing is None else round(weighing.consistency_ratio, 4),
        "seed": question.seed,
        "sight_km": None
        if math.isinf(question.sight.farthest_m)
        else question.sight.farthest_m / 1000,
        "elevation": answer.elevation or None,
        "formula": question.formula.statement,
        "formula_in_force": question.formula.in_force,
        "simulated": answer.simulated,
        "classes": plain["suitability_cells"],
        "rules": plain["suitability_rules"],
        "criteria": plain["suitability_criteria"],
        "areas": plain["suitability_areas"],
        "sites": plain["suitability_sites"],
        "places": plain["suitability_capacity"],
        "villages": {
            "count": len(table),
            "priority": int(table["priority"].sum()),
            "needed": None if given is None else int(table["needed"].sum()),
            "served_priority": None if given is None else int(given.served_priority),
            "served": None if given is None else int(given.served),
            "without_place": int(table["place"].isna().sum()),
            "proven": None if given is None else given.proven,
        },
        "notes": notes(answer),
    }


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415

    return pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))


def _print(answer: Suitability, area: str, weighing: Weighing | None, files: list[Path]) -> None:
    from optimization.suitability.tables import in_words, tables  # noqa: PLC0415

    made = {name: in_words(name, _flat(frame)) for name, frame in tables(answer).items()}
    for line in notes(answer):
        print_line(line)
    if weighing is not None:
        ratio = f"{weighing.consistency_ratio:.3f}"
        print_line(
            say(
                f"层次分析法：一致性比率 CR = {ratio}，不大于 0.1。",
                f"AHP: consistency ratio {ratio}, not above 0.1.",
            )
        )
    _print_classes(made)
    _print_rules(answer, made, area)
    _print_places(answer, made)
    print_line(say("已写出：", "Wrote:"))
    for path in files:
        print_line(f"  {path}")


def _print_classes(made: dict[str, pd.DataFrame]) -> None:
    print_table(
        [say("等级", "class"), "km²", "%", say("其中未定 %", "unsettled %")],
        [
            [r["class"], r["area_m2"] / 1e6, 100 * r["area_share"], 100 * r["unsettled_share"]]
            for r in records(made["suitability_cells"])
        ],
        title=say("各级面积", "Ground by class"),
    )
    print_table(
        [
            say("推荐地块", "area"),
            say("公顷", "ha"),
            say("得分", "score"),
            say("稳居最优级 %", "steady %"),
            say("可建安葬位", "places"),
            say("位置", "at"),
        ],
        [
            [r["id"], r["area_m2"] / 1e4, r["score"], 100 * r["top_share"], r["places"],
             f"{r['lon']:.5f}, {r['lat']:.5f}"]
            for r in records(made["suitability_areas"].head(_SHOWN))
        ],
    )  # fmt: skip


def _print_rules(answer: Suitability, made: dict[str, pd.DataFrame], area: str) -> None:
    rules = made["suitability_rules"]
    if not any(one.binding for one in answer.question.zones.clearances):
        print_line(
            say(
                f"{area} 没有可用的、有约束力的管控规定，没有排除任何地方；可用 --zones 指定一组。",
                f"No binding rule on zones holds in {area}: nothing is excluded. Name a set with "
                "--zones.",
            )
        )
    open_ = rules[rules["lacks"] != ""]
    for lack in dict.fromkeys(open_["lacks"]):
        print_line(say(f"未能判断，缺资料：{lack}。", f"Cannot be decided, missing: {lack}."))
    sites = made["suitability_sites"]
    broken = records(sites[answer.audit["finding"] == "breaks"])
    count = len({row["id"] for row in broken if row["binding"]})
    audited = sites["id"].nunique()
    title = say(
        f"现有设施核查：{audited} 处中 {count} 处违反有约束力的管控规定",
        f"Existing sites: {count} of {audited} break a binding rule",
    )
    if not broken:
        print_line(title)
        return
    print_table(
        [
            say("现有设施", "site"),
            say("违反", "breaks"),
            say("区域", "zone"),
            say("现有米", "has m"),
            say("要求米", "needs m"),
            say("差多少米", "short m"),
        ],
        [
            [
                r["name"],
                f"{r['kind']}（{r['method']}）",
                r["zone_name"],
                *(r[name] for name in ("distance_m", "required_m", "short_m")),
            ]
            for r in broken[: 2 * _SHOWN]
        ],
        title=title,
    )


def _print_places(answer: Suitability, made: dict[str, pd.DataFrame]) -> None:
    print_table(
        [say("区域", "area"), say("人口", "people"), say("需要", "needed"), say("现有", "has"),
         say("缺口", "short")],
        [
            [r["name"], r["population"], r["needed"], r["places"], r["short"]]
            for r in records(made["suitability_capacity"])
        ],
        title=say("安葬位", "Burial places"),
    )  # fmt: skip
    table, given = answer.villages.table, answer.villages.assigned
    first = int(table["priority"].sum())
    if given is None:
        print_line(
            say(
                f"{len(table)} 个村，优先的 {first} 个。死亡率未知：请用 --deaths。",
                f"{len(table)} villages, {first} come first. Deaths are unknown: give --deaths.",
            )
        )
        return
    needed = int(table["needed"].sum())
    proof = say("（已证明最优）", " (proven best)") if given.proven else ""
    print_line(
        say(
            f"{len(table)} 个村，优先的 {first} 个；需要 {needed:,} 个安葬位，"
            f"已安排 {given.served:,.0f} 个，其中优先的村 {given.served_priority:,.0f} 个{proof}。",
            f"{len(table)} villages, {first} come first; {needed:,} places "
            f"needed, {given.served:,.0f} given, {given.served_priority:,.0f} of them to those "
            f"that come first{proof}.",
        )
    )
