"""Which premises count for which estate, and by which rule: its own, else the shared ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.demand.units import numbers, texts
from geo.text import say

CIRCLE_MIN: Final = 15.0
"""A community's shared station serves the estates of the community within this walk."""

OWN, SHARED, UNWALKED, TOO_FAR, ALONE = (
    "own",
    "shared",
    "shared_not_walked",
    "too_far",
    "none",
)
"""``own``: the station names the estate. ``shared``: the community's station, within the circle.
``shared_not_walked``: the same, but without streets nobody knows how far. ``too_far``: the
community has one, beyond the circle. ``none``: neither."""


@dataclass(frozen=True, slots=True)
class Premises:
    """Pairs of estate and facility, and the rule that linked each estate."""

    compound: NDArray[np.int64]
    """(n_pair,) row of the estate."""
    facility: NDArray[np.int64]
    """(n_pair,) row of the facility."""
    share: NDArray[np.float64]
    """(n_pair,) part of the facility that counts for the estate: 1 for its own; shared premises
    are divided by households, so that no square metre counts twice."""
    own: NDArray[np.bool_]
    """(n_pair,) whether the facility names the estate."""
    rule: NDArray[np.object_]
    """(n_compound,)"""
    nearest_min: NDArray[np.float64]
    """(n_compound,) walk to the nearest linked shared facility; NaN where not walked."""
    sharing: NDArray[np.int64]
    """(n_compound,) how many estates share with it, itself included."""


@dataclass(frozen=True, slots=True)
class Walked:
    """Walks between estates and facilities that are known: pairs beyond them are farther."""

    compound: NDArray[np.int64]
    facility: NDArray[np.int64]
    minutes: NDArray[np.float64]


def link_premises(
    compounds: pd.DataFrame,
    compound_community: NDArray[np.object_],
    facilities: pd.DataFrame,
    facility_community: NDArray[np.object_],
    walked: Walked | None,
) -> Premises:
    """Link every estate to its own premises, else to those its community shares.

    Parameters
    ----------
    compounds, facilities
        Rows of the two layers.
    compound_community, facility_community : (n,)
        Community of each row, None where unknown.
    walked
        Walks within `CIRCLE_MIN` or farther; None without streets: then the community alone
        decides, and the rule says so.
    """
    n = len(compounds)
    at = pd.Index(texts(compounds, "id")).get_indexer(pd.Index(texts(facilities, "compound_id")))
    named = np.flatnonzero(at >= 0)
    has_own = np.zeros(n, bool)
    has_own[at[named]] = True
    pairs = _same_community(compound_community, facility_community, ~has_own, at < 0)
    minutes = _minutes(pairs, walked, len(facilities))
    near = np.ones(len(pairs), bool) if walked is None else minutes <= CIRCLE_MIN
    kept = pairs[near]
    households = np.nan_to_num(numbers(compounds, "households"), nan=0.0)
    weight = households[kept[:, 0]]
    whole = np.bincount(kept[:, 1], weight, minlength=len(facilities))[kept[:, 1]]
    users = np.bincount(kept[:, 1], minlength=len(facilities))
    share = np.divide(weight, whole, out=1.0 / np.maximum(users[kept[:, 1]], 1), where=whole > 0)
    rule = np.full(n, ALONE, object)
    rule[pairs[:, 0]] = TOO_FAR
    rule[kept[:, 0]] = UNWALKED if walked is None else SHARED
    rule[has_own] = OWN
    nearest = np.full(n, np.inf)
    np.fmin.at(nearest, kept[:, 0], minutes[near])
    sharing = np.ones(n, np.int64)
    np.maximum.at(sharing, kept[:, 0], users[kept[:, 1]])
    return Premises(
        compound=np.concatenate([at[named], kept[:, 0]]).astype(np.int64),
        facility=np.concatenate([named, kept[:, 1]]).astype(np.int64),
        share=np.concatenate([np.ones(len(named)), share]),
        own=np.arange(len(named) + len(kept)) < len(named),
        rule=rule,
        nearest_min=np.where(np.isfinite(nearest), nearest, np.nan),
        sharing=sharing,
    )


def rule_label(rule: str) -> str:
    """Return the rule in the user's language."""
    return {
        OWN: say("本小区配建", "its own premises"),
        SHARED: say(
            f"社区共用，{CIRCLE_MIN:g} 分钟内，按户数分摊",
            f"shared by the community, within {CIRCLE_MIN:g} min, divided by households",
        ),
        UNWALKED: say(
            "社区共用，按户数分摊（没有路网，未核对步行时间）",
            "shared by the community, divided by households (no streets: walk not checked)",
        ),
        TOO_FAR: say(
            f"社区有共用站点，但步行超过 {CIRCLE_MIN:g} 分钟",
            f"the community's premises are more than {CIRCLE_MIN:g} min away",
        ),
        ALONE: say("没有可用的站点", "no premises"),
    }[rule]


def _same_community(
    compound_community: NDArray[np.object_],
    facility_community: NDArray[np.object_],
    compound_open: NDArray[np.bool_],
    facility_open: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return (n_pair, 2) rows of estates and facilities that may share."""
    left = pd.DataFrame(
        {"community": compound_community, "compound": np.arange(len(compound_open))}
    )
    right = pd.DataFrame(
        {"community": facility_community, "facility": np.arange(len(facility_open))}
    )
    joined = (
        left[compound_open]
        .dropna()
        .merge(right[facility_open].dropna(), on="community")
        .sort_values(["compound", "facility"])
    )
    return joined[["compound", "facility"]].to_numpy(np.int64)


def _minutes(
    pairs: NDArray[np.int64], walked: Walked | None, n_facility: int
) -> NDArray[np.float64]:
    if walked is None:
        return np.full(len(pairs), np.nan)
    known = pd.Series(walked.minutes, index=walked.compound * n_facility + walked.facility)
    wanted = pairs[:, 0] * n_facility + pairs[:, 1]
    return np.asarray(known.reindex(wanted).fillna(np.inf), np.float64)
