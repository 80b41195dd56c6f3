"""Weights of criteria from comparing them two by two, and whether the comparisons agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import say

Floats = NDArray[np.float64]

RANDOM_INDEX: Final = (
    0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59,
)  # fmt: skip
"""Mean consistency index of random matrices of 1, 2, … criteria: Saaty, T. L. (1980), The Analytic
Hierarchy Process, McGraw-Hill."""
MOST_RATIO: Final = 0.1
"""Above this the comparisons contradict each other too much (Saaty 1980)."""

_RECIPROCAL: Final = 1e-2
"""1/3 written as 0.33 is meant as 1/3."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """Weights from pairwise comparisons."""

    names: tuple[str, ...]
    weights: Floats
    """(n,) they sum to 1."""
    largest_eigenvalue: float
    consistency_index: float
    consistency_ratio: float
    worst: tuple[str, str] | None
    """The comparison that fits the others least; None where all agree."""
    worst_given: float
    """How many times the first was said to matter more than the second."""
    worst_fitting: float
    """What the other comparisons say of it: the geometric mean over every third criterion."""


def weigh(names: Sequence[str], matrix: Floats) -> Weighing:
    """Return the weights that a matrix of pairwise comparisons stands for (AHP).

    The weights are the principal eigenvector ``w`` of ``A w = λ w``, scaled to sum to 1. The
    consistency index is ``(λ - n) / (n - 1)``, the ratio that over the random index.

    Parameters
    ----------
    names
        The criteria.
    matrix : (n, n)
        How many times the row matters more than the column: 1 equal, 3 somewhat, 5 clearly,
        7 very much, 9 beyond compare; ``A[j, i] = 1 / A[i, j]``.

    Raises
    ------
    DataError
        The matrix is not square, positive and reciprocal, has too many criteria, or its
        consistency ratio is above 0.1; the message names the comparison to think over again.

    References
    ----------
    Saaty, T. L. (1980), The Analytic Hierarchy Process, McGraw-Hill.
    Saaty, T. L. (2003), Decision-making with the AHP: why is the principal eigenvector necessary,
    European Journal of Operational Research 145(1).

    Examples
    --------
    >>> weigh(["slope", "road"], np.array([[1, 3], [1 / 3, 1]])).weights.round(2).tolist()
    [0.75, 0.25]
    """
    found = examine(names, matrix)
    if found.consistency_ratio <= MOST_RATIO:
        return found
    assert found.worst is not None
    first, second = found.worst
    given, fitting = spoken(found.worst_given), spoken(found.worst_fitting)
    raise DataError(
        say(
            f"两两比较互相矛盾：一致性比率 CR = {found.consistency_ratio:.3f}，大于 {MOST_RATIO}。"
            f"最不合群的是“{first}”比“{second}”：填的是 {given}，其余各项合起来约为 {fitting}。",
            f"the comparisons contradict each other: consistency ratio "
            f"{found.consistency_ratio:.3f} > {MOST_RATIO}. The one that fits the others least is "
            f"{first!r} over {second!r}: given {given}, the others say about {fitting}",
        ),
        hint=say(
            f"请重新斟酌这一项，例如改为 {fitting}，再运行。",
            f"think that comparison over again, for example {fitting}",
        ),
    )


def examine(names: Sequence[str], matrix: Floats) -> Weighing:
    """Return the weights without refusing contradictory comparisons; see `weigh`.

    Raises
    ------
    DataError
        The matrix is not square, positive and reciprocal, or has too many criteria.
    """
    a = _checked(names, np.asarray(matrix, np.float64))
    n = len(a)
    values, vectors = np.linalg.eig(a)
    top = int(np.argmax(values.real))
    vector = np.abs(vectors[:, top].real)
    weights = vector / vector.sum()
    largest = float(values[top].real)
    index = max((largest - n) / (n - 1), 0.0) if n > 1 else 0.0
    random = RANDOM_INDEX[n - 1]
    ratio = index / random if random else 0.0
    others = _said_by_others(a)
    misfit = np.abs(np.log(a) - others)
    at = np.unravel_index(int(np.argmax(np.triu(misfit, 1))), a.shape)
    row, column = int(at[0]), int(at[1])
    if a[row, column] < 1:
        row, column = column, row
    agrees = misfit.max() < _RECIPROCAL
    return Weighing(
        names=tuple(names),
        weights=weights,
        largest_eigenvalue=largest,
        consistency_index=index,
        consistency_ratio=ratio,
        worst=None if agrees else (names[row], names[column]),
        worst_given=float(a[row, column]),
        worst_fitting=float(np.exp(others[row, column])),
    )


def _said_by_others(a: Floats) -> Floats:
    """Return the logarithm of each comparison as the others imply it: ``a[i, k] × a[k, j]``."""
    log = np.log(a)
    n = len(a)
    if n < 3:  # noqa: PLR2004 - two criteria have no third to contradict them
        return log
    through = log.sum(axis=1)[:, None] + log.sum(axis=0)[None, :] - 2 * log
    implied: Floats = np.where(np.eye(n, dtype=bool), 0.0, through / (n - 2))
    return implied


def spoken(ratio: float) -> str:
    """Return how many times one matters more as Saaty's scale writes it.

    Examples
    --------
    >>> spoken(4.9), spoken(0.21), spoken(1.02)
    ('5', '1/5', '1')
    """
    whole = int(np.clip(np.rint(max(ratio, 1 / ratio)), 1, 9))
    return str(whole) if ratio >= 1 or whole == 1 else f"1/{whole}"


def _checked(names: Sequence[str], a: Floats) -> Floats:
    n = len(names)
    if a.shape != (n, n):
        raise DataError(
            say(
                f"比较矩阵应为 {n} 行 {n} 列，实际为 {' × '.join(map(str, a.shape))}。",
                f"{n} criteria need a matrix of {n} × {n}, not {' × '.join(map(str, a.shape))}",
            )
        )
    if not 1 <= n <= len(RANDOM_INDEX):
        raise DataError(
            say(
                f"层次分析法最多比较 {len(RANDOM_INDEX)} 项准则，现在是 {n} 项。",
                f"pairwise comparison takes at most {len(RANDOM_INDEX)} criteria, not {n}",
            )
        )
    if not (np.isfinite(a).all() and (a > 0).all()):
        raise DataError(
            say("比较矩阵里有空格、零或负数。", "a cell of the matrix is empty, 0 or negative"),
            hint=say(
                "每格都写正数：同等重要写 1，重要几倍写几，反过来写 1/几。",
                "write a positive number in every cell: 1 equal, 3 three times, 1/3 the reverse",
            ),
        )
    for i in range(n):
        for j in range(i, n):
            if abs(np.log(a[i, j] * a[j, i])) > _RECIPROCAL * 2:
                raise DataError(_not_reciprocal(names[i], names[j], a[i, j], a[j, i]))
    upper = np.triu(a, 1)
    with np.errstate(divide="ignore"):
        mirrored = np.where(upper.T > 0, 1 / upper.T, 0.0)
    square: Floats = upper + mirrored + np.eye(n)
    return square


def _not_reciprocal(first: str, second: str, there: float, back: float) -> str:
    if first == second:
        return say(
            f"“{first}”与自身比较应为 1，填的是 {there:g}。",
            f"{first!r} compared with itself is 1, not {there:g}",
        )
    return say(
        f"“{first}”比“{second}”填的是 {there:g}，反过来应为 {1 / there:.3g}，填的却是 {back:g}。",
        f"{first!r} over {second!r} is {there:g}, so the reverse is {1 / there:.3g}, not {back:g}",
    )
