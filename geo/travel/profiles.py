"""Who walks, how fast, over which streets and up which slopes."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, cast

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, NotFoundError
from geo.network.graph import StreetNetwork
from geo.text import say

BLOCKED: Final = 2**31 - 1
"""Milliseconds of a street that the walker cannot use."""

Slope = Literal["flat", "tobler"]

_REQUIRED = {"zh", "en", "speed_m_s"}
_OPTIONAL = ("class_factor", "steps_factor", "slope", "max_grade", "source")
_KNOWN = _REQUIRED | set(_OPTIONAL)
_FASTEST_M_S = 20.0
# Tobler (1993): speed falls with exp(-3.5 |slope + 0.05|), measured against level ground.
_TOBLER_RATE = 3.5
_TOBLER_OFFSET = 0.05


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of walker; factors multiply the speed.

    ``steps_factor`` None closes steps, ``max_grade`` None sets no limit of steepness, and a class
    absent from ``class_factor`` is walked at full speed.
    """

    name: str
    zh: str
    en: str
    speed_m_s: float
    class_factor: Mapping[str, float] = field(default_factory=dict)
    steps_factor: float | None = 1.0
    slope: Slope = "flat"
    max_grade: float | None = None
    source: str = ""

    @property
    def label(self) -> str:
        """Name for the user."""
        return say(self.zh, self.en)


def profile(name: str | Path, *, speed_m_s: float | None = None) -> Profile:
    """Return a named profile, or the one in a TOML file.

    Parameters
    ----------
    name
        A name of `profile_names`, or the path of a TOML file that holds one profile: either the
        keys themselves, or one table whose name is the profile's name.
    speed_m_s
        Replaces the profile's speed.

    Raises
    ------
    NotFoundError
        No such name and no such file.
    DataError
        The file or the speed breaks the rules; the message names every fault of the file.

    Examples
    --------
    >>> profile("elder").speed_m_s
    1.0
    >>> profile("elder", speed_m_s=1.1).speed_m_s
    1.1
    """
    named = _named()
    chosen = named.get(str(name)) or _own(Path(name))
    if speed_m_s is None:
        return chosen
    if not _is_number(speed_m_s) or not 0 < speed_m_s <= _FASTEST_M_S:
        raise DataError(
            say(
                f"步行速度应大于 0 且不超过 {_FASTEST_M_S:g} 米/秒，现为 {speed_m_s}。",
                f"walking speed must be above 0 and at most {_FASTEST_M_S:g} m/s, "
                f"found {speed_m_s}.",
            ),
            hint=say("老年人通常取 0.8～1.2 米/秒。", "older people walk at 0.8 to 1.2 m/s."),
        )
    return replace(chosen, speed_m_s=float(speed_m_s))


def profile_names() -> tuple[str, ...]:
    """Return the names of the profiles that come with the program."""
    return tuple(_named())


def edge_ms(network: StreetNetwork, walker: Profile) -> NDArray[np.int32]:
    """Return how long the walker takes along every edge.

    An edge counts as climbing on the share ``climb / (climb + descent)`` of its length and as
    descending on the rest, both at its mean steepness ``(climb + descent) / length``.

    Parameters
    ----------
    network
        The streets.
    walker
        The profile.

    Returns
    -------
    (n_edge, 2) int32
        Milliseconds from start to end and from end to start, at least 1; `BLOCKED` where the
        walker cannot pass.
    """
    length_m = network.edge_length_m
    by_class = np.array([walker.class_factor.get(c, 1.0) for c in network.classes], dtype=float)
    factor = by_class[network.edge_class] if len(by_class) else np.ones(network.n_edge)
    factor = np.where(network.edge_steps, factor * (walker.steps_factor or 0.0), factor)

    climb_m = network.edge_climb_m.astype(np.float64)
    descent_m = network.edge_descent_m.astype(np.float64)
    height_m = climb_m + descent_m
    grade = np.divide(height_m, length_m, out=np.zeros_like(length_m), where=length_m > 0)
    usable = factor > 0
    if walker.max_grade is not None:
        usable &= grade <= walker.max_grade

    level_ms = 1000.0 * length_m / (walker.speed_m_s * np.where(usable, factor, 1.0))
    slowness = np.ones((network.n_edge, 2))
    if walker.slope == "tobler":
        up = np.divide(climb_m, height_m, out=np.zeros_like(height_m), where=height_m > 0)
        uphill, downhill = 1 / tobler_factor(grade), 1 / tobler_factor(-grade)
        steep = height_m > 0
        slowness[steep, 0] = (up * uphill + (1 - up) * downhill)[steep]
        slowness[steep, 1] = ((1 - up) * uphill + up * downhill)[steep]
    ms = np.clip(np.rint(level_ms[:, None] * slowness), 1, BLOCKED // 4)
    return np.where(usable[:, None], ms, BLOCKED).astype(np.int32)


def tobler_factor(grade: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the speed on a slope over the speed on level ground.

    Parameters
    ----------
    grade
        Metres climbed a metre walked; negative downhill.

    References
    ----------
    Tobler (1993), Three presentations on geographical analysis and modeling, NCGIA TR 93-1.

    Examples
    --------
    >>> tobler_factor(np.array([0.0, 0.1])).round(3).tolist()
    [1.0, 0.705]
    """
    return np.exp(_TOBLER_RATE * (_TOBLER_OFFSET - np.abs(grade + _TOBLER_OFFSET)))


@cache
def _named() -> dict[str, Profile]:
    path = Path(__file__).with_name("profiles.toml")
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: _parse(name, table, path) for name, table in document.items()}


def _own(path: Path) -> Profile:
    if not path.is_file():
        names = "、".join(_named()), ", ".join(_named())
        raise NotFoundError(
            say(f"没有名为“{path}”的步行方式，也没有这个文件。", f"no profile or file '{path}'."),
            hint=say(
                f"可用：{names[0]}；或给出 TOML 文件的路径。",
                f"choose one of {names[1]}, or give the path of a TOML file.",
            ),
        )
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise _refused(path, [str(fault)]) from fault
    tables = [key for key, entry in document.items() if isinstance(entry, dict)]
    if len(tables) == 1 and len(document) == 1 and tables[0] != "class_factor":
        return _parse(tables[0], document[tables[0]], path)
    return _parse(path.stem, document, path)


def _parse(name: str, table: Mapping[str, Any], path: Path) -> Profile:
    faults = [
        *(say(f"缺少“{key}”", f"'{key}' is missing") for key in sorted(_REQUIRED - set(table))),
        *(say(f"不认识“{key}”", f"unknown key '{key}'") for key in sorted(set(table) - _KNOWN)),
    ]
    faults += [
        say(f"“{key}”应为文字", f"'{key}' must be text")
        for key in ("zh", "en", "source")
        if not isinstance(table.get(key, ""), str)
    ]
    faults += _number_faults("speed_m_s", table.get("speed_m_s", 1.0), above=0, most=_FASTEST_M_S)
    if "max_grade" in table:
        faults += _number_faults("max_grade", table["max_grade"], above=0, most=10)
    steps = table.get("steps_factor", 1.0)
    if steps != "forbidden":
        faults += _number_faults("steps_factor", steps, above=0, most=10)
    slope = table.get("slope", "flat")
    if slope not in ("flat", "tobler"):
        faults.append(
            say(
                f"“slope”应为 flat 或 tobler，现为 {slope}",
                f"'slope' must be flat or tobler, found {slope}",
            )
        )
    factors = table.get("class_factor", {})
    if isinstance(factors, dict):
        for street_class, factor in factors.items():
            faults += _number_faults(f"class_factor.{street_class}", factor, least=0, most=10)
    else:
        faults.append(say("“class_factor”应为表", "'class_factor' must be a table"))
    if faults:
        raise _refused(path, faults)
    return Profile(
        name=name,
        zh=table["zh"],
        en=table["en"],
        speed_m_s=float(table["speed_m_s"]),
        class_factor={street_class: float(factor) for street_class, factor in factors.items()},
        steps_factor=None if steps == "forbidden" else float(steps),
        slope=cast("Slope", slope),
        max_grade=float(table["max_grade"]) if "max_grade" in table else None,
        source=table.get("source", ""),
    )


def _number_faults(
    key: str,
    found: object,
    *,
    most: float,
    above: float | None = None,
    least: float = -math.inf,
) -> list[str]:
    if _is_number(found):
        number = cast("float", found)
        if number <= most and number >= least and (above is None or number > above):
            return []
    floor = f"> {above:g}" if above is not None else f"≥ {least:g}"
    return [
        say(
            f"“{key}”应为数值（{floor} 且 ≤ {most:g}），现为 {found}",
            f"'{key}' must be a number {floor} and ≤ {most:g}, found {found}",
        )
    ]


def _is_number(found: object) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found)


def _refused(path: Path, faults: list[str]) -> DataError:
    return DataError(
        say(
            f"步行方式文件“{path}”有误：{'；'.join(faults)}。",
            f"profile file '{path}' cannot be used: {'; '.join(faults)}.",
        ),
        hint=say(
            f"至少写明 zh、en、speed_m_s；其余可选：{'、'.join(_OPTIONAL)}。",
            f"write zh, en and speed_m_s; optional are {', '.join(_OPTIONAL)}.",
        ),
    )
