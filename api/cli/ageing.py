"""``fuwuquan ageing``: how many elders each community will have in a year to come."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import Steps, emit_json, print_line, print_table, records
from api.cli._options import Day, Json, WorkspaceFolder, day
from api.cli._words import Command
from geo.text import say

if TYPE_CHECKING:
    import pandas as pd

    from geo.ageing import Projection


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "按两次分年龄人口把各村居的老年人推算到目标年份，带区间；"
        "之后 coverage、assess、site、plan 都可加 --as-of 年份。",
        "Project the elders of every community to a year from two age tables, with an interval; "
        "then coverage, assess, site and plan take --as-of YEAR.",
    )
    app.command("ageing", cls=Command, help=about)(ageing)


def ageing(
    year: Annotated[
        int,
        typer.Argument(
            metavar=say("年份", "YEAR"),
            help=say("目标年份，如 2030。", "Target year, such as 2030."),
        ),
    ],
    *,
    total: Annotated[
        int | None,
        typer.Option(
            "--total",
            metavar=say("人数", "PERSONS"),
            help=say(
                "全区该年老年人总数（如统计部门的预测）；记入工作区，--as-of 同用；0 表示忘记它。",
                "Elders of all in that year, such as the statistics office projects; kept for "
                "--as-of; 0 forgets it.",
            ),
            show_default=say("按全区比率推算", "by the county's ratios"),
        ),
    ] = None,
    on: Day = "",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar=say("文件", "FILE"),
            help=say("写到哪个 .xlsx 或 .csv。", "The .xlsx or .csv to write."),
            show_default=say("工作区 output/ageing", "output/ageing of the workspace"),
        ),
    ] = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Project and keep the elders of a year."""
    from geo.ageing import read_projection  # noqa: PLC0415
    from geo.ageing.places import TOTALS  # noqa: PLC0415
    from geo.ageing.table import ageing_table, notes  # noqa: PLC0415
    from geo.schema.results import headings  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415
    from geo.store.tables import write_table  # noqa: PLC0415

    opened, steps, today = Workspace.open(workspace), Steps(), day(on)
    kept = dict(opened.settings.get(TOTALS) or {})
    if total == 0:
        kept.pop(str(year), None)
        opened.settings[TOTALS] = kept
        total = None
    with steps("推算老年人数", "project"):
        projection, faults = read_projection(opened, year=year, on=today, total=total)
        table = ageing_table(opened, projection, on=today)
    if total is not None:
        opened.settings[TOTALS] = kept | {str(year): total}
    path = out or opened.output / "ageing" / say(f"老年人推算{year}.xlsx", f"elders_{year}.xlsx")
    sentences = [
        *notes(projection),
        *(
            fault.message + (say("", "; ") if fault.advice else "") + fault.advice
            for fault in faults
        ),
    ]
    with steps("写出表格和图层", "write"):
        sheet = say("村居", "communities")
        plain = table.drop(columns="geometry")
        files = write_table(
            path, {sheet: plain}, headings={sheet: headings("ageing")}, notes=sentences
        )
        opened.write_result(
            f"ageing_{year}",
            table,
            on=today,
            title=say(f"{year} 年老年人", f"elders of {year}"),
            titles=headings("ageing"),
        )
    if json:
        emit_json(
            summary(projection, table)
            | {
                "notes": sentences,
                "files": [str(file) for file in files],
                "seconds": steps.seconds,
            }
        )
        return
    _print(projection, table, _names(opened), sentences)
    print_line(say("已写出：", "Wrote:"))
    for file in files:
        print_line(f"  {file}")


def summary(projection: Projection, table: pd.DataFrame) -> dict[str, object]:
    """Return a projection as plain values."""
    return {
        "year": projection.year,
        "base_year": projection.base_year,
        "period": list(projection.period),
        "base": int(projection.base.sum()),
        "total": projection.total,
        "given": projection.given,
        "total_low": projection.total_low,
        "total_high": projection.total_high,
        "communities": records(table.drop(columns="geometry")),
    }


def _names(workspace: object) -> dict[str, str]:
    from geo.store import Workspace  # noqa: PLC0415

    assert isinstance(workspace, Workspace)
    if not workspace.has("township"):
        return {}
    frame = workspace.read("township")
    return dict(zip(frame["code"].astype(str), frame["name"].astype(str), strict=True))


def _print(
    projection: Projection, table: pd.DataFrame, names: dict[str, str], sentences: list[str]
) -> None:
    sums = table.groupby("township_code", dropna=False)[["base", "elders"]].sum()
    rows: list[tuple[str, int, int]] = [
        (names.get(str(code), str(code)), int(row["base"]), int(row["elders"]))
        for code, row in sums.iterrows()
    ]
    rows.append((say("合计", "all"), int(projection.base.sum()), projection.total))
    print_table(
        [
            say("乡镇街道", "township"),
            say(f"{projection.base_year} 年", f"{projection.base_year}"),
            say(f"{projection.year} 年", f"{projection.year}"),
            say("增减 %", "change %"),
        ],
        [[n, a, b, round(100 * (b / a - 1), 1) if a else None] for n, a, b in rows],
    )
    for sentence in sentences:
        print_line(sentence)
