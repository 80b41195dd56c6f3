"""How to cover the most people with little inequality between townships, or make it least."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError
from geo.text import say
from optimization.equity.shares import Towns, gini
from optimization.equity.steps import SAME, Step, begun
from optimization.problem import Problem
from optimization.reached import Ask, Clock, asked, proven
from optimization.siting import Siting

_ROUNDS: Final = 12
"""Programs after which the search for the least Gini stops; it is done in 3 to 5."""


def gini_cover(
    problem: Problem,
    *,
    p: int | None = None,
    budget_yuan: float | None = None,
    most_gini: float | None = None,
    least_share: float | None = None,
    weight: str = "elders",
    limit_min: float = 15.0,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    start: Siting | None = None,
) -> Siting:
    """Cover most people with a Gini coefficient of at most so much, or make the Gini least.

    With shares ``s_a = sum_{i in a} w_i z_i / W_a`` of ``n`` townships and ``d_ab >= |s_a - s_b|``,
    the coefficient ``sum_{a<b} |s_a - s_b| / (n sum_a s_a)`` is at most ``g`` exactly when
    ``sum_{a<b} d_ab <= g n sum_a s_a``: linear, nothing is approximated. ``z_i`` is 1 wherever an
    open site reaches ``i`` (``y_j <= z_i``), so that nobody is left out of the count to look equal.
    The least coefficient at a floor of coverage is found by Dinkelbach's rule: minimise
    ``sum d - q n sum s`` and raise or lower ``q`` until that is 0.

    Parameters
    ----------
    problem
        The problem.
    p, budget_yuan
        Most new sites, most yuan for them; one of them or both.
    most_gini
        Upper bound on the coefficient; the answer then covers most people.
    least_share
        Floor of the covered share of all people; the answer then has the least coefficient.
    weight, limit_min, limit_s, gap, seed, start
        As in `optimization.equity.max_min_cover`.

    Returns
    -------
    Siting
        With ``most_gini`` objective and bound count people; with ``least_share`` they are the
        coefficient (unit ``gini``, to be minimised). ``measures`` holds ``gini`` and ``covered``.

    Raises
    ------
    DataError
        Not exactly one of the two is given, or one is no share.
    InfeasibleError
        No plan is so equal, or none covers so many; the message says what is reachable.

    References
    ----------
    Drezner, Drezner and Guyse (2009), Computers & Operations Research 36(12); Dinkelbach (1967),
    Management Science 13(7).
    """
    clock = Clock(limit_s)
    _check_gini(most_gini, least_share)
    ask = asked(problem, weight=weight, limit_min=limit_min, p=p, budget_yuan=budget_yuan)
    towns = Towns.of(ask)
    opened = ask.started(start)
    if most_gini is not None:
        opened, bound, stopped = _most_people(
            ask, towns, most_gini, opened, clock=clock, gap=gap, seed=seed
        )
    else:
        assert least_share is not None
        opened, bound, stopped = _least_gini(
            ask, towns, least_share, opened, clock=clock, gap=gap, seed=seed
        )
    people = float(ask.people[ask.cells.covered(opened)].sum())
    unequal = gini(towns.share(opened))
    return ask.answer(
        opened,
        model="gini_cover",
        sense="max" if most_gini is not None else "min",
        objective=people if most_gini is not None else unequal,
        bound=bound,
        unit=weight if most_gini is not None else "gini",
        clock=clock,
        seed=seed,
        asked_gap=gap,
        parameters={"most_gini": most_gini, "least_share": least_share},
        measures={"gini": unequal, "covered": people}
        | ({"stopped_by_time": 1.0} if stopped else {}),
    )


def _most_people(
    ask: Ask,
    towns: Towns,
    most_gini: float,
    opened: NDArray[np.bool_] | None,
    *,
    clock: Clock,
    gap: float,
    seed: int,
) -> tuple[NDArray[np.bool_], float, bool]:
    """Return the sites, the bound on people, and whether time cut the search."""
    step = _share_step(ask, towns, towns.cell_people)
    n_area = len(towns.areas)
    step.draft.row(
        np.append(step.apart, step.share),
        np.append(np.ones(len(step.apart)), np.full(n_area, -most_gini * n_area)),
        upper=SAME,
    )
    if opened is not None and gini(towns.share(opened)) > most_gini:
        opened = None
    found = step.solve(opened, clock=clock, gap=gap, seed=seed)
    chosen = step.opened(found)
    chosen = opened if chosen is None else chosen
    if chosen is None:
        raise _too_unequal(towns, most_gini, stopped=found.outcome == "stopped")
    settled = ask.cells.settled(ask.people)
    people = float(ask.people[ask.cells.covered(chosen)].sum())
    bound = found.bound + settled if np.isfinite(found.bound) else float(ask.people.sum())
    return chosen, proven(bound, people, ask.people), found.outcome == "stopped"


def _least_gini(
    ask: Ask,
    towns: Towns,
    least_share: float,
    opened: NDArray[np.bool_] | None,
    *,
    clock: Clock,
    gap: float,
    seed: int,
) -> tuple[NDArray[np.bool_], float, bool]:
    """Return the sites, the bound on the coefficient, and whether time cut the search."""
    wanted = least_share * ask.people.sum()
    settled = ask.cells.settled(ask.people)
    n_area = len(towns.areas)
    # Where so many are covered, the shares add up to at least this.
    least_sum = max((wanted - ask.people[ask.problem.area < 0].sum()) / towns.people.max(), SAME)
    if opened is not None and ask.people[ask.cells.covered(opened)].sum() < wanted:
        opened = None
    bound, stopped = 0.0, False
    for _ in range(_ROUNDS):
        unequal = 0.0 if opened is None else gini(towns.share(opened))
        if opened is not None and unequal - bound <= max(SAME, gap * unequal):
            break
        step = _share_step(ask, towns, 0.0)
        step.maximise = False
        step.draft.row(
            step.hit, ask.cells.people(ask.people), lower=wanted - settled - SAME * max(1, wanted)
        )
        step.draft.charge(step.apart, 1.0)
        step.draft.charge(step.share, -unequal * n_area)
        found = step.solve(opened, clock=clock, gap=0.0, seed=seed)
        chosen = step.opened(found)
        if chosen is None and opened is None:
            raise _too_few(ask, wanted, stopped=found.outcome == "stopped")
        stopped = found.outcome == "stopped"
        if np.isfinite(found.bound):
            # sum d - q n sum s >= b for every plan, so sum d / (n sum s) >= q + b / (n sum s).
            below = min(0.0, found.bound - SAME)
            bound = max(bound, unequal + below / (n_area * least_sum))
        better = opened is None or gini(towns.share(_some(chosen))) < unequal - SAME
        if better:
            opened = _some(chosen)
        if stopped or not better:
            break
    assert opened is not None
    unequal = gini(towns.share(opened))
    return opened, min(bound, unequal), stopped


def _share_step(ask: Ask, towns: Towns, cost: NDArray[np.float64] | float) -> Step:
    """Return a program that knows every share and the differences between them."""
    step = begun(ask, towns, cost)
    step.draft.honest_rows(ask.cells, step.hit, step.site)
    n_area = len(towns.areas)
    step.share = step.draft.columns(n_area)
    for town in range(n_area):
        cells = np.flatnonzero(towns.cell_town == town)
        settled = towns.settled[town] / towns.people[town]
        step.draft.row(
            np.append(step.hit[cells], step.share[town]),
            np.append(towns.cell_people[cells] / towns.people[town], -1.0),
            lower=-settled,
            upper=-settled,
        )
    one, other = np.triu_indices(n_area, 1)
    step.apart = step.draft.columns(len(one))
    for sign in (1.0, -1.0):
        entries = np.column_stack([step.apart, step.share[one], step.share[other]])
        step.draft.rows(
            np.full(len(one), 3),
            entries.reshape(-1),
            np.tile([1.0, sign, -sign], len(one)),
            lower=0.0,
        )
    return step


def _some(opened: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    assert opened is not None
    return opened


def _check_gini(most_gini: float | None, least_share: float | None) -> None:
    if (most_gini is None) == (least_share is None):
        raise DataError(
            say(
                "基尼系数上限和覆盖率下限须给出一个，且只给一个。",
                "give either a largest Gini coefficient or a least share, not both.",
            ),
            hint=say("请给出 most_gini 或 least_share。", "give most_gini or least_share."),
        )
    value = least_share if most_gini is None else most_gini
    assert value is not None
    if not 0 <= value <= 1 or (most_gini is None and value == 0):
        raise DataError(
            say(
                f"应为 0 到 1 之间的比例，现为 {value}。",
                f"a share between 0 and 1 is wanted, found {value}.",
            )
        )


def _too_unequal(towns: Towns, most_gini: float, *, stopped: bool) -> InfeasibleError:
    if stopped:
        return _out_of_time()
    nothing = np.zeros(len(towns.ask.cells.free), dtype=bool)
    today = gini(towns.share(nothing))
    return InfeasibleError(
        say(
            f"任何方案的基尼系数都超过 {most_gini:g}（现状为 {today:.3f}）。",
            f"every plan has a Gini coefficient above {most_gini:g} (today {today:.3f}).",
        ),
        hint=say(
            "请放宽基尼系数上限，或增加新建处数、预算，或在最差的乡镇街道补充候选点。",
            "allow a larger coefficient, more sites or money, or add candidates in the worst "
            "townships.",
        ),
        conflicts=(f"most_gini = {most_gini:g}",),
    )


def _too_few(ask: Ask, wanted: float, *, stopped: bool) -> InfeasibleError:
    if stopped:
        return _out_of_time()
    could = float(ask.people[ask.cells.cell >= -1].sum())
    return InfeasibleError(
        say(
            f"在所给的处数和预算内覆盖不到 {wanted:,.0f} 人"
            f"（全部候选点都建也只有 {could:,.0f} 人）。",
            f"{wanted:,.0f} people cannot be covered within the sites and the budget given (all "
            f"candidates together reach {could:,.0f}).",
        ),
        hint=say(
            "请降低覆盖率下限，或增加新建处数、预算或候选点。",
            "lower the share, or allow more sites, money or candidates.",
        ),
        conflicts=(f"least covered = {wanted:g}",),
    )


def _out_of_time() -> InfeasibleError:
    return InfeasibleError(
        say("时限内没有找到方案。", "no plan was found in the time given."),
        hint=say("请放宽 limit_s。", "allow a longer limit_s."),
    )
