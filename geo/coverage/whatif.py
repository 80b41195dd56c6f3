"""Ask what would change: a facility more, moved or closed, a gate opened or closed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from geo.coverage.areas import known_people
from geo.coverage.edits import Edits, edited_facilities, require
from geo.coverage.result import Coverage
from geo.coverage.workspace import Inputs
from geo.demand import Demand
from geo.errors import DataError
from geo.schema.results import headings
from geo.text import say

# A walk that changes by less is the same walk: times are whole milliseconds.
_SAME_MIN = 1e-6


def edited(inputs: Inputs, edits: Edits, *, layer: str) -> Inputs:
    """Return the inputs with the edits made; the given ones stay as they are.

    Parameters
    ----------
    inputs
        What the coverage before the edits was computed on.
    edits
        What to try out. New facilities get the ids ``new-1``, ``new-2`` and so on.
    layer
        The facility layer.

    Raises
    ------
    DataError
        There is nothing to try, or one facility is both moved and closed.
    NotFoundError
        A facility or gate named is not there; the message names all of them.
    """
    if not edits:
        raise DataError(
            say("没有给出要试的改动。", "there is nothing to try."),
            hint=say(
                "用 --add、--move、--close、--open-gate 或 --close-gate。",
                "use --add, --move, --close, --open-gate or --close-gate.",
            ),
        )
    gates = {*edits.open_gates, *edits.close_gates}
    require(gates, inputs.demand.entrances["gate_id"], say("出入口", "gate"), "gate")
    return replace(
        inputs,
        facilities=edited_facilities(inputs.facilities, edits, layer=layer),
        demand=_gates(inputs.demand, edits),
    )


def changes(before: Coverage, after: Coverage) -> pd.DataFrame:
    """Return the demand points whose walk changed, gained and lost ones first, most people first.

    Raises
    ------
    DataError
        The two answers are not about the same demand points and limits.
    """
    same = before.points["id"].equals(after.points["id"])
    if not same or before.question.main_min != after.question.main_min:
        raise DataError(
            say(
                "两次结果的需求点或时限不同，不能比较。",
                "the two answers differ in demand points or limits and cannot be compared.",
            )
        )
    main = f"covered_{before.question.main_min:g}_min"
    old, new = (answer.points[main].to_numpy(bool) for answer in (before, after))
    old_min, new_min = (
        answer.points["nearest_min"].to_numpy(dtype=float, na_value=np.inf)
        for answer in (before, after)
    )
    change = np.select(
        [new & ~old, old & ~new, new_min < old_min - _SAME_MIN, new_min > old_min + _SAME_MIN],
        ["gained", "lost", "nearer", "farther"],
        "",
    )
    table = pd.DataFrame(before.points.drop(columns="geometry")).assign(
        before_min=before.points["nearest_min"],
        after_min=after.points["nearest_min"],
        change=pd.array(change, dtype="string"),
    )
    people, _ = known_people(before.points, before.weight)
    first = pd.Series(change).map({"gained": 0, "lost": 0, "nearer": 1, "farther": 1, "": 2})
    order = np.lexsort((np.arange(len(table)), -people, first))
    moved = order[change[order] != ""]
    return pd.DataFrame(table.iloc[moved], columns=list(headings("coverage_changes"))).reset_index(
        drop=True
    )


def _gates(demand: Demand, edits: Edits) -> Demand:
    gate = demand.entrances["gate_id"]
    is_open = demand.entrances["open"].to_numpy(bool).copy()
    is_open[gate.isin(edits.open_gates).to_numpy(bool)] = True
    is_open[gate.isin(edits.close_gates).to_numpy(bool)] = False
    return replace(demand, entrances=demand.entrances.assign(open=is_open))
