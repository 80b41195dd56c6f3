"""A problem whose demand points are communities: burials are planned by village, not by house."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from geo.travel.minutes import MS_A_MINUTE, Minutes
from optimization.problem import Problem


def by_community(
    problem: Problem, codes: Sequence[str], names: Mapping[str, str], *, weight: str
) -> Problem:
    """Return the problem with demand points joined by community.

    A community's walk to a site is the mean of its people's; who does not reach the site within
    the horizon counts as walking that far. Points of no community stay by themselves.

    Parameters
    ----------
    problem
        Demand points in any number.
    codes : (n_demand,)
        Community of each point, empty for none.
    names
        Community code → name.
    weight
        Whose walks are averaged; points without people count as one person where a community has
        none at all.
    """
    unit = [code or str(identity) for code, identity in zip(codes, problem.demand_id, strict=True)]
    listed, first, of = np.unique(unit, return_index=True, return_inverse=True)
    n, people = len(listed), problem.weight(weight)
    total = np.bincount(of, people, minlength=n)
    people = np.where(total[of] > 0, people, 1.0)
    total = np.bincount(of, people, minlength=n)
    walk, n_site = problem.minutes, problem.n_site
    horizon_ms = problem.horizon_min * MS_A_MINUTE
    saved = people[walk.rows] * (horizon_ms - walk.ms)
    key, pair = np.unique(of[walk.rows] * n_site + walk.indices, return_inverse=True)
    sums = np.bincount(pair, saved, minlength=len(key))
    row, column = np.divmod(key, n_site)
    ms = np.rint(horizon_ms - sums / total[row]).astype(np.int32)
    near = ms < horizon_ms
    row, column, ms = row[near], column[near], ms[near]
    xy = np.column_stack(
        [np.bincount(of, people * problem.xy[:, d], minlength=n) / total for d in (0, 1)]
    )
    return replace(
        problem,
        demand_id=listed.astype(np.str_),
        demand_name=np.array(
            [
                names.get(str(c), str(problem.demand_name[f]))
                for c, f in zip(listed, first, strict=True)
            ],
            dtype=np.str_,
        ),
        area=problem.area[first],
        weights={
            name: np.bincount(of, values, minlength=n).astype(np.float64)
            for name, values in problem.weights.items()
        },
        minutes=Minutes(
            indptr=np.concatenate(([0], np.cumsum(np.bincount(row, minlength=n)))).astype(np.int64),
            indices=column.astype(np.int32),
            ms=ms,
            n_facility=n_site,
        ),
        xy=xy,
    )
