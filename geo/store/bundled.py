"""Where the data that travel with the program are: the demo city and its boundaries."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from geo.errors import NotFoundError
from geo.text import say

_INSTALLED: Final = "fuwuquan_data"
"""Folder beside the packages in which a wheel lays what a checkout holds in ``data``."""


def bundled(name: str) -> Path:
    """Return a folder or file of the data that travel with the program.

    Parameters
    ----------
    name
        Such as ``demo``, ``boundaries`` or ``demo/demo.toml``.

    Raises
    ------
    NotFoundError
        This installation lacks it.
    """
    packages = _beside_packages()
    for folder in (packages / _INSTALLED, packages / "data"):
        if (folder / name).exists():
            return folder / name
    raise NotFoundError(
        say(f"随程序安装的数据中没有“{name}”。", f"the bundled data lack {name!r}"),
        hint=say(
            "安装可能不完整，请重新安装：pip install --force-reinstall fuwuquan",
            "the installation may be incomplete: pip install --force-reinstall fuwuquan",
        ),
    )


def _beside_packages() -> Path:
    """Return the folder that holds the package ``geo``."""
    spec = find_spec("geo")
    assert spec is not None
    assert spec.origin is not None  # this module is part of it
    return Path(spec.origin).parents[1]
