"""What the tables of the gazetteer are made of: their kinds of columns and the words they allow."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from geo.gazetteer.calendar import ALWAYS, FOREVER

GAZETTEER: Final = sa.MetaData()
PREFIX: Final = "gz_"
TEXT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text in the order of its characters' numbers, which is how SQLite compares too."""

LIFECYCLES: Final = ("planned", "existing", "disused", "vanished")
STATUSES: Final = ("proposed", "official", "recorded", "historical", "nonstandard", "rejected")
SECRECIES: Final = ("public", "internal", "secret")
NAME_KINDS: Final = (
    "standard", "short", "alias", "former", "variant", "dialect", "minority", "sign_text",
    "planned",
)  # fmt: skip
GEOMETRY_ROLES: Final = ("point", "centreline", "area", "entrance", "label")
RELATIONS: Final = (
    "part_of", "crosses", "located_on", "derived_from", "succeeded_by", "seat_of",
)  # fmt: skip
CODE_SCHEMES: Final = (
    "dmdm20", "gb2260", "gbt10114", "stats12", "local", "geonames", "wikidata", "osm",
)  # fmt: skip
DIVISION_SCHEMES: Final = ("gb2260", "gbt10114", "stats12")
"""Those by which divisions are coded: counties, townships, communities."""
SIGN_STATES: Final = ("planned", "installed", "damaged", "stale", "removed")


def text(name: str, *, wanted: bool = False, index: bool = False) -> sa.Column[Any]:
    """Return a column of text; one that is not wanted is empty where nothing is known."""
    if wanted:
        return sa.Column(name, TEXT, nullable=False, index=index)
    return sa.Column(name, TEXT, nullable=False, server_default="", index=index)


def one_of(name: str, values: tuple[str, ...]) -> sa.Column[Any]:
    """Return a column of text that allows a few values only."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return sa.Column(name, TEXT, sa.CheckConstraint(f"{name} IN ({allowed})"), nullable=False)


def reference(column: str) -> sa.ForeignKey:
    """Return a reference that must hold at the end of a change, in whatever order rows come."""
    return sa.ForeignKey(column, deferrable=True, initially="DEFERRED")


def of(name: str, table: str) -> sa.Column[Any]:
    """Return a column that points at a row of another table."""
    return sa.Column(name, TEXT, reference(f"{PREFIX}{table}.id"), index=True)


def table(name: str, *columns: sa.Column[Any], dated: bool = True) -> sa.Table:
    """Return a table of rows with an id and a version; dated ones hold from a day to another."""
    days = (
        text("valid_from"),
        text("valid_to"),
        sa.Column("from_day", sa.Integer, nullable=False, server_default=str(ALWAYS)),
        sa.Column("end_day", sa.Integer, nullable=False, server_default=str(FOREVER)),
    )
    return sa.Table(
        PREFIX + name,
        GAZETTEER,
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        *columns,
        *(days if dated else ()),
        text("source"),
    )
