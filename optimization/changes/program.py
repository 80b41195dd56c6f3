"""Keep, expand, move, close or open: the integer program and how its answer is read."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimization.solver import Program

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be done at every site and what it costs; arrays are (m,)."""

    room: Numbers
    """People, or m², that the site serves when it is open."""
    more_m2: Numbers
    """m² that may be added."""
    a_m2: float
    """People, or m², that a m² more serves."""
    keep: Flags
    """May be open as it stands (existing facilities)."""
    move: Flags
    """May be moved away."""
    close: Flags
    """May be closed for good."""
    open: Flags
    """May be opened new."""
    receive: Flags
    """May take a moved facility."""
    must: Flags
    """Has to be open."""
    rent: Numbers
    """Of being open, all years together."""
    expand_yuan_m2: Numbers
    move_yuan: Numbers
    close_yuan: Numbers
    open_yuan: Numbers
    receive_yuan: Numbers


@dataclass(frozen=True, slots=True)
class Classes:
    """Demand points within the limit of the same sites, taken together."""

    of: NDArray[np.int64]
    """(n_demand,) class of each point, -1 = nobody there, or no site in reach."""
    amount: Numbers
    """(n_class,)"""
    least: Numbers
    """(n_class,) that has to be served."""
    row: NDArray[np.int64]
    """(n_pair,) class."""
    col: NDArray[np.int64]
    """(n_pair,) site."""


def classes_of(
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
    amount: Numbers,
    least: Numbers,
) -> Classes:
    """Join demand points that the same sites can serve; the pairs are sorted by row and column."""
    n = len(amount)
    keep = amount[rows] > 0
    rows, cols = rows[keep], cols[keep]
    first = np.searchsorted(rows, np.arange(n + 1))
    known: dict[bytes, int] = {}
    of = np.full(n, -1, np.int64)
    members: list[NDArray[np.int64]] = []
    for i in np.flatnonzero(np.diff(first)):
        mine = cols[first[i] : first[i + 1]]
        key = mine.tobytes()
        if key not in known:
            known[key] = len(members)
            members.append(mine)
        of[i] = known[key]
    inside = of >= 0
    return Classes(
        of=of,
        amount=np.bincount(of[inside], amount[inside], minlength=len(members)).astype(float),
        least=np.bincount(of[inside], least[inside], minlength=len(members)).astype(float),
        row=np.repeat(np.arange(len(members)), [len(mine) for mine in members]).astype(np.int64),
        col=np.concatenate([np.zeros(0, np.int64), *members]).astype(np.int64),
    )


def program_of(terms: Terms, classes: Classes, *, budget: float | None) -> Program:
    """Return the integer program.

    Columns by site: ``k`` kept, ``v`` moved away, ``n`` opened, ``h`` received, ``e`` share of the
    extension; then ``f`` by pair. What closes is ``1 - k - v``::

        min  cost                    (or max sum f with cost <= budget)
        s.t. sum_j f_cj >= least_c,  sum_j f_cj <= amount_c
             sum_c f_cj <= room_j (k + n + h)_j + a_m2 more_j e_j
             f_cj <= amount_c (k + n + h)_j,   e_j <= (k + n + h)_j
             (k + v)_j <= 1,  (n + h)_j <= 1,  sum v = sum h
    """
    m, n_class, n_pair = len(terms.room), len(classes.amount), len(classes.row)
    at = np.arange(m)
    k, v, n, h, e = (block * m + at for block in range(5))
    f = 5 * m + np.arange(n_pair)
    cost, constant = costs(terms, n_pair)
    site, pair = n_class + at, n_class + 4 * m + 2 + np.arange(n_pair)
    reach = np.minimum(
        classes.amount[classes.row],
        (terms.room + terms.a_m2 * terms.more_m2)[classes.col],
    )
    opened = [(site, block, -terms.room) for block in (k, n, h)]
    grown = [(site + m, block, -np.ones(m)) for block in (k, n, h)]
    strong = [(pair, block[classes.col], -reach) for block in (k, n, h)]
    entries = [
        (classes.row, f, np.ones(n_pair)),
        (n_class + classes.col, f, np.ones(n_pair)),
        *opened,
        (site, e, -terms.a_m2 * terms.more_m2),
        (site + m, e, np.ones(m)),
        *grown,
        *[(site + 2 * m, block, np.ones(m)) for block in (k, v)],
        *[(site + 3 * m, block, np.ones(m)) for block in (n, h)],
        (np.full(m, n_class + 4 * m), v, np.ones(m)),
        (np.full(m, n_class + 4 * m), h, -np.ones(m)),
        (np.full(5 * m, n_class + 4 * m + 1), np.arange(5 * m), cost[: 5 * m]),
        (pair, f, np.ones(n_pair)),
        *strong,
    ]
    rows, cols, values = (np.concatenate([part[i] for part in entries]) for i in range(3))
    order = np.lexsort((cols, rows))
    n_row = n_class + 4 * m + 2 + n_pair
    # one who may not be closed for good is kept or moved
    stays = np.where((terms.keep | terms.move) & ~terms.close, 1.0, -np.inf)
    must = terms.must.astype(float)
    lower = np.concatenate(
        [
            np.where(terms.must & terms.keep, 1.0, 0.0),
            np.zeros(2 * m),
            np.zeros(2 * m),
            np.zeros(n_pair),
        ]
    )
    upper = np.concatenate(
        [terms.keep, terms.move, terms.open, terms.receive, terms.more_m2 > 0, np.ones(n_pair)]
    ).astype(float)
    upper[f] = reach
    must_new = np.where(terms.must & ~terms.keep, must, -np.inf)
    limit = np.inf if budget is None else budget - constant
    whole = np.ones(len(upper), bool)
    whole[4 * m :] = False
    serve = np.zeros(len(upper))
    serve[f] = 1.0
    return Program(
        cost=cost if budget is None else serve,
        lower=lower,
        upper=upper,
        integer=whole,
        indptr=np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=n_row)))),
        indices=cols[order].astype(np.int32),
        values=values[order],
        row_lower=np.concatenate(
            [
                classes.least * (1 - 1e-9),
                np.full(2 * m, -np.inf),
                stays,
                must_new,
                [0.0, -np.inf],
                np.full(n_pair, -np.inf),
            ]
        ),
        row_upper=np.concatenate(
            [
                classes.amount,
                np.zeros(2 * m),
                np.ones(2 * m),
                [0.0, limit],
                np.zeros(n_pair),
            ]
        ),
        maximise=budget is not None,
    )


def mildest(program: Program, terms: Terms, *, objective: float) -> Program:
    """Return the program that, among plans as good, changes least.

    Of plans that cost as little, the one that keeps most; of plans that serve as many, the
    cheapest.
    """
    m = len(terms.room)
    n_col = len(program.cost)
    slack = 1e-7 * max(1.0, abs(objective))
    used = np.flatnonzero(program.cost).astype(np.int32)
    row_lower = np.append(program.row_lower, objective - slack if program.maximise else -np.inf)
    row_upper = np.append(program.row_upper, np.inf if program.maximise else objective + slack)
    if program.maximise:
        n_pair = n_col - 5 * m
        cost, _ = costs(terms, n_pair)
    else:
        cost = np.zeros(n_col)
        cost[:m] = -1.0
        cost[2 * m : 4 * m] = 1.0
        cost[4 * m : 5 * m] = 0.5 / m
    return replace(
        program,
        cost=cost,
        indptr=np.append(program.indptr, program.indptr[-1] + len(used)),
        indices=np.append(program.indices, used),
        values=np.append(program.values, program.cost[used]),
        row_lower=row_lower,
        row_upper=row_upper,
        maximise=False,
    )


def costs(terms: Terms, n_pair: int) -> tuple[Numbers, float]:
    """Return the cost of every column, and what closing everything would cost."""
    stands = terms.keep | terms.move | terms.close
    gone = np.where(stands, terms.close_yuan, 0.0)
    columns = np.concatenate(
        [
            terms.rent - gone,
            terms.move_yuan - gone,
            terms.open_yuan + terms.rent,
            terms.receive_yuan + terms.rent,
            terms.expand_yuan_m2 * terms.more_m2,
            np.zeros(n_pair),
        ]
    )
    return columns, float(gone.sum())
