"""How a kernel is compiled: explicit signature, kept on disk, free of the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])

FAR: Final = 2**31 - 1
"""Milliseconds of a place that is not reached."""
LOW_32: Final = np.int64(0xFFFFFFFF)
"""The bits of a packed key or arc that name the node."""

Int = Any
"""A whole number: Python's, or inside a kernel one of numpy's, whose width the compiler checks."""
Float32s = NDArray[np.float32]
Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]
Float64s = NDArray[np.float64]

none = types.none
i32 = types.int32
i64 = types.int64
f64 = types.float64
boolean = types.boolean
i32s = types.int32[::1]
i64s = types.int64[::1]
f64s = types.float64[::1]
i32s_2d = types.int32[:, ::1]
f32s_2d = types.float32[:, ::1]
# What a kernel only reads may be a read-only array, such as a memory map.
r_u8s = types.Array(types.uint8, 1, "C", readonly=True)
r_i32s = types.Array(types.int32, 1, "C", readonly=True)
r_i64s = types.Array(types.int64, 1, "C", readonly=True)
r_i32s_2d = types.Array(types.int32, 2, "C", readonly=True)
r_f64s = types.Array(types.float64, 1, "C", readonly=True)
r_f64s_2d = types.Array(types.float64, 2, "C", readonly=True)
r_f32s_2d = types.Array(types.float32, 2, "C", readonly=True)
r_i64s_3d = types.Array(types.int64, 3, "C", readonly=True)
r_i32s_2d_part = types.Array(types.int32, 2, "A", readonly=True)
"""A window cut out of an array."""


def compiled(returns: Any, *arguments: Any) -> Callable[[F], F]:  # noqa: ANN401
    """Compile a function for exactly these types when its module is imported."""
    return cast("Callable[[F], F]", njit(returns(*arguments), cache=True, nogil=True))


def in_place(returns: Any, *arguments: Any) -> Callable[[F], F]:  # noqa: ANN401
    """Compile a function that makes no array, without counting references to those it is given.

    In the innermost functions the counting took longer than the work.
    """
    options = {"cache": True, "nogil": True, "_nrt": False}
    return cast("Callable[[F], F]", njit(returns(*arguments), **options))


def several(*returns: Any) -> Any:  # noqa: ANN401
    """Return the type of a tuple."""
    return types.Tuple(returns)
