"""A siting plan as plain values, for programs that read ``fuwuquan site --json``."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd

from api.cli._console import records
from api.cli.site_answer import Answer
from optimization.explain import why_not_here
from optimization.report import (
    alternative_table,
    pareto_table,
    plan_table,
    site_table,
    speed_table,
)


def summary(answer: Answer) -> dict[str, object]:
    """Return the answer as plain values."""
    report, asked = answer.report, answer.asked
    plan, sites = report.plan, site_table(report)
    total = report.total
    why = [
        {
            "id": str(report.problem.sites.id[one.site]),
            "reason": one.reason,
            "reached": _finite(one.reached),
            "added": _finite(one.added),
            "loss": _finite(one.loss),
            "loss_at_least": _finite(one.loss_at_least),
            "explanation": answer.impossible.get(str(report.problem.sites.id[one.site]))
            or why_not_here(
                report.problem,
                one,
                weight=report.weight,
                limit_min=report.limit_min,
                rules=report.rules,
            ),
        }
        for one in answer.why_not
    ]
    found = report.alternatives
    return {
        "facility": answer.read.question.kind.name,
        "model": asked.model.name,
        "weight": report.weight,
        "denominator": answer.denominator,
        "limit_min": report.limit_min,
        "total": _finite(total),
        "covered_before": _finite(report.covered_before),
        "covered_after": _finite(report.covered_after),
        "plan": {
            "objective": plan.objective,
            "bound": _finite(plan.bound),
            "gap": _finite(plan.gap),
            "status": plan.status,
            "unit": plan.unit,
            "sense": plan.sense,
            "seconds": round(plan.seconds, 3),
            "seed": plan.seed,
            "cost_yuan": _finite(float(report.cost_yuan[report.new].sum())),
            "stopped_by_time": bool(plan.measures.get("stopped_by_time", 0)),
            "measures": {name: _finite(value) for name, value in plan.measures.items()},
        },
        "sites": records(
            pd.DataFrame(sites[sites["role"].isin(["new", "closed"])].drop(columns="geometry"))
        ),
        "why_not": why,
        "alternatives": None
        if found is None
        else {
            "within_share": found.within_share,
            "solved": found.solved,
            "plans": records(plan_table(report)),
            "sites": records(alternative_table(report)),
        },
        "speeds": records(speed_table(report)),
        "pareto": records(pareto_table(report)),
        **{name: _plain(answer, name) for name in ("changes", "heirs", "gates")},
        "candidates_found_now": answer.found_candidates,
        "provenance": dict(report.problem.provenance),
        "faults": records(answer.read.faults.frame()[["layer", "severity", "code", "message"]]),
    }


def _plain(answer: Answer, name: str) -> list[dict[Hashable, Any]]:
    """Return the rows of a sheet that only some models have; none for the others."""
    frame = answer.rows.get(f"siting_{name}")
    if frame is None:
        return []

    return records(pd.DataFrame(frame.drop(columns="geometry", errors="ignore")))


def _finite(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None
