"""Whether a few sites can cover everyone: smaller but equal sets, and a search for a cover."""
# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: C901, PLR0912, PLR0915, PLR0917

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import types
from numpy.typing import NDArray

from geo.network.compiled import (
    Float64s,
    Int,
    Int32s,
    Int64s,
    boolean,
    compiled,
    i64,
    i64s,
    none,
    r_f64s,
    r_i32s,
    r_i64s,
)

_flags = types.boolean[::1]


@dataclass(frozen=True, slots=True)
class Sets:
    """Rows that each need one of their sites; a cover may not exceed `room`."""

    indptr: NDArray[np.int64]
    """(n_row + 1,)"""
    site: NDArray[np.int32]
    """(n_pair,) ascending in every row."""
    size: NDArray[np.float64]
    """(n_site,)"""
    room: float

    @property
    def n_row(self) -> int:
        """Number of rows."""
        return len(self.indptr) - 1

    @property
    def rows(self) -> NDArray[np.int64]:
        """(n_pair,) row of each pair."""
        return np.repeat(np.arange(self.n_row), np.diff(self.indptr))

    def turned(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return the rows of every site, ascending: bounds and rows."""
        order = np.argsort(self.site, kind="stable")
        count = np.bincount(self.site, minlength=len(self.size))
        bounds = np.concatenate(([0], np.cumsum(count))).astype(np.int64)
        return bounds, self.rows[order].astype(np.int32)

    def kept(self, rows: NDArray[np.bool_], sites: NDArray[np.bool_]) -> Sets:
        """Return only some rows and, in them, only some sites; sites keep their numbers."""
        keep = rows[self.rows] & sites[self.site]
        count = np.bincount(self.rows[keep], minlength=self.n_row)[rows]
        bounds = np.concatenate(([0], np.cumsum(count))).astype(np.int64)
        return Sets(bounds, self.site[keep], self.size, self.room)


def simplified(sets: Sets, *, rounds: int = 6) -> Sets:
    """Drop rows that another row implies and sites that another site stands in for.

    A row that contains another is covered whenever that one is; a site whose rows another site of
    at most its size covers as well is never needed.
    """
    for _ in range(rounds):
        before = len(sets.site)
        bounds, rows = sets.turned()
        alive = _minimal(sets.indptr, sets.site, bounds, rows, np.zeros(sets.n_row), False)
        sets = sets.kept(alive, np.ones(len(sets.size), dtype=bool))
        bounds, rows = sets.turned()
        alive = _minimal(bounds, rows, sets.indptr, sets.site, sets.size, True)
        sets = sets.kept(np.ones(sets.n_row, dtype=bool), alive)
        if len(sets.site) == before:
            break
    return sets


def find_cover(sets: Sets, *, steps: int, seed: int) -> NDArray[np.bool_] | None:
    """Look for a cover within the room: greedily, then by weighted local search; None = not found.

    The local search swaps sites and raises the weight of rows that stay uncovered; it needs sites
    of equal size and is left out else.

    References
    ----------
    Gao et al. (2015), Neurocomputing 168 (row weighting for unicost set covering).
    """
    plan = np.zeros(len(sets.size), dtype=np.bool_)
    bounds, rows = sets.turned()
    equal = bool((sets.size == 1.0).all())
    found = _cover(
        sets.indptr,
        sets.site,
        bounds,
        rows,
        sets.size,
        float(sets.room),
        plan,
        steps if equal else 0,
        seed,
    )
    return plan if found else None


_signature = (r_i64s, r_i32s, r_i64s, r_i32s)


@compiled(_flags, *_signature, r_f64s, boolean)
def _minimal(
    start: Int64s,
    member: Int32s,
    turned_start: Int64s,
    turned: Int32s,
    size: Float64s,
    largest: bool,  # noqa: FBT001
) -> NDArray[np.bool_]:
    """Return the sets that contain no other set or, for `largest`, lie in no other set."""
    n = len(start) - 1
    alive = np.ones(n, np.bool_)
    for i in range(n):
        if start[i] == start[i + 1]:
            alive[i] = not largest
            continue
        rare = member[start[i]]
        for k in range(start[i], start[i + 1]):
            q = member[k]
            if turned_start[q + 1] - turned_start[q] < turned_start[rare + 1] - turned_start[rare]:
                rare = q
        length = start[i + 1] - start[i]
        for at in range(turned_start[rare], turned_start[rare + 1]):
            other = turned[at]
            longer = start[other + 1] - start[other]
            if other == i or longer < length or not alive[other] or not alive[i]:
                continue
            if largest and size[other] > size[i]:
                continue
            k, q = start[i], start[other]
            while k < start[i + 1] and q < start[other + 1]:
                if member[k] == member[q]:
                    k += 1
                elif member[k] < member[q]:
                    break
                q += 1
            if k < start[i + 1]:
                continue
            same = longer == length and (not largest or size[other] == size[i])
            if largest:
                alive[i] = same and i < other
                if same and i < other:
                    alive[other] = False
            elif not same or i < other:
                alive[other] = False
    return alive


@compiled(none, i64, i64, *_signature, _flags, i64s, i64s, i64s)
def _flip(
    j: Int,
    change: Int,
    indptr: Int64s,
    site: Int32s,
    start: Int64s,
    row: Int32s,
    plan: NDArray[np.bool_],
    times: Int64s,
    weight: Int64s,
    score: Int64s,
) -> None:
    """Open or close a site; the score of a site is the weight that flipping it gains or loses."""
    plan[j] = change > 0
    for k in range(start[j], start[j + 1]):
        i = row[k]
        before = times[i]
        times[i] += change
        after = times[i]
        for q in range(indptr[i], indptr[i + 1]):
            s = site[q]
            if s == j:
                continue
            if plan[s]:
                score[s] += weight[i] * ((after == 1) - (before == 1))
            else:
                score[s] += weight[i] * ((after == 0) - (before == 0))


@compiled(boolean, *_signature, r_f64s, types.float64, _flags, i64, i64)
def _cover(
    indptr: Int64s,
    site: Int32s,
    start: Int64s,
    row: Int32s,
    size: Float64s,
    room: float,
    plan: NDArray[np.bool_],
    steps: Int,
    seed: Int,
) -> bool:
    n, m = len(indptr) - 1, len(size)
    times = np.zeros(n, np.int64)
    weight = np.ones(n, np.int64)
    score = np.zeros(m, np.int64)
    for j in range(m):
        score[j] = start[j + 1] - start[j]
    left = room
    uncovered = n
    while uncovered > 0:
        best = -1
        for j in range(m):
            fits = not plan[j] and size[j] <= left and score[j] > 0
            if fits and (best < 0 or score[j] * size[best] > score[best] * size[j]):
                best = j
        if best < 0:
            break
        uncovered -= score[best]
        left -= size[best]
        _flip(best, 1, indptr, site, start, row, plan, times, weight, score)
    if uncovered == 0:
        return True
    moved = np.zeros(m, np.int64)
    state = np.uint64(2 * seed + 1)
    for step in range(1, steps + 1):
        out = -1
        for j in range(m):
            if plan[j] and moved[j] != step - 1:
                older = out >= 0 and score[j] == score[out] and moved[j] < moved[out]
                if out < 0 or score[j] < score[out] or older:
                    out = j
        if out < 0:
            return False
        _flip(out, -1, indptr, site, start, row, plan, times, weight, score)
        moved[out] = step
        state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
        pick = np.int64(state >> np.uint64(33))
        open_rows = 0
        for i in range(n):
            open_rows += times[i] == 0
        target = pick % open_rows if open_rows else 0
        chosen = -1
        for i in range(n):
            if times[i] == 0:
                if target == 0:
                    chosen = i
                    break
                target -= 1
        if chosen < 0:
            return True
        best = -1
        for k in range(indptr[chosen], indptr[chosen + 1]):
            j = site[k]
            if moved[j] == step:
                continue
            older = best >= 0 and score[j] == score[best] and moved[j] < moved[best]
            if best < 0 or score[j] > score[best] or older:
                best = j
        if best < 0:
            best = out
        _flip(best, 1, indptr, site, start, row, plan, times, weight, score)
        moved[best] = step
        uncovered = 0
        for i in range(n):
            if times[i] == 0:
                uncovered += 1
                weight[i] += 1
                for q in range(indptr[i], indptr[i + 1]):
                    score[site[q]] += 1
        if uncovered == 0:
            return True
    return False
