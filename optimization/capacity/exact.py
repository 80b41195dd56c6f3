"""Small questions of capacitated coverage as one integer program, with proof."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimization.capacity.bound import Means
from optimization.capacity.net import Net
from optimization.solver import Program, solve

Numbers = NDArray[np.float64]

_WHOLE = 1e-6


def exactly(
    net: Net,
    means: Means,
    opened: NDArray[np.bool_],
    placed: Numbers,
    *,
    whole: bool,
    left_s: float,
    gap: float,
    seed: int,
) -> tuple[tuple[NDArray[np.bool_], Numbers] | None, float, bool]:
    """Return the integer program's plan, what it proves, and whether the clock cut it."""
    n, m, n_pair = len(net.people), len(net.room), len(net.col)
    size = net.people[net.row]
    pair = np.arange(n_pair)
    big = np.minimum(size, net.room[net.col])
    unit = size if whole else np.ones(n_pair)
    parts = [
        (net.row, m + pair, np.ones(n_pair)),
        (n + net.col, m + pair, unit),
        (n + np.arange(m), np.arange(m), -net.room),
        (np.full(m, n + m), np.arange(m), np.where(means.free, means.use, 0.0)),
        (n + m + 1 + pair, m + pair, np.ones(n_pair)),
        (n + m + 1 + pair, net.col, -np.ones(n_pair) if whole else -big),
    ]
    rows, cols, values = (np.concatenate([part[at] for part in parts]) for at in range(3))
    order = np.lexsort((cols, rows))
    n_row = n + m + 1 + n_pair
    upper = np.where(size <= net.room[net.col], 1.0, 0.0) if whole else np.full(n_pair, np.inf)
    program = Program(
        cost=np.concatenate([np.zeros(m), unit]),
        lower=np.concatenate([means.fixed.astype(float), np.zeros(n_pair)]),
        upper=np.concatenate([(means.fixed | means.free).astype(float), upper]),
        integer=np.concatenate([np.ones(m, bool), np.full(n_pair, whole)]),
        indptr=np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=n_row)))),
        indices=cols[order].astype(np.int32),
        values=values[order],
        row_lower=np.full(n_row, -np.inf),
        row_upper=np.concatenate(
            [np.ones(n) if whole else net.people, np.zeros(m), [means.most], np.zeros(n_pair)]
        ),
        maximise=True,
    )
    start = np.concatenate(
        [(opened | means.fixed).astype(float), placed / np.where(unit > 0, unit, 1.0)]
    )
    found = solve(program, limit_s=max(left_s, 0.2), gap=gap, seed=seed, start=start)
    if not len(found.x):
        return None, found.bound, True
    x = found.x[m:]
    x = np.round(x) * size if whole else x
    near = np.round(x)
    x = np.where(np.abs(x - near) < _WHOLE, near, np.maximum(x, 0.0))
    return (found.x[:m] > 0.5, x), found.bound, found.by_time  # noqa: PLR2004 - 0 or 1, as floats
