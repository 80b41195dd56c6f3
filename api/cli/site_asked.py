"""What ``fuwuquan site`` was asked, read from the words a planner writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from api.cli._siting_asked import SitingAsked
from geo.errors import DataError
from geo.text import listed, say

if TYPE_CHECKING:
    import geopandas as gpd

    from api.cli.site_changes_asked import ChangesAsked
    from api.cli.site_gates_asked import GatesAsked
    from api.cli.site_models import Model
    from optimization.explain import Solve
    from optimization.problem import Problem

WEIGHTED = "weighted"
"""The weight made of several by their factors."""

_UNITS = {"": 1.0, "元": 1.0, "万": 1e4, "万元": 1e4, "亿": 1e8, "亿元": 1e8}
_MONEY = re.compile(r"([\d,，.]+)\s*(元|万元|万|亿元|亿)?")
_WEIGHTS = {
    "老年人": "elders",
    "儿童": "children",
    "户": "households",
    "户数": "households",
    "人口": "population",
    "需求点": "points",
}
_PLACE = re.compile(r"-?[\d.]+[,，]-?[\d.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(SitingAsked):
    """One question of siting."""

    model: Model
    sites: int | None
    budget_yuan: float | None
    factors: dict[str, float]
    must: tuple[str, ...]
    closable: tuple[str, ...]
    why_not: tuple[str, ...]
    datum: str
    alternatives: bool
    stability: bool
    pareto: bool
    area: str
    """Area code whose norms bind; empty: the workspace's own."""
    extras: Mapping[str, float | bool]
    """What only some models take, by parameter."""
    changes: ChangesAsked
    gates: GatesAsked

    @property
    def needs_cost(self) -> bool:
        """Whether a candidate of unknown cost may not be chosen."""
        return (
            self.budget_yuan is not None or bool(self.extras.get("cheapest")) or self.model.priced
        )

    def check(self) -> None:
        """Refuse what cannot be answered before anything is read.

        Raises
        ------
        DataError
            An id is both demanded and forbidden, or the model needs what was not given.
        """
        both = sorted(set(self.must) & set(self.never))
        if both:
            raise DataError(
                say(
                    f"既必选又禁选：{listed(both)}。",
                    f"both demanded and forbidden: {listed(both)}.",
                ),
                hint=say("请去掉其中一个。", "Leave one of the two out."),
            )
        if self.budget_yuan is None and self.sites is not None and len(self.must) > self.sites:
            raise DataError(
                say(
                    f"必选 {len(self.must)} 处，多于要建的 {self.sites} 处。",
                    f"{len(self.must)} sites are demanded, more than the {self.sites} to be built.",
                ),
                hint=say(f"请用 --sites {len(self.must)} 或更多。", "Raise --sites."),
            )
        if self.pareto and self.sites is None and self.budget_yuan is None:
            raise DataError(
                say("--pareto 要知道最多建几处或花多少钱。", "--pareto needs the most to spend."),
                hint=say("请加 --sites 10 或 --budget 500万。", "Add --sites 10 or --budget."),
            )
        self.changes.check(self.model.name, self.model.label)
        self.gates.check(self.model.name, self.model.label, budget_yuan=self.budget_yuan)
        self._check_tried()
        self.solver("points")

    def _check_tried(self) -> None:
        more = {
            "--alternatives": self.alternatives,
            "--stability": self.stability,
            "--pareto": self.pareto,
            "--why-not": self.why_not,
        }
        used = [option for option, value in more.items() if value]
        if used and not self.model.tried:
            raise DataError(
                say(
                    f"模型“{self.model.zh}”不用 {listed(used)}。",
                    f"{self.model.name} takes no {listed(used)}.",
                ),
                hint=say("请去掉，或换一个模型。", "Leave them out, or ask another model."),
            )

    def solver(
        self, weight: str, told: Callable[[Problem], Mapping[str, Any]] | None = None
    ) -> Solve:
        """Return the model bound to the question, for people of one weight."""
        from api.cli.site_models import ask_again  # noqa: PLC0415

        return ask_again(
            self.model,
            weight=weight,
            sites=self.sites,
            budget_yuan=self.budget_yuan,
            limit_s=self.seconds,
            gap=self.gap,
            extras=self.extras,
            told=told,
        )


def money(text: str) -> float | None:
    """Return yuan from what a planner writes; None for nothing.

    Raises
    ------
    DataError
        It is no amount.

    Examples
    --------
    >>> money("300万"), money("1,200,000"), money("1.5 亿元"), money("")
    (3000000.0, 1200000.0, 150000000.0, None)
    """
    if not text:
        return None
    found = _MONEY.fullmatch(text.strip())
    try:
        amount = float(re.sub("[,，]", "", found[1])) * _UNITS[found[2] or ""] if found else -1.0
    except ValueError:
        amount = -1.0
    if amount < 0:
        raise DataError(
            say(f"预算“{text}”不是金额。", f"{text!r} is not an amount of money."),
            hint=say("请写成 300万 或 3000000（元）。", "Write it as 3000000 (yuan) or 300万."),
        )
    return amount


def factors(texts: Sequence[str]) -> dict[str, float]:
    """Return the factor of each weight from ``elders`` or ``elders=1``, Chinese names too.

    Raises
    ------
    DataError
        A factor is no number above 0, or a weight stands twice.

    Examples
    --------
    >>> factors(["老年人", "children=0.5"])
    {'elders': 1.0, 'children': 0.5}
    """
    found: dict[str, float] = {}
    for text in texts:
        name, _, factor = text.partition("=")
        name = _WEIGHTS.get(name.strip(), name.strip())
        try:
            value = float(factor) if factor else 1.0
        except ValueError:
            value = 0.0
        if not 0 < value < float("inf") or name in found:
            raise DataError(
                say(f"--weight “{text}”不对。", f"--weight {text!r} is not right."),
                hint=say(
                    "请写成 elders 或 elders=1，每种人群一次，系数大于 0。",
                    "Write elders or elders=1, each kind once, factors above 0.",
                ),
            )
        found[name] = value
    return found


def weighed(problem: Problem, wanted: dict[str, float], main: str) -> tuple[Problem, str]:
    """Return the problem with the weight asked for, and that weight's name.

    Parameters
    ----------
    problem
        What was read.
    wanted
        Factor of each weight; empty takes the main one.
    main
        Whom the facility type serves; households, then points, where nobody knows how many.

    Raises
    ------
    NotFoundError
        The problem has no such weight.
    """
    if not wanted:
        known = (name for name in (main, "households", "points") if name in problem.weights)
        return problem, next(known)
    parts = [problem.weight(name) * factor for name, factor in wanted.items()]
    if len(parts) == 1:
        return problem, next(iter(wanted))
    return replace(problem, weights={**problem.weights, WEIGHTED: sum(parts[1:], parts[0])}), (
        WEIGHTED
    )


def is_place(text: str) -> bool:
    """Return whether a text is a longitude and latitude, not an id.

    Examples
    --------
    >>> is_place("114.3,30.5"), is_place("YF003")
    (True, False)
    """
    return bool(_PLACE.fullmatch(text.strip()))


def with_places(
    candidates: gpd.GeoDataFrame,
    rejected: gpd.GeoDataFrame | None,
    asked: Sequence[str],
    *,
    datum: str,
) -> tuple[gpd.GeoDataFrame, list[str], dict[str, str]]:
    """Return the candidates with every place asked about among them.

    Parameters
    ----------
    candidates
        Candidates, in the working CRS.
    rejected
        Places that broke a rule, with their ``reason``; None when unknown.
    asked
        Ids of candidates or of rejected places, or longitude,latitude.
    datum
        Of the coordinates given.

    Returns
    -------
    tuple
        The candidates, the ids asked about, and the rule that bars each rejected one.

    Raises
    ------
    NotFoundError
        An id is neither a candidate's nor a rejected place's.
    DataError
        A place is none on earth.
    """
    import geopandas as gpd  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    from api.cli._edits import lonlat  # noqa: PLC0415
    from geo.crs import CGCS2000, parse_datum, to_cgcs2000  # noqa: PLC0415
    from geo.errors import NotFoundError  # noqa: PLC0415

    crs = str(candidates.crs)
    known = set(candidates["id"].astype(str))
    refused = candidates.iloc[:0] if rejected is None else rejected.to_crs(crs)
    barred = dict(zip(refused["id"].astype(str), range(len(refused)), strict=True))
    ids: list[str] = []
    rules: dict[str, str] = {}
    extra: list[gpd.GeoDataFrame] = []
    for text in asked:
        if is_place(text):
            identity = say(f"所问地点（{text}）", f"place asked about ({text})")
            spot = to_cgcs2000([lonlat(text)], parse_datum(datum))
            extra.append(
                gpd.GeoDataFrame(
                    {"id": [identity], "name": [identity]},
                    geometry=gpd.points_from_xy(*spot.T),
                    crs=CGCS2000,
                ).to_crs(crs)
            )
        elif text in known:
            identity = text
        elif text in barred:
            identity = text
            rules[text] = str(refused["reason"].iloc[barred[text]])
            extra.append(refused.iloc[[barred[text]]])
        else:
            raise NotFoundError(
                say(f"没有编号为 {text} 的候选点。", f"no candidate {text}."),
                hint=say(
                    "--why-not 后写候选点编号，或 经度,纬度。",
                    "Give the id of a candidate, or LON,LAT.",
                ),
            )
        ids.append(identity)
    if not extra:
        return candidates, ids, rules
    columns = [column for column in candidates.columns if column != "geometry"]
    rows = [frame.reindex(columns=[*columns, "geometry"]) for frame in extra]
    types = candidates.dtypes.drop("geometry").to_dict()
    every = pd.concat([candidates, *(row.astype(types) for row in rows)], ignore_index=True)
    return gpd.GeoDataFrame(every, crs=crs), ids, rules
