"""What a norm is made of: what it measures, of what, and the dated, cited values that bind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from geo.errors import NotFoundError
from geo.text import say

Scalar = str | float | bool
Kind = Literal[
    "ratio",
    "reach",
    "presence",
    "attribute",
    "exclusion",
    "capacity",
    "count",
    "timeliness",
    "composed",
    "selection",
    "notice",
]
Level = Literal["must", "should", "target", "statistic", "draft"]
"""``must``: shall. ``should``: as a rule, in principle. ``target``: a plan's goal, with a due day.
``statistic``: a published figure that is no threshold. ``draft``: text not verified; such a value
is shown but never decides a verdict."""
Evidence = Literal["document", "web", "unverified"]
"""``document``: read in the document itself. ``web``: read in a copy or report of it.
``unverified``: from a draft, a summary or memory; such a value is always a draft."""
FromIs = Literal["stated", "published", "assumed"]
"""Where the first day comes from. ``stated``: the document or its report says so. ``published``:
it is the day the document or the report of it appeared. ``assumed``: only the year or month is
known, or less; the day was not verified, so verdicts near it need the document itself."""
Judged = Literal["each", "share", "mean", "pooled"]
"""``each``: every subject has a verdict. ``share``: the share of subjects that pass is compared.
``mean``: the mean over the subjects is compared. ``pooled``: the sums are compared."""
Op = Literal[">=", "<=", "==", "between", "true", "in", "filled", "clear"]
Compare = Literal["==", "in", ">=", "<=", ">", "<"]
Link = Literal["self", "compound", "area", "assigned"]
"""How a row finds the subject it counts for. ``self``: it is the subject. ``compound``: it is the
estate's own premises, else the station its community shares. ``area``: it stands in the unit.
``assigned``: its column ``serves`` names the unit."""
How = Literal["sum", "count", "mean", "max", "min"]
Basis = Literal["registered", "resident"]

WHOLE = "place"
"""``over`` this: all of the place that is assessed, such as a city."""
ANY_FACILITY = "any"
"""A norm on this layer holds for whichever facility type is asked about."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a column; a row with an empty cell neither meets nor fails it."""

    field: str
    op: Compare
    value: Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One number a subject has: a column of its own, or an aggregate of the rows linked to it.

    ``layer`` empty means the subject's own column; ``field`` empty means the number of rows.
    ``basis`` and ``age_from`` say which count of people is meant; None: whichever the layer has,
    named in the answer.
    """

    layer: str = ""
    field: str = ""
    how: How = "sum"
    link: Link = "self"
    where: tuple[Condition, ...] = ()
    basis: Basis | None = None
    age_from: int | None = None


@dataclass(frozen=True, slots=True)
class Supply:
    """Facilities of one kind that a unit must have: at least so many rows linked to it."""

    layer: str
    where: tuple[Condition, ...] = ()
    link: Link = "area"
    at_least: int = 1
    subject: str = ""
    """The units that must have it, where the norm speaks of several levels of units."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """``num × per / den`` against the value; the floor binds the numerator alone."""

    num: Term
    den: Term
    per: float = 1.0
    whole: bool = False
    """The required numerator is rounded up to whole persons or pieces."""
    class_by: Term | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether, or what share of people, come from the gate to a facility within the limit."""

    layer: str
    limit_unit: Literal["min", "m"] = "min"
    where: tuple[Condition, ...] = ()
    weight: Literal["elders", "children", "households", "population", "units"] = "units"
    origin: Literal["gate", "building", "community"] = "gate"
    direction: Literal["to_facility", "from_facility"] = "to_facility"
    distance: Literal["network", "straight"] = "network"
    basis: Basis | None = None
    age_from: int | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """Each unit has one of the alternatives (``any_of``), or every one of the set (``all_of``)."""

    any_of: tuple[Supply, ...] = ()
    all_of: tuple[Supply, ...] = ()
    class_by: Term | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """The subject's own columns (all of them), or one term of it, meet ``op``."""

    fields: tuple[str, ...] = ()
    term: Term | None = None
    allowed: tuple[Scalar, ...] = ()
    class_by: Term | None = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """The subject keeps its distance from zones, or out of sight of them."""

    method: Literal["distance", "sight"] = "distance"


@dataclass(frozen=True, slots=True)
class Capacity:
    """Supply (a sum of terms) over demand (a product of terms and of the value's parameters)."""

    supply: tuple[Term, ...]
    demand: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows (or what sum) the place has; ``by`` splits it, ``per_year`` dates it."""

    what: Term
    by: str = ""
    per_year: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A date of the subject, or of the row linked to it."""

    field: str
    layer: str = ""
    link: Link = "self"


@dataclass(frozen=True, slots=True)
class Order:
    """``earlier`` must not come after ``later`` by more than the value allows."""

    earlier: Moment
    later: Moment


@dataclass(frozen=True, slots=True)
class Timeliness:
    """Dates in their order, or (``since``) an event no longer ago than the value."""

    orders: tuple[Order, ...] = ()
    since: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """The subject meets the parts, each a norm of its own: all of them, or at least so many."""

    parts: tuple[str, ...]
    at_least: int | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Subjects that touch the zones come first; no verdict."""


@dataclass(frozen=True, slots=True)
class Notice:
    """From this day on, norms whose id begins with one of these must be read again."""

    concerns: tuple[str, ...]


Measure = (
    Ratio
    | Reach
    | Presence
    | Attribute
    | Exclusion
    | Capacity
    | Count
    | Timeliness
    | Composed
    | Selection
    | Notice
)


@dataclass(frozen=True, slots=True)
class Exempt:
    """Units the norm spares: one by name, or a number of units the document does not name."""

    name: str
    count: int | None
    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class Exceptional:
    """Where ``when`` holds, another column and threshold take the place of the norm's own."""

    when: tuple[Condition, ...]
    field: str
    value: float
    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class SizeClass:
    """The threshold for one class: a range of ``class_by``, or one of its labels."""

    at_least: float | None
    below: float | None
    label: str
    value: float


@dataclass(frozen=True, slots=True)
class ZoneRule:
    """One kind of zone to keep clear of; None: the document states no distance."""

    kind: str
    distance_m: float | None


@dataclass(frozen=True, slots=True)
class Value:
    """What one document requires in one area from one day on.

    ``area`` is a prefix of the area code (GB/T 2260), empty for the whole country; ``end`` is the
    last day in force. ``value`` None: the document names no figure.
    """

    area: str
    start: date
    from_is: FromIs
    end: date | None
    due: date | None
    value: float | None
    upper: float | None
    floor: float | None
    limit: float | None
    baseline: float | None
    baseline_on: date | None
    pool_min: float | None
    """Small estates may be pooled within a walk of so many minutes."""
    basis: Basis | None
    """Which people the document counts, where it says so; it then overrules the measure's own."""
    age_from: int | None
    parameters: tuple[tuple[str, float], ...]
    classes: tuple[SizeClass, ...]
    zones: tuple[ZoneRule, ...]
    exempt: tuple[Exempt, ...]
    exceptions: tuple[Exceptional, ...]
    level: Level | None
    evidence: Evidence
    source: str
    clause: str
    url: str
    quote: str
    note: str
    file: str = field(compare=False)
    line: int = field(compare=False)

    def covers_day(self, on: date) -> bool:
        """Say whether this value is in force on a day."""
        return self.start <= on and (self.end is None or on <= self.end)


@dataclass(frozen=True, slots=True)
class Norm:
    """One requirement, with the values of every area and time known."""

    id: str
    zh: str
    en: str
    kind: Kind
    level: Level
    subject: str
    where: tuple[Condition, ...]
    judged: Judged
    over: str
    op: Op
    unit: str
    needs: tuple[str, ...]
    """Layers and rasters a workspace may lack; while one is absent the verdict is unknown."""
    measure: Measure
    values: tuple[Value, ...]
    file: str = field(compare=False)
    line: int = field(compare=False)

    @property
    def label(self) -> str:
        """Name of the norm in the user's language."""
        return say(self.zh, self.en)

    def level_of(self, value: Value) -> Level:
        """Return how strongly one of its values binds."""
        return value.level or self.level


@dataclass(frozen=True, slots=True)
class Norms:
    """All norms known, ours and the bureau's own, by id."""

    by_id: dict[str, Norm]

    def __iter__(self) -> Iterator[Norm]:
        return iter(self.by_id.values())

    def __len__(self) -> int:
        return len(self.by_id)

    def __contains__(self, name: object) -> bool:
        return name in self.by_id

    def __getitem__(self, name: str) -> Norm:
        """Return the norm of this id.

        Raises
        ------
        NotFoundError
            No norm has it; the message names the nearest.
        """
        if name in self.by_id:
            return self.by_id[name]
        stem = name.rsplit(".", 1)[0]
        near = [known for known in self.by_id if known.startswith(stem)] or sorted(self.by_id)
        raise NotFoundError(
            say(f"没有编号为“{name}”的规范。", f"there is no norm {name!r}"),
            hint=say(
                f"相近的编号：{'、'.join(near[:8])}。用 fuwuquan norms list 查看全部。",
                f"near: {', '.join(near[:8])}; see all with fuwuquan norms list",
            ),
        )
