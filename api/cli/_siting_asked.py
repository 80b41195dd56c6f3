"""What every question of siting asks: which facility, for whom, how far, how hard to try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class SitingAsked:
    """What ``fuwuquan site`` and ``fuwuquan plan`` both ask."""

    facility: str
    never: tuple[str, ...]
    """Ids of candidates that may not be chosen."""
    limit_min: float | None
    gap: float
    seconds: float
    seed: int
    speed_m_s: float | None
    walker: str
    on: date
    as_of: int | None
    """Year whose elders are counted; None: as the layers count them."""
    own_only: bool
