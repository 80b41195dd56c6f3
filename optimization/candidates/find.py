"""Where a facility may stand: every place on offer, judged, with reasons for those left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.assess.jurisdiction import NORMS_AREA, Jurisdiction, jurisdiction
from geo.coverage import Inputs, Question, answer, ask, read_inputs
from geo.coverage.run import stations_of
from geo.demand import Source as DemandSource
from geo.errors import InfeasibleError
from geo.faults import FaultTable
from geo.norms import Norms, in_force, load
from geo.norms.force import plain_area
from geo.schema.results import headings, result_columns
from geo.store import Workspace
from geo.text import say
from optimization.candidates.criteria import Asking, Criteria, asking
from optimization.candidates.offers import require_any
from optimization.candidates.remarks import provenance, report_norms, report_unchecked
from optimization.candidates.rules import RULES, Judged, judge
from optimization.candidates.search import Search, facts, offered


@dataclass(frozen=True, slots=True)
class Candidates:
    """Places that may be chosen, and those that may not with the reasons."""

    question: Question
    accepted: gpd.GeoDataFrame
    """``candidates`` of `geo.schema.results`, in the order of sources and ids."""
    rejected: gpd.GeoDataFrame
    """``candidates_rejected``; accepted and rejected together are all places on offer."""
    asking: Asking
    faults: FaultTable
    weight: str
    """Whom ``reached`` counts."""
    provenance: Mapping[str, Any]

    def by_rule(self) -> dict[str, int]:
        """Return how many places each rule rejects; a place that breaks two counts in both."""
        broken = self.rejected["rules"].astype(str).str.split(";")
        counts = broken.explode().value_counts()
        return {rule: int(counts[rule]) for rule in RULES if rule in counts}

    def by_source(self) -> pd.DataFrame:
        """Return ``source``, ``offered``, ``accepted``, ``rejected`` of every source on offer."""
        taken, left = (f["source"].value_counts() for f in (self.accepted, self.rejected))
        named = [s for s in self.provenance["sources"] if s in taken.index or s in left.index]
        return pd.DataFrame(
            {
                "source": named,
                "offered": [int(taken.get(s, 0) + left.get(s, 0)) for s in named],
                "accepted": [int(taken.get(s, 0)) for s in named],
                "rejected": [int(left.get(s, 0)) for s in named],
            }
        )

    def require(self) -> None:
        """Refuse an empty choice.

        Raises
        ------
        InfeasibleError
            Every place was rejected; the message says by which rule and how many.
        """
        if len(self.accepted):
            return
        words = rule_words()
        counts = [f"{words[rule]} {n:,}" for rule, n in self.by_rule().items()]
        raise InfeasibleError(
            say(
                f"{len(self.rejected):,} 个候选点全部被剔除：{'，'.join(counts)}"
                "（一处可有几个原因）。",
                f"all {len(self.rejected):,} candidates were rejected: {', '.join(counts)} "
                "(one may break several rules).",
            ),
            hint=say(
                "请放宽筛选条件，或补充地块与用房：fuwuquan candidates --help",
                "Loosen the criteria, or add parcels and premises: fuwuquan candidates --help",
            ),
            conflicts=tuple(counts),
        )


def rule_words() -> dict[str, str]:
    """Return each rule in the user's words."""
    (column,) = (c for c in result_columns("candidates_rejected") if c.name == "rule")
    return column.values  # noqa: PD011 - no frame


def find_candidates(
    workspace: Workspace,
    facility: str,
    *,
    on: date,
    criteria: Criteria | None = None,
    limit_min: float | None = None,
    walker: str | Path = "elder",
    speed_m_s: float | None = None,
    source: DemandSource = "auto",
    norms: Norms | None = None,
    area: str = "",
    progress: Callable[[float], None] | None = None,
) -> Candidates:
    """Find every place where a facility of a type may stand, and why others may not.

    Parameters
    ----------
    workspace
        With streets, the facility layer and people; layers ``parcel`` and ``zone`` as it has them.
    facility
        Facility type, in either language.
    on
        Day of facilities, communities and norms.
    criteria
        What the planner asks; by default what norms ask and the program proposes.
    limit_min, walker, speed_m_s, source
        As in `optimization.workspace.read_siting`.
    norms
        Norms to hold places to; those shipped when None.
    area
        Area code whose norms bind; when empty the workspace's only county, or while that is no
        real one the area whose norms the workspace is set to follow.

    Raises
    ------
    NotFoundError
        No such facility type, profile or layer, or not a single place on offer.
    DataError
        The layers name nobody to serve, or the criteria are wrong.
    """
    tell = progress or (lambda _: None)
    wanted = criteria or Criteria()
    question = ask(
        facility,
        on=on,
        minutes=() if limit_min is None else (limit_min,),
        walker=walker,
        speed_m_s=speed_m_s,
    )
    inputs = read_inputs(workspace, question, source=source)
    faults = FaultTable()
    standing, _ = stations_of(question, inputs.facilities, inputs.areas, faults)
    law = _law(workspace, _county_of(inputs), area)
    search = Search(
        workspace=workspace,
        question=question,
        inputs=inputs,
        wanted=wanted,
        held=asking(wanted, question.kind, in_force(norms or load(), law.rules, on)),
        area=law.rules,
        standing=standing,
        now=answer(question, inputs),
    )
    tell(0.2)

    found = offered(search)
    require_any(found, wanted)
    tell(0.4)
    known, columns = facts(search, found)
    tell(0.9)
    priced = _priced(found, wanted, search.held)
    verdict = judge(priced, known, search.held, wanted)
    table = priced.assign(**columns, unchecked=pd.array(verdict.unchecked, dtype="string"))
    report_norms(search, law, faults)
    report_unchecked(search, table, known, faults)
    accepted, rejected = _split(table, verdict)
    tell(1.0)
    return Candidates(
        question=question,
        accepted=accepted,
        rejected=rejected,
        asking=search.held,
        faults=faults,
        weight=search.now.weight,
        provenance=provenance(search, table),
    )


def _law(workspace: Workspace, own: str, asked: str) -> Jurisdiction:
    """Return whose norms apply: those asked for, the county's own, or those the workspace keeps."""
    asked = "" if plain_area(asked) == plain_area(own) else asked
    return jurisdiction(own, asked=asked, kept=str(workspace.settings.get(NORMS_AREA, "")))


def _county_of(inputs: Inputs) -> str:
    """Return the county's code where the communities lie in one, else "": national norms only."""
    counties = inputs.areas.communities["county"].dropna().unique()
    return str(counties[0]) if len(counties) == 1 else ""


def _priced(found: gpd.GeoDataFrame, wanted: Criteria, held: Asking) -> gpd.GeoDataFrame:
    """Estimate the costs that are not given, where the planner names a price a square metre."""
    cost = found["build_cost_yuan"]
    if wanted.yuan_per_m2 is None:
        return found.assign(cost_estimated=cost.isna() & False)
    area = found["floor_area_m2"]
    if held.area is not None:
        # Where nothing stands yet, what would be built is what is asked.
        unbuilt = found["source"].isin(["street", "land"])
        area = area.mask(unbuilt & area.isna(), held.area.figure)
    estimate = (area * wanted.yuan_per_m2).round()
    filled = cost.isna() & estimate.notna()
    return found.assign(
        build_cost_yuan=cost.fillna(estimate), cost_estimated=filled.astype("boolean")
    )


def _split(table: gpd.GeoDataFrame, verdict: Judged) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the places that break no rule, and the others with what they break."""
    broken = np.column_stack([verdict.broken[rule] for rule in RULES])
    out = broken.any(axis=1)
    names = np.array(RULES)
    rows = np.flatnonzero(out)
    told = {
        "rule": names[broken[rows].argmax(axis=1)],
        "rules": [";".join(names[broken[i]]) for i in rows],
        "reason": [
            say("；", "; ").join(verdict.reasons[rule][i] for rule in names[broken[i]])
            for i in rows
        ],
    }
    texts = {name: pd.array(values, dtype="string") for name, values in told.items()}
    return (
        _columns(gpd.GeoDataFrame(table[~out]), "candidates"),
        _columns(gpd.GeoDataFrame(table[out]).assign(**texts), "candidates_rejected"),
    )


def _columns(table: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    return table[[*headings(name), "geometry"]].reset_index(drop=True)
