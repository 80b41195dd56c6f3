"""Whose norms apply to a workspace: those of its own code, else those it is told to follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

from geo.assess.place import UNITS, Place
from geo.assess.workspace import only_county
from geo.errors import DataError
from geo.norms.areas import area_label, in_a_province
from geo.norms.force import plain_area
from geo.text import say

if TYPE_CHECKING:
    from geo.store import Workspace

NORMS_AREA: Final = "norms_area"
"""Setting of a workspace: the area whose norms it follows while its own code is no real one."""


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Whose norms apply, and why."""

    own: str
    """Code of the place itself; empty where it is not known."""
    rules: str
    """Code of the area whose norms are taken."""
    why: Literal["own", "kept", "asked", "none"]
    """``own``: the place's code. ``kept``: the workspace's setting. ``asked``: another area was
    asked for. ``none``: the code belongs to no province and nothing else was said."""

    @property
    def words(self) -> str:
        """Say loudly whose norms these are; empty where they are the place's own."""
        own, rules = self.own or say("本地", "this place"), area_label(self.rules)
        match self.why:
            case "kept":
                return say(
                    f"注意：区划代码 {own} 不属于任何省份，按工作区设置套用{rules}的规范。",
                    f"Note: the code {own} belongs to no province; as the workspace is set, the "
                    f"norms of {rules} are applied to it.",
                )
            case "asked":
                return say(
                    f"注意：对 {own} 套用{rules}的规范，不是当地自己的规范。",
                    f"Note: the norms of {rules} are applied to {own}; they are not its own.",
                )
            case "none":
                return say(
                    f"注意：区划代码 {own} 不属于任何省份，只有全国性规范适用。要套用某地的规范，"
                    "请写 --area 340207，或用 fuwuquan norms use 340207 记在工作区里。",
                    f"Note: the code {own} belongs to no province; only national norms apply. To "
                    "apply an area's norms give --area 340207, or keep it in the workspace with "
                    "fuwuquan norms use 340207.",
                )
            case _:
                return ""


def jurisdiction(own: str, *, asked: str = "", kept: str = "") -> Jurisdiction:
    """Decide whose norms apply.

    Parameters
    ----------
    own
        Code of the place; empty where it is not known.
    asked
        Code the user names now.
    kept
        Code the workspace is set to; a real code of the place's own wins over it.

    Raises
    ------
    DataError
        A code is none.
    """
    own, asked, kept = (plain_area(code) for code in (own, asked, kept))
    if asked and (asked == own or (own and asked.startswith(own))):
        return Jurisdiction(own, asked, "own" if in_a_province(asked) else "none")
    if asked:
        return Jurisdiction(own, asked, "asked")
    if in_a_province(own) or not (own or kept):
        return Jurisdiction(own, own, "own")
    return Jurisdiction(own, kept, "kept") if kept else Jurisdiction(own, own, "none")


def of_place(place: Place, workspace: Workspace, asked: str = "") -> Jurisdiction:
    """Return whose norms apply to a place that was read from a workspace.

    An asked code that begins a unit's own code, or is one, is the place's own: a township, or
    the county. A shorter one, such as a province's, applies that area's norms alone.
    """
    kept = str(workspace.settings.get(NORMS_AREA, ""))
    plain = plain_area(asked)
    counties = sorted({str(code)[:6] for code in _codes(place, "county")})
    home = counties[0] if len(counties) == 1 else ""
    units = {plain_area(str(code)) for level in UNITS for code in _codes(place, level)}
    if not plain:
        return jurisdiction(home, kept=kept)
    if plain not in units:
        return jurisdiction(home, asked=plain)
    if in_a_province(plain):
        return Jurisdiction(plain, plain, "own")
    return jurisdiction(plain, kept=kept)


def of_workspace(workspace: Workspace, on: date) -> Jurisdiction:
    """Return whose norms apply to a workspace, from its units alone."""
    frames = {level: workspace.read(level) for level in UNITS if workspace.has(level)}
    try:
        own = only_county(frames, on)
    except DataError:
        own = ""
    return jurisdiction(own, kept=str(workspace.settings.get(NORMS_AREA, "")))


def keep(workspace: Workspace, code: str, on: date) -> Jurisdiction:
    """Set the area whose norms a workspace follows; empty forgets it.

    Raises
    ------
    DataError
        The code is none, or belongs to no province; or the workspace has a real code of its own.
    """
    plain = plain_area(code)
    if not plain:
        workspace.settings.pop(NORMS_AREA, None)
        return of_workspace(workspace, on)
    if not in_a_province(plain):
        raise DataError(
            say(f"区划代码“{code}”不属于任何省份。", f"{code!r} belongs to no province"),
            hint=say("请写真实的区划代码，如 340207。", "write a real code, such as 340207"),
        )
    home = of_workspace(workspace, on)
    if home.why == "own" and home.own:
        raise DataError(
            say(
                f"工作区自己的代码 {area_label(home.own)} 是真实的，始终适用当地规范。",
                f"the workspace's own code {area_label(home.own)} is real: its own norms apply",
            ),
            hint=say(
                f"只想试算别处的规范：fuwuquan assess --area {plain}",
                f"to try other norms: fuwuquan assess --area {plain}",
            ),
        )
    workspace.settings[NORMS_AREA] = plain
    return of_workspace(workspace, on)


def _codes(place: Place, level: str) -> list[object]:
    return list(place.frames[level]["code"]) if place.has(level) else []
