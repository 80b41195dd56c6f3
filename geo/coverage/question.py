"""State what is asked: which facilities, how many minutes, walked how fast, on which day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from geo.errors import DataError
from geo.schema import FacilityType, facility_type
from geo.text import say
from geo.travel.profiles import Profile, profile

SLOWEST_M_S = 0.8
FASTEST_M_S = 1.2
"""Speeds between which a place is surely covered, surely not, or it depends."""

HORIZON_MIN = 60.0
"""How far the walk of the unserved is followed."""

_LONGEST_MIN = 240.0


@dataclass(frozen=True, slots=True)
class Question:
    """What one coverage run answers."""

    kind: FacilityType
    minutes: tuple[float, ...]
    """Limits, ascending."""
    main_min: float
    """The limit of certainty classes, unique, overlapping and marginal coverage."""
    walker: Profile
    on: date
    own_only: bool = False
    """Leave out the facilities of neighbouring counties."""
    horizon_min: float = HORIZON_MIN
    as_of: int | None = None
    """Year to which elders are projected; None: as the layers count them."""

    @property
    def search_min(self) -> float:
        """How far every walk must be known: the longest limit, and the main one walked fastest."""
        return max(*self.minutes, self.main_min * FASTEST_M_S / self.walker.speed_m_s)

    @property
    def farthest_m(self) -> float:
        """Farthest distance walked within `search_min`, on the fastest street."""
        factor = max([1.0, *self.walker.class_factor.values(), self.walker.steps_factor or 0.0])
        return self.search_min * 60 * self.walker.speed_m_s * factor


def ask(
    facility: str,
    *,
    on: date,
    minutes: Sequence[float] = (),
    walker: str | Path = "elder",
    speed_m_s: float | None = None,
    own_only: bool = False,
    horizon_min: float = HORIZON_MIN,
    as_of: int | None = None,
) -> Question:
    """Check and complete a question.

    Parameters
    ----------
    facility
        Name of the facility type, in either language.
    on
        Day on which facilities must be open and communities in force.
    minutes
        Limits; empty takes the type's own. The main one is the type's own when it is among them,
        else the longest.
    walker
        Name or file of the walking profile; its speed gives way to ``speed_m_s``.
    own_only
        Leave out the facilities of neighbouring counties.
    horizon_min
        How far the walk of the unserved is followed.
    as_of
        Year to which elders are projected; see `geo.ageing`.

    Raises
    ------
    NotFoundError
        No such facility type or profile.
    DataError
        A limit is not a number of minutes above 0 and up to 240.

    Examples
    --------
    >>> ask("养老服务站", on=date(2026, 5, 1), minutes=(30, 5, 15)).minutes
    (5.0, 15.0, 30.0)
    """
    kind = facility_type(facility)
    limits = tuple(sorted({float(limit) for limit in minutes or (kind.minutes,)}))
    bad = [limit for limit in limits if not math.isfinite(limit) or not 0 < limit <= _LONGEST_MIN]
    if bad:
        raise DataError(
            say(
                f"时限应为大于 0、不超过 {_LONGEST_MIN:g} 的分钟数，现为 "
                f"{'、'.join(f'{limit:g}' for limit in bad)}。",
                f"limits must be above 0 and at most {_LONGEST_MIN:g} minutes, found "
                f"{', '.join(f'{limit:g}' for limit in bad)}.",
            ),
            hint=say("例如 --minutes 5,10,15,30。", "For example --minutes 5,10,15,30."),
        )
    return Question(
        kind=kind,
        minutes=limits,
        main_min=float(kind.minutes) if kind.minutes in limits else limits[-1],
        walker=profile(walker, speed_m_s=speed_m_s),
        on=on,
        own_only=own_only,
        horizon_min=max(horizon_min, limits[-1]),
        as_of=as_of,
    )
