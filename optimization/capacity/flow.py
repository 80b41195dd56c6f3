"""The most people that open sites can take: a flow, kept up as sites open and close."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimization.capacity.net import Net

LEAST = 1e-9
"""People below this are rounding."""


class Flow(NamedTuple):
    """Who is placed where; written in place."""

    open: NDArray[np.bool_]
    placed: NDArray[np.float64]
    """(n_pair,)"""
    left: NDArray[np.float64]
    """(n,) people without a place."""
    free: NDArray[np.float64]
    """(m,) places left in open sites."""
    came_from: NDArray[np.int32]
    """(m,) pair by which the search came to a site."""
    leaves: NDArray[np.int32]
    """(m,) pair of an earlier site whose people move on to it, -1 at the first."""
    stamp: NDArray[np.int64]
    """(m + 1,) round in which a site was last seen; the round itself at the end."""
    queue: NDArray[np.int32]


def empty_flow(net: Net) -> Flow:
    """Return the flow with nothing open."""
    m = len(net.room)
    return Flow(
        open=np.zeros(m, bool),
        placed=np.zeros(len(net.col)),
        left=net.people.copy(),
        free=np.zeros(m),
        came_from=np.zeros(m, np.int32),
        leaves=np.zeros(m, np.int32),
        stamp=np.zeros(m + 1, np.int64),
        queue=np.zeros(m + 1, np.int32),
    )


def copy_of(flow: Flow) -> Flow:
    """Return a flow that can be changed by itself."""
    return Flow(
        flow.open.copy(),
        flow.placed.copy(),
        flow.left.copy(),
        flow.free.copy(),
        flow.came_from.copy(),
        flow.leaves.copy(),
        flow.stamp.copy(),
        flow.queue.copy(),
    )


def become(flow: Flow, other: Flow) -> None:
    """Make a flow equal to another."""
    flow.open[:], flow.placed[:] = other.open, other.placed
    flow.left[:], flow.free[:] = other.left, other.free


@njit(cache=True)  # type: ignore[untyped-decorator]
def open_site(net: Any, flow: Any, j: int) -> Any:  # noqa: ANN401
    """Open a site and place as many people more as can be; returns how many.

    New people come straight from those left out, or take the place of others who move on into it:
    every way there ends at the new site, so the search starts from it and goes backwards.
    """
    if flow.open[j]:
        return 0.0
    flow.open[j] = True
    flow.free[j] = net.room[j]
    gained = 0.0
    for at in range(net.site_ptr[j], net.site_ptr[j + 1]):
        pair = net.site_pair[at]
        moved = min(flow.left[net.row[pair]], flow.free[j])
        if moved > 0:
            flow.placed[pair] += moved
            flow.left[net.row[pair]] -= moved
            flow.free[j] -= moved
            gained += moved
    while flow.free[j] > LEAST:
        moved = _pull(net, flow, j)
        if moved <= LEAST:
            break
        gained += moved
    return gained


@njit(cache=True)  # type: ignore[untyped-decorator]
def _pull(net: Any, flow: Any, j: int) -> Any:  # noqa: ANN401
    """Bring people who are left out into the system by a chain of moves that ends at a site."""
    round_ = flow.stamp[-1] + 1
    flow.stamp[-1] = round_
    flow.queue[0], flow.stamp[j], flow.leaves[j] = j, round_, -1
    head, tail, found, last = 0, 1, -1, -1
    while head < tail and found < 0:
        s = flow.queue[head]
        head += 1
        for at in range(net.site_ptr[s], net.site_ptr[s + 1]):
            into = net.site_pair[at]
            i = net.row[into]
            if flow.left[i] > LEAST:
                found, last = into, s
                break
            for out in range(net.ptr[i], net.ptr[i + 1]):
                t = net.col[out]
                if flow.placed[out] > LEAST and flow.stamp[t] != round_:
                    flow.stamp[t] = round_
                    flow.leaves[t] = out
                    flow.came_from[t] = into
                    flow.queue[tail] = t
                    tail += 1
    if found < 0:
        return 0.0
    most, s = min(flow.left[net.row[found]], flow.free[j]), last
    while flow.leaves[s] >= 0:
        most = min(most, flow.placed[flow.leaves[s]])
        s = net.col[flow.came_from[s]]
    flow.left[net.row[found]] -= most
    flow.placed[found] += most
    s = last
    while flow.leaves[s] >= 0:
        flow.placed[flow.leaves[s]] -= most
        flow.placed[flow.came_from[s]] += most
        s = net.col[flow.came_from[s]]
    flow.free[j] -= most
    return most


@njit(cache=True)  # type: ignore[untyped-decorator]
def close_site(net: Any, flow: Any, j: int) -> Any:  # noqa: ANN401
    """Close a site; people find another place where there is one. Returns how many lose theirs."""
    flow.open[j] = False
    lost = 0.0
    for at in range(net.site_ptr[j], net.site_ptr[j + 1]):
        pair = net.site_pair[at]
        if flow.placed[pair] > 0:
            lost += flow.placed[pair]
            flow.left[net.row[pair]] += flow.placed[pair]
            flow.placed[pair] = 0.0
    flow.free[j] = 0.0
    for t in range(len(flow.open)):
        while flow.open[t] and flow.free[t] > LEAST:
            moved = _pull(net, flow, t)
            if moved <= LEAST:
                break
            lost -= moved
    return lost
