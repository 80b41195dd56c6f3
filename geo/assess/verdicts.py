"""From what several rules find to one verdict a subject: the strictest decides, all are kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from geo.assess.bounds import FAIL, PASS, UNKNOWN, Bounds, Findings, Numbers, Texts
from geo.assess.scene import Outcome
from geo.norms import Norm, Rule
from geo.norms.model import Exclusion

Verdict = Literal[
    "fail", "not_yet_due", "unknown", "pass", "exempt", "draft", "statistic", "priority", "no_norm"
]
"""``not_yet_due``: short of a goal whose day has not come. ``draft``: measured against text nobody
has verified. ``statistic``: a published figure, no threshold. ``priority``: comes first."""
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
Role = Literal["each", "part", "whole"]
"""``each``: the norm binds this subject. ``whole``: it binds all of them together. ``part``: what
this one adds to the whole."""

WHOLE_UNITS: Final = frozenset(
    {"bed", "person", "place", "niche", "organisation", "function", "plot", "item", "elders"}
)
_CODE: Final = {name: np.int8(code) for code, name in enumerate(VERDICTS)}
_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Block:
    """The verdicts of one norm on the rows of one layer; all arrays are (n,)."""

    norm: Norm
    layer: str
    """Layer of the subjects; "" for the place as a whole."""
    role: Role
    rows: NDArray[np.int64]
    """Row of each subject in its layer."""
    verdict: NDArray[np.int8]
    """Position in `VERDICTS`."""
    finding: Findings
    """What was found, whether or not it binds: under a draft, or if the estate were a new one."""
    rule: NDArray[np.int32]
    """Position of the deciding rule in ``rules``."""
    rules: tuple[Rule, ...]
    actual: Bounds
    required: Numbers
    upper: Numbers
    base: Numbers
    gap: Numbers
    """What is missing, 0 where nothing is, NaN where unknown."""
    gap_unit: str
    lacks: Texts
    detail: Texts
    conditional: NDArray[np.bool_]
    """Nobody knows whether the norm applies; the finding says what follows if it does."""
    pool: NDArray[np.int64]
    pool_base: Numbers

    def __len__(self) -> int:
        return len(self.rows)


def combine(
    norm: Norm,
    layer: str,
    role: Role,
    outcomes: list[tuple[Rule, Outcome]],
    *,
    on: date,
    applies: NDArray[np.int8],
    exempt: NDArray[np.bool_],
    gap_unit: str,
) -> Block:
    """Return the verdicts of one norm on the rows of one layer.

    A failure decides before what is unknown, that before a pass; among equals the strictest
    requirement. A failure under one binding rule fails, however many others are met; under a rule
    of which nobody knows whether it has begun it is unknown.
    """
    rules = tuple(rule for rule, _ in outcomes)
    stack = [outcome for _, outcome in outcomes]
    finding = np.array([outcome.finding for outcome in stack])
    strict = np.array([_strictness(norm, outcome) for outcome in stack])
    late = np.array([rule.due_passed(on) for rule in rules])[:, None]
    binds = np.array([_binds(rule) for rule in rules])[:, None]
    begun = np.array([rule.surely_begun(on) for rule in rules])
    doubtful = (finding == FAIL) & ~begun[:, None]
    rank = np.where(finding == FAIL, np.where(late, 3, 2), np.where(finding == UNKNOWN, 1, 0))
    rank = np.where(doubtful, 1, rank)
    rank = np.where(binds, rank + 10, rank)
    best = np.zeros(finding.shape[1], np.int64)
    at = np.arange(len(best))
    for row in range(1, len(rules)):
        better = rank[row] > rank[best, at]
        same = rank[row] == rank[best, at]
        best = np.where(better | (same & (strict[row] > strict[best, at])), row, best)
    mine = applies
    for outcome in stack[:1]:
        if outcome.applies is not None:
            mine = np.where(applies == 1, outcome.applies, applies)
    rows = np.flatnonzero(mine != 0)
    best = best[rows]
    found = finding[best, rows]
    unbegun = doubtful[best, rows] & binds[best, 0]
    conditional = (mine[rows] == -1) | unbegun
    picked = _picked(stack, best, rows)
    verdict = _verdicts(rules, best, found, on=on)
    verdict = np.where(conditional, _CODE["unknown"], verdict)
    verdict = np.where(exempt[rows], _CODE["exempt"], verdict).astype(np.int8)
    gap = _gap(norm, picked, found, gap_unit, role)
    starts = np.array([f"start:{rule.value.start}" for rule in rules], object)[best]
    lacks = np.where(unbegun, starts, picked.lacks)
    return Block(
        norm=norm,
        layer=layer,
        role=role,
        rows=rows,
        verdict=verdict,
        finding=found,
        rule=best.astype(np.int32),
        rules=rules,
        actual=picked.actual,
        required=picked.required,
        upper=picked.upper if picked.upper is not None else np.full(len(rows), np.nan),
        base=picked.base if picked.base is not None else np.full(len(rows), np.nan),
        gap=np.where(exempt[rows], 0.0, gap),
        gap_unit=gap_unit,
        lacks=np.where((found == UNKNOWN) | conditional, lacks, "").astype(object),
        detail=picked.detail if picked.detail is not None else np.full(len(rows), "", object),
        conditional=conditional,
        pool=picked.pool if picked.pool is not None else np.ones(len(rows), np.int64),
        pool_base=(
            picked.pool_base if picked.pool_base is not None else np.full(len(rows), np.nan)
        ),
    )


def _binds(rule: Rule) -> bool:
    return rule.level not in ("draft", "statistic")


def _strictness(norm: Norm, outcome: Outcome) -> Numbers:
    figure = np.where(np.isnan(outcome.required), -np.inf, outcome.required)
    lower_is_stricter = norm.op == "<=" or norm.kind == "reach"
    return np.where(np.isinf(figure), figure, -figure) if lower_is_stricter else figure


def _verdicts(
    rules: tuple[Rule, ...], best: NDArray[np.int64], finding: Findings, *, on: date
) -> NDArray[np.int8]:
    level = np.array(
        [_CODE[rule.level] if not _binds(rule) else -1 for rule in rules],  # type: ignore[index]
        np.int8,
    )[best]
    due = np.array([rule.due_passed(on) for rule in rules])[best]
    short = np.where(due, _CODE["fail"], _CODE["not_yet_due"])
    usual = np.select([finding == PASS, finding == FAIL], [_CODE["pass"], short], _CODE["unknown"])
    return np.where(level >= 0, level, usual).astype(np.int8)


def _picked(stack: list[Outcome], best: NDArray[np.int64], rows: NDArray[np.int64]) -> Outcome:
    """Return what the deciding rule found, for some rows."""

    def chosen(
        values: list[NDArray[np.generic] | None], fill: object
    ) -> NDArray[np.generic] | None:
        if all(value is None for value in values):
            return None
        n = len(stack[0].finding)
        full = [np.full(n, fill) if value is None else value for value in values]
        return full[0][rows] if len(full) == 1 else np.array(full)[best, rows]

    return Outcome(
        actual=Bounds(
            chosen([o.actual.low for o in stack], 0),  # type: ignore[arg-type]
            chosen([o.actual.high for o in stack], 0),  # type: ignore[arg-type]
            chosen([o.actual.lacks for o in stack], ""),  # type: ignore[arg-type]
        ),
        required=chosen([o.required for o in stack], np.nan),  # type: ignore[arg-type]
        finding=chosen([o.finding for o in stack], 0),  # type: ignore[arg-type]
        lacks=chosen([o.lacks for o in stack], ""),  # type: ignore[arg-type]
        upper=chosen([o.upper for o in stack], np.nan),  # type: ignore[arg-type]
        base=chosen([o.base for o in stack], np.nan),  # type: ignore[arg-type]
        detail=chosen([o.detail for o in stack], ""),  # type: ignore[arg-type]
        pool=chosen([o.pool for o in stack], 1),  # type: ignore[arg-type]
        pool_base=chosen([o.pool_base for o in stack], np.nan),  # type: ignore[arg-type]
    )


def _gap(norm: Norm, found: Outcome, finding: Findings, unit: str, role: Role) -> Numbers:
    """Return what is missing of the required, or what is above the permitted."""
    low, needed = found.actual.low, found.required
    if norm.judged == "share" and role == "whole":
        n = np.full(len(low), np.nan) if found.base is None else found.base
        short = np.ceil(np.round(needed * n, _DIGITS)) - np.round(low * n, _DIGITS)
    elif norm.op == "<=" or norm.kind == "reach" or norm.measure == Exclusion("sight"):
        short = low - needed
    elif norm.op == "between" and found.upper is not None:
        short = np.where(low > found.upper, low - found.upper, needed - low)
    else:
        short = needed - low
    short = np.round(short, _DIGITS)
    if unit in WHOLE_UNITS:
        short = np.ceil(short)
    return np.where(
        finding == PASS, 0.0, np.where(finding == FAIL, np.maximum(short, 0.0), math.nan)
    )
