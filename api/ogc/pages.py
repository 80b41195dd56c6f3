"""The page beside every resource: what the JSON says, for people, without a network or a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from urllib.parse import quote

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.advice import at_a_server
from api.ogc import crs, done
from api.ogc.cells import cell_told, is_number, shape_told, shapes_of, telling
from api.ogc.fields import example_of
from api.ogc.moments import moment
from api.ogc.outdated import outdated_result, warned
from api.ogc.query import Asked, token
from api.ogc.respond import address, root, site
from api.people.person import person_of
from api.store import draft_id, settings_of
from geo.store.features import Box, FeatureTable, Page
from geo.store.geometry import decode
from geo.store.versions import version_told
from geo.text import language, say
from geo.tiles.archive import DEEPEST_KEPT


@cache
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("api.ogc"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["moment"] = moment
    made.filters["here"] = at_a_server
    return made


def page_of(
    request: Request,
    template: str,
    *,
    title: str,
    about: str = "",
    trail: Sequence[tuple[str, str]] = (),
    json: str = "",
    **values: object,
) -> Response:
    """Return a page.

    Parameters
    ----------
    request
        The request.
    template
        Name of its file in ``templates``.
    title, about
        Its heading and the sentence below.
    trail
        Names and addresses of the pages above it.
    json
        Address of the same as JSON.
    values
        What the template shows.
    """
    said = done.told(request)
    text = (
        _templates()
        .get_template(template)
        .render(
            title=title,
            about=about,
            trail=[*_under(request), *trail],
            json=json,
            root=root(request),
            site=site(request),
            person=person_of(request),
            public=settings_of(request).public,
            zh=language() == "zh",
            say=say,
            done=said,
            **values,
        )
    )
    made = HTMLResponse(text, headers={"Vary": "Accept"})
    if said:
        done.forget(request, made)
    return made


def conformance(request: Request, classes: Sequence[str]) -> Response:
    """Return the page of the standards kept."""
    return page_of(
        request,
        "conformance.html",
        title=say("遵循的标准", "Standards"),
        json=address(request, "/conformance", f="json"),
        classes=classes,
    )


def tiles(request: Request, title: str, own: str, tables: Sequence[FeatureTable]) -> Response:
    """Return the page of the tiles of everything, or of the collection at ``own``."""
    grid = address(request, f"{own}/tiles/WebMercatorQuad")
    return page_of(
        request,
        "tiles.html",
        title=title,
        about=say("矢量瓦片：画面随看随取，数据一改即新。", "Vector tiles, new after every edit."),
        json=address(request, f"{own}/tiles", f="json"),
        address_of_tiles=f"{grid}/{{z}}/{{y}}/{{x}}",
        tilejson=f"{grid}?f=tilejson",
        deepest=DEEPEST_KEPT,
        layers=tables,
    )


def collections(
    request: Request, tables: Sequence[FeatureTable], counts: Mapping[str, int]
) -> Response:
    """Return the page of all collections."""
    rows = [
        {
            "name": table.name,
            "label": table.label,
            "count": counts[table.name],
            "shape": shapes_of(table),
        }
        for table in tables
    ]
    return page_of(
        request,
        "collections.html",
        title=say("全部集合", "Collections"),
        about=say("图层、结果和地名。", "Layers, results and names."),
        json=address(request, "/collections", f="json"),
        rows=rows,
    )


def collection(
    request: Request, table: FeatureTable, *, number: int, extent: Box | None
) -> Response:
    """Return the page of one collection."""
    own = address(request, f"/collections/{table.name}")
    box = "–"
    if extent is not None:
        sides = (extent.west, extent.south, extent.east, extent.north)
        box = say("，", ", ").join(f"{side:.5f}" for side in sides)
    facts = [
        (say("代号", "Id"), table.name),
        (say("要素", "Features"), f"{number:,}"),
        (say("图形", "Shapes"), shapes_of(table)),
        (say("范围（西、南、东、北）", "Extent"), box),
        (say("保存坐标系", "Stored in"), crs.STORED),
    ]
    return page_of(
        request,
        "collection.html",
        title=table.label,
        about=table.about,
        trail=_trail(request),
        json=f"{own}?f=json",
        own=own,
        facts=facts,
        outdated=warned(outdated_result(request, table.name)),
    )


def items(
    request: Request, table: FeatureTable, asking: Asked, found: Page, matched: int | None
) -> Response:
    """Return a page of features as a table."""
    path = f"/collections/{table.name}/items"
    given = {name: text for name, text in asking.given.items() if name != "f"}
    following = None
    if found.after is not None:
        following = address(request, path, **{**given, "after": token(found.after), "f": "html"})
    fields = {field.name: field for field in table.fields}
    shown = telling(found, table.key)
    heads = [
        {"label": fields[found.names[at]].label, "numeric": is_number(fields[found.names[at]])}
        for at in shown
    ]
    rows = [
        {
            "id": key,
            "href": address(request, f"{path}/{quote(str(key), safe='')}", f="html"),
            "cells": [cell_told(fields[found.names[at]], cells[at], short=True) for at in shown],
        }
        for key, cells in zip(found.ids, found.cells, strict=True)
    ]
    number = say("很多", "many") if matched is None else f"{matched:,}"
    example = example_of(table)
    return page_of(
        request,
        "items.html",
        title=table.label,
        trail=[*_trail(request), (table.label, _own(request, table))],
        json=address(request, path, **{**given, "f": "json"}),
        own=address(request, path),
        by_name=table.field("name") is not None,
        q=given.get("q", ""),
        filter=given.get("filter", ""),
        example=example,
        tried=address(request, path, f="html", filter=example),
        told=say(
            f"共 {number} 个要素，本页 {len(found.ids):,} 个。",
            f"{number} features, {len(found.ids):,} on this page.",
        ),
        heads=heads,
        rows=rows,
        outdated=warned(outdated_result(request, table.name)),
        following=following,
    )


def item(request: Request, table: FeatureTable, found: Page) -> Response:
    """Return the page of one feature."""
    path = f"/collections/{table.name}/items"
    fields = {field.name: field for field in table.fields}
    key, cells = found.ids[0], found.cells[0]
    facts: list[tuple[str, str | None, str]] = [
        (fields[name].label, cell_told(fields[name], cell), fields[name].about)
        for name, cell in zip(found.names, cells, strict=True)
    ]
    if found.shapes:
        blob = found.shapes[0]
        told = None if blob is None else shape_told(decode([blob])[0])
        facts.append((say("图形", "Shape"), told, ""))
    if found.versions:
        facts.append((say("版本", "Version"), version_told(found.versions[0]), ""))
    named = dict(zip(found.names, cells, strict=True)).get("name")
    return page_of(
        request,
        "item.html",
        title=str(named or key),
        about=f"{table.label} {key}",
        trail=[
            *_trail(request),
            (table.label, _own(request, table)),
            (say("要素", "Features"), address(request, path, f="html")),
        ],
        json=address(request, f"{path}/{quote(str(key), safe='')}", f="json"),
        facts=facts,
    )


def schema(request: Request, table: FeatureTable, what: str) -> Response:
    """Return the page of a collection's properties."""
    words = {"int": say("整数", "whole number"), "float": say("数", "number")}
    words |= {"bool": say("是否", "yes or no"), "date": say("日期", "date")}
    fields = [
        {
            "label": field.label,
            "name": field.name,
            "kind": words.get(field.kind, say("文字", "text")),
            "unit": field.unit,
            "about": field.about,
            "choices": [{"value": one.value, "label": one.labels[0]} for one in field.choices],
        }
        for field in table.fields
    ]
    titles = {"schema": say("属性结构", "Schema"), "queryables": say("可查询的属性", "Queryables")}
    own = f"/collections/{table.name}/{what}"
    return page_of(
        request,
        "schema.html",
        title=f"{table.label} · {titles[what]}",
        about=say(
            "过滤条件里英文名和中文名都可以用。", "A filter may use the Chinese names as well."
        ),
        trail=[*_trail(request), (table.label, _own(request, table))],
        json=address(request, own, f="json"),
        fields=fields,
    )


def _under(request: Request) -> list[tuple[str, str]]:
    """Return the way to the draft whose own root is asked."""
    if not draft_id(request):
        return []
    return [
        (say("草稿", "Drafts"), f"{site(request)}/ws?f=html"),
        (say("本草稿", "This draft"), address(request, "/", f="html")),
    ]


def _trail(request: Request) -> list[tuple[str, str]]:
    return [(say("全部集合", "Collections"), address(request, "/collections", f="html"))]


def _own(request: Request, table: FeatureTable) -> str:
    return address(request, f"/collections/{table.name}", f="html")
