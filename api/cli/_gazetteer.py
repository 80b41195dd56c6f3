"""What the commands of the gazetteer share: the book that a workspace keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.gazetteer import Gazetteer


def gazetteer(workspace: Path) -> Gazetteer:
    """Open the gazetteer of a workspace."""
    from geo.gazetteer import Gazetteer  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    return Gazetteer.of(Workspace.open(workspace))
