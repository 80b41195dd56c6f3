"""``fuwuquan site``: where to build next, how good that is known to be, and why not here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli import _siting_options as siting
from api.cli._by_id import ids_of
from api.cli._console import Steps, emit_json
from api.cli._edits import DatumOfPlaces
from api.cli._options import Area, AsOf, Day, Json, WorkspaceFolder, day
from api.cli._words import Command
from api.cli.coverage import prepare_engine
from api.cli.site_asked import Asked, factors, money
from api.cli.site_changes_asked import (
    CloseYuan,
    Expandable,
    M2PerPlace,
    MeetNorm,
    MoveYuan,
    Rent,
    RentYears,
    YuanPerM2,
    changes_asked,
)
from api.cli.site_gates_asked import GateOf, GateYuan, MostGates, NewGateYuan, gates_asked
from geo.text import say

_Ids = list[str] | None
_ID = say("编号", "ID")


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "算出下一处建在哪里：选定点、新增覆盖多少人、离理论上限多远，为什么是这里、为什么不是那里。",
        "Find where to build next: sites, people gained, how far from the proven bound, why here "
        "and why not there.",
    )
    app.command("site", cls=Command, help=about)(site)


def site(
    word: siting.FacilityWord = "",
    *,
    facility: siting.FacilityOrWord = "",
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            metavar=say("模型", "MODEL"),
            help=say(
                "要回答的问题：最大覆盖、全覆盖最少点、双重覆盖、渐减覆盖、最短总路程、最短最远路、"
                "容量、规范达标、均衡、分散、调整、开门，中英文名都可以，见手册。",
                "The question: max-cover, set-cover, backup, partial, median, center, capacity, "
                "norm, equity, disperse, changes or gates; see the manual.",
            ),
        ),
    ] = "max-cover",
    sites: Annotated[
        int | None,
        typer.Option(
            "--sites",
            "-p",
            metavar=say("个数", "N"),
            min=1,
            help=say("新建几处。", "How many new sites."),
            show_default=False,
        ),
    ] = None,
    budget: Annotated[
        str,
        typer.Option(
            "--budget",
            metavar=say("金额", "YUAN"),
            help=say("建设费用合计不超过多少，如 300万。", "What the new sites may cost together."),
            show_default=False,
        ),
    ] = "",
    minutes: siting.Limit = "",
    weight: Annotated[
        _Ids,
        typer.Option(
            "--weight",
            metavar=say("人群[=系数]", "WHO[=FACTOR]"),
            help=say(
                "为谁选址：elders、children、households、population、points；"
                "可多次并给系数，如 elders=1、children=0.5。",
                "For whom: elders, children, households, population, points; repeatable with "
                "factors, such as elders=1 and children=0.5.",
            ),
            show_default=say("按设施类型", "the facility type's"),
        ),
    ] = None,
    must: Annotated[
        _Ids,
        typer.Option(
            "--must",
            metavar=_ID,
            help=say("必选的候选点（可多次）。", "A candidate to be chosen (repeatable)."),
            show_default=False,
        ),
    ] = None,
    never: siting.Never = None,
    closable: Annotated[
        _Ids,
        typer.Option(
            "--closable",
            metavar=_ID,
            help=say(
                "可以关闭的现有设施（可多次；all 为全部）。",
                "A facility that may close (repeatable; all for every one).",
            ),
            show_default=False,
        ),
    ] = None,
    why_not: Annotated[
        _Ids,
        typer.Option(
            "--why-not",
            metavar=say("编号或经度,纬度", "ID|LON,LAT"),
            help=say(
                "为什么不建在这里：指定必选后重新求解，给出损失（可多次）。",
                "Why not here: demand the place, solve again, show the loss (repeatable).",
            ),
            show_default=False,
        ),
    ] = None,
    datum: DatumOfPlaces = "cgcs2000",
    alternatives: Annotated[
        bool,
        typer.Option(
            "--alternatives",
            help=say(
                "查找差距在 1 % 以内的其他方案，看哪些点不可缺。",
                "Look for other plans within 1 %, and for sites that none can do without.",
            ),
        ),
    ] = False,
    stability: Annotated[
        bool,
        typer.Option(
            "--stability",
            help=say(
                "步速 0.8～1.2 米/秒各算一遍，看方案稳不稳。",
                "Solve for walkers of 0.8–1.2 m/s as well.",
            ),
        ),
    ] = False,
    pareto: Annotated[
        bool,
        typer.Option(
            "--pareto",
            help=say(
                "从少到多列出花费、覆盖人数、最差乡镇街道之间的取舍。",
                "List the trade-offs between cost, people covered and the worst township.",
            ),
        ),
    ] = False,
    share: Annotated[
        float,
        typer.Option(
            "--share",
            metavar=say("比例", "SHARE"),
            min=0.0,
            max=1.0,
            help=say(
                "全覆盖最少点：覆盖到多大比例就够，如 0.9。",
                "set-cover: share of the people that is enough, such as 0.9.",
            ),
            show_default=say("全部", "all"),
        ),
    ] = 0.0,
    leave_out: Annotated[
        bool,
        typer.Option(
            "--leave-out",
            help=say(
                "全覆盖最少点：哪个候选点都走不到的不计，另行列出。",
                "set-cover: leave out whom no candidate reaches, and say who.",
            ),
        ),
    ] = False,
    cheapest: Annotated[
        bool,
        typer.Option(
            "--cheapest",
            help=say(
                "全覆盖最少点：费用最少，而不是个数最少。",
                "set-cover: least cost instead of fewest sites.",
            ),
        ),
    ] = False,
    expandable: Expandable = None,
    yuan_per_m2: YuanPerM2 = "",
    m2_per_place: M2PerPlace = None,
    move_yuan: MoveYuan = "",
    close_yuan: CloseYuan = "",
    rent: Rent = None,
    rent_years: RentYears = None,
    meet_norm: MeetNorm = False,
    gates: MostGates = None,
    gate_yuan: GateYuan = "",
    new_gate_yuan: NewGateYuan = "",
    gate_of: GateOf = None,
    gap: siting.Gap = 0.0,
    seconds: siting.Seconds = 60.0,
    seed: siting.Seed = 0,
    speed: siting.Speed = None,
    profile: siting.Walker = "elder",
    on: Day = "",
    as_of: AsOf = None,
    own_only: siting.OwnOnly = False,
    area: Area = "",
    out: Annotated[
        Path | None,
        siting.table_file("工作区 output 里的 选址.xlsx", "siting.xlsx in the output folder"),
    ] = None,
    draw: siting.Draw = True,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Ask one model of one workspace, explain its plan and write it."""
    from api.cli.site_answer import solved  # noqa: PLC0415
    from api.cli.site_files import written  # noqa: PLC0415
    from api.cli.site_models import model_named  # noqa: PLC0415
    from api.cli.site_shown import show  # noqa: PLC0415
    from api.cli.site_summary import summary  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    opened, steps = Workspace.open(workspace), Steps()
    asked = Asked(
        facility=siting.facility_named(word, facility),
        model=model_named(model),
        sites=sites,
        budget_yuan=money(budget),
        limit_min=siting.one_limit(minutes),
        factors=factors(weight or ()),
        must=tuple(must or ()),
        never=tuple(never or ()),
        closable=ids_of(closable or ()),
        why_not=tuple(why_not or ()),
        datum=datum,
        alternatives=alternatives,
        stability=stability,
        pareto=pareto,
        gap=gap,
        seconds=seconds,
        seed=seed,
        speed_m_s=speed,
        walker=profile,
        on=day(on),
        as_of=as_of,
        own_only=own_only,
        area=area,
        extras={"share": share, "leave_out": leave_out, "cheapest": cheapest},
        changes=changes_asked(
            expandable=expandable,
            yuan_per_m2=yuan_per_m2,
            m2_per_place=m2_per_place,
            move_yuan=move_yuan,
            close_yuan=close_yuan,
            rent=rent,
            rent_years=rent_years,
            meet_norm=meet_norm,
        ),
        gates=gates_asked(most=gates, yuan=gate_yuan, new_yuan=new_gate_yuan, only=gate_of),
    )
    asked.check()
    prepare_engine(steps, draw=False)
    answer = solved(opened, asked, steps)
    files = written(opened, answer, steps, out=out, draw=draw)
    if json:
        emit_json(summary(answer) | {"files": [str(f) for f in files], "seconds": steps.seconds})
    else:
        show(answer, files)
    return 0
