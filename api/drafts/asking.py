"""What the routes of drafts and proposals have in common: parameters and bodies."""

from __future__ import annotations

from typing import Any, Final

from api.ogc.parameters import Parameter
from api.ogc.respond import JSON

DRAFT: Final = Parameter(
    "draftId",
    "草稿的编号。",
    {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    example="0123456789abcdef",
    place="path",
)
FAILS: Final = (400, 401, 403, 404, 409, 410, 413, 415, 503)


def body_of(**properties: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a JSON body with some members."""
    schema = {"type": "object", "properties": properties}
    return {"required": True, "content": {JSON: {"schema": schema}}}
