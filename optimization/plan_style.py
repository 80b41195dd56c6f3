"""How QGIS draws a plan: sites by their role, demand points by what the plan does for them."""

from __future__ import annotations

from collections.abc import Mapping

from geo.schema.results import result_columns
from geo.store.result_styles import Entry, categories_style
from geo.store.symbols import Paint

_SITES = {
    "new": Paint("#00573f", "#ffd54a", size_mm=5.0, mark="star"),
    "kept": Paint("#c0392b", "#ffffff", size_mm=3.0, mark="square"),
    "closed": Paint("#efefef", "#777777", size_mm=3.0, mark="square"),
    "candidate": Paint("#ffffff", "#6a3d9a", size_mm=1.6),
    "barred": Paint("#bdbdbd", "#555555", size_mm=1.6, mark="cross_fill"),
}
_STATES = {
    "gained": Paint("#009e73", "#ffffff", size_mm=2.2),
    "nearer": Paint("#74a9cf", "#ffffff", size_mm=1.8),
    "covered": Paint("#a6bddb", "#5d7ea6", size_mm=1.8),
    "lost": Paint("#111111", "#ffffff", size_mm=2.2, mark="cross_fill"),
    "uncovered": Paint("#d55e00", "#ffffff", size_mm=2.0),
}
"""The colours of the map of a plan."""


def site_style(kind: str, aliases: Mapping[str, str]) -> str:
    """Return the style of ``siting_sites`` with shapes of one type."""
    return _style(kind, "siting_sites", "role", _SITES, aliases)


def assignment_style(kind: str, aliases: Mapping[str, str]) -> str:
    """Return the style of ``siting_assignment`` with shapes of one type."""
    return _style(kind, "siting_assignment", "state", _STATES, aliases)


def _style(
    kind: str, table: str, column: str, paints: Mapping[str, Paint], aliases: Mapping[str, str]
) -> str:
    words = next(c.values for c in result_columns(table) if c.name == column)
    entries = [Entry(value, words[value], paint) for value, paint in paints.items()]
    return categories_style(kind, column, entries, aliases)
