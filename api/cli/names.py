"""``fuwuquan names``: the gazetteer, one module a family of commands."""

from __future__ import annotations

from importlib import import_module

import typer

from api.cli._words import Group
from geo.text import say

FAMILIES = (
    "search", "history", "asof", "check", "audit", "romanise", "confirm", "division", "borders",
    "signs", "protect", "plan", "exchange", "link", "publish",
)  # fmt: skip
"""Modules ``api.cli.names_…``, each with ``register(group)``, in the order of an officer's work."""


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(cls=Group, no_args_is_help=True)
    for family in FAMILIES:
        import_module(f"api.cli.names_{family}").register(group)
    app.add_typer(
        group,
        name="names",
        cls=Group,
        help=say(
            "地名库：查、看、核名、追溯、任一日的地名、区划变更、界线、标志、导入导出。",
            "The gazetteer: find, show, check, trace, any day, divisions, boundaries, signs.",
        ),
    )
