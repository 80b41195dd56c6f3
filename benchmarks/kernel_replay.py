"""Compiled sweeps to be timed without output, and the same work without a queue."""

import numba
import numpy as np

from geo.network.compiled import FAR, LOW_32
from geo.travel._sweep import IDLE, enqueue, new_buckets, sweep


@numba.njit(nogil=True)
def sweep_all(bounds, packed, limit, bits, sources):  # noqa: ANN001, ANN201
    """Sweep from every source without output; return how many nodes were settled."""
    n_node = len(bounds) - 1
    ms = np.full(n_node, np.int32(FAR), np.int32)
    touched = np.empty(n_node, np.int32)
    buckets, after = new_buckets(limit, bits), np.empty(n_node, np.int32)
    ahead = np.full(n_node, np.int32(IDLE), np.int32)
    total = 0
    for source in sources:
        ms[source] = 0
        touched[0] = source
        enqueue(buckets, after, ahead, source, 0, 0)
        n = sweep(bounds, packed, limit, bits, ms, touched, 1, buckets, after, ahead)
        for i in range(n):
            ms[np.uint32(touched[i])] = FAR
        total += n
    return total


@numba.njit(nogil=True)
def settled_order(bounds, packed, limit, bits, sources):  # noqa: ANN001, ANN201
    """Return that number, the nodes of every sweep in the order of their times, and bounds."""
    n_node = len(bounds) - 1
    ms = np.full(n_node, np.int32(FAR), np.int32)
    touched = np.empty(n_node, np.int32)
    buckets, after = new_buckets(limit, bits), np.empty(n_node, np.int32)
    ahead = np.full(n_node, np.int32(IDLE), np.int32)
    order = np.empty(1024, np.int32)
    ends = np.zeros(len(sources) + 1, np.int64)
    total = 0
    for s in range(len(sources)):
        ms[sources[s]] = 0
        touched[0] = sources[s]
        enqueue(buckets, after, ahead, sources[s], 0, 0)
        n = sweep(bounds, packed, limit, bits, ms, touched, 1, buckets, after, ahead)
        if total + n > len(order):
            order = np.concatenate((order, np.empty(len(order) + n, np.int32)))
        order[total : total + n] = touched[:n][np.argsort(ms[touched[:n]])]
        for i in range(n):
            ms[np.uint32(touched[i])] = FAR
        total += n
        ends[s + 1] = total
    return total, order[:total].copy(), ends


@numba.njit(nogil=True)
def replay(bounds, packed, limit, order, ends):  # noqa: ANN001, ANN201
    """Relax the arcs of the nodes in that order: the sweep's work without its queue."""
    ms = np.full(len(bounds) - 1, np.int32(FAR), np.int32)
    farthest = (np.int64(limit) << 32) | LOW_32
    for s in range(len(ends) - 1):
        ms[order[ends[s]]] = 0
        for i in range(ends[s], ends[s + 1]):
            u = np.uint32(order[i])
            base = np.int64(ms[u]) << 32
            for a in range(np.uint32(bounds[u]), np.uint32(bounds[u + np.uint32(1)])):
                reached = base + packed[a]
                v = np.uint32(reached)
                if reached <= farthest and np.int32(reached >> 32) < ms[v]:
                    ms[v] = np.int32(reached >> 32)
        for i in range(ends[s], ends[s + 1]):
            ms[np.uint32(order[i])] = FAR
