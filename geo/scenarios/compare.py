"""Put scenarios side by side: who is reached, which norms fail, and whose answer changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from geo.assess import assess, read_place, rows
from geo.assess.compare import changes as verdict_changes
from geo.assess.jurisdiction import of_place
from geo.assess.run import Assessment
from geo.coverage import Coverage, Question, answer, changes, read_inputs
from geo.errors import DataError
from geo.norms import Norms
from geo.scenarios.model import BASE, Scenario
from geo.scenarios.overlay import EditedWorkspace
from geo.schema import DTYPES
from geo.schema.results import result_columns
from geo.store import Workspace
from geo.text import say

MOST: Final = 8
"""Scenarios that stand side by side on one screen, beside the workspace as it is."""

_VERDICTS: Final = ["norm", "layer", "id", "role"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Scenarios beside the workspace as it is, which comes first and is named ``base``."""

    scenarios: tuple[Scenario, ...]
    numbers: pd.DataFrame
    """``scenario_numbers``: one row a scenario."""
    walks: pd.DataFrame
    """``scenario_walks``: demand points whose walk changes, by scenario."""
    verdicts: pd.DataFrame
    """``scenario_verdicts``: subjects whose verdict changes, by scenario; empty without norms."""
    coverages: Mapping[str, Coverage]
    """The answer of each, by name."""


def compare(
    workspace: Workspace,
    question: Question,
    chosen: Sequence[Scenario],
    *,
    norms: Norms | None = None,
    ids: Sequence[str] = (),
    area: str = "",
    progress: Callable[[float], None] | None = None,
) -> Comparison:
    """Answer one question for the workspace and for each scenario of it.

    Parameters
    ----------
    workspace
        The workspace; it stays as it is.
    question
        Facility type, minutes, walker and day.
    chosen
        One to eight scenarios of that facility type.
    norms
        Norms to assess each by; None leaves the verdicts out.
    ids
        Only these norms, by id or by the beginning of it; empty: all.
    area
        Area whose norms hold unless a scenario names another; empty: those the workspace follows.
    progress
        Told the share done.

    Raises
    ------
    DataError
        There are none or too many, a name stands twice, or one is about another facility type.
    NotFoundError
        An edit names a facility or gate that is not there.
    """
    _check(question, chosen)
    tell = progress or (lambda _: None)
    seen: list[tuple[Scenario, Workspace]] = [(Scenario(BASE, question.kind.name), workspace)]
    seen += [(one, EditedWorkspace(workspace, one)) for one in chosen]
    coverages: dict[str, Coverage] = {}
    verdicts: dict[str, Assessment] = {}
    for done, (one, view) in enumerate(seen):
        coverages[one.name] = answer(question, read_inputs(view, question))
        if norms is not None:
            place = read_place(view, on=question.on, area=area)
            law = of_place(place, workspace, one.norms_area or area)
            verdicts[one.name] = assess(
                place,
                norms,
                ids=ids,
                area=law.rules,
                as_of=one.norms_on,
                facility=question.kind.name,
            )
        tell((done + 1) / len(seen))
    names = [one.name for one in chosen]
    return Comparison(
        scenarios=tuple(chosen),
        numbers=_typed(
            pd.DataFrame([_numbers(name, coverages, verdicts) for name in (BASE, *names)]),
            "scenario_numbers",
        ),
        walks=_together(
            {name: changes(coverages[BASE], coverages[name]) for name in names}, "scenario_walks"
        ),
        verdicts=_together(
            {
                one.name: _moved(verdicts[BASE], verdicts[one.name], one)
                for one in chosen
                if verdicts
            },
            "scenario_verdicts",
        ),
        coverages=coverages,
    )


def _check(question: Question, chosen: Sequence[Scenario]) -> None:
    names = [one.name for one in chosen]
    faults = []
    if not 1 <= len(chosen) <= MOST:
        faults.append(
            say(
                f"一次比较 1～{MOST} 个情景，现为 {len(chosen)} 个",
                f"1 to {MOST} scenarios can be compared, not {len(chosen)}",
            )
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        faults.append(say(f"重复：{'、'.join(twice)}", f"named twice: {', '.join(twice)}"))
    other = [one.name for one in chosen if one.facility != question.kind.name]
    if other:
        faults.append(
            say(
                f"{'、'.join(other)} 不是关于{question.kind.zh}的",
                f"{', '.join(other)}: not about {question.kind.name!r}",
            )
        )
    if faults:
        raise DataError(
            say("不能比较：", "cannot compare: ") + say("；", "; ").join(faults),
            hint=say(
                "用 fuwuquan scenario list 查看已有情景。", "See them: fuwuquan scenario list."
            ),
        )


def _numbers(
    name: str, coverages: Mapping[str, Coverage], verdicts: Mapping[str, Assessment]
) -> dict[str, object]:
    """Return the figures of one scenario, beside those of the base."""
    coverage = coverages[name]
    main = coverage.headline()
    limit = f"covered_{coverage.question.main_min:g}_min"
    worst = _worst_township(coverage, limit)
    base = coverages[BASE].headline()[limit]
    found: dict[str, object] = {
        "scenario": name,
        "facilities": len(coverage.facilities),
        "covered": main[limit],
        "total": main["total"],
        "share": main[f"{limit}_share"],
        "covered_change": main[limit] - base,
        "surely": main["surely"],
        "worst_township": worst["name"],
        "worst_share": worst[f"{limit}_share"],
        "mean_min": _mean_min(coverage),
    }
    if verdicts:
        table = rows(verdicts[name])
        short = table[(table["role"] != "whole") & (table["verdict"] == "fail")]
        metres = short[short["gap_unit"] == "m2"]
        found |= {
            "failing": len(short),
            "unknown": int(((table["role"] != "whole") & (table["verdict"] == "unknown")).sum()),
            "shortfall_m2": float(
                metres.groupby(["layer", "id"], observed=True)["gap"].max().sum()
            ),
        }
    return found


def _worst_township(coverage: Coverage, limit: str) -> pd.Series:
    areas = coverage.areas
    share = f"{limit}_share"
    mine = areas[
        (areas["level"] == "township") & (areas["weight"] == coverage.weight) & areas[share].notna()
    ]
    if mine.empty:
        return pd.Series({"name": pd.NA, share: pd.NA})
    return mine.sort_values([share, "code"], kind="stable").iloc[0]


def _mean_min(coverage: Coverage) -> float | None:
    """Return the mean walk of the people who have a facility within the horizon."""
    points = coverage.points
    people = points[coverage.weight] if coverage.weight in points else pd.Series(1, points.index)
    weight = people.fillna(0).where(points["nearest_min"].notna(), 0).astype(float)
    total = float(weight.sum())
    return float((weight * points["nearest_min"].fillna(0.0)).sum() / total) if total else None


def _moved(base: Assessment, other: Assessment, scenario: Scenario) -> pd.DataFrame:
    """Return the subjects whose verdict or gap differs from the base."""
    found = verdict_changes(base, other)
    found = found.rename(
        columns={
            f"{what}_{side}": f"{what}_{name}"
            for what in ("verdict", "required", "gap")
            for side, name in (("first", "before"), ("second", "after"))
        }
    )
    names = {block.norm.id: block.norm.label for side in (base, other) for block in side.blocks}
    # Where a facility does not stand no norm is missing: it is not there yet, or no longer.
    mine = found["layer"] == scenario.facility
    new = mine & ~found["id"].isin(_ids(base, scenario.facility))
    shut = mine & found["id"].isin(scenario.edits.close)
    return found.assign(
        norm_name=found["norm"].map(names),
        verdict_before=found["verdict_before"].mask(
            new & (found["verdict_before"] == "no_norm"), "new"
        ),
        verdict_after=found["verdict_after"].mask(
            shut & (found["verdict_after"] == "no_norm"), "closed"
        ),
    )


def _ids(assessment: Assessment, layer: str) -> list[str]:
    place = assessment.place
    return list(place.frames[layer]["id"]) if place.has(layer) else []


def _together(parts: Mapping[str, pd.DataFrame], table: str) -> pd.DataFrame:
    frames = [part.assign(scenario=name) for name, part in parts.items() if len(part)]
    return _typed(pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(), table)


def _typed(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return a result with the columns and dtypes of its table, rows or none."""
    types = {column.name: DTYPES[column.type] for column in result_columns(table)}
    return frame.reindex(columns=list(types)).astype(types)
