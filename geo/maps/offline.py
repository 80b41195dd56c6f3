"""One HTML file that holds all it needs: a folium map without its links to the web."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from geo.text import language

SECURITY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
"""Lets the browser itself refuse every request that leaves the page."""

_LINK = re.compile(r"\s*<(?:script|link)\b[^>]*\b(?:src|href)=\"https?:[^>]*>(?:</script>)?")
_ELEMENT_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_VIEWPORT = re.compile(r"<meta name=\"viewport\"[^>]*>")
_PICTURE = re.compile(r"[^{}]*\{[^{}]*url\(images/[^{}]*\}")


def offline_page(
    payload: Mapping[str, Any],
    *,
    title: str,
    groups: Mapping[str, tuple[str, bool]],
    draw: str = "drawCoverageMap",
    script: str = "page/coverage.js",
) -> str:
    """Write a page that opens from disk with the network off and asks for nothing.

    folium lays out the map, its groups and their control. Its links to scripts and styles on the
    web are dropped: Leaflet and our own script stand in the page, and the rest of what folium
    links (Bootstrap, jQuery, icon fonts) is not used. The random names folium gives its elements
    are replaced by numbers, so that the same payload gives the same bytes.

    Parameters
    ----------
    payload
        What the scripts draw; plain values.
    title
        Title of the window.
    groups
        Label of every group of the layer control and whether it is on at first, by name.
    draw
        Function of the scripts that draws the payload.
    script
        The file beside this module that has it; `page/page.js`, which all share, is run before.
    """
    skeleton = _numbered(_skeleton(groups, draw))
    skeleton = _VIEWPORT.sub('<meta name="viewport" content="width=device-width">', skeleton)
    skeleton = _LINK.sub("", skeleton)
    head = "\n".join(
        [
            f'<meta http-equiv="Content-Security-Policy" content="{SECURITY}">',
            f"<title>{html.escape(title)}</title>",
            '<link rel="icon" href="data:,">',
            f"<style>{_PICTURE.sub('', _text('vendor/leaflet.css'))}</style>",
            f"<style>{_text('page/map.css')}</style>",
            f"<script>{_text('vendor/leaflet.js')}</script>",
            f"<script>{_text('page/page.js')}</script>",
            f"<script>{_text(script)}</script>",
        ]
    )
    body = f'<script type="application/json" id="map-content">{_json(payload)}</script>'
    tongue = "zh-CN" if language() == "zh" else "en"
    return (
        skeleton.replace("<html>", f'<html lang="{tongue}">', 1)
        .replace("<head>", f"<head>\n{head}", 1)
        .replace("<body>", f"<body>\n{body}", 1)
    )


def _skeleton(groups: Mapping[str, tuple[str, bool]], draw: str) -> str:
    """Return folium's page: an empty map, its groups, their control and a call of our script."""
    import folium  # noqa: PLC0415 - slow to import

    world = folium.Map(
        location=(0, 0), tiles=None, prefer_canvas=True, zoom_control=False, zoom_snap=0.25
    )
    layers = {}
    for name, (label, shown) in groups.items():
        layer = folium.FeatureGroup(name=label, show=shown).add_to(world)
        layers[name] = layer.get_name()
    folium.LayerControl(collapsed=False).add_to(world)
    before, end, after = str(world.get_root().render()).rpartition("</script>")
    named = ", ".join(f"{name}: {variable}" for name, variable in layers.items())
    return f"{before}{draw}({world.get_name()}, {{{named}}});\n{end}{after}"


def _numbered(page: str) -> str:
    """Replace random element names by their order of appearance."""
    numbers: dict[str, str] = {}
    return _ELEMENT_ID.sub(lambda found: numbers.setdefault(found.group(), str(len(numbers))), page)


def _json(payload: Mapping[str, Any]) -> str:
    """Return JSON that cannot end the element it stands in."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@cache
def _text(path: str) -> str:
    return (files("geo.maps") / path).read_text("utf-8")
