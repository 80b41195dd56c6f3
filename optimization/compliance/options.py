"""How large each room may be made and what that costs: the size classes of every site."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import say
from optimization.problem import Problem


@dataclass(frozen=True, slots=True)
class Options:
    """Areas that may be added at sites, at most one a site; every array is (n_option,).

    Raises
    ------
    DataError
        An area is not positive and finite, or a cost is negative or not a number.
    """

    site: NDArray[np.int32]
    area_m2: NDArray[np.float64]
    """Floor area that is added: all of a new room, the extension of one that stands."""
    cost_yuan: NDArray[np.float64]

    def __post_init__(self) -> None:
        area = int((~np.isfinite(self.area_m2) | (self.area_m2 <= 0)).sum())
        cost = int((~np.isfinite(self.cost_yuan) | (self.cost_yuan < 0)).sum())
        if area or cost:
            raise DataError(
                say(
                    f"面积档有错：{area} 个面积不是正数，{cost} 个费用不是非负数。",
                    f"size classes: {area} areas are not positive, {cost} costs not 0 or more",
                ),
                hint=say("请补全候选点的面积和费用。", "Fill in areas and costs of the sites."),
            )


def size_options(
    problem: Problem,
    *,
    classes_m2: NDArray[np.float64],
    yuan_m2: float | NDArray[np.float64],
    least_m2: float | NDArray[np.float64] = 0.0,
) -> Options:
    """Return the size classes of every site: those that fit, and the whole room.

    A new room of ``a`` m² costs ``sites.cost_yuan + yuan_m2 × a``. A facility that stands may be
    extended by the classes up to ``expandable_m2``, and by all of it, at the same price a m².

    Parameters
    ----------
    problem
        Sites of unknown area (NaN) get no option.
    classes_m2 : (n_class,)
        Usual sizes, such as 300, 500, 800.
    yuan_m2
        Price of a m², one for all or (n_site,).
    least_m2
        Smallest new room that may be opened, one for all or (n_site,): the floor of a station.

    Examples
    --------
    >>> import numpy as np
    >>> from optimization.compliance.options import fitting
    >>> fitting(np.array([300.0, 500.0, 800.0]), 640.0, 300.0).tolist()
    [300.0, 500.0, 640.0]
    """
    sites = problem.sites
    price = np.broadcast_to(np.asarray(yuan_m2, np.float64), len(sites))
    least = np.broadcast_to(np.asarray(least_m2, np.float64), len(sites))
    classes = np.unique(np.asarray(classes_m2, np.float64))
    site, area, cost = [], [], []
    for j in np.flatnonzero(~sites.never):
        if sites.existing[j]:
            sizes, fixed = fitting(classes, float(sites.expandable_m2[j]), 0.0), 0.0
        else:
            sizes = fitting(classes, float(sites.area_m2[j]), float(least[j]))
            fixed = float(sites.cost_yuan[j])
        site += [j] * len(sizes)
        area += sizes.tolist()
        cost += (fixed + price[j] * sizes).tolist()
    return Options(np.array(site, np.int32), np.array(area, float), np.array(cost, float))


def fitting(
    classes_m2: NDArray[np.float64], room_m2: float, least_m2: float
) -> NDArray[np.float64]:
    """Return the classes that fit in a room, and the whole of it; nothing below the least."""
    if not np.isfinite(room_m2) or room_m2 <= 0 or room_m2 < least_m2:
        return np.zeros(0)
    sizes = np.unique(np.append(classes_m2[classes_m2 <= room_m2], room_m2))
    return sizes[(sizes >= least_m2) & (sizes > 0)]


def useful(options: Options, n_site: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return options in order of site and area without those that a larger one undercuts.

    Returns
    -------
    tuple
        ``ptr (n_site + 1,)`` and ``order``: the options of site j are ``order[ptr[j]:ptr[j+1]]``.
    """
    by_size = np.lexsort((-options.cost_yuan, options.area_m2, options.site))
    kept = []
    for at, k in enumerate(by_size):
        later = by_size[at + 1 :]
        later = later[: np.searchsorted(options.site[later], options.site[k], side="right")]
        if not len(later) or options.cost_yuan[later].min() > options.cost_yuan[k]:
            kept.append(k)
    order = np.array(kept, np.int64)
    ptr = np.searchsorted(options.site[order], np.arange(n_site + 1)) if len(order) else None
    return (np.zeros(n_site + 1, np.int64) if ptr is None else ptr.astype(np.int64)), order
