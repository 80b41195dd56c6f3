"""``fuwuquan assess``: whether the place meets the norms in force, and what is missing."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._console import Steps, emit_json, print_line, print_table
from api.cli._options import Day, Json, OwnNorms, WorkspaceFolder, day
from api.cli._words import Command
from geo.text import say

if TYPE_CHECKING:
    import pandas as pd

    from geo.assess import Assessment
    from geo.assess.consistency import Report
    from geo.store import Workspace

_SHOWN_SHORTAGES = 15

Area = Annotated[
    str,
    typer.Option(
        "--area",
        metavar=say("代码", "CODE"),
        help=say("区划代码，如 340207。", "Area code, such as 340207."),
        show_default=say("工作区的区县", "the workspace's county"),
    ),
]
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
    json: Json = False,
) -> int:
    """Assess the workspace and write the verdicts."""
    from geo.assess import assess as judge  # noqa: PLC0415
    from geo.assess import read_place, rows  # noqa: PLC0415
    from geo.assess.workbook import write_workbook  # noqa: PLC0415
    from geo.norms import load  # noqa: PLC0415
    from geo.schema import facility_type  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    opened = Workspace.open(workspace)
    reports = _examined(figures)
    ids, kind = tuple(norm or ()), facility_type(facility).name
    steps = Steps()
    with steps("读入图层和路网", "read"):
        norms = load(own)
        place = read_place(opened, on=day(on), area=area, dem=dem)
    with steps("评定", "assess"):
        result = judge(place, norms, ids=ids, facility=kind)
        table = rows(result)
    path = out or opened.output / "assess" / say("评定.xlsx", "assessment.xlsx")
    with steps("写出表格和图层", "write"):
        files = write_workbook(result, table, path)
        _keep(opened, result, table, ids)
    other = None
    if norms_as_of or compare_area:
        with steps("比较两套规范", "compare"):
            as_of = day(norms_as_of) if norms_as_of else None
            other = judge(place, norms, ids=ids, facility=kind, area=compare_area, as_of=as_of)
    if json:
        emit_json(
            summary(result, table, other)
            | {"figures": [asdict(report) for report in reports]}
            | {"files": [str(file) for file in files], "seconds": steps.seconds}
        )
    else:
        _print(result, table, other, files)
        for report in reports:
            print_line(report.message)
    return int(any(report.outcome == "contradicts" for report in reports))


def _examined(path: Path | None) -> list[Report]:
    if path is None:
        return []
    from geo.assess.consistency import examine  # noqa: PLC0415
    from geo.assess.figures_file import read_figures  # noqa: PLC0415

    return examine(*read_figures(path))


def summary(
    result: Assessment, table: pd.DataFrame, other: Assessment | None = None
) -> dict[str, object]:
    """Return an assessment as plain values: counts by norm, the whole, shortages, changes."""
    from geo.assess.summary import by_norm, shortages  # noqa: PLC0415
    from geo.assess.workbook import verdict_sheet  # noqa: PLC0415

    facts: dict[str, object] = {
        "area": result.place.area,
        "on": result.place.on.isoformat(),
        "rules_of": {"area": result.rules.area, "on": result.rules.on.isoformat()},
        "rows": len(table),
        "norms": _plain(by_norm(table)),
        "whole": _plain(verdict_sheet(result, table[table["role"] == "whole"])),
        "shortages": _plain(verdict_sheet(result, shortages(table).head(_SHOWN_SHORTAGES))),
        "not_in_force": [norm.id for norm in result.silent],
    }
    if other is not None:
        from geo.assess.compare import changes  # noqa: PLC0415

        found = changes(result, other)
        facts["compared_with"] = {"area": other.rules.area, "on": other.rules.on.isoformat()}
        facts["changes"] = _plain(
            found.drop(columns=[c for c in found if str(c).startswith(("block", "at_"))])
        )
    return facts


def _keep(
    workspace: Workspace, result: Assessment, table: pd.DataFrame, ids: tuple[str, ...]
) -> None:
    """Keep the verdicts and their map layers as tables of the workspace, and what was asked."""
    from geo.assess.styles import verdict_style  # noqa: PLC0415
    from geo.assess.summary import by_norm, drawn, linking  # noqa: PLC0415
    from geo.assess.words import layer_label  # noqa: PLC0415
    from geo.assess.workbook import plain_columns  # noqa: PLC0415
    from geo.schema.results import headings  # noqa: PLC0415

    on = result.place.on
    workspace.write_result(
        "assess_verdicts",
        plain_columns(table),
        on=on,
        title=say("规范评定", "verdicts"),
        titles=headings("assess_verdicts"),
    )
    workspace.write_result(
        "assess_linking",
        plain_columns(linking(result)),
        on=on,
        title=say("站点挂接", "linking of premises"),
        titles=headings("assess_linking"),
    )
    named = headings("assess_map")
    for layer, frame in drawn(result, table).items():
        workspace.write_result(
            f"assess_{layer}",
            frame,
            on=on,
            title=say(f"评定：{layer_label(layer)}", f"verdicts on {layer}"),
            titles=named,
            style=lambda kind: verdict_style(kind, named),
        )
    layers = sorted(name for name in result.place.frames if workspace.has(name))
    counts = by_norm(table).set_index("norm")
    workspace.record_run(
        "assess",
        on=on,
        inputs={name: workspace.content_sha256(name) for name in layers},
        parameters={
            "area": result.place.area,
            "on": on.isoformat(),
            "rules_of": [result.rules.area, result.rules.on.isoformat()],
            "norms": list(ids),
            "facility": result.facility,
        },
        results={name: int(counts[name].sum()) for name in ("fail", "unknown", "pass")},
    )


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    values = frame.astype(object).where(frame.notna(), None)
    return [
        {str(name): _scalar(value) for name, value in row.items()}
        for row in values.to_dict("records")
    ]


def _scalar(value: Any) -> Any:  # noqa: ANN401 - a cell
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def _print(
    result: Assessment, table: pd.DataFrame, other: Assessment | None, files: list[Path]
) -> None:
    from geo.assess.summary import by_norm, shortages  # noqa: PLC0415
    from geo.assess.workbook import verdict_sheet  # noqa: PLC0415

    print_line(
        say(
            f"{result.place.area}，{result.place.on}：在施行的规范 "
            f"{len({b.norm.id for b in result.blocks})} 项，结论 {len(table):,} 条。",
            f"{result.place.area}, {result.place.on}: {len({b.norm.id for b in result.blocks})} "
            f"norms in force, {len(table):,} verdicts.",
        )
    )
    names = {block.norm.id: block.norm.label for block in result.blocks}
    counted = by_norm(table[~table["verdict"].isin(["draft", "statistic", "priority"])])
    print_table(
        [
            say("规范", "norm"),
            *(_short(name) for name in ("fail", "not_yet_due", "unknown", "pass")),
            say("整体", "whole"),
        ],
        [
            [
                names[row["norm"]],
                *(int(row[name]) for name in ("fail", "not_yet_due", "unknown", "pass")),
                _short(row["whole"]) if isinstance(row["whole"], str) else "",
            ]
            for row in counted.to_dict("records")
        ],
    )
    whole = verdict_sheet(result, table[table["role"] == "whole"])
    for row in whole.to_dict("records"):
        if row["verdict"] in ("fail", "not_yet_due", "pass"):
            print_line(f"{row['norm_name']}：{row['verdict_text']}。{row['formula']}")
    short = shortages(table)
    if len(short):
        title = say(
            f"缺口（共 {len(short):,} 处，按涉及人数）", f"Shortages ({len(short):,}, by people)"
        )
        shown = verdict_sheet(result, short.head(_SHOWN_SHORTAGES)).to_dict("records")
        print_table(
            [
                say("对象", "subject"),
                say("规范", "norm"),
                say("涉及人数", "people"),
                say("算式", "formula"),
            ],
            [
                [row["name"], row["norm_name"], _whole_number(row["people"]), row["formula"]]
                for row in shown
            ],
            title=title,
        )
    aside = sorted(set(names) - set(counted["norm"]))
    if aside:
        print_line(
            say(
                f"{len(aside)} 项只有未核实的条文或统计数字，不作结论，见表格。",
                f"{len(aside)} norms have only draft text or statistics: no verdict, see the "
                "table.",
            )
        )
    if result.silent:
        print_line(
            say(
                f"另有 {len(result.silent)} 项规范在本地当日没有施行，没有结论。",
                f"{len(result.silent)} other norms are not in force here on that day.",
            )
        )
    if other is not None:
        _print_changes(result, other)
    print_line(say("已写出：", "Wrote:"))
    for path in files:
        print_line(f"  {path}")


def _print_changes(result: Assessment, other: Assessment) -> None:
    from geo.assess.compare import changes  # noqa: PLC0415

    found = changes(result, other)
    moved = found[found["verdict_first"] != found["verdict_second"]]
    first = f"{result.rules.area} {result.rules.on}"
    second = f"{other.rules.area} {other.rules.on}"
    print_table(
        [say("对象", "subject"), say("规范", "norm"), first, second, say("缺口变化", "gap")],
        [
            [
                row["name"],
                row["norm"],
                _short(row["verdict_first"]),
                _short(row["verdict_second"]),
                _change(row["gap_first"], row["gap_second"]),
            ]
            for row in moved.head(_SHOWN_SHORTAGES).to_dict("records")
        ],
        title=say(
            f"两套规范比较：{len(moved):,} 条结论不同，{len(found) - len(moved):,} 条只是要求不同",
            f"Two rule sets: {len(moved):,} verdicts differ, {len(found) - len(moved):,} only in "
            "what is required",
        ),
    )


def _change(before: float, after: float) -> str:
    first, second = ("–" if math.isnan(value) else f"{value:,.4g}" for value in (before, after))
    return f"{first} → {second}"


def _whole_number(value: float | None) -> int | None:
    return None if value is None or math.isnan(value) else round(value)


def _short(verdict: str) -> str:
    return {
        "fail": say("不合格", "fail"),
        "not_yet_due": say("未到期", "not due"),
        "unknown": say("未知", "unknown"),
        "pass": say("合格", "pass"),
        "exempt": say("豁免", "exempt"),
        "draft": say("未核实", "draft"),
        "statistic": say("统计", "statistic"),
        "priority": say("优先", "first"),
        "no_norm": say("无规范", "no norm"),
    }[verdict]
