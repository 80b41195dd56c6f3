"""Where a network lies on disk: plain arrays, reopened in a blink, rebuilt when foreign."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import zipfile
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, NotFoundError
from geo.network.graph import StreetNetwork
from geo.text import say

FORMAT = "fuwuquan-streets-1"
"""Written into every file; raised when the arrays or the way they are built change."""

_log = logging.getLogger(__name__)

_FOREIGN = (
    *(OSError, EOFError, zipfile.BadZipFile),
    *(ValueError, KeyError, TypeError, AttributeError),
)
"""What reading a file of another kind may raise."""

_DTYPES: dict[str, tuple[type[np.generic], int]] = {
    "node_xy": (np.float64, 2),
    "node_component": (np.int32, 1),
    "edge_nodes": (np.int32, 2),
    "edge_length_m": (np.float64, 1),
    "edge_class": (np.uint8, 1),
    "edge_steps": (np.bool_, 1),
    "edge_climb_m": (np.float32, 1),
    "edge_descent_m": (np.float32, 1),
    "edge_source": (np.int64, 1),
    "shape_xy": (np.float64, 2),
    "shape_start": (np.int64, 1),
}
"""Type and number of dimensions of every array; a second dimension has two entries."""


def save(network: StreetNetwork, path: Path) -> None:
    """Write a network to an uncompressed ``.npz`` file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Any] = {"about": np.array(json.dumps(_about(network))), **_arrays(network)}
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with half.open("wb") as file:
            np.savez(file, **kept)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def load(path: Path) -> StreetNetwork:
    """Reopen a network that :func:`save` wrote.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        The file is not a network of this version, is cut short, or its arrays contradict.
    """
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            network = StreetNetwork(
                crs=about["crs"],
                classes=tuple(about["classes"]),
                **{name: file[name] for name in _DTYPES},
            )
        _check(about["format"], network)
    except FileNotFoundError:
        raise NotFoundError(
            say(f"没有路网文件“{path}”。", f"there is no network file {str(path)!r}"),
            hint=say("请先运行 fuwuquan streets。", "run fuwuquan streets first"),
        ) from None
    except _FOREIGN as wrong:
        raise DataError(
            say(
                f"“{path}”不是本版本的路网文件，或已损坏。",
                f"{str(path)!r} is not a network file of this version, or is damaged",
            ),
            hint=say("请重新运行 fuwuquan streets。", "run fuwuquan streets again"),
        ) from wrong
    return network


def content_hash(network: StreetNetwork) -> str:
    """Return the SHA-256 of everything in a network, as hexadecimal digits."""
    digest = hashlib.sha256(json.dumps(_about(network)).encode())
    for name, array in _arrays(network).items():
        digest.update(f"{name}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def cached(source_hash: str, folder: Path, build: Callable[[], StreetNetwork]) -> StreetNetwork:
    """Return the network stored for a source, building and storing it when it is not there.

    Parameters
    ----------
    source_hash
        Identifies the source and every parameter that shapes the network: letters, digits,
        ``-`` and ``_``.
    folder
        Where networks are kept, one file a source.
    build
        Called when there is no file, or it is foreign or damaged.
    """
    if not re.fullmatch(r"[\w-]{1,100}", source_hash):
        raise DataError(
            say(f"路网名“{source_hash}”不对。", f"{source_hash!r} cannot name a network"),
            hint=say("请重新运行 fuwuquan streets。", "run fuwuquan streets again"),
        )
    path = folder / f"{source_hash}.npz"
    try:
        return load(path)
    except NotFoundError:
        _log.info("no network for %s yet", source_hash)
    except DataError as fault:
        _log.warning("%s", fault.message)
    network = build()
    save(network, path)
    return network


def _about(network: StreetNetwork) -> dict[str, object]:
    return {"format": FORMAT, "crs": network.crs, "classes": list(network.classes)}


def _arrays(network: StreetNetwork) -> dict[str, NDArray[np.generic]]:
    return {f.name: getattr(network, f.name) for f in fields(network) if f.name in _DTYPES}


def _check(written: str, network: StreetNetwork) -> None:
    """Refuse another format, arrays of the wrong type or length, and numbers that point outside."""
    if written != FORMAT:
        raise ValueError(written)
    for name, array in _arrays(network).items():
        dtype, dimensions = _DTYPES[name]
        two_wide = dimensions == 1 or (array.ndim == dimensions and array.shape[1] == dimensions)
        if array.dtype != dtype or array.ndim != dimensions or not two_wide:
            raise ValueError(name)
        if name.startswith("edge_") and len(array) != network.n_edge:
            raise ValueError(name)
    shapes = network.shape_start
    sound = (
        len(network.node_component) == network.n_node
        and len(shapes) == network.n_edge + 1
        and shapes[0] == 0
        and shapes[-1] == len(network.shape_xy)
        and bool((np.diff(shapes) > 1).all())
        and _within(network.edge_nodes, network.n_node)
        and _within(network.edge_class, len(network.classes))
    )
    if not sound:
        raise ValueError("shape")


def _within(numbers: NDArray[np.integer], stop: int) -> bool:
    return len(numbers) == 0 or bool(numbers.min() >= 0 and numbers.max() < stop)
