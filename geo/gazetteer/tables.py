"""The tables of the gazetteer, the same in a GeoPackage and in PostGIS.

Every row has a permanent ``id``, a ``version`` that counts its edits, and the days on which it
holds. Names, codes, shapes and relations of a place are rows of their own, so that each has its
own dates. Nothing is ever deleted: a row that no longer holds has ``valid_to``.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from geo.gazetteer.apart import lay_rules
from geo.gazetteer.case_tables import CANDIDATE, CASE, OPINION, STEP, TASK
from geo.gazetteer.shapes import Shape
from geo.gazetteer.table_parts import (
    CODE_SCHEMES,
    GAZETTEER,
    GEOMETRY_ROLES,
    LIFECYCLES,
    NAME_KINDS,
    PREFIX,
    RELATIONS,
    SECRECIES,
    SIGN_STATES,
    STATUSES,
    TEXT,
    of,
    one_of,
    reference,
    table,
    text,
)

__all__ = [
    "BATCH",
    "CANDIDATE",
    "CASE",
    "CHANGE_SET",
    "CODE",
    "CODE_SCHEMES",
    "DOCUMENT",
    "EVENT",
    "GAZETTEER",
    "GEOMETRY_ROLES",
    "INSPECTION",
    "LEXICON",
    "LIFECYCLES",
    "LINE",
    "MARKER",
    "MATCH",
    "MODEL",
    "NAME",
    "NAME_KINDS",
    "OPINION",
    "PLACE",
    "PLAN_LINK",
    "PLATE",
    "PREFIX",
    "PROTECTION",
    "RECORDS",
    "RELATION",
    "RELATIONS",
    "SCOPE",
    "SECRECIES",
    "SHAPE",
    "SIGN",
    "SIGN_STATES",
    "STATUSES",
    "STEP",
    "TASK",
]

DOCUMENT = table(
    "document",
    text("kind", wanted=True),
    text("number"),
    text("title", wanted=True),
    text("issuer"),
    text("issued_on"),
    text("sha256"),
    dated=False,
)
PLACE = table(
    "place",
    text("class_code", wanted=True, index=True),
    one_of("lifecycle", LIFECYCLES),
    one_of("status", STATUSES),
    one_of("secrecy", SECRECIES),
    text("division_code", index=True),
    text("attributes", wanted=True),
)
NAME = table(
    "name",
    of("place_id", "place"),
    text("text", wanted=True, index=True),
    one_of("kind", NAME_KINDS),
    text("language", wanted=True),
    text("script"),
    text("specific"),
    text("generic"),
    text("breaks"),
    text("reading"),
    text("roman_toned"),
    text("roman_plain", index=True),
    text("roman_sign"),
    text("reading_source"),
    text("confirmed_by"),
    text("confirmed_on"),
    text("origin"),
    text("meaning"),
    text("history"),
    of("decision_id", "document"),
    text("legacy_batch"),
)
CODE = table(
    "code",
    of("place_id", "place"),
    one_of("scheme", CODE_SCHEMES),
    text("value", wanted=True, index=True),
)
SHAPE = table(
    "shape",
    of("place_id", "place"),
    one_of("role", GEOMETRY_ROLES),
    sa.Column("shape", Shape, nullable=False),
    *(sa.Column(side, sa.Double, nullable=False) for side in ("west", "south", "east", "north")),
    sa.Column("accuracy_m", sa.Double),
    text("method"),
)
RELATION = table(
    "relation",
    of("place_id", "place"),
    one_of("kind", RELATIONS),
    of("other_id", "place"),
)
SCOPE = table(
    "scope",
    text("kind", wanted=True),
    text("name", wanted=True),
    sa.Column("shape", Shape, nullable=False),
)
SIGN = table(
    "sign",
    of("place_id", "place"),
    of("name_id", "name"),
    text("number"),
    text("kind", wanted=True),
    text("spec"),
    text("text", wanted=True),
    text("roman"),
    sa.Column("shape", Shape),
    sa.Column("azimuth_deg", sa.Double),
    one_of("state", SIGN_STATES),
    text("keeper"),
    text("installed_on"),
    text("photo"),
    text("inspected_on"),
    text("attributes"),
)
PLATE = table(
    "plate",
    of("road_id", "place"),
    text("side"),
    sa.Column("number", sa.Integer),
    text("sub_number"),
    text("unit"),
    sa.Column("shape", Shape),
    text("method"),
    text("case_id"),
    text("certificate"),
)
LINE = table(
    "line",
    text("code", wanted=True),
    text("name", wanted=True),
    text("parties"),
    text("agreement"),
    text("map_ref"),
    text("next_due"),
    sa.Column("shape", Shape),
    text("attributes"),
)
MARKER = table(
    "marker",
    of("line_id", "line"),
    text("number", wanted=True),
    text("responsible"),
    text("condition"),
    sa.Column("shape", Shape),
    text("photo"),
    text("attributes"),
)
INSPECTION = table(
    "inspection",
    of("line_id", "line"),
    text("round", wanted=True),
    text("inspected_on"),
    text("findings"),
    text("signed_by"),
    dated=False,
)
PROTECTION = table(
    "protection",
    of("place_id", "place"),
    text("level", wanted=True),
    text("batch", wanted=True),
    text("category"),
    text("criteria"),
    text("measures"),
    of("document_id", "document"),
)
LEXICON = table(
    "lexicon",
    text("kind", wanted=True, index=True),
    text("text", wanted=True),
    text("value"),
    text("area"),
)
PLAN_LINK = table(
    "plan_link",
    text("plan_id", wanted=True),
    text("kind", wanted=True),
    of("name_id", "name"),
    text("case_id"),
)
BATCH = table(
    "batch",
    text("file", wanted=True),
    text("sha256"),
    text("mapping"),
    text("imported_on"),
    dated=False,
)
MATCH = table(
    "match",
    of("batch_id", "batch"),
    sa.Column("number", sa.Integer, nullable=False, server_default="0"),
    text("row", wanted=True),
    of("place_id", "place"),
    sa.Column("score", sa.Double),
    text("features"),
    text("decision"),
    text("decided_by"),
    text("applied"),
    text("made"),
    dated=False,
)
MODEL = table(
    "model",
    text("kind", wanted=True, index=True),
    text("value", wanted=True),
    dated=False,
)

RECORDS: Final[dict[str, sa.Table]] = {
    table.name.removeprefix(PREFIX): table for table in GAZETTEER.sorted_tables
}
"""The tables whose rows change only through change sets, by name, referenced ones first."""

CHANGE_SET = sa.Table(
    PREFIX + "change_set",
    GAZETTEER,
    sa.Column("id", TEXT, primary_key=True),
    sa.Column("author", TEXT, nullable=False),
    sa.Column("reason", TEXT, nullable=False),
    sa.Column("case_id", TEXT, nullable=False, server_default=""),
    sa.Column("undoes", TEXT, nullable=False, server_default=""),
    sa.Column("at", TEXT, nullable=False),
)
EVENT = sa.Table(
    PREFIX + "event",
    GAZETTEER,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("change_set_id", TEXT, reference(f"{PREFIX}change_set.id"), nullable=False),
    sa.Column("record", TEXT, nullable=False),
    sa.Column("row_id", TEXT, nullable=False),
    sa.Column("before", TEXT, nullable=False),
    sa.Column("after", TEXT, nullable=False),
    sa.Column("previous_hash", TEXT, nullable=False),
    sa.Column("hash", TEXT, nullable=False),
    sa.Index(PREFIX + "event_of_row", "record", "row_id"),
    sa.Index(PREFIX + "event_of_set", "change_set_id", "record", "row_id"),
)

sa.event.listen(GAZETTEER, "after_create", lay_rules)
