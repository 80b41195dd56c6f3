"""Let the model learn from what officers decided."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.gazetteer.book import Gazetteer
from geo.gazetteer.linkage.alike import FEATURES
from geo.gazetteer.linkage.model import Model, fit, shipped, unspelled
from geo.gazetteer.linkage.side import Floats
from geo.text import say

KIND: Final = "linkage"
"""Kind of the row that keeps the model."""
WEIGHT: Final = 5.0
"""How many of the shipped pairs a decided pair counts as."""
FEWEST: Final = 10


@dataclass(frozen=True, slots=True)
class Retrained:
    """What learning from decisions changed."""

    change_set_id: str
    decisions: int
    matches: int
    before_agree: int
    """Decisions that the model before took as the officer did, at one in two."""
    after_agree: int
    """The same of the model now, on what it learned from."""


class Ballast(NamedTuple):
    """The pairs that retraining starts from."""

    features: Floats
    same: NDArray[np.bool_]
    weights: Floats


@cache
def ballast() -> Ballast:
    """Return the pairs that come with the program, with how many pairs each stands for."""
    text = (files(__package__) / "pairs.csv").read_text("utf-8").splitlines()
    rows = [list(map(float, row)) for row in list(csv.reader(text))[1:]]
    table = np.array(rows)
    return Ballast(table[:, 2:], table[:, 0] > 0, table[:, 1])


def current(book: Gazetteer) -> Model:
    """Return the model of a gazetteer: the one it retrained, else the shipped one."""
    kept = book.rows("model", kind=KIND)
    return unspelled(kept[0]["value"]) if kept else shipped()


def retrain(book: Gazetteer, *, author: str, at: datetime, reason: str = "") -> Retrained:
    """Fit the model anew to the shipped pairs and to all that officers decided.

    The same decisions give the same model. What the model itself decided teaches nothing.

    Raises
    ------
    DataError
        There are too few decisions.
    """
    rows = sorted(
        (
            row
            for row in book.rows("match")
            if row["features"] and row["decided_by"] and row["decided_by"] != "model"
        ),
        key=lambda row: (row["row"], row["features"], row["decision"]),
    )
    features = np.array(
        [json.loads(row["features"])["features"] for row in rows], dtype=float
    ).reshape(-1, len(FEATURES))
    same = np.array([row["decision"] == "same" for row in rows], dtype=bool)
    if len(rows) < FEWEST:
        raise DataError(
            say(
                f"只有 {len(rows)} 对由人裁定，不足以训练。",
                f"officers decided {len(rows)} pairs only: too few to learn from.",
            ),
            hint=say(f"至少要 {FEWEST} 对。", f"At least {FEWEST} are needed."),
        )
    base = ballast()
    _, group = np.unique([row["row"] for row in rows], return_inverse=True)
    told = say(
        f"随程序的 {len(base.same):,} 对和本库裁定的 {len(rows):,} 对（到 {at.date()}）",
        f"the {len(base.same):,} pairs that come with the program and {len(rows):,} decided here, "
        f"until {at.date()}",
    )
    model = fit(
        np.vstack([base.features, features]),
        np.concatenate([base.same, same]),
        trained_on=told,
        weights=np.concatenate([base.weights, np.full(len(rows), WEIGHT)]),
        groups=np.concatenate([np.arange(len(base.same)), len(base.same) + group]),
    )
    before = current(book)
    kept = book.rows("model", kind=KIND)
    why = reason or say("按裁定重新训练匹配模型", "retrain the model of matches")
    with book.change(author=author, reason=why, at=at) as change:
        if kept:
            change.update("model", kept[0]["id"], kept[0]["version"], value=model.spelled)
        else:
            change.insert("model", kind=KIND, value=model.spelled)
        identity = change.id

    def agree(one: Model) -> int:
        return int(((one.probability(features) >= 0.5) == same).sum())  # noqa: PLR2004

    return Retrained(identity, len(rows), int(same.sum()), agree(before), agree(model))
