"""What makes ground suitable: criteria, how each is scored, and how much it weighs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.schema import layers
from geo.text import say
from optimization.suitability.zonesets import read_toml

Facility = Literal["cemetery", "columbarium"]
Measure = Literal["slope_degrees", "height_m", "distance_m", "population", "land", "raster"]
FACILITIES: Final[tuple[Facility, ...]] = get_args(Facility)
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)


def measure_names() -> dict[str, str]:
    """Return what each measure measures, in the user's words."""
    return {
        "slope_degrees": say("坡度（度）", "slope, degrees"),
        "height_m": say("高程（米）", "height, m"),
        "distance_m": say("直线距离（米）", "straight distance, m"),
        "population": say("周围人数", "people around"),
        "land": say("用地类型", "kind of land"),
        "raster": say("栅格文件的数值", "value of a raster file"),
    }


OTHER: Final = "other"
"""The land outside all zones."""

_KEYS: Final[dict[str, frozenset[str]]] = {
    "facility": frozenset(),
    "classes": frozenset({"high", "suitable", "marginal"}),
    "site": frozenset({"least_m2", "m2_a_place", "farthest_m", "most"}),
    "criterion": frozenset(
        {"id", "zh", "en", "measure", "weight", "points", "scores", "to", "within_m", "file"}
    ),
}
_NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "distance_m": ("to",),
    "population": ("within_m",),
    "raster": ("file",),
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that makes ground more or less suitable."""

    id: str
    zh: str
    en: str
    measure: Measure
    weight: float
    points: tuple[tuple[float, float], ...] = ()
    """Value and score: a broken line, level beyond its ends."""
    scores: tuple[tuple[str, float], ...] = ()
    """Score of each kind of zone, for land."""
    to: str = ""
    """``street``, a layer, or ``zone:`` and a kind."""
    within_m: float = 0.0
    file: str = ""

    @property
    def label(self) -> str:
        """Name in the user's language."""
        return say(self.zh, self.en)

    def score(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the score of values by the broken line, NaN stays NaN."""
        at, score = np.array(self.points).T
        return np.where(np.isnan(values), np.nan, np.interp(values, at, score))


@dataclass(frozen=True, slots=True)
class Criteria:
    """All that a file of criteria says."""

    facility: Facility
    high: float
    suitable: float
    marginal: float
    least_m2: float
    m2_a_place: float
    farthest_m: float
    most: int
    criteria: tuple[Criterion, ...]
    file: str

    @property
    def weights(self) -> NDArray[np.float64]:
        """(n,) weights that sum to 1."""
        weights = np.array([one.weight for one in self.criteria])
        scaled: NDArray[np.float64] = weights / weights.sum()
        return scaled

    def weighted(self, weights: Mapping[str, float]) -> Criteria:
        """Return the same criteria with other weights.

        Raises
        ------
        DataError
            The weights are of other criteria.
        """
        known = {one.id for one in self.criteria}
        odd, bare = sorted(set(weights) - known), sorted(known - set(weights))
        if odd or bare:
            message = [
                say(f"权重文件里的“{'、'.join(odd)}”不是准则", f"{odd} are no criteria")
                if odd
                else "",
                say(f"缺少“{'、'.join(bare)}”的权重", f"no weight for {bare}") if bare else "",
            ]
            raise DataError(
                say("；", "; ").join(text for text in message if text) + say("。", ""),
                hint=say(f"准则有：{'、'.join(sorted(known))}。", f"the criteria: {sorted(known)}"),
            )
        return replace(
            self, criteria=tuple(replace(c, weight=weights[c.id]) for c in self.criteria)
        )


def template(facility: Facility) -> str:
    """Return the text of the file of criteria that ships, to be copied and changed."""
    return (files("optimization.suitability") / f"{facility}.toml").read_text("utf-8")


def read_criteria(path: Path | None, facility: Facility) -> Criteria:
    """Read criteria from a file; those that ship without one.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        The file is no TOML, or breaks the form; the message has everything that is wrong.
    """
    name = f"{facility}.toml" if path is None else path.name
    table = tomllib.loads(template(facility)) if path is None else read_toml(path)
    faults = list(_faults(table, facility))
    if faults:
        raise DataError(
            say(f"准则文件“{name}”不对：", f"the criteria of {name!r} are wrong: ")
            + say("；", "; ").join(faults)
            + say("。", ""),
            hint=say(
                "样板：fuwuquan suitability --template 准则.toml",
                "an example: fuwuquan suitability --template criteria.toml",
            ),
        )
    folder = Path() if path is None else path.parent
    criteria = tuple(_criterion(row, folder) for row in table["criterion"])
    return Criteria(
        facility=facility,
        criteria=criteria,
        file=name,
        **table["classes"],
        **table["site"],
    )


def _criterion(row: Mapping[str, Any], folder: Path) -> Criterion:
    return Criterion(
        id=row["id"],
        zh=row.get("zh", row["id"]),
        en=row.get("en", row["id"]),
        measure=row["measure"],
        weight=float(row["weight"]),
        points=tuple((float(value), float(score)) for value, score in row.get("points", ())),
        scores=tuple((kind, float(score)) for kind, score in row.get("scores", {}).items()),
        to=row.get("to", ""),
        within_m=float(row.get("within_m", 0.0)),
        file=str(folder / row["file"]) if "file" in row else "",
    )


def _faults(table: Mapping[str, Any], facility: str) -> list[str]:
    """Return everything wrong with a file of criteria, a sentence each."""
    found = [say(f"不认识“{key}”", f"unknown {key!r}") for key in sorted(set(table) - set(_KEYS))]
    if table.get("facility", facility) != facility:
        found.append(
            say(
                f"它是给 {table['facility']} 用的，不是 {facility}",
                f"it is for {table['facility']}, not {facility}",
            )
        )
    for part in ("classes", "site"):
        found += _table_faults(table.get(part), part, _KEYS[part])
    classes = table.get("classes")
    if not found and isinstance(classes, Mapping):
        levels = [100, classes["high"], classes["suitable"], classes["marginal"], 0]
        if levels != sorted(levels, reverse=True):
            found.append(
                say(
                    "[classes] 应为 100 ≥ high ≥ suitable ≥ marginal ≥ 0",
                    "[classes] needs 100 >= high >= suitable >= marginal >= 0",
                )
            )
    rows = table.get("criterion")
    if not isinstance(rows, list) or not rows or not all(isinstance(r, Mapping) for r in rows):
        return [*found, say("没有 [[criterion]]", "there is no [[criterion]]")]
    for row in rows:
        found += _row_faults(row)
    ids = [str(row.get("id")) for row in rows]
    found += [
        say(f"准则“{name}”写了两次", f"criterion {name!r} is there twice")
        for name in sorted({name for name in ids if ids.count(name) > 1})
    ]
    if not found and not sum(row["weight"] for row in rows) > 0:
        found.append(say("权重全是 0", "all weights are 0"))
    return found


def _table_faults(part: object, name: str, keys: frozenset[str]) -> list[str]:
    if not isinstance(part, Mapping):
        return [say(f"没有 [{name}]", f"there is no [{name}]")]
    found = [
        say(f"[{name}] 里不认识“{key}”", f"unknown {key!r} in [{name}]")
        for key in sorted(set(part) - keys)
    ]
    bad = [
        key
        for key in sorted(keys)
        if not _is_number(part.get(key)) or part[key] < 0 or (name == "site" and part[key] == 0)
    ]
    found += [
        say(f"[{name}] 的 {key} 应为正数", f"{key} in [{name}] must be a positive number")
        for key in bad
    ]
    return found


def _row_faults(row: Mapping[str, Any]) -> list[str]:
    name = row.get("id", "?")
    at = say(f"准则“{name}”", f"criterion {name!r}")
    odd = sorted(set(row) - _KEYS["criterion"])
    found = [say(f"{at}里不认识“{k}”", f"{at}: unknown {k!r}") for k in odd]
    measure = row.get("measure")
    if not isinstance(name, str) or name == "?":
        found.append(say("有一项准则没有 id", "a criterion has no id"))
    if measure not in MEASURES:
        return [
            *found,
            say(
                f"{at}的 measure 应为 {'、'.join(MEASURES)} 之一，不是“{measure}”",
                f"{at}: measure is one of {', '.join(MEASURES)}, not {measure!r}",
            ),
        ]
    if not _is_number(row.get("weight")) or row["weight"] < 0:
        found.append(say(f"{at}的 weight 应为不小于 0 的数", f"{at}: weight must be 0 or more"))
    found += [
        say(f"{at}缺少 {key}", f"{at}: {key} is missing")
        for key in _NEEDS.get(str(measure), ())
        if key not in row
    ]
    if measure == "land":
        found += _scores_faults(row.get("scores"), at)
    elif not _is_line(row.get("points")):
        found.append(
            say(
                f"{at}的 points 应为数值递增的 [数值, 得分]，得分 0 至 100",
                f"{at}: points are [value, score] with rising values and scores from 0 to 100",
            )
        )
    if measure == "distance_m" and "to" in row and not _is_target(row["to"]):
        found.append(
            say(
                f"{at}的 to 应为图层名，或 zone: 加管控区域类别，不是“{row['to']}”",
                f"{at}: to is a layer, or zone: and a kind of zone, not {row['to']!r}",
            )
        )
    if "within_m" in row and not (_is_number(row["within_m"]) and row["within_m"] > 0):
        found.append(say(f"{at}的 within_m 应为正数", f"{at}: within_m must be positive"))
    return found


def _scores_faults(scores: object, at: str) -> list[str]:
    if not isinstance(scores, Mapping) or OTHER not in scores:
        return [
            say(
                f"{at}的 scores 应写各类管控区域的得分，并有 {OTHER}",
                f"{at}: scores give each kind of zone its score, and {OTHER!r}",
            )
        ]
    odd = sorted(set(scores) - set(_zone_kinds()))
    found = [say(f"{at}的 scores 里不认识“{k}”", f"{at}: unknown zone {k!r}") for k in odd]
    if not all(_is_number(score) and 0 <= score <= 100 for score in scores.values()):  # noqa: PLR2004
        found.append(say(f"{at}的得分应为 0 至 100", f"{at}: scores are from 0 to 100"))
    return found


def _zone_kinds() -> list[str]:
    return [choice.value for choice in layers()["zone"]["kind"].choices]


def _is_target(to: object) -> bool:
    if not isinstance(to, str):
        return False
    kind = to.removeprefix("zone:")
    return kind in _zone_kinds() if to != kind else to in layers()


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return bool(np.isfinite(value))


def _is_line(points: object) -> bool:
    if not isinstance(points, list) or not points:
        return False
    pairs = all(
        isinstance(p, list) and len(p) == 2 and all(_is_number(x) for x in p)  # noqa: PLR2004
        for p in points
    )
    return (
        pairs
        and all(a[0] < b[0] for a, b in pairwise(points))
        and all(0 <= score <= 100 for _, score in points)  # noqa: PLR2004
    )
