"""What ``fuwuquan plan`` reads of a workspace, and what it allows each year."""

from __future__ import annotations

from api.cli._console import Steps
from api.cli._siting_read import look_for, read_asked
from api.cli.plan_asked import Asked
from geo.schema import facility_type
from geo.store import Workspace
from optimization.phasing import Schedule, schedule
from optimization.problem import Problem
from optimization.workspace import SitingInputs, candidates_table


def read_plan(workspace: Workspace, asked: Asked, steps: Steps) -> SitingInputs:
    """Return the problem of a plan; candidates are looked for where the workspace has none."""
    candidates = None
    with steps("读取候选点", "read candidates") as advance:
        if candidates_table(facility_type(asked.facility)) not in workspace.results():
            candidates = look_for(workspace, asked, progress=advance).accepted
    with steps("读取图层和路网，计算步行时间", "read") as advance:
        return read_asked(
            workspace,
            asked,
            candidates=candidates,
            must=tuple(asked.must_by),
            need_cost=asked.budgets_yuan is not None,
            progress=advance,
        )


def allowed_by(problem: Problem, asked: Asked) -> Schedule:
    """Return what each year allows: money, sites, and what has to stand by then."""
    return schedule(
        problem,
        asked.years,
        budgets_yuan=asked.budgets_yuan,
        per_year=None if asked.per_year is None else [int(n) for n in asked.per_year],
        must_by=asked.must_by,
        carry_over=asked.carry_over,
    )


def places_of(read: SitingInputs) -> dict[str, str]:
    """Return the address of every candidate, or the township it stands in."""
    names = read.inputs.areas.names.get("township", {})
    frame = read.candidates
    places = {}
    for row in frame.drop(columns="geometry").to_dict("records"):
        known = [row.get("address"), names.get(str(row.get("township_code"))), row.get("community")]
        texts = [str(text) for text in known if isinstance(text, str) and text]
        places[str(row["id"])] = texts[0] if texts else ""
    return places


def without_cost(read: SitingInputs) -> set[str]:
    """Return the candidates whose cost nobody knows; the problem counts it as 0."""
    cost = read.candidates["build_cost_yuan"]
    return set(read.candidates["id"][cost.isna()].astype(str))
