"""``fuwuquan plan``: what to build in which year, within each year's money, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from api.cli import _siting_options as siting
from api.cli._console import Steps, emit_json
from api.cli._options import AsOf, Day, Json, WorkspaceFolder, day
from api.cli._words import Command
from api.cli.coverage import prepare_engine
from api.cli.plan_asked import Asked, by_year, check_amounts, musts, years_of
from api.cli.plan_niches_asked import (
    Buried,
    Deaths,
    Free,
    Niches,
    NichesAsked,
    niches_asked,
)
from api.cli.plan_norms import CheckNorms
from geo.errors import DataError
from geo.text import say

_GOALS = {"sum": "sum", "逐年": "sum", "final": "final", "末年": "final"}


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "排出多年计划：每年建哪几处、花多少钱、覆盖到多少人、离理论上限多远，并写出项目卡。"
        "建成的不再关闭，各年预算分别守住。",
        "Plan several years: what to build in each, what it costs, who is covered, how far from "
        "the proven bound; with project cards. Nothing opened is closed, each year's money is "
        "kept to.",
    )
    app.command("plan", cls=Command, help=about)(plan)


def plan(
    word: siting.FacilityWord = "",
    *,
    facility: siting.FacilityOrWord = "",
    years: Annotated[
        str,
        typer.Option(
            "--years",
            metavar=say("年份", "YEARS"),
            help=say("规划哪几年，如 2026-2030。", "Which years, such as 2026-2030."),
        ),
    ],
    budget: Annotated[
        list[str] | None,
        typer.Option(
            "--budget",
            metavar=say("[年份=]金额", "[YEAR=]YUAN"),
            help=say(
                "各年建设预算，如 2026=300万（可多次）；不带年份的用于其余各年。",
                "For building, such as 2026=3000000 (repeatable); without a year, for the others.",
            ),
            show_default=False,
        ),
    ] = None,
    per_year: Annotated[
        list[str] | None,
        typer.Option(
            "--per-year",
            metavar=say("[年份=]处数", "[YEAR=]N"),
            help=say(
                "每年最多新建几处，如 2 或 2026=1（可多次）。",
                "Most new sites a year, such as 2 or 2026=1 (repeatable).",
            ),
            show_default=False,
        ),
    ] = None,
    must: Annotated[
        list[str] | None,
        typer.Option(
            "--must",
            metavar=say("编号[=年份]", "ID[=YEAR]"),
            help=say(
                "必须建成的候选点，可写最晚年份（可多次）。",
                "A candidate that has to be built, by a year (repeatable).",
            ),
            show_default=False,
        ),
    ] = None,
    never: siting.Never = None,
    carry_over: Annotated[
        bool,
        typer.Option(
            "--carry-over",
            help=say("当年用不完的预算可以结转。", "Money left over may be spent in later years."),
        ),
    ] = False,
    goal: Annotated[
        str,
        typer.Option(
            "--goal",
            metavar="sum|final",
            help=say(
                "sum（逐年）：各年覆盖人数之和最大；final（末年）：先保最后一年最多。",
                "sum: most people over all years; final: the last year first.",
            ),
        ),
    ] = "sum",
    discount: Annotated[
        float,
        typer.Option(
            "--discount",
            metavar=say("比例", "RATE"),
            min=0.0,
            max=0.99,
            help=say(
                "往后每年的人数按多少折减，如 0.03。", "Rate by which later years count less: 0.03."
            ),
        ),
    ] = 0.0,
    ageing: Annotated[
        bool,
        typer.Option(
            "--ageing",
            help=say(
                "逐年推算：每年按推算到那一年的老年人（见 fuwuquan ageing），不再看 --as-of。",
                "Year by year: each year counts the elders projected to it (see fuwuquan ageing), "
                "whatever --as-of says.",
            ),
        ),
    ] = False,
    deaths: Deaths = None,
    buried: Buried = None,
    niches: Niches = None,
    free: Free = None,
    norms: CheckNorms = False,
    minutes: siting.Limit = "",
    weight: Annotated[
        str,
        typer.Option(
            "--weight",
            metavar=say("人群", "WHO"),
            help=say(
                "为谁规划：elders、children、households、population、points。",
                "For whom: elders, children, households, population, points.",
            ),
            show_default=say("按设施类型", "the facility type's"),
        ),
    ] = "",
    speed: siting.Speed = None,
    profile: siting.Walker = "elder",
    on: Day = "",
    as_of: AsOf = None,
    own_only: siting.OwnOnly = False,
    gap: siting.Gap = 0.0,
    seconds: siting.Seconds = 60.0,
    seed: siting.Seed = 0,
    out: Annotated[
        Path | None,
        siting.table_file("工作区 output 里的 规划.xlsx", "plan.xlsx in the output folder"),
    ] = None,
    draw: siting.Draw = True,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Plan the years of one workspace and write the plan."""
    planned = years_of(years)
    budgets = by_year(budget or (), planned, option="--budget")
    counts = by_year(per_year or (), planned, option="--per-year")
    check_amounts(budgets, counts, per_year or [])
    asked = Asked(
        facility=siting.facility_named(word, facility),
        years=planned,
        budgets_yuan=budgets,
        per_year=counts,
        must_by=musts(must or (), planned),
        never=tuple(never or ()),
        carry_over=carry_over,
        goal=_goal(goal),
        discount=discount,
        ageing=ageing,
        weight=weight,
        limit_min=siting.one_limit(minutes),
        gap=gap,
        seconds=seconds,
        seed=seed,
        speed_m_s=speed,
        walker=profile,
        on=day(on),
        as_of=None if ageing else as_of,
        own_only=own_only,
    )
    burying = niches_asked(deaths=deaths, buried=buried, niches=niches, free=free)
    if burying is not None:
        return _niches(workspace, asked, burying, out=out, json=json, norms=norms)
    from api.cli.plan_answer import planned_years  # noqa: PLC0415
    from api.cli.plan_files import written  # noqa: PLC0415
    from api.cli.plan_shown import show, summary  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    opened, steps = Workspace.open(workspace), Steps()
    prepare_engine(steps, draw=False)
    answer = planned_years(opened, asked, steps, norms=norms)
    files = written(opened, answer, steps, out=out, draw=draw)
    if json:
        emit_json(summary(answer) | {"files": [str(f) for f in files], "seconds": steps.seconds})
    else:
        show(answer, files)
    return 0


def _niches(
    workspace: Path, asked: Asked, niches: NichesAsked, *, out: Path | None, json: bool, norms: bool
) -> int:
    """Plan niches year by year and write the plan."""
    from api.cli.plan_niches import planned_niches  # noqa: PLC0415
    from api.cli.plan_niches_shown import show, summary, written  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    opened, steps = Workspace.open(workspace), Steps()
    prepare_engine(steps, draw=False)
    answer = planned_niches(opened, asked, niches, steps, norms=norms)
    files = written(opened, answer, steps, out=out)
    if json:
        emit_json(summary(answer) | {"files": [str(f) for f in files], "seconds": steps.seconds})
    else:
        show(answer, files)
    return 0


def _goal(text: str) -> Literal["sum", "final"]:
    if text not in _GOALS:
        raise DataError(
            say(f"没有名为“{text}”的目标。", f"there is no goal {text!r}."),
            hint=say("可选：sum（逐年）、final（末年）。", "There are sum and final."),
        )
    return cast("Literal['sum', 'final']", _GOALS[text])
