"""How the rooms of a plan have to be recorded, so that an assessment counts them as planned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from optimization.compliance.plan import Compliance
from optimization.problem import Problem

_LEAST_M2 = 1e-6


def premises(
    plan: Compliance, problem: Problem, *, site_community: Sequence[str | None]
) -> pd.DataFrame:
    """Return one row a part of a room that is recorded apart.

    Parameters
    ----------
    plan, problem
        The plan and its question.
    site_community
        (n_site,) code of the community each site lies in.

    Returns
    -------
    DataFrame
        ``site`` (position), ``site_id``, ``name``, ``community_code``, ``compound_id`` (empty:
        shared by the community), ``floor_area_m2`` and ``extends`` (added to a facility that
        stands). The floor areas of a site add up to what is added there.
    """
    named = plan.part_named
    own = pd.DataFrame(
        {
            "site": plan.part_site[named],
            "compound_id": problem.demand_id[plan.part_demand[named]].astype(object),
            "floor_area_m2": plan.part_m2[named],
        }
    )
    spent = np.bincount(own["site"], own["floor_area_m2"], minlength=problem.n_site)
    rest = plan.added_m2 - spent
    left = np.flatnonzero(rest > _LEAST_M2)
    common = pd.DataFrame(
        {
            "site": left,
            "compound_id": np.full(len(left), None, object),
            "floor_area_m2": rest[left],
        }
    )
    parts = [part for part in (own, common) if len(part)]
    table = pd.concat(parts) if parts else own
    table = table.sort_values(["site", "compound_id"], kind="stable").reset_index(drop=True)
    at = table["site"].to_numpy(np.int64)
    return pd.DataFrame(
        {
            "site": at,
            "site_id": pd.array(problem.sites.id[at], dtype="string"),
            "name": pd.array(problem.sites.name[at], dtype="string"),
            "community_code": pd.array(np.array(site_community, object)[at], dtype="string"),
            "compound_id": table["compound_id"].astype("string").array,
            "floor_area_m2": table["floor_area_m2"].to_numpy(float),
            "extends": problem.sites.existing[at],
        }
    )
