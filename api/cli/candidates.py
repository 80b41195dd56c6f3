"""``fuwuquan candidates``: where a facility may stand, and why not elsewhere."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import Steps, emit_json, print_line, print_table, records
from api.cli._options import Area, Day, Json, OwnNorms, WorkspaceFolder, day
from api.cli._siting_options import (
    FacilityOrWord,
    FacilityWord,
    Limit,
    Speed,
    Walker,
    facility_named,
    one_limit,
    table_file,
)
from api.cli._words import Command
from api.cli.coverage import prepare_engine
from geo.errors import DataError
from geo.text import listed, say

if TYPE_CHECKING:
    from datetime import date

    from geo.store import Workspace
    from optimization.candidates import Candidates, Criteria

_NO_ZONES = ("none", "无")


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "找出哪里可以设点：闲置用房、空地、停用设施、可共用的社区用房、街路点；"
        "不合条件的逐个说明原因。结果留在工作区，供选址使用。",
        "Find where a facility may stand: premises, land, rooms out of use, venues to share, "
        "street points; say of every other place why not. Kept in the workspace for siting.",
    )
    app.command("candidates", cls=Command, help=about)(candidates)


def candidates(
    word: FacilityWord = "",
    *,
    facility: FacilityOrWord = "",
    sources: Annotated[
        str,
        typer.Option(
            "--sources",
            metavar="premises,land,room,venue,street",
            help=say(
                "从哪里找：现成用房、空地、未在用的设施用房、可共用的社区用房、街路点。",
                "Where to look; room = of facilities not in service, venue = to share.",
            ),
            show_default=say("全部", "all"),
        ),
    ] = "",
    spacing: Annotated[
        float,
        typer.Option(
            "--spacing",
            metavar=say("米", "M"),
            help=say("街路点的间距。", "Distance between street points."),
        ),
    ] = 300.0,
    min_area: Annotated[
        float | None,
        typer.Option(
            "--min-area",
            metavar="M2",
            help=say("最小建筑面积（平方米）；0 表示不限。", "Least floor area in m²; 0 for any."),
            show_default=say("按施行中的规范", "the norms in force"),
        ),
    ] = None,
    zones: Annotated[
        str,
        typer.Option(
            "--zones",
            metavar=say("类别=米,…", "KIND=M,…"),
            help=say(
                "避开哪些管控区域、多远，如 farmland,rail=50；none 只避规范要求的。",
                "Zones to avoid and how far, such as farmland,rail=50; none for none beyond norms.",
            ),
            show_default=say(
                "新建的避开农田、保护区、水源、湿地、文物",
                "new ones avoid farmland, reserves, water sources, wetland, heritage",
            ),
        ),
    ] = "",
    max_slope: Annotated[
        float | None,
        typer.Option(
            "--max-slope",
            metavar="%",
            help=say("地面坡度上限（百分比）。", "Greatest slope of the ground, percent."),
            show_default=say("不限", "any"),
        ),
    ] = None,
    apart: Annotated[
        float,
        typer.Option(
            "--apart",
            metavar=say("分钟", "MIN"),
            help=say(
                "离现有同类设施至少步行多少分钟。", "Least walk to an open facility of the type."
            ),
        ),
    ] = 0.0,
    any_floor: Annotated[
        bool,
        typer.Option(
            "--any-floor",
            help=say(
                "没有电梯的楼上和地下也可以。", "Accept upper floors without a lift and basements."
            ),
        ),
    ] = False,
    plot_ratio: Annotated[
        float | None,
        typer.Option(
            "--plot-ratio",
            metavar=say("倍", "RATIO"),
            help=say("空地没有填容积率时按多少算。", "Plot ratio of land whose row does not say."),
            show_default=say("按未知", "unknown"),
        ),
    ] = None,
    yuan_per_m2: Annotated[
        float | None,
        typer.Option(
            "--yuan-per-m2",
            metavar=say("元", "YUAN"),
            help=say(
                "没有填建设费用时，按每平方米多少元估算。",
                "Price of a square metre, to estimate a build cost that is not given.",
            ),
            show_default=say("不估算", "no estimate"),
        ),
    ] = None,
    minutes: Limit = "",
    speed: Speed = None,
    profile: Walker = "elder",
    area: Area = "",
    own: OwnNorms = None,
    on: Day = "",
    out: Annotated[
        Path | None,
        table_file("工作区 output/candidates_类型", "output/candidates_TYPE of the workspace"),
    ] = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Find and keep the candidates."""
    from geo.store import Workspace  # noqa: PLC0415

    kind = facility_named(word, facility)
    opened = Workspace.open(workspace)
    steps = Steps()
    prepare_engine(steps, draw=False)
    from optimization.candidates import SOURCES, Criteria  # noqa: PLC0415

    criteria = Criteria(
        sources=tuple(_parts(sources)) or SOURCES,  # type: ignore[arg-type]
        spacing_m=spacing,
        min_area_m2=min_area,
        zones=zone_distances(zones),
        max_slope_percent=max_slope,
        apart_min=apart,
        any_floor=any_floor,
        plot_ratio=plot_ratio,
        yuan_per_m2=yuan_per_m2,
    )
    found, files = found_candidates(
        opened,
        kind,
        criteria,
        steps,
        on=day(on),
        limit_min=one_limit(minutes),
        walker=profile,
        speed_m_s=speed,
        norms=own,
        area=area,
        out=out,
    )
    if json:
        emit_json(summary(found) | {"files": [str(f) for f in files], "seconds": steps.seconds})
    else:
        _print(found, files)
    found.require()


def found_candidates(
    workspace: Workspace,
    facility: str,
    criteria: Criteria,
    steps: Steps,
    *,
    on: date,
    limit_min: float | None = None,
    walker: str = "elder",
    speed_m_s: float | None = None,
    norms: Path | None = None,
    area: str = "",
    out: Path | None = None,
) -> tuple[Candidates, list[Path]]:
    """Find the candidates, keep them in the workspace and write their workbook."""
    from geo.norms import load  # noqa: PLC0415
    from optimization.candidates import find_candidates, keep, write_workbook  # noqa: PLC0415

    with steps("收集并筛选候选点", "find") as advance:
        found = find_candidates(
            workspace,
            facility,
            on=on,
            criteria=criteria,
            limit_min=limit_min,
            walker=walker,
            speed_m_s=speed_m_s,
            norms=load(norms),
            area=area,
            progress=advance,
        )
    folder = workspace.output / f"candidates_{found.question.kind.name}"
    with steps("写出表格和图层", "write"):
        keep(workspace, found)
        files = write_workbook(found, out or folder / say("候选点.xlsx", "candidates.xlsx"))
    return found, files


def zone_distances(text: str) -> dict[str, float] | None:
    """Return the zones a user wrote as ``farmland,rail=50``, in either language; None for none.

    Raises
    ------
    DataError
        A distance is not a number, or no such kind of zone exists.
    """
    if not text.strip():
        return None
    if text.strip().lower() in _NO_ZONES:
        return {}
    from geo.schema import layer  # noqa: PLC0415

    choices = layer("zone")["kind"].choices
    named = {word: c.value for c in choices for word in (c.value, *c.labels)}
    found = {}
    for part in _parts(text):
        word, _, distance = unicodedata.normalize("NFKC", part).partition("=")
        try:
            found[named[word.strip()]] = float(distance or 0)
        except KeyError:
            raise DataError(
                say(f"没有区域类别“{word}”。", f"there is no kind of zone {word!r}."),
                hint=say("可用：", "There are: ") + listed((c.value for c in choices), None),
            ) from None
        except ValueError:
            raise DataError(
                say(f"“{part}”的距离不是数字。", f"the distance in {part!r} is no number."),
                hint=say("请写成 rail=50 这样（米）。", "Write it as rail=50, in metres."),
            ) from None
    return found


def summary(found: Candidates) -> dict[str, object]:
    """Return what was found as plain values: by source, by rule, what was asked, faults."""
    return {
        "facility": found.question.kind.name,
        "accepted": len(found.accepted),
        "rejected": len(found.rejected),
        "by_source": records(found.by_source()),
        "by_rule": found.by_rule(),
        "weight": found.weight,
        "candidates": records(found.accepted.drop(columns="geometry")),
        "rejections": records(found.rejected[["id", "name", "source", "rule", "rules", "reason"]]),
        "provenance": dict(found.provenance),
        "faults": records(found.faults.frame()[["layer", "severity", "code", "message"]]),
    }


def _print(found: Candidates, files: list[Path]) -> None:
    from optimization.candidates import notes, summary_table  # noqa: PLC0415

    first, *others = notes(found)
    print_line(first)
    table = summary_table(found)
    print_table(list(table.columns), [list(row.values()) for row in records(table)])
    print_line(
        say(
            f"可选 {len(found.accepted):,} 处，剔除 {len(found.rejected):,} 处"
            "（一处可有几个原因），原因逐个列在表中。",
            f"{len(found.accepted):,} accepted, {len(found.rejected):,} rejected (one may break "
            "several rules); the table gives every reason.",
        )
    )
    for sentence in others:
        print_line(sentence)
    print_line(say("已写出：", "Wrote:"))
    for path in files:
        print_line(f"  {path}")


def _parts(text: str) -> list[str]:
    return [p.strip() for p in text.replace("，", ",").replace("、", ",").split(",") if p.strip()]
