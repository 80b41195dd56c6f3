"""The gazetteer of the demo: brought in once, with the built-up area in which names must differ."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli._gazetteer import moment
from geo.text import say

if TYPE_CHECKING:
    from geo.store import Workspace

_STREETS = "23510"


def bring_names(
    workspace: Workspace,
    source: Path,
    entry: dict[str, Any],
    *,
    on: date,
    progress: Callable[[float], None],
) -> dict[str, int]:
    """Import the census workbook, unless the gazetteer holds something, and count what it has."""
    from geo.gazetteer import Gazetteer  # noqa: PLC0415
    from geo.gazetteer.exchange import import_names  # noqa: PLC0415
    from geo.gazetteer.scopes import add_scopes  # noqa: PLC0415

    book = Gazetteer.of(workspace)
    places = book.rows("place")
    if not places:
        author = say("示范", "demo")
        reason = say("导入示范地名库", "the demo's gazetteer")
        at = moment()
        import_names(
            book, source / entry["file"], author=author, reason=reason, at=at, progress=progress
        )
        zones = workspace.read("zone", crs="EPSG:4490")
        add_scopes(
            book,
            zones[zones["name"] == entry["built_up"]],
            since=on.isoformat(),
            author=author,
            reason=say("示范建成区", "the demo's built-up area"),
            at=at,
        )
        places = book.rows("place")
    return {
        "placenames": len(places),
        "street_names": sum(place["class_code"] == _STREETS for place in places),
        "signs": len(book.rows("sign")),
        "boundary_lines": len(book.rows("line")),
        "boundary_stones": len(book.rows("marker")),
    }
