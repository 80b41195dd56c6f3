"""Which zones a burial place keeps clear of: by the norms in force, a named set, or a file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

from geo.errors import DataError, NotFoundError
from geo.norms import Norms, Rule, in_force
from geo.norms.model import Exclusion
from geo.schema import layers
from geo.text import listed, say

AUTO: Final = "auto"
"""The exclusion norms in force for the place and the day."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """One kind of zone to keep clear of."""

    kind: str
    method: Literal["distance", "sight"]
    distance_m: float | None
    """None: the document states no distance; only the zone itself is surely excluded."""
    binding: bool
    """False: from text nobody has verified; shown, never deciding."""
    norm: str
    """Id of the norm; empty for the user's own."""
    source: str


@dataclass(frozen=True, slots=True)
class ZoneSet:
    """Zones to keep clear of, from one or several documents."""

    id: str
    label: str
    clearances: tuple[Clearance, ...]


def zone_set(wanted: str, norms: Norms, *, area: str, on: date, facility: str) -> ZoneSet:
    """Return a set of zones: ``auto``, the id of one that ships, or a file of the user's own.

    Parameters
    ----------
    wanted
        ``auto`` for the exclusion norms in force, an id such as ``haicheng``, or a TOML file.
    norms
        All norms known.
    area, on
        The place and the day, for ``auto``.
    facility
        ``cemetery`` or ``columbarium``: norms on the other do not bind.

    Raises
    ------
    NotFoundError
        There is no such set and no such file.
    DataError
        The file is no TOML, or says something else than zones and distances.
    """
    if wanted == AUTO:
        label = say(f"{area} {on} 在施行的规范", f"norms in force in {area} on {on}")
        return ZoneSet(AUTO, label, _in_force(norms, area, on, facility))
    known = _shipped()
    if wanted in known:
        entry = known[wanted]
        rules = [
            Rule(norms[name], value) for name in entry["norms"] for value in norms[name].values
        ]
        return ZoneSet(wanted, say(entry["zh"], entry["en"]), _clearances(rules))
    path = Path(wanted)
    if path.suffix == ".toml" or path.is_file():
        return ZoneSet(path.stem, path.name, _own(path))
    raise NotFoundError(
        say(f"没有名为“{wanted}”的管控范围。", f"there is no set of zones {wanted!r}"),
        hint=say(
            f"可用的有：{AUTO}、{'、'.join(known)}，或自己的 .toml 文件。",
            f"there are {AUTO}, {', '.join(known)}, or a .toml file of your own",
        ),
    )


def priority_set(otherwise: ZoneSet, norms: Norms, *, area: str, on: date) -> ZoneSet:
    """Return the zones whose villages come first: by the norm in force, else another set's."""
    zones = [
        Clearance(zone.kind, "distance", zone.distance_m, rule.level != "draft", rule.norm.id,
                  rule.value.source)
        for rule in in_force(norms, area, on).binding
        if rule.norm.kind == "selection" and rule.norm.id.startswith("cemetery.")
        for zone in rule.value.zones
    ]  # fmt: skip
    if not zones:
        binding = tuple(one for one in otherwise.clearances if one.binding)
        return ZoneSet(otherwise.id, otherwise.label, binding)
    return ZoneSet("priority", zones[0].source, tuple(zones))


def to_read_again(norms: Norms, *, area: str, on: date) -> tuple[str, ...]:
    """Return the notices in force by which norms on burial must be read again, with their day."""
    return tuple(
        say(
            f"{rule.norm.zh}（自 {rule.value.start} 起）",
            f"{rule.norm.en} (from {rule.value.start})",
        )
        for rule in in_force(norms, area, on).to_read_again("cemetery.zones")
    )


def set_names() -> dict[str, str]:
    """Return the sets that ship, with their names."""
    return {name: say(entry["zh"], entry["en"]) for name, entry in _shipped().items()}


@cache
def _shipped() -> dict[str, dict[str, Any]]:
    text = (files("optimization.suitability") / "zones.toml").read_text("utf-8")
    return {entry["id"]: entry for entry in tomllib.loads(text)["set"]}


def _in_force(norms: Norms, area: str, on: date, facility: str) -> tuple[Clearance, ...]:
    rules = in_force(norms, area, on)
    return _clearances(
        [
            rule
            for rule in (*rules.binding, *rules.draft)
            if rule.norm.kind == "exclusion" and rule.norm.subject == facility
        ]
    )


def _clearances(rules: Sequence[Rule]) -> tuple[Clearance, ...]:
    found = []
    for rule in rules:
        measure = rule.norm.measure
        assert isinstance(measure, Exclusion)
        found += [
            Clearance(
                kind=zone.kind,
                method=measure.method,
                distance_m=zone.distance_m,
                binding=rule.level != "draft",
                norm=rule.norm.id,
                source=rule.value.source,
            )
            for zone in rule.value.zones
        ]
    return tuple(found)


_KEYS: Final = frozenset({"kind", "distance_m", "sight", "source"})


def _own(path: Path) -> tuple[Clearance, ...]:
    table = read_toml(path)
    rows = table.get("zone")
    if set(table) - {"zone"} or not isinstance(rows, list) or not rows:
        raise _wrong(path, say("应由若干 [[zone]] 组成", "it is made of [[zone]] entries"))
    kinds = [choice.value for choice in layers()["zone"]["kind"].choices]
    found = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping) or set(row) - _KEYS:
            odd = listed(sorted(set(row) - _KEYS)) if isinstance(row, Mapping) else str(row)
            raise _wrong(
                path, say(f"第 {number} 项有不认识的“{odd}”", f"entry {number} has unknown {odd!r}")
            )
        kind, distance = row.get("kind"), row.get("distance_m")
        if kind not in kinds:
            raise _wrong(
                path,
                say(
                    f"第 {number} 项的 kind 应为 {listed(kinds, None)} 之一，不是“{kind}”",
                    f"the kind of entry {number} is one of {listed(kinds, None)}, not {kind!r}",
                ),
            )
        sight = row.get("sight", False)
        fits = distance is None or (
            isinstance(distance, int | float) and not isinstance(distance, bool) and distance >= 0
        )
        if not fits or not isinstance(sight, bool) or (sight and distance is not None):
            raise _wrong(
                path,
                say(
                    f"第 {number} 项应写 distance_m = 米数，或 sight = true，二者取一",
                    f"entry {number} takes distance_m in metres, or sight = true",
                ),
            )
        found.append(
            Clearance(
                kind=kind,
                method="sight" if sight else "distance",
                distance_m=None if distance is None else float(distance),
                binding=True,
                norm="",
                source=str(row.get("source", path.name)),
            )
        )
    return tuple(found)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        It is no TOML in UTF-8.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise NotFoundError(
            say(f"没有文件“{path}”。", f"there is no file {str(path)!r}"),
            hint=say("请检查路径。", "check the path"),
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as wrong:
        raise DataError(
            say(f"“{path.name}”不是 TOML 文件：{wrong}", f"{path.name!r} is no TOML: {wrong}"),
            hint=say(
                "请另存为 UTF-8 编码；样板见 fuwuquan suitability --template。",
                "save it as UTF-8; see fuwuquan suitability --template for an example",
            ),
        ) from None


def _wrong(path: Path, what: str) -> DataError:
    return DataError(say(f"“{path.name}”不对：{what}。", f"{path.name!r} is wrong: {what}"))
