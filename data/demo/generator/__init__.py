"""How the demo city is made: real streets, and on them people and facilities that nobody has."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

CRS: Final = 32650
"""EPSG code of every coordinate while the city is made: metres, as the streets came."""
COUNTY_CODE: Final = "990101"
"""No division code of China begins with 99."""
COUNTY_NAME: Final = "示范区（模拟）"
SOURCE: Final = "模拟数据（演示用）"
SEED: Final = 80_591

ELDERS: Final = 80_591
"""Published for Gejiu: registered persons aged 60 and over, ..."""
BEDS: Final = 3_135
"""... beds in elder homes (38.9 per 1,000 elders), ..."""
ELDER_HOMES: Final = 17
PRIVATE_HOMES: Final = 9
"""... 52.9 % of the homes."""
TOWNSHIPS: Final = 11
COMMUNITIES: Final = 53
VILLAGES: Final = 66
COMPOUNDS: Final = 1_500

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def apportion(total: int, weights: Floats, *, least: int = 0) -> Ints:
    """Share a whole number out by weights, by largest remainder; ties go to the first.

    Parameters
    ----------
    total
        What is shared; at least ``least`` each.
    weights : (n,)
        Positive.
    least
        Everybody gets this first.
    """
    exact = (total - least * len(weights)) * weights / weights.sum()
    shares = np.floor(exact).astype(np.int64)
    left = total - least * len(weights) - int(shares.sum())
    shares[np.argsort(-(exact - shares), kind="stable")[:left]] += 1
    return shares + least
