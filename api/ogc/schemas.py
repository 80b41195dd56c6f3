"""``/collections/{id}/schema`` and ``…/queryables``: the properties of a collection.

OGC API Features, parts 3 (queryables) and 5 (schemas).
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc import pages
from api.ogc.catalogue import collection
from api.ogc.parameters import COLLECTION, FORMAT, asked
from api.ogc.respond import HTML, SCHEMA, address, form_of, json_answer
from api.openapi import described
from api.store import reading
from geo.store.features import FeatureTable, Field
from geo.text import say

router = APIRouter(tags=["要素"])

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Final = {"int": "integer", "float": "number", "bool": "boolean"}
_SHAPES: Final = {
    "POINT": "geometry-point",
    "MULTIPOINT": "geometry-multipoint",
    "LINESTRING": "geometry-linestring",
    "MULTILINESTRING": "geometry-linestring-or-multilinestring",
    "POLYGON": "geometry-polygon",
    "MULTIPOLYGON": "geometry-polygon-or-multipolygon",
}


@router.get(
    "/collections/{collectionId}/queryables",
    **described(
        "queryables",
        "可查询的属性",
        "过滤条件里可以用的属性（JSON Schema）；中文名也可以用。",
        COLLECTION,
        FORMAT,
        gives=(SCHEMA, HTML),
    ),
)
def queryables(request: Request) -> Response:
    """Return the properties that a filter may use."""
    return _answer(request, "queryables")


@router.get(
    "/collections/{collectionId}/schema",
    **described(
        "schema",
        "属性结构",
        "要素的属性、类型、单位、取值和含义（JSON Schema）。",
        COLLECTION,
        FORMAT,
        gives=(SCHEMA, HTML),
    ),
)
def schema(request: Request) -> Response:
    """Return what properties a feature has."""
    return _answer(request, "schema")


def _answer(request: Request, what: str) -> Response:
    form = form_of(request, also=(SCHEMA,))
    asked(request, ("f",))
    with reading(request) as connection:
        table = collection(connection, request.path_params["collectionId"])
    if form == "html":
        return pages.schema(request, table, what)
    own = address(request, f"/collections/{table.name}/{what}")
    return json_answer(schema_of(table, own, what), media_type=SCHEMA, request=request)


def schema_of(table: FeatureTable, uri: str, what: str) -> dict[str, Any]:
    """Return the properties of a table as a JSON schema.

    Parameters
    ----------
    table
        The table.
    uri
        Address of the schema.
    what
        ``queryables`` for those that a filter may use; ``schema`` for what a feature has.
    """
    properties: dict[str, Any] = {}
    if table.shape is not None:
        properties["geometry"] = {
            "title": say("图形", "Geometry"),
            "x-ogc-role": "primary-geometry",
            "format": _SHAPES.get(table.shape, "geometry-any"),
        }
    properties |= {field.name: _property(table, field) for field in table.fields}
    body: dict[str, Any] = {
        "$schema": _DIALECT,
        "$id": uri,
        "type": "object",
        "title": table.label,
        "properties": properties,
        "additionalProperties": False,
    }
    if what == "schema":
        required = [field.name for field in table.fields if field.required]
        body |= {"required": required} if required else {}
    return body


def _property(table: FeatureTable, field: Field) -> dict[str, Any]:
    plain: dict[str, Any] = {"title": field.label, "type": _TYPES.get(field.kind, "string")}
    if field.about:
        plain["description"] = field.about
    if field.kind == "date":
        plain["format"] = "date"
    if field.unit:
        plain["x-ogc-unit"] = field.unit
    if field.minimum is not None:
        plain["minimum"] = field.minimum
    if field.choices:
        plain["enum"] = [choice.value for choice in field.choices]
    if field.choices or field.words:
        named = (*field.choices, *field.words)
        plain["x-labels"] = {choice.value: choice.labels[0] for choice in named}
    if field.name == table.key:
        plain["x-ogc-role"] = "id"
    return plain
