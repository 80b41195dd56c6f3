"""What one rule finds of the subjects of a layer, and what all rules of a norm share."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geo.assess.bounds import Bounds, Findings, Numbers, Texts
from geo.assess.place import Place
from geo.assess.terms import Terms
from geo.norms import InForce, Norm, Norms


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule finds of every row of a layer, or of every group of rows."""

    actual: Bounds
    required: Numbers
    """(n,) NaN where the rule gives no figure."""
    finding: Findings
    lacks: Texts
    """(n,) key of the input that keeps the finding unknown."""
    upper: Numbers | None = None
    base: Numbers | None = None
    """(n,) denominator: households, elders, units."""
    applies: NDArray[np.int8] | None = None
    """(n,) 1 yes, 0 no, -1 nobody knows; None: it applies to all."""
    detail: Texts | None = None
    """(n,) which zone, which column: a key."""
    pool: NDArray[np.int64] | None = None
    """(n,) how many estates the requirement is pooled over, 1 for one alone."""
    pool_base: Numbers | None = None
    """(n,) their households."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The place, the rules in force there, and numbers already computed."""

    place: Place
    norms: Norms
    rules: InForce
    facility: str
    """Facility type asked about by norms that hold for any."""
    terms: Terms
    _applying: dict[str, NDArray[np.int8]] = field(default_factory=dict)

    def applying(self, norm: Norm, subject: str = "") -> NDArray[np.int8]:
        """Return to which rows a norm applies: 1 yes, 0 no, -1 where a cell is empty."""
        layer = subject or norm.subject
        key = f"{norm.id} {layer}"
        if key not in self._applying:
            rows = self.terms.met(layer, norm.where if layer == norm.subject else ())
            found = np.where(rows.surely, 1, np.where(rows.possibly, -1, 0)).astype(np.int8)
            found[~self.place.inside[layer]] = 0
            self._applying[key] = found
        return self._applying[key]

    def why_loose(self, norm: Norm, subject: str) -> Texts:
        """Return the empty cell of each row to which nobody knows whether the norm applies."""
        return self.terms.met(subject, norm.where if subject == norm.subject else ()).lacks

    def missing(self, norm: Norm) -> str:
        """Return the key of the first layer without which nothing can be said, or ""."""
        needed = (*norm.needs, norm.subject)
        lacking = (f"layer:{layer}" for layer in needed if not self.place.has(layer))
        return next(lacking, "")
