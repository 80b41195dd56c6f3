"""How far GCJ-02 and BD-09 lie from WGS 84, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

OFFSET_AREA: Final = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north: where the GCJ-02 and BD-09 offsets are defined."""

_KRASOVSKY_A_M: Final = 6378245.0
_KRASOVSKY_E2: Final = 0.00669342162296594323
_BD_PI: Final = np.pi * 3000.0 / 180.0
_CONVERGED_DEG: Final = 1e-10  # a hundredth of a millimetre
_MAX_ROUNDS: Final = 40


def in_offset_area(lonlat: ArrayLike) -> NDArray[np.bool_]:
    """Return which points lie where the GCJ-02 and BD-09 offsets are defined.

    Parameters
    ----------
    lonlat : (n, 2)
        Longitude and latitude in degrees.
    """
    x, y = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2).T
    west, south, east, north = OFFSET_AREA
    inside: NDArray[np.bool_] = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return inside


def inside(points: Floats, move: Callable[[Floats], Floats]) -> Floats:
    """Return points (n, 2) moved where the offsets are defined, and left as they are elsewhere."""
    within = in_offset_area(points)
    moved = points.copy()
    moved[within] = move(points[within])
    return moved


def invert(forward: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """Return the inverse by fixed-point rounds: the offset changes little over its own length."""

    def inverse(points: Floats) -> Floats:
        guess = points.copy()
        for _ in range(_MAX_ROUNDS):
            error = forward(guess) - points
            guess = guess - error
            if not error.size or np.abs(error).max() < _CONVERGED_DEG:
                break
        return guess

    return inverse


def gcj02(lonlat: Floats) -> Floats:
    """Offset WGS 84 degrees to GCJ-02 by the published trigonometric series."""
    lon, lat = lonlat.T
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    ripple = 20.0 * (np.sin(6 * np.pi * x) + np.sin(2 * np.pi * x))
    north_m = -100.0 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += (2 / 3) * (ripple + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3))
    north_m += (2 / 3) * (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30))
    east_m = 300.0 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m += (2 / 3) * (ripple + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3))
    east_m += (2 / 3) * (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30))
    phi = np.radians(lat)
    w2 = 1 - _KRASOVSKY_E2 * np.sin(phi) ** 2
    meridian_m = _KRASOVSKY_A_M * (1 - _KRASOVSKY_E2) / (w2 * np.sqrt(w2))
    parallel_m = _KRASOVSKY_A_M / np.sqrt(w2) * np.cos(phi)
    return np.column_stack(
        [lon + np.degrees(east_m / parallel_m), lat + np.degrees(north_m / meridian_m)]
    )


def bd09(lonlat: Floats) -> Floats:
    """Offset WGS 84 degrees to GCJ-02 and from there to BD-09."""
    x, y = gcj02(lonlat).T
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_PI)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])
