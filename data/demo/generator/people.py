"""Where people live: compounds set back from the streets, their households, elders and gates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.random import Generator

from generator import COMPOUNDS, CRS, ELDERS, SOURCE, Floats, Ints, apportion
from generator.land import Land
from generator.names import estate_names, hamlet_names
from generator.streets import Streets

MEDIAN_HOUSEHOLDS: Final = 400.0
SIGMA: Final = 1.2
_HOUSEHOLDS: Final = (12, 9000)
_URBAN_PULL: Final = 0.9
"""How much larger estates are than hamlets, in standard deviations; the law of all stays."""
_SETBACK_M: Final = (32.0, 105.0)
_CLEAR_M: Final = 24.0
"""No street runs closer than this to the middle of a compound."""
_APART_M: Final = 120.0
_STATUSES: Final = ("existing", "renovated", "new", "unknown")
_ESTATE_STATUS: Final = (0.58, 0.20, 0.14, 0.08)
_HAMLET_STATUS: Final = (0.70, 0.05, 0.05, 0.20)
_DELIVERED: Final = {"existing": (1996, 2020), "renovated": (1982, 2002), "new": (2021, 2024)}
_ELDERLY: Final = {"existing": 1.0, "renovated": 1.9, "new": 0.45, "unknown": 1.2}
"""How many elders live in a compound of each age, against the first."""


def compounds(
    land: Land, communities: gpd.GeoDataFrame, streets: Streets, rng: Generator
) -> gpd.GeoDataFrame:
    """Return the compounds, community after community."""
    units = communities["cell_unit"].to_numpy()
    weight = np.sqrt(land.unit_street_m) * np.where(land.unit_urban, 1.6, 0.8)
    counts = apportion(COMPOUNDS, weight[units], least=4)
    xy = np.concatenate(
        [
            _middles(land.units[unit], int(count), streets, rng)
            for unit, count in zip(units, counts, strict=True)
        ]
    )
    urban = np.repeat(communities["urban"].to_numpy(), counts)
    households = _households(urban, rng)
    status = _status(urban, rng)
    population = np.rint(households * rng.uniform(2.2, 2.8, COMPOUNDS)).astype(np.int64)
    children = np.rint(population * rng.uniform(0.10, 0.19, COMPOUNDS)).astype(np.int64)
    age = np.array([_ELDERLY[s] for s in status]) * np.where(urban, 1.0, 1.5)
    age = age * rng.lognormal(0, 0.35, COMPOUNDS)
    estates, hamlets = iter(estate_names(rng)), iter(hamlet_names(rng))
    return gpd.GeoDataFrame(
        {
            "id": [f"XQ{i + 1:04d}" for i in range(COMPOUNDS)],
            "name": [next(estates) if u else next(hamlets) for u in urban],
            "community_code": np.repeat(communities["code"].to_numpy(), counts),
            "kind": np.where(urban, "estate", "hamlet"),
            "households": households,
            "population": population,
            "elders": apportion(ELDERS, population * age),
            "children": children,
            "elders_basis": "registered",
            "elders_age_from": 60,
            "build_status": status,
            "delivered": [_delivered(str(s), rng) for s in status],
            "source": SOURCE,
            "simulated": True,
        },
        geometry=shapely.points(xy),
        crs=CRS,
    )


def gates(homes: gpd.GeoDataFrame, streets: Streets, rng: Generator) -> gpd.GeoDataFrame:
    """Return one to four gates of each compound, beside streets on different sides of it.

    Of two or more gates some are shut; one always stands open.
    """
    xy = shapely.get_coordinates(homes.geometry.to_numpy())
    sides = np.digitize(homes["households"].to_numpy(), (150, 600, 1500)) + 1
    estate = (homes["kind"] == "estate").to_numpy()
    wanted = np.where(estate, sides, 1 + (rng.random(len(xy)) < 0.3))  # noqa: PLR2004 - a share
    wanted = np.maximum(wanted - (rng.random(len(xy)) < 0.25), 1)  # noqa: PLR2004 - a share
    rows: list[dict[str, object]] = []
    for home, middle, count, walled in zip(
        homes["id"], xy, wanted.tolist(), estate.tolist(), strict=True
    ):
        places = _sides(middle, int(count), streets)
        shut = rng.random(len(places)) < (0.2 if walled else 0.0)
        if shut.all():
            shut[rng.integers(len(places))] = False
        assumed = bool(rng.random() < 0.05)  # noqa: PLR2004 - a share
        for place, closed in zip(places, shut, strict=True):
            rows.append(
                {
                    "compound_id": home,
                    "name": _gate_name(place - middle) if walled else "村口",
                    "open": not closed,
                    "assumed": assumed,
                    "geometry": shapely.Point(place),
                }
            )
    frame = gpd.GeoDataFrame(rows, crs=CRS)
    ids = [f"CK{i + 1:05d}" for i in range(len(frame))]
    return frame.assign(id=ids, source=SOURCE, simulated=True)


def _middles(unit: shapely.Polygon, count: int, streets: Streets, rng: Generator) -> Floats:
    """Return middles of compounds: beside lived-on streets, clear of all, apart from each other."""
    inner = unit.buffer(-20)
    shapely.prepare(inner)
    near = np.flatnonzero(shapely.contains_xy(inner, streets.xy))
    weight = streets.housing[near]
    apart = _APART_M
    chosen: list[Floats] = []
    while len(chosen) < count:
        at = near[rng.choice(len(near), 60 * count, p=weight / weight.sum())]
        away = rng.uniform(*_SETBACK_M, len(at)) * rng.choice((-1.0, 1.0), len(at))
        spot = np.round(streets.xy[at] + streets.normal[at] * away[:, None], 1)
        good = shapely.contains_xy(inner, spot) & (streets.tree.query(spot)[0] > _CLEAR_M)
        for place in spot[good]:
            if all(np.hypot(*(place - other)) >= apart for other in chosen):
                chosen.append(place)
                if len(chosen) == count:
                    break
        apart *= 0.8
    return np.array(chosen)


def _households(urban: np.ndarray, rng: Generator) -> Ints:
    """Return log-normal households, the larger ones rather in communities than in villages."""
    drawn = np.exp(rng.normal(np.log(MEDIAN_HOUSEHOLDS), SIGMA, len(urban)))
    drawn = np.sort(np.clip(np.rint(drawn), *_HOUSEHOLDS)).astype(np.int64)
    rank = np.argsort(np.argsort(_URBAN_PULL * urban + rng.normal(size=len(urban))))
    placed: Ints = drawn[rank]
    return placed


def _status(urban: np.ndarray, rng: Generator) -> np.ndarray:
    estate = rng.choice(_STATUSES, len(urban), p=_ESTATE_STATUS)
    hamlet = rng.choice(_STATUSES, len(urban), p=_HAMLET_STATUS)
    return np.where(urban, estate, hamlet)


def _delivered(status: str, rng: Generator) -> date | None:
    first, last = _DELIVERED.get(status, (2000, 2000))
    day = date(first, 1, 1) + timedelta(days=int(rng.integers(365 * (last - first + 1))))
    return day if status in _DELIVERED else None


def _sides(middle: Floats, count: int, streets: Streets) -> list[Floats]:
    """Return the nearest place by a street on each of the nearest sides, six metres off it."""
    near = np.array(streets.tree.query_ball_point(middle, 240, return_sorted=True))
    off = streets.xy[near] - middle
    distance = np.hypot(*off.T)
    side = np.floor((np.degrees(np.arctan2(off[:, 1], off[:, 0])) + 45) / 90).astype(int) % 4
    first = [np.flatnonzero(side == s) for s in range(4)]
    best = [int(own[np.argmin(distance[own])]) for own in first if len(own)]
    best.sort(key=lambda i: distance[i])
    places: list[Floats] = []
    for i in best:
        place = middle + off[i] * (1 - 6 / distance[i])
        if all(np.hypot(*(place - other)) > 40 for other in places):  # noqa: PLR2004 - metres
            places.append(place)
    return places[:count]


def _gate_name(off: Floats) -> str:
    bearing = np.degrees(np.arctan2(off[1], off[0]))
    return "东北西南"[int(np.floor((bearing + 45) / 90)) % 4] + "门"
