"""Rules as data: national ones, and overlays of provinces and cities that may only tighten them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from geo.errors import DataError, NotFoundError
from geo.text import say

_HEAD: Final = {"name", "over", "zh", "en", "version", "source", "draft", "rule"}
_RULE: Final = {
    "id", "zh", "en", "article", "level", "applies", "source", "draft", "replaces",
    "parameters", "ground", "threshold", "reason",
}  # fmt: skip
_STRICTEST: Final = "IWB"


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground on which a rule does not stand in the way."""

    code: str
    zh: str
    en: str
    source: str = ""
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a generic term asks of a place: all figures of at least one of the choices."""

    generic: str
    any: tuple[Mapping[str, float], ...]
    source: str
    pack: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it holds after all overlays."""

    id: str
    zh: str
    en: str
    article: str
    level: str
    applies: tuple[str, ...]
    source: str
    draft: bool
    pack: str
    parameters: Mapping[str, Any]
    grounds: tuple[Ground, ...]
    thresholds: tuple[Threshold, ...]
    reasons: tuple[Ground, ...]

    def level_of(self, parameter: str) -> str:
        """Return the level of a special case, else that of the rule."""
        return str(self.parameters.get(parameter, self.level))


@dataclass(frozen=True, slots=True)
class Pack:
    """Rules of one place: national ones with the overlays laid upon them in turn."""

    names: tuple[str, ...]
    rules: Mapping[str, Rule]
    sha256: str

    def rule(self, identity: str) -> Rule:
        """Return a rule.

        Raises
        ------
        NotFoundError
            There is none of this id.
        """
        if identity not in self.rules:
            raise NotFoundError(
                say(f"规则包没有规则 {identity}。", f"the pack has no rule {identity}.")
            )
        return self.rules[identity]


@cache
def pack(*overlays: str | Path) -> Pack:
    """Return the national rules with overlays: names of packs that ship, or paths of own files.

    Raises
    ------
    DataError
        A pack has an unknown key, an unknown rule, or loosens a rule without saying that it
        replaces it.
    NotFoundError
        There is no pack of this name.

    Examples
    --------
    >>> pack("shanghai").rule("R19").level, pack().rule("R19").level
    ('W', 'I')
    """
    return laid([_document(one) for one in ("national", *overlays)])


def pack_names() -> tuple[str, ...]:
    """Return the names of the packs that ship."""
    folder = files(__package__) / "packs"
    return tuple(sorted(p.name.removesuffix(".toml") for p in folder.iterdir()))


def laid(documents: Sequence[Mapping[str, Any]]) -> Pack:
    """Lay pack documents upon each other, the first at the bottom."""
    rules: dict[str, Rule] = {}
    for number, document in enumerate(documents):
        name = str(document.get("name", ""))
        _known(document, _HEAD, name)
        for row in document.get("rule", []):
            _known(row, _RULE, f"{name} {row.get('id', '')}")
            below = rules.get(row["id"])
            if number and below is None:
                raise DataError(
                    say(
                        f"规则包“{name}”：全国规则中没有 {row['id']}。",
                        f"pack {name!r}: the national rules have no {row['id']}.",
                    )
                )
            new = below is None or row.get("replaces", False)
            rules[row["id"]] = _read(row, below, name) if new else _tightened(below, row, name)
    text = json.dumps(list(documents), ensure_ascii=False, sort_keys=True, default=str)
    names = tuple(f"{d['name']} {d['version']}" for d in documents)
    return Pack(names, rules, sha256(text.encode()).hexdigest())


def _document(which: str | Path) -> Mapping[str, Any]:
    own = Path(which)
    if own.suffix == ".toml":
        if not own.is_file():
            raise NotFoundError(say(f"没有规则包文件 {own}。", f"there is no pack file {own}."))
        text = own.read_text("utf-8")
    else:
        shipped = files(__package__) / "packs" / f"{which}.toml"
        if not shipped.is_file():
            known = "、".join(pack_names())
            raise NotFoundError(
                say(f"没有名为“{which}”的规则包。", f"there is no rule pack {str(which)!r}."),
                hint=say(f"现有：{known}；或给出 .toml 文件。", f"There are {known}; or a .toml."),
            )
        text = shipped.read_text("utf-8")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(
            say(f"规则包“{which}”读不了：{error}。", f"pack {str(which)!r} is no TOML: {error}.")
        ) from None


def _known(row: Mapping[str, Any], keys: set[str], where: str) -> None:
    odd = sorted(set(row) - keys)
    if odd:
        raise DataError(
            say(
                f"规则包 {where}：不认识 {'、'.join(odd)}。",
                f"pack {where}: unknown keys {', '.join(odd)}.",
            )
        )


def _read(row: Mapping[str, Any], below: Rule | None, name: str) -> Rule:
    """Return a rule as written; what a replacement leaves out stays as it was."""
    if below is None:
        below = Rule(row["id"], "", "", "", "W", (), "", False, name, {}, (), (), ())
    return Rule(
        id=row["id"],
        zh=row.get("zh", below.zh),
        en=row.get("en", below.en),
        article=row.get("article", below.article),
        level=_level(row.get("level", below.level), name, row["id"]),
        applies=tuple(row.get("applies", below.applies)),
        source=row.get("source", below.source),
        draft=bool(row.get("draft", False)),
        pack=name,
        parameters=row.get("parameters", below.parameters),
        grounds=_grounds(row["ground"]) if "ground" in row else below.grounds,
        thresholds=_thresholds(row["threshold"], name) if "threshold" in row else below.thresholds,
        reasons=_grounds(row["reason"]) if "reason" in row else below.reasons,
    )


def _tightened(below: Rule | None, row: Mapping[str, Any], name: str) -> Rule:
    """Return a rule with an overlay that asks more and allows nothing new."""
    assert below is not None
    loosened = _loosened(below, row)
    if loosened:
        raise DataError(
            say(
                f"规则包“{name}”放宽了 {below.id} 的 {'、'.join(loosened)}。",
                f"pack {name!r} loosens {', '.join(loosened)} of {below.id}.",
            ),
            hint=say(
                "地方规则只能收紧；确有依据的，请写 replaces = true 并注明出处。",
                "Overlays may only tighten; with a source for it, write replaces = true.",
            ),
        )
    written = _read({k: v for k, v in row.items() if k != "parameters"}, below, name)
    applies = below.applies and tuple(dict.fromkeys((*below.applies, *written.applies)))
    added = _thresholds(row.get("threshold", []), name)
    return Rule(
        id=below.id,
        zh=written.zh,
        en=written.en,
        article=written.article,
        level=written.level,
        applies=applies,
        source=written.source,
        draft=written.draft,
        pack=name,
        parameters={**below.parameters, **row.get("parameters", {})},
        grounds=tuple(g for g in below.grounds if g.code in {w.code for w in written.grounds}),
        thresholds=(*below.thresholds, *added),
        reasons=tuple(g for g in below.reasons if g.code in {w.code for w in written.reasons}),
    )


_SMALLER_IS_STRICTER: Final = (
    "_days", "largest_gap", "_years", "tolerance_deg", "near_m",
)  # fmt: skip
_LARGER_IS_STRICTER: Final = ("gap_m", "within_m", "turn_deg")


def _loosened(below: Rule, row: Mapping[str, Any]) -> list[str]:
    loosened = []
    if "level" in row and _STRICTEST.find(row["level"]) < _STRICTEST.find(below.level):
        loosened.append("level")
    if "applies" in row and below.applies and set(below.applies) - set(row["applies"]):
        loosened.append("applies")
    for key, was in (("ground", below.grounds), ("reason", below.reasons)):
        if {one["code"] for one in row.get(key, [])} - {one.code for one in was}:
            loosened.append(key)
    for key, value in row.get("parameters", {}).items():
        was_value = below.parameters.get(key)
        if key.endswith("_level"):
            was_level = str(was_value or below.level)
            if _STRICTEST.find(value) < _STRICTEST.find(was_level):
                loosened.append(key)
        elif was_value is not None and not _asks_more(key, was_value, value):
            loosened.append(key)
    return loosened


def _asks_more(key: str, was: Any, now: Any) -> bool:  # noqa: ANN401 - values of TOML
    if isinstance(was, list) and isinstance(now, list):
        return set(was) <= set(now)
    if isinstance(was, int | float) and isinstance(now, int | float):
        if key.endswith(_SMALLER_IS_STRICTER):
            return now <= was
        return now >= was if key.endswith(_LARGER_IS_STRICTER) else now == was
    return bool(was == now)


def _level(text: str, name: str, rule: str) -> str:
    if text not in tuple(_STRICTEST):
        raise DataError(
            say(
                f"规则包“{name}”：{rule} 的 level 应为 B、W 或 I，不是“{text}”。",
                f"pack {name!r}: level of {rule} must be B, W or I, not {text!r}.",
            )
        )
    return text


def _grounds(rows: Sequence[Mapping[str, Any]]) -> tuple[Ground, ...]:
    return tuple(
        Ground(
            row["code"],
            row.get("zh", ""),
            row.get("en", ""),
            row.get("source", ""),
            row.get("draft", False),
        )
        for row in rows
    )


def _thresholds(rows: Sequence[Mapping[str, Any]], name: str) -> tuple[Threshold, ...]:
    return tuple(
        Threshold(row["generic"], tuple(row["any"]), row.get("source", ""), name) for row in rows
    )
