"""Parts of the manual that are made from the program itself, so that they cannot fall behind it.

A page asks for a part by a line of its own, such as ``[[columns]]``; ``PARTS`` names them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from _parts import columns, commands, faults, results, streets, walkers

from geo.text import Language, speak

PARTS: dict[str, Callable[[Language], str]] = {
    "columns": columns.columns,
    "layers": columns.layers,
    "facility types": columns.facility_types,
    "results": results.results,
    "street classes": streets.street_class_table,
    "osm tags": streets.osm_tags,
    "profiles": walkers.profiles,
    "faults": faults.faults,
    "errors": commands.errors,
    "settings": commands.settings,
    "commands": commands.commands,
    "json keys": commands.json_keys,
}
"""What a page may ask for."""


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:  # noqa: ANN401
    """Replace every request for a generated part (called by MkDocs for each page)."""
    return filled(markdown, "en" if page.file.src_uri.endswith(".en.md") else "zh")


def filled(markdown: str, language: Language) -> str:
    """Return a page with every part it asks for."""
    speak(language)
    for name, part in PARTS.items():
        request = f"[[{name}]]"
        if request in markdown:
            markdown = markdown.replace(request, part(language))
    return markdown
