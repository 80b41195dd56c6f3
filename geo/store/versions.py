"""Which version a row has, as people are told it: a draft counts its own, far from the others."""

from __future__ import annotations

from typing import Final

from geo.text import say

FIRST_VERSION: Final = 1_000_000_000
"""Versions of a draft's rows count from here: none is ever that of a published row."""


def version_told(version: int) -> str:
    """Return a version in words.

    >>> version_told(3), version_told(FIRST_VERSION + 2)
    ('第 3 版', '草稿第 2 版')
    """
    own = version - FIRST_VERSION
    if own < 0:
        return say(f"第 {version} 版", f"version {version}")
    return say(f"草稿第 {own} 版", f"version {own} of the draft")
