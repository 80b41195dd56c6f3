"""The numbers a norm speaks of: columns of the subjects, and sums of the rows linked to them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.assess.bounds import Bounds, Texts, known, nothing_known
from geo.assess.place import UNITS, Place, number
from geo.demand.units import numbers, texts
from geo.norms.model import Basis, Condition, Link, Term

ADDITIVE: Final = ("population", "households", "elders", "children")
"""Columns of a unit that are the sum of those of its parts."""


_COMPARED: Final[dict[str, Callable[[NDArray[np.float64], float], NDArray[np.bool_]]]] = {
    "==": operator.eq,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True, slots=True)
class Met:
    """Which rows meet a norm's conditions."""

    surely: NDArray[np.bool_]
    """(n,) every condition is met."""
    possibly: NDArray[np.bool_]
    """(n,) no condition fails; a cell may be empty."""
    lacks: Texts
    """(n,) key of the first empty cell, where that matters."""


def lack_of(layer: str, column: str) -> str:
    """Return the key of a missing cell."""
    return f"column:{layer}.{column}"


def lack_of_layer(layer: str) -> str:
    """Return the key of a missing layer."""
    return f"layer:{layer}"


def met(place: Place, layer: str, conditions: tuple[Condition, ...]) -> Met:
    """Return which rows of a layer meet conditions; an empty cell neither meets nor fails one."""
    n = len(place.frames[layer])
    surely, possibly, lacks = np.ones(n, bool), np.ones(n, bool), np.full(n, "", object)
    for condition in conditions:
        yes, empty = _met_one(place, layer, condition)
        surely &= yes
        possibly &= yes | empty
        lacks = np.where(empty & (lacks == ""), lack_of(layer, condition.field), lacks)
    return Met(surely, possibly, np.where(possibly & ~surely, lacks, ""))


def _met_one(
    place: Place, layer: str, condition: Condition
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    frame = place.frames[layer]
    if condition.field not in frame:
        return np.zeros(len(frame), bool), np.ones(len(frame), bool)
    column = frame[condition.field]
    empty = column.isna().to_numpy(bool)
    wanted = condition.value
    words = wanted if isinstance(wanted, tuple) else (wanted,)
    if condition.op in ("==", "in") and isinstance(words[0], str):
        # A cell that says “unknown” is as good as empty.
        unknown = (column.astype("string") == "unknown").fillna(value=False).to_numpy(bool)
        empty = empty | (unknown & ("unknown" not in words))
        return column.isin(words).fillna(value=False).to_numpy(bool) & ~empty, empty
    cells = number(place, layer, condition.field)
    limits = [float(word) for word in words]
    with np.errstate(invalid="ignore"):
        if condition.op == "in":
            yes = np.isin(cells, limits)
        else:
            yes = _COMPARED[condition.op](cells, limits[0])
    return np.asarray(yes & ~empty), empty


def people(place: Place, layer: str, name: str, basis: Basis | None, age: int | None) -> Bounds:
    """Return a unit's or estate's number of people, counted as the norm wants them counted.

    A unit without a figure of its own takes the sum of its parts, where every part has one.
    """
    own = number(place, layer, name)
    lacks = np.full(len(own), lack_of(layer, name), object)
    if name == "elders" and (basis or age):
        own, lacks = _counted_so(place, layer, own, lacks, basis=basis, age=age)
    below = {"county": "township", "township": "community"}.get(layer, "")
    if np.isnan(own).any() and below and not place.has(below):
        below = {"county": "community"}.get(layer, "")
    if np.isnan(own).any() and below and place.has(below):
        parts = people(place, below, name, basis, age).exact
        owner = place.position(layer, place.codes[below][layer].to_numpy(object))
        inside = owner >= 0
        summed = np.bincount(owner[inside], parts[inside], minlength=len(own))
        some = np.bincount(owner[inside], minlength=len(own)) > 0
        own = np.where(np.isnan(own) & some, summed, own)
    bounds = known(own, "")
    return replace(bounds, lacks=np.where(np.isnan(own), lacks, ""))


def _counted_so(
    place: Place,
    layer: str,
    own: NDArray[np.float64],
    lacks: Texts,
    *,
    basis: Basis | None,
    age: int | None,
) -> tuple[NDArray[np.float64], Texts]:
    frame = place.frames[layer]
    fits = np.ones(len(own), bool)
    for column, wanted, cells in (
        ("elders_basis", basis, texts(frame, "elders_basis")),
        ("elders_age_from", age, numbers(frame, "elders_age_from")),
    ):
        if wanted is None:
            continue
        same = cells == wanted
        empty = pd.isna(cells)
        blame = np.where(empty, lack_of(layer, column), f"basis:{basis or ''}:{age or ''}")
        lacks = np.where(fits & ~same & ~np.isnan(own), blame, lacks)
        fits &= same
    return np.where(fits, own, np.nan), lacks


class Terms:
    """Evaluates terms for the subjects of a layer, each once."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._found: dict[tuple[str, Term], Bounds] = {}
        self._pairs: dict[tuple[str, str, Link], _Pairs] = {}
        self._met: dict[tuple[str, tuple[Condition, ...]], Met] = {}

    def __call__(
        self, subject: str, term: Term, basis: Basis | None = None, age: int | None = None
    ) -> Bounds:
        """Return one number of every row of the subject's layer."""
        asked = replace(term, basis=basis or term.basis, age_from=age or term.age_from)
        key = (subject, asked)
        if key not in self._found:
            self._found[key] = self._evaluate(subject, asked)
        return self._found[key]

    def met(self, layer: str, conditions: tuple[Condition, ...]) -> Met:
        """Return which rows of a layer meet conditions; see `met`."""
        key = (layer, conditions)
        if key not in self._met:
            self._met[key] = met(self.place, layer, conditions)
        return self._met[key]

    def pairs(self, subject: str, layer: str, link: Link) -> _Pairs:
        """Return which rows of a layer count for which subject."""
        key = (subject, layer, link)
        if key not in self._pairs:
            self._pairs[key] = _pairs(self.place, subject, layer, link)
        return self._pairs[key]

    def _evaluate(self, subject: str, term: Term) -> Bounds:
        place = self.place
        n = len(place.frames[subject])
        if term.layer and not place.has(term.layer):
            return nothing_known(n, lack_of_layer(term.layer), least=0.0)
        if not term.layer or (term.layer == subject and term.link == "self"):
            if term.field in ADDITIVE:
                return people(place, subject, term.field, term.basis, term.age_from)
            return known(number(place, subject, term.field), lack_of(subject, term.field))
        return self._aggregate(subject, term)

    def _aggregate(self, subject: str, term: Term) -> Bounds:
        place = self.place
        pairs = self.pairs(subject, term.layer, term.link)
        rows = self.met(term.layer, term.where)
        cells = self.cells(term)
        low = np.where(rows.surely & np.isfinite(cells.low), np.maximum(cells.low, 0.0), 0.0)
        high = np.where(rows.possibly, cells.high, 0.0)
        lacks = np.where(rows.possibly, np.where(rows.lacks == "", cells.lacks, rows.lacks), "")
        n = len(place.frames[subject])
        if term.how in ("mean", "max", "min"):
            return _extreme(pairs, rows, cells, term, n)
        endless = np.isinf(high)
        summed = np.bincount(pairs.subject, pairs.share * low[pairs.row], minlength=n)
        most = np.where(endless, 0.0, high)[pairs.row]
        highest = np.bincount(pairs.subject, pairs.share * most, minlength=n)
        open_end = np.bincount(pairs.subject, endless[pairs.row], minlength=n) > 0
        short = np.full(n, "", object)
        bad = np.flatnonzero(lacks[pairs.row] != "")[::-1]
        short[pairs.subject[bad]] = lacks[pairs.row[bad]]
        return Bounds(summed.astype(np.float64), np.where(open_end, np.inf, highest), short)

    def cells(self, term: Term) -> Bounds:
        """Return what each row of a term's layer adds to it."""
        n = len(self.place.frames[term.layer])
        if not term.field or term.how == "count":
            return known(np.ones(n), "")
        if term.field in ADDITIVE and term.layer in (*UNITS, "compound"):
            return people(self.place, term.layer, term.field, term.basis, term.age_from)
        cells = number(self.place, term.layer, term.field)
        return known(cells, lack_of(term.layer, term.field))


@dataclass(frozen=True, slots=True)
class _Pairs:
    subject: NDArray[np.int64]
    row: NDArray[np.int64]
    share: NDArray[np.float64]


def _pairs(place: Place, subject: str, layer: str, link: Link) -> _Pairs:
    if link == "compound" and subject == "compound":
        premises = place.premises_of(layer)
        return _Pairs(premises.compound, premises.facility, premises.share)
    if link == "assigned" and not {subject, layer} & set(UNITS):
        return _whole(*_named(place, subject, "id", layer, "serves"))
    if link == "compound" and "compound_id" in place.frames[subject]:
        return _whole(*_named(place, subject, "compound_id", layer, "compound_id"))
    if link == "assigned":
        return _whole(*_assigned(place, subject, layer))
    if subject in UNITS:
        owner = place.position(subject, place.codes[layer][subject].to_numpy(object))
        rows = np.flatnonzero(owner >= 0)
        return _whole(owner[rows], rows)
    left = pd.DataFrame({"unit": place.codes[subject]["community"]}).reset_index(names="subject")
    right = pd.DataFrame({"unit": place.codes[layer]["community"]}).reset_index(names="row")
    both = left.dropna().merge(right.dropna(), on="unit")
    return _whole(both["subject"].to_numpy(np.int64), both["row"].to_numpy(np.int64))


def _assigned(
    place: Place, subject: str, layer: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair units with the facilities that say they serve them, or facilities with such units."""
    facility, unit = (layer, subject) if subject in UNITS else (subject, layer)
    served = (
        pd.Series(texts(place.frames[facility], "serves"), dtype="string")
        .str.replace("；", ";")
        .str.split(";")
        .explode()
        .dropna()
        .str.strip()
    )
    codes, rows = served.to_numpy(object), served.index.to_numpy(np.int64)
    if subject not in UNITS:
        home = place.codes[facility][unit].to_numpy(object)
        codes = np.concatenate([codes, home])
        rows = np.concatenate([rows, np.arange(len(home))])
    at = place.position(unit, codes)
    pairs = np.unique(np.column_stack([at, rows])[at >= 0], axis=0).astype(np.int64).reshape(-1, 2)
    return (pairs[:, 0], pairs[:, 1]) if subject in UNITS else (pairs[:, 1], pairs[:, 0])


def _named(
    place: Place, subject: str, key: str, layer: str, column: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair subjects with the rows of a layer that name the same thing, several parted by ``;``."""
    left = pd.DataFrame({"name": texts(place.frames[subject], key)}).reset_index(names="subject")
    told = pd.Series(texts(place.frames[layer], column), dtype="string").str.replace("；", ";")
    words = told.str.split(";").explode().dropna().str.strip()
    right = pd.DataFrame({"name": words.astype(object), "row": words.index})
    both = left.dropna().merge(right, on="name")
    return both["subject"].to_numpy(np.int64), both["row"].to_numpy(np.int64)


def _whole(subject: NDArray[np.int64], row: NDArray[np.int64]) -> _Pairs:
    return _Pairs(subject, row, np.ones(len(row)))


def _extreme(pairs: _Pairs, rows: Met, cells: Bounds, term: Term, n: int) -> Bounds:
    """Return the mean, the largest or the smallest of the rows that surely count."""
    kept = rows.surely[pairs.row]
    values = pd.Series(cells.exact[pairs.row[kept]]).groupby(pairs.subject[kept])
    found = values.agg(lambda part: part.agg(term.how, skipna=False))
    return known(
        np.asarray(found.reindex(np.arange(n)), np.float64), lack_of(term.layer, term.field)
    )
