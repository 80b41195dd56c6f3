"""``fuwuquan cases``: a name from proposal to sign, one module a family of commands."""

from __future__ import annotations

from importlib import import_module

import typer

from api.cli._words import Group
from geo.text import say

FAMILIES = (
    "open", "list", "show", "edit", "papers", "act", "hear", "decide", "code", "drafts", "clocks",
)  # fmt: skip
"""Modules ``api.cli.cases_…``, each with ``register(group)``, in the order of an officer's work."""


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(cls=Group, no_args_is_help=True)
    for family in FAMILIES:
        import_module(f"api.cli.cases_{family}").register(group)
    app.add_typer(
        group,
        name="cases",
        cls=Group,
        help=say(
            "地名案卷：立案、审查、征求意见、批准、备案公告、立牌，各步留痕；只有批准改动地名库。",
            "Cases of names: proposal, checks, hearing, approval, filing, signs. Only approval "
            "changes the gazetteer.",
        ),
    )
