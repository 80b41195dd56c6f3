"""Which network a workspace walks on: kept when streets are read, renewed when they are edited."""

from __future__ import annotations

import hashlib
import logging

from geo.errors import NotFoundError
from geo.network.build import build
from geo.network.cache import cached, save
from geo.network.graph import StreetNetwork
from geo.network.lines import segments_from_lines
from geo.store import Workspace
from geo.text import say

_log = logging.getLogger(__name__)

CROSSINGS = "street_crossings"
"""Setting of a workspace: ``join`` or ``pass``, as in :func:`geo.network.segments_from_lines`."""

_SETTING = "street_network"


def keep_network(workspace: Workspace, network: StreetNetwork, *, source_hash: str) -> None:
    """Save the network that was built from the streets now in the workspace.

    Parameters
    ----------
    workspace
        Its layer ``street`` holds the streets the network was built from.
    network
        The network, in the working CRS.
    source_hash
        Names the file of the network; identifies the source of the streets.
    """
    save(network, workspace.streets_path / f"{source_hash}.npz")
    workspace.settings[_SETTING] = {"network": source_hash, "layer_version": _version(workspace)}


def open_network(workspace: Workspace) -> StreetNetwork:
    """Return the walking network of a workspace.

    It is the one that was kept when the streets were read. When the layer ``street`` was written
    or edited since, or nothing was kept, the network is built from the layer, and kept.

    Raises
    ------
    NotFoundError
        The workspace has no streets.
    DataError
        No street is walkable.
    """
    if not workspace.has("street"):
        raise NotFoundError(
            say("工作区还没有街路。", "the workspace has no streets yet"),
            hint=say(
                "请先读入街路：fuwuquan streets 文件",
                "read the streets first: fuwuquan streets FILE",
            ),
        )
    kept = workspace.settings.get(_SETTING)
    if isinstance(kept, dict) and kept.get("layer_version") == _version(workspace):
        return cached(str(kept["network"]), workspace.streets_path, lambda: _from_layer(workspace))
    mark = f"{_version(workspace)}/{workspace.content_sha256('street')}"
    source_hash = f"layer-{hashlib.sha256(mark.encode()).hexdigest()[:32]}"
    _log.info("building the network from the layer street")
    network = _from_layer(workspace)
    keep_network(workspace, network, source_hash=source_hash)
    return network


def _from_layer(workspace: Workspace) -> StreetNetwork:
    crossings = workspace.settings.get(CROSSINGS, "join")
    return build(segments_from_lines(workspace.read("street"), crossings=crossings).segments)


def _version(workspace: Workspace) -> str:
    """Return what changes whenever the layer ``street`` is written or edited."""
    state = next(state for state in workspace.layers() if state.layer == "street")
    edits = workspace.content_sha256("street") if state.edited else ""
    crossings = workspace.settings.get(CROSSINGS, "join")
    return f"{state.version}/{workspace.working_crs}/{crossings}/{edits}"
