"""The models that ``fuwuquan site`` offers: what each answers and what it must be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any

from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from optimization.explain import Solve
    from optimization.problem import Problem
    from optimization.siting import Siting


_FULL, _ZERO = 2 / 3, 4 / 3
"""Shares of the limit at which a walk still counts in full, and at which it counts for nothing."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model as a planner chooses it."""

    name: str
    zh: str
    module: str
    function: str
    asks_zh: str
    """The question it answers."""
    asks_en: str
    limited: bool = True
    """Whether its objective looks at the limit; a walk that is only to be short does not."""
    far: bool = False
    """Whether it looks at walks far beyond the limit."""
    counts_zh: str = ""
    """What its objective counts, where that is not plain people."""
    counts_en: str = ""
    sized: bool = True
    """Whether it must be told how many sites or how much money."""
    whole_estates: bool = False
    """Whether its demand points must be estates."""
    priced: bool = False
    """Whether it minimises cost, so that candidates of unknown cost cannot be chosen."""
    tried: bool = True
    """Whether its plan is also compared with alternatives, other speeds and trade-offs."""
    money: str = "budget_yuan"
    """Its parameter for a budget."""

    @property
    def label(self) -> str:
        """Name in the user's language."""
        return say(self.zh, self.name)

    def load(self) -> Any:  # noqa: ANN401 - one function of several signatures
        """Return its function."""
        return getattr(import_module(self.module), self.function)


MODELS = (
    Model(
        *("max-cover", "最大覆盖", "optimization.covering", "max_cover"),
        asks_zh="再建几处（或花多少钱），最多能多覆盖多少人",
        asks_en="the most people covered with so many sites, or so much money",
    ),
    Model(
        *("set-cover", "全覆盖最少点", "optimization.covering", "set_cover"),
        asks_zh="人人都走得到，最少要建几处",
        asks_en="the fewest sites that reach everybody",
    ),
    Model(
        *("backup", "双重覆盖", "optimization.covering", "backup_cover"),
        asks_zh="一处停业时还有另一处：两处都走得到的人最多",
        asks_en="the most people with a second site within reach",
        counts_zh="一处走得到计一次，两处走得到再计一次",
        counts_en="once for one site within reach, once more for a second",
    ),
    Model(
        *("partial", "渐减覆盖", "optimization.covering", "partial_cover"),
        asks_zh="越近越好：时限的三分之二以内全算，到三分之四倍减为零",
        asks_en="nearer counts more: in full to two thirds of the limit, nothing at four thirds",
        counts_zh="按远近折算",
        counts_en="discounted by the walk",
        far=True,
    ),
    Model(
        *("median", "最短总路程", "optimization.median", "median"),
        asks_zh="所有人步行时间之和最短",
        asks_en="the least walking in all",
        limited=False,
        far=True,
    ),
    Model(
        *("center", "最短最远路", "optimization.center", "center"),
        asks_zh="走得最远的人也尽量近",
        asks_en="the shortest walk for whoever walks farthest",
        limited=False,
        far=True,
    ),
    Model(
        *("capacity", "容量", "optimization.capacity", "capacitated_cover"),
        asks_zh="每处容量有限时，最多能服务多少人",
        asks_en="the most people served by sites of limited capacity",
    ),
    Model(
        *("norm", "规范达标", "optimization.compliance", "norm_compliance"),
        asks_zh="补足各小区的用房面积缺口，花钱最少",
        asks_en="close every estate's shortfall of floor area at least cost",
        sized=False,
        whole_estates=True,
        priced=True,
    ),
    Model(
        *("equity", "均衡", "optimization.equity", "max_min_cover"),
        asks_zh="覆盖率最低的乡镇街道尽量高",
        asks_en="the highest share in the worst-served township",
    ),
    Model(
        *("disperse", "分散", "optimization.dispersal", "disperse"),
        asks_zh="选定点之间尽量远离",
        asks_en="sites as far from each other as can be",
    ),
    Model(
        *("changes", "调整", "optimization.changes", "change_facilities"),
        asks_zh="现有设施保留、扩建、迁址还是关闭，花钱最少而不让现在走得到的人失去服务",
        asks_en="what stands kept, expanded, moved or closed at least cost, nobody left without",
        sized=False,
        priced=True,
        tried=False,
    ),
    Model(
        *("gates", "开门", "optimization.gates", "open_gates"),
        asks_zh="打开哪些门、再建几处，最多能多覆盖多少人",
        asks_en="which gates to open, alone or with new sites, for the most people",
        sized=False,
        tried=False,
    ),
)


def model_named(name: str) -> Model:
    """Return a model by its Chinese or English name.

    Raises
    ------
    DataError
        There is no such model.
    """
    plain = name.strip().lower().replace("_", "-")
    for model in MODELS:
        if plain in (model.name, model.zh):
            return model
    listed = "、".join(f"{model.zh}（{model.name}）" for model in MODELS)
    raise DataError(
        say(f"没有名为“{name}”的选址模型。", f"there is no siting model {name!r}."),
        hint=say(f"可选：{listed}。", "There are " + ", ".join(m.name for m in MODELS) + "."),
    )


def ask_again(
    model: Model,
    *,
    weight: str,
    sites: int | None,
    budget_yuan: float | None,
    limit_s: float,
    gap: float,
    extras: Mapping[str, float | bool] | None = None,
    told: Callable[[Problem], Mapping[str, Any]] | None = None,
) -> Solve:
    """Return the model bound to what was asked, to be asked again of changed problems.

    Raises
    ------
    DataError
        The model needs a number of sites or a budget that was not given, or takes none.
    """
    function = model.load()
    takes = signature(function).parameters
    given: dict[str, Any] = {
        "p": sites,
        model.money: budget_yuan,
        "weight": weight,
        "limit_s": limit_s,
        "gap": gap,
    }
    _check(model, takes, sites, budget_yuan)
    for name, value in (extras or {}).items():
        _check_extra(model, takes, name, value)
    given |= {name: value for name, value in (extras or {}).items() if value}
    fixed = {name: value for name, value in given.items() if name in takes and value is not None}

    def solve(
        problem: Problem, *, limit_min: float, seed: int, start: Siting | None = None
    ) -> Siting:
        asked = {"seed": seed, "start": start} | ({"limit_min": limit_min} if model.limited else {})
        asked |= told(problem) if told is not None else {}
        plan: Siting = function(
            problem, **fixed, **{name: value for name, value in asked.items() if name in takes}
        )
        return plan

    return solve


def _check(
    model: Model, takes: Mapping[str, object], sites: int | None, budget_yuan: float | None
) -> None:
    by_count, by_money = "p" in takes, model.money in takes
    if model.sized and (by_count or by_money) and sites is None and budget_yuan is None:
        raise DataError(
            say(
                f"模型“{model.zh}”要知道建几处{'或有多少钱' if by_money else ''}。",
                f"the model {model.name} must be told how many sites"
                f"{' or how much money' if by_money else ''}.",
            ),
            hint=say(
                "请加 --sites 5" + (" 或 --budget 300万。" if by_money else "。"),
                "Add --sites 5" + (" or --budget 3000000." if by_money else "."),
            ),
        )
    for value, wanted, option in (
        (sites, by_count, "--sites"),
        (budget_yuan, by_money, "--budget"),
    ):
        if value is not None and not wanted:
            raise DataError(
                say(f"模型“{model.zh}”不用 {option}。", f"{model.name} takes no {option}."),
                hint=say(f"请去掉 {option}，或换一个模型。", f"Leave out {option}."),
            )
    if sites is not None and budget_yuan is not None:
        raise DataError(
            say("--sites 和 --budget 只能给一个。", "give --sites or --budget, not both."),
            hint=say("请去掉其中一个。", "Leave one out."),
        )


def _check_extra(model: Model, takes: Mapping[str, object], name: str, value: float | bool) -> None:
    if not value or name in takes:
        return
    option = "--" + name.replace("_", "-")
    raise DataError(
        say(f"模型“{model.zh}”不用 {option}。", f"{model.name} takes no {option}."),
        hint=say(f"请去掉 {option}，或换一个模型。", f"Leave out {option}."),
    )
