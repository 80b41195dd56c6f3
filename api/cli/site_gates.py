"""What ``fuwuquan site -m gates`` tells its model, and how it shows which gates to open."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from api.cli._console import print_line, print_table, records
from api.cli.site_gates_asked import GatesAsked
from geo.coverage.tables import in_words
from geo.errors import NotFoundError
from geo.store import Workspace
from geo.text import listed, say, yuan
from optimization.gate_options import Gates, gate_options, walls_of
from optimization.gates import GateSiting, with_gates
from optimization.problem import Problem
from optimization.report_gates import gate_table
from optimization.siting import Siting
from optimization.workspace import SitingInputs

_SHOWN = 15
"""Gates on the screen; all are in the workbook."""


def gates_of(workspace: Workspace, asked: GatesAsked, read: SitingInputs) -> Gates:
    """Return the gates that could be opened.

    Raises
    ------
    NotFoundError
        A compound named is none, or there is nothing to open.
    """
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
    assert isinstance(plan, GateSiting)
    return with_gates(problem, gates, plan.gates)


def table_of(
    problem: Problem, gates: Gates, plan: Siting, *, weight: str, limit_min: float, crs: str
) -> gpd.GeoDataFrame:
    """Return what every gate does."""
    assert isinstance(plan, GateSiting)
    return gate_table(problem, gates, plan, weight=weight, limit_min=limit_min, crs=crs)


def show(table: pd.DataFrame) -> None:
    """Print what the plan opens, then the gates that would do most alone."""
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
