"""What a planner is told: why here, what would do in its place, and why not in our street."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from geo.errors import InfeasibleError
from geo.text import speak, yuan
from optimization.explain import (
    NONE,
    counted,
    covered_worth,
    force,
    gains,
    minutes_worth,
    ranked,
    standing,
    status_words,
    why_here,
    why_not,
    why_not_here,
)
from optimization.problem import Problem
from optimization.siting import Siting

ProblemBuilder = Callable[..., Problem]
LIMIT = 10.0


def people(problem: Problem, sites: tuple[int, ...], limit_min: float) -> float:
    """Return the elders within a limit of some sites, point by point."""
    walks = problem.minutes.dense()[:, list(sites)]
    return float(problem.weight("elders")[(walks <= limit_min).any(axis=1)].sum())


def every_plan(problem: Problem, p: int) -> Iterator[tuple[int, ...]]:
    """Yield every set of open sites with at most p new ones."""
    sites = problem.sites
    fixed = set(np.flatnonzero(sites.fixed_open).tolist())
    new_must = int((sites.must & ~sites.existing).sum())
    may = np.flatnonzero(sites.free & ~sites.existing).tolist()
    if new_must > p:
        raise InfeasibleError("too many", hint="")
    for extra in combinations(may, min(p - new_must, len(may))):
        yield tuple(sorted(fixed | set(extra)))


def best_plan(
    problem: Problem,
    *,
    limit_min: float,
    seed: int = 0,
    start: Siting | None = None,
    p: int = 2,
) -> Siting:
    """Try every plan: the oracle of these tests."""
    assert start is None or start.sense == "max"
    best = max(every_plan(problem, p), key=lambda plan: people(problem, plan, limit_min))
    value = people(problem, best, limit_min)
    return plan_of(problem, best, value, seed=seed)


def plan_of(
    problem: Problem,
    sites: tuple[int, ...],
    value: float,
    bound: float | None = None,
    seed: int = 0,
) -> Siting:
    return Siting(
        model="max_cover",
        sense="max",
        sites=np.array(sites, np.int32),
        assignment=np.full(problem.n_demand, NONE, np.int32),
        objective=value,
        bound=value if bound is None else bound,
        unit="elders",
        seconds=0.0,
        seed=seed,
    )


def opened(problem: Problem, sites: tuple[int, ...]) -> NDArray[np.bool_]:
    return np.isin(np.arange(problem.n_site), sites)


@pytest.mark.parametrize("seed", range(4))
def test_losses_and_exchanges_are_those_of_counting_again(
    siting_problem: ProblemBuilder, seed: int
) -> None:
    problem = siting_problem(50, 9, seed, existing=2, horizon_min=20)
    plan = (0, 3, 5, 7)
    now = standing(covered_worth(problem, weight="elders", limit_min=LIMIT), opened(problem, plan))
    total = people(problem, plan, LIMIT)
    assert now.total == total
    for out in plan:
        rest = tuple(s for s in plan if s != out)
        assert now.lost_without[out] == total - people(problem, rest, LIMIT)
        change = now.exchanged(out)
        for other in set(range(9)) - set(plan):
            assert change[other] == people(problem, (*rest, other), LIMIT) - total
    for other in set(range(9)) - set(plan):
        assert now.gained_with[other] == people(problem, (*plan, other), LIMIT) - total


def test_exchanges_of_walks_are_those_of_walking_again(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(40, 8, 3, horizon_min=90)
    elders, walks = problem.weight("elders"), problem.minutes.dense()

    def walked(sites: tuple[int, ...]) -> float:
        return float(elders @ np.nanmin(walks[:, list(sites)], axis=1))

    now = standing(minutes_worth(problem, weight="elders"), opened(problem, (1, 4, 6)))
    assert now.total == pytest.approx(90 * elders.sum() - walked((1, 4, 6)))
    change = now.exchanged(4)
    assert change[2] == pytest.approx(walked((1, 4, 6)) - walked((1, 2, 6)))


def test_what_new_sites_add_adds_up(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(60, 8, 1, existing=2)
    worth = covered_worth(problem, weight="elders", limit_min=LIMIT)
    new = np.flatnonzero(~problem.sites.existing)[:4].astype(np.int32)
    adds = ranked(worth, problem.sites.existing, new)
    after = standing(worth, problem.sites.existing | np.isin(np.arange(8), new)).total
    assert sum(adds) == after - standing(worth, problem.sites.existing).total
    assert min(adds) >= 0


def test_each_site_tells_who_gains_and_the_next_best(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(60, 10, 7, existing=2)
    plan = best_plan(problem, limit_min=LIMIT, p=2)
    told = gains(problem, plan, weight="elders", limit_min=LIMIT)
    new = [one for one in told if one.new]
    assert [one.rank for one in told] == [1, 2, 0, 0]
    before = people(problem, tuple(np.flatnonzero(problem.sites.existing)), LIMIT)
    assert sum(one.marginal for one in new) == plan.objective - before
    assert sum(one.gained["elders"] for one in new) == plan.objective - before
    assert all(one.unique <= one.reached for one in told)
    for one in new:
        others = [
            people(problem, tuple(set(plan.sites.tolist()) - {one.site} | {j}), LIMIT)
            for j in range(10)
            if j not in plan.sites
        ]
        assert one.swap_loss == plan.objective - max(others)
        assert one.swap_loss >= 0  # nothing beats a best plan
        sentence = why_here(problem, one, weight="elders", limit_min=LIMIT)
        assert "10 分钟内新增覆盖" in sentence
        assert str(problem.sites.name[one.swap]) in sentence


@pytest.mark.parametrize("seed", range(6))
def test_walks_that_change_the_choice_are_where_the_two_places_meet(
    siting_problem: ProblemBuilder, seed: int
) -> None:
    problem = siting_problem(60, 8, seed, horizon_min=40)
    plan = best_plan(problem, limit_min=LIMIT, p=2)
    walks, elders = problem.minutes.dense(), problem.weight("elders")
    for one in gains(problem, plan, weight="elders", limit_min=LIMIT):
        rest = [s for s in plan.sites if s != one.site]
        free = ~(walks[:, rest] <= LIMIT).any(axis=1)

        def left(site: int, limit: float, free: NDArray[np.bool_] = free) -> float:
            return float(elders[free & (walks[:, site] <= limit + 1e-9)].sum())

        mine, other = left(one.site, LIMIT), left(one.swap, LIMIT)
        if not np.isnan(one.longer_min):
            assert left(one.site, LIMIT - one.longer_min) >= other
            assert left(one.site, LIMIT - one.longer_min - 0.001) < other
        if not np.isnan(one.shorter_min):
            assert left(one.swap, LIMIT + one.shorter_min) > mine
            assert one.shorter_min == 0 or left(one.swap, LIMIT + one.shorter_min - 0.001) <= mine


def test_a_dearer_place_cannot_stand_in_beyond_the_budget(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(40, 8, 2, cost=True)
    dear = replace(problem.sites, cost_yuan=np.array([1e5] * 2 + [9e5] * 6))
    problem = replace(problem, sites=dear)
    plan = plan_of(problem, (0,), people(problem, (0,), LIMIT))
    (one,) = gains(problem, plan, weight="elders", limit_min=LIMIT, budget_yuan=1.5e5)
    assert one.swap == 1
    assert one.cost_slack_yuan == 5e4
    (one,) = gains(problem, plan, weight="elders", limit_min=LIMIT, budget_yuan=1e6)
    assert one.swap_loss == plan.objective - max(people(problem, (j,), LIMIT) for j in range(1, 8))


def test_forcing_a_place_shows_the_loss_that_trying_every_plan_shows(
    siting_problem: ProblemBuilder,
) -> None:
    problem = siting_problem(50, 9, 11, existing=1, never=1)
    plan = best_plan(problem, limit_min=LIMIT)
    rejected = np.setdiff1d(np.arange(9), plan.sites).astype(np.int32)
    for answer in why_not(problem, plan, rejected, weight="elders", limit_min=LIMIT):
        told = force(problem, plan, answer, best_plan, limit_min=LIMIT)
        assert told.forced is not None
        assert told.site in told.forced.sites
        assert told.loss == told.loss_at_least
        if not np.isnan(answer.exchange_loss):
            assert told.loss <= answer.exchange_loss  # the model may do better than one exchange
        if problem.sites.never[answer.site]:
            assert answer.reason == "never"
        else:
            assert told.loss >= 0


def test_reasons_of_rejected_places(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(30, 6, 5, horizon_min=30)
    walks = problem.minutes.dense()
    limit = 5.0
    lonely = replace(
        problem,
        weights={"elders": np.where(walks[:, 4] <= limit, 0.0, problem.weight("elders"))},
    )
    plan = plan_of(lonely, (0, 1), people(lonely, (0, 1), limit))
    told = why_not(lonely, plan, np.arange(6, dtype=np.int32), weight="elders", limit_min=limit)
    assert [told[s].reason for s in (0, 1, 4)] == ["open", "open", "nobody"]
    assert "在方案之中" in why_not_here(lonely, told[0], weight="elders", limit_min=limit)
    assert "没有需求" in why_not_here(lonely, told[4], weight="elders", limit_min=limit)
    everywhere = why_not(lonely, plan, np.array([3], np.int32), weight="elders", limit_min=30.0)[0]
    assert everywhere.reason == "served"
    assert sum(one.people for one in everywhere.neighbours) == everywhere.reached
    assert "不新增覆盖" in why_not_here(lonely, everywhere, weight="elders", limit_min=30.0)


def test_a_place_barred_by_a_rule_names_the_rule(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(30, 6, 5, never=1)
    (barred,) = np.flatnonzero(problem.sites.never)
    plan = best_plan(problem, limit_min=LIMIT)
    (answer,) = why_not(
        problem, plan, np.array([barred], np.int32), weight="elders", limit_min=LIMIT
    )
    assert np.isnan(answer.exchange_loss)  # what may not be used cannot be exchanged for
    assert answer.gives_way == NONE
    rules = {str(problem.sites.id[barred]): "位于水源保护区内。"}
    text = why_not_here(problem, answer, weight="elders", limit_min=LIMIT, rules=rules)
    assert "不允许选用：位于水源保护区内。" in text
    assert "假如允许" in text


def test_only_a_proven_plan_is_called_optimal(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(5, 3)
    assert status_words(plan_of(problem, (0,), 100.0)) == "已证明最优"
    assert status_words(plan_of(problem, (0,), 1000.0, 1002.91)) == "距理论上限不超过 0.3 %"
    assert status_words(plan_of(problem, (0,), 1000.0, 1003.1)) == "距理论上限不超过 0.31 %"
    assert status_words(plan_of(problem, (0,), 100.0, float("inf"))) == "启发式，未证明"
    near = replace(plan_of(problem, (0,), 999.0, 1000.0), asked_gap=0.01)
    assert status_words(near) == "距理论上限不超过 0.1 %，已达到要求的差距"


def test_sentences_are_english_when_english_is_spoken(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(50, 9, 11, never=1)
    sites = replace(problem.sites, name=np.array([f"Site {j}" for j in range(9)]))
    problem = replace(
        problem, sites=sites, demand_name=np.array([f"Estate {i}" for i in range(50)])
    )
    plan = best_plan(problem, limit_min=LIMIT)
    speak("en")
    try:
        texts = [
            why_here(problem, one, weight="elders", limit_min=LIMIT)
            for one in gains(problem, plan, weight="elders", limit_min=LIMIT, budget_yuan=1e6)
        ]
        rest = np.setdiff1d(np.arange(9), plan.sites).astype(np.int32)
        for one in why_not(problem, plan, rest, weight="elders", limit_min=LIMIT):
            texts.append(why_not_here(problem, one, weight="elders", limit_min=LIMIT))
            forced = force(problem, plan, one, best_plan, limit_min=LIMIT)
            texts.append(why_not_here(problem, forced, weight="elders", limit_min=LIMIT))
        texts += [status_words(plan), counted("children", 2), yuan(12_345)]
    finally:
        speak("zh")
    assert all(
        text.isascii() or set(text) - set("“”") < set(map(chr, range(128))) for text in texts
    )
