"""Whether what was found still rests on the layers as they are: which have changed, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request

from api.ogc.moments import moment
from api.store import workspace_of
from geo.coverage.since import Since, behind
from geo.schema import layers
from geo.store.results import PREFIX
from geo.text import say

STALE: Final[dict[str, Any]] = {
    "type": "array",
    "description": "算出以后改过的图层；空的就是数据没有变。",
    "items": {
        "type": "object",
        "required": ["layer", "title", "changed"],
        "properties": {
            "layer": {"type": "string", "description": "图层代号。"},
            "title": {"type": "string", "description": "图层名称。"},
            "changed": {
                "type": ["string", "null"],
                "description": "记录在案的最近一次改动；只有别的程序改过的，没有记录。",
            },
        },
    },
}
"""What is said of layers that have changed, as JSON."""


def outdated(request: Request, inputs: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the layers that have changed since something was found, as JSON tells them.

    Parameters
    ----------
    request
        The request.
    inputs
        Fingerprints of the layers that it was found on.
    """
    since: Since = request.app.state.since
    return [
        {"layer": one.layer, "title": layers()[one.layer].label, "changed": one.at or None}
        for one in since.changed(workspace_of(request), inputs)
    ]


def outdated_figures(request: Request, figures: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the layers and streets that have changed since the figures of a job were found."""
    told = (figures or {}).get("provenance") or {}
    rests_on = told.get("layers")
    if not isinstance(rests_on, Mapping):
        return []
    return outdated(request, {**rests_on, "streets": str(told.get("network_hash") or "")})


def outdated_result(request: Request, collection: str) -> list[dict[str, Any]]:
    """Return the layers that have changed since a result was found; of other layers, none."""
    if not collection.startswith(PREFIX):
        return []
    run = behind(workspace_of(request).runs(), collection.removeprefix(PREFIX))
    return [] if run is None else outdated(request, run.inputs)


def warned(stale: list[dict[str, Any]]) -> str:
    """Return in a sentence what has changed; empty when nothing has."""
    if not stale:
        return ""
    listed = say("、", ", ").join(
        one["title"]
        + (
            say(f"（{moment(one['changed'])}）", f" ({moment(one['changed'])})")
            if one["changed"]
            else ""
        )
        for one in stale
    )
    return say(
        f"数据已改：算出以后，{listed}有改动，下面仍是改动以前的数字。请重新计算。",
        f"The data have changed: {listed} since this was found. The figures below are those of"
        " before; compute them anew.",
    )
