"""How a unit stands in a heading: 建筑面积（㎡）."""

from __future__ import annotations

from geo.text import say

_SHOWN = {
    "m": ("米", "m"),
    "m2": ("㎡", "m²"),
    "min": ("分钟", "min"),
    "yuan": ("元", "yuan"),
    "percentage point": ("百分点", "percentage points"),
}
"""Units a reader needs; persons, households and beds are named by the label itself."""


def with_unit(label: str, unit: str) -> str:
    """Return a heading with its unit, unless the label already names it.

    Examples
    --------
    >>> with_unit("建筑面积", "m2"), with_unit("户数", "household"), with_unit("步行分钟", "min")
    ('建筑面积（㎡）', '户数', '步行分钟')
    """
    if unit not in _SHOWN:
        return label
    zh, en = _SHOWN[unit]
    shown = say(zh, en)
    return label if shown in label else label + say(f"（{zh}）", f" ({en})")
