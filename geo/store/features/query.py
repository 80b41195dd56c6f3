"""What is asked of a table of features, and the page that answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from geo.store.features.spatial import Box

BY_ROW: Final = "fid:"
"""How the id of a row begins that has none of its own."""
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Sort:
    """One column to sort by; empty values come last either way."""

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a table.

    Attributes
    ----------
    limit
        Most features of the page.
    after
        Values of the sorted columns, then of the table's order, of the last feature before.
    box
        Only features that touch it.
    where
        Only features that fit all of these.
    names
        Properties wanted, in the order of the table; all when None.
    shapes
        Whether shapes are wanted.
    """

    limit: int
    after: tuple[Any, ...] | None = None
    box: Box | None = None
    where: tuple[sa.ColumnElement[bool], ...] = ()
    sort: tuple[Sort, ...] = ()
    names: tuple[str, ...] | None = None
    shapes: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """Some features of a table.

    Attributes
    ----------
    names
        Names of the properties, in the order of `cells`.
    ids
        What each feature is called.
    shapes
        Bytes of each shape as the store gives them; empty when none were wanted.
    cells
        Values of the properties, by feature.
    versions
        Version of each row; empty when the table keeps none.
    after
        Where the next page begins; None on the last.
    orders
        Value of the table's order, by feature.
    """

    names: tuple[str, ...]
    ids: list[str | int]
    shapes: list[bytes | None]
    cells: list[Row]
    versions: list[int] = field(default_factory=list)
    after: tuple[Any, ...] | None = None
    orders: list[Any] = field(default_factory=list)

    def ranked(
        self, ids: Sequence[str | int], *, limit: int, after: str | int | None = None
    ) -> Page:
        """Return the features of the page in the order of ids, the first or those after one.

        Parameters
        ----------
        ids
            What features are called, best first; every one of the page is among them.
        limit
            How many are returned at most.
        after
            Which of the ids the page before ended with.
        """
        rank = {key: place for place, key in enumerate(ids)}
        begin = 0 if after is None else rank[after] + 1
        order = sorted(range(len(self.ids)), key=lambda at: rank[self.ids[at]])
        left = [at for at in order if rank[self.ids[at]] >= begin]
        best = left[:limit]
        return Page(
            names=self.names,
            ids=[self.ids[at] for at in best],
            shapes=[self.shapes[at] for at in best] if self.shapes else [],
            cells=[self.cells[at] for at in best],
            versions=[self.versions[at] for at in best] if self.versions else [],
            after=(self.ids[best[-1]],) if len(left) > limit else None,
        )
