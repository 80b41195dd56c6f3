"""Weigh the criteria together: the score and class of every cell, and how firm the class is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import say
from optimization.suitability.criteria import Criteria
from optimization.suitability.measures import Measured

Floats = NDArray[np.float64]

Class = Literal["high", "suitable", "marginal", "unsuitable", "excluded", "unknown"]
CLASSES: Final[tuple[Class, ...]] = get_args(Class)
EXCLUDED_CLASS: Final = np.int8(CLASSES.index("excluded"))
UNKNOWN_CLASS: Final = np.int8(CLASSES.index("unknown"))

_CHUNK = 10_000
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Overlay:
    """The criteria weighed together; all arrays are (n,)."""

    score: Floats
    """Weighted mean of the scores known, their weights scaled up; NaN where none is known."""
    least: Floats
    """The score if everything unknown scored 0."""
    most: Floats
    """The score if everything unknown scored 100."""
    level: NDArray[np.int8]
    """Position in `CLASSES`."""
    firm: NDArray[np.bool_]
    """The class is the same whatever the unknown criteria turn out to be."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How often a cell is in the top class when the weights vary; all arrays are (n,)."""

    top_share: Floats
    """Of the weightings drawn, NaN where the cell has no score."""
    always: NDArray[np.bool_]
    """In the top class whatever the weights in their range (exact)."""
    never: NDArray[np.bool_]
    """In no weighting of the range (exact)."""
    draws: int
    seed: int
    range_share: float


def overlay(criteria: Criteria, measured: list[Measured], excluded: NDArray[np.bool_]) -> Overlay:
    """Return the score and class of every cell: ``sum_i w_i s_i / sum_i w_i``.

    Where a criterion is unknown the others decide, and ``least`` and ``most`` tell how much
    depends on it.

    Parameters
    ----------
    criteria
        Weights and bounds of the classes.
    measured
        Scores, one entry a criterion in the order of ``criteria``.
    excluded : (n,)
        Cells no score can save.
    """
    scores = np.array([one.score for one in measured])
    weights = criteria.weights[:, None]
    known = ~np.isnan(scores)
    filled = np.nan_to_num(scores)
    weighed = (weights * known).sum(axis=0)
    least = np.asarray((weights * filled).sum(axis=0).round(_DIGITS), np.float64)
    most = np.asarray((least + 100.0 * (1 - weighed)).round(_DIGITS), np.float64)
    nothing = weighed <= 0
    mean = np.asarray(least / np.where(nothing, 1.0, weighed), np.float64)
    score = np.where(nothing, np.nan, mean).round(_DIGITS)
    level = np.where(np.isnan(score), UNKNOWN_CLASS, _levels(criteria, score))
    level = np.where(excluded, EXCLUDED_CLASS, level).astype(np.int8)
    firm = excluded | (_levels(criteria, least) == _levels(criteria, most))
    return Overlay(score, least, most, level, firm)


def sensitivity(
    criteria: Criteria,
    measured: list[Measured],
    excluded: NDArray[np.bool_],
    *,
    range_share: float = 0.2,
    draws: int = 500,
    seed: int = 0,
) -> Sensitivity:
    """Return how often each cell is in the top class when every weight varies by its own.

    Each weight is drawn evenly from ``w (1 - r)`` to ``w (1 + r)``; they are scaled to sum to 1
    again. Because ``sum_i w_i (s_i - T) >= 0`` decides for the top class ``T``, the worst and the
    best weights are known exactly: `always` and `never` need no drawing.

    Parameters
    ----------
    criteria, measured, excluded
        As for `overlay`; a criterion unknown at a cell is left out there.
    range_share
        How far each weight may move, of itself.
    draws, seed
        How many weightings, and which.

    Raises
    ------
    DataError
        The range is not between 0 and 1, or there is no draw.
    """
    if not 0 <= range_share < 1 or draws < 1:
        raise DataError(
            say(
                "权重的变动幅度应在 0 与 1 之间，抽样至少一次。",
                "weights vary by a share from 0 to below 1, in at least one draw",
            )
        )
    above = np.array([one.score for one in measured]) - criteria.high
    known = ~np.isnan(above)
    above = np.where(known, above, 0.0)
    weights = criteria.weights
    usable = known.any(axis=0) & ~excluded
    spread = range_share * np.sign(above)
    worst = (weights[:, None] * (1 - spread) * above).sum(axis=0)
    best = (weights[:, None] * (1 + spread) * above).sum(axis=0)
    rng = np.random.default_rng(seed)
    drawn = weights * rng.uniform(1 - range_share, 1 + range_share, (draws, len(weights)))
    always, never = (
        usable & (np.round(worst, _DIGITS) >= 0),
        ~usable | (np.round(best, _DIGITS) < 0),
    )
    share = np.where(usable, always.astype(np.float64), np.nan)
    share[excluded] = 0.0
    torn = np.flatnonzero(usable & ~always & ~never)
    for begin in range(0, len(torn), _CHUNK):
        rows = torn[begin : begin + _CHUNK]
        share[rows] = (drawn @ above[:, rows] >= -(10.0**-_DIGITS)).mean(axis=0)
    return Sensitivity(share, always, never, draws, seed, range_share)


def class_shares(level: NDArray[np.int8], cell_m2: float) -> list[tuple[Class, int, float, float]]:
    """Return cells, square metres and share of the area of every class; shares sum to 1.

    Examples
    --------
    >>> class_shares(np.array([0, 0, 4, 1], np.int8), 100.0)[0]
    ('high', 2, 200.0, 0.5)
    """
    counts = np.bincount(level, minlength=len(CLASSES))
    return [
        (name, int(count), float(count * cell_m2), float(count / len(level)))
        for name, count in zip(CLASSES, counts, strict=True)
    ]


def class_label(name: str) -> str:
    """Return the name of a class."""
    return {
        "high": say("适宜", "highly suitable"),
        "suitable": say("较适宜", "suitable"),
        "marginal": say("勉强", "marginal"),
        "unsuitable": say("不宜", "unsuitable"),
        "excluded": say("禁建", "excluded"),
        "unknown": say("未知", "unknown"),
    }[name]


def _levels(criteria: Criteria, score: Floats) -> NDArray[np.int8]:
    bounds = np.array([criteria.marginal, criteria.suitable, criteria.high])
    return (3 - np.searchsorted(bounds, score, side="right")).astype(np.int8)
