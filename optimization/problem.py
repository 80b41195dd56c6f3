"""What is to be decided: whom to serve, where a facility may stand, how long the walks are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, NotFoundError
from geo.text import listed, say
from geo.travel.minutes import MS_A_MINUTE, Minutes

_MS_TOLERANCE: Final = 1e-6
"""A limit at another speed is computed in floating point; a site at exactly the limit counts."""


@dataclass(frozen=True, slots=True)
class Sites:
    """Where a facility stands or may stand; every array is (n_site,)."""

    id: NDArray[np.str_]
    name: NDArray[np.str_]
    existing: NDArray[np.bool_]
    """Stands today. It stays open unless it is `closable`."""
    closable: NDArray[np.bool_]
    """Stands today and may be given up."""
    must: NDArray[np.bool_]
    """Has to be open in every plan."""
    never: NDArray[np.bool_]
    """May not be opened; kept in the problem so that "why not here" can be answered."""
    cost_yuan: NDArray[np.float64]
    """Of opening it: building, refitting or equipping; 0 for what stands."""
    rent_yuan_year: NDArray[np.float64]
    area_m2: NDArray[np.float64]
    """Floor area; NaN = unknown."""
    capacity: NDArray[np.float64]
    """Persons, beds, places or niches it can serve; inf = without limit."""
    expandable_m2: NDArray[np.float64]
    """Floor area that could be added; 0 = none."""
    xy: NDArray[np.float64]
    """(n_site, 2) metres in the working CRS."""

    def __len__(self) -> int:
        return len(self.id)

    @property
    def fixed_open(self) -> NDArray[np.bool_]:
        """Whether a site is open in every plan."""
        return self.must | (self.existing & ~self.closable)

    @property
    def free(self) -> NDArray[np.bool_]:
        """Whether a plan may open it or leave it."""
        return ~self.fixed_open & ~self.never


@dataclass(frozen=True, slots=True)
class Problem:
    """A frozen question of siting: demand, sites and the walks between them.

    Raises
    ------
    DataError
        Lengths disagree, an id stands twice, a weight, cost or capacity is negative or not a
        number, a site is both demanded and forbidden; all faults at once.
    """

    demand_id: NDArray[np.str_]
    demand_name: NDArray[np.str_]
    area: NDArray[np.int32]
    """(n_demand,) position in `area_names` of the township each demand point lies in; -1 = none."""
    area_names: tuple[str, ...]
    weights: Mapping[str, NDArray[np.float64]]
    """(n_demand,) people of each kind, such as ``elders``; unknown is 0 and reported before."""
    sites: Sites
    minutes: Minutes
    """Demand by sites, as far as `horizon_min`."""
    horizon_min: float
    """Every pair up to here is in `minutes`; no question may look farther."""
    speed_m_s: float
    """Speed at which `minutes` were walked."""
    xy: NDArray[np.float64]
    """(n_demand, 2) metres in the working CRS."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """Versions of the inputs, day, walker; carried into every answer."""

    def __post_init__(self) -> None:
        faults = _faults(self)
        if faults:
            raise DataError(
                say("选址问题有错：", "the siting problem is wrong: ")
                + say("；", "; ").join(faults),
                hint=say("请改正后重试。", "Mend these and try again."),
            )

    @property
    def n_demand(self) -> int:
        """Number of demand points."""
        return len(self.demand_id)

    @property
    def n_site(self) -> int:
        """Number of sites, existing ones included."""
        return len(self.sites)

    def weight(self, name: str) -> NDArray[np.float64]:
        """Return (n_demand,) people of one kind.

        Raises
        ------
        NotFoundError
            The problem has no such weight.
        """
        if name not in self.weights:
            raise NotFoundError(
                say(f"没有“{name}”这一权重。", f"there is no weight {name!r}."),
                hint=say("可用：", "There are: ") + listed(self.weights, None),
            )
        return self.weights[name]

    def limit_ms(self, limit_min: float, *, at_m_s: float | None = None) -> int:
        """Return the longest stored walk that is within a limit at the given walking speed.

        Raises
        ------
        DataError
            The limit lies beyond the horizon.
        """
        at = self.speed_m_s if at_m_s is None else at_m_s
        limit = limit_min * MS_A_MINUTE * at / self.speed_m_s
        if limit > self.horizon_min * MS_A_MINUTE + _MS_TOLERANCE:
            raise DataError(
                say(
                    f"时限 {limit_min:g} 分钟（步速 {at:g} 米/秒）超出已算的 "
                    f"{self.horizon_min:g} 分钟。",
                    f"a limit of {limit_min:g} min at {at:g} m/s lies beyond the "
                    f"{self.horizon_min:g} min that were computed.",
                ),
                hint=say("请用更长的时限重建问题。", "Build the problem with a longer horizon."),
            )
        return int(np.floor(limit + _MS_TOLERANCE))

    def within(self, limit_min: float, *, at_m_s: float | None = None) -> Minutes:
        """Return only the pairs within a limit."""
        keep = self.minutes.ms <= self.limit_ms(limit_min, at_m_s=at_m_s)
        before = np.concatenate(([0], np.cumsum(keep, dtype=np.int64)))
        return Minutes(
            indptr=before[self.minutes.indptr],
            indices=self.minutes.indices[keep],
            ms=self.minutes.ms[keep],
            n_facility=self.minutes.n_facility,
        )


def _faults(problem: Problem) -> list[str]:
    """Return one sentence for each thing wrong with a problem."""
    sites, n_demand, n_site = problem.sites, len(problem.demand_id), len(problem.sites)
    faults = []
    if not n_demand:
        faults.append(say("没有需求点", "there is no demand point"))
    if not n_site:
        faults.append(say("没有候选点", "there is no candidate site"))
    lengths = {
        "demand_name": (len(problem.demand_name), n_demand),
        "area": (len(problem.area), n_demand),
        "xy": (len(problem.xy), n_demand),
        "minutes": (problem.minutes.n_demand, n_demand),
        "minutes (sites)": (problem.minutes.n_facility, n_site),
        **{f"weights[{name}]": (len(w), n_demand) for name, w in problem.weights.items()},
        **{name: (len(getattr(sites, name)), n_site) for name in Sites.__slots__ if name != "id"},
    }
    faults += [
        say(f"{name} 有 {found} 行，应为 {wanted} 行", f"{name} has {found} rows, wanted {wanted}")
        for name, (found, wanted) in lengths.items()
        if found != wanted
    ]
    if faults:
        return faults
    faults += _repeated(problem.demand_id, say("需求点", "demand point"))
    faults += _repeated(sites.id, say("候选点", "site"))
    clash = sites.must & sites.never
    if clash.any():
        faults.append(
            say("既必选又禁选：", "both demanded and forbidden: ") + listed(sites.id[clash])
        )
    for label, values in [
        (say("必须为非负数的权重", "weights must be 0 or more"), problem.weights.values()),
        (
            say("费用须为非负数", "costs must be 0 or more"),
            (sites.cost_yuan, sites.rent_yuan_year, sites.expandable_m2),
        ),
    ]:
        wrong = sum(int((~np.isfinite(v) | (v < 0)).sum()) for v in values)
        if wrong:
            faults.append(say(f"{label}：{wrong} 处不是", f"{label}: {wrong} are not"))
    wrong = int((np.isnan(sites.capacity) | (sites.capacity < 0)).sum())
    if wrong:
        faults.append(
            say(f"容量须为非负数：{wrong} 处不是", f"capacities must be 0 or more: {wrong} are not")
        )
    return faults


def _repeated(ids: NDArray[np.str_], what: str) -> list[str]:
    values, counts = np.unique(ids, return_counts=True)
    twice = values[counts > 1]
    if not len(twice):
        return []
    return [say(f"{what}编号重复：", f"{what} ids stand twice: ") + listed(twice)]
