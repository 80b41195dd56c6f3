"""Which network a workspace walks on: kept when streets are read, renewed when they are edited."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from geo.errors import DataError, NotFoundError
from geo.network.build import build
from geo.network.cache import cached, content_hash, load, save
from geo.network.graph import StreetNetwork
from geo.network.heights import with_heights
from geo.network.lines import segments_from_lines
from geo.network.segments import StreetImport
from geo.store import Workspace
from geo.text import say

_log = logging.getLogger(__name__)

CROSSINGS = "street_crossings"
"""Setting of a workspace: ``join`` or ``pass``, as in :func:`geo.network.segments_from_lines`."""
HEIGHTS = "street_heights"
"""Setting of a workspace: the elevation model that gives its streets their slopes."""

KEPT = "street_network"
"""Setting of a workspace: which network was built, and of which streets."""
UNKNOWN = "unknown"
"""Fingerprint of a network of which nothing was kept."""


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
    kept = workspace.settings.get(KEPT)
    if isinstance(kept, dict) and kept.get("of") == _state(workspace):
        name = str(kept["network"])
        workspace.street_files.fetch(f"{name}.npz")
        return cached(name, workspace.streets_path, lambda: _from_layer(workspace)[0])
    return renew_network(workspace)[0]


def renew_network(workspace: Workspace) -> tuple[StreetNetwork, StreetImport]:
    """Build the network from the layer ``street``, keep it, and return it with what was found.

    Raises
    ------
    DataError
        No street is walkable.
    """
    _log.info("building the network from the layer street")
    network, found = _from_layer(workspace)
    mark = f"{_state(workspace)}/{workspace.content_sha256('street')}"
    source_hash = f"layer-{hashlib.sha256(mark.encode()).hexdigest()[:32]}"
    keep_network(workspace, network, source_hash=source_hash)
    return network, found


def keep_network(workspace: Workspace, network: StreetNetwork, *, source_hash: str) -> None:
    """Save the network that was built from the streets now in the workspace; older ones go.

    Parameters
    ----------
    workspace
        Its layer ``street`` holds the streets the network was built from.
    network
        The network, in the working CRS.
    source_hash
        Names the file of the network, beginning with ``osm-`` or ``layer-``; identifies the
        source of the streets.
    """
    own, files = f"{source_hash}.npz", workspace.street_files
    save(network, workspace.streets_path / own)
    files.keep(own)
    workspace.settings[KEPT] = {"network": source_hash, "of": _state(workspace)}
    for other in files.names():
        if other != own and other.startswith(("osm-", "layer-")) and other.endswith(".npz"):
            files.drop(other)


def kept_hash(workspace: Workspace) -> str:
    """Return the fingerprint of the network that was kept, as results name it; nothing is built.

    It is empty where the streets were changed since, and `UNKNOWN` where no network is there.
    """
    kept = workspace.settings.get(KEPT)
    if not isinstance(kept, dict):
        return UNKNOWN
    if kept.get("of") != _state(workspace):
        return ""
    name = f"{kept['network']}.npz"
    workspace.street_files.fetch(name)
    try:
        return content_hash(load(workspace.streets_path / name))
    except (DataError, NotFoundError):
        return UNKNOWN


def raised(workspace: Workspace, network: StreetNetwork) -> StreetNetwork:
    """Return the network with the slopes of the workspace's elevation model, if it has one."""
    dem = workspace.settings.get(HEIGHTS)
    if dem is None:
        return network
    network, unknown_share = with_heights(network, Path(str(dem)))
    if unknown_share:
        _log.warning("%.1f %% of the streets lie outside the elevation model", 100 * unknown_share)
    return network


def _from_layer(workspace: Workspace) -> tuple[StreetNetwork, StreetImport]:
    crossings = workspace.settings.get(CROSSINGS, "join")
    found = segments_from_lines(workspace.read("street"), crossings=crossings)
    return raised(workspace, build(found.segments)), found


def _state(workspace: Workspace) -> str:
    """Return what changes whenever the layer ``street`` or the way it is read changes."""
    state = next(state for state in workspace.layers() if state.layer == "street")
    edits = workspace.content_sha256("street") if state.edited else ""
    settings = [str(workspace.settings.get(name, "")) for name in (CROSSINGS, HEIGHTS)]
    return "/".join([str(state.version), workspace.working_crs, *settings, edits])
