"""How people and programs reach the planner."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> object:
    """Give the application's maker when it is first asked for; the command line never does."""
    if name == "create_app":
        from api.app import create_app  # noqa: PLC0415

        return create_app
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
