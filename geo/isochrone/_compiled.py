"""Types of the arrays that only the rasters of isochrones use; ``geo.network`` has the others."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import types
from numpy.typing import NDArray

Float32s = NDArray[np.float32]
Float64s = NDArray[np.float64]

void: Final = types.void
i32: Final = types.int32
f32s_2d: Final = types.float32[:, ::1]
two_f64: Final = types.UniTuple(types.float64, 2)
# What a kernel only reads may be read-only; "A" is a part of an array.
r_i32s_2d_part: Final = types.Array(types.int32, 2, "A", readonly=True)
r_i64s_3d: Final = types.Array(types.int64, 3, "C", readonly=True)
r_f32s_2d: Final = types.Array(types.float32, 2, "C", readonly=True)
