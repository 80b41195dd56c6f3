"""The tables of the gazetteer, the same in a GeoPackage and in PostGIS.

Every row has a permanent ``id``, a ``version`` that counts its edits, and the days on which it
holds. Names, codes, shapes and relations of a place are rows of their own, so that each has its
own dates. Nothing is ever deleted: a row that no longer holds has ``valid_to``.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from geo.gazetteer.apart import lay_rules
from geo.gazetteer.calendar import ALWAYS, FOREVER
from geo.gazetteer.shapes import Shape

GAZETTEER: Final = sa.MetaData()
PREFIX: Final = "gz_"
_TEXT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
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
SIGN_STATES: Final = ("planned", "installed", "damaged", "stale", "removed")


def _text(name: str, *, wanted: bool = False, index: bool = False) -> sa.Column[Any]:
    if wanted:
        return sa.Column(name, _TEXT, nullable=False, index=index)
    return sa.Column(name, _TEXT, nullable=False, server_default="", index=index)


def _one_of(name: str, values: tuple[str, ...]) -> sa.Column[Any]:
    allowed = ", ".join(f"'{value}'" for value in values)
    return sa.Column(name, _TEXT, sa.CheckConstraint(f"{name} IN ({allowed})"), nullable=False)


def _reference(column: str) -> sa.ForeignKey:
    """Return a reference that must hold at the end of a change, in whatever order rows come."""
    return sa.ForeignKey(column, deferrable=True, initially="DEFERRED")


def _of(name: str, table: str) -> sa.Column[Any]:
    """Return a column that points at a row of another table."""
    return sa.Column(name, _TEXT, _reference(f"{PREFIX}{table}.id"), index=True)


def _table(name: str, *columns: sa.Column[Any], dated: bool = True) -> sa.Table:
    days = (
        _text("valid_from"),
        _text("valid_to"),
        sa.Column("from_day", sa.Integer, nullable=False, server_default=str(ALWAYS)),
        sa.Column("end_day", sa.Integer, nullable=False, server_default=str(FOREVER)),
    )
    return sa.Table(
        PREFIX + name,
        GAZETTEER,
        sa.Column("id", _TEXT, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        *columns,
        *(days if dated else ()),
        _text("source"),
    )


DOCUMENT = _table(
    "document",
    _text("kind", wanted=True),
    _text("number"),
    _text("title", wanted=True),
    _text("issuer"),
    _text("issued_on"),
    _text("sha256"),
    dated=False,
)
PLACE = _table(
    "place",
    _text("class_code", wanted=True, index=True),
    _one_of("lifecycle", LIFECYCLES),
    _one_of("status", STATUSES),
    _one_of("secrecy", SECRECIES),
    _text("division_code", index=True),
    _text("attributes", wanted=True),
)
NAME = _table(
    "name",
    _of("place_id", "place"),
    _text("text", wanted=True, index=True),
    _one_of("kind", NAME_KINDS),
    _text("language", wanted=True),
    _text("script"),
    _text("specific"),
    _text("generic"),
    _text("breaks"),
    _text("reading"),
    _text("roman_toned"),
    _text("roman_plain", index=True),
    _text("roman_sign"),
    _text("reading_source"),
    _text("confirmed_by"),
    _text("confirmed_on"),
    _text("origin"),
    _text("meaning"),
    _text("history"),
    _of("decision_id", "document"),
    _text("legacy_batch"),
)
CODE = _table(
    "code",
    _of("place_id", "place"),
    _one_of("scheme", CODE_SCHEMES),
    _text("value", wanted=True, index=True),
)
SHAPE = _table(
    "shape",
    _of("place_id", "place"),
    _one_of("role", GEOMETRY_ROLES),
    sa.Column("shape", Shape, nullable=False),
    *(sa.Column(side, sa.Double, nullable=False) for side in ("west", "south", "east", "north")),
    sa.Column("accuracy_m", sa.Double),
    _text("method"),
)
RELATION = _table(
    "relation",
    _of("place_id", "place"),
    _one_of("kind", RELATIONS),
    _of("other_id", "place"),
)
SCOPE = _table(
    "scope",
    _text("kind", wanted=True),
    _text("name", wanted=True),
    sa.Column("shape", Shape, nullable=False),
)
SIGN = _table(
    "sign",
    _of("place_id", "place"),
    _of("name_id", "name"),
    _text("number"),
    _text("kind", wanted=True),
    _text("spec"),
    _text("text", wanted=True),
    _text("roman"),
    sa.Column("shape", Shape),
    sa.Column("azimuth_deg", sa.Double),
    _one_of("state", SIGN_STATES),
    _text("keeper"),
    _text("installed_on"),
    _text("photo"),
    _text("inspected_on"),
    _text("attributes"),
)
PLATE = _table(
    "plate",
    _of("road_id", "place"),
    _text("side"),
    sa.Column("number", sa.Integer),
    _text("sub_number"),
    _text("unit"),
    sa.Column("shape", Shape),
    _text("method"),
    _text("case_id"),
    _text("certificate"),
)
LINE = _table(
    "line",
    _text("code", wanted=True),
    _text("name", wanted=True),
    _text("parties"),
    _text("agreement"),
    _text("map_ref"),
    _text("next_due"),
    sa.Column("shape", Shape),
    _text("attributes"),
)
MARKER = _table(
    "marker",
    _of("line_id", "line"),
    _text("number", wanted=True),
    _text("responsible"),
    _text("condition"),
    sa.Column("shape", Shape),
    _text("photo"),
    _text("attributes"),
)
INSPECTION = _table(
    "inspection",
    _of("line_id", "line"),
    _text("round", wanted=True),
    _text("inspected_on"),
    _text("findings"),
    _text("signed_by"),
    dated=False,
)
CASE = _table(
    "case",
    _text("number", index=True),
    _text("kind", wanted=True),
    _text("state", wanted=True, index=True),
    _text("title", wanted=True),
    _of("place_id", "place"),
    _text("division_code"),
    _text("applicant"),
    _text("clerk"),
    _text("approver"),
    _text("reason_code"),
    _text("reason"),
    _text("opened_on"),
    _text("decided_on"),
    _of("decision_id", "document"),
    _of("campaign_id", "case"),
    _text("facts", wanted=True),
    dated=False,
)
STEP = _table(
    "step",
    _of("case_id", "case"),
    sa.Column("number", sa.Integer, nullable=False),
    _text("was", wanted=True),
    _text("became", wanted=True),
    _text("actor", wanted=True),
    _text("role", wanted=True),
    _text("on_day", wanted=True),
    _text("note"),
    dated=False,
)
CANDIDATE = _table(
    "candidate",
    _of("case_id", "case"),
    _text("text", wanted=True),
    _text("reading"),
    _text("report"),
    sa.Column("chosen", sa.Boolean, nullable=False, server_default=sa.false()),
    dated=False,
)
OPINION = _table(
    "opinion",
    _of("case_id", "case"),
    _text("by", wanted=True),
    _text("stance", wanted=True),
    _text("text", wanted=True),
    _text("alternative"),
    _text("on_day"),
    _text("answer"),
    _text("answered_by"),
    _text("answered_on"),
    dated=False,
)
TASK = _table(
    "task",
    _of("case_id", "case"),
    _of("place_id", "place"),
    _of("sign_id", "sign"),
    _text("kind", wanted=True),
    _text("title", wanted=True),
    _text("due_on"),
    _text("done_on"),
    _text("rule"),
    _text("draft"),
    dated=False,
)
PROTECTION = _table(
    "protection",
    _of("place_id", "place"),
    _text("level", wanted=True),
    _text("batch", wanted=True),
    _text("category"),
    _text("criteria"),
    _text("measures"),
    _of("document_id", "document"),
)
LEXICON = _table(
    "lexicon",
    _text("kind", wanted=True, index=True),
    _text("text", wanted=True),
    _text("value"),
    _text("area"),
)
PLAN_LINK = _table(
    "plan_link",
    _text("plan_id", wanted=True),
    _text("kind", wanted=True),
    _of("name_id", "name"),
    _text("case_id"),
)
BATCH = _table(
    "batch",
    _text("file", wanted=True),
    _text("sha256"),
    _text("mapping"),
    _text("imported_on"),
    dated=False,
)
MATCH = _table(
    "match",
    _of("batch_id", "batch"),
    sa.Column("number", sa.Integer, nullable=False, server_default="0"),
    _text("row", wanted=True),
    _of("place_id", "place"),
    sa.Column("score", sa.Double),
    _text("features"),
    _text("decision"),
    _text("decided_by"),
    _text("applied"),
    _text("made"),
    dated=False,
)
MODEL = _table(
    "model",
    _text("kind", wanted=True, index=True),
    _text("value", wanted=True),
    dated=False,
)

RECORDS: Final[dict[str, sa.Table]] = {
    table.name.removeprefix(PREFIX): table for table in GAZETTEER.sorted_tables
}
"""The tables whose rows change only through change sets, by name, referenced ones first."""

CHANGE_SET = sa.Table(
    PREFIX + "change_set",
    GAZETTEER,
    sa.Column("id", _TEXT, primary_key=True),
    sa.Column("author", _TEXT, nullable=False),
    sa.Column("reason", _TEXT, nullable=False),
    sa.Column("case_id", _TEXT, nullable=False, server_default=""),
    sa.Column("undoes", _TEXT, nullable=False, server_default=""),
    sa.Column("at", _TEXT, nullable=False),
)
EVENT = sa.Table(
    PREFIX + "event",
    GAZETTEER,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("change_set_id", _TEXT, _reference(f"{PREFIX}change_set.id"), nullable=False),
    sa.Column("record", _TEXT, nullable=False),
    sa.Column("row_id", _TEXT, nullable=False),
    sa.Column("before", _TEXT, nullable=False),
    sa.Column("after", _TEXT, nullable=False),
    sa.Column("previous_hash", _TEXT, nullable=False),
    sa.Column("hash", _TEXT, nullable=False),
    sa.Index(PREFIX + "event_of_row", "record", "row_id"),
    sa.Index(PREFIX + "event_of_set", "change_set_id", "record", "row_id"),
)

sa.event.listen(GAZETTEER, "after_create", lay_rules)
