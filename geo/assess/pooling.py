"""Small estates that may count together: one requirement for all that walk to the same premises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from geo.assess.bounds import FAIL, UNKNOWN, compare
from geo.assess.linking import SHARED, UNWALKED
from geo.assess.scene import Outcome, Scene
from geo.norms import Norm, Rule, required
from geo.norms.model import Ratio


def pooled_small_estates(scene: Scene, norm: Norm, rule: Rule, each: Outcome) -> Outcome:
    """Return the same findings with the floor shared by estates that may be pooled.

    Estates for which the floor binds, which share premises within the minutes the rule allows,
    need ``max(value × their households / per, floor)`` together; each needs its part of that by
    households, so that the parts add up to the whole. Without streets nobody knows whether an
    estate may be pooled: then its failure is unknown.
    """
    measure, value = norm.measure, rule.value
    if (
        value.pool_min is None
        or value.floor is None
        or norm.subject != "compound"
        or not isinstance(measure, Ratio)
        or measure.num.link != "compound"
        or not scene.place.has(measure.num.layer)
    ):
        return each
    assert each.base is not None
    premises = scene.place.premises_of(measure.num.layer)
    small = (each.required <= value.floor) & (scene.applying(norm) == 1) & (each.base > 0)
    near = (premises.rule == SHARED) & (premises.nearest_min <= value.pool_min)
    pooled = small & near
    community = scene.place.codes["compound"]["community"].to_numpy(object)
    group, _ = pd.factorize(pd.Series(community, dtype=object).where(pooled), use_na_sentinel=True)
    inside = group >= 0
    n_group = int(group.max(initial=-1)) + 1
    total = np.bincount(group[inside], each.base[inside], minlength=n_group)
    members = np.bincount(group[inside], minlength=n_group)
    together = required(rule, total.astype(np.float64))
    needed, mine = each.required.copy(), group[inside]
    needed[inside] = together[mine] * each.base[inside] / total[mine]
    finding = compare(norm.op, each.actual, needed, needed)
    doubtful = small & (premises.rule == UNWALKED) & (finding == FAIL)
    pool, pool_base = np.ones(len(group), np.int64), np.full(len(group), np.nan)
    pool[inside], pool_base[inside] = members[mine], total[mine]
    return replace(
        each,
        required=needed,
        finding=np.where(doubtful, UNKNOWN, finding).astype(np.int8),
        lacks=np.where(doubtful, "streets", each.lacks).astype(object),
        pool=pool,
        pool_base=pool_base,
    )
