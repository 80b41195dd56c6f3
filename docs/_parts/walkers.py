"""The walking profiles that come with the program."""

from __future__ import annotations

from _parts.tables import code, table
from geo.text import Language, say
from geo.travel.profiles import Profile, profile, profile_names


def profiles(_: Language) -> str:
    """Return the named profiles with what rules their pace."""
    headings = say("档案|步速|台阶|坡度|最陡|来源", "Profile|Speed|Steps|Slope|Steepest|Source")
    return table(headings.split("|"), [_row(profile(name)) for name in profile_names()])


def _row(walker: Profile) -> tuple[str, ...]:
    speed = say(f"{walker.speed_m_s:g} 米/秒", f"{walker.speed_m_s:g} m/s")
    steps = (
        say("不走", "closed")
        if walker.steps_factor is None
        else say(f"步速的 {walker.steps_factor:g} 倍", f"{walker.steps_factor:g} × speed")
    )
    slope = (
        say("有高程时计入", "counted where heights are known")
        if walker.slope == "tobler"
        else say("不计", "ignored")
    )
    steepest = (
        say("不限", "no limit") if walker.max_grade is None else f"1:{1 / walker.max_grade:.0f}"
    )
    return f"{code(walker.name)} {walker.label}", speed, steps, slope, steepest, walker.source
