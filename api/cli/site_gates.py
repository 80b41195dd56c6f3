"""What ``fuwuquan site -m gates`` takes, and how it shows which gates are worth opening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._console import print_line, print_table, records
from api.cli.site_changes import refuse_options, yuan_of
from geo.errors import DataError, NotFoundError
from geo.text import listed, say, yuan

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.store import Workspace
    from optimization.gate_options import Gates
    from optimization.problem import Problem
    from optimization.siting import Siting
    from optimization.workspace import SitingInputs

GATES = "gates"
"""Name of the model."""

_SHOWN = 15
"""Gates on the screen; all are in the workbook."""

MostGates = Annotated[
    int | None,
    typer.Option(
        "--gates",
        metavar=say("个数", "N"),
        min=0,
        help=say("开门：最多打开几道门。", "gates: most gates to open."),
        show_default=say("不限", "any number"),
    ),
]
GateYuan = Annotated[
    str,
    typer.Option(
        "--gate-yuan",
        metavar=say("金额", "YUAN"),
        help=say("开门：打开一道关着的门多少元，如 5万。", "gates: of opening a closed gate."),
        show_default="0",
    ),
]
NewGateYuan = Annotated[
    str,
    typer.Option(
        "--new-gate-yuan",
        metavar=say("金额", "YUAN"),
        help=say(
            "开门：在小区围墙上新开一道门多少元；不给就不考虑新开。",
            "gates: of a new gate in a compound's wall; none is considered without it.",
        ),
        show_default=False,
    ),
]
GateOf = Annotated[
    list[str] | None,
    typer.Option(
        "--gate-of",
        metavar=say("小区编号", "ID"),
        help=say("开门：只看这些小区的门（可多次）。", "gates: of these compounds only."),
        show_default=say("全部小区", "every compound"),
    ),
]


@dataclass(frozen=True, slots=True)
class GatesAsked:
    """Which gates may be opened, and at what cost."""

    most: int | None = None
    yuan: float | None = None
    new_yuan: float | None = None
    only: tuple[str, ...] = ()

    def check(self, model: str, label: str, *, budget_yuan: float | None) -> None:
        """Refuse what only the model of gates takes, and a budget without a price.

        Raises
        ------
        DataError
            Options do not go together.
        """
        given = {
            "--gates": self.most is not None,
            "--gate-yuan": self.yuan is not None,
            "--new-gate-yuan": self.new_yuan is not None,
            "--gate-of": self.only,
        }
        refuse_options(model == GATES, label, given, of=say("开门", GATES))
        if model == GATES and budget_yuan is not None and self.yuan is None:
            raise DataError(
                say("有预算时要知道开一道门多少元。", "with a budget a gate needs a price."),
                hint=say("请加 --gate-yuan 5万。", "Add --gate-yuan 50000."),
            )


def gates_asked(
    *, most: int | None, yuan: str, new_yuan: str, only: list[str] | None
) -> GatesAsked:
    """Return what the options say.

    Raises
    ------
    DataError
        A price is no amount of money.
    """
    return GatesAsked(
        most=most,
        yuan=yuan_of(yuan, "--gate-yuan"),
        new_yuan=yuan_of(new_yuan, "--new-gate-yuan"),
        only=tuple(only or ()),
    )


def gates_of(workspace: Workspace, asked: GatesAsked, read: SitingInputs) -> Gates:
    """Return the gates that could be opened.

    Raises
    ------
    NotFoundError
        A compound named is none, or there is nothing to open.
    """
    import numpy as np  # noqa: PLC0415

    from optimization.gate_options import gate_options, walls_of  # noqa: PLC0415

    known = read.problem.demand_id
    missing = sorted(set(asked.only) - set(known.tolist()))
    if missing:
        raise NotFoundError(
            say(f"没有编号为 {listed(missing)} 的小区。", f"no compound {listed(missing)}."),
            hint=say(f"编号如：{listed(known[:5])}。", f"Ids are such as {listed(known[:5])}."),
        )
    walls = None
    if asked.new_yuan is not None and workspace.has("compound"):
        walls = walls_of(workspace.read("compound", str(read.inputs.network.crs)))
    gates = gate_options(
        read,
        cost_yuan=asked.yuan or 0.0,
        new_cost_yuan=asked.new_yuan,
        walls=walls,
        only=asked.only,
    )
    if not np.isin(gates.kind, ["closed", "new"]).any():
        raise NotFoundError(
            say("没有可以打开的门。", "there is no gate to open."),
            hint=say(
                "请在“出入口”层补上关着的门；要看围墙上新开的门，请加 --new-gate-yuan "
                "并导入小区轮廓。",
                "Add closed gates to the layer gate; for new ones give --new-gate-yuan and the "
                "outlines of compounds.",
            ),
        )
    return gates


def told(asked: GatesAsked, gates: Gates, *, only_gates: bool) -> dict[str, Any]:
    """Return what to tell the model of gates.

    Parameters
    ----------
    asked
        The question.
    gates
        What could be opened.
    only_gates
        Whether no new site may be built.
    """
    return {"gates": gates, "most_gates": asked.most} | ({"p": 0} if only_gates else {})


def opened(problem: Problem, gates: Gates, plan: Siting) -> Problem:
    """Return the problem with the walks through the gates that a plan opens."""
    from optimization.gates import GateSiting, with_gates  # noqa: PLC0415

    assert isinstance(plan, GateSiting)
    return with_gates(problem, gates, plan.gates)


def table_of(
    problem: Problem, gates: Gates, plan: Siting, *, weight: str, limit_min: float, crs: str
) -> gpd.GeoDataFrame:
    """Return what every gate does."""
    from optimization.gates import GateSiting  # noqa: PLC0415
    from optimization.report_gates import gate_table  # noqa: PLC0415

    assert isinstance(plan, GateSiting)
    return gate_table(problem, gates, plan, weight=weight, limit_min=limit_min, crs=crs)


def show(table: pd.DataFrame) -> None:
    """Print what the plan opens, then the gates that would do most alone."""
    from geo.coverage.tables import in_words  # noqa: PLC0415

    plain = table.drop(columns="geometry")
    worth = plain[
        plain["chosen"] | (plain["alone_covered"] != 0) | (plain["alone_saved_min"] > 0)
    ].head(_SHOWN)
    chosen = plain[plain["chosen"]]
    cost = float(chosen["cost_yuan"].sum())
    print_line(
        say(
            f"打开 {len(chosen)} 道门，费用 {yuan(cost)}；共看了 {len(plain):,} 道。",
            f"{len(chosen)} gates to open for {yuan(cost)}; {len(plain):,} were looked at.",
        )
    )
    words = records(in_words(worth, "siting_gates"))
    print_table(
        [
            *(say("编号", "id"), say("需求点", "demand point"), say("种类", "kind")),
            *(say("打开", "open"), say("人数", "people"), say("现在分钟", "min today")),
            *(say("只开它", "with it"), say("新增覆盖", "covered")),
            *(say("建点后再增", "beside sites"), say("费用", "cost")),
        ],
        [
            [
                *(row["id"], row["demand_name"], word["kind"]),
                *(row["chosen"], row["people"], row["before_min"]),
                *(row["alone_min"], row["alone_covered"]),
                *(row["plan_covered"], yuan(row["cost_yuan"])),
            ]
            for row, word in zip(records(worth), words, strict=True)
        ],
    )
    assumed = plain[(plain["kind"] == "assumed") & (plain["alone_covered"] < 0)]
    if len(assumed):
        lost = -int(assumed["alone_covered"].sum())
        print_line(
            say(
                f"！ 有 {len(assumed)} 道门只是推定开着：若不存在，会有 {lost:,} 人失去覆盖，"
                "请实地核对。",
                f"! {len(assumed)} gates are only assumed: {lost:,} people depend on them; go and "
                "look.",
            )
        )
