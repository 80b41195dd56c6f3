"""``/favicon.ico``: the sign of the server, which browsers ask for beside every page."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from api.openapi import described

router = APIRouter(tags=["运行状态"])

_SVG: Final = "image/svg+xml"
_ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<circle cx="16" cy="16" r="15" fill="#00796b"/>'
    '<circle cx="16" cy="16" r="9" fill="none" stroke="#fff" stroke-width="2.5"/>'
    '<circle cx="16" cy="16" r="3.5" fill="#fff"/></svg>'
)


@router.get(
    "/favicon.ico",
    **described("icon", "图标", "浏览器标签上的图标。", gives=(_SVG,), fails=()),
)
async def icon() -> Response:
    """Return the sign of the server."""
    return Response(_ICON, media_type=_SVG, headers={"Cache-Control": "public, max-age=86400"})
