"""Which pieces of street run on into one another without a choice, and in what order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.network.arrays import connected

Ints = NDArray[np.int64]

# A dart is one direction of walking a piece: dart 2p walks piece p as drawn, 2p + 1 walks it back,
# so ``dart ^ 1`` turns round.


def chains(tail: Ints, head: Ints, kind: Ints, rank: Ints) -> tuple[Ints, Ints]:
    """Join pieces into chains over every node where exactly two pieces of one kind meet.

    Parameters
    ----------
    tail, head : (n_piece,)
        End nodes of each piece.
    kind : (n_piece,)
        What must not change along a chain, such as street class and steps.
    rank : (n_node,)
        Order of the nodes; a chain begins at its end of lower rank.

    Returns
    -------
    dart : (n_piece,)
        The darts of every chain in walking order, chain after chain.
    start : (n_chain + 1,)
        First dart of each chain.
    """
    n_piece = len(tail)
    arriving, leaving, through = _links(tail, head, kind, len(rank))
    group = connected(n_piece, arriving >> 1, leaving >> 1)
    arriving, leaving = _open_rings(group, arriving, leaving, rank[through])
    before = np.full(2 * n_piece, -1, dtype=np.int64)
    before[leaving] = arriving
    before[arriving ^ 1] = leaving ^ 1
    first, place = _walk_back(before)
    chosen = _lower_ends(before, group, rank[np.column_stack((tail, head)).ravel()])
    dart = np.flatnonzero(chosen[first])
    dart = dart[np.lexsort((place[dart], group[dart >> 1]))]
    new = np.flatnonzero(place[dart] == 0)
    return dart, np.append(new, n_piece)


def _links(tail: Ints, head: Ints, kind: Ints, n_node: int) -> tuple[Ints, Ints, Ints]:
    """Return (arriving dart, leaving dart, node) of every node that is passed without a choice."""
    ends = np.column_stack((tail, head)).ravel()  # node that dart d leaves
    degree = np.bincount(ends, minlength=n_node)
    candidate = np.flatnonzero(degree[ends] == 2)  # noqa: PLR2004
    candidate = candidate[np.argsort(ends[candidate], kind="stable")]
    one, other = candidate[0::2], candidate[1::2]
    same = (one >> 1 != other >> 1) & (kind[one >> 1] == kind[other >> 1])
    one, other = one[same], other[same]
    return one ^ 1, other, ends[one]


def _open_rings(group: Ints, arriving: Ints, leaving: Ints, rank: Ints) -> tuple[Ints, Ints]:
    """Keep the lowest node of every ring, for a ring needs a place where it begins."""
    of = group[leaving >> 1]
    links = np.bincount(of, minlength=len(group))
    ring = links == np.bincount(group, minlength=len(group))
    order = np.lexsort((rank, of))
    lowest = np.zeros(len(of), dtype=bool)
    lowest[order] = np.diff(of[order], prepend=-1) != 0
    keep = ~(lowest & ring[of])
    return arriving[keep], leaving[keep]


def _walk_back(before: Ints) -> tuple[Ints, Ints]:
    """Return the first dart of each dart's chain and how many darts come before it."""
    first = np.where(before >= 0, before, np.arange(len(before)))
    place = (before >= 0).astype(np.int64)
    active = np.flatnonzero(before >= 0)
    while len(active):
        jump = first[active]
        place[active] += place[jump]
        first[active] = first[jump]
        active = active[first[active] != jump]
    return first, place


def _lower_ends(before: Ints, group: Ints, rank: Ints) -> NDArray[np.bool_]:
    """Mark, of the two darts that may begin a chain, the one at the node of lower rank."""
    ends = np.flatnonzero(before < 0)
    ends = ends[np.lexsort((ends, rank[ends], group[ends >> 1]))]
    chosen = np.zeros(len(before), dtype=bool)
    chosen[ends[0::2]] = True
    return chosen
