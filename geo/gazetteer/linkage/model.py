"""How probable it is that a record and a place are one: a logistic model and how it is fitted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.gazetteer.linkage.alike import FEATURES
from geo.gazetteer.linkage.side import Floats
from geo.text import say

SURE: Final = 0.9
"""From here on a pair is taken for one place without an officer."""
DOUBTFUL: Final = 0.1
"""Below, a pair is not shown; from here to `SURE` an officer decides."""
_FOLDS: Final = 5
_STEPS: Final = 2_000
_DIGITS: Final = 6
_EDGE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model: the log-odds are a weighted sum of the features."""

    weights: tuple[float, ...]
    """One a feature, in the order of `FEATURES`."""
    constant: float
    features: tuple[str, ...]
    trained_on: str
    """What it learned from, in words."""
    pairs: int
    matches: int

    def probability(self, features: Floats) -> Floats:
        """Return the probability (n,) that pairs with these features (n, k) are one place."""
        odds = features @ np.array(self.weights) + self.constant
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -50, 50))))

    @property
    def spelled(self) -> str:
        """The model as canonical JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)


def unspelled(text: str) -> Model:
    """Return the model that `Model.spelled` wrote.

    Raises
    ------
    DataError
        It weighs other features than this program knows.
    """
    told: dict[str, Any] = json.loads(text)
    lists = {key: tuple(told[key]) for key in ("weights", "features")}
    model = Model(**(told | lists))
    if model.features != FEATURES:
        raise DataError(
            say(
                "匹配模型是另一版程序训练的，特征不同。",
                "the model of matches was trained by another version, on other features.",
            ),
            hint=say("请运行 names link retrain 重新训练。", "Run names link retrain."),
        )
    return model


@cache
def shipped() -> Model:
    """Return the model that comes with the program."""
    return unspelled((files(__package__) / "model.json").read_text("utf-8"))


def fit(
    features: Floats,
    same: NDArray[np.bool_],
    *,
    trained_on: str,
    weights: Floats | None = None,
    groups: Sequence[int] | NDArray[np.int64] | None = None,
) -> Model:
    """Fit a model to decided pairs.

    Matches and others weigh alike while the features are weighed; then the sum is stretched and
    moved so that, out of fold, a probability is the share of matches (Platt).

    Parameters
    ----------
    features
        (n, len(FEATURES)).
    same
        (n,) whether the two are one place.
    trained_on
        What the pairs are, in words.
    weights
        (n,) how much each pair counts; all alike by default.
    groups
        (n,) pairs with one number are never parted between learning and trying; the pairs of one
        record, as a rule.

    Raises
    ------
    DataError
        There are fewer than five matches or others.

    References
    ----------
    Platt (1999), Probabilistic outputs for support vector machines.
    """
    if min(same.sum(), (~same).sum()) < _FOLDS:
        raise DataError(
            say(
                f"只有 {same.sum()} 对相同、{(~same).sum()} 对不同，不足以训练。",
                f"{same.sum()} matches and {(~same).sum()} others are too few to learn from.",
            ),
            hint=say(
                f"两种各至少要有 {_FOLDS} 对已裁定的。", f"Decide at least {_FOLDS} of each first."
            ),
        )
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - takes seconds
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    count = np.ones(len(same)) if weights is None else weights
    of = np.arange(len(same)) if groups is None else np.asarray(groups)
    scaler = StandardScaler().fit(features)
    scaled = scaler.transform(features)

    def learned(rows: NDArray[np.bool_]) -> LogisticRegression:
        made = LogisticRegression(class_weight="balanced", max_iter=_STEPS)
        return made.fit(scaled[rows], same[rows], sample_weight=count[rows])

    # Numbers of groups are spread by their order, so that equal input gives equal folds.
    fold = np.unique(of, return_inverse=True)[1] % _FOLDS
    sums = np.zeros(len(same))
    for part in range(_FOLDS):
        tried = fold == part
        if len(np.unique(same[~tried])) == 2 and tried.any():  # noqa: PLR2004 - matches and others
            sums[tried] = learned(~tried).decision_function(scaled[tried])
    platt = LogisticRegression(C=1e6, max_iter=_STEPS)
    platt.fit(sums[:, None], same, sample_weight=count)
    whole = learned(np.ones(len(same), dtype=bool))
    stretch, move = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    per_feature = stretch * whole.coef_[0] / scaler.scale_
    constant = stretch * float(whole.intercept_[0]) + move - float(per_feature @ scaler.mean_)
    return Model(
        weights=tuple(round(float(one), _DIGITS) for one in per_feature),
        constant=round(constant, _DIGITS),
        features=FEATURES,
        trained_on=trained_on,
        pairs=len(same),
        matches=int(same.sum()),
    )
