"""The page of a filter that cannot be carried out: the box with what was written, and why."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from api.ogc.fields import example_of
from api.ogc.pages import page_of
from api.ogc.respond import address
from geo.errors import DataError
from geo.store.features import FeatureTable
from geo.text import say


def refused(request: Request, table: FeatureTable, error: DataError) -> Response:
    """Return the page, with the status of the error."""
    own, example = f"/collections/{table.name}", example_of(table)
    answer = page_of(
        request,
        "filter_refused.html",
        title=table.label,
        trail=[
            (say("全部集合", "Collections"), address(request, "/collections", f="html")),
            (table.label, address(request, own, f="html")),
        ],
        own=address(request, f"{own}/items"),
        filter=request.query_params["filter"],
        why=error.message,
        hint=error.hint,
        example=example,
        tried=address(request, f"{own}/items", f="html", filter=example),
        queryables=address(request, f"{own}/queryables", f="html"),
    )
    answer.status_code = 400
    return answer
