"""What a filter may speak of: the properties of one table, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from api.ogc.fields import known, no_field
from geo.errors import DataError
from geo.store.features import FeatureTable, Field, Turned
from geo.text import say

SHAPE_WORDS: Final = frozenset({"geometry", "geom", "图形", "几何"})
"""What a filter may call the shape of a feature."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The table that a filter is about.

    Attributes
    ----------
    connection
        To the store that will be asked.
    table
        The table.
    turned
        Coordinates in which the filter gives shapes.
    limit
        Rows that will be taken.
    text
        The filter as it was written.
    """

    connection: sa.Connection
    table: FeatureTable
    turned: Turned
    limit: int
    text: str = ""

    @property
    def postgis(self) -> bool:
        """Whether the store is PostGIS."""
        return self.connection.dialect.name == "postgresql"

    def field(self, name: str) -> Field:
        """Return the property of a name or a Chinese or English label.

        Raises
        ------
        DataError
            The table has none.
        """
        found = self.table.field(name)
        if found is None:
            raise DataError(
                no_field(self.table, name).message,
                hint=say(
                    f"{known(self.table)}若是文字，请写在单引号里。",
                    f"{known(self.table)}; a text stands in single quotes",
                ),
            )
        return found

    def is_shape(self, node: object) -> bool:
        """Return whether a part of a filter is the shape of the feature."""
        return (
            isinstance(node, dict)
            and node.get("property") in SHAPE_WORDS
            and self.table.field(node["property"]) is None
        )


def unfit(what: str, why_zh: str, why_en: str, *, hint: str = "") -> DataError:
    """Return the refusal of a part of a filter."""
    return DataError(
        say(f"过滤条件里的“{what}”：{why_zh}", f"{what} in the filter: {why_en}"), hint=hint
    )
