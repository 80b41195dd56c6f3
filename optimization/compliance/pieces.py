"""A norm model falls into towns that share no room: each is solved for itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimization.compliance.core import Core


def pieces(core: Core) -> Iterator[Core]:
    """Yield the connected parts of a model, those with most pairs last; sites alone are left out.

    A site that must open and serves nobody is a part of its own.
    """
    label = _labels(core.n, core.m, core.row, core.col)
    of_site = label[core.n :]
    wanted = np.bincount(label[: core.n], minlength=len(label)) > 0
    wanted[of_site[core.must]] = True
    size = np.bincount(of_site[core.col], minlength=len(label))
    labels = np.flatnonzero(wanted)
    rows_by = np.argsort(label[: core.n], kind="stable")
    cols_by = np.argsort(of_site, kind="stable")
    row_at = np.searchsorted(label[: core.n][rows_by], np.arange(len(label) + 1))
    col_at = np.searchsorted(of_site[cols_by], np.arange(len(label) + 1))
    for one in labels[np.argsort(size[labels], kind="stable")]:
        rows = rows_by[row_at[one] : row_at[one + 1]]
        yield part_of(core, rows, cols_by[col_at[one] : col_at[one + 1]])


def part_of(core: Core, rows: NDArray[np.int64], cols: NDArray[np.int64]) -> Core:
    """Return the model of some estates and sites, in their order."""
    at_row, at_col = np.full(core.n, -1), np.full(core.m, -1)
    at_row[rows], at_col[cols] = np.arange(len(rows)), np.arange(len(cols))
    lengths = np.diff(core.ptr)[rows]
    starts = np.repeat(core.ptr[rows] - np.cumsum(lengths) + lengths, lengths)
    pairs = starts + np.arange(int(lengths.sum()))
    pairs = pairs[at_col[core.col[pairs]] >= 0]
    row, col = at_row[core.row[pairs]].astype(np.int32), at_col[core.col[pairs]].astype(np.int32)
    n_option = np.diff(core.opt_ptr)[cols]
    first = np.repeat(core.opt_ptr[cols] - np.cumsum(n_option) + n_option, n_option)
    opts = first + np.arange(int(n_option.sum()))
    return Core(
        demand=core.demand[rows],
        site=core.site[cols],
        need_m2=core.need_m2[rows],
        ptr=_starts(row, len(rows)),
        col=col,
        row=row,
        use_m2=core.use_m2[pairs],
        part=core.part[pairs],
        site_ptr=_starts(col, len(cols)),
        site_pair=np.argsort(col, kind="stable").astype(np.int32),
        opt_ptr=np.concatenate(([0], np.cumsum(n_option))).astype(np.int64),
        opt_area=core.opt_area[opts],
        opt_cost=core.opt_cost[opts],
        opt_yuan=core.opt_yuan[opts],
        must=core.must[cols],
    )


def with_less(core: Core, share: NDArray[np.float64]) -> Core:
    """Return the model in which only a share of each need has to be met."""
    kept = np.flatnonzero(share > 0)
    smaller = part_of(core, kept, np.arange(core.m))
    part = share[kept]
    return replace(
        smaller,
        need_m2=smaller.need_m2 * part,
        use_m2=smaller.use_m2 * part[smaller.row],
    )


def _starts(of: NDArray[Any], n: int) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(np.bincount(of, minlength=n)))).astype(np.int64)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _labels(n: int, m: int, row: Any, col: Any) -> Any:  # noqa: ANN401
    """Return (n + m,) a number of the part each estate and each site lies in."""
    label = np.arange(n + m)
    for pair in range(len(row)):
        a, b = row[pair], n + col[pair]
        while label[a] != a:
            label[a] = label[label[a]]
            a = label[a]
        while label[b] != b:
            label[b] = label[label[b]]
            b = label[b]
        if a < b:
            label[b] = a
        else:
            label[a] = b
    for at in range(n + m):
        root = at
        while label[root] != root:
            root = label[root]
        label[at] = root
    return label
