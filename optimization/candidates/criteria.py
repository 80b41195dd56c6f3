"""What a candidate must be like: what the planner asks, and what norms in force ask."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, get_args

import numpy as np

from geo.errors import DataError
from geo.norms import InForce, Rule, zone_distances
from geo.norms.model import ANY_FACILITY, Attribute, Condition
from geo.schema import FacilityType, layer
from geo.text import say

Source = Literal["premises", "land", "room", "venue", "street"]
SOURCES: Final[tuple[Source, ...]] = get_args(Source)
"""``premises`` and ``land``: rows of the layer ``parcel``. ``room``: premises of a facility that is
not in service. ``venue``: premises in service that may be shared. ``street``: a place along the
streets where premises would have to be found."""

_OP_AT_LEAST: Final = ">="
_NEW: Final = ("land", "street")
"""Sources on which something new would be built."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """What the planner asks of candidates; None leaves it to the norms in force, or unasked."""

    sources: tuple[Source, ...] = SOURCES
    spacing_m: float = 300.0
    """Between street points."""
    min_area_m2: float | None = None
    """Gross floor area, of shared premises too; None: what the norms in force ask; 0: any."""
    zones: Mapping[str, float] | None = None
    """Metres to keep from each kind of zone; None: the proposals of the program. Norms in force
    are added to both."""
    max_slope_percent: float | None = None
    apart_min: float = 0.0
    """Least walk to an open facility of the type."""
    any_floor: bool = False
    """Accept upper floors without a lift and rooms below ground."""
    plot_ratio: float | None = None
    """Floor area on a square metre of land, where a parcel does not say."""
    yuan_per_m2: float | None = None
    """Cost of a square metre of floor, to estimate what is not given."""

    def __post_init__(self) -> None:
        faults = [
            say(f"{zh}不能是 {value:g}", f"{en} cannot be {value:g}")
            for zh, en, value, least in (
                ("最小面积", "the least area", self.min_area_m2, 0.0),
                ("最大坡度", "the greatest slope", self.max_slope_percent, 0.0),
                ("最小间隔", "the least walk apart", self.apart_min, 0.0),
                ("容积率", "the plot ratio", self.plot_ratio, 0.0),
                ("每平方米造价", "the cost of a square metre", self.yuan_per_m2, 0.0),
                *(("区域距离", "a distance to zones", d, 0.0) for d in (self.zones or {}).values()),
            )
            if value is not None and not (np.isfinite(value) and value >= least)
        ]
        unknown = [name for name in self.sources if name not in SOURCES]
        if unknown or not self.sources:
            faults.append(
                say(
                    f"来源“{'、'.join(unknown)}”不存在，可选：{'、'.join(SOURCES)}",
                    f"no source {', '.join(unknown)}; there are {', '.join(SOURCES)}",
                )
            )
        kinds = {choice.value for choice in layer("zone")["kind"].choices}
        strange = sorted(set(self.zones or {}) - kinds)
        if strange:
            faults.append(
                say(
                    f"区域类别“{'、'.join(strange)}”不存在，可选：{'、'.join(sorted(kinds))}",
                    f"no kind of zone {', '.join(strange)}; there are {', '.join(sorted(kinds))}",
                )
            )
        if faults:
            raise DataError(
                say("筛选条件有错：", "the criteria are wrong: ") + say("；", "; ").join(faults)
            )


@dataclass(frozen=True, slots=True)
class Asked:
    """One figure a candidate is held to, and who asks it."""

    figure: float
    by: str
    """Id of the norm; empty: the planner."""
    source: str
    """Document of the norm, or that the planner asked."""


@dataclass(frozen=True, slots=True)
class ZoneAsked:
    """A kind of zone to keep clear of."""

    kind: str
    distance_m: float | None
    """None: the norm names the zone and states no distance; only its inside is known to be out."""
    sources: tuple[Source, ...]
    """Candidates it concerns."""
    by: str
    source: str


@dataclass(frozen=True, slots=True)
class Asking:
    """All that candidates for one facility type are held to."""

    area: Asked | None
    """Gross floor area, m²."""
    shared: Asked | None
    """Usable area of shared premises, m², in place of the gross floor area."""
    lift_from: Asked | None
    """From this floor upwards a lift is needed."""
    lowest_floor: Asked | None
    zones: tuple[ZoneAsked, ...]


def asking(criteria: Criteria, kind: FacilityType, force: InForce) -> Asking:
    """Return what candidates are held to: the planner's wishes over the norms in force.

    Norms on the attributes of a facility count when they hold for every facility of the type.
    Upper floors and rooms below ground are judged by the norm on elders' buildings in force, for
    every type that serves elders, although that norm itself binds only homes of its size.
    """
    planner = say("本次要求", "asked for")
    area = _strictest(_floor_area(rule, kind) for rule in force.binding)
    shared = _strictest(
        asked for rule in force.binding for asked in (_shared(rule, kind), _excepted(rule, kind))
    )
    if criteria.min_area_m2 is not None:
        area = Asked(criteria.min_area_m2, "", planner) if criteria.min_area_m2 else None
        shared = None
    floors = kind.weight == "elders" and not criteria.any_floor
    return Asking(
        area=area,
        shared=shared,
        lift_from=_strictest(map(_lift, force.binding), least=True) if floors else None,
        lowest_floor=_strictest(map(_lowest, force.binding)) if floors else None,
        zones=_zones(criteria, kind, force, planner),
    )


@cache
def defaults() -> dict[str, Any]:
    """Return what the program proposes where nobody says otherwise."""
    text = (files(__package__ or "optimization.candidates") / "defaults.toml").read_text("utf-8")
    return tomllib.loads(text)


def _zones(
    criteria: Criteria, kind: FacilityType, force: InForce, planner: str
) -> tuple[ZoneAsked, ...]:
    if criteria.zones is None:
        proposal = say("程序建议", "the program's proposal")
        wished = [
            ZoneAsked(name, float(far), _NEW, "", proposal)
            for name, far in defaults()["zones"].items()
        ]
    else:
        wished = [
            ZoneAsked(name, far, SOURCES, "", planner) for name, far in criteria.zones.items()
        ]
    rules = [rule for rule in force.binding if rule.norm.subject in (kind.name, ANY_FACILITY)]
    normed = [
        ZoneAsked(name, far, SOURCES, rule.norm.id, rule.value.source)
        for name, (far, rule) in zone_distances(rules).items()
    ]
    return (*normed, *wished)


def _floor_area(rule: Rule, kind: FacilityType) -> Asked | None:
    if not _of(rule, kind, "floor_area_m2") or rule.norm.where:
        return None
    return _asked(rule, rule.value.value)


def _shared(rule: Rule, kind: FacilityType) -> Asked | None:
    if not _of(rule, kind, "usable_area_m2") or not _only_shared(rule.norm.where):
        return None
    return _asked(rule, rule.value.value)


def _excepted(rule: Rule, kind: FacilityType) -> Asked | None:
    """Return what an exception for shared premises asks, where the norm on floor area has one."""
    if _floor_area(rule, kind) is None:
        return None
    figures = [
        other.value
        for other in rule.value.exceptions
        if _only_shared(other.when) and other.field == "usable_area_m2"
    ]
    return _asked(rule, max(figures)) if figures else None


def _lift(rule: Rule) -> Asked | None:
    """Return the floor from which a norm on elders' homes asks for a lift."""
    if _fields(rule) != ("lift",) or rule.norm.subject != "elder_home":
        return None
    floors = [
        float(c.value)
        for c in rule.norm.where
        if c.field == "highest_floor" and c.op == _OP_AT_LEAST and isinstance(c.value, int | float)
    ]
    return _asked(rule, max(floors)) if floors else None


def _lowest(rule: Rule) -> Asked | None:
    """Return the lowest floor a norm on elders' homes allows."""
    if _fields(rule) != ("lowest_floor",) or rule.norm.op != _OP_AT_LEAST:
        return None
    return _asked(rule, rule.value.value)


def _of(rule: Rule, kind: FacilityType, column: str) -> bool:
    """Say whether a rule asks that a column of every facility of the type be at least a figure."""
    return (
        rule.norm.subject == kind.name
        and _fields(rule) == (column,)
        and rule.norm.op == _OP_AT_LEAST
        and not rule.value.classes
    )


def _fields(rule: Rule) -> tuple[str, ...]:
    measure = rule.norm.measure
    return measure.fields if isinstance(measure, Attribute) else ()


def _only_shared(conditions: tuple[Condition, ...]) -> bool:
    return [(c.field, c.op, c.value) for c in conditions] == [("shared", "==", True)]


def _asked(rule: Rule, figure: float | None) -> Asked | None:
    return None if figure is None else Asked(float(figure), rule.norm.id, rule.value.source)


def _strictest(asked: Iterable[Asked | None], *, least: bool = False) -> Asked | None:
    found = [one for one in asked if one is not None]
    pick = min if least else max
    return pick(found, key=lambda one: one.figure) if found else None
