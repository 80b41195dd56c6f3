"""The explanations in plain sentences, as a planner reads them out at a residents' meeting."""

from __future__ import annotations

import math
from collections.abc import Mapping

from geo.text import say, yuan
from optimization.explain.gains import Gain
from optimization.explain.why_not import Reason, WhyNot
from optimization.explain.worth import NONE
from optimization.problem import Problem
from optimization.siting import Siting

_NAMED = 3
"""Compounds named in a sentence."""
_LEAST_MIN = 0.1
"""A shorter time is not worth a word."""
_UNITS = {
    "sites": (",.0f", " 个点", " sites"),
    "minutes": (",.1f", " 分钟", " min"),
    "metres": (",.0f", " 米", " m"),
    "m2": (",.0f", " 平方米", " m²"),
    "share": (".2%", "", ""),
    "gini": (".4f", "（基尼系数）", " (Gini)"),
}
"""Format and name of objectives that count no people, in both languages."""


def counted(weight: str, number: float) -> str:
    """Return a number of people with the measure word of their kind.

    Examples
    --------
    >>> counted("elders", 1234), counted("households", 5)
    ('1,234 位老年人', '5 户')
    """
    text = f"{number:,.0f}"
    zh = {
        "elders": f"{text} 位老年人",
        "children": f"{text} 名儿童",
        "households": f"{text} 户",
        "population": f"{text} 人",
        "points": f"{text} 个需求点",
        "weighted": f"{text}（加权人数）",
    }
    en = {"population": "people", "points": "demand points", "weighted": "people, weighted"}
    return say(zh.get(weight, f"{text}（{weight}）"), f"{text} {en.get(weight, weight)}")


def status_words(plan: Siting) -> str:
    """Return how good a plan is known to be; "optimal" only where it is proven."""
    if plan.status == "optimal":
        return say("已证明最优", "proven optimal")
    if not math.isfinite(plan.gap):
        return say("启发式，未证明", "heuristic, nothing proven")
    # Rounded up, so that the sentence never promises more than was proven.
    gap = f"{math.ceil(plan.gap * 10_000) / 100:g}"
    limit = say("上限", "upper") if plan.sense == "max" else say("下限", "lower")
    asked = (
        say("，已达到要求的差距", ", as near as was asked") if plan.status == "within_gap" else ""
    )
    return say(
        f"距理论{limit}不超过 {gap} %{asked}",
        f"at most {gap} % from the proven {limit} bound{asked}",
    )


def why_here(problem: Problem, gain: Gain, *, weight: str, limit_min: float) -> str:
    """Return why one site of a plan stands where it stands."""
    minutes, named = f"{limit_min:g}", _named(problem, gain)
    if gain.closed is not None:
        estates, area = gain.closed.estates, f"{gain.closed.area_m2:,.0f}"
        return say(
            f"这里补足 {estates} 个小区的用房面积，共 {area} 平方米；另外，{minutes} 分钟内可达 "
            f"{counted(weight, gain.reached)}。",
            f"Here {estates} estates are given {area} m²; besides, it reaches "
            f"{counted(weight, gain.reached)} within {minutes} min.",
        )
    if gain.new:
        text = say(
            f"建在这里，{minutes} 分钟内新增覆盖 {counted(weight, gain.marginal)}",
            f"Here it newly covers {counted(weight, gain.marginal)} within {minutes} min",
        )
        text += named and say(f"（{named}）", f" ({named})")
    else:
        text = say(
            f"现有设施，{minutes} 分钟内可达 {counted(weight, gain.reached)}",
            f"Stands today; reaches {counted(weight, gain.reached)} within {minutes} min",
        )
    only = counted(weight, gain.unique)
    if gain.new and gain.unique == gain.marginal:
        text += say("，都没有别处可去。", "; none of them has another.")
    else:
        text += say(f"；{only}只有它走得到。", f"; {only} have no other.")
    if gain.must:
        text += say("它是指定必选的。", " It was asked for.")
    return text + _what_would_change(problem, gain, weight)


def _named(problem: Problem, gain: Gain) -> str:
    names = [str(problem.demand_name[at]) for at in gain.points if problem.demand_name[at]]
    shown = say("、", ", ").join(names[:_NAMED])
    more = len(gain.points) - min(len(names), _NAMED)
    return shown + say(f"等 {len(gain.points)} 处", f" and {more} more") if more > 0 else shown


def _what_would_change(problem: Problem, gain: Gain, weight: str) -> str:
    if not gain.new or gain.must:
        return ""
    if gain.swap == NONE:
        return say("没有别的候选点可以代替。", " No other candidate could stand in.")
    other = problem.sites.name[gain.swap]
    if gain.swap_loss < 0:
        return say(
            f"单看覆盖人数，换成“{other}”可多覆盖 {counted(weight, -gain.swap_loss)}，"
            "选它是因为所用模型不只看覆盖人数。",
            f" By people covered alone “{other}” would do better by "
            f"{counted(weight, -gain.swap_loss)}; the model asked for more than coverage.",
        )
    if gain.swap_loss == 0:
        return say(
            f"换成“{other}”覆盖人数相同，可按费用或权属选择。",
            f" “{other}” would cover as many: choose by cost or ownership.",
        )
    text = say(
        f"次优是“{other}”，少覆盖 {counted(weight, gain.swap_loss)}",
        f" Next best is “{other}”, {counted(weight, gain.swap_loss)} fewer",
    )
    if not math.isnan(gain.shorter_min):
        text += say(
            f"；它的步行要缩短 {_up(gain.shorter_min)} 分钟以上才会更好",
            f"; it would do better if its walks were {_up(gain.shorter_min)} min shorter",
        )
    if gain.longer_min >= _LEAST_MIN:
        text += say(
            f"；本点步行延长不超过 {_down(gain.longer_min)} 分钟时仍不比它差",
            f"; this one is no worse while walks here are {_down(gain.longer_min)} min longer",
        )
    if not math.isnan(gain.cost_slack_yuan):
        text += say(
            f"；造价再增加 {yuan(gain.cost_slack_yuan)}以内仍不超预算",
            f"; it may cost {yuan(gain.cost_slack_yuan)} more within the budget",
        )
    return text + say("。", ".")


def why_not_here(
    problem: Problem,
    answer: WhyNot,
    *,
    weight: str,
    limit_min: float,
    rules: Mapping[str, str] | None = None,
) -> str:
    """Return why one place is not in the plan.

    Parameters
    ----------
    problem
        What was asked.
    answer
        What was found of the place.
    weight, limit_min
        Whose numbers explain it, and the walk.
    rules
        By id of a site: the rule that keeps it out, such as a zone or a floor, as a sentence.
    """
    name, minutes = problem.sites.name[answer.site], f"{limit_min:g}"
    rule = (rules or {}).get(str(problem.sites.id[answer.site]), "")
    served = _served(problem, answer, weight)
    match answer.reason:
        case "open":
            return say(f"“{name}”在方案之中。", f"“{name}” is in the plan.")
        case "never":
            text = say(f"“{name}”不允许选用：", f"“{name}” may not be used: ") + (
                _ended(rule) or say("它被列为禁选。", "it was forbidden.")
            )
            text += say(
                f"假如允许，{minutes} 分钟内有 {counted(weight, answer.reached)}，"
                f"其中方案覆盖不到的 {counted(weight, answer.added)}。",
                f" If it were allowed it would reach {counted(weight, answer.reached)} within "
                f"{minutes} min, {counted(weight, answer.added)} of them not covered by the plan.",
            )
            return text + _forced(answer)
        case "dear":
            price = yuan(float(problem.sites.cost_yuan[answer.site]))
            return say(
                f"“{name}”单它一处就要 {price}，超出全部预算。它{minutes} 分钟内有 "
                f"{counted(weight, answer.reached)}，其中方案覆盖不到的 "
                f"{counted(weight, answer.added)}。",
                f"“{name}” alone costs {price}, more than the whole budget. It would reach "
                f"{counted(weight, answer.reached)} within {minutes} min, "
                f"{counted(weight, answer.added)} of them not covered by the plan.",
            )
        case "nobody":
            return say(
                f"“{name}”{minutes} 分钟步行范围内没有需求。",
                f"Nobody lives within {minutes} min of “{name}”.",
            )
        case "served":
            text = say(
                f"“{name}”{minutes} 分钟内的 {counted(weight, answer.reached)}"
                f"都已有别的点覆盖{served}，建在这里不新增覆盖。",
                f"All {counted(weight, answer.reached)} within {minutes} min of “{name}” are "
                f"covered already{served}; it would add nobody.",
            )
        case _:
            text = say(
                f"“{name}”{minutes} 分钟内有 {counted(weight, answer.reached)}，其中 "
                f"{counted(weight, answer.reached - answer.added)}已由别的点覆盖{served}，"
                f"只会新增 {counted(weight, answer.added)}。",
                f"{counted(weight, answer.reached)} live within {minutes} min of “{name}”, of whom "
                f"{counted(weight, answer.reached - answer.added)} are covered already{served}; it "
                f"would add {counted(weight, answer.added)}.",
            )
    return text + (_forced(answer) or _exchanged(problem, answer, weight))


def _served(problem: Problem, answer: WhyNot, weight: str) -> str:
    if not answer.neighbours:
        return ""
    named = [
        say(
            f"“{problem.sites.name[one.site]}”{counted(weight, one.people)}，"
            f"步行约 {one.walk_min:.0f} 分钟",
            f"“{problem.sites.name[one.site]}” {counted(weight, one.people)} at about "
            f"{one.walk_min:.0f} min",
        )
        for one in answer.neighbours
    ]
    return say("（", " (") + say("；", "; ").join(named) + say("）", ")")


def _exchanged(problem: Problem, answer: WhyNot, weight: str) -> str:
    if math.isnan(answer.exchange_loss):
        return say("没有能与它互换的选定点。", " No chosen site could give way to it.")
    if answer.gives_way == NONE:
        return say(
            f"另加此点可多覆盖 {counted(weight, -answer.exchange_loss)}。",
            f" Adding it would cover {counted(weight, -answer.exchange_loss)} more.",
        )
    other = problem.sites.name[answer.gives_way]
    if answer.exchange_loss > 0:
        return say(
            f"用它换下“{other}”，总共少覆盖 {counted(weight, answer.exchange_loss)}。",
            f" In the place of “{other}” the plan would cover "
            f"{counted(weight, answer.exchange_loss)} fewer.",
        )
    if answer.exchange_loss == 0:
        return say(
            f"用它换下“{other}”，覆盖人数不变。",
            f" In the place of “{other}” the plan would cover as many.",
        )
    return say(
        f"单看覆盖人数，用它换下“{other}”可多 {counted(weight, -answer.exchange_loss)}。",
        f" By people covered alone it would be better than “{other}” by "
        f"{counted(weight, -answer.exchange_loss)}.",
    )


def _forced(answer: WhyNot) -> str:
    """Return what the model says when the place is demanded; empty when it was not asked."""
    plan = answer.forced
    if plan is None:
        return ""
    if answer.loss <= 0:
        return _no_worse(answer.reason, amount(plan.unit, -answer.loss), even=answer.loss == 0)
    text = say(
        f"指定必选后重新求解，整个方案变差 {amount(plan.unit, answer.loss)}",
        f" Demanded, the best plan found is worse by {amount(plan.unit, answer.loss)}",
    )
    if plan.status == "optimal":
        proof = say("已证明", "proven")
    elif answer.loss_at_least > 0:
        least = amount(plan.unit, answer.loss_at_least)
        proof = say(f"已证明至少变差 {least}", f"proven to be at least {least}")
    else:
        proof = say("未证明", "not proven")
    return text + say(f"（{proof}）。", f" ({proof}).")


def _no_worse(reason: Reason, better: str, *, even: bool) -> str:
    if even:
        return say(
            "指定必选后重新求解，能得到同样好的方案。",
            " Demanded, the model finds a plan as good.",
        )
    if reason == "never":
        return say(
            f"假如允许并选用它，重新求解的方案好 {better}：这就是这条规则的代价。",
            f" Allowed and demanded, the model finds a plan better by {better}: the price of "
            "the rule.",
        )
    return say(
        f"指定必选后重新求解，结果反而好 {better}：原方案未证明最优，请采用新方案。",
        f" Demanded, the model finds a plan better by {better}: the plan was not proven "
        "optimal; take the new one.",
    )


def amount(unit: str, number: float) -> str:
    """Return an objective with its unit.

    Examples
    --------
    >>> amount("sites", 3), amount("elder_minutes", 1200), amount("minutes", 12.345)
    ('3 个点', '1,200 人·分钟', '12.3 分钟')
    """
    if unit == "yuan":
        return yuan(number)
    if unit in _UNITS:
        shown, zh, en = _UNITS[unit]
        return f"{number:{shown}}{say(zh, en)}"
    if unit.endswith("_minutes"):
        return say(f"{number:,.0f} 人·分钟", f"{number:,.0f} {unit.replace('_', '-')}")
    return counted(unit, number)


def _ended(sentence: str) -> str:
    """Return a sentence with its full stop."""
    stop = say("。", ".")
    return sentence if not sentence or sentence.endswith(("。", ".")) else sentence + stop


def _up(minutes: float) -> str:
    return f"{math.ceil(minutes * 10) / 10:g}"


def _down(minutes: float) -> str:
    return f"{math.floor(minutes * 10) / 10:g}"
