"""Which values bind one area on one day, and which of several binding values is the strictest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import DataError
from geo.norms.model import Exclusion, Level, Norm, Norms, Ratio, Reach, Value
from geo.text import say

_UNVERIFIED_FOR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Rule:
    """One norm with one value of it that is in force."""

    norm: Norm
    value: Value

    @property
    def level(self) -> Level:
        """How strongly it binds."""
        return self.norm.level_of(self.value)

    def surely_begun(self, on: date) -> bool:
        """Say whether the first day has surely come.

        A day nobody has verified, of a document that was only reported, may be up to a year late:
        until then falling short of it is no failure.
        """
        value = self.value
        if value.from_is != "assumed" or value.evidence != "web":
            return True
        return on >= value.start + _UNVERIFIED_FOR

    def due_passed(self, on: date) -> bool:
        """Say whether a goal's last day has come: before it, falling short is no failure yet."""
        return self.value.due is None or self.value.due <= on


@dataclass(frozen=True, slots=True)
class InForce:
    """All that is in force for one area on one day; a norm without a rule here is not in force."""

    area: str
    on: date
    binding: tuple[Rule, ...]
    """Every one of them binds; the strictest decides."""
    draft: tuple[Rule, ...]
    """Text not verified: shown, never deciding."""
    statistic: tuple[Rule, ...]
    """Published figures that are no thresholds."""
    notices: tuple[Rule, ...]
    """Norms that must be read again since a day that has come."""

    def of(self, name: str) -> tuple[Rule, ...]:
        """Return the binding rules of one norm; empty means: no norm in force."""
        return tuple(rule for rule in self.binding if rule.norm.id == name)

    def to_read_again(self, name: str) -> tuple[Rule, ...]:
        """Return the notices that concern one norm."""
        return tuple(
            rule
            for rule in self.notices
            if name.startswith(getattr(rule.norm.measure, "concerns", ()))
        )


@dataclass(frozen=True, slots=True)
class Strictest:
    """What is required of each subject, and which rule requires it.

    ``required`` and ``upper`` are float64 (n,), NaN where no rule gives a figure; ``decides`` is
    int32 (n,), the position of the deciding rule, -1 where there is none.
    """

    required: NDArray[np.float64]
    upper: NDArray[np.float64]
    decides: NDArray[np.int32]


def plain_area(code: str) -> str:
    """Return an area code without the zeros that fill it up: 340000 is the province 34.

    Raises
    ------
    DataError
        The code is not 0, 2, 4, 6, 9 or 12 digits.
    """
    if not (code.isascii() and (code.isdigit() or not code) and len(code) in (0, 2, 4, 6, 9, 12)):
        raise DataError(
            say(f"区划代码“{code}”不对。", f"{code!r} is no area code"),
            hint=say(
                "请写 2（省）、4（地市）、6（区县）、9（乡镇街道）或 12（村居）位数字，如 340207。",
                "write 2 (province), 4, 6 (county), 9 or 12 digits, such as 340207",
            ),
        )
    for length, filler in ((9, "000"), (6, "000"), (4, "00"), (2, "00")):
        if len(code) > length and code[length:] == filler:
            code = code[:length]
    return code


def covers(prefix: str, area: str) -> bool:
    """Say whether a value for ``prefix`` holds in ``area``: the country holds everywhere."""
    return plain_area(area).startswith(prefix)


def in_force(norms: Norms, area: str, on: date) -> InForce:
    """Return every value whose area covers ``area`` and whose dates cover the day.

    Raises
    ------
    DataError
        ``area`` is no area code.
    """
    plain = plain_area(area)
    rules = [
        Rule(norm, value)
        for norm in norms
        for value in norm.values
        if plain.startswith(value.area) and value.covers_day(on)
    ]
    notices = [rule for rule in rules if rule.norm.kind == "notice"]
    rules = [rule for rule in rules if rule.norm.kind != "notice"]
    return InForce(
        area=plain,
        on=on,
        binding=tuple(r for r in rules if r.level not in ("draft", "statistic")),
        draft=tuple(r for r in rules if r.level == "draft"),
        statistic=tuple(r for r in rules if r.level == "statistic"),
        notices=tuple(notices),
    )


def strictest(rules: Sequence[Rule], base: ArrayLike | None = None) -> Strictest:
    """Return what the strictest of several rules of one norm requires of each subject.

    Parameters
    ----------
    rules
        Rules of one norm id.
    base : (n,)
        For a ratio: the denominator of each subject (households, elders, beds). The answer is
        then the required numerator, ``max(value × base / per, floor)``, rounded up where the norm
        says whole. Without it the answer is the bare value, with n = 1.

    Raises
    ------
    DataError
        The rules are of several norms, or of different limits (700 m and 1,000 m compare with
        nothing in common).

    Examples
    --------
    With 30 m² per 100 households and a floor of 300 m², 999 households still need 300 m².
    """
    _refuse_unlike(rules)
    amounts = np.atleast_1d(np.asarray(1.0 if base is None else base, dtype=np.float64))
    rows = np.array(
        [
            _figure(rule) * np.ones(len(amounts)) if base is None else required(rule, amounts)
            for rule in rules
        ]
    )
    tops = np.array([np.nan if r.value.upper is None else r.value.upper for r in rules])
    rows = rows.reshape(len(rules), len(amounts))
    if not len(rules):
        nothing = np.full(len(amounts), np.nan)
        return Strictest(nothing, nothing.copy(), np.full(len(amounts), -1, np.int32))
    lowest = rules[0].norm.op == "<="
    filled = np.where(np.isnan(rows), np.inf if lowest else -np.inf, rows)
    decides = np.argmin(filled, axis=0) if lowest else np.argmax(filled, axis=0)
    least = rows[decides, np.arange(len(amounts))]
    decides = np.where(np.isnan(least), -1, decides).astype(np.int32)
    upper = np.full(len(amounts), np.nan if np.isnan(tops).all() else np.nanmin(tops))
    return Strictest(least, upper, decides)


def zone_distances(rules: Sequence[Rule]) -> dict[str, tuple[float | None, Rule]]:
    """Return for each kind of zone the farthest distance (metres) any rule demands, and that rule.

    None: some rule names the zone, none states a distance.
    """
    farthest: dict[str, tuple[float | None, Rule]] = {}
    for rule in rules:
        if not isinstance(rule.norm.measure, Exclusion) or rule.norm.measure.method != "distance":
            continue
        for zone in rule.value.zones:
            known = farthest.get(zone.kind)
            if known is None or (zone.distance_m or -1.0) > (
                -1.0 if known[0] is None else known[0]
            ):
                farthest[zone.kind] = (zone.distance_m, rule)
    return farthest


def required(
    rule: Rule, base: NDArray[np.float64], figure: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return what one rule requires of each subject; NaN where it gives no figure.

    Parameters
    ----------
    rule
        The rule.
    base : (n,)
        For a ratio, the denominators; for other kinds only their number counts.
    figure : (n,)
        Takes the place of the rule's own figure where it depends on the class of the subject.
    """
    value = np.broadcast_to(
        np.asarray(_figure(rule) if figure is None else figure, np.float64), base.shape
    )
    measure = rule.norm.measure
    if not isinstance(measure, Ratio):
        return value.copy()
    amount = value * base / measure.per
    if measure.whole:
        # 1.0000000000000002 people are one person: the product, not the person, is inexact
        amount = np.ceil(np.round(amount, 9))
    return amount if rule.value.floor is None else np.maximum(amount, rule.value.floor)


def _figure(rule: Rule) -> float:
    return np.nan if rule.value.value is None else rule.value.value


def _refuse_unlike(rules: Sequence[Rule]) -> None:
    if len({rule.norm.id for rule in rules}) > 1:
        names = sorted({rule.norm.id for rule in rules})
        raise DataError(
            say(
                f"不同的规范不能互相比较：{'、'.join(names)}。", f"not one norm: {', '.join(names)}"
            )
        )
    reaches = [rule for rule in rules if isinstance(rule.norm.measure, Reach)]
    if len({rule.value.limit for rule in reaches}) > 1:
        raise DataError(
            say(
                f"“{reaches[0].norm.id}”的几个值距离或时间上限不同，不能只按占比比较。",
                f"values of {reaches[0].norm.id!r} have different limits and cannot be compared "
                "by their share alone",
            )
        )
