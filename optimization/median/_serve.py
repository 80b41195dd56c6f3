"""To which open site each demand point walks, and how long."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from geo.network.compiled import (
    FAR,
    Int32s,
    Int64s,
    compiled,
    i32s,
    r_i32s,
    r_i64s,
    several,
)
from geo.travel.minutes import Minutes


def served(
    minutes: Minutes, opened: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return (n_demand,) the nearest open site, -1 = none, and milliseconds, `FAR` = none.

    Of equally near sites the one that stands first serves.
    """
    return _served(minutes.indptr, minutes.indices, minutes.ms, opened)


@compiled(
    several(i32s, i32s), r_i64s, r_i32s, r_i32s, types.Array(types.boolean, 1, "C", readonly=True)
)
def _served(
    indptr: Int64s, indices: Int32s, ms: Int32s, opened: NDArray[np.bool_]
) -> tuple[Int32s, Int32s]:
    n = len(indptr) - 1
    by = np.full(n, -1, np.int32)
    walk = np.full(n, np.int32(FAR), np.int32)
    for i in range(n):
        for k in range(indptr[i], indptr[i + 1]):
            j = indices[k]
            if opened[j] and (by[i] < 0 or ms[k] < walk[i] or (ms[k] == walk[i] and j < by[i])):
                by[i], walk[i] = j, ms[k]
    return by, walk
